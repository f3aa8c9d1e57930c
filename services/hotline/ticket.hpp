#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hotline/category.hpp"
#include "hotline/deadline.hpp"
#include "hotline/rules.hpp"

namespace lienthong::hotline {

inline constexpr std::size_t kTextCharactersMax = 4000;  ///< Open311 GeoReport v2: description
inline constexpr std::size_t kReasonCharactersMax = 2000;
inline constexpr std::size_t kAddressCharactersMax = 500;
inline constexpr std::size_t kAttachmentsMax = 10;
inline constexpr std::size_t kRoutesMax = 20;
inline constexpr std::size_t kAssignmentsMax = 100;  ///< of a ticket
inline constexpr std::size_t kTransfersMax = 20;
/// Handled in one ticket: what hangs on it changes with it, in one change of at most 500 records.
inline constexpr int kReportsMax = 390;
inline constexpr std::size_t kJoinedAttachmentsMax = 100;  ///< of all that are joined to a ticket

/// UUIDs, lower case.
struct TicketId {
  std::string text;
  auto operator<=>(const TicketId&) const = default;
};
struct ReportId {
  std::string text;
  auto operator<=>(const ReportId&) const = default;
};
struct AssignmentId {
  std::string text;
  auto operator<=>(const AssignmentId&) const = default;
};

enum class TicketState {
  kNew = 1,
  kClassified,
  kRouted,
  kAnswered,
  kApproved,
  kPublished,
  kPrivate,
  kRated,
  kReopened,
  kClosed,
  kRejected,
  kTransferred,
  kJoined,
};

enum class Channel {
  kPhone = 1,
  kSms,
  kEmail,
  kZalo,
  kViber,
  kFacebook,
  kApp,
  kWeb,
  kOpen311,
  kInPerson,
};

enum class Satisfaction { kNone, kUnsatisfied, kNeutral, kSatisfied, kVerySatisfied };

/// Where it is.
struct Place {
  std::string commune_code;     ///< of the statistics office; empty = not known
  std::string commune_unit_id;  ///< that had the code then: codes are reused
  std::string address;
  struct Point {
    double latitude = 0;   ///< WGS 84, degrees
    double longitude = 0;  ///< likewise
  };
  std::optional<Point> point;
};

struct Attachment {
  std::string sha256;
  std::string name;
  std::string media_type;
  std::int64_t size_bytes = 0;
};

/// A warm transfer to an emergency service.
struct Transfer {
  std::string service;  ///< "113"
  base::Time at{};
  std::string official_id;
  std::optional<bool> taken;
  std::optional<base::Time> taken_at;
};

/// A record of the knowledge base, in the version that an answer was taken from.
struct AnswerSource {
  std::string id;  ///< empty = none
  std::int64_t version = 0;
};

/// What a ticket is about, and whose it is.
struct Classification {
  std::string category_id;
  CategoryKind kind = CategoryKind::kNone;
  bool restricted = false;
  std::string concerned_unit_id;
  std::string keeper_unit_id;
};

/// A case (hồ sơ phản ánh, kiến nghị).
struct Ticket {
  TicketId id;
  TicketState state = TicketState::kNew;
  std::string category_id;  ///< empty = not classified
  CategoryKind kind = CategoryKind::kNone;
  bool restricted = false;
  bool anonymous = false;
  bool confidential = false;
  std::string keeper_unit_id;
  std::string concerned_unit_id;  ///< that a conduct complaint is about
  Channel channel = Channel::kPhone;
  base::Time opened_at{};
  Place place;
  std::string text;
  std::vector<QuestionAnswer> question_answers;
  std::vector<Attachment> attachments;
  std::vector<Attachment> joined_attachments;   ///< of tickets joined to it; they have the files
  std::vector<std::string> unit_ids;            ///< with an open or answered assignment, sorted
  std::vector<std::string> escalated_unit_ids;  ///< to which an assignment went up
  Deadlines deadlines;
  Deadlines past_deadlines;  ///< suspended, with what was told of them
  std::optional<base::Time> classified_at;
  std::optional<base::Time> forwarded_at;
  std::optional<bool> forwarded_in_time;
  std::optional<base::Time> routed_at;  ///< last: the round that its assignments belong to
  std::optional<base::Time> responded_at;
  std::optional<bool> responded_in_time;
  std::optional<base::Time> keeper_since;  ///< since when it is the keeper's to answer
  std::optional<bool> answered_in_time;    ///< by the keeper
  std::optional<base::Time> answered_at;
  std::optional<base::Time> approved_at;
  std::optional<base::Time> published_at;
  std::optional<base::Time> closed_at;
  std::string answer;
  std::vector<Attachment> answer_attachments;
  AnswerSource answer_article;
  AnswerSource answer_template;
  std::string public_text;
  std::string public_answer;
  std::vector<std::string> public_photos;  ///< SHA-256 of those pictures shown with these
  bool kept_private = false;               ///< answered to the citizen alone
  std::string reason;
  std::vector<Transfer> transfers;
  std::optional<TicketId> joined_ticket_id;
  std::optional<Classification> own_classification;  ///< of a joined one, which has the other's
  int report_count = 1;
  Satisfaction satisfaction = Satisfaction::kNone;
  std::string satisfaction_comment;
  int reopen_count = 0;
  std::string reopen_reason;
  std::optional<base::Time> reopened_at;  ///< last
  bool has_had_others = false;            ///< reports that were joined to it, be it by mistake

