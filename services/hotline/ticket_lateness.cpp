#include "hotline/ticket_lateness.hpp"

namespace lienthong::hotline {

void Miss(Ticket& ticket, DeadlineKind kind) {
  switch (kind) {
    case DeadlineKind::kForwarding:
      if (!ticket.forwarded_at) ticket.forwarded_in_time = false;
      return;
    case DeadlineKind::kFirstResponse:
      if (!ticket.responded_at) ticket.responded_in_time = false;
      return;
    case DeadlineKind::kAnswer:
      if (!ticket.answered_in_time) ticket.answered_in_time = false;
      return;
    case DeadlineKind::kResolution:
    case DeadlineKind::kWaiting:
    case DeadlineKind::kTransfer:
    case DeadlineKind::kClosing:
      return;
  }
}

void AwaitResponse(Ticket& ticket, const Category& category, const Step& step) {
  if (!ticket.responded_at) ticket.responded_in_time.reset();
  if (!category.first_response || ticket.responded_at || ticket.kind == CategoryKind::kEmergency) {
    Suspend(ticket.deadlines, ticket.past_deadlines, DeadlineKind::kFirstResponse);
    return;
  }
  const Deadline due = DeadlineBy(DeadlineKind::kFirstResponse, *category.first_response,
                                  ticket.opened_at, {}, step.calendar);
  if (due.at <= step.now) Miss(ticket, due.kind);
  Renew(ticket.deadlines, ticket.past_deadlines, due);
}

}  // namespace lienthong::hotline
