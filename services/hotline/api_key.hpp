#pragma once

#include <compare>
#include <optional>
#include <string>

#include "hotline/ticket.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::hotline {

inline constexpr int kCallsPerMinuteDefault = 60;
inline constexpr int kCallsPerMinuteMax = 6000;

/// UUID, lower case.
struct ApiKeyId {
  std::string text;
  auto operator<=>(const ApiKeyId&) const = default;
};

/// That a partner's system reports with.
struct ApiKey {
  ApiKeyId id;
  std::string name;
  int calls_per_minute = kCallsPerMinuteDefault;
  std::string keeper_unit_id;  ///< who runs the hotline
  base::Time created_at{};
  std::optional<base::Time> revoked_at;
  std::string revoked_reason;
  Channel channel = Channel::kOpen311;  ///< or kApp: of the reports that come in with it
};

}  // namespace lienthong::hotline
