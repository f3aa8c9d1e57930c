#include <algorithm>

#include "hotline/store.hpp"
#include "hotline/store_values.hpp"
#include "platform/base/search_words.hpp"

namespace lienthong::hotline {
namespace {

constexpr char kBetweenValues = '\x1f';

constexpr pg::Statement kUpsertTicket{
    "hotline_upsert_ticket",
    "INSERT INTO ticket (id, state, category_id, kind, restricted, anonymous, confidential,"
    " keeper_unit_id, concerned_unit_id, channel, opened_at, commune_code, address, latitude,"
    " longitude, text, question_codes, question_values, attachments, unit_ids, deadlines,"
    " mark, look_at, classified_at, forwarded_at, forwarded_in_time, responded_at,"
    " responded_in_time, answered_at, approved_at, published_at, closed_at, answer,"
    " answer_attachments, public_text, public_answer, reason, transfer_services,"
    " transfer_times, transfer_officials, transfer_taken, transfer_taken_times,"
    " joined_ticket_id, report_count, satisfaction, satisfaction_comment, reopen_count,"
    " reopen_reason, words, answer_article_id, answer_article_version, answer_template_id,"
    " answer_template_version, public_words, routed_at, kept_private,"
    " escalated_unit_ids, public_photos, past_deadlines, own_classification, joined_attachments,"
    " keeper_since, answered_in_time, commune_unit_id, reopened_at,"
    " has_had_others) VALUES "
    "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
    "$12, $13,"
    " nullif($14, '')::float8, nullif($15, '')::float8, $16, $17, $18, $19, $20, $21, $22,"
    " nullif($23, '')::timestamptz, nullif($24, '')::timestamptz, nullif($25,"
    " '')::timestamptz, nullif($26, '')::boolean, nullif($27, '')::timestamptz, nullif($28,"
    " '')::boolean, nullif($29, '')::timestamptz, nullif($30, '')::timestamptz, nullif($31,"
    " '')::timestamptz, nullif($32, '')::timestamptz, $33, $34, $35, $36, $37, $38, $39, $40,"
    " $41, $42, nullif($43, '')::uuid, $44, $45, $46, $47, $48, to_tsvector('simple', $49),"
    " nullif($50, '')::uuid, $51, nullif($52, '')::uuid, $53, to_tsvector('simple', $54),"
    " nullif($55, '')::timestamptz, $56, $57, $58, $59, $60, $61, nullif($62, '')::timestamptz,"
    " nullif($63, '')::boolean, $64, nullif($65, '')::timestamptz, $66) ON"
    " CONFLICT (id) DO UPDATE SET state = excluded.state, category_id = excluded.category_id,"
    " kind = excluded.kind, restricted = excluded.restricted, confidential ="
    " excluded.confidential, keeper_unit_id = excluded.keeper_unit_id, concerned_unit_id ="
    " excluded.concerned_unit_id, commune_code = excluded.commune_code, address ="
    " excluded.address, latitude = excluded.latitude, longitude = excluded.longitude, text ="
    " excluded.text, question_codes = excluded.question_codes, question_values ="
    " excluded.question_values, attachments = excluded.attachments, unit_ids ="
    " excluded.unit_ids, deadlines = excluded.deadlines, mark = excluded.mark, look_at ="
    " excluded.look_at, classified_at = excluded.classified_at, forwarded_at ="
    " excluded.forwarded_at, forwarded_in_time = excluded.forwarded_in_time, responded_at ="
    " excluded.responded_at, responded_in_time = excluded.responded_in_time, answered_at ="
    " excluded.answered_at, approved_at = excluded.approved_at, published_at ="
    " excluded.published_at, closed_at = excluded.closed_at, answer = excluded.answer,"
    " answer_attachments = excluded.answer_attachments, public_text = excluded.public_text,"
    " public_answer = excluded.public_answer, reason = excluded.reason, transfer_services ="
    " excluded.transfer_services, transfer_times = excluded.transfer_times, transfer_officials"
    " = excluded.transfer_officials, transfer_taken = excluded.transfer_taken,"
    " transfer_taken_times = excluded.transfer_taken_times, joined_ticket_id ="
    " excluded.joined_ticket_id, report_count = excluded.report_count, satisfaction ="
    " excluded.satisfaction, satisfaction_comment = excluded.satisfaction_comment,"
    " reopen_count = excluded.reopen_count, reopen_reason = excluded.reopen_reason, words ="
    " excluded.words, answer_article_id = excluded.answer_article_id, answer_article_version ="
    " excluded.answer_article_version, answer_template_id = excluded.answer_template_id,"
    " answer_template_version = excluded.answer_template_version, public_words ="
    " excluded.public_words, routed_at = excluded.routed_at,"
    " kept_private = excluded.kept_private,"
    " escalated_unit_ids = excluded.escalated_unit_ids,"
    " public_photos = excluded.public_photos, past_deadlines = excluded.past_deadlines,"
    " own_classification = excluded.own_classification,"
    " joined_attachments = excluded.joined_attachments, keeper_since = excluded.keeper_since,"
    " answered_in_time = excluded.answered_in_time,"
    " commune_unit_id = excluded.commune_unit_id, reopened_at = excluded.reopened_at,"
    " has_had_others = excluded.has_had_others"};

constexpr pg::Statement kSelectTickets{"hotline_select_tickets",
                                       "SELECT * FROM ticket_record WHERE id = ANY ($1::uuid[])"};
constexpr pg::Statement kSelectJoined{
    "hotline_select_joined", "SELECT id FROM ticket WHERE joined_ticket_id = $1 ORDER BY id"};

std::string DegreesText(const Place& place, double Place::Point::*coordinate) {
  if (!place.point) return "";
  // All digits: it is the same number when it is read again.
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", (*place.point).*coordinate);
  return text;
}

std::string Joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    if (!text.empty()) text += kBetweenValues;
    text += value;
  }
  return text;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> values;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(kBetweenValues, begin)) != std::string::npos;) {
    values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  values.push_back(text.substr(begin));
  return values;
}

