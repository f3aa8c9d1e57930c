#include "document/store.hpp"
#include "document/store_content.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<DraftState, 6> kDraftStates{{{DraftState::kDrafting, "DRAFTING"},
                                                 {DraftState::kSubmitted, "SUBMITTED"},
                                                 {DraftState::kSigned, "SIGNED"},
                                                 {DraftState::kNumbered, "NUMBERED"},
                                                 {DraftState::kIssued, "ISSUED"},
                                                 {DraftState::kWithdrawn, "WITHDRAWN"}}};

constexpr pg::Statement kInsertDraft{
    "document_insert_draft", "INSERT INTO draft VALUES ($1, $2, $3, $4, $5, '{}', '{}', '{}')"};

constexpr pg::Statement kUpdateDraft{
    "document_update_draft",
    "UPDATE draft SET state = $2, readers = $3, opinion_officials = $4, opinion_times = $5,"
    " opinion_texts = $6, submitted_to_official_id = nullif($7, ''),"
    " return_reason = nullif($8, ''), document_id = nullif($9, '')::uuid,"
    " due_kind = nullif($10, 0), due_at = nullif($11, '')::timestamptz,"
    " due_soon_at = nullif($12, '')::timestamptz, due_mark = nullif($13, 0),"
    " due_look_at = nullif($14, '')::timestamptz, unit_id = $15 WHERE id = $1"};

constexpr pg::Statement kSelectDrafts{"document_select_drafts",
                                      "SELECT r.*, d.erased FROM draft_record r"
                                      " JOIN draft d ON d.id = r.id WHERE r.id = ANY($1::uuid[])"};

// Of whatever unit; who is to sign may read it. $1 the official, $2 state, $3 place, $4 limit.
constexpr pg::Statement kFindSubmitted{
    "document_find_submitted",
    "SELECT d.id FROM draft d WHERE d.submitted_to_official_id = $1 AND d.state = 'SUBMITTED'"
    " AND ($2 = '' OR d.state = $2) AND ($3 = '' OR d.id < nullif($3, '')::uuid)"
    " ORDER BY d.id DESC LIMIT $4"};

// Of each unit for itself, in the order of an index. $5: all restricted ones; else those where the
// official ($6) or its positions ($7) are named.
constexpr pg::Statement kFindDrafts{
    "document_find_drafts",
    "SELECT f.id FROM unnest($1::text[]) AS u (unit) CROSS JOIN LATERAL ("
    " SELECT d.id FROM draft d JOIN content c ON c.id = d.id"
    " WHERE d.unit_id = u.unit AND ($2 = '' OR d.state = $2)"
    " AND ($3 = '' OR d.id < nullif($3, '')::uuid)"
    " AND (NOT c.restricted OR $5::boolean OR CASE WHEN d.document_id IS NULL"
    "  THEN d.author_official_id = $6 OR d.submitted_to_official_id = $6"
    "   OR c.signer_official_id = $6 OR d.readers && CASE WHEN u.unit ="
    "    ($1::text[])[1] THEN $7::text[] ELSE ($7::text[])[1:1] END"
    "  ELSE is_reader(d.document_id, $1::text[], $7::text[]) END) ORDER "
    "BY d.id DESC LIMIT $4) f ORDER BY f.id DESC LIMIT $4"};

constexpr pg::Statement kInsertAuthorisation{
    "document_insert_authorisation",
    "INSERT INTO authorisation VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false)"};

constexpr pg::Statement kRevokeAuthorisation{"document_revoke_authorisation",
                                             "UPDATE authorisation SET revoked = true"
                                             " WHERE id = $1"};

constexpr pg::Statement kSelectAuthorisations{
    "document_select_authorisations",
    "SELECT * FROM authorisation_record WHERE id = ANY($1::uuid[])"};

constexpr pg::Statement kHasAuthorisation{
    "document_has_authorisation",
    "SELECT 1 FROM authorisation WHERE unit_id = $1 AND to_official_id = $2 AND NOT revoked"
    " AND $3::date BETWEEN valid_from AND valid_to LIMIT 1"};

constexpr pg::Statement kFindAuthorisations{
    "document_find_authorisations",
    "SELECT id FROM authorisation WHERE unit_id = $1"
    " AND ($2 = '' OR id < nullif($2, '')::uuid) ORDER BY id DESC LIMIT $3"};

Stored<Draft> ToDraft(const pg::Row& row) {
  Draft draft;
  draft.id = {row["id"].as<std::string>()};
  draft.unit_id = row["unit_id"].as<std::string>();
  draft.author_official_id = row["author_official_id"].as<std::string>();
  draft.state = ValueOf(kDraftStates, row["state"].view());
  draft.content = ToContent(row);
  draft.readers = pg::ParseTextArray(row["readers"]);
  draft.opinions = RemarksOf(row["opinion_officials"], row["opinion_times"], row["opinion_texts"]);
  draft.submitted_to_official_id = pg::OptionalText(row["submitted_to_official_id"]);
  draft.return_reason = pg::OptionalText(row["return_reason"]);
  draft.document_id = pg::OptionalId<DocumentId>(row["document_id"]);
  draft.due = DueOf(row);
  draft.erased = row["erased"].as<bool>();
  return {std::move(draft), row["version"].as<std::int64_t>()};
}

