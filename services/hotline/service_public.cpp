#include "hotline/service_public.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "hotline/store_citizens.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

/// Units of today, each once: what a closed one did is said of the one that continues it.
std::set<std::string> OfToday(const std::vector<std::string>& units,
                              const access::Sharing& sharing) {
  std::set<std::string> found;
  for (const std::string& unit : units) {
    if (const auto* const heir = sharing.HeirOf(unit)) found.insert(heir->id());
  }
  return found;
}

void AddPlaceNames(const Place& place, const access::Sharing& sharing, v1::PublicTicket& message) {
  const auto* const commune = sharing.Find(place.commune_unit_id);
  if (commune == nullptr) return;
  message.add_place_names(commune->name());
  const auto* const above = sharing.Find(commune->parent_id());
  if (above == nullptr || above->kind() != directory::v1::UNIT_KIND_DISTRICT) return;
  message.add_place_names(above->name());
}

/// When it came to stand where it stands, or more of it was published.
base::Time UpdatedAt(const Ticket& ticket) {
  base::Time last = ticket.opened_at;
  for (const auto& at : {ticket.routed_at, ticket.approved_at, ticket.published_at,
                         ticket.closed_at, ticket.reopened_at}) {
    if (at) last = std::max(last, *at);
  }
  for (const Transfer& transfer : ticket.transfers) {
    if (transfer.taken_at) last = std::max(last, *transfer.taken_at);
  }
  return last;
}

}  // namespace

v1::ReportStanding StandingOf(const Ticket& ticket) {
  switch (ticket.state) {
    case TicketState::kNew:
    case TicketState::kClassified:
    case TicketState::kJoined:
      return v1::REPORT_STANDING_RECEIVED;
    case TicketState::kRouted:
    case TicketState::kReopened:
    case TicketState::kAnswered:  // not approved yet
      return v1::REPORT_STANDING_HANDLED;
    case TicketState::kApproved:
    case TicketState::kPublished:
    case TicketState::kPrivate:
    case TicketState::kRated:
      return v1::REPORT_STANDING_ANSWERED;
    case TicketState::kClosed:
      return v1::REPORT_STANDING_CLOSED;
    case TicketState::kRejected:
      return v1::REPORT_STANDING_REJECTED;
    case TicketState::kTransferred:
      return v1::REPORT_STANDING_TRANSFERRED;
  }
  throw std::logic_error("a ticket in no state");
}

v1::PublicTicket ToPublic(const Ticket& ticket, const access::Sharing& sharing) {
  v1::PublicTicket message;
  message.set_id(ticket.id.text);
  message.set_category_id(ticket.category_id);
  message.set_commune_code(ticket.place.commune_code);
  AddPlaceNames(ticket.place, sharing, message);
  message.set_standing(StandingOf(ticket));
  journal::SetTime(message.mutable_opened_at(), ticket.opened_at);
  journal::SetTime(message.mutable_updated_at(), UpdatedAt(ticket));
  if (ticket.approved_at && ticket.answered_at) {
    journal::SetTime(message.mutable_answered_at(), *ticket.answered_at);
  }
  if (ticket.closed_at) journal::SetTime(message.mutable_closed_at(), *ticket.closed_at);
  if (ticket.approved_at) {
    for (const std::string& unit : OfToday(ticket.unit_ids, sharing)) message.add_unit_ids(unit);
  }
  if (!ticket.published_at) return message;
  journal::SetTime(message.mutable_published_at(), *ticket.published_at);
  message.set_text(ticket.public_text);
  message.set_answer(ticket.public_answer);
  message.set_satisfaction(static_cast<v1::Satisfaction>(static_cast<int>(ticket.satisfaction)));
  message.set_photos(static_cast<int>(ticket.public_photos.size()));
  return message;
}

Ticket FindPublic(Tx& tx, const TicketId& id) {
  if (!IsPublic(tx, id)) throw base::NotFound();
  return TheOne(SelectTickets(tx, {id})).value;
}

Attachment FindPhoto(const Ticket& ticket, int number) {
  if (!ticket.published_at || number < 1 ||
      static_cast<std::size_t>(number) > ticket.public_photos.size()) {
    throw base::NotFound();
  }
  const Attachment* const found =
      FindPicture(ticket, ticket.public_photos[static_cast<std::size_t>(number) - 1]);
  if (found == nullptr) throw base::NotFound();
  return *found;
}

}  // namespace lienthong::hotline
