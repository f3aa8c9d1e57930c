#include <chrono>

#include "platform/base/error.hpp"
#include "registry/records.hpp"
#include "registry/service.hpp"
#include "registry/service_requests.hpp"

namespace lienthong::registry {

using journal::Changed;
using journal::Heads;
using journal::Key;
using pg::Tx;

v1::Correction RegistryService::RequestCorrection(const Call& call,
                                                  const v1::RequestCorrectionRequest& request) {
  Correction correction;
  correction.id = {ids_.New()};
  correction.citizen_id = ToCitizenId(request.citizen_id());
  correction.fields = ToCorrectedFields(request, Today(call));
  correction.reason = CheckReason(request.reason(), true);
  correction.requested_by_official_id = call.official;
  correction.requested_by_unit_id = call.unit;
  const Key citizen_key{kCitizenType, correction.citizen_id.text};
  return journal_.Change<v1::Correction>(
      call, request, {citizen_key}, [&](Tx& tx, const Heads& heads) {
        const auto sharing = sharing_.Read(tx);
        const auto stored = SelectCitizen(tx, correction.citizen_id);
        if (!stored) throw base::NotFound();
        RequireFullView(call, *sharing, kCitizenType, stored->citizen.address);
        RequireLiving(stored->citizen);
        if (SelectCorrectionIds(tx, correction.citizen_id).size() >= kCorrectionsPerCitizenMax) {
          throw base::Transition("TOO_MANY_CORRECTIONS", "too many corrections of one person");
        }
        correction.commune_code = stored->citizen.address.commune_code;
        correction.citizen_version = heads.at(citizen_key).version;
        InsertCorrection(tx, correction);
        return journal::ListOf(Changed{"CorrectionRequested", ToRecord(correction, *sharing)});
      });
}

v1::Correction RegistryService::ApproveCorrection(const Call& call,
                                                  const v1::DecideCorrectionRequest& request) {
  return DecideCorrection(call, request, CorrectionState::kApproved);
}

v1::Correction RegistryService::RejectCorrection(const Call& call,
                                                 const v1::DecideCorrectionRequest& request) {
  return DecideCorrection(call, request, CorrectionState::kRejected);
}

v1::Correction RegistryService::DecideCorrection(const Call& call,
                                                 const v1::DecideCorrectionRequest& request,
                                                 CorrectionState decision) {
  const CorrectionId id = ToCorrectionId(request.correction_id());
  const bool approve = decision == CorrectionState::kApproved;
  const std::string reason = CheckReason(request.reason(), !approve);
  std::vector<Key> keys{{kCorrectionType, id.text}};
  // Which person it is about never changes, so it may be read before the locks.
  const auto known =
      pool_.Transact(call.deadline, [&](Tx& tx) { return SelectCorrection(tx, id); });
  if (known) keys.push_back({kCitizenType, known->citizen_id.text});

  return journal_.Change<v1::Correction>(call, request, keys, [&](Tx& tx, const Heads& heads) {
    const auto sharing = sharing_.Read(tx);
    auto correction = SelectCorrection(tx, id);
    if (!correction) throw base::NotFound();
    auto stored = SelectCitizen(tx, correction->citizen_id);
    if (!stored) throw base::NotFound();
    Citizen& citizen = stored->citizen;
    RequireFullView(call, *sharing, kCitizenType, citizen.address);
    Decide(*correction, decision, call.official, reason);
    if (approve) {
      RequireLiving(citizen);
      if (heads.at({kCitizenType, citizen.id.text}).version != correction->citizen_version) {
        throw base::Aborted("VERSION_STALE", "the person's record changed since the request");
      }
      Correct(citizen, correction->fields);
      UpdateCitizen(tx, citizen);
    }
    UpdateCorrection(tx, *correction);
    Changes changes;
    changes.push_back(
        {approve ? "CorrectionApproved" : "CorrectionRejected", ToRecord(*correction, *sharing)});
    if (approve) changes.push_back({"CitizenCorrected", ToRecord(citizen, *sharing)});
    return changes;
  });
}

}  // namespace lienthong::registry