Stored<Authorisation> ToAuthorisation(const pg::Row& row) {
  Authorisation authorisation;
  authorisation.id = {row["id"].as<std::string>()};
  authorisation.unit_id = row["unit_id"].as<std::string>();
  authorisation.from_official_id = row["from_official_id"].as<std::string>();
  authorisation.to_official_id = row["to_official_id"].as<std::string>();
  authorisation.content = row["content"].as<std::string>();
  authorisation.type_names = pg::ParseTextArray(row["type_names"]);
  authorisation.valid_from = base::ParseDay(row["valid_from"].c_str());
  authorisation.valid_to = base::ParseDay(row["valid_to"].c_str());
  authorisation.revoked = row["revoked"].as<bool>();
  return {std::move(authorisation), row["version"].as<std::int64_t>()};
}

}  // namespace

void InsertDraft(pg::Tx& tx, const Draft& draft) {
  InsertContent(tx, draft.content);
  tx.Write(kInsertDraft, draft.id.text, draft.unit_id, draft.author_official_id,
           NameOf(kDraftStates, draft.state), pg::TextArray(draft.readers));
}

void UpdateDraft(pg::Tx& tx, const Draft& draft) {
  const RemarkArrays opinions(draft.opinions);
  const DueColumns due(draft.due);
  tx.Write(kUpdateDraft, draft.id.text, NameOf(kDraftStates, draft.state),
           pg::TextArray(draft.readers), opinions.officials, opinions.times, opinions.texts,
           draft.submitted_to_official_id.value_or(""), draft.return_reason.value_or(""),
           pg::IdText(draft.document_id), due.kind, due.at, due.soon_at, due.mark, due.look_at,
           draft.unit_id);
}

std::vector<Stored<Draft>> SelectDrafts(pg::Tx& tx, const std::vector<DraftId>& ids) {
  std::vector<Stored<Draft>> drafts;
  for (const auto& row : tx.Exec(kSelectDrafts, pg::IdArray(ids))) drafts.push_back(ToDraft(row));
  return drafts;
}

std::vector<DraftId> FindDrafts(pg::Tx& tx, const DraftQuery& query) {
  const Reader& reader = query.reader;
  const std::string state = query.state ? NameOf(kDraftStates, *query.state) : "";
  std::vector<DraftId> ids;
  if (query.submitted_to_reader) {
    for (const auto& row :
         tx.Exec(kFindSubmitted, reader.official_id, state, query.before.text, query.limit)) {
      ids.push_back({row[0].as<std::string>()});
    }
    return ids;
  }
  for (const auto& row : tx.Exec(kFindDrafts, pg::TextArray(reader.units), state, query.before.text,
                                 query.limit, reader.is_clerk || reader.is_leader,
                                 reader.official_id, pg::TextArray(NamesOf(reader)))) {
    ids.push_back({row[0].as<std::string>()});
  }
  return ids;
}

void InsertAuthorisation(pg::Tx& tx, const Authorisation& authorisation) {
  tx.Write(kInsertAuthorisation, authorisation.id.text, authorisation.unit_id,
           authorisation.from_official_id, authorisation.to_official_id, authorisation.content,
           pg::TextArray(authorisation.type_names), base::FormatDay(authorisation.valid_from),
           base::FormatDay(authorisation.valid_to));
}

void RevokeAuthorisation(pg::Tx& tx, const AuthorisationId& id) {
  tx.Write(kRevokeAuthorisation, id.text);
}

std::vector<Stored<Authorisation>> SelectAuthorisations(pg::Tx& tx,
                                                        const std::vector<AuthorisationId>& ids) {
  std::vector<Stored<Authorisation>> found;
  for (const auto& row : tx.Exec(kSelectAuthorisations, pg::IdArray(ids))) {
    found.push_back(ToAuthorisation(row));
  }
  return found;
}

bool HasAuthorisation(pg::Tx& tx, const std::string& unit_id, const std::string& official_id,
                      Day day) {
  return !tx.Exec(kHasAuthorisation, unit_id, official_id, base::FormatDay(day)).empty();
}

std::vector<AuthorisationId> FindAuthorisations(pg::Tx& tx, const std::string& unit_id,
                                                const AuthorisationId& before, int limit) {
  std::vector<AuthorisationId> ids;
  for (const auto& row : tx.Exec(kFindAuthorisations, unit_id, before.text, limit)) {
    ids.push_back({row[0].as<std::string>()});
  }
  return ids;
}

}  // namespace lienthong::document
