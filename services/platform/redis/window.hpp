#pragma once

#include <cstdint>
#include <map>

#include "platform/redis/limiter.hpp"

namespace lienthong::redis {

/// A window is counted in this many slices. What was taken in a slice counts until the slice has
/// left the window as a whole, so no window of that length ever holds more than the limit.
inline constexpr std::int64_t kSlices = 10;

std::int64_t SliceMilliseconds(const Limit& limit);

/// Counts the calls of one name in this process, as the script in limiter.cpp does in Redis. One
/// thread at a time.
class Window {
 public:
  /// `now`: milliseconds of any clock that does not go back.
  Limiter::Verdict Take(const Limit& limit, std::int64_t calls, std::int64_t now);
  /// Nothing in it counts any more.
  bool IsIdle(const Limit& limit, std::int64_t now) const;

 private:
  std::map<std::int64_t, std::int64_t> taken_;  ///< slice -> calls; at most kSlices + 1
};

}  // namespace lienthong::redis
