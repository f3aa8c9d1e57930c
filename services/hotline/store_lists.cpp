#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "hotline/store.hpp"
#include "hotline/store_values.hpp"

namespace lienthong::hotline {
namespace {

constexpr double kMetresOfDegree = 111'320;  ///< of latitude
constexpr double kRadiansOfDegree = 0.017453292519943295;

constexpr std::chrono::days kRecent{30};  ///< in which a page is looked for first

// What all ways of finding have in common. $1 units, $2 the unit that handles, $3 states,
// $4 categories, $5 communes, $6 mark, $7 and $8 from and to, $9 words, $10 and $11 place,
// $12 limit, $13 channel, $14 only what waits for the keeper.
#define LIENTHONG_RANGE                                                         \
  " AND opened_at >= coalesce(nullif($7, '')::timestamptz, '-infinity')"        \
  " AND opened_at < coalesce(nullif($8, '')::timestamptz, 'infinity')"          \
  " AND (opened_at, id) < (coalesce(nullif($10, '')::timestamptz, 'infinity')," \
  "  coalesce(nullif($11, '')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))"
#define LIENTHONG_WAITING "state = 3 AND keeper_since IS NOT NULL"
#define LIENTHONG_FACETS                                           \
  " AND ($3::int[] = '{}' OR state = ANY ($3::int[]))"             \
  " AND ($4::text[] = '{}' OR category_id = ANY ($4::text[]))"     \
  " AND ($5::text[] = '{}' OR commune_unit_id = ANY ($5::text[]))" \
  " AND ($6 = 0 OR mark >= $6)"                                    \
  " AND ($13::int = 0 OR channel = $13::int)"                      \
  " AND (NOT $14::boolean OR (" LIENTHONG_WAITING "))"
#define LIENTHONG_HANDLER " AND ($2 = '' OR unit_ids @> ARRAY[$2])"
#define LIENTHONG_WORDS " AND ($9 = '' OR words @@ $9::tsquery)"
#define LIENTHONG_FILTER LIENTHONG_FACETS LIENTHONG_HANDLER LIENTHONG_WORDS
#define LIENTHONG_NEWEST " ORDER BY opened_at DESC, id DESC LIMIT "

// Among the newest 1000 that each unit keeps: fills a page at once with what is not rare.
constexpr pg::Statement kFindNewest{
    "hotline_find_newest",
    "SELECT t.id, microseconds(t.opened_at) FROM unnest($1::text[]) AS u (unit) CROSS JOIN LATERAL"
    " (SELECT * FROM ticket WHERE keeper_unit_id = u.unit" LIENTHONG_RANGE LIENTHONG_NEWEST
    " 1000) t WHERE true" LIENTHONG_FILTER LIENTHONG_NEWEST "$12"};

// In the order of an index, one place of it after the other.
#define LIENTHONG_BY(places, where)                                                     \
  "SELECT t.id, microseconds(t.opened_at) FROM unnest($1::text[]) AS u (unit), " places \
  " CROSS JOIN LATERAL (SELECT id, opened_at FROM ticket WHERE keeper_unit_id = u.unit" \
  " AND " where LIENTHONG_RANGE LIENTHONG_FILTER LIENTHONG_NEWEST "$12) t" LIENTHONG_NEWEST "$12"
#define LIENTHONG_STATES                                                                      \
  "(SELECT DISTINCT unnest(CASE WHEN $3::int[] = '{}' THEN '{1,2,3,4,5,6,7,8,9,10,11,12,13}'" \
  " ELSE $3 END) AS state) s"
constexpr pg::Statement kFindByMark{
    "hotline_find_by_mark",
    LIENTHONG_BY("generate_series($6, 4) AS m (mark)", "mark = m.mark AND mark > 0")};
constexpr pg::Statement kFindWaiting{"hotline_find_waiting",
                                     LIENTHONG_BY("(SELECT 1) AS w", LIENTHONG_WAITING)};
constexpr pg::Statement kFindByChannel{
    "hotline_find_by_channel",
    LIENTHONG_BY(LIENTHONG_STATES, "channel = $13::int AND state = s.state")};
constexpr pg::Statement kFindByCommune{
    "hotline_find_by_commune", LIENTHONG_BY(LIENTHONG_STATES ", unnest($5::text[]) AS p (commune)",
                                            "commune_unit_id = p.commune AND state = s.state")};
constexpr pg::Statement kFindByState{
    "hotline_find_by_state",
    LIENTHONG_BY(LIENTHONG_STATES
                 ", (SELECT unnest($4::text[]) UNION SELECT id FROM category"
                 " WHERE $4 = '{}' UNION SELECT '' WHERE $4 = '{}') AS c (category_id)",
                 "state = s.state AND category_id = c.category_id")};
#undef LIENTHONG_STATES
#undef LIENTHONG_BY

// By an index that knows no order: all of the time asked for, then sorted.
#define LIENTHONG_MATCHING(which, filter)                                                        \
  "WITH found AS MATERIALIZED (SELECT id, opened_at FROM ticket WHERE " which LIENTHONG_RANGE    \
      LIENTHONG_FACETS filter ") SELECT id, microseconds(opened_at) FROM found" LIENTHONG_NEWEST \
  "$12"
constexpr pg::Statement kFindByWords{
    "hotline_find_by_words",
    LIENTHONG_MATCHING("words @@ $9::tsquery AND keeper_unit_id = ANY ($1::text[])",
                       LIENTHONG_HANDLER)};
constexpr pg::Statement kFindHandled{
    "hotline_find_handled",
    LIENTHONG_MATCHING("unit_ids @> ARRAY[$2] AND keeper_unit_id = ANY ($1::text[])",
                       LIENTHONG_WORDS)};
// Of the unit that keeps most tickets only those that others keep: few, and the rest is known.
#define LIENTHONG_OTHERS \
  " AND (keeper_unit_id < ($1::text[])[1] OR keeper_unit_id > ($1::text[])[1])"
constexpr pg::Statement kFindOfUnits{"hotline_find_of_units",
                                     LIENTHONG_MATCHING("unit_ids && $1::text[]" LIENTHONG_OTHERS,
                                                        LIENTHONG_HANDLER LIENTHONG_WORDS)};
constexpr pg::Statement kFindWentUp{
    "hotline_find_went_up", LIENTHONG_MATCHING("escalated_unit_ids && $1::text[]" LIENTHONG_OTHERS,
                                               LIENTHONG_HANDLER LIENTHONG_WORDS)};
#undef LIENTHONG_OTHERS
#undef LIENTHONG_MATCHING
#undef LIENTHONG_NEWEST
#undef LIENTHONG_FILTER
#undef LIENTHONG_WORDS
#undef LIENTHONG_HANDLER
#undef LIENTHONG_FACETS
#undef LIENTHONG_WAITING
#undef LIENTHONG_RANGE

// The newest that was opened before.
constexpr pg::Statement kSelectNewest{
    "hotline_select_newest",
    "SELECT microseconds(max(opened_at)) FROM ticket"
    " WHERE opened_at <= coalesce(nullif($1, '')::timestamptz, 'infinity')"};

// $1 units that keep them, $2 category, $3 opened after, $4 communes, $5 and $6 degrees ('' =
// none), $7 and $8 metres of a degree of latitude and longitude there, $9 metres, $10 limit.
constexpr pg::Statement kFindNear{
    "hotline_find_near",
    "SELECT id, metres FROM (SELECT id, opened_at, commune_unit_id, CASE WHEN latitude IS NOT NULL"
    "  AND $5 <> '' THEN sqrt(((latitude - nullif($5, '')::float8) * $7::float8) ^ 2"
    "  + ((longitude - nullif($6, '')::float8) * $8::float8) ^ 2) END AS metres FROM ticket"
    "  WHERE category_id = $2 AND opened_at > $3::timestamptz AND (state <= 4 OR state IN (9, 12))"
    "  AND keeper_unit_id = ANY ($1::text[]) AND NOT restricted AND NOT anonymous"
    "  AND NOT confidential) t"
    " WHERE metres <= $9::float8 OR (metres IS NULL AND commune_unit_id = ANY ($4::text[]))"
    " ORDER BY metres NULLS LAST, opened_at DESC, id LIMIT $10"};

std::string Degrees(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

struct Found {
  TicketId id;
  base::Time opened_at;
};

bool IsFull(const std::vector<Found>& found, const TicketQuery& query) {
  return static_cast<int>(found.size()) == query.limit;
}

std::vector<Found> Find(pg::Tx& tx, const pg::Statement& statement, const TicketQuery& query) {
  const auto& place = query.after;
  std::vector<Found> found;
  for (const auto& row :
       tx.Exec(statement, pg::TextArray(query.units), query.handler_unit_id,
               pg::NumberArray({query.states.begin(), query.states.end()}),
               pg::TextArray(query.category_ids), pg::TextArray(query.communes), query.mark,
               pg::TimeText(query.from), pg::TimeText(query.to), query.words,
               place.id.empty() ? std::string() : base::FormatTime(place.opened_at), place.id,
               query.limit, query.channel, query.waits_for_keeper)) {
    found.push_back({{row[0].as<std::string>()}, pg::TimeOf(row[1])});
  }
  return found;
}

/// By an index that knows no order: in the newest month at first, for what many tickets have fills
/// a page there.
std::vector<Found> FindMatching(pg::Tx& tx, const pg::Statement& statement,
                                const TicketQuery& query) {
  std::optional<base::Time> end = query.to;
  if (!query.after.id.empty()) end = query.after.opened_at;
  const auto newest = pg::OptionalTime(tx.Exec(kSelectNewest, pg::TimeText(end))[0][0]);
  if (!newest) return {};
  if (!query.from || *query.from < *newest - kRecent) {
    TicketQuery recent = query;
    recent.from = *newest - kRecent;
    auto found = Find(tx, statement, recent);
    if (IsFull(found, query)) return found;
  }
  return Find(tx, statement, query);
}

/// What the units keep.
std::vector<Found> FindKept(pg::Tx& tx, const TicketQuery& query) {
  const bool is_matched = !query.words.empty() || !query.handler_unit_id.empty();
  const bool has_facet = query.mark != 0 || !query.communes.empty() || !query.states.empty() ||
                         !query.category_ids.empty() || query.channel != 0 ||
                         query.waits_for_keeper;
  if (!is_matched && !has_facet) return Find(tx, kFindNewest, query);
  if (query.units.size() == 1) {
    auto newest = Find(tx, kFindNewest, query);
    if (IsFull(newest, query)) return newest;
  }
  if (is_matched) {
    return FindMatching(tx, query.words.empty() ? kFindHandled : kFindByWords, query);
  }
  if (query.waits_for_keeper) return Find(tx, kFindWaiting, query);
  if (query.mark != 0) return Find(tx, kFindByMark, query);
  if (!query.communes.empty()) return Find(tx, kFindByCommune, query);
  return Find(tx, query.channel == 0 ? kFindByState : kFindByChannel, query);
}

/// A ticket stands there once.
void Merge(std::vector<Found> more, const TicketQuery& query, std::vector<Found>& all) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    return std::tie(a.opened_at, a.id.text) > std::tie(b.opened_at, b.id.text);
  });
  const auto is_same = [](const Found& a, const Found& b) { return a.id == b.id; };
  all.erase(std::unique(all.begin(), all.end(), is_same), all.end());
  if (static_cast<int>(all.size()) > query.limit) {
    all.resize(static_cast<std::size_t>(query.limit));
  }
}

}  // namespace

