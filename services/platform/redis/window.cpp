#include "platform/redis/window.hpp"

#include <algorithm>
#include <chrono>

namespace lienthong::redis {

std::int64_t SliceMilliseconds(const Limit& limit) {
  return std::max<std::int64_t>(1, (limit.window.count() + kSlices - 1) / kSlices);
}

Limiter::Verdict Window::Take(const Limit& limit, std::int64_t calls, std::int64_t now) {
  const std::int64_t width = SliceMilliseconds(limit);
  const std::int64_t slice = now / width;
  taken_.erase(taken_.begin(), taken_.lower_bound(slice - kSlices));
  std::int64_t sum = calls;
  for (const auto& [unused, count] : taken_) sum += count;
  if (sum <= limit.calls_max) {
    taken_[slice] += calls;
    return {};
  }
  // The first slice whose leaving makes room; none does when one call is above the limit.
  std::int64_t free_at = now + limit.window.count();
  for (const auto& [at, count] : taken_) {
    sum -= count;
    if (sum > limit.calls_max) continue;
    free_at = (at + kSlices + 1) * width;
    break;
  }
  return {false, std::chrono::milliseconds(std::max<std::int64_t>(1, free_at - now))};
}

bool Window::IsIdle(const Limit& limit, std::int64_t now) const {
  return taken_.empty() || taken_.rbegin()->first < now / SliceMilliseconds(limit) - kSlices;
}

}  // namespace lienthong::redis
