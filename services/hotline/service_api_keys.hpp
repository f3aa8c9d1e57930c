#pragma once

#include <string>

#include "hotline/service_parts.hpp"
#include "hotline/store_api_keys.hpp"
#include "lienthong/hotline/v1/api_keys.pb.h"
#include "platform/redis/limiter.hpp"

namespace lienthong::hotline {

/// The use cases of ApiKeyService, one method per RPC. Any thread; lives as long as the process.
class ApiKeyService {
 public:
  /// `secret`: the keys follow from it and their ids, so that a repeated request gets its key again
  /// although only hashes are stored.
  ApiKeyService(const Parts& parts, redis::Limiter& limiter, std::string secret)
      : parts_(parts), limiter_(limiter), secret_(std::move(secret)) {}

  v1::CreateApiKeyResponse CreateApiKey(const Call& call, const v1::CreateApiKeyRequest& request);
  v1::ApiKey RevokeApiKey(const Call& call, const v1::RevokeApiKeyRequest& request);
  v1::ListApiKeysResponse ListApiKeys(const Call& call, const v1::ListApiKeysRequest& request);
  v1::ApiKey CheckApiKey(const Call& call, const v1::CheckApiKeyRequest& request);

 private:
  std::string KeyOf(const ApiKeyId& id) const;

  const Parts parts_;
  redis::Limiter& limiter_;
  const std::string secret_;
};

}  // namespace lienthong::hotline
