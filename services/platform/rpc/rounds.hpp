#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace lienthong::rpc {

/// Looks at things once a minute, beside the calls: what they are is shown as metrics. One that
/// fails is told in the log, once for the same cause, and tried again soon; the others go on. One
/// thread, joined on destruction; destroyed before what the looks use.
class Rounds {
 public:
  struct Look {
    std::string name;  ///< for the log
    std::function<void()> run;
  };
  struct Pace {
    std::chrono::milliseconds interval{60'000};
    std::chrono::milliseconds after_failure{5'000};
  };

  explicit Rounds(const std::vector<Look>& looks) : Rounds(looks, Pace()) {}
  Rounds(const std::vector<Look>& looks, Pace pace);

  /// The first looks are at once.
  void Start();

 private:
  struct Kept {
    Look look;
    std::chrono::steady_clock::time_point due;
    std::string failure;
  };
  void Attempt(Kept& kept) const;
  void Loop(const std::stop_token& stop);

  const Pace pace_;
  std::vector<Kept> kept_;
  std::jthread thread_;
};

}  // namespace lienthong::rpc
