#include "hotline/service_ratings.hpp"

namespace lienthong::hotline {

void TakeRating(pg::Tx& tx, Ticket& ticket, const ReportId& report_id, Satisfaction satisfaction,
                const std::string& comment, const Step& step) {
  const int ratings = SelectReporter(tx, report_id).value().rating_count;
  if (ratings >= step.rules.TheCentre().ratings_max) {
    throw base::Transition("TICKET_STATE", "it was rated as often as it can be");
  }
  Rate(ticket, satisfaction, comment, step);
  UpdateRating(tx, ticket.id, report_id, satisfaction);
}

ReportId RatedReport(pg::Tx& tx, const Ticket& ticket, const std::string& id) {
  if (id.empty()) return SelectOwnReports(tx, ticket.id).front();
  const auto report_id = ToId<ReportId>(id);
  const auto found = SelectReports(tx, {report_id});
  if (found.empty() || found.front().value.ticket_id != ticket.id) {
    throw base::InvalidField("report_id", "is not a report that is handled in the ticket");
  }
  return report_id;
}

}  // namespace lienthong::hotline
