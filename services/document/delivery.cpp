#include "document/delivery.hpp"

#include <initializer_list>

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
  delivery.steps.push_back({code, act.at, act.reason, act.official_id});
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
  delivery.deadline = deadline;
  Take(delivery, DeliveryState::kAssigned, "04", act);
}

void Process(Delivery& delivery, const Act& act) {
  RequireOneOf(delivery, {DeliveryState::kEntered, DeliveryState::kAssigned});
  Take(delivery, DeliveryState::kProcessing, "05", act);
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

bool IsRecallable(const Delivery& delivery) {
  switch (delivery.state) {
    case DeliveryState::kRefused:
    case DeliveryState::kCompleted:
    case DeliveryState::kRecalled:
      return false;
    case DeliveryState::kSent:
    case DeliveryState::kArrived:
    case DeliveryState::kEntered:
    case DeliveryState::kAssigned:
    case DeliveryState::kProcessing:
      return !(Waits(delivery) && delivery.change->kind == ChangeKind::kRecall);
  }
  return false;
}

void RequestRecall(Delivery& delivery, const Act& act) {
  delivery.change = {ChangeKind::kRecall, ChangeAnswer::kPending, act.reason, act.at, std::nullopt};
  delivery.steps.push_back({"13", act.at, act.reason, act.official_id});
}

void RequestChange(Delivery& delivery, ChangeKind kind, const Act& act) {
  delivery.change = {kind, ChangeAnswer::kPending, act.reason, act.at, std::nullopt};
}

void AnswerChange(Delivery& delivery, bool accept, const Act& act) {
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
  delivery.steps.push_back({accept ? "15" : "16", act.at, act.reason, act.official_id});
  if (accept && change.kind == ChangeKind::kRecall) delivery.state = DeliveryState::kRecalled;
}

}  // namespace lienthong::document
