#include "platform/feed/parked.hpp"

#include <charconv>
#include <chrono>
#include <string_view>
#include <system_error>

#include <nlohmann/json.hpp>

#include "platform/base/hash.hpp"
#include "platform/base/text.hpp"

namespace lienthong::feed {
namespace {

using nlohmann::json;

constexpr std::size_t kReadableBytesMax = 600;

constexpr pg::Statement kListParked{"feed_list_parked",
                                    "SELECT topic, message_offset, message_key, reason,"
                                    "  (extract(epoch FROM parked_at) * 1000000)::bigint, owner,"
                                    "  headers,"
                                    "  (extract(epoch FROM message_time) * 1000000)::bigint,"
                                    "  attempts,"
                                    "  (extract(epoch FROM coalesce(tried_at, parked_at))"
                                    "   * 1000000)::bigint"
                                    " FROM feed_parked WHERE (topic, message_offset) > ($1, $2)"
                                    " ORDER BY topic, message_offset LIMIT $3"};

constexpr pg::Statement kInsertParked{
    "feed_insert_parked",
    "INSERT INTO feed_parked (topic, message_key, message_offset, raw_key, owner, headers, value,"
    "  message_time, reason, parked_at)"
    " VALUES ($1, $2, $3, $4::bytea, $5, $6, $7::bytea, $8::timestamptz, $9, $10::timestamptz)"
    " ON CONFLICT (topic, message_key) DO UPDATE SET message_offset = EXCLUDED.message_offset,"
    "  raw_key = EXCLUDED.raw_key, owner = EXCLUDED.owner, headers = EXCLUDED.headers,"
    "  value = EXCLUDED.value, message_time = EXCLUDED.message_time, reason = EXCLUDED.reason,"
    "  parked_at = EXCLUDED.parked_at, tried_at = EXCLUDED.parked_at,"
    "  attempts = CASE WHEN feed_parked.message_offset = EXCLUDED.message_offset"
    "   THEN feed_parked.attempts + 1 ELSE 1 END"};

constexpr pg::Statement kNoteTried{
    "feed_note_tried",
    "UPDATE feed_parked SET attempts = attempts + 1, tried_at = $3::timestamptz"
    " WHERE topic = $1 AND message_key = ANY ($2::text[])"};

constexpr pg::Statement kDeleteSuperseded{
    "feed_delete_superseded",
    "DELETE FROM feed_parked WHERE topic = $1 AND message_key = ANY ($2::text[])"
    " RETURNING message_key"};

constexpr pg::Statement kDeleteParked{
    "feed_delete_parked", "DELETE FROM feed_parked WHERE topic = $1 AND message_key = $2"};

constexpr pg::Statement kCountParked{"feed_count_parked",
                                     "SELECT count(*) FROM feed_parked WHERE topic = $1"};

constexpr pg::Statement kSelectParkedKeys{
    "feed_select_parked_keys", "SELECT message_key FROM feed_parked WHERE topic = $1 LIMIT $2"};

constexpr pg::Statement kSelectParked{"feed_select_parked",
                                      "SELECT message_offset, raw_key, headers, value,"
                                      "  (extract(epoch FROM message_time) * 1000000)::bigint"
                                      " FROM feed_parked WHERE topic = $1 AND message_offset > $2"
                                      " ORDER BY message_offset LIMIT $3"};

base::Time TimeOf(const pg::Field& field) {
  return base::Time(std::chrono::microseconds(field.as<std::int64_t>()));
}

/// Header values that are not UTF-8 cannot be what PROTOCOL wants, so replacing them loses nothing.
std::string HeadersText(const std::vector<kafka::Header>& headers) {
  json pairs = json::array();
  for (const auto& [name, value] : headers) pairs.push_back({name, value});
  return pairs.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<kafka::Header> ParseHeaders(const std::string& text) {
  std::vector<kafka::Header> headers;
  for (const json& pair : json::parse(text, nullptr, false)) {
    if (!pair.is_array() || pair.size() != 2) continue;
    headers.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  }
  return headers;
}

/// 0 = there is none, or no number.
std::int64_t NumberIn(const std::vector<kafka::Header>& headers, std::string_view name) {
  for (const auto& [header, value] : headers) {
    if (header != name) continue;
    std::int64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, number);
    return error == std::errc() && stopped == end ? number : 0;
  }
  return 0;
}

}  // namespace

std::string ReadableKey(const std::string& key) {
  if (key.size() <= kReadableBytesMax && base::IsText(key)) return key;
  return "sha256:" + base::ToHex(base::Sha256Of(key));
}

std::vector<ParkedMessage> ListParked(pg::Tx& tx, const std::string& topic, std::int64_t offset,
                                      int rows_max) {
  std::vector<ParkedMessage> parked;
  for (const auto& row : tx.Exec(kListParked, topic, offset, rows_max)) {
    ParkedMessage& message = parked.emplace_back();
    message.topic = row[0].as<std::string>();
    message.offset = row[1].as<std::int64_t>();
    message.key = row[2].as<std::string>();
    message.reason = row[3].as<std::string>();
    message.parked_at = TimeOf(row[4]);
    message.owner = row[5].as<std::string>();
    const std::vector<kafka::Header> headers = ParseHeaders(row[6].as<std::string>());
    message.epoch = NumberIn(headers, "ce_epoch");
    message.sequence = NumberIn(headers, "ce_sequence");
    message.message_time = TimeOf(row[7]);
    message.attempts = row[8].as<int>();
    message.tried_at = TimeOf(row[9]);
  }
  return parked;
}

void InsertParked(pg::Tx& tx, const kafka::Message& message, const Unreadable& why,
                  base::Time now) {
  const std::string value = message.value ? pg::BytesLiteral(*message.value) : std::string();
  tx.Exec(kInsertParked, message.topic, ReadableKey(message.key), message.offset,
          pg::BytesLiteral(message.key), why.owner, HeadersText(message.headers),
          message.value ? value.c_str() : nullptr, base::FormatTime(message.timestamp), why.reason,
          base::FormatTime(now));
}

std::size_t DeleteSuperseded(pg::Tx& tx, const std::string& topic,
                             const std::set<std::string>& keys) {
  if (keys.empty()) return 0;
  const std::vector<std::string> list(keys.begin(), keys.end());
  return tx.Exec(kDeleteSuperseded, topic, pg::TextArray(list)).size();
}

void NoteTried(pg::Tx& tx, const std::string& topic, const std::vector<std::string>& readable_keys,
               base::Time now) {
  if (readable_keys.empty()) return;
  tx.Exec(kNoteTried, topic, pg::TextArray(readable_keys), base::FormatTime(now));
}

void DeleteParked(pg::Tx& tx, const std::string& topic, const std::string& readable_key) {
  tx.Exec(kDeleteParked, topic, readable_key);
}

std::int64_t CountParked(pg::Tx& tx, const std::string& topic) {
  return tx.Exec(kCountParked, topic)[0][0].as<std::int64_t>();
}

std::set<std::string> SelectParkedKeys(pg::Tx& tx, const std::string& topic, int rows_max) {
  std::set<std::string> keys;
  for (const auto& row : tx.Exec(kSelectParkedKeys, topic, rows_max)) {
    keys.insert(row[0].as<std::string>());
  }
  return keys;
}

std::vector<kafka::Message> SelectParked(pg::Tx& tx, const std::string& topic, std::int64_t after,
                                         int rows_max) {
  std::vector<kafka::Message> messages;
  for (const auto& row : tx.Exec(kSelectParked, topic, after, rows_max)) {
    kafka::Message& message = messages.emplace_back();
    message.topic = topic;
    message.offset = row[0].as<std::int64_t>();
    message.key = pg::ParseBytes(row[1]);
    message.headers = ParseHeaders(row[2].as<std::string>());
    if (!row[3].is_null()) message.value = pg::ParseBytes(row[3]);
    message.timestamp = TimeOf(row[4]);
  }
  return messages;
}

}  // namespace lienthong::feed