  /// What it says does not leave the owner: restricted, or not yet known to be none.
  bool IsWithheld() const { return restricted || category_id.empty(); }
  /// No unit has an open part of it any more: the keeper puts the answer together.
  bool WaitsForKeeper() const { return state == TicketState::kRouted && keeper_since.has_value(); }
};

/// What a step of a ticket needs to know.
struct Step {
  const Rules& rules;
  const calendar::Calendar& calendar;
  Actor actor;
  base::Time now;
};

/// Each throws TICKET_STATE (FAILED_PRECONDITION) where the moves of the province do not allow it.

/// A new one, whose `opened_at` is set: its clock runs.
void Open(Ticket& ticket, const Step& step);
void Classify(Ticket& ticket, const Category& category, const Step& step);
/// Units have it: `unit_ids` are added.
void Route(Ticket& ticket, const std::vector<std::string>& unit_ids, const Step& step);
void Refer(Ticket& ticket, const std::string& unit_id, const Step& step);
/// A unit has accepted it.
void Respond(Ticket& ticket, base::Time now);
void AddUnit(Ticket& ticket, const std::string& unit_id);
/// A unit has it no more.
void Leave(Ticket& ticket, const std::string& unit_id);
/// No unit has an open part of it any more: the keeper's time runs.
void AwaitKeeper(Ticket& ticket, const Step& step);
/// No unit has it any more: it is to be routed again, in the same time as before.
void Unroute(Ticket& ticket, const Step& step);
/// NOT_AN_EMERGENCY (INVALID_ARGUMENT).
void StartTransfer(Ticket& ticket, const std::string& service, const std::string& official_id,
                   const Step& step);
void EndTransfer(Ticket& ticket, bool taken, const Step& step);
void Answer(Ticket& ticket, const std::string& answer, std::vector<Attachment> attachments,
            const Step& step);
void ReturnAnswer(Ticket& ticket, const std::string& reason, const Step& step);
void Approve(Ticket& ticket, const Step& step);
/// What everybody is to read and see of a ticket.
struct Publication {
  std::string text;
  std::string answer;
  std::vector<std::string> photos;  ///< SHA-256 of pictures: see FindPicture
};
/// NOT_TO_PUBLISH (FAILED_PRECONDITION).
void RequireMayPublish(const Ticket& ticket);
/// The same; FIELD_INVALID for `public_photos`.
void Publish(Ticket& ticket, const Publication& publication, const Step& step);
void KeepPrivate(Ticket& ticket, const Step& step);
/// It is out of everybody's sight again.
void WithdrawPublication(Ticket& ticket, const std::string& reason, const Step& step);
void Reject(Ticket& ticket, const std::string& reason, const Step& step);
void Rate(Ticket& ticket, Satisfaction satisfaction, const std::string& comment, const Step& step);
/// REOPEN_OVER (FAILED_PRECONDITION) behind the window or beyond the number of times.
void Reopen(Ticket& ticket, const std::string& reason, const Step& step);
void Close(Ticket& ticket, const Step& step);

/// A picture that came with a report or with the answer; nullptr = it has none such.
const Attachment* FindPicture(const Ticket& ticket, const std::string& sha256);
/// Its outcome is not told yet.
bool IsBeingHandled(const Ticket& ticket);
/// `ticket` is handled in `into`, with its reports. TICKETS_DIFFER (INVALID_ARGUMENT), also while
/// it is not known whether a transfer of it was taken.
void Join(Ticket& ticket, Ticket& into, const Step& step);
/// Undoes it: `own_reports` and its files go with it, and it is about what it was about before.
/// `others` are those still joined to `from`.
void Separate(Ticket& ticket, Ticket& from, int own_reports, const std::vector<Ticket>& others,
              const Step& step);

}  // namespace lienthong::hotline
