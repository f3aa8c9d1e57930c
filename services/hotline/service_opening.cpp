#include "hotline/service_opening.hpp"

#include <algorithm>
#include <utility>

#include "hotline/store_messages.hpp"
#include "platform/files/files.hpp"

namespace lienthong::hotline {
namespace {

constexpr std::size_t kRandomBytes = 8;

/// A conduct complaint names a unit that there is; nothing else names one.
void CheckConcerned(const Category* category, const std::string& unit_id, const Sight& sight) {
  const bool conduct = category != nullptr && category->kind == CategoryKind::kConduct;
  if (!conduct && !unit_id.empty()) {
    throw base::InvalidField("concerned_unit_id", "only conduct complaints name one");
  }
  if (!conduct) return;
  if (unit_id.empty()) {
    throw base::Invalid("CONCERNED_UNIT_MISSING", "concerned_unit_id",
                        "a conduct complaint names the unit complained about");
  }
  if (sight.Sharing().Find(unit_id) == nullptr) {
    throw base::Invalid("UNIT_UNKNOWN", "concerned_unit_id", "no such unit");
  }
}

}  // namespace

const Category* OpenCategory(const std::string& id, const Rules& rules) {
  if (id.empty()) return nullptr;
  const Category& category = rules.TheCategory(id, "category_id");
  if (category.closed || category.parent_id.empty()) {
    throw base::Invalid("CATEGORY_CLOSED", "category_id", "takes no reports");
  }
  return &category;
}

void PutInto(Ticket& ticket, const Category* category, const std::string& concerned_unit_id,
             const Sight& sight) {
  CheckConcerned(category, concerned_unit_id, sight);
  ticket.concerned_unit_id = concerned_unit_id;
  ticket.keeper_unit_id = KeeperOf(sight.TheRules(), category, concerned_unit_id, sight.Sharing());
  if (category != nullptr) Classify(ticket, *category, sight.StepBy(Actor::kKeeper));
  std::erase_if(ticket.unit_ids, [&](const std::string& unit) {
    return Conflicts(sight.Sharing().CarrierOf(unit), concerned_unit_id, sight.Sharing());
  });
}

std::vector<Attachment> TakeUploads(pg::Tx& tx, const Call& call,
                                    const std::vector<std::string>& uploads,
                                    const journal::Key& owner) {
  std::vector<Attachment> attachments;
  for (const std::string& upload : uploads) {
    const auto taken = files::Files::Take(tx, call, upload, owner.type, owner.id);
    attachments.push_back(
        {taken.file.sha256, taken.name, taken.file.media_type, taken.file.size_bytes});
  }
  return attachments;
}

journal::Changed Seen(const char* event, const Ticket& ticket, const Sight& sight) {
  return {event, ToRecord(ticket, sight.Sharing()), sight.ViewOf(ticket).value_or("")};
}

journal::Changed Seen(const char* event, const Assignment& assignment, const Sight& sight) {
  return {event, ToRecord(assignment, sight.Sharing()), sight.ViewOf(assignment).value_or("")};
}

Opening NewOpening(pg::Tx& tx, const Call& call, const Intake& intake, const Sight& sight,
                   const Parts& parts) {
  Opening opening;
  Ticket& ticket = opening.ticket;
  ticket.id = {parts.ids.New()};
  ticket.anonymous = intake.anonymous;
  ticket.confidential = intake.confidential;
  ticket.channel = intake.channel;
  ticket.opened_at = call.time;
  ticket.place = ToPlace(intake.place, sight.Sharing(), parts.boundaries, "place");
  ticket.text = intake.text;
  const Category* const category = OpenCategory(intake.category_id, sight.TheRules());
  if (category != nullptr) {
    ticket.question_answers = CheckAnswers(*category, intake.answers, "question_answers");
  }
  Open(ticket, sight.StepBy(Actor::kKeeper));
  PutInto(ticket, category, intake.concerned_unit_id, sight);
  ticket.attachments = TakeUploads(tx, call, intake.photos, {kTicketType, ticket.id.text});

  Report& report = opening.report;
  report.id = {parts.ids.New()};
  report.ticket_id = report.own_ticket_id = ticket.id;
  report.channel = intake.channel;
  report.received_at = call.time;
  report.anonymous = intake.anonymous;
  report.confidential = intake.confidential;
  report.unit_id = call.unit;
  report.official_id = call.official;

  opening.reporter = intake.reporter;
  opening.reporter.report_id = report.id;
  opening.reporter.code = CodeOf(base::RandomBytes(kRandomBytes));
  opening.reporter.text = intake.text;
  opening.reporter.recordings =
      TakeUploads(tx, call, intake.recordings, {kReportType, report.id.text});
  return opening;
}

Changes StoreOpening(pg::Tx& tx, const Opening& opening, const Sight& sight) {
  UpsertTicket(tx, opening.ticket);
  InsertReport(tx, opening.report, opening.reporter);
  QueueReceived(tx, opening.report.id, opening.report.received_at);
  return journal::ListOf(
      Seen("TicketOpened", opening.ticket, sight),
      journal::Changed{"ReportReceived", ToRecord(opening.report, sight.Sharing())});
}

}  // namespace lienthong::hotline
