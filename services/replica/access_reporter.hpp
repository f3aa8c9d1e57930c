#pragma once

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "replica/units.hpp"

namespace lienthong::replica {

/// Sends the access rows of all units to the registry's ReportAccess, each unit's under its own
/// certificate, in batches that may be repeated; what was sent is kept 90 days. A thread of its
/// own; destroyed before the units.
class AccessReporter {
 public:
  /// `registry` = "host:port".
  AccessReporter(const Units& units, std::string registry);

 private:
  struct Backoff {
    std::chrono::steady_clock::time_point next{};
    std::chrono::milliseconds wait{0};
  };

  void Run(const std::stop_token& stop);
  void Clean(const Unit& unit, const std::stop_token& stop);
  void Report(const Unit& unit, const std::stop_token& stop);
  /// A batch that is refused is sent again row by row: one bad row keeps no other back.
  void SendOrSetAside(const Unit& unit, const std::vector<UnsentAccess>& rows,
                      const std::stop_token& stop);
  /// Why the registry refuses the rows; "" = it has them. Throws kUnavailable.
  std::string Send(const Unit& unit, const std::vector<UnsentAccess>& rows,
                   const std::stop_token& stop);

  const Units& units_;
  const std::string registry_;
  std::map<std::string, Backoff> backoffs_;  ///< by unit code
  std::chrono::steady_clock::time_point clean_at_{};
  std::jthread thread_;
};

}  // namespace lienthong::replica
