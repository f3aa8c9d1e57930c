#include "hotline/store_api_keys.hpp"

#include "hotline/store_values.hpp"

namespace lienthong::hotline {
namespace {

constexpr pg::Statement kInsert{
    "hotline_insert_api_key",
    "INSERT INTO api_key VALUES ($1, $2, $3, $4, $5, nullif($6, '')::timestamptz, $7, $8, $9)"};
constexpr pg::Statement kUpdate{
    "hotline_update_api_key",
    "UPDATE api_key SET name = $2, calls_per_minute = $3, keeper_unit_id = $4,"
    " revoked_at = nullif($5, '')::timestamptz, revoked_reason = $6 WHERE id = $1"};
constexpr pg::Statement kSelect{"hotline_select_api_keys",
                                "SELECT * FROM api_key_record WHERE id = ANY ($1::uuid[])"};
constexpr pg::Statement kSelectId{"hotline_select_api_key_id",
                                  "SELECT id FROM api_key WHERE key_sha256 = $1"};
constexpr pg::Statement kFind{
    "hotline_find_api_keys",
    "SELECT id FROM api_key WHERE ($4 OR keeper_unit_id = ANY ($1::text[]))"
    " AND ($2 = '' OR id < nullif($2, '')::uuid) ORDER BY id DESC LIMIT $3"};

}  // namespace

void InsertApiKey(pg::Tx& tx, const ApiKey& key, const std::string& key_sha256) {
  tx.Write(kInsert, key.id.text, key.name, key.calls_per_minute, key.keeper_unit_id,
           base::FormatTime(key.created_at), pg::TimeText(key.revoked_at), key.revoked_reason,
           key_sha256, static_cast<int>(key.channel));
}

void UpdateApiKey(pg::Tx& tx, const ApiKey& key) {
  tx.Write(kUpdate, key.id.text, key.name, key.calls_per_minute, key.keeper_unit_id,
           pg::TimeText(key.revoked_at), key.revoked_reason);
}

std::vector<Stored<ApiKey>> SelectApiKeys(pg::Tx& tx, const std::vector<ApiKeyId>& ids) {
  std::vector<Stored<ApiKey>> keys;
  for (const auto& row : tx.Exec(kSelect, pg::IdArray(ids))) {
    ApiKey key;
    key.id = {row["id"].as<std::string>()};
    key.name = row["name"].as<std::string>();
    key.calls_per_minute = row["calls_per_minute"].as<int>();
    key.keeper_unit_id = row["keeper_unit_id"].as<std::string>();
    key.created_at = pg::TimeOf(row["created_at"]);
    key.revoked_at = pg::OptionalTime(row["revoked_at"]);
    key.revoked_reason = row["revoked_reason"].as<std::string>();
    key.channel = static_cast<Channel>(row["channel"].as<int>());
    keys.push_back({std::move(key), row["version"].as<std::int64_t>()});
  }
  return keys;
}

std::optional<ApiKeyId> SelectApiKeyId(pg::Tx& tx, const std::string& key_sha256) {
  const auto rows = tx.Exec(kSelectId, key_sha256);
  if (rows.empty()) return std::nullopt;
  return ApiKeyId{rows[0][0].as<std::string>()};
}

std::vector<ApiKeyId> FindApiKeys(pg::Tx& tx, const std::optional<std::vector<std::string>>& units,
                                  const std::string& before, int limit) {
  return IdsOf<ApiKeyId>(tx.Exec(kFind, pg::TextArray(units.value_or(std::vector<std::string>())),
                                 before, limit, !units.has_value()));
}

}  // namespace lienthong::hotline
