#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/pg/database.hpp"
#include "registry/citizen.hpp"
#include "registry/correction.hpp"
#include "registry/enterprise.hpp"
#include "registry/name_search.hpp"

/// All SQL of the registry. Rows of a record change only under the lock of its head.
namespace lienthong::registry {

struct StoredCitizen {
  Citizen citizen;
  std::int64_t version = 0;
};

struct StoredEnterprise {
  Enterprise enterprise;
  std::int64_t version = 0;
};

// Citizens.

/// New living persons, with the keys of their names, in one statement. Throws
/// IDENTITY_NUMBER_TAKEN.
void InsertCitizens(pg::Tx& tx, const std::vector<Citizen>& citizens);
/// Everything but the id; a merged record loses the keys of its name. Throws IDENTITY_NUMBER_TAKEN.
void UpdateCitizen(pg::Tx& tx, const Citizen& citizen);
/// In any order; what does not exist is left out.
std::vector<StoredCitizen> SelectCitizens(pg::Tx& tx, const std::vector<CitizenId>& ids);
std::optional<StoredCitizen> SelectCitizen(pg::Tx& tx, const CitizenId& id);
std::optional<CitizenId> SelectCitizenByIdentity(pg::Tx& tx, const std::string& identity_number,
                                                 Day birth_date);
/// Why two records were found to be one person.
void InsertMerge(pg::Tx& tx, const CitizenId& survivor_id, const CitizenId& duplicate_id,
                 const std::string& reason);

// Search.

/// Communes to look in; nullopt = everywhere.
using Communes = std::optional<std::vector<std::string>>;

/// A place in the results: they are ordered by key and id.
struct Place {
  std::string key;  ///< of the name; empty when no name is looked for
  std::string id;   ///< empty = before the first
};

/// Names in a key range: the ids of one page and the keys they were found under, each record once,
/// under its first key. One short index range per commune: no slower in a bigger registry.
std::vector<Place> FindCitizensByName(pg::Tx& tx, const KeyRange& name, const Communes& communes,
                                      const Place& after, int limit);
std::vector<Place> FindEnterprisesByName(pg::Tx& tx, const KeyRange& name, const Communes& communes,
                                         const Place& after, int limit);
/// All who were born on a day, optionally with a name in a range; ordered by id.
std::vector<Place> FindCitizensByBirthDate(pg::Tx& tx, Day birth_date,
                                           const std::optional<KeyRange>& name,
                                           const Communes& communes, const Place& after, int limit);
/// Ordered by id.
std::vector<Place> FindCitizensByCommune(pg::Tx& tx, const std::string& commune_code,
                                         const Place& after, int limit);
std::vector<Place> FindEnterprisesByCommune(pg::Tx& tx, const std::string& commune_code,
                                            const Place& after, int limit);
/// Persons who hold one of the numbers, now or on an older card; ordered by id.
std::vector<Place> FindCitizensByNumbers(pg::Tx& tx, const std::vector<std::string>& numbers,
                                         const Place& after, int limit);

// Corrections.

void InsertCorrection(pg::Tx& tx, const Correction& correction);
/// State and decision.
void UpdateCorrection(pg::Tx& tx, const Correction& correction);
/// In any order; what does not exist is left out.
std::vector<Correction> SelectCorrections(pg::Tx& tx, const std::vector<CorrectionId>& ids);
std::optional<Correction> SelectCorrection(pg::Tx& tx, const CorrectionId& id);
/// All of one person, in order of their ids.
std::vector<CorrectionId> SelectCorrectionIds(pg::Tx& tx, const CitizenId& citizen_id);

// Enterprises.

/// With the keys of their names, in one statement. Throws TAX_NUMBER_TAKEN.
void InsertEnterprises(pg::Tx& tx, const std::vector<Enterprise>& enterprises);
/// Address and state; a name and a tax number do not change.
void UpdateEnterprise(pg::Tx& tx, const Enterprise& enterprise);
/// In any order; what does not exist is left out.
std::vector<StoredEnterprise> SelectEnterprises(pg::Tx& tx, const std::vector<EnterpriseId>& ids);
std::optional<StoredEnterprise> SelectEnterprise(pg::Tx& tx, const EnterpriseId& id);
std::optional<EnterpriseId> SelectEnterpriseByTaxNumber(pg::Tx& tx, const std::string& tax_number);

// Access log.

/// One read of a person's record.
struct AccessRow {
  std::string id;  ///< UUID
  base::Time read_at{};
  CitizenId citizen_id;
  std::string system;
  std::string unit_id;
  std::string official_id;
  std::string purpose;
  std::string source;
};

/// Rows that are there already (same id, unit and time) stay as they are.
void InsertAccess(pg::Tx& tx, const std::vector<AccessRow>& rows);

/// A place in the log of one person.
struct AccessPlace {
  std::int64_t read_at_us = 0;  ///< microseconds since the epoch
  std::string id;
};
/// Newest first, from `after` on.
std::vector<AccessRow> SelectAccess(pg::Tx& tx, const CitizenId& citizen_id,
                                    const std::optional<AccessPlace>& after, int limit);

}  // namespace lienthong::registry