/// As it is searched: nothing of what is withheld.
std::string WordsOf(const Ticket& ticket) {
  if (ticket.IsWithheld()) return "";
  return base::SearchText(ticket.text + " " + ticket.place.address + " " + ticket.answer);
}

std::string PublicWordsOf(const Ticket& ticket) {
  if (!ticket.published_at) return "";
  return base::SearchText(ticket.public_text + " " + ticket.public_answer);
}

std::string ClassificationArray(const std::optional<Classification>& own) {
  if (!own) return pg::TextArray(std::vector<std::string>{});
  return pg::TextArray({own->category_id, std::to_string(static_cast<int>(own->kind)),
                        FlagText(own->restricted), own->concerned_unit_id, own->keeper_unit_id});
}

std::optional<Classification> ClassificationOf(const pg::Field& field) {
  const std::vector<std::string> texts = pg::ParseTextArray(field);
  if (texts.empty()) return std::nullopt;
  return Classification{texts.at(0), static_cast<CategoryKind>(std::stoi(texts.at(1))),
                        texts.at(2) == "t", texts.at(3), texts.at(4)};
}

void ReadPlace(const pg::Row& row, Place& place) {
  place.commune_code = row["commune_code"].as<std::string>();
  place.commune_unit_id = row["commune_unit_id"].as<std::string>();
  place.address = row["address"].as<std::string>();
  if (row["latitude"].is_null()) return;
  place.point = Place::Point{row["latitude"].as<double>(), row["longitude"].as<double>()};
}

void ReadTimes(const pg::Row& row, Ticket& ticket) {
  ticket.opened_at = pg::TimeOf(row["opened_at"]);
  ticket.classified_at = pg::OptionalTime(row["classified_at"]);
  ticket.forwarded_at = pg::OptionalTime(row["forwarded_at"]);
  ticket.forwarded_in_time = OptionalFlag(row["forwarded_in_time"]);
  ticket.routed_at = pg::OptionalTime(row["routed_at"]);
  ticket.responded_at = pg::OptionalTime(row["responded_at"]);
  ticket.responded_in_time = OptionalFlag(row["responded_in_time"]);
  ticket.keeper_since = pg::OptionalTime(row["keeper_since"]);
  ticket.answered_in_time = OptionalFlag(row["answered_in_time"]);
  ticket.answered_at = pg::OptionalTime(row["answered_at"]);
  ticket.approved_at = pg::OptionalTime(row["approved_at"]);
  ticket.published_at = pg::OptionalTime(row["published_at"]);
  ticket.closed_at = pg::OptionalTime(row["closed_at"]);
  ticket.deadlines = DeadlinesOf(row["deadlines"]);
  ticket.past_deadlines = DeadlinesOf(row["past_deadlines"]);
}

