#include "hotline/store.hpp"
#include "hotline/store_values.hpp"

namespace lienthong::hotline {
namespace {

constexpr pg::Statement kInsertReport{
    "hotline_insert_report", "INSERT INTO report VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
constexpr pg::Statement kInsertReporter{
    "hotline_insert_reporter",
    "INSERT INTO reporter (report_id, code, full_name, phone, takes_sms, email, language, text,"
    " call_number, call_started_at, call_ended_at, recordings)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
    " nullif($10, '')::timestamptz, nullif($11, '')::timestamptz, $12)"};
constexpr pg::Statement kSelectReports{"hotline_select_reports",
                                       "SELECT * FROM report_record WHERE id = ANY ($1::uuid[])"};
constexpr pg::Statement kSelectReportsOf{
    "hotline_select_reports_of",
    "SELECT id FROM report WHERE ticket_id = $1 AND ($2 = '' OR id > nullif($2, '')::uuid)"
    " ORDER BY id LIMIT $3"};
constexpr pg::Statement kSelectOwnReports{
    "hotline_select_own_reports", "SELECT id FROM report WHERE own_ticket_id = $1 ORDER BY id"};
constexpr pg::Statement kUpdateReports{
    "hotline_update_reports", "UPDATE report SET ticket_id = $2 WHERE id = ANY ($1::uuid[])"};
constexpr pg::Statement kSelectReporter{
    "hotline_select_reporter",
    "SELECT report_id, code, full_name, phone, takes_sms, email, language, text,"
    " call_number, microseconds(call_started_at) AS call_started_at,"
    " microseconds(call_ended_at) AS call_ended_at, recordings, satisfaction,"
    " rating_count FROM reporter WHERE report_id = $1"};
constexpr pg::Statement kUpdateRating{
    "hotline_update_rating",
    "UPDATE reporter SET satisfaction = $2, rating_count = rating_count + 1 WHERE report_id = $1"};
constexpr pg::Statement kClearRatings{
    "hotline_clear_ratings",
    "UPDATE reporter SET satisfaction = 0 WHERE satisfaction <> 0"
    " AND report_id IN (SELECT id FROM report WHERE ticket_id = $1)"};
constexpr pg::Statement kCountRatings{
    "hotline_count_ratings",
    "UPDATE ticket SET (rated_1, rated_2, rated_3, rated_4) ="
    " (SELECT count(*) FILTER (WHERE p.satisfaction = 1),"
    " count(*) FILTER (WHERE p.satisfaction = 2), count(*) FILTER (WHERE p.satisfaction = 3),"
    " count(*) FILTER (WHERE p.satisfaction = 4) FROM report r"
    " JOIN reporter p ON p.report_id = r.id WHERE r.ticket_id = $1) WHERE id = $1"};
constexpr pg::Statement kSelectNames{
    "hotline_select_names",
    "SELECT p.full_name FROM report r JOIN reporter p ON p.report_id = r.id"
    " WHERE r.ticket_id = $1 AND p.full_name <> ''"};
constexpr pg::Statement kInsertAccess{"hotline_insert_access",
                                      "INSERT INTO reporter_access VALUES ($1, $2, $3, $4, $5, $6,"
                                      " $7)"};
constexpr pg::Statement kHasRead{
    "hotline_has_read",
    "SELECT FROM reporter_access WHERE report_id = $1 AND official_id = $2"
    " AND read_at > $3::timestamptz LIMIT 1"};
constexpr pg::Statement kSelectAccess{
    "hotline_select_access",
    "SELECT id, report_id, microseconds(read_at) AS read_at, system, unit_id, official_id, purpose"
    " FROM reporter_access WHERE report_id = $1 AND ($2 = '' OR id < nullif($2, '')::uuid)"
    " ORDER BY id DESC LIMIT $3"};

Stored<Report> ToReport(const pg::Row& row) {
  Report report;
  report.id = {row["id"].as<std::string>()};
  report.ticket_id = {row["ticket_id"].as<std::string>()};
  report.own_ticket_id = {row["own_ticket_id"].as<std::string>()};
  report.channel = static_cast<Channel>(row["channel"].as<int>());
  report.received_at = pg::TimeOf(row["received_at"]);
  report.anonymous = row["anonymous"].as<bool>();
  report.confidential = row["confidential"].as<bool>();
  report.unit_id = row["unit_id"].as<std::string>();
  report.official_id = row["official_id"].as<std::string>();
  report.api_key_id = row["api_key_id"].as<std::string>();
  return {std::move(report), row["version"].as<std::int64_t>()};
}

}  // namespace

void InsertReport(pg::Tx& tx, const Report& report, const Reporter& reporter) {
  tx.Write(kInsertReport, report.id.text, report.ticket_id.text, report.own_ticket_id.text,
           static_cast<int>(report.channel), base::FormatTime(report.received_at), report.anonymous,
           report.confidential, report.unit_id, report.official_id, report.api_key_id);
  tx.Write(kInsertReporter, report.id.text, reporter.code, reporter.full_name, reporter.phone,
           reporter.takes_sms, reporter.email, reporter.language, reporter.text,
           reporter.call_number, pg::TimeText(reporter.call_started_at),
           pg::TimeText(reporter.call_ended_at), AttachmentArray(reporter.recordings));
}

std::vector<Stored<Report>> SelectReports(pg::Tx& tx, const std::vector<ReportId>& ids) {
  std::vector<Stored<Report>> reports;
  for (const auto& row : tx.Exec(kSelectReports, pg::IdArray(ids))) {
    reports.push_back(ToReport(row));
  }
  return reports;
}

std::vector<ReportId> SelectReportsOf(pg::Tx& tx, const TicketId& id, const std::string& after,
                                      int limit) {
  return IdsOf<ReportId>(tx.Exec(kSelectReportsOf, id.text, after, limit));
}

std::vector<ReportId> SelectOwnReports(pg::Tx& tx, const TicketId& id) {
  return IdsOf<ReportId>(tx.Exec(kSelectOwnReports, id.text));
}

void UpdateReportTicket(pg::Tx& tx, const std::vector<ReportId>& ids, const TicketId& id) {
  tx.Write(kUpdateReports, pg::IdArray(ids), id.text);
}

std::optional<Reporter> SelectReporter(pg::Tx& tx, const ReportId& id) {
  const auto rows = tx.Exec(kSelectReporter, id.text);
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  Reporter reporter;
  reporter.report_id = {row["report_id"].as<std::string>()};
  reporter.code = row["code"].as<std::string>();
  reporter.full_name = row["full_name"].as<std::string>();
  reporter.phone = row["phone"].as<std::string>();
  reporter.takes_sms = row["takes_sms"].as<bool>();
  reporter.email = row["email"].as<std::string>();
  reporter.language = row["language"].as<std::string>();
  reporter.text = row["text"].as<std::string>();
  reporter.call_number = row["call_number"].as<std::string>();
  reporter.call_started_at = pg::OptionalTime(row["call_started_at"]);
  reporter.call_ended_at = pg::OptionalTime(row["call_ended_at"]);
  reporter.recordings = AttachmentsOf(row["recordings"]);
  reporter.satisfaction = static_cast<Satisfaction>(row["satisfaction"].as<int>());
  reporter.rating_count = row["rating_count"].as<int>();
  return reporter;
}

std::vector<std::string> SelectNames(pg::Tx& tx, const TicketId& id) {
  std::vector<std::string> names;
  for (const auto& row : tx.Exec(kSelectNames, id.text)) {
    names.push_back(row[0].as<std::string>());
  }
  return names;
}

void InsertAccess(pg::Tx& tx, const AccessRow& row) {
  tx.Write(kInsertAccess, row.id, row.report_id.text, base::FormatTime(row.read_at), row.system,
           row.unit_id, row.official_id, row.purpose);
}

bool HasRead(pg::Tx& tx, const ReportId& id, const std::string& official_id, base::Time since) {
  return !tx.Exec(kHasRead, id.text, official_id, base::FormatTime(since)).empty();
}

std::vector<AccessRow> SelectAccess(pg::Tx& tx, const ReportId& id, const std::string& before,
                                    int limit) {
  std::vector<AccessRow> entries;
  for (const auto& row : tx.Exec(kSelectAccess, id.text, before, limit)) {
    entries.push_back({row["id"].as<std::string>(),
                       {row["report_id"].as<std::string>()},
                       pg::TimeOf(row["read_at"]),
                       row["system"].as<std::string>(),
                       row["unit_id"].as<std::string>(),
                       row["official_id"].as<std::string>(),
                       row["purpose"].as<std::string>()});
  }
  return entries;
}

void UpdateRating(pg::Tx& tx, const TicketId& ticket_id, const ReportId& id,
                  Satisfaction satisfaction) {
  tx.Write(kUpdateRating, id.text, static_cast<int>(satisfaction));
  CountRatings(tx, ticket_id);
}

void CountRatings(pg::Tx& tx, const TicketId& id) { tx.Write(kCountRatings, id.text); }

void ClearRatings(pg::Tx& tx, const TicketId& id) {
  tx.Write(kClearRatings, id.text);
  CountRatings(tx, id);
}

}  // namespace lienthong::hotline
