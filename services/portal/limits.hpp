#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "platform/redis/limiter.hpp"
#include "portal/request.hpp"

namespace lienthong::portal {

/// How much one client (NetworkOf) may ask for, counted by a keyed hash, shared by all copies of
/// the portal. Partners with a key have the key's own limit of calls. What costs the province
/// something, room for photos and messages to citizens, is limited by day, of one client and of all
/// together. While Redis is away each process counts for itself, from nothing. Any thread.
class Limits {
 public:
  struct Options {
    std::int64_t requests_per_minute = 0;  ///< of all kinds
    std::int64_t forms_per_minute = 0;     ///< posted
    std::int64_t tries_per_hour = 0;       ///< wrong codes and keys
    std::int64_t photo_bytes_per_day = 0;  ///< also of one partner
    std::int64_t photo_bytes_of_all_per_day = 0;
    std::int64_t messages_per_day = 0;  ///< reports whose sender is told of them by SMS or e-mail
    std::int64_t messages_of_key_per_day = 0;  ///< the same of one partner
    std::int64_t messages_of_all_per_day = 0;
  };
  Limits(Options options, std::string secret, redis::Limiter& limiter)
      : options_(options), secret_(std::move(secret)), limiter_(limiter) {}

  enum class Kind { kRequest, kForm, kTry, kPhotoByte, kMessage };
  /// How long to wait; nothing = go on. `count`: what is as much work as so many count as so many.
  std::optional<std::chrono::seconds> Take(const Request& request, Kind kind,
                                           std::int64_t count = 1);
  /// The same without counting: would so many be too much?
  std::optional<std::chrono::seconds> Wait(const Request& request, Kind kind,
                                           std::int64_t count = 1);
  /// Photos or messages (`kind`) of a partner's reports: it has one address for all its users.
  std::optional<std::chrono::seconds> TakeOfKey(const std::string& key_id, Kind kind,
                                                std::int64_t count = 1);
  std::optional<std::chrono::seconds> WaitOfKey(const std::string& key_id, Kind kind,
                                                std::int64_t count = 1);

  /// A report counts for the day when it is taken; sent again, it goes on whatever is left of it.
  void SetCounted(const std::string& request_id);
  /// In the last 24 hours.
  bool IsCounted(const std::string& request_id);

 private:
  struct Rule;

  Rule RuleOf(Kind kind) const;
  Rule RuleOfKey(Kind kind) const;
  std::optional<std::chrono::seconds> Ask(const Rule& rule, const std::string& client,
                                          std::int64_t count);
  std::string ClientOf(const Request& request) const;

  Options options_;
  std::string secret_;
  redis::Limiter& limiter_;
};

}  // namespace lienthong::portal
