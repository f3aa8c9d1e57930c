#include <cstring>
#include <string_view>
#include <utility>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/pg/columns.hpp"
#include "registry/store.hpp"

namespace lienthong::registry {
namespace {

constexpr pg::Statement kInsertEnterprises{
    "registry_insert_enterprises",
    "WITH firms AS ("
    "  INSERT INTO enterprise (id, name, tax_number, address_text, commune_code, commune_date,"
    "   representative_name, registered_on, state)"
    "  SELECT id, name, tax_number, address_text, commune_code, commune_date,"
    "   nullif(representative_name, ''), registered_on, 'ACTIVE'"
    "  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[],"
    "   $7::text[], $8::date[])"
    "  AS t(id, name, tax_number, address_text, commune_code, commune_date, representative_name,"
    "   registered_on)"
    ") INSERT INTO enterprise_name (enterprise_id, suffix, commune_code)"
    " SELECT * FROM unnest($9::uuid[], $10::text[], $11::text[])"};

constexpr pg::Statement kUpdateEnterprise{
    "registry_update_enterprise",
    "WITH names AS (UPDATE enterprise_name SET commune_code = $3 WHERE enterprise_id = $1"
    "  AND commune_code <> $3)"
    " UPDATE enterprise SET address_text = $2, commune_code = $3, commune_date = $4, state = $5,"
    " dissolved_on = nullif($6, '')::date WHERE id = $1"};

constexpr pg::Statement kSelectEnterprises{
    "registry_select_enterprises", "SELECT * FROM enterprise_record WHERE id = ANY($1::uuid[])"};

constexpr pg::Statement kSelectByTaxNumber{"registry_select_enterprise_by_tax_number",
                                           "SELECT id FROM enterprise WHERE tax_number = $1"};

StoredEnterprise ToEnterprise(const pg::Row& row) {
  StoredEnterprise stored;
  Enterprise& enterprise = stored.enterprise;
  enterprise.id = {row["id"].as<std::string>()};
  enterprise.name = row["name"].as<std::string>();
  enterprise.tax_number = row["tax_number"].as<std::string>();
  enterprise.address = {row["address_text"].as<std::string>(),
                        row["commune_code"].as<std::string>(),
                        base::ParseDay(row["commune_date"].c_str())};
  enterprise.representative_name = pg::OptionalText(row["representative_name"]);
  enterprise.registered_on = base::ParseDay(row["registered_on"].c_str());
  enterprise.state = std::string_view(row["state"].c_str()) == "ACTIVE"
                         ? EnterpriseState::kActive
                         : EnterpriseState::kDissolved;
  enterprise.dissolved_on = pg::OptionalDay(row["dissolved_on"]);
  stored.version = row["version"].as<std::int64_t>();
  return stored;
}

}  // namespace

void InsertEnterprises(pg::Tx& tx, const std::vector<Enterprise>& enterprises) {
  if (enterprises.empty()) return;
  std::vector<std::string> ids, names, numbers, texts, communes, dates, representatives, days;
  std::vector<std::string> key_ids, keys, key_communes;
  for (const Enterprise& enterprise : enterprises) {
    ids.push_back(enterprise.id.text);
    names.push_back(enterprise.name);
    numbers.push_back(enterprise.tax_number);
    texts.push_back(enterprise.address.text);
    communes.push_back(enterprise.address.commune_code);
    dates.push_back(base::FormatDay(enterprise.address.commune_date));
    representatives.push_back(enterprise.representative_name.value_or(""));
    days.push_back(base::FormatDay(enterprise.registered_on));
    for (std::string& key : SearchKeysOf(enterprise.name)) {
      key_ids.push_back(enterprise.id.text);
      keys.push_back(std::move(key));
      key_communes.push_back(enterprise.address.commune_code);
    }
  }
  try {
    tx.Write(kInsertEnterprises, pg::TextArray(ids), pg::TextArray(names), pg::TextArray(numbers),
             pg::TextArray(texts), pg::TextArray(communes), pg::TextArray(dates),
             pg::TextArray(representatives), pg::TextArray(days), pg::TextArray(key_ids),
             pg::TextArray(keys), pg::TextArray(key_communes));
  } catch (const pqxx::unique_violation& error) {
    if (std::strstr(error.what(), "enterprise_tax_number_unique") == nullptr) throw;
    throw base::Conflict("TAX_NUMBER_TAKEN", "another enterprise holds this tax number");
  }
}

void UpdateEnterprise(pg::Tx& tx, const Enterprise& enterprise) {
  tx.Write(kUpdateEnterprise, enterprise.id.text, enterprise.address.text,
           enterprise.address.commune_code, base::FormatDay(enterprise.address.commune_date),
           enterprise.state == EnterpriseState::kActive ? "ACTIVE" : "DISSOLVED",
           pg::DayText(enterprise.dissolved_on));
}

std::vector<StoredEnterprise> SelectEnterprises(pg::Tx& tx, const std::vector<EnterpriseId>& ids) {
  if (ids.empty()) return {};
  std::vector<std::string> texts;
  for (const EnterpriseId& id : ids) texts.push_back(id.text);
  std::vector<StoredEnterprise> enterprises;
  for (const auto& row : tx.Exec(kSelectEnterprises, pg::TextArray(texts))) {
    enterprises.push_back(ToEnterprise(row));
  }
  return enterprises;
}

std::optional<StoredEnterprise> SelectEnterprise(pg::Tx& tx, const EnterpriseId& id) {
  std::vector<StoredEnterprise> enterprises = SelectEnterprises(tx, {id});
  if (enterprises.empty()) return std::nullopt;
  return std::move(enterprises.front());
}

std::optional<EnterpriseId> SelectEnterpriseByTaxNumber(pg::Tx& tx, const std::string& tax_number) {
  const auto rows = tx.Exec(kSelectByTaxNumber, tax_number);
  if (rows.empty()) return std::nullopt;
  return EnterpriseId{rows[0][0].as<std::string>()};
}

}  // namespace lienthong::registry
