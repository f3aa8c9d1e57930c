#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/pg/columns.hpp"
#include "registry/store.hpp"

namespace lienthong::registry {
namespace {

constexpr pg::Statement kInsertCitizens{
    "registry_insert_citizens",
    "WITH persons AS ("
    "  INSERT INTO citizen (id, full_name, birth_date, sex, identity_number,"
    "   old_identity_numbers, address_text, commune_code, commune_date, state,"
    "   identity_warnings, mother_id, father_id)"
    "  SELECT id, full_name, birth_date, sex, nullif(identity_number, ''), old_numbers::text[],"
    "   address_text, commune_code, commune_date, 'LIVING', warnings::text[],"
    "   nullif(mother_id, '')::uuid, nullif(father_id, '')::uuid"
    "  FROM unnest($1::uuid[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[],"
    "   $7::text[], $8::text[], $9::date[], $10::text[], $11::text[], $12::text[])"
    "  AS t(id, full_name, birth_date, sex, identity_number, old_numbers, address_text,"
    "   commune_code, commune_date, warnings, mother_id, father_id)"
    ") INSERT INTO citizen_name (citizen_id, suffix, commune_code)"
    " SELECT * FROM unnest($13::uuid[], $14::text[], $15::text[])"};

constexpr pg::Statement kDeleteNames{"registry_delete_citizen_names",
                                     "DELETE FROM citizen_name WHERE citizen_id = $1"};

constexpr pg::Statement kUpdateCitizen{
    "registry_update_citizen",
    "WITH names AS ("
    "  INSERT INTO citizen_name (citizen_id, suffix, commune_code)"
    "  SELECT $1::uuid, suffix, $8 FROM unnest($16::text[]) AS suffix"
    ") UPDATE citizen SET full_name = $2, birth_date = $3, sex = $4,"
    " identity_number = nullif($5, ''), old_identity_numbers = $6, address_text = $7,"
    " commune_code = $8, commune_date = $9, state = $10, death_date = nullif($11, '')::date,"
    " merged_into_id = nullif($12, '')::uuid, identity_warnings = $13,"
    " mother_id = nullif($14, '')::uuid, father_id = nullif($15, '')::uuid WHERE id = $1"};

constexpr pg::Statement kSelectCitizens{"registry_select_citizens",
                                        "SELECT * FROM citizen_record WHERE id = ANY($1::uuid[])"};

constexpr pg::Statement kSelectByIdentity{
    "registry_select_citizen_by_identity",
    "SELECT id FROM citizen WHERE identity_number = $1 AND birth_date = $2"};

constexpr pg::Statement kInsertMerge{
    "registry_insert_merge",
    "INSERT INTO citizen_merge (duplicate_id, survivor_id, reason) VALUES ($1, $2, $3)"};

const char* TextOf(Sex sex) { return sex == Sex::kMale ? "MALE" : "FEMALE"; }

Sex ToSex(std::string_view text) { return text == "MALE" ? Sex::kMale : Sex::kFemale; }

const char* TextOf(CitizenState state) {
  switch (state) {
    case CitizenState::kLiving:
      return "LIVING";
    case CitizenState::kDeceased:
      return "DECEASED";
    case CitizenState::kMerged:
      return "MERGED";
  }
  throw std::logic_error("unknown state of a citizen");
}

CitizenState ToState(std::string_view text) {
  if (text == "LIVING") return CitizenState::kLiving;
  if (text == "DECEASED") return CitizenState::kDeceased;
  if (text == "MERGED") return CitizenState::kMerged;
  throw std::logic_error("unknown state of a citizen");
}

std::string WarningsText(const std::vector<IdentityWarning>& warnings) {
  std::vector<std::string> names;
  for (const IdentityWarning warning : warnings) {
    names.emplace_back(warning == IdentityWarning::kBirthYearDiffers ? "BIRTH_YEAR_DIFFERS"
                                                                     : "SEX_DIFFERS");
  }
  return pg::TextArray(names);
}

std::vector<IdentityWarning> ToWarnings(const pg::Field& field) {
  std::vector<IdentityWarning> warnings;
  for (const std::string& name : pg::ParseTextArray(field)) {
    warnings.push_back(name == "SEX_DIFFERS" ? IdentityWarning::kSexDiffers
                                             : IdentityWarning::kBirthYearDiffers);
  }
  return warnings;
}

StoredCitizen ToCitizen(const pg::Row& row) {
  StoredCitizen stored;
  Citizen& citizen = stored.citizen;
  citizen.id = {row["id"].as<std::string>()};
  citizen.full_name = row["full_name"].as<std::string>();
  citizen.birth_date = base::ParseDay(row["birth_date"].c_str());
  citizen.sex = ToSex(row["sex"].c_str());
  citizen.identity_number = pg::OptionalText(row["identity_number"]);
  citizen.old_identity_numbers = pg::ParseTextArray(row["old_identity_numbers"]);
  citizen.address = {row["address_text"].as<std::string>(), row["commune_code"].as<std::string>(),
                     base::ParseDay(row["commune_date"].c_str())};
  citizen.state = ToState(row["state"].c_str());
  citizen.death_date = pg::OptionalDay(row["death_date"]);
  citizen.merged_into_id = pg::OptionalId<CitizenId>(row["merged_into_id"]);
  citizen.identity_warnings = ToWarnings(row["identity_warnings"]);
  citizen.mother_id = pg::OptionalId<CitizenId>(row["mother_id"]);
  citizen.father_id = pg::OptionalId<CitizenId>(row["father_id"]);
  stored.version = row["version"].as<std::int64_t>();
  return stored;
}

/// The one unique constraint that is an outcome of the business; everything else passes.
template <class Fn>
void TranslateTaken(const Fn& fn) {
  try {
    fn();
  } catch (const pqxx::unique_violation& error) {
    if (std::strstr(error.what(), "citizen_identity_number_unique") == nullptr) throw;
    throw base::Conflict("IDENTITY_NUMBER_TAKEN", "another record holds this identity number");
  }
}

}  // namespace

void InsertCitizens(pg::Tx& tx, const std::vector<Citizen>& citizens) {
  if (citizens.empty()) return;
  std::vector<std::string> ids, names, births, sexes, numbers, old_numbers, texts, communes, dates;
  std::vector<std::string> warnings, mothers, fathers, key_ids, keys, key_communes;
  for (const Citizen& citizen : citizens) {
    ids.push_back(citizen.id.text);
    names.push_back(citizen.full_name);
    births.push_back(base::FormatDay(citizen.birth_date));
    sexes.emplace_back(TextOf(citizen.sex));
    numbers.push_back(citizen.identity_number.value_or(""));
    old_numbers.push_back(pg::TextArray(citizen.old_identity_numbers));
    texts.push_back(citizen.address.text);
    communes.push_back(citizen.address.commune_code);
    dates.push_back(base::FormatDay(citizen.address.commune_date));
    warnings.push_back(WarningsText(citizen.identity_warnings));
    mothers.push_back(pg::IdText(citizen.mother_id));
    fathers.push_back(pg::IdText(citizen.father_id));
    for (std::string& key : SearchKeysOf(citizen.full_name)) {
      key_ids.push_back(citizen.id.text);
      keys.push_back(std::move(key));
      key_communes.push_back(citizen.address.commune_code);
    }
  }
  TranslateTaken([&] {
    tx.Write(kInsertCitizens, pg::TextArray(ids), pg::TextArray(names), pg::TextArray(births),
             pg::TextArray(sexes), pg::TextArray(numbers), pg::TextArray(old_numbers),
             pg::TextArray(texts), pg::TextArray(communes), pg::TextArray(dates),
             pg::TextArray(warnings), pg::TextArray(mothers), pg::TextArray(fathers),
             pg::TextArray(key_ids), pg::TextArray(keys), pg::TextArray(key_communes));
  });
}

void UpdateCitizen(pg::Tx& tx, const Citizen& citizen) {
  tx.Queue(kDeleteNames, citizen.id.text);
  std::vector<std::string> keys;
  if (citizen.state != CitizenState::kMerged) keys = SearchKeysOf(citizen.full_name);
  TranslateTaken([&] {
    tx.Write(kUpdateCitizen, citizen.id.text, citizen.full_name,
             base::FormatDay(citizen.birth_date), TextOf(citizen.sex),
             citizen.identity_number.value_or(""), pg::TextArray(citizen.old_identity_numbers),
             citizen.address.text, citizen.address.commune_code,
             base::FormatDay(citizen.address.commune_date), TextOf(citizen.state),
             pg::DayText(citizen.death_date), pg::IdText(citizen.merged_into_id),
             WarningsText(citizen.identity_warnings), pg::IdText(citizen.mother_id),
             pg::IdText(citizen.father_id), pg::TextArray(keys));
  });
}

std::vector<StoredCitizen> SelectCitizens(pg::Tx& tx, const std::vector<CitizenId>& ids) {
  if (ids.empty()) return {};
  std::vector<std::string> texts;
  for (const CitizenId& id : ids) texts.push_back(id.text);
  std::vector<StoredCitizen> citizens;
  for (const auto& row : tx.Exec(kSelectCitizens, pg::TextArray(texts))) {
    citizens.push_back(ToCitizen(row));
  }
  return citizens;
}

std::optional<StoredCitizen> SelectCitizen(pg::Tx& tx, const CitizenId& id) {
  std::vector<StoredCitizen> citizens = SelectCitizens(tx, {id});
  if (citizens.empty()) return std::nullopt;
  return std::move(citizens.front());
}

std::optional<CitizenId> SelectCitizenByIdentity(pg::Tx& tx, const std::string& identity_number,
                                                 Day birth_date) {
  const auto rows = tx.Exec(kSelectByIdentity, identity_number, base::FormatDay(birth_date));
  if (rows.empty()) return std::nullopt;
  return CitizenId{rows[0][0].as<std::string>()};
}

void InsertMerge(pg::Tx& tx, const CitizenId& survivor_id, const CitizenId& duplicate_id,
                 const std::string& reason) {
  tx.Write(kInsertMerge, duplicate_id.text, survivor_id.text, reason);
}

}  // namespace lienthong::registry
