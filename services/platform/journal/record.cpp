#include "platform/journal/record.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "platform/base/error.hpp"

namespace lienthong::journal {
namespace {

/// Names in an audience and of views: nothing that JSON would have to escape.
bool IsPlain(std::string_view text) {
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_' || c == '*';
    if (!plain) return false;
  }
  return !text.empty();
}

std::string_view TakeQuoted(std::string_view& rest) {
  if (rest.empty() || rest.front() != '"') throw std::invalid_argument("a quote is missing");
  const std::size_t end = rest.find('"', 1);
  if (end == std::string_view::npos) throw std::invalid_argument("a quote is missing");
  const std::string_view text = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return text;
}

template <class Take>
void ForEachPair(std::string_view text, const Take& take) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    throw std::invalid_argument("not an object");
  }
  std::string_view rest = text.substr(1, text.size() - 2);
  while (!rest.empty()) {
    const std::string_view name = TakeQuoted(rest);
    if (rest.empty() || rest.front() != ':') throw std::invalid_argument("a colon is missing");
    rest.remove_prefix(1);
    take(name, TakeQuoted(rest));
    if (rest.empty()) break;
    if (rest.front() != ',') throw std::invalid_argument("a comma is missing");
    rest.remove_prefix(1);
  }
}

}  // namespace

const google::protobuf::Message& Record::MessageOf(const std::string& view) const {
  for (const View& candidate : views) {
    if (candidate.name == view) return *candidate.message;
  }
  throw std::logic_error("an audience names a view that the record does not have");
}

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (!status.ok()) throw std::invalid_argument("a record cannot be written as JSON");
  if (json.size() > kStateBytesMax) {
    throw base::Error(base::ErrorKind::kInvalid, "RECORD_TOO_LARGE",
                      "a record may have 768 KiB; larger bodies are files");
  }
  return json;
}

void FromJson(std::string_view json, google::protobuf::Message* message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), message, options);
  if (!status.ok()) throw std::invalid_argument("not the JSON of this record");
}

std::string PairsToText(const std::map<std::string, std::string>& pairs) {
  std::string text = "{";
  for (const auto& [name, value] : pairs) {
    if (!IsPlain(name) || !IsPlain(value)) throw std::logic_error("not a plain name: " + name);
    if (text.size() > 1) text += ',';
    text.append("\"").append(name).append("\":\"").append(value).append("\"");
  }
  return text += '}';
}

std::map<std::string, std::string> PairsFromText(std::string_view text) {
  std::map<std::string, std::string> pairs;
  ForEachPair(text,
              [&](std::string_view name, std::string_view value) { pairs.emplace(name, value); });
  return pairs;
}

PairViews PairViewsFromText(std::string_view text) {
  std::vector<PairViews::Pair> pairs;
  ForEachPair(text, [&](std::string_view name, std::string_view value) {
    if (!pairs.empty() && pairs.back().first >= name) {
      throw std::invalid_argument("names are not in order");
    }
    pairs.emplace_back(name, value);
  });
  return PairViews(std::move(pairs));
}

std::optional<std::string_view> PairViews::Find(std::string_view name) const {
  const auto found = std::lower_bound(
      pairs_.begin(), pairs_.end(), name,
      [](const Pair& pair, std::string_view wanted) { return pair.first < wanted; });
  if (found == pairs_.end() || found->first != name) return std::nullopt;
  return found->second;
}

std::string_view PairViews::At(std::string_view name) const {
  const auto value = Find(name);
  if (!value) throw std::out_of_range("a name is missing");
  return *value;
}

std::optional<std::string> ViewOf(const Audience& audience, const std::string& caller) {
  if (const auto own = audience.find(caller); own != audience.end()) return own->second;
  const auto everyone = audience.find(std::string(kEveryone));
  if (everyone != audience.end()) return everyone->second;
  return std::nullopt;
}

}  // namespace lienthong::journal
