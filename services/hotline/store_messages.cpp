#include "hotline/store_messages.hpp"

#include <map>

#include "hotline/store_values.hpp"
#include "platform/pg/columns.hpp"

namespace lienthong::hotline {
namespace {

// $1 the ticket, $2 the kinds that are not sent any more. An attempt that runs ends as it ends; a
// failed or doubtful one stays, but is not sent again: whom it was for is not needed any more.
constexpr pg::Statement kSupersede{
    "hotline_supersede_messages",
    "UPDATE message SET superseded = true,"
    " next_at = CASE WHEN claim IS NOT NULL THEN next_at END,"
    " state = CASE WHEN state = 1 AND claim IS NULL THEN 5 ELSE state END,"
    " address = CASE WHEN claim IS NULL THEN '' ELSE address END,"
    " code = CASE WHEN claim IS NULL THEN '' ELSE code END"
    " WHERE report_id IN (SELECT id FROM report WHERE ticket_id = $1)"
    " AND kind = ANY ($2::int[]) AND state NOT IN (2, 5)"};

// $2 kind, $3 time, $4 date.
#define LIENTHONG_INSERT_MESSAGES                                                           \
  "INSERT INTO message (report_id, ticket_id, kind, language, medium, address, code, date," \
  " created_at, next_at) SELECT r.id, r.ticket_id, $2::int, p.language,"                    \
  " CASE WHEN p.takes_sms OR p.email = '' THEN 1 ELSE 2 END,"                               \
  " CASE WHEN p.takes_sms OR p.email = '' THEN p.phone ELSE p.email END,"                   \
  " p.code, nullif($4, '')::date,"                                                          \
  " $3::timestamptz, $3::timestamptz FROM report r JOIN reporter p ON p.report_id = r.id"   \
  " WHERE (p.phone <> '' OR p.email <> '')"
constexpr pg::Statement kInsertOfTicket{"hotline_insert_messages_of_ticket",
                                        LIENTHONG_INSERT_MESSAGES " AND r.ticket_id = $1"};
constexpr pg::Statement kInsertDate{
    "hotline_insert_date_messages_of_ticket", LIENTHONG_INSERT_MESSAGES
    " AND r.ticket_id = $1 AND (SELECT m.date FROM message m WHERE m.report_id = r.id"
    " AND m.kind IN (3, 7) AND (m.state = 2 OR m.doubtful_attempts > 0)"
    " ORDER BY m.created_at DESC, m.id DESC LIMIT 1) IS DISTINCT FROM nullif($4, '')::date"};
constexpr pg::Statement kInsertOfReport{"hotline_insert_message_of_report",
                                        LIENTHONG_INSERT_MESSAGES " AND r.id = $1"};

// Whom an outcome may have reached, and not yet that it is handled again.
constexpr pg::Statement kInsertSeparated{
    "hotline_insert_messages_of_separated", LIENTHONG_INSERT_MESSAGES
    " AND r.ticket_id = $1 AND EXISTS (SELECT FROM message m"
    " WHERE m.report_id = r.id AND m.kind IN (4, 5)"
    " AND (m.state = 2 OR m.doubtful_attempts > 0 OR m.claim IS NOT NULL)"
    " AND NOT EXISTS (SELECT FROM message l WHERE l.report_id = r.id AND l.kind = 6"
    " AND l.created_at >= m.created_at AND l.state <> 5))"};
#undef LIENTHONG_INSERT_MESSAGES
constexpr pg::Statement kHasContact{
    "hotline_has_contact",
    "SELECT FROM report r JOIN reporter p ON p.report_id = r.id WHERE r.ticket_id = $1"
    " AND (p.phone <> '' OR p.email <> '') LIMIT 1"};

// $1 medium, $2 time, $3 day.
constexpr pg::Statement kSelectDueMessages{
    "hotline_select_due_message",
    "SELECT m.id, m.medium, m.language, m.address, m.code, m.date, t.subject, t.text, m.state,"
    " m.superseded, m.claim IS NOT NULL AS claim_ended, m.tries,"
    " microseconds(m.tried_at) AS tried_at, m.counted_on IS NOT DISTINCT FROM $3::date AS counted"
    " FROM message m JOIN message_text t ON t.kind = m.kind AND t.language = m.language"
    " WHERE m.medium = $1 AND m.next_at <= $2::timestamptz"
    " ORDER BY m.next_at LIMIT 1 FOR UPDATE OF m SKIP LOCKED"};
// $1 day, $2 hash, $3 most.
constexpr pg::Statement kCount{
    "hotline_count_message",
    "INSERT INTO message_day AS d VALUES ($1, $2, 1) ON CONFLICT (day, address_hash)"
    " DO UPDATE SET count = d.count + 1 WHERE d.count < $3 RETURNING count"};
constexpr pg::Statement kClaim{
    "hotline_claim_message",
    "UPDATE message SET claim = $2, next_at = $4, attempts = attempts + 1, tries = tries + 1,"
    " tried_at = coalesce(tried_at, $3), counted_on = $5 WHERE id = $1"};
constexpr pg::Statement kEndClaim{
    "hotline_end_message_claim",
    "UPDATE message SET claim = NULL, next_at = NULL, state = 6, error = 'CLAIM_ENDED',"
    " doubtful_attempts = doubtful_attempts + 1,"
    " address = CASE WHEN superseded THEN '' ELSE address END,"
    " code = CASE WHEN superseded THEN '' ELSE code END WHERE id = $1"};
constexpr pg::Statement kPostpone{
    "hotline_postpone_message",
    "UPDATE message SET next_at = $2, error = 'DAY_LIMIT' WHERE id = $1"};
constexpr pg::Statement kSelectClaimed{
    "hotline_select_claimed_message",
    "SELECT state, superseded, tries, microseconds(tried_at) AS tried_at FROM message"
    " WHERE id = $1 AND claim = $2 FOR UPDATE"};
// $2 state, $3 next attempt, $4 doubtful ones more, $5 time of sending, $6 proof, $7 error.
constexpr pg::Statement kStoreOutcome{
    "hotline_store_message_outcome",
    "UPDATE message SET claim = NULL, state = $2, next_at = nullif($3, '')::timestamptz,"
    " doubtful_attempts = doubtful_attempts + $4, sent_at = nullif($5, '')::timestamptz,"
    " proof = $6, error = $7,"
    " address = CASE WHEN $2 IN (2, 5) OR superseded THEN '' ELSE address END,"
    " code = CASE WHEN $2 IN (2, 5) OR superseded THEN '' ELSE code END WHERE id = $1"};
constexpr pg::Statement kCountOpen{"hotline_count_open_messages",
                                   "SELECT (SELECT count(*) FROM message WHERE state = 1),"
                                   " (SELECT count(*) FROM message WHERE state = 6)"};
constexpr pg::Statement kInsertByEmail{
    "hotline_insert_message_by_email",
    "INSERT INTO message (report_id, ticket_id, kind, language, medium, address, code, date,"
    " created_at, next_at, replaces_id) SELECT m.report_id, m.ticket_id, m.kind, m.language, 2,"
    " p.email, p.code, m.date, $2::timestamptz, $2::timestamptz, m.id FROM message m"
    " JOIN reporter p ON p.report_id = m.report_id"
    " WHERE m.id = $1 AND m.medium = 1 AND NOT m.superseded AND p.email <> ''"
    " ON CONFLICT (replaces_id) DO NOTHING"};
constexpr pg::Statement kForgetAddresses{
    "hotline_forget_message_addresses",
    "UPDATE message SET address = '', code = '' WHERE state NOT IN (2, 5) AND created_at < $1"
    " AND next_at IS NULL AND claim IS NULL AND address <> ''"};
constexpr pg::Statement kDeleteDays{"hotline_delete_message_days",
                                    "DELETE FROM message_day WHERE day < $1"};

#define LIENTHONG_SELECT_MESSAGES                                                              \
  "SELECT m.id, m.report_id, m.ticket_id, m.kind, m.medium, m.state, m.date,"                  \
  " microseconds(m.created_at) AS created_at, m.attempts, m.doubtful_attempts,"                \
  " microseconds(m.next_at) AS next_at, microseconds(m.sent_at) AS sent_at, m.proof, m.error," \
  " m.superseded FROM message m "
// $2 states, $3 and $4 the place, $5 limit.
#define LIENTHONG_MESSAGE_FILTER                                                                 \
  " AND ($2::int[] = '{}' OR m.state = ANY ($2::int[]))"                                         \
  " AND ($4 = '' OR (m.created_at, m.id) < (nullif($3, '')::timestamptz, nullif($4, '')::uuid))" \
  " ORDER BY m.created_at DESC, m.id DESC LIMIT $5"
constexpr pg::Statement kSelectOfTicket{"hotline_select_messages_of_ticket",
                                        LIENTHONG_SELECT_MESSAGES
                                        "WHERE m.ticket_id = $1" LIENTHONG_MESSAGE_FILTER};
// A join would go through all tickets of the unit.
constexpr pg::Statement kSelectUnsent{"hotline_select_unsent_messages", LIENTHONG_SELECT_MESSAGES
                                      "WHERE m.state NOT IN (2, 5)"
                                      " AND (SELECT t.keeper_unit_id FROM ticket t WHERE t.id = "
                                      "m.ticket_id) = ANY ($1::text[])" LIENTHONG_MESSAGE_FILTER};
constexpr pg::Statement kSelectOne{"hotline_select_message",
                                   LIENTHONG_SELECT_MESSAGES "WHERE m.id = $1"};
#undef LIENTHONG_MESSAGE_FILTER
#undef LIENTHONG_SELECT_MESSAGES
// + 0 keeps it from going through message_unsent.
constexpr pg::Statement kRestart{
    "hotline_restart_message",
    "UPDATE message SET next_at = $2, tries = 0, tried_at = NULL,"
    " state = CASE WHEN state = 6 THEN 6 ELSE 1 END"
    " WHERE id = $1 AND state + 0 IN (3, 4, 6) AND claim IS NULL AND NOT superseded"
    " AND address <> '' RETURNING id"};
constexpr pg::Statement kInsertRetry{
    "hotline_insert_message_retry",
    "INSERT INTO message_retry VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr pg::Statement kSelectRetries{
    "hotline_select_message_retries",
    "SELECT id, message_id, microseconds(asked_at) AS asked_at, system, unit_id, official_id,"
    " reason FROM message_retry WHERE message_id = ANY ($1::uuid[]) ORDER BY id DESC"};

MessageRow ToMessageRow(const pg::Row& row) {
  MessageRow message;
  message.id = {row["id"].as<std::string>()};
  message.report_id = {row["report_id"].as<std::string>()};
  message.ticket_id = {row["ticket_id"].as<std::string>()};
  message.kind = static_cast<MessageKind>(row["kind"].as<int>());
  message.medium = static_cast<Medium>(row["medium"].as<int>());
  message.state = static_cast<MessageState>(row["state"].as<int>());
  message.date = pg::OptionalDay(row["date"]);
  message.created_at = pg::TimeOf(row["created_at"]);
  message.attempts = row["attempts"].as<int>();
  message.doubtful_attempts = row["doubtful_attempts"].as<int>();
  message.next_at = pg::OptionalTime(row["next_at"]);
  message.sent_at = pg::OptionalTime(row["sent_at"]);
  message.proof = row["proof"].as<std::string>();
  message.error = row["error"].as<std::string>();
  message.superseded = row["superseded"].as<bool>();
  return message;
}

std::vector<MessageRow> ToMessageRows(const pg::Result& rows) {
  std::vector<MessageRow> messages;
  for (const auto& row : rows) messages.push_back(ToMessageRow(row));
  return messages;
}

bool IsDoubtful(const pg::Row& row) {
  return row["state"].as<int>() == static_cast<int>(MessageState::kDoubtful);
}

void Supersede(pg::Tx& tx, const TicketId& id, const std::vector<MessageKind>& kinds) {
  std::vector<std::int64_t> numbers;
  for (const MessageKind kind : kinds) numbers.push_back(static_cast<int>(kind));
  if (!numbers.empty()) tx.Write(kSupersede, id.text, pg::NumberArray(numbers));
}

}  // namespace

void QueueMessages(pg::Tx& tx, const TicketId& id, MessageKind kind, base::Time now,
                   const std::optional<Day>& date) {
  Supersede(tx, id, SupersededBy(kind));
  tx.Write(kInsertOfTicket, id.text, static_cast<int>(kind), base::FormatTime(now),
           pg::DayText(date));
}

void QueueDate(pg::Tx& tx, const TicketId& id, base::Time now, Day date) {
  tx.Write(kInsertDate, id.text, static_cast<int>(MessageKind::kExtended), base::FormatTime(now),
           base::FormatDay(date));
}

void DropDates(pg::Tx& tx, const TicketId& id) {
  Supersede(tx, id, {MessageKind::kExtended, MessageKind::kUnanswered});
}

bool HasContact(pg::Tx& tx, const TicketId& id) { return !tx.Exec(kHasContact, id.text).empty(); }

void DropQuestions(pg::Tx& tx, const TicketId& id) { Supersede(tx, id, {MessageKind::kQuestion}); }

void QueueSeparated(pg::Tx& tx, const TicketId& id, base::Time now) {
  Supersede(tx, id, SupersededBy(MessageKind::kReopened));
  tx.Write(kInsertSeparated, id.text, static_cast<int>(MessageKind::kReopened),
           base::FormatTime(now), "");
}

void QueueReceived(pg::Tx& tx, const ReportId& id, base::Time now) {
  tx.Write(kInsertOfReport, id.text, static_cast<int>(MessageKind::kReceived),
           base::FormatTime(now), "");
}

std::optional<DueMessage> SelectDueMessage(pg::Tx& tx, Medium medium, base::Time now, Day today) {
  const auto rows = tx.Exec(kSelectDueMessages, static_cast<int>(medium), base::FormatTime(now),
                            base::FormatDay(today));
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  DueMessage due;
  due.id = {row["id"].as<std::string>()};
  due.medium = medium;
  due.language = row["language"].as<std::string>();
  due.address = row["address"].as<std::string>();
  due.code = row["code"].as<std::string>();
  due.date = pg::OptionalDay(row["date"]);
  due.subject = row["subject"].as<std::string>();
  due.text = row["text"].as<std::string>();
  due.claim_ended = row["claim_ended"].as<bool>();
  due.superseded = row["superseded"].as<bool>();
  due.tries = row["tries"].as<int>();
  due.tried_at = pg::OptionalTime(row["tried_at"]);
  due.counted = row["counted"].as<bool>();
  return due;
}

bool CountMessage(pg::Tx& tx, const std::string& address_hash, Day today, int count_max) {
  return !tx.Exec(kCount, base::FormatDay(today), pg::BytesLiteral(address_hash), count_max)
              .empty();
}

void ClaimMessage(pg::Tx& tx, const MessageId& id, const std::string& claim, base::Time now,
                  base::Time ends_at, Day today) {
  tx.Write(kClaim, id.text, claim, base::FormatTime(now), base::FormatTime(ends_at),
           base::FormatDay(today));
}

void EndClaim(pg::Tx& tx, const MessageId& id) { tx.Write(kEndClaim, id.text); }

void PostponeMessage(pg::Tx& tx, const MessageId& id, base::Time until) {
  tx.Write(kPostpone, id.text, base::FormatTime(until));
}

std::optional<Claimed> SelectClaimed(pg::Tx& tx, const MessageId& id, const std::string& claim) {
  const auto rows = tx.Exec(kSelectClaimed, id.text, claim);
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  return Claimed{IsDoubtful(row), row["superseded"].as<bool>(), row["tries"].as<int>(),
                 pg::TimeOf(row["tried_at"])};
}

void StoreOutcome(pg::Tx& tx, const MessageId& id, const SendOutcome& outcome, const NextStep& next,
                  base::Time now) {
  tx.Write(kStoreOutcome, id.text, static_cast<int>(next.state), pg::TimeText(next.at),
           outcome.result == SendResult::kDoubtful ? 1 : 0,
           next.state == MessageState::kSent ? base::FormatTime(now) : "", outcome.proof,
           outcome.error);
}

void QueueByEmail(pg::Tx& tx, const MessageId& id, base::Time now) {
  tx.Write(kInsertByEmail, id.text, base::FormatTime(now));
}

void ForgetAddresses(pg::Tx& tx, base::Time before) {
  tx.Write(kForgetAddresses, base::FormatTime(before));
}

OpenMessages CountOpenMessages(pg::Tx& tx) {
  const auto row = tx.Exec(kCountOpen)[0];
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>()};
}

