#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hotline/message.hpp"
#include "hotline/report.hpp"
#include "platform/pg/database.hpp"

/// All SQL of outgoing messages.
namespace lienthong::hotline {

using Day = std::chrono::year_month_day;

// Inside the transaction of what the citizen is told: two statements, however many reports.

/// To everybody whose report is handled in the ticket and who left an address, each in their
/// language: an SMS, or an e-mail without a telephone number that takes SMS. `date` is of EXTENDED
/// and UNANSWERED.
void QueueMessages(pg::Tx& tx, const TicketId& id, MessageKind kind, base::Time now,
                   const std::optional<Day>& date = {});
/// EXTENDED, but not to whom the same date was told last.
void QueueDate(pg::Tx& tx, const TicketId& id, base::Time now, Day date);
/// Another date is true now: one that waits to be sent is dropped.
void DropDates(pg::Tx& tx, const TicketId& id);
/// Has anybody whose report is handled in the ticket left an address?
bool HasContact(pg::Tx& tx, const TicketId& id);
/// Nobody asks any more: a question that waits to be sent is dropped.
void DropQuestions(pg::Tx& tx, const TicketId& id);
/// The reports of the ticket leave another one: what waits to be sent of that is dropped, and whom
/// it was told how that ended hears that the own report is handled again.
void QueueSeparated(pg::Tx& tx, const TicketId& id, base::Time now);
/// To who made this one report.
void QueueReceived(pg::Tx& tx, const ReportId& id, base::Time now);

// For the sender.

/// One whose time has come, locked.
struct DueMessage {
  MessageId id;
  Medium medium = Medium::kSms;
  std::string language;
  std::string address;
  std::string code;
  std::optional<Day> date;
  std::string subject;  ///< of its kind and language, as in the database
  std::string text;     ///< likewise
  bool superseded = false;
  bool claim_ended = false;  ///< the outcome of its last attempt was never stored
  int tries = 0;
  std::optional<base::Time> tried_at;  ///< the first of the tries
  bool counted = false;                ///< on `today` already
};
/// Passes over those that others hold.
std::optional<DueMessage> SelectDueMessage(pg::Tx& tx, Medium medium, base::Time now, Day today);
/// False when the address has had `count_max` messages on this day; otherwise this is one more.
bool CountMessage(pg::Tx& tx, const std::string& address_hash, Day today, int count_max);
/// An attempt begins; it ends with StoreOutcome under the same claim, or at `ends_at`.
void ClaimMessage(pg::Tx& tx, const MessageId& id, const std::string& claim, base::Time now,
                  base::Time ends_at, Day today);
/// A claim that ended is all that is known of its last attempt: doubtful, without a next one yet.
void EndClaim(pg::Tx& tx, const MessageId& id);
/// Not before that.
void PostponeMessage(pg::Tx& tx, const MessageId& id, base::Time until);

/// Of a claim that is still held.
struct Claimed {
  bool is_doubtful = false;
  bool superseded = false;  ///< perhaps since it was claimed
  int tries = 0;
  base::Time tried_at{};
};
/// Locked; nullopt = another attempt has begun.
std::optional<Claimed> SelectClaimed(pg::Tx& tx, const MessageId& id, const std::string& claim);
void StoreOutcome(pg::Tx& tx, const MessageId& id, const SendOutcome& outcome, const NextStep& next,
                  base::Time now);

struct OpenMessages {
  std::int64_t waiting = 0;
  std::int64_t doubtful = 0;
};
OpenMessages CountOpenMessages(pg::Tx& tx);
/// Instead of an SMS that will not arrive, to who left an e-mail address; once for each.
void QueueByEmail(pg::Tx& tx, const MessageId& id, base::Time now);
/// Of messages created before that will not be sent: whom they were for.
void ForgetAddresses(pg::Tx& tx, base::Time before);
void DeleteMessageDays(pg::Tx& tx, Day before);

// For MessageService.

/// Who had a message sent again.
struct MessageRetry {
  std::string id;
  MessageId message_id;
  base::Time asked_at{};
  std::string system;
  std::string unit_id;
  std::string official_id;
  std::string reason;
};
struct MessageRow {
  MessageId id;
  ReportId report_id;
  TicketId ticket_id;
  MessageKind kind = MessageKind::kReceived;
  Medium medium = Medium::kSms;
  MessageState state = MessageState::kWaiting;
  std::optional<Day> date;
  base::Time created_at{};
  int attempts = 0;
  int doubtful_attempts = 0;
  std::optional<base::Time> next_at;
  std::optional<base::Time> sent_at;
  std::string proof;
  std::string error;
  bool superseded = false;
  std::vector<MessageRetry> retries;  ///< see ReadRetries
};
struct MessageQuery {
  std::vector<std::string> units;    ///< that keep the tickets
  std::string ticket_id;             ///< empty = all, but only what was neither sent nor dropped
  std::vector<int> states;           ///< empty = all
  std::optional<base::Time> before;  ///< with `before_id`: behind this one
  std::string before_id;
  int limit = 0;
};
/// Newest first.
std::vector<MessageRow> SelectMessages(pg::Tx& tx, const MessageQuery& query);
std::vector<MessageRow> SelectMessage(pg::Tx& tx, const MessageId& id);
/// Fills the retries of all of them, newest first.
void ReadRetries(pg::Tx& tx, std::vector<MessageRow>& messages);
/// Back to its first attempt; false = it waits, is being sent, or need not be sent.
bool RestartMessage(pg::Tx& tx, const MessageId& id, base::Time now);
void InsertRetry(pg::Tx& tx, const MessageRetry& retry);

}  // namespace lienthong::hotline
