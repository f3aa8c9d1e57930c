#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "document/content.hpp"
#include "document/deadline.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::document {

/// UUID, lower case.
struct DeliveryId {
  std::string text;
  auto operator<=>(const DeliveryId&) const = default;
};

/// An issued document (văn bản).
struct Document {
  DocumentId id;
  Content content;
  std::string sender_unit_id;   ///< empty = from outside
  std::string sender_organ_id;  ///< of an organisation outside the province
  std::string sender_name;      ///< as it was at issue
  base::Time issued_at{};
  bool recalled = false;
  std::optional<std::string> recall_reason;
  bool erased = false;             ///< no unit has it any more: summary and files are gone
  std::string packet_document_id;  ///< its sender's id in the exchange; empty = none
  std::string packet_sha256;       ///< of the packet as received
  bool packet_signed = false;      ///< it carried a signature, which nobody verified
  /// Units with a ground to see it: sender, receivers that have not given it back, units with a
  /// task. Computed from the tables.
  std::vector<std::string> parties;
};

enum class DeliveryState {
  kSent = 1,
  kArrived,     ///< 01
  kRefused,     ///< 02
  kEntered,     ///< 03
  kAssigned,    ///< 04
  kProcessing,  ///< 05
  kCompleted,   ///< 06
  kRecalled,    ///< 15 after 13
};

enum class ChangeAnswer { kPending = 1, kAccepted, kRefused };

/// The sender wants the document back, updated or replaced.
struct ChangeRequest {
  ChangeKind kind = ChangeKind::kRecall;
  ChangeAnswer answer = ChangeAnswer::kPending;
  std::string reason;
  base::Time requested_at{};
  std::optional<base::Time> answered_at;
};

/// One step, by its code of the exchange: "01".."06", "13", "15", "16".
struct Step {
  std::string code;
  base::Time at{};
  std::string reason;
  std::string official_id;
};

/// One receiver's copy of a document.
struct Delivery {
  DeliveryId id;
  DocumentId document_id;
  std::string sender_unit_id;
  std::string receiver_unit_id;
  std::string receiver_organ_id;
  std::string receiver_name;
  /// Unit that handles it now: the receiver, or who continues that.
  std::string holder_unit_id;
  bool for_information = false;
  bool restricted = false;             ///< of the document
  Urgency urgency = Urgency::kNormal;  ///< of the document
  DeliveryState state = DeliveryState::kSent;
  base::Time sent_at{};
  std::optional<std::string> arrival_code;
  std::optional<Day> arrival_date;
  std::optional<DocumentId> answering_document_id;
  std::optional<std::string> answering_code;
  std::optional<ChangeRequest> change;
  std::optional<DeliveryId> replaced_by_id;
  std::optional<base::Time> deadline;  ///< the receiver's own; at first what the sender asks for
  std::optional<Deadline> due;         ///< what it waits for at present
  std::vector<Step> steps;
};

/// That a deadline of an arrived document came near or passed.
struct DeadlineNotice {
  DeliveryId delivery_id;
  std::string unit_id;  ///< who handles it
  Deadline due;
};

/// Who takes a step, when and why.
struct Act {
  std::string official_id;
  base::Time at{};
  std::string reason;
};

/// Steps of one receiver's copy. Each throws DELIVERY_STATE (FAILED_PRECONDITION) when the state
/// does not allow it:
///   SENT -> 01 -> 02
///           01 -> 03 -> 04 -> 05 -> 06
///                 03 -> 05 | 06
void Arrive(Delivery& delivery, const Act& act);
void Refuse(Delivery& delivery, const Act& act);
void Enter(Delivery& delivery, const std::string& arrival_code, Day arrival_date, const Act& act);
/// Without a deadline: that which it has.
void Assign(Delivery& delivery, const std::optional<base::Time>& deadline, const Act& act);
/// The receiver's own deadline; nullopt = none.
void SetDeadline(Delivery& delivery, const std::optional<base::Time>& deadline, base::Time now);
void Process(Delivery& delivery, const Act& act);
void Complete(Delivery& delivery, const Act& act);

/// Arrived, and neither refused nor entered. Before anything is written for it.
void RequireEnterable(const Delivery& delivery);
/// Entered and not dealt with: tasks can be given.
void RequireEntered(const Delivery& delivery);

/// Arrived and neither dealt with nor refused. Throws DELIVERY_STATE.
void RequireOpen(const Delivery& delivery);
/// The same, or something waits for its answer.
void RequireUnfinished(const Delivery& delivery);

/// A delivery has at most so many steps and few more: recalls that were refused can be repeated.
inline constexpr std::size_t kStepsMax = 100;
/// Can the sender still take it back? Not once it is completed or given back, nor while a recall
/// waits, nor after kStepsMax steps.
bool IsRecallable(const Delivery& delivery);
/// A state that an organisation outside has told, by its code of the exchange (14 is an alias of
/// 15); `of_document` as of AnswerChange. True = it accepts what waited for an answer. Late and
/// repeated lower states change nothing; a state may skip others, whose packets come later or
/// never. Throws PACKET_INVALID for a code that is none.
bool TakeStatus(Delivery& delivery, const std::string& code, ChangeKind of_document,
                const Act& act);

/// 13.
void RequestRecall(Delivery& delivery, const Act& act);
/// A delivery of a document that updates or replaces an earlier one waits for an answer too.
void RequestChange(Delivery& delivery, ChangeKind kind, const Act& act);
/// 15 or 16. `of_document`: what the document of the delivery does to an earlier one; after the
/// refusal of a recall that waits for its answer again. Throws NOTHING_TO_ANSWER
/// (FAILED_PRECONDITION).
void AnswerChange(Delivery& delivery, bool accept, ChangeKind of_document, const Act& act);

}  // namespace lienthong::document
