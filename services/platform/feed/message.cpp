#include "platform/feed/message.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <nlohmann/json.hpp>
#define SIMDJSON_THREADS_ENABLED 1  // as Debian's library was built
#include <simdjson.h>

#include "platform/base/text.hpp"

namespace lienthong::feed {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyBytesMax = 512;
constexpr std::size_t kViewBytesMax = 64;
constexpr int kDepthMax = 64;
/// What simdjson keeps for it is some ten times as much, for each thread.
constexpr std::size_t kPlainBytesMax = 8 * 1024;
constexpr std::string_view kBarrierType = "barrier";
constexpr std::string_view kSourcePrefix = "/lienthong/";

/// Record types and services: lower-case letters, digits and hyphens, a letter first.
bool IsName(std::string_view text) {
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
         std::all_of(text.begin(), text.end(), is_name);
}

std::optional<std::int64_t> ParseDecimal(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::int64_t NumberOf(const kafka::Message& message, std::string_view header, std::int64_t min) {
  const auto number = ParseDecimal(message.Find(header));
  if (!number || *number < min) {
    throw std::invalid_argument("header " + std::string(header) + " is missing or wrong");
  }
  return *number;
}

/// Accepts JSON objects that jsonb accepts too: no U+0000 in strings, no depth without end.
class ObjectCheck final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return depth_ > 0; }
  bool boolean(bool) override { return depth_ > 0; }
  bool number_integer(number_integer_t) override { return depth_ > 0; }
  bool number_unsigned(number_unsigned_t) override { return depth_ > 0; }
  bool number_float(number_float_t, const string_t&) override { return depth_ > 0; }
  bool string(string_t& text) override { return depth_ > 0 && IsWithoutNul(text); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return ++depth_ <= kDepthMax; }
  bool key(string_t& text) override { return IsWithoutNul(text); }
  bool end_object() override { return --depth_ >= 0; }
  bool start_array(std::size_t) override { return depth_ > 0 && ++depth_ <= kDepthMax; }
  bool end_array() override { return --depth_ >= 0; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  static bool IsWithoutNul(const string_t& text) { return text.find('\0') == string_t::npos; }
  int depth_ = 0;
};

/// Most values, quickly: what is true here ObjectCheck accepts too. Where it is not, that decides:
/// for numbers out of range, large values, escapes that may be a NUL.
bool IsPlainObject(std::string_view value) {
  if (value.size() > kPlainBytesMax || value.find("\\u0000") != std::string_view::npos)
    return false;
  thread_local simdjson::dom::parser parser(kPlainBytesMax);
  if (parser.capacity() == 0 && parser.allocate(kPlainBytesMax, kDepthMax) != simdjson::SUCCESS) {
    return false;
  }
  const auto parsed = parser.parse(value.data(), value.size());
  return parsed.error() == simdjson::SUCCESS && parsed.value_unsafe().is_object();
}

void CheckValue(std::string_view value) {
  if (IsPlainObject(value)) return;
  ObjectCheck check;
  if (!json::sax_parse(value.begin(), value.end(), &check)) {
    throw std::invalid_argument("the value is not a JSON object");
  }
}

/// A member of a barrier, which is a string.
std::string TextOf(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) {
    throw std::invalid_argument(std::string("barrier without ") + name);
  }
  return found->get<std::string>();
}

std::int64_t DecimalOf(const json& object, const char* name) {
  const auto number = ParseDecimal(TextOf(object, name));
  if (!number) throw std::invalid_argument(std::string("barrier with a wrong ") + name);
  return *number;
}

Barrier ParseBarrier(const kafka::Message& message, const std::string& owner) {
  if (!message.value) throw std::invalid_argument("barrier without a value");
  const json value = json::parse(*message.value, nullptr, false);
  if (!value.is_object()) throw std::invalid_argument("barrier that is not a JSON object");
  Barrier barrier;
  barrier.owner = TextOf(value, "owner");
  if (barrier.owner != owner) throw std::invalid_argument("barrier of another owner than its key");
  barrier.position = {DecimalOf(value, "epoch"), DecimalOf(value, "sequence")};
  barrier.complete = DecimalOf(value, "complete");
  barrier.time = base::ParseTime(TextOf(value, "time"));
  const auto types = value.find("types");
  if (types == value.end() || !types->is_object()) {
    throw std::invalid_argument("barrier without types");
  }
  for (const auto& [type, total] : types->items()) {
    if (!IsName(type) || !total.is_object()) throw std::invalid_argument("barrier with bad types");
    barrier.types[type] = {DecimalOf(total, "count"),
                           journal::Digest::FromHex(TextOf(total, "digest"))};
  }
  return barrier;
}

RecordMessage ParseRecord(const kafka::Message& message, RowKey key) {
  RecordMessage record;
  record.key = std::move(key);
  record.owner = OwnerOf(message);
  if (record.owner.empty()) throw std::invalid_argument("header ce_source is missing or wrong");
  record.position = {NumberOf(message, "ce_epoch", 1), NumberOf(message, "ce_sequence", 0)};
  if (!message.value) {
    // The owner of a tombstone for an unknown record has no version to name.
    record.version = ParseDecimal(message.Find("ce_recordversion")).value_or(0);
    return record;
  }
  record.version = NumberOf(message, "ce_recordversion", 1);
  const std::string_view view = message.Find("ce_view");
  if (view.empty() || view.size() > kViewBytesMax || !base::IsText(view)) {
    throw std::invalid_argument("header ce_view is missing or wrong");
  }
  record.view = view;
  CheckValue(*message.value);
  record.value = *message.value;
  return record;
}

}  // namespace

std::string OwnerOf(const kafka::Message& message) {
  std::string_view source = message.Find("ce_source");
  if (source.substr(0, kSourcePrefix.size()) != kSourcePrefix) return {};
  source.remove_prefix(kSourcePrefix.size());
  return IsName(source) ? std::string(source) : std::string();
}

std::optional<RowKey> ParseKey(std::string_view key) {
  if (key.size() > kKeyBytesMax || !base::IsText(key)) return std::nullopt;
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos || slash + 1 == key.size()) return std::nullopt;
  if (!IsName(key.substr(0, slash))) return std::nullopt;
  return RowKey{std::string(key.substr(0, slash)), std::string(key.substr(slash + 1))};
}

Content Parse(const kafka::Message& message) {
  auto key = ParseKey(message.key);
  if (!key) throw std::invalid_argument("the key does not name a record");
  if (key->type == kBarrierType) return ParseBarrier(message, key->id);
  return ParseRecord(message, std::move(*key));
}

}  // namespace lienthong::feed
