#include "portal/limits.hpp"

#include <stdexcept>

#include "platform/base/hash.hpp"
#include "portal/address.hpp"

namespace lienthong::portal {
namespace {

constexpr std::chrono::minutes kMinute{1};
constexpr std::chrono::hours kHour{1};
constexpr std::chrono::hours kDay{24};
constexpr redis::Limit kOnceADay{1, kDay};
constexpr std::size_t kHashBytes = 8;

std::optional<std::chrono::seconds> WaitOf(const redis::Limiter::Verdict& verdict) {
  if (verdict.allowed) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(verdict.retry_after);
}

}  // namespace

struct Limits::Rule {
  std::string name;
  redis::Limit limit;                    ///< of one client
  std::optional<std::int64_t> of_all{};  ///< in the same window; absent = any number

  /// Under which nothing is counted that would not allow so many more.
  Rule Less(std::int64_t count) const {
    Rule less = *this;
    less.limit.calls_max -= count;
    if (less.of_all) *less.of_all -= count;
    return less;
  }
};

Limits::Rule Limits::RuleOf(Kind kind) const {
  switch (kind) {
    case Kind::kRequest:
      return {"request", {options_.requests_per_minute, kMinute}};
    case Kind::kForm:
      return {"form", {options_.forms_per_minute, kMinute}};
    case Kind::kTry:
      return {"try", {options_.tries_per_hour, kHour}};
    case Kind::kPhotoByte:
      return {
          "photo-byte", {options_.photo_bytes_per_day, kDay}, options_.photo_bytes_of_all_per_day};
    case Kind::kMessage:
      return {"message", {options_.messages_per_day, kDay}, options_.messages_of_all_per_day};
  }
  throw std::logic_error("a limit of no kind");
}

std::optional<std::chrono::seconds> Limits::Take(const Request& request, Kind kind,
                                                 std::int64_t count) {
  return Ask(RuleOf(kind), ClientOf(request), count);
}

std::optional<std::chrono::seconds> Limits::Wait(const Request& request, Kind kind,
                                                 std::int64_t count) {
  return Ask(RuleOf(kind).Less(count), ClientOf(request), 0);
}

std::optional<std::chrono::seconds> Limits::WaitOfKey(const std::string& key_id, Kind kind,
                                                      std::int64_t count) {
  return Ask(RuleOfKey(kind).Less(count), "key " + key_id, 0);
}

std::optional<std::chrono::seconds> Limits::TakeOfKey(const std::string& key_id, Kind kind,
                                                      std::int64_t count) {
  return Ask(RuleOfKey(kind), "key " + key_id, count);
}

void Limits::SetCounted(const std::string& request_id) {
  Ask({"report", kOnceADay}, request_id, 1);
}

bool Limits::IsCounted(const std::string& request_id) {
  return Ask(Rule{"report", kOnceADay}.Less(1), request_id, 0).has_value();
}

Limits::Rule Limits::RuleOfKey(Kind kind) const {
  Rule rule = RuleOf(kind);
  if (kind == Kind::kMessage) rule.limit.calls_max = options_.messages_of_key_per_day;
  return rule;
}

std::string Limits::ClientOf(const Request& request) const {
  return base::ToHex(
      base::HmacSha256(secret_, "address " + NetworkOf(request.address)).substr(0, kHashBytes));
}

std::optional<std::chrono::seconds> Limits::Ask(const Rule& rule, const std::string& client,
                                                std::int64_t count) {
  const auto wait = WaitOf(limiter_.Take(rule.name + ":" + client, rule.limit, count));
  if (wait || !rule.of_all) return wait;
  return WaitOf(limiter_.Take(rule.name + ":all", {*rule.of_all, rule.limit.window}, count));
}

}  // namespace lienthong::portal
