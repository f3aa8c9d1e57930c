#include "hotline/records.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace lienthong::hotline {
namespace {

using journal::Record;

constexpr int kSuccessionsMax = 16;
const std::vector<std::string> kOfTicket{kFullView, kHandlingView, kLimitedView};
const std::vector<std::string> kOfAssignment{kFullView, kLimitedView};

Record NewRecord(const char* type, const std::string& id, const access::Sharing& sharing) {
  Record record;
  record.key = {type, id};
  record.sharing_mark = sharing.Mark(type);
  return record;
}

template <class Message>
void AddView(Record& record, const std::string& name, Message message) {
  record.views.push_back({name, std::make_unique<Message>(std::move(message))});
}

/// A record that has one view, and who it is for.
template <class Message>
Record PlainRecord(const char* type, const std::string& id, Message message, bool for_everyone,
                   const access::Sharing& sharing) {
  Record record = NewRecord(type, id, sharing);
  AddView(record, kFullView, std::move(message));
  if (for_everyone) record.audience.emplace(journal::kEveryone, kFullView);
  return record;
}

/// Is the carrier the unit, does it carry it or is it carried by it? Of a closed one, or one of
/// those that continue it, after so many successions.
bool Meets(const std::string& carrier, const std::string& unit_id, const access::Sharing& sharing,
           int successions) {
  if (carrier == unit_id || sharing.CarrierOf(unit_id) == carrier ||
      sharing.CarrierOf(carrier) == unit_id) {
    return true;
  }
  const auto* const unit = sharing.Find(unit_id);
  if (unit == nullptr || !unit->closed() || successions == 0) return false;
  return std::any_of(
      unit->successor_ids().begin(), unit->successor_ids().end(),
      [&](const std::string& id) { return Meets(carrier, id, sharing, successions - 1); });
}

/// Out of the feeds of the unit that it is about.
void KeepFrom(const std::string& concerned_unit_id, const access::Sharing& sharing,
              journal::Audience& audience) {
  if (concerned_unit_id.empty()) return;
  std::erase_if(audience, [&](const auto& member) {
    return Conflicts(member.first, concerned_unit_id, sharing);
  });
}

}  // namespace

bool Conflicts(const std::string& carrier, const std::string& concerned_unit_id,
               const access::Sharing& sharing) {
  if (concerned_unit_id.empty() || carrier.empty()) return false;
  return Meets(carrier, concerned_unit_id, sharing, kSuccessionsMax);
}

Record ToRecord(const Ticket& ticket, const access::Sharing& sharing) {
  Record record = NewRecord(kTicketType, ticket.id.text, sharing);
  for (const std::string& view : kOfTicket) AddView(record, view, ToMessage(ticket, 0, view));
  const bool limited = ticket.IsWithheld();
  sharing.AddUnit(ticket.keeper_unit_id, limited ? kLimitedView : kFullView, record.audience,
                  kOfTicket);
  for (const std::string& unit : ticket.unit_ids) {
    sharing.AddUnit(unit, limited ? kLimitedView : kHandlingView, record.audience, kOfTicket);
  }
  for (const std::string& unit : ticket.escalated_unit_ids) {
    sharing.AddUnit(unit, limited ? kLimitedView : kHandlingView, record.audience, kOfTicket);
  }
  KeepFrom(ticket.concerned_unit_id, sharing, record.audience);
  return record;
}

Record ToRecord(const Assignment& assignment, const access::Sharing& sharing) {
  Record record = NewRecord(kAssignmentType, assignment.id.text, sharing);
  for (const std::string& view : kOfAssignment) {
    AddView(record, view, ToMessage(assignment, 0, view));
  }
  const char* const view = assignment.restricted ? kLimitedView : kFullView;
  sharing.AddUnit(assignment.keeper_unit_id, view, record.audience, kOfAssignment);
  sharing.AddUnit(assignment.unit_id, view, record.audience, kOfAssignment);
  for (const std::string& unit : assignment.escalated_unit_ids) {
    sharing.AddUnit(unit, view, record.audience, kOfAssignment);
  }
  KeepFrom(assignment.concerned_unit_id, sharing, record.audience);
  return record;
}

Record ToRecord(const Report& report, const access::Sharing& sharing) {
  return PlainRecord(kReportType, report.id.text, ToMessage(report, 0), false, sharing);
}

Record ToRecord(const ApiKey& key, const access::Sharing& sharing) {
  Record record = PlainRecord(kApiKeyType, key.id.text, ToMessage(key, 0), false, sharing);
  sharing.AddUnit(key.keeper_unit_id, kFullView, record.audience, {kFullView});
  return record;
}

Record ToRecord(const Category& category, const access::Sharing& sharing) {
  return PlainRecord(kCategoryType, category.id, ToMessage(category, 0), true, sharing);
}

Record ToRecord(const Centre& centre, const access::Sharing& sharing) {
  return PlainRecord(kCentreType, kCentreId, ToMessage(centre, 0), true, sharing);
}

}  // namespace lienthong::hotline