void ReadTransfers(const pg::Row& row, std::vector<Transfer>& transfers) {
  const auto services = pg::ParseTextArray(row["transfer_services"]),
             times = pg::ParseTextArray(row["transfer_times"]),
             officials = pg::ParseTextArray(row["transfer_officials"]),
             taken = pg::ParseTextArray(row["transfer_taken"]),
             taken_times = pg::ParseTextArray(row["transfer_taken_times"]);
  for (std::size_t i = 0; i < services.size(); ++i) {
    Transfer transfer{services[i], base::ParseTime(times.at(i)), officials.at(i), std::nullopt,
                      std::nullopt};
    if (!taken.at(i).empty()) transfer.taken = taken[i] == "t";
    if (!taken_times.at(i).empty()) transfer.taken_at = base::ParseTime(taken_times[i]);
    transfers.push_back(std::move(transfer));
  }
}

AnswerSource SourceOf(const pg::Field& id, const pg::Field& version) {
  return {id.as<std::string>(""), version.as<std::int64_t>()};
}

Stored<Ticket> ToTicket(const pg::Row& row) {
  Ticket ticket;
  ticket.id = {row["id"].as<std::string>()};
  ticket.state = static_cast<TicketState>(row["state"].as<int>());
  ticket.category_id = row["category_id"].as<std::string>();
  ticket.kind = static_cast<CategoryKind>(row["kind"].as<int>());
  ticket.restricted = row["restricted"].as<bool>();
  ticket.anonymous = row["anonymous"].as<bool>();
  ticket.confidential = row["confidential"].as<bool>();
  ticket.keeper_unit_id = row["keeper_unit_id"].as<std::string>();
  ticket.concerned_unit_id = row["concerned_unit_id"].as<std::string>();
  ticket.channel = static_cast<Channel>(row["channel"].as<int>());
  ReadPlace(row, ticket.place), ReadTimes(row, ticket);
  ticket.text = row["text"].as<std::string>();
  const auto codes = pg::ParseTextArray(row["question_codes"]),
             values = pg::ParseTextArray(row["question_values"]);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    ticket.question_answers.push_back({codes[i], Split(values.at(i))});
  }
  ticket.attachments = AttachmentsOf(row["attachments"]);
  ticket.joined_attachments = AttachmentsOf(row["joined_attachments"]);
  ticket.unit_ids = pg::ParseTextArray(row["unit_ids"]);
  ticket.escalated_unit_ids = pg::ParseTextArray(row["escalated_unit_ids"]);
  ticket.answer = row["answer"].as<std::string>();
  ticket.answer_attachments = AttachmentsOf(row["answer_attachments"]);
  ticket.answer_article = SourceOf(row["answer_article_id"], row["answer_article_version"]);
  ticket.answer_template = SourceOf(row["answer_template_id"], row["answer_template_version"]);
  ticket.public_text = row["public_text"].as<std::string>();
  ticket.public_answer = row["public_answer"].as<std::string>();
  ticket.public_photos = pg::ParseTextArray(row["public_photos"]);
  ticket.kept_private = row["kept_private"].as<bool>();
  ticket.reason = row["reason"].as<std::string>();
  ReadTransfers(row, ticket.transfers);
  ticket.joined_ticket_id = pg::OptionalId<TicketId>(row["joined_ticket_id"]);
  ticket.own_classification = ClassificationOf(row["own_classification"]);
  ticket.report_count = row["report_count"].as<int>();
  ticket.satisfaction = static_cast<Satisfaction>(row["satisfaction"].as<int>());
  ticket.satisfaction_comment = row["satisfaction_comment"].as<std::string>();
  ticket.reopen_count = row["reopen_count"].as<int>();
  ticket.reopen_reason = row["reopen_reason"].as<std::string>();
  ticket.reopened_at = pg::OptionalTime(row["reopened_at"]);
  ticket.has_had_others = row["has_had_others"].as<bool>();
  return {std::move(ticket), row["version"].as<std::int64_t>()};
}

}  // namespace

