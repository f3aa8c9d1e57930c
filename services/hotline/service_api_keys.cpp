#include "hotline/service_api_keys.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hotline/service_access.hpp"
#include "hotline/service_citizens.hpp"
#include "hotline/service_requests.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/text.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

constexpr std::size_t kKeyNameCharactersMax = 200;
constexpr std::size_t kKeyBytesMax = 100;

}  // namespace

std::string ApiKeyService::KeyOf(const ApiKeyId& id) const {
  return base::ToBase64Url(base::HmacSha256(secret_, "api-key/" + id.text));
}

v1::CreateApiKeyResponse ApiKeyService::CreateApiKey(const Call& call,
                                                     const v1::CreateApiKeyRequest& request) {
  ApiKey wanted;
  wanted.name = base::CheckText(request.name(), "name", kKeyNameCharactersMax, true);
  if (request.calls_per_minute() < 0 || request.calls_per_minute() > kCallsPerMinuteMax) {
    throw base::InvalidField("calls_per_minute", "must be 1 to 6000, or 0");
  }
  if (request.calls_per_minute() > 0) wanted.calls_per_minute = request.calls_per_minute();
  if (request.channel() == v1::CHANNEL_APP) {
    wanted.channel = Channel::kApp;
  } else if (request.channel() != v1::CHANNEL_UNSPECIFIED &&
             request.channel() != v1::CHANNEL_OPEN311) {
    throw base::InvalidField("channel", "must be Open311 or the application");
  }
  v1::CreateApiKeyResponse response;
  *response.mutable_api_key() = parts_.journal.Change<
      v1::ApiKey>(call, request, {}, [&](Tx& tx, const journal::Heads&) {
    const auto sharing = parts_.sharing.Read(tx);
    ApiKey key = wanted;
    key.id = {parts_.ids.New()};
    key.keeper_unit_id = KeeperOf(*parts_.rules.Read(tx), nullptr, "", *sharing);
    key.created_at = call.time;
    InsertApiKey(tx, key, base::ToHex(base::Sha256Of(KeyOf(key.id))));
    return journal::ListOf(journal::Changed{"ApiKeyCreated", ToRecord(key, *sharing), kFullView});
  });
  response.set_key(KeyOf({response.api_key().id()}));
  return response;
}

v1::ApiKey ApiKeyService::RevokeApiKey(const Call& call, const v1::RevokeApiKeyRequest& request) {
  const auto id = ToId<ApiKeyId>(request.api_key_id());
  const std::string reason = CheckReason(request.reason());
  return parts_.journal.Change<v1::ApiKey>(
      call, request, {{kApiKeyType, id.text}}, [&](Tx& tx, const journal::Heads&) {
        ApiKey key = TheOne(SelectApiKeys(tx, {id})).value;
        if (key.revoked_at) throw base::NotFound();
        key.revoked_at = call.time;
        key.revoked_reason = reason;
        UpdateApiKey(tx, key);
        return journal::ListOf(
            journal::Changed{"ApiKeyRevoked", ToRecord(key, *parts_.sharing.Read(tx))});
      });
}

v1::ListApiKeysResponse ApiKeyService::ListApiKeys(const Call& call,
                                                   const v1::ListApiKeysRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  const std::string before = parts_.tokens.Read(call, request);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    std::optional<std::vector<std::string>> units;
    if (call.system_kind != rpc::SystemKind::kOps) {
      units = access::OwnUnits(call, *parts_.sharing.Read(tx));
    }
    const auto ids = FindApiKeys(tx, units, before, size + 1);
    v1::ListApiKeysResponse response;
    FillPage(
        InOrder(ids, SelectApiKeys(tx, ids)), size, response.mutable_api_keys(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

v1::ApiKey ApiKeyService::CheckApiKey(const Call& call, const v1::CheckApiKeyRequest& request) {
  RequirePortal(call);
  if (request.key().empty() || request.key().size() > kKeyBytesMax) throw base::NotFound();
  const auto found = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto id = SelectApiKeyId(tx, base::ToHex(base::Sha256Of(request.key())));
    if (!id) throw base::NotFound();
    return TheOne(SelectApiKeys(tx, {*id}));
  });
  if (found.value.revoked_at) throw base::NotFound();
  const auto verdict = limiter_.Take("api-key/" + found.value.id.text,
                                     {found.value.calls_per_minute, std::chrono::minutes(1)});
  if (!verdict.allowed) {
    throw base::Exhausted("QUOTA_EXCEEDED", "too many calls with this key", verdict.retry_after);
  }
  return ToMessage(found.value, found.version);
}

}  // namespace lienthong::hotline
