#include <algorithm>
#include <chrono>

#include "platform/access/purpose.hpp"
#include "platform/base/error.hpp"
#include "registry/records.hpp"
#include "registry/service.hpp"
#include "registry/service_requests.hpp"

namespace lienthong::registry {
namespace {

using journal::Changed;
using journal::Heads;
using journal::Key;
using pg::Tx;

/// The person first: expected_version speaks of that record.
std::vector<Key> KeysOf(const CitizenId& id, const std::vector<CorrectionId>& corrections) {
  std::vector<Key> keys{{kCitizenType, id.text}};
  for (const CorrectionId& correction : corrections) {
    keys.push_back({kCorrectionType, correction.text});
  }
  return keys;
}

/// A person whose head is locked.
Citizen LoadLocked(Tx& tx, const CitizenId& id) {
  std::optional<StoredCitizen> stored = SelectCitizen(tx, id);
  if (!stored) throw base::NotFound();
  return std::move(stored->citizen);
}

}  // namespace

v1::Citizen RegistryService::RegisterCitizen(const Call& call,
                                             const v1::RegisterCitizenRequest& request) {
  Citizen citizen = ToCitizen(request.citizen(), "citizen", Today(call));
  citizen.id = {ids_.New()};
  return journal_.Change<v1::Citizen>(call, request, {}, [&](Tx& tx, const Heads&) {
    const auto sharing = sharing_.Read(tx);
    RequireOpenCommune(call, *sharing, citizen.address, "citizen.address");
    RequireParents(tx, call, *sharing, {citizen}, {"citizen"});
    InsertCitizens(tx, {citizen});
    return journal::ListOf(Changed{"CitizenRegistered", ToRecord(citizen, *sharing)});
  });
}

v1::Citizen RegistryService::GetCitizen(const Call& call, const v1::GetCitizenRequest& request) {
  const std::string purpose = access::CheckPurpose(request.purpose());
  const CitizenId id = ToCitizenId(request.citizen_id());
  return pool_.Transact(call.deadline, [&](Tx& tx) {
    const auto sharing = sharing_.Read(tx);
    const SeenCitizen citizen = ReadCitizen(tx, call, *sharing, id);
    LogReads(tx, call, {id}, purpose);
    return citizen.Message();
  });
}

v1::Citizen RegistryService::TakeOverCitizen(const Call& call,
                                             const v1::TakeOverCitizenRequest& request) {
  const std::string number = CheckIdentityNumber(request.identity_number(), "identity_number");
  const Day birth_date = CheckDay(request.birth_date(), "birth_date", Today(call));
  const Address address = ToAddress(request.address(), "address", Today(call));
  const auto verdict = CountTakeOver(call);
  std::optional<CitizenId> id;
  if (verdict.allowed) {
    id = pool_.Transact(call.deadline,
                        [&](Tx& tx) { return SelectCitizenByIdentity(tx, number, birth_date); });
    LogTakeOver(call, kCitizenType, id.has_value());
  }
  const auto corrections = id ? CorrectionsOf(call, *id) : std::vector<CorrectionId>();
  // Without a person too: the call may be the repeat of one that found it.
  const auto keys = id ? KeysOf(*id, corrections) : std::vector<Key>();
  return journal_.Change<v1::Citizen>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        RequireTakeOver(verdict);
        const auto sharing = sharing_.Read(tx);
        RequireOpenCommune(call, *sharing, address, "address");
        if (!id) throw base::NotFound();
        Citizen citizen = LoadLocked(tx, *id);
        if (citizen.identity_number != number || citizen.birth_date != birth_date) {
          throw base::NotFound();
        }
        LogReads(tx, call, {*id}, "take-over");  // the answer shows who was not visible before
        return Relocate(tx, *sharing, "CitizenTakenOver", std::move(citizen), address, corrections);
      },
      journal::Visibility::kAny);
}

