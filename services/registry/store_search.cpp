#include "platform/base/clock.hpp"
#include "registry/store.hpp"

namespace lienthong::registry {
namespace {

// A name search reads one stretch of an index, in its order, and stops after a page: the ids are
// looked up by a second statement, so that no plan can decide to join first. A record whose name
// matches at several places counts once, under its first key; that key is found by a subquery which
// the planner cannot turn into a join over all names. The place to go on from is the only lower
// bound: beside a second one, the scan would begin at the start of the index.
constexpr pg::Statement kCitizensByName{
    "registry_find_citizens_by_name",
    "SELECT n.suffix, n.citizen_id FROM citizen_name n"
    " WHERE (n.suffix, n.citizen_id) > ($3, $4::uuid) AND n.suffix < $2"
    " AND n.suffix = (SELECT min(f.suffix) FROM citizen_name f WHERE f.citizen_id = n.citizen_id"
    "  AND f.suffix >= $1 AND f.suffix < $2)"
    " ORDER BY n.suffix, n.citizen_id LIMIT $5"};

constexpr pg::Statement kCitizensByNameIn{
    "registry_find_citizens_by_name_in",
    "SELECT page.suffix, page.citizen_id FROM unnest($6::text[]) AS c(code) CROSS JOIN LATERAL ("
    "  SELECT n.suffix, n.citizen_id FROM citizen_name n WHERE n.commune_code = c.code"
    "  AND (n.suffix, n.citizen_id) > ($3, $4::uuid) AND n.suffix < $2"
    "  AND n.suffix = (SELECT min(f.suffix) FROM citizen_name f WHERE f.citizen_id = n.citizen_id"
    "   AND f.suffix >= $1 AND f.suffix < $2)"
    "  ORDER BY n.suffix, n.citizen_id LIMIT $5) page"
    " ORDER BY page.suffix, page.citizen_id LIMIT $5"};

constexpr pg::Statement kEnterprisesByName{
    "registry_find_enterprises_by_name",
    "SELECT n.suffix, n.enterprise_id FROM enterprise_name n"
    " WHERE (n.suffix, n.enterprise_id) > ($3, $4::uuid) AND n.suffix < $2"
    " AND n.suffix = (SELECT min(f.suffix) FROM enterprise_name f"
    "  WHERE f.enterprise_id = n.enterprise_id AND f.suffix >= $1 AND f.suffix < $2)"
    " ORDER BY n.suffix, n.enterprise_id LIMIT $5"};

constexpr pg::Statement kEnterprisesByNameIn{
    "registry_find_enterprises_by_name_in",
    "SELECT page.suffix, page.enterprise_id FROM unnest($6::text[]) AS c(code)"
    " CROSS JOIN LATERAL ("
    "  SELECT n.suffix, n.enterprise_id FROM enterprise_name n WHERE n.commune_code = c.code"
    "  AND (n.suffix, n.enterprise_id) > ($3, $4::uuid) AND n.suffix < $2"
    "  AND n.suffix = (SELECT min(f.suffix) FROM enterprise_name f"
    "   WHERE f.enterprise_id = n.enterprise_id AND f.suffix >= $1 AND f.suffix < $2)"
    "  ORDER BY n.suffix, n.enterprise_id LIMIT $5) page"
    " ORDER BY page.suffix, page.enterprise_id LIMIT $5"};

constexpr pg::Statement kCitizensByBirthDate{
    "registry_find_citizens_by_birth_date",
    "SELECT '', c.id FROM citizen c WHERE c.birth_date = $1 AND c.state <> 'MERGED'"
    " AND c.id > $2::uuid AND ($4 OR c.commune_code = ANY($5::text[]))"
    " AND ($6 = '' OR (SELECT true FROM citizen_name n WHERE n.citizen_id = c.id"
    "  AND n.suffix >= $6 AND n.suffix < $7 LIMIT 1))"
    " ORDER BY c.id LIMIT $3"};

constexpr pg::Statement kCitizensByCommune{
    "registry_find_citizens_by_commune",
    "SELECT '', id FROM citizen WHERE commune_code = $1 AND state <> 'MERGED' AND id > $2::uuid"
    " ORDER BY id LIMIT $3"};

constexpr pg::Statement kEnterprisesByCommune{
    "registry_find_enterprises_by_commune",
    "SELECT '', id FROM enterprise WHERE commune_code = $1 AND id > $2::uuid ORDER BY id LIMIT $3"};

constexpr pg::Statement kCitizensByNumbers{
    "registry_find_citizens_by_numbers",
    "SELECT '', id FROM ("
    "  SELECT id FROM citizen WHERE identity_number = ANY($1::text[])"
    "  UNION SELECT id FROM citizen WHERE state <> 'MERGED' AND old_identity_numbers <> '{}'"
    "   AND old_identity_numbers && $1::text[]) found"
    " WHERE id > $2::uuid ORDER BY id LIMIT $3"};

/// Before every id.
constexpr const char* kNil = "00000000-0000-0000-0000-000000000000";

std::string IdAfter(const Place& after) { return after.id.empty() ? kNil : after.id; }

std::vector<Place> ToPlaces(const pg::Result& rows) {
  std::vector<Place> places;
  places.reserve(rows.size());
  for (const auto& row : rows) {
    places.push_back({row[0].as<std::string>(), row[1].as<std::string>()});
  }
  return places;
}

std::vector<Place> FindByName(pg::Tx& tx, const pg::Statement& everywhere,
                              const pg::Statement& in_communes, const KeyRange& name,
                              const Communes& communes, const Place& after, int limit) {
  const std::string& key = after.id.empty() ? name.first : after.key;
  if (!communes) {
    return ToPlaces(tx.Exec(everywhere, name.first, name.last, key, IdAfter(after), limit));
  }
  return ToPlaces(tx.Exec(in_communes, name.first, name.last, key, IdAfter(after), limit,
                          pg::TextArray(*communes)));
}

}  // namespace

std::vector<Place> FindCitizensByName(pg::Tx& tx, const KeyRange& name, const Communes& communes,
                                      const Place& after, int limit) {
  return FindByName(tx, kCitizensByName, kCitizensByNameIn, name, communes, after, limit);
}

std::vector<Place> FindEnterprisesByName(pg::Tx& tx, const KeyRange& name, const Communes& communes,
                                         const Place& after, int limit) {
  return FindByName(tx, kEnterprisesByName, kEnterprisesByNameIn, name, communes, after, limit);
}

std::vector<Place> FindCitizensByBirthDate(pg::Tx& tx, Day birth_date,
                                           const std::optional<KeyRange>& name,
                                           const Communes& communes, const Place& after,
                                           int limit) {
  return ToPlaces(tx.Exec(kCitizensByBirthDate, base::FormatDay(birth_date), IdAfter(after), limit,
                          !communes.has_value(),
                          pg::TextArray(communes.value_or(std::vector<std::string>())),
                          name ? name->first : std::string(), name ? name->last : std::string()));
}

std::vector<Place> FindCitizensByCommune(pg::Tx& tx, const std::string& commune_code,
                                         const Place& after, int limit) {
  return ToPlaces(tx.Exec(kCitizensByCommune, commune_code, IdAfter(after), limit));
}

std::vector<Place> FindEnterprisesByCommune(pg::Tx& tx, const std::string& commune_code,
                                            const Place& after, int limit) {
  return ToPlaces(tx.Exec(kEnterprisesByCommune, commune_code, IdAfter(after), limit));
}

std::vector<Place> FindCitizensByNumbers(pg::Tx& tx, const std::vector<std::string>& numbers,
                                         const Place& after, int limit) {
  return ToPlaces(tx.Exec(kCitizensByNumbers, pg::TextArray(numbers), IdAfter(after), limit));
}

}  // namespace lienthong::registry