std::vector<TicketId> FindTickets(pg::Tx& tx, const TicketQuery& query) {
  PlanAnew(tx);
  std::vector<Found> all = FindKept(tx, query);
  if (query.handler_unit_id.empty()) {
    for (const pg::Statement* statement : {&kFindOfUnits, &kFindWentUp}) {
      TicketQuery rest = query;
      // Nothing older than a page that is full already.
      if (IsFull(all, query)) rest.from = all.back().opened_at;
      Merge(FindMatching(tx, *statement, rest), query, all);
    }
  }
  std::vector<TicketId> ids;
  for (const Found& found : all) ids.push_back(found.id);
  return ids;
}

std::vector<NearTicket> FindNear(pg::Tx& tx, const NearQuery& query) {
  const auto& point = query.place.point;
  const double latitude = point ? point->latitude : 0;
  const double of_longitude = kMetresOfDegree * std::cos(latitude * kRadiansOfDegree);
  std::vector<NearTicket> found;
  for (const auto& row :
       tx.Exec(kFindNear, pg::TextArray(query.units), query.category_id,
               base::FormatTime(query.opened_after), pg::TextArray(query.communes),
               point ? Degrees(latitude) : "", point ? Degrees(point->longitude) : "",
               Degrees(kMetresOfDegree), Degrees(of_longitude), query.metres_max, query.limit)) {
    NearTicket near{{row["id"].as<std::string>()}, std::nullopt};
    if (!row["metres"].is_null()) near.metres = row["metres"].as<double>();
    found.push_back(std::move(near));
  }
  return found;
}

}  // namespace lienthong::hotline
