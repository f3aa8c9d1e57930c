#include "hotline/store_indicators.hpp"

#include <array>

#include "hotline/store_values.hpp"

namespace lienthong::hotline {
namespace {

// $1 and $2 the period, $3 who keeps them, $4 who has them, $5 public ones only, $6 none that are
// about these. A row for all, and one for each channel, category and commune (`grouped` tells
// which). Ratings are those of reports, which the ticket has counted: no reports are looked up.
constexpr pg::Statement kSelectCounted{
    "hotline_select_ticket_figures",
    "SELECT grouping(channel, category_id, commune_unit_id) AS grouped, channel, category_id,"
    " commune_unit_id, commune_code, count(*) AS received,"
    " count(*) FILTER (WHERE forwarded_in_time) AS forwarded,"
    " count(forwarded_in_time) AS forwarded_of,"
    " count(*) FILTER (WHERE responded_in_time) AS responded,"
    " count(responded_in_time) AS responded_of,"
    " count(*) FILTER (WHERE answered_in_time) AS answered,"
    " count(answered_in_time) AS answered_of,"
    " avg(extract(epoch FROM responded_at - opened_at))::bigint AS response,"
    " count(*) FILTER (WHERE reopen_count > 0) AS reopened,"
    " count(*) FILTER (WHERE published_at IS NOT NULL) AS published,"
    " coalesce(sum(rated_1), 0) AS rated_1, coalesce(sum(rated_2), 0) AS rated_2,"
    " coalesce(sum(rated_3), 0) AS rated_3, coalesce(sum(rated_4), 0) AS rated_4 FROM ticket"
    " WHERE opened_at >= $1::timestamptz AND opened_at < $2::timestamptz"
    " AND ($3::text[] = '{}' OR keeper_unit_id = ANY ($3::text[]))"
    " AND ($4::text[] = '{}' OR unit_ids && $4::text[]) AND (NOT $5::boolean OR is_public)"
    " AND concerned_unit_id <> ALL ($6::text[])"
    " GROUP BY GROUPING SETS ((), (channel), (category_id),"
    " (commune_unit_id, commune_code))"};

// What the unit still has to do itself.
#define LIENTHONG_TO_DO "state IN (1, 2, 4, 6)"

// Likewise; $7 the present.
constexpr pg::Statement kSelectUnits{
    "hotline_select_unit_figures",
    "SELECT unit_id, count(*) AS received, count(*) FILTER (WHERE state = 7) AS answered,"
    " count(*) FILTER (WHERE answered_in_time) AS on_time, count(answered_in_time) AS on_time_of,"
    " count(*) FILTER (WHERE " LIENTHONG_TO_DO
    " AND due_at <= $7::timestamptz) AS overdue,"
    " count(*) FILTER (WHERE state = 3) AS returned,"
    " count(*) FILTER (WHERE satisfaction >= 3 AND state = 7) AS satisfied,"
    " count(*) FILTER (WHERE satisfaction > 0 AND state = 7) AS rated FROM assignment"
    " WHERE assigned_at >= $1::timestamptz AND assigned_at < $2::timestamptz"
    " AND ($3::text[] = '{}' OR keeper_unit_id = ANY ($3::text[]))"
    " AND ($4::text[] = '{}' OR unit_id = ANY ($4::text[]))"
    " AND (NOT $5::boolean OR is_public) AND concerned_unit_id <> ALL ($6::text[])"
    " GROUP BY unit_id ORDER BY unit_id"};

// Of open assignments alone, as the index has them.
constexpr pg::Statement kSelectOverdue{
    "hotline_select_overdue",
    "SELECT unit_id, count(*) FROM assignment WHERE " LIENTHONG_TO_DO
    " AND coalesce(due_at, 'infinity') <= $1::timestamptz GROUP BY unit_id"};

constexpr pg::Statement kSelectConcerned{
    "hotline_select_concerned",
    "SELECT DISTINCT concerned_unit_id FROM ticket WHERE concerned_unit_id <> ''"};

Ratio RatioOf(const pg::Row& row, const char* part, const char* whole) {
  return {row[part].as<std::int64_t>(), row[whole].as<std::int64_t>()};
}

void ReadAll(const pg::Row& row, TicketFigures& figures) {
  figures.received = row["received"].as<std::int64_t>();
  figures.forwarded_in_time = RatioOf(row, "forwarded", "forwarded_of");
  figures.responded_in_time = RatioOf(row, "responded", "responded_of");
  figures.answered_in_time = RatioOf(row, "answered", "answered_of");
  if (!row["response"].is_null()) {
    figures.mean_response_seconds = row["response"].as<std::int64_t>();
  }
  figures.reopened = RatioOf(row, "reopened", "received");
  figures.published = RatioOf(row, "published", "received");
  constexpr std::array kLevels{"rated_1", "rated_2", "rated_3", "rated_4"};
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    figures.satisfaction[i] = row[kLevels[i]].as<std::int64_t>();
  }
}

}  // namespace

std::vector<std::string> SelectConcerned(pg::Tx& tx) {
  std::vector<std::string> units;
  for (const auto& row : tx.Exec(kSelectConcerned)) units.push_back(row[0].as<std::string>());
  return units;
}

TicketFigures SelectTicketFigures(pg::Tx& tx, const FiguresQuery& query) {
  PlanAnew(tx);
  TicketFigures figures;
  for (const auto& row :
       tx.Exec(kSelectCounted, base::FormatTime(query.from), base::FormatTime(query.to),
               pg::TextArray(query.keeper_units), pg::TextArray(query.units), query.only_public,
               pg::TextArray(query.without_concerned))) {
    const auto count = row["received"].as<std::int64_t>();
    switch (row["grouped"].as<int>()) {  // bits: those columns that are not grouped by
      case 0b011:
        figures.channels[row["channel"].as<int>()] = count;
        break;
      case 0b101:
        figures.categories[row["category_id"].as<std::string>()] = count;
        break;
      case 0b110:
        figures.communes[{row["commune_unit_id"].as<std::string>(),
                          row["commune_code"].as<std::string>()}] = count;
        break;
      default:
        ReadAll(row, figures);
    }
  }
  return figures;
}

std::vector<UnitFigures> SelectUnitFigures(pg::Tx& tx, const FiguresQuery& query) {
  PlanAnew(tx);
  std::vector<UnitFigures> units;
  for (const auto& row :
       tx.Exec(kSelectUnits, base::FormatTime(query.from), base::FormatTime(query.to),
               pg::TextArray(query.keeper_units), pg::TextArray(query.units), query.only_public,
               pg::TextArray(query.without_concerned), base::FormatTime(query.now))) {
    UnitFigures unit;
    unit.unit_id = row["unit_id"].as<std::string>();
    unit.received = row["received"].as<std::int64_t>();
    unit.answered = row["answered"].as<std::int64_t>();
    unit.on_time = RatioOf(row, "on_time", "on_time_of");
    unit.overdue = row["overdue"].as<std::int64_t>();
    unit.returned = RatioOf(row, "returned", "received");
    unit.satisfied = RatioOf(row, "satisfied", "rated");
    units.push_back(std::move(unit));
  }
  return units;
}

std::map<std::string, std::int64_t> SelectOverdue(pg::Tx& tx, base::Time now) {
  std::map<std::string, std::int64_t> units;
  for (const auto& row : tx.Exec(kSelectOverdue, base::FormatTime(now))) {
    units.emplace(row[0].as<std::string>(), row[1].as<std::int64_t>());
  }
  return units;
}

}  // namespace lienthong::hotline
