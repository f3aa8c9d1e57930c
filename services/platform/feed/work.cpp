#include "platform/feed/work.hpp"

#include <chrono>

#include "platform/base/error.hpp"

namespace lienthong::feed {
namespace {

constexpr int kWorksKeptMax = 1000;

constexpr pg::Statement kSelectNewestWork{
    "feed_select_newest_work",
    "SELECT request_id, operation_id, (extract(epoch FROM asked_at) * 1000000)::bigint,"
    "  (extract(epoch FROM begun_at) * 1000000)::bigint,"
    "  (extract(epoch FROM completed_at) * 1000000)::bigint, differing"
    " FROM feed_work WHERE kind = $1 ORDER BY id DESC LIMIT 1"};

constexpr pg::Statement kSelectWork{
    "feed_select_work",
    "SELECT request_id, operation_id, (extract(epoch FROM asked_at) * 1000000)::bigint,"
    "  (extract(epoch FROM begun_at) * 1000000)::bigint,"
    "  (extract(epoch FROM completed_at) * 1000000)::bigint, differing"
    " FROM feed_work WHERE kind = $1 AND request_id = $2"};

constexpr pg::Statement kInsertWork{
    "feed_insert_work",
    "INSERT INTO feed_work (kind, request_id, operation_id, asked_at)"
    " VALUES ($1, $2, $3, $4::timestamptz) ON CONFLICT (kind, request_id) DO NOTHING"};

constexpr pg::Statement kForgetWorks{
    "feed_forget_works",
    "DELETE FROM feed_work WHERE kind = $1 AND id <= (SELECT id FROM feed_work WHERE kind = $1"
    "  ORDER BY id DESC OFFSET $2 LIMIT 1)"};

constexpr pg::Statement kSetWorkBegun{
    "feed_set_work_begun",
    "UPDATE feed_work SET begun_at = $3::timestamptz WHERE kind = $1 AND request_id = $2"};

constexpr pg::Statement kSetWorkCompleted{
    "feed_set_work_completed",
    "UPDATE feed_work SET completed_at = $3::timestamptz, differing = $4"
    " WHERE kind = $1 AND request_id = $2"};

const char* NameOf(WorkKind kind) { return kind == WorkKind::kRepair ? "repair" : "bootstrap"; }

std::optional<base::Time> TimeIn(const pg::Field& field) {
  if (field.is_null()) return std::nullopt;
  return base::Time(std::chrono::microseconds(field.as<std::int64_t>()));
}

Work WorkIn(const pg::Row& row) {
  Work work;
  work.request_id = row[0].as<std::string>();
  work.operation_id = row[1].as<std::string>();
  work.asked_at = TimeIn(row[2]).value();
  work.begun_at = TimeIn(row[3]);
  work.completed_at = TimeIn(row[4]);
  work.differing = row[5].as<std::int64_t>();
  return work;
}

}  // namespace

std::optional<Work> SelectNewestWork(pg::Tx& tx, WorkKind kind) {
  const auto rows = tx.Exec(kSelectNewestWork, NameOf(kind));
  if (rows.empty()) return std::nullopt;
  return WorkIn(rows[0]);
}

Work InsertWork(pg::Tx& tx, WorkKind kind, const std::string& request_id,
                const std::string& operation_id, base::Time now) {
  tx.Exec(kInsertWork, NameOf(kind), request_id, operation_id, base::FormatTime(now));
  tx.Exec(kForgetWorks, NameOf(kind), kWorksKeptMax);
  const Work work = WorkIn(tx.Exec(kSelectWork, NameOf(kind), request_id)[0]);
  if (work.operation_id != operation_id) {
    throw base::Invalid("REQUEST_ID_REUSED", "request_id",
                        "this request_id came before with other content");
  }
  return work;
}

void SetWorkBegun(pg::Tx& tx, WorkKind kind, const std::string& request_id, base::Time now) {
  tx.Exec(kSetWorkBegun, NameOf(kind), request_id, base::FormatTime(now));
}

void SetWorkCompleted(pg::Tx& tx, WorkKind kind, const std::string& request_id, base::Time now,
                      std::int64_t differing) {
  tx.Exec(kSetWorkCompleted, NameOf(kind), request_id, base::FormatTime(now), differing);
}

}  // namespace lienthong::feed
