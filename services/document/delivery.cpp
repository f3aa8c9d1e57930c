#include "document/delivery.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>

#include "platform/base/error.hpp"

namespace lienthong::document {
namespace {

void RequireOneOf(const Delivery& delivery, std::initializer_list<DeliveryState> allowed) {
  for (const DeliveryState state : allowed) {
    if (delivery.state == state) return;
  }
  throw base::Transition("DELIVERY_STATE", "the delivery's state does not allow this step");
}

void Take(Delivery& delivery, DeliveryState state, const char* code, const Act& act) {
  delivery.state = state;
  delivery.due.reset();
  delivery.steps.push_back({code, act.at, act.reason, act.official_id});
}

/// Was the update or the replacement that the document is answered, and not only recalls?
bool HasAnsweredDocument(const Delivery& delivery) {
  bool recall_waits = false;
  for (const Step& step : delivery.steps) {
    const bool is_answer = step.code == "15" || step.code == "16";
    if (is_answer && !recall_waits) return true;
    if (is_answer || step.code == "13") recall_waits = !is_answer;
  }
  return false;
}

bool Waits(const Delivery& delivery) {
  return delivery.change && delivery.change->answer == ChangeAnswer::kPending;
}

}  // namespace

void Arrive(Delivery& delivery, const Act& act) {
  RequireOneOf(delivery, {DeliveryState::kSent});
  Take(delivery, DeliveryState::kArrived, "01", act);
}

void Refuse(Delivery& delivery, const Act& act) {
  RequireOneOf(delivery, {DeliveryState::kArrived});
  Take(delivery, DeliveryState::kRefused, "02", act);
}

void Enter(Delivery& delivery, const std::string& arrival_code, Day arrival_date, const Act& act) {
  RequireOneOf(delivery, {DeliveryState::kArrived});
  delivery.arrival_code = arrival_code;
  delivery.arrival_date = arrival_date;
  Take(delivery, DeliveryState::kEntered, "03", act);
}

void Assign(Delivery& delivery, const std::optional<base::Time>& deadline, const Act& act) {
  RequireOneOf(delivery, {DeliveryState::kEntered});
  Take(delivery, DeliveryState::kAssigned, "04", act);
  SetDeadline(delivery, deadline ? deadline : delivery.deadline, act.at);
}

void SetDeadline(Delivery& delivery, const std::optional<base::Time>& deadline, base::Time now) {
  if (deadline && delivery.deadline == deadline && delivery.due) return;  // as before
  delivery.deadline = deadline;
  delivery.due.reset();
  if (deadline) delivery.due = DeadlineAt(DeadlineKind::kHandling, now, *deadline);
}

void Process(Delivery& delivery, const Act& act) {
  RequireOneOf(delivery, {DeliveryState::kEntered, DeliveryState::kAssigned});
  const auto due = delivery.due;
  Take(delivery, DeliveryState::kProcessing, "05", act);
  // The own deadline goes on; that of the presentation is kept by the work that has begun.
  if (due && due->kind == DeadlineKind::kHandling) {
    delivery.due = due;
  } else {
    SetDeadline(delivery, delivery.deadline, act.at);
  }
}

void Complete(Delivery& delivery, const Act& act) {
  RequireOneOf(delivery, {DeliveryState::kEntered, DeliveryState::kProcessing});
  Take(delivery, DeliveryState::kCompleted, "06", act);
}

void RequireEnterable(const Delivery& delivery) {
  RequireOneOf(delivery, {DeliveryState::kArrived});
}

void RequireEntered(const Delivery& delivery) {
  RequireOneOf(delivery,
               {DeliveryState::kEntered, DeliveryState::kAssigned, DeliveryState::kProcessing});
}

void RequireOpen(const Delivery& delivery) {
  RequireOneOf(delivery, {DeliveryState::kArrived, DeliveryState::kEntered,
                          DeliveryState::kAssigned, DeliveryState::kProcessing});
}

bool IsRecallable(const Delivery& delivery) {
  switch (delivery.state) {
    case DeliveryState::kCompleted:
    case DeliveryState::kRecalled:
      return false;
    case DeliveryState::kSent:
    case DeliveryState::kArrived:
    case DeliveryState::kRefused:  // who refused it sees it still
    case DeliveryState::kEntered:
    case DeliveryState::kAssigned:
    case DeliveryState::kProcessing:
      if (delivery.steps.size() >= kStepsMax) return false;
      return !(Waits(delivery) && delivery.change->kind == ChangeKind::kRecall);
  }
  return false;
}

bool TakeStatus(Delivery& delivery, const std::string& code, ChangeKind of_document,
                const Act& act) {
  static const std::map<std::string, DeliveryState> kStates{
      {"01", DeliveryState::kArrived},    {"02", DeliveryState::kRefused},
      {"03", DeliveryState::kEntered},    {"04", DeliveryState::kAssigned},
      {"05", DeliveryState::kProcessing}, {"06", DeliveryState::kCompleted}};
  if (code == "14" || code == "15" || code == "16") {
    if (!Waits(delivery)) return false;
    AnswerChange(delivery, code != "16", of_document, act);
    return code != "16";
  }
  const auto state = kStates.find(code);
  if (state == kStates.end()) {
    throw base::Invalid("PACKET_INVALID", "upload_id", "not a code of a state")
        .With("exchange_code", "22");
  }
  const bool ended =
      delivery.state == DeliveryState::kRefused || delivery.state == DeliveryState::kRecalled;
  // The numbers of the states rise with their codes.
  if (!ended && state->second > delivery.state) Take(delivery, state->second, code.c_str(), act);
  return false;
}

void RequireUnfinished(const Delivery& delivery) {
  if (!Waits(delivery)) RequireOpen(delivery);
}

void RequestRecall(Delivery& delivery, const Act& act) {
  delivery.change = {ChangeKind::kRecall, ChangeAnswer::kPending, act.reason, act.at, std::nullopt};
  delivery.steps.push_back({"13", act.at, act.reason, act.official_id});
}

void RequestChange(Delivery& delivery, ChangeKind kind, const Act& act) {
  delivery.change = {kind, ChangeAnswer::kPending, act.reason, act.at, std::nullopt};
}

void AnswerChange(Delivery& delivery, bool accept, ChangeKind of_document, const Act& act) {
  if (!Waits(delivery)) {
    throw base::Transition("NOTHING_TO_ANSWER", "nothing waits for an answer");
  }
  ChangeRequest& change = *delivery.change;
  if (change.kind == ChangeKind::kRecall) {
    // Completed meanwhile: what the work was done with stays.
    if (delivery.state == DeliveryState::kCompleted && accept) {
      throw base::Transition("DELIVERY_STATE", "the document has been dealt with (06)");
    }
  }
  change.answer = accept ? ChangeAnswer::kAccepted : ChangeAnswer::kRefused;
  change.answered_at = act.at;
  if (!accept) change.reason = act.reason;
  const bool was_answered = HasAnsweredDocument(delivery);
  delivery.steps.push_back({accept ? "15" : "16", act.at, act.reason, act.official_id});
  // The recall came while an update or a replacement waited: that waits again.
  if (!accept && change.kind == ChangeKind::kRecall && of_document != ChangeKind::kNone &&
      !was_answered) {
    RequestChange(delivery, of_document, {"", delivery.sent_at, ""});
    return;
  }
  if (accept && change.kind == ChangeKind::kRecall) {
    delivery.state = DeliveryState::kRecalled;
    delivery.due.reset();
  }
}

}  // namespace lienthong::document
