#include "document/store.hpp"

namespace lienthong::document {
namespace {

constexpr pg::Statement kSelectOpenWork{
    "document_select_open_work",
    "SELECT * FROM ("
    " (SELECT 'delivery' AS type, id::text AS id, holder_unit_id AS unit, '' AS official"
    "  FROM delivery WHERE holder_unit_id = ANY ($1::text[])"
    "  AND (state IN ('ARRIVED', 'ENTERED', 'ASSIGNED', 'PROCESSING')"
    // What a unit that goes on alone has not answered is in its own lists.
    "   OR ($6 <> '' AND change_answer = 1))"
    "  AND 'delivery/' || id <> ALL ($2::text[]) AND ('delivery', id::text) > ($3, $4)"
    "  ORDER BY id LIMIT $5::int)"
    " UNION ALL"
    " (SELECT 'task', id::text, assignee_unit_id, assignee_official_id"
    "  FROM task WHERE (assignee_unit_id = ANY ($1::text[])"
    "   OR (assignee_unit_id = $6 AND assignee_official_id <> ''))"
    "  AND state IN ('ASSIGNED', 'IN_PROGRESS')"
    "  AND 'task/' || id <> ALL ($2::text[]) AND ('task', id::text) > ($3, $4)"
    "  ORDER BY id LIMIT $5::int)"
    " UNION ALL"
    " (SELECT 'file', id, unit_id, official_id FROM working_file"
    "  WHERE (unit_id = ANY ($1::text[])"
    "   OR (unit_id = $6 AND official_id <> '' AND state IN ('PLANNED', 'OPEN', 'CLOSED')))"
    "  AND 'file/' || id <> ALL ($2::text[]) AND ('file', id) > ($3, $4)"
    "  ORDER BY id LIMIT $5::int)"
    // That a unit which goes on alone has them needs no work.
    " UNION ALL"
    " (SELECT 'draft', id::text, unit_id, '' FROM draft"
    "  WHERE $6 <> '' AND unit_id = ANY ($1::text[])"
    "  AND state IN ('DRAFTING', 'SUBMITTED', 'SIGNED', 'NUMBERED')"
    "  AND ('draft', id::text) > ($3, $4) ORDER BY id LIMIT $5::int)"
    " UNION ALL"
    " (SELECT 'document', d.id::text, d.sender_unit_id, '' FROM document d"
    "  WHERE $6 <> '' AND d.sender_unit_id = ANY ($1::text[])"
    "  AND EXISTS (SELECT FROM delivery y WHERE y.document_id = d.id"
    "   AND y.state NOT IN ('REFUSED', 'COMPLETED', 'RECALLED'))"
    "  AND ('document', d.id::text) > ($3, $4) ORDER BY d.id LIMIT $5::int)"
    ") w ORDER BY type, id LIMIT $5::int"};

}  // namespace

std::vector<OpenWork> SelectOpenWork(pg::Tx& tx, const WorkQuery& query) {
  if (query.units.empty() && query.own_unit.empty()) return {};
  std::vector<OpenWork> work;
  for (const auto& row :
       tx.Exec(kSelectOpenWork, pg::TextArray(query.units), pg::TextArray(query.passed_over),
               query.after_type, query.after_id, query.limit, query.own_unit)) {
    work.push_back({row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>(),
                    row[3].as<std::string>()});
  }
  return work;
}

}  // namespace lienthong::document
