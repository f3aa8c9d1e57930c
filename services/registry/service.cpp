#include "registry/service.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "platform/access/purpose.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/base/text.hpp"
#include "registry/records.hpp"
#include "registry/service_requests.hpp"

namespace lienthong::registry {
namespace {

/// "GetCitizen" of "/lienthong.registry.v1.RegistryService/GetCitizen".
std::string MethodOf(const rpc::Call& call) { return call.rpc.substr(call.rpc.rfind('/') + 1); }

/// The purpose a request states, if it has that field.
std::string PurposeOf(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("purpose");
  if (field == nullptr) return {};
  return base::CheckText(request.GetReflection()->GetString(request, field), "purpose",
                         access::kPurposeCharactersMax, false);
}

base::Error NotOfUnit() {
  return base::Denied("COMMUNE_NOT_OF_UNIT",
                      "the address lies outside the communes of the calling unit");
}

}  // namespace

RegistryService::RegistryService(pg::Pool& pool, journal::Journal& journal,
                                 access::SharingReader& sharing, redis::Limiter& limiter,
                                 const rpc::PageTokens& tokens, base::Ids& ids,
                                 ServiceOptions options)
    : pool_(pool),
      journal_(journal),
      sharing_(sharing),
      limiter_(limiter),
      tokens_(tokens),
      ids_(ids),
      options_(options) {
  journal_.OnRepeat(
      [this](pg::Tx& tx, const Call& call, const journal::Key& key,
             const google::protobuf::Message& request) { OnJournalRead(tx, call, key, request); });
}

void RegistryService::OnJournalRead(pg::Tx& tx, const Call& call, const journal::Key& key,
                                    const google::protobuf::Message& request) {
  CitizenId citizen_id{key.id};
  if (key.type == kCorrectionType) {
    const auto correction = SelectCorrection(tx, {key.id});
    if (!correction) throw base::NotFound();
    citizen_id = correction->citizen_id;
  } else if (key.type != kCitizenType) {
    return;
  }
  const std::string purpose = PurposeOf(request);
  LogReads(tx, call, {citizen_id}, purpose.empty() ? "repeated request" : purpose);
}

redis::Limiter::Verdict RegistryService::CountTakeOver(const Call& call) {
  const auto verdict = limiter_.Take("take-over/" + call.system,
                                     {options_.take_overs_per_hour_max, std::chrono::hours(1)});
  if (!verdict.allowed) {
    base::LogWarning("take-over refused: limit", {{"system", call.system}, {"unit", call.unit}});
  }
  return verdict;
}

void RegistryService::LogTakeOver(const Call& call, const std::string& record_type, bool is_found) {
  base::LogInfo("take-over", {{"type", record_type},
                              {"system", call.system},
                              {"unit", call.unit},
                              {"outcome", is_found ? "found" : "not found"}});
}

void RegistryService::RequireTakeOver(const redis::Limiter::Verdict& verdict) {
  if (verdict.allowed) return;
  throw base::Exhausted("TAKE_OVER_LIMIT", "too many take-overs in an hour", verdict.retry_after);
}

void RegistryService::LogReads(pg::Tx& tx, const Call& call, const std::vector<CitizenId>& ids,
                               const std::string& purpose) {
  std::vector<AccessRow> rows;
  rows.reserve(ids.size());
  for (const CitizenId& id : ids) {
    rows.push_back({ids_.New(), call.machine_time, id, call.system,
                    call.unit.empty() ? call.caller : call.unit, call.official, purpose,
                    "registry " + MethodOf(call)});
  }
  InsertAccess(tx, rows);
}

v1::Citizen RegistryService::SeenCitizen::Message() const {
  return ToMessage(stored.citizen, stored.version, view);
}

std::vector<RegistryService::SeenCitizen> RegistryService::ReadCitizens(
    pg::Tx& tx, const Call& call, const access::Sharing& sharing,
    const std::vector<CitizenId>& ids) {
  std::map<CitizenId, StoredCitizen> found;
  for (StoredCitizen& stored : SelectCitizens(tx, ids)) {
    const CitizenId id = stored.citizen.id;
    found.emplace(id, std::move(stored));
  }
  std::vector<SeenCitizen> seen;
  for (const CitizenId& id : ids) {
    const auto stored = found.find(id);
    if (stored == found.end()) continue;
    const std::string& commune_code = stored->second.citizen.address.commune_code;
    if (auto view = ViewFor(call.caller, kCitizenType, commune_code, sharing)) {
      seen.push_back({std::move(stored->second), std::move(*view)});
    }
  }
  return seen;
}

RegistryService::SeenCitizen RegistryService::ReadCitizen(pg::Tx& tx, const Call& call,
                                                          const access::Sharing& sharing,
                                                          const CitizenId& id) {
  std::vector<SeenCitizen> seen = ReadCitizens(tx, call, sharing, {id});
  if (seen.empty()) throw base::NotFound();
  return std::move(seen.front());
}

void RegistryService::RequireParents(pg::Tx& tx, const Call& call, const access::Sharing& sharing,
                                     const std::vector<Citizen>& citizens,
                                     const std::vector<std::string>& fields) {
  std::vector<CitizenId> named;
  for (const Citizen& citizen : citizens) {
    if (citizen.mother_id) named.push_back(*citizen.mother_id);
    if (citizen.father_id) named.push_back(*citizen.father_id);
  }
  if (named.empty()) return;
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  std::set<CitizenId> visible;
  if (call.system_kind == rpc::SystemKind::kOps) {
    for (const StoredCitizen& stored : SelectCitizens(tx, named)) visible.insert(stored.citizen.id);
  } else {
    for (const SeenCitizen& seen : ReadCitizens(tx, call, sharing, named)) {
      visible.insert(seen.stored.citizen.id);
    }
  }
  const auto require = [&](const std::optional<CitizenId>& parent, const std::string& field) {
    if (parent && !visible.contains(*parent)) throw base::InvalidField(field, "no such person");
  };
  for (std::size_t i = 0; i < citizens.size(); ++i) {
    require(citizens[i].mother_id, fields.at(i) + ".mother_id");
    require(citizens[i].father_id, fields.at(i) + ".father_id");
  }
}

void RequireOpenCommune(const rpc::Call& call, const access::Sharing& sharing,
                        const Address& address, const std::string& field) {
  const auto* unit = sharing.FindByGsoCode(address.commune_code);
  const std::string today = base::FormatDay(Today(call));
  if (unit == nullptr || unit->kind() != directory::v1::UNIT_KIND_COMMUNE ||
      unit->valid_from() > today) {
    throw base::Invalid("COMMUNE_UNKNOWN", field + ".commune_code", "no commune has this code");
  }
  if (unit->closed() || (!unit->valid_to().empty() && unit->valid_to() < today)) {
    throw base::Invalid("COMMUNE_CLOSED", field + ".commune_code", "the commune has been closed");
  }
  if (call.system_kind == rpc::SystemKind::kOps) return;
  if (!TerritoryOf(address.commune_code, sharing).contains(call.caller)) throw NotOfUnit();
}

void RequireFullView(const rpc::Call& call, const access::Sharing& sharing,
                     const std::string& record_type, const Address& address) {
  const auto view = ViewFor(call.caller, record_type, address.commune_code, sharing);
  if (!view) throw base::NotFound();
  if (*view != kFullView) throw NotOfUnit();
}

}  // namespace lienthong::registry
