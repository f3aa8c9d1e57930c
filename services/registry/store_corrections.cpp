#include <stdexcept>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/pg/columns.hpp"
#include "registry/store.hpp"

namespace lienthong::registry {
namespace {

constexpr pg::Statement kInsertCorrection{
    "registry_insert_correction",
    "INSERT INTO correction (id, citizen_id, citizen_version, full_name, birth_date, sex,"
    " identity_number, reason, state, requested_by_official_id, requested_by_unit_id)"
    " VALUES ($1, $2, $3, nullif($4, ''), nullif($5, '')::date, nullif($6, ''), nullif($7, ''),"
    " $8, 'REQUESTED', $9, $10)"};

constexpr pg::Statement kUpdateCorrection{
    "registry_update_correction",
    "UPDATE correction SET state = $2, decided_by_official_id = nullif($3, ''),"
    " decision_reason = nullif($4, '') WHERE id = $1"};

constexpr pg::Statement kSelectCorrections{
    "registry_select_corrections",
    "SELECT o.*, c.commune_code FROM correction o JOIN citizen c ON c.id = o.citizen_id"
    " WHERE o.id = ANY($1::uuid[])"};

constexpr pg::Statement kSelectCorrectionIds{
    "registry_select_correction_ids",
    "SELECT id FROM correction WHERE citizen_id = $1 ORDER BY id"};

const char* TextOf(CorrectionState state) {
  switch (state) {
    case CorrectionState::kRequested:
      return "REQUESTED";
    case CorrectionState::kApproved:
      return "APPROVED";
    case CorrectionState::kRejected:
      return "REJECTED";
  }
  throw std::logic_error("unknown state of a correction");
}

CorrectionState CorrectionStateOf(std::string_view text) {
  if (text == "REQUESTED") return CorrectionState::kRequested;
  if (text == "APPROVED") return CorrectionState::kApproved;
  if (text == "REJECTED") return CorrectionState::kRejected;
  throw std::logic_error("unknown state of a correction");
}

Correction ToCorrection(const pg::Row& row) {
  Correction correction;
  correction.id = {row["id"].as<std::string>()};
  correction.citizen_id = {row["citizen_id"].as<std::string>()};
  correction.commune_code = row["commune_code"].as<std::string>();
  correction.citizen_version = row["citizen_version"].as<std::int64_t>();
  correction.fields.full_name = pg::OptionalText(row["full_name"]);
  correction.fields.birth_date = pg::OptionalDay(row["birth_date"]);
  if (const auto sex = row["sex"]; !sex.is_null()) {
    correction.fields.sex = std::string_view(sex.c_str()) == "MALE" ? Sex::kMale : Sex::kFemale;
  }
  correction.fields.identity_number = pg::OptionalText(row["identity_number"]);
  correction.reason = row["reason"].as<std::string>();
  correction.state = CorrectionStateOf(row["state"].c_str());
  correction.requested_by_official_id = row["requested_by_official_id"].as<std::string>();
  correction.requested_by_unit_id = row["requested_by_unit_id"].as<std::string>();
  correction.decided_by_official_id = pg::OptionalText(row["decided_by_official_id"]);
  correction.decision_reason = pg::OptionalText(row["decision_reason"]);
  return correction;
}

}  // namespace

void InsertCorrection(pg::Tx& tx, const Correction& correction) {
  const CorrectedFields& fields = correction.fields;
  const char* const sex = !fields.sex ? "" : *fields.sex == Sex::kMale ? "MALE" : "FEMALE";
  tx.Write(kInsertCorrection, correction.id.text, correction.citizen_id.text,
           correction.citizen_version, fields.full_name.value_or(""),
           pg::DayText(fields.birth_date), sex, fields.identity_number.value_or(""),
           correction.reason, correction.requested_by_official_id, correction.requested_by_unit_id);
}

void UpdateCorrection(pg::Tx& tx, const Correction& correction) {
  tx.Write(kUpdateCorrection, correction.id.text, TextOf(correction.state),
           correction.decided_by_official_id.value_or(""), correction.decision_reason.value_or(""));
}

std::vector<Correction> SelectCorrections(pg::Tx& tx, const std::vector<CorrectionId>& ids) {
  if (ids.empty()) return {};
  std::vector<std::string> texts;
  for (const CorrectionId& id : ids) texts.push_back(id.text);
  std::vector<Correction> corrections;
  for (const auto& row : tx.Exec(kSelectCorrections, pg::TextArray(texts))) {
    corrections.push_back(ToCorrection(row));
  }
  return corrections;
}

std::optional<Correction> SelectCorrection(pg::Tx& tx, const CorrectionId& id) {
  std::vector<Correction> corrections = SelectCorrections(tx, {id});
  if (corrections.empty()) return std::nullopt;
  return std::move(corrections.front());
}

std::vector<CorrectionId> SelectCorrectionIds(pg::Tx& tx, const CitizenId& citizen_id) {
  std::vector<CorrectionId> ids;
  for (const auto& row : tx.Exec(kSelectCorrectionIds, citizen_id.text)) {
    ids.push_back({row[0].as<std::string>()});
  }
  return ids;
}

}  // namespace lienthong::registry
