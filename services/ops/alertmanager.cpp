#include "ops/alertmanager.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

#include <curl/curl.h>
#include <google/protobuf/util/time_util.h>

#include "ops/show.hpp"

namespace lienthong::ops {
namespace {

constexpr std::size_t kReplyBytesMax = 1024 * 1024;
constexpr long kConnectMilliseconds = 5'000;
constexpr std::size_t kReplyShownMax = 200;
constexpr long kOk = 200;
constexpr long kNotFound = 404;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// Fewer bytes than it was given end the transfer: the answer is too long.
std::size_t KeepReply(char* bytes, std::size_t, std::size_t count, void* kept) {
  std::string& reply = *static_cast<std::string*>(kept);
  if (reply.size() + count > kReplyBytesMax) return 0;
  reply.append(bytes, count);
  return count;
}

Handle NewHandle() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  Handle handle(ready == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (!handle) throw std::runtime_error("libcurl cannot start");
  return handle;
}

Fault Refused(long status, const std::string& body) {
  const std::string said = body.empty() ? "" : CutTo(body, kReplyShownMax);
  return {Exit::kWrong, "HTTP_" + std::to_string(status),
          "Alertmanager answers " + std::to_string(status) + (said.empty() ? "" : ": " + said), "",
          false};
}

Fault NotUnderstood() {
  return {Exit::kWrong, "NOT_UNDERSTOOD", "Alertmanager's answer is not that of its API v2", "",
          false};
}

/// A text member of an object; nullopt = it has none.
std::optional<std::string> Text(const Json& object, const char* name) {
  if (!object.is_object()) return std::nullopt;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<base::Time> Time(const Json& object, const char* name) {
  const auto text = Text(object, name);
  google::protobuf::Timestamp time;
  if (!text || !google::protobuf::util::TimeUtil::FromString(*text, &time)) return std::nullopt;
  return TimeOf(true, time);
}

bool IsSet(const Json& object, const char* name, bool fallback) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

/// unit="H09.718", as `amtool` writes it; nullopt = no list of matchers.
std::optional<std::string> MatchersText(const Json& silence) {
  const auto found = silence.find("matchers");
  if (found == silence.end() || !found->is_array()) return std::nullopt;
  std::string text;
  for (const Json& matcher : *found) {
    const auto name = Text(matcher, "name"), value = Text(matcher, "value");
    if (!name || !value) return std::nullopt;
    const std::string sign = IsSet(matcher, "isEqual", true)
                                 ? (IsSet(matcher, "isRegex", false) ? "=~" : "=")
                                 : (IsSet(matcher, "isRegex", false) ? "!~" : "!=");
    text += (text.empty() ? "" : ", ") + *name + sign + "\"" + *value + "\"";
  }
  return text;
}

std::optional<Silence> ToSilence(const Json& json) {
  const auto id = Text(json, "id"), by = Text(json, "createdBy"), why = Text(json, "comment");
  const auto starts = Time(json, "startsAt"), ends = Time(json, "endsAt");
  if (!id || !by || !why || !starts || !ends) return std::nullopt;
  const auto matchers = MatchersText(json);
  const auto status = json.find("status");
  const auto state = status == json.end() ? std::nullopt : Text(*status, "state");
  if (!matchers || !state) return std::nullopt;
  return Silence{*id, *state, *matchers, *by, *why, *starts, *ends};
}

/// Not an exception when it is none: what others sent.
Json Parse(const std::string& body) { return Json::parse(body, nullptr, false); }

}  // namespace

Asked<Alertmanager::Reply> Alertmanager::Send(const char* method, const std::string& path,
                                              const std::string& body) const {
  const Handle handle = NewHandle();
  CURL* const curl = handle.get();
  Reply reply;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline_ - std::chrono::system_clock::now());
  const Headers headers(curl_slist_append(nullptr, "Content-Type: application/json"),
                        curl_slist_free_all);
  if (!headers) throw std::bad_alloc();
  const std::string url = url_ + "/api/v2/" + path;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(left.count())));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, KeepReply);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply.body);
  if (!body.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    const bool never_sent = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST;
    return {std::nullopt,
            {Exit::kUnreachable, "ALERTMANAGER_UNAVAILABLE", "Alertmanager does not answer",
             curl_easy_strerror(code), !never_sent}};
  }
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply.status);
  return {std::move(reply), {}};
}

Asked<std::string> Alertmanager::SilenceUnit(const std::string& unit,
                                             const Silence& silence) const {
  Json matcher{{"name", "unit"}, {"value", unit}, {"isRegex", false}, {"isEqual", true}};
  const Json body{{"matchers", Json::array({std::move(matcher)})},
                  {"startsAt", base::FormatTime(silence.starts_at)},
                  {"endsAt", base::FormatTime(silence.ends_at)},
                  {"createdBy", silence.created_by},
                  {"comment", silence.comment}};
  auto reply = Send("POST", "silences", body.dump());
  if (!reply.answer) return {std::nullopt, std::move(reply.fault)};
  if (reply.answer->status != kOk) {
    return {std::nullopt, Refused(reply.answer->status, reply.answer->body)};
  }
  auto id = Text(Parse(reply.answer->body), "silenceID");
  if (!id) return {std::nullopt, NotUnderstood()};
  return {std::move(id), {}};
}

Asked<std::vector<Silence>> Alertmanager::List() const {
  auto reply = Send("GET", "silences", "");
  if (!reply.answer) return {std::nullopt, std::move(reply.fault)};
  if (reply.answer->status != kOk) {
    return {std::nullopt, Refused(reply.answer->status, reply.answer->body)};
  }
  const Json list = Parse(reply.answer->body);
  if (!list.is_array()) return {std::nullopt, NotUnderstood()};
  std::vector<Silence> silences;
  for (const Json& entry : list) {
    auto silence = ToSilence(entry);
    if (!silence) return {std::nullopt, NotUnderstood()};
    if (silence->state != "expired") silences.push_back(*std::move(silence));
  }
  std::ranges::stable_sort(silences, std::less(), &Silence::ends_at);
  return {std::move(silences), {}};
}

Asked<std::optional<Silence>> Alertmanager::Find(const std::string& id) const {
  auto reply = Send("GET", "silence/" + id, "");
  if (!reply.answer) return {std::nullopt, std::move(reply.fault)};
  if (reply.answer->status == kNotFound) return {std::make_optional(std::optional<Silence>()), {}};
  if (reply.answer->status != kOk) {
    return {std::nullopt, Refused(reply.answer->status, reply.answer->body)};
  }
  auto silence = ToSilence(Parse(reply.answer->body));
  if (!silence) return {std::nullopt, NotUnderstood()};
  return {std::make_optional(std::move(silence)), {}};
}

Asked<bool> Alertmanager::End(const std::string& id) const {
  auto reply = Send("DELETE", "silence/" + id, "");
  if (!reply.answer) return {std::nullopt, std::move(reply.fault)};
  if (reply.answer->status != kOk) {
    return {std::nullopt, Refused(reply.answer->status, reply.answer->body)};
  }
  return {true, {}};
}

}  // namespace lienthong::ops