void UpsertTicket(pg::Tx& tx, const Ticket& ticket) {
  const auto answers = [&](const auto& text_of) {
    return pg::TextArray(ticket.question_answers, text_of);
  };
  const auto transfers = [&](const auto& text_of) {
    return pg::TextArray(ticket.transfers, text_of);
  };
  tx.Write(kUpsertTicket, ticket.id.text, static_cast<int>(ticket.state), ticket.category_id,
           static_cast<int>(ticket.kind), ticket.restricted, ticket.anonymous, ticket.confidential,
           ticket.keeper_unit_id, ticket.concerned_unit_id, static_cast<int>(ticket.channel),
           base::FormatTime(ticket.opened_at), ticket.place.commune_code, ticket.place.address,
           DegreesText(ticket.place, &Place::Point::latitude),
           DegreesText(ticket.place, &Place::Point::longitude), ticket.text,
           answers([](const QuestionAnswer& a) { return a.code; }),
           answers([](const QuestionAnswer& a) { return Joined(a.values); }),
           AttachmentArray(ticket.attachments), pg::TextArray(ticket.unit_ids),
           DeadlineArray(ticket.deadlines), MarkOf(ticket.deadlines),
           pg::TimeText(NextLook(ticket.deadlines)), pg::TimeText(ticket.classified_at),
           pg::TimeText(ticket.forwarded_at), FlagText(ticket.forwarded_in_time),
           pg::TimeText(ticket.responded_at), FlagText(ticket.responded_in_time),
           pg::TimeText(ticket.answered_at), pg::TimeText(ticket.approved_at),
           pg::TimeText(ticket.published_at), pg::TimeText(ticket.closed_at), ticket.answer,
           AttachmentArray(ticket.answer_attachments), ticket.public_text, ticket.public_answer,
           ticket.reason, transfers([](const Transfer& t) { return t.service; }),
           transfers([](const Transfer& t) { return base::FormatTime(t.at); }),
           transfers([](const Transfer& t) { return t.official_id; }),
           transfers([](const Transfer& t) { return FlagText(t.taken); }),
           transfers([](const Transfer& t) { return pg::TimeText(t.taken_at); }),
           pg::IdText(ticket.joined_ticket_id), ticket.report_count,
           static_cast<int>(ticket.satisfaction), ticket.satisfaction_comment, ticket.reopen_count,
           ticket.reopen_reason, WordsOf(ticket), ticket.answer_article.id,
           ticket.answer_article.version, ticket.answer_template.id, ticket.answer_template.version,
           PublicWordsOf(ticket), pg::TimeText(ticket.routed_at), ticket.kept_private,
           pg::TextArray(ticket.escalated_unit_ids), pg::TextArray(ticket.public_photos),
           DeadlineArray(ticket.past_deadlines), ClassificationArray(ticket.own_classification),
           AttachmentArray(ticket.joined_attachments), pg::TimeText(ticket.keeper_since),
           FlagText(ticket.answered_in_time), ticket.place.commune_unit_id,
           pg::TimeText(ticket.reopened_at), ticket.has_had_others);
}

std::vector<Stored<Ticket>> SelectTickets(pg::Tx& tx, const std::vector<TicketId>& ids) {
  std::vector<Stored<Ticket>> tickets;
  for (const auto& row : tx.Exec(kSelectTickets, pg::IdArray(ids))) {
    tickets.push_back(ToTicket(row));
  }
  return tickets;
}

std::vector<TicketId> SelectJoined(pg::Tx& tx, const TicketId& id) {
  return IdsOf<TicketId>(tx.Exec(kSelectJoined, id.text));
}

}  // namespace lienthong::hotline
