#include "platform/base/error.hpp"
#include "registry/records.hpp"
#include "registry/service.hpp"
#include "registry/service_requests.hpp"

namespace lienthong::registry {
namespace {

using journal::Changed;
using journal::Heads;
using pg::Tx;

/// An enterprise whose head is locked.
Enterprise LoadLocked(Tx& tx, const EnterpriseId& id) {
  std::optional<StoredEnterprise> stored = SelectEnterprise(tx, id);
  if (!stored) throw base::NotFound();
  return std::move(stored->enterprise);
}

}  // namespace

v1::Enterprise RegistryService::RegisterEnterprise(const Call& call,
                                                   const v1::RegisterEnterpriseRequest& request) {
  Enterprise enterprise = ToEnterprise(request.enterprise(), "enterprise", Today(call));
  enterprise.id = {ids_.New()};
  return journal_.Change<v1::Enterprise>(call, request, {}, [&](Tx& tx, const Heads&) {
    const auto sharing = sharing_.Read(tx);
    RequireOpenCommune(call, *sharing, enterprise.address, "enterprise.address");
    InsertEnterprises(tx, {enterprise});
    return journal::ListOf(Changed{"EnterpriseRegistered", ToRecord(enterprise, *sharing)});
  });
}

v1::Enterprise RegistryService::GetEnterprise(const Call& call,
                                              const v1::GetEnterpriseRequest& request) {
  const EnterpriseId id = ToEnterpriseId(request.enterprise_id());
  return pool_.Transact(call.deadline, [&](Tx& tx) {
    const auto sharing = sharing_.Read(tx);
    const auto stored = SelectEnterprise(tx, id);
    if (!stored) throw base::NotFound();
    const auto view =
        ViewFor(call.caller, kEnterpriseType, stored->enterprise.address.commune_code, *sharing);
    if (!view) throw base::NotFound();
    return ToMessage(stored->enterprise, stored->version, *view);
  });
}

v1::Enterprise RegistryService::TakeOverEnterprise(const Call& call,
                                                   const v1::TakeOverEnterpriseRequest& request) {
  const std::string number = CheckTaxNumber(request.tax_number(), "tax_number", Today(call));
  const Address address = ToAddress(request.address(), "address", Today(call));
  const auto verdict = CountTakeOver(call);
  std::optional<EnterpriseId> id;
  if (verdict.allowed) {
    id = pool_.Transact(call.deadline,
                        [&](Tx& tx) { return SelectEnterpriseByTaxNumber(tx, number); });
    LogTakeOver(call, kEnterpriseType, id.has_value());
  }
  // Without an enterprise too: the call may be the repeat of one that found it.
  const auto keys =
      id ? std::vector<journal::Key>{{kEnterpriseType, id->text}} : std::vector<journal::Key>();
  return journal_.Change<v1::Enterprise>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        RequireTakeOver(verdict);
        const auto sharing = sharing_.Read(tx);
        RequireOpenCommune(call, *sharing, address, "address");
        if (!id) throw base::NotFound();
        Enterprise enterprise = LoadLocked(tx, *id);
        Move(enterprise, address);
        UpdateEnterprise(tx, enterprise);
        return journal::ListOf(Changed{"EnterpriseTakenOver", ToRecord(enterprise, *sharing)});
      },
      journal::Visibility::kAny);
}

v1::Enterprise RegistryService::MoveEnterprise(const Call& call,
                                               const v1::MoveEnterpriseRequest& request) {
  const EnterpriseId id = ToEnterpriseId(request.enterprise_id());
  const Address address = ToAddress(request.address(), "address", Today(call));
  return journal_.Change<v1::Enterprise>(
      call, request, {{kEnterpriseType, id.text}}, [&](Tx& tx, const Heads&) {
        const auto sharing = sharing_.Read(tx);
        Enterprise enterprise = LoadLocked(tx, id);
        RequireFullView(call, *sharing, kEnterpriseType, enterprise.address);
        RequireOpenCommune(call, *sharing, address, "address");
        Move(enterprise, address);
        UpdateEnterprise(tx, enterprise);
        return journal::ListOf(Changed{"EnterpriseMoved", ToRecord(enterprise, *sharing)});
      });
}

v1::Enterprise RegistryService::DissolveEnterprise(const Call& call,
                                                   const v1::DissolveEnterpriseRequest& request) {
  const EnterpriseId id = ToEnterpriseId(request.enterprise_id());
  const Day dissolved_on = CheckDayOrToday(request.dissolved_on(), "dissolved_on", Today(call));
  return journal_.Change<v1::Enterprise>(
      call, request, {{kEnterpriseType, id.text}}, [&](Tx& tx, const Heads&) {
        const auto sharing = sharing_.Read(tx);
        Enterprise enterprise = LoadLocked(tx, id);
        RequireFullView(call, *sharing, kEnterpriseType, enterprise.address);
        Dissolve(enterprise, dissolved_on);
        UpdateEnterprise(tx, enterprise);
        return journal::ListOf(Changed{"EnterpriseDissolved", ToRecord(enterprise, *sharing)});
      });
}

}  // namespace lienthong::registry
