#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace lienthong::redis {

/// `calls_max` in any window of `window`.
struct Limit {
  std::int64_t calls_max = 0;
  std::chrono::milliseconds window{1000};
};

/// Counts calls per name (a calling system, never anything personal), shared by the copies of a
/// service through Redis (high limits in parts of a hundredth); falls back to counting in this
/// process while Redis is away, and returns when it is back. Any thread.
class Limiter {
 public:
  /// `address` = "127.0.0.1:7179"; `prefix` keeps services apart.
  Limiter(const std::string& address, std::string prefix);
  ~Limiter();

  struct Verdict {
    bool allowed = true;
    std::chrono::milliseconds retry_after{0};
  };
  Verdict Take(const std::string& name, const Limit& limit, std::int64_t calls = 1);
  /// False while it counts locally.
  bool IsShared() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lienthong::redis
