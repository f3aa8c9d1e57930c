#include "hotline/store_citizens.hpp"

#include <optional>

#include "hotline/store_values.hpp"

namespace lienthong::hotline {
namespace {

constexpr pg::Statement kSelectByCode{
    "hotline_select_by_code",
    "SELECT r.id, r.ticket_id, r.anonymous, p.phone, p.email FROM reporter p"
    " JOIN report r ON r.id = p.report_id WHERE p.code = $1"};

constexpr pg::Statement kIsPublic{"hotline_is_public",
                                  "SELECT FROM ticket WHERE id = $1 AND is_public"};

// $1 categories, $2 communes, $3 and $4 from and to, $5 answered ('' = both), $6 words, $7 and $8
// place, $9 limit, $10 published ones only.
#define LIENTHONG_RANGE                                                        \
  " AND opened_at >= coalesce(nullif($3, '')::timestamptz, '-infinity')"       \
  " AND opened_at < coalesce(nullif($4, '')::timestamptz, 'infinity')"         \
  " AND (opened_at, id) < (coalesce(nullif($7, '')::timestamptz, 'infinity')," \
  "  coalesce(nullif($8, '')::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))"
#define LIENTHONG_FACETS                                                \
  " AND ($1::text[] = '{}' OR category_id = ANY ($1::text[]))"          \
  " AND ($2::text[] = '{}' OR commune_unit_id = ANY ($2::text[]))"      \
  " AND ($5 = '' OR (approved_at IS NOT NULL OR closed_at IS NOT NULL)" \
  "  = nullif($5, '')::boolean) AND (NOT $10::boolean OR published_at IS NOT NULL)"
#define LIENTHONG_FILTER LIENTHONG_FACETS " AND ($6 = '' OR public_words @@ $6::tsquery)"
#define LIENTHONG_NEWEST " ORDER BY opened_at DESC, id DESC LIMIT "
constexpr pg::Statement kFindPublic{
    "hotline_find_public",
    "SELECT id FROM ticket WHERE is_public" LIENTHONG_RANGE LIENTHONG_FILTER LIENTHONG_NEWEST "$9"};
constexpr pg::Statement kFindPublicIn{
    "hotline_find_public_in",
    "SELECT t.id FROM (SELECT DISTINCT unnest($1::text[]) AS category_id) c CROSS JOIN LATERAL"
    " (SELECT id, opened_at FROM ticket WHERE is_public"
    "  AND category_id = c.category_id" LIENTHONG_RANGE LIENTHONG_FILTER LIENTHONG_NEWEST
    " $9) t" LIENTHONG_NEWEST "$9"};
constexpr pg::Statement kFindPublicAt{
    "hotline_find_public_at",
    "SELECT t.id FROM unnest($2::text[]) AS p (commune) CROSS JOIN LATERAL"
    " (SELECT id, opened_at FROM ticket WHERE is_public"
    "  AND commune_unit_id = p.commune" LIENTHONG_RANGE LIENTHONG_FILTER LIENTHONG_NEWEST
    " $9) t" LIENTHONG_NEWEST "$9"};
// Few among all.
constexpr pg::Statement kFindPublicOpen{
    "hotline_find_public_open",
    "SELECT id FROM ticket WHERE is_public AND approved_at IS NULL AND closed_at IS "
    "NULL" LIENTHONG_RANGE LIENTHONG_FILTER LIENTHONG_NEWEST "$9"};
// Words: among the newest 10,000 answers, of which no more are read than fill a page.
constexpr pg::Statement kFindPublicNewest{
    "hotline_find_public_newest",
    "SELECT id FROM (SELECT * FROM ticket WHERE is_public AND published_at IS NOT "
    "NULL" LIENTHONG_RANGE LIENTHONG_NEWEST " 10000) t WHERE true" LIENTHONG_FILTER LIENTHONG_NEWEST
    "$9"};
constexpr pg::Statement kFindPublicWords{
    "hotline_find_public_words",
    "WITH found AS MATERIALIZED (SELECT id, opened_at FROM ticket WHERE is_public"
    " AND published_at IS NOT NULL AND public_words @@ $6::tsquery" LIENTHONG_RANGE LIENTHONG_FACETS
    ") SELECT id FROM found" LIENTHONG_NEWEST "$9"};
#undef LIENTHONG_NEWEST
#undef LIENTHONG_FILTER
#undef LIENTHONG_FACETS
#undef LIENTHONG_RANGE

// When the last of the newest 10,000 before a time was opened.
constexpr pg::Statement kSelectLastOfNewest{
    "hotline_select_last_of_newest",
    "SELECT microseconds(opened_at) FROM ticket WHERE is_public AND published_at IS NOT NULL"
    " AND opened_at <= coalesce(nullif($1, '')::timestamptz, 'infinity')"
    " ORDER BY opened_at DESC, id DESC OFFSET 9999 LIMIT 1"};

std::vector<TicketId> Find(pg::Tx& tx, const pg::Statement& statement, const PublicQuery& query) {
  const auto& place = query.after;
  return IdsOf<TicketId>(
      tx.Exec(statement, pg::TextArray(query.category_ids), pg::TextArray(query.communes),
              pg::TimeText(query.from), pg::TimeText(query.to), FlagText(query.answered),
              query.words, place.id.empty() ? std::string() : base::FormatTime(place.opened_at),
              place.id, query.limit, query.published));
}

/// Among the newest, then among all: words that many have fill a page soon, others are few.
std::vector<TicketId> FindByWords(pg::Tx& tx, const PublicQuery& query) {
  auto found = Find(tx, kFindPublicNewest, query);
  if (static_cast<int>(found.size()) == query.limit) return found;
  std::optional<base::Time> end = query.to;
  if (!query.after.id.empty()) end = query.after.opened_at;
  const auto last = tx.Exec(kSelectLastOfNewest, pg::TimeText(end));
  const bool saw_all = last.empty() || (query.from && pg::TimeOf(last[0][0]) < *query.from);
  return saw_all ? found : Find(tx, kFindPublicWords, query);
}

}  // namespace

std::optional<CodeOwner> SelectByCode(pg::Tx& tx, const std::string& code) {
  const auto rows = tx.Exec(kSelectByCode, code);
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  return CodeOwner{{row["id"].as<std::string>()},
                   {row["ticket_id"].as<std::string>()},
                   row["anonymous"].as<bool>(),
                   row["phone"].as<std::string>(),
                   row["email"].as<std::string>()};
}

bool IsPublic(pg::Tx& tx, const TicketId& id) { return !tx.Exec(kIsPublic, id.text).empty(); }

std::vector<TicketId> FindPublicTickets(pg::Tx& tx, const PublicQuery& query) {
  PlanAnew(tx);
  if (!query.words.empty()) return FindByWords(tx, query);
  if (query.answered == false) return Find(tx, kFindPublicOpen, query);
  if (!query.category_ids.empty()) return Find(tx, kFindPublicIn, query);
  return Find(tx, query.communes.empty() ? kFindPublic : kFindPublicAt, query);
}

}  // namespace lienthong::hotline
