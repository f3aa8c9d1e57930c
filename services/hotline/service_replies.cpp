#include "hotline/service_replies.hpp"

#include "hotline/service_following.hpp"
#include "hotline/service_opening.hpp"

namespace lienthong::hotline {

std::string QuestionsOf(const std::vector<Stored<Assignment>>& assignments,
                        const access::Sharing& sharing) {
  std::vector<const Assignment*> asking;
  for (const auto& [assignment, version] : assignments) {
    if (assignment.state == AssignmentState::kWaiting) asking.push_back(&assignment);
  }
  if (asking.size() == 1) return asking.front()->reason;
  std::string text;
  for (const Assignment* one : asking) {
    const auto* const unit = sharing.Find(one->unit_id);
    if (!text.empty()) text += "\n\n";
    text += (unit == nullptr ? one->unit_id : unit->name()) + ":\n" + one->reason;
  }
  return text;
}

void HideOthers(pg::Tx& tx, const Ticket& ticket, const Reporter& reader, const Rules& rules,
                v1::FollowedReport& message) {
  if (ticket.report_count < 2 && !ticket.has_had_others) return;
  auto names = SelectNames(tx, ticket.id);
  std::erase(names, reader.full_name);
  const auto hidden = [&](const std::string& text) {
    return WithoutPersonalData(text, names, rules.TheCentre().public_contacts);
  };
  if (message.has_question()) message.set_question(hidden(message.question()));
  if (!message.has_answer()) return;
  message.set_answer(ticket.published_at ? ticket.public_answer : hidden(message.answer()));
}

std::vector<journal::Key> KeysOfReply(pg::Tx& tx, const TicketId& id) {
  std::vector<journal::Key> keys{{kTicketType, id.text}};
  for (const auto& [assignment, version] : SelectAssignmentsOf(tx, id)) {
    if (assignment.waiting_since) keys.push_back({kAssignmentType, assignment.id.text});
  }
  return keys;
}

Changes TakeReply(pg::Tx& tx, const TicketId& id, const std::string& text,
                  const journal::Heads& heads, const Sight& sight, const Step& step) {
  Changes changes =
      journal::ListOf(Seen("CitizenReplied", TheOne(SelectTickets(tx, {id})).value, sight));
  for (auto& [assignment, version] : SelectAssignmentsOf(tx, id)) {
    if (!assignment.waiting_since) continue;
    RequireLocked(heads, {kAssignmentType, assignment.id.text});
    Telling telling(tx, assignment);
    Resume(assignment, step);
    assignment.reply = text;
    telling.Changed(assignment, step.now);
    UpsertAssignment(tx, assignment);
    changes.push_back(Seen("AssignmentResumed", assignment, sight));
  }
  if (changes.size() == 1) {
    throw base::Transition("TICKET_STATE", "nothing waits for the citizen");
  }
  return changes;
}

}  // namespace lienthong::hotline