v1::Citizen RegistryService::MoveCitizen(const Call& call, const v1::MoveCitizenRequest& request) {
  const CitizenId id = ToCitizenId(request.citizen_id());
  const Address address = ToAddress(request.address(), "address", Today(call));
  const auto corrections = CorrectionsOf(call, id);
  return journal_.Change<v1::Citizen>(
      call, request, KeysOf(id, corrections), [&](Tx& tx, const Heads&) {
        const auto sharing = sharing_.Read(tx);
        Citizen citizen = LoadLocked(tx, id);
        RequireFullView(call, *sharing, kCitizenType, citizen.address);
        RequireOpenCommune(call, *sharing, address, "address");
        return Relocate(tx, *sharing, "CitizenMoved", std::move(citizen), address, corrections);
      });
}

std::vector<CorrectionId> RegistryService::CorrectionsOf(const Call& call, const CitizenId& id) {
  return pool_.Transact(call.deadline, [&](Tx& tx) { return SelectCorrectionIds(tx, id); });
}

RegistryService::Changes RegistryService::Relocate(pg::Tx& tx, const access::Sharing& sharing,
                                                   const std::string& event, Citizen citizen,
                                                   Address address,
                                                   const std::vector<CorrectionId>& corrections) {
  const bool same_commune = citizen.address.commune_code == address.commune_code;
  Move(citizen, std::move(address));
  UpdateCitizen(tx, citizen);
  Changes changes = journal::ListOf(Changed{event, ToRecord(citizen, sharing)});
  if (same_commune) return changes;
  // A correction made since the keys were gathered is not locked: the caller asks again.
  if (SelectCorrectionIds(tx, citizen.id) != corrections) {
    throw base::Aborted("CONCURRENT_CHANGE", "a correction was requested meanwhile; repeat")
        .RetryAfter(std::chrono::milliseconds(50));
  }
  for (const Correction& correction : SelectCorrections(tx, corrections)) {
    changes.push_back({"CorrectionMoved", ToRecord(correction, sharing)});
  }
  return changes;
}

v1::Citizen RegistryService::MergeCitizens(const Call& call,
                                           const v1::MergeCitizensRequest& request) {
  const CitizenId survivor_id = ToCitizenId(request.citizen_id());
  const CitizenId duplicate_id = ToCitizenId(request.duplicate_id());
  const std::string reason = CheckReason(request.reason(), false);
  if (survivor_id == duplicate_id) {
    throw base::Invalid("SAME_CITIZEN", "duplicate_id", "must be another record");
  }
  return journal_.Change<v1::Citizen>(
      call, request, {{kCitizenType, survivor_id.text}, {kCitizenType, duplicate_id.text}},
      [&](Tx& tx, const Heads&) {
        const auto sharing = sharing_.Read(tx);
        Citizen survivor = LoadLocked(tx, survivor_id);
        Citizen duplicate = LoadLocked(tx, duplicate_id);
        RequireFullView(call, *sharing, kCitizenType, survivor.address);
        RequireFullView(call, *sharing, kCitizenType, duplicate.address);
        Merge(survivor, duplicate);
        UpdateCitizen(tx, duplicate);  // first: it gives up the number that is unique
        UpdateCitizen(tx, survivor);
        InsertMerge(tx, survivor_id, duplicate_id, reason);
        return journal::ListOf(Changed{"CitizenAbsorbed", ToRecord(survivor, *sharing)},
                               Changed{"CitizenMerged", ToRecord(duplicate, *sharing)});
      });
}

v1::Citizen RegistryService::RecordDeath(const Call& call, const v1::RecordDeathRequest& request) {
  const CitizenId id = ToCitizenId(request.citizen_id());
  const Day death_date = CheckDay(request.death_date(), "death_date", Today(call));
  return journal_.Change<v1::Citizen>(
      call, request, {{kCitizenType, id.text}}, [&](Tx& tx, const Heads&) {
        const auto sharing = sharing_.Read(tx);
        Citizen citizen = LoadLocked(tx, id);
        RequireFullView(call, *sharing, kCitizenType, citizen.address);
        registry::RecordDeath(citizen, death_date);
        UpdateCitizen(tx, citizen);
        return journal::ListOf(Changed{"CitizenDied", ToRecord(citizen, *sharing)});
      });
}

}  // namespace lienthong::registry