void DeleteMessageDays(pg::Tx& tx, Day before) { tx.Write(kDeleteDays, base::FormatDay(before)); }

std::vector<MessageRow> SelectMessages(pg::Tx& tx, const MessageQuery& query) {
  const bool of_ticket = !query.ticket_id.empty();
  return ToMessageRows(tx.Exec(of_ticket ? kSelectOfTicket : kSelectUnsent,
                               of_ticket ? query.ticket_id : pg::TextArray(query.units),
                               pg::NumberArray({query.states.begin(), query.states.end()}),
                               pg::TimeText(query.before), query.before_id, query.limit));
}

std::vector<MessageRow> SelectMessage(pg::Tx& tx, const MessageId& id) {
  return ToMessageRows(tx.Exec(kSelectOne, id.text));
}

void ReadRetries(pg::Tx& tx, std::vector<MessageRow>& messages) {
  std::map<MessageId, MessageRow*> by_id;
  std::vector<MessageId> ids;
  for (MessageRow& message : messages) {
    by_id[message.id] = &message;
    ids.push_back(message.id);
  }
  for (const auto& row : tx.Exec(kSelectRetries, pg::IdArray(ids))) {
    const MessageId id{row["message_id"].as<std::string>()};
    by_id.at(id)->retries.push_back(
        {row["id"].as<std::string>(), id, pg::TimeOf(row["asked_at"]),
         row["system"].as<std::string>(), row["unit_id"].as<std::string>(),
         row["official_id"].as<std::string>(), row["reason"].as<std::string>()});
  }
}

bool RestartMessage(pg::Tx& tx, const MessageId& id, base::Time now) {
  return !tx.Exec(kRestart, id.text, base::FormatTime(now)).empty();
}

void InsertRetry(pg::Tx& tx, const MessageRetry& retry) {
  tx.Write(kInsertRetry, retry.id, retry.message_id.text, base::FormatTime(retry.asked_at),
           retry.system, retry.unit_id, retry.official_id, retry.reason);
}

}  // namespace lienthong::hotline
