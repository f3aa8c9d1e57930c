#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hotline/api_key.hpp"
#include "platform/pg/database.hpp"
#include "platform/pg/stored.hpp"

/// SQL of the partners' keys.
namespace lienthong::hotline {

using pg::Stored;

void InsertApiKey(pg::Tx& tx, const ApiKey& key, const std::string& key_sha256);
/// All but the key itself.
void UpdateApiKey(pg::Tx& tx, const ApiKey& key);
std::vector<Stored<ApiKey>> SelectApiKeys(pg::Tx& tx, const std::vector<ApiKeyId>& ids);
std::optional<ApiKeyId> SelectApiKeyId(pg::Tx& tx, const std::string& key_sha256);
/// Of these units, nullopt = of all, newest first, behind `before`.
std::vector<ApiKeyId> FindApiKeys(pg::Tx& tx, const std::optional<std::vector<std::string>>& units,
                                  const std::string& before, int limit);

}  // namespace lienthong::hotline
