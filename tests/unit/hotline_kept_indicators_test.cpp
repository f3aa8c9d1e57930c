// Public figures for many visitors at once: computed once for all of them.
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "hotline/service_indicators.hpp"
#include "platform/base/error.hpp"
#include "support/reason.hpp"

namespace lienthong::hotline {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using support::ReasonOf;

Call Asking(std::chrono::microseconds after = 0us, steady_clock::duration for_at_most = 20s) {
  Call call;
  call.time = base::ParseTime("2019-07-10T01:00:00Z") + after;
  call.deadline = steady_clock::now() + for_at_most;
  return call;
}

v1::PublicIndicators Figures(int received) {
  v1::PublicIndicators figures;
  figures.add_units()->set_received(received);
  return figures;
}

/// What Get() gives when it computes `received`, or has been given before.
std::int64_t Received(KeptIndicators& kept, const std::string& asked, const Call& call,
                      int received) {
  return kept.Get(asked, call, [&] { return Figures(received); }).units(0).received();
}

}  // namespace

TEST_CASE("hotline: public figures that many ask for at once are computed once") {
  constexpr int kCallers = 20;
  KeptIndicators kept;
  std::atomic<int> computed = 0;
  std::latch all(kCallers);
  std::vector<std::future<std::int64_t>> answers;
  for (int i = 0; i < kCallers; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      // Of calls that come together the first is not the first to be served.
      const Call call = Asking(std::chrono::microseconds(kCallers - i));
      all.count_down();
      const auto figures = kept.Get("month", call, [&] {
        const int received = ++computed;
        all.wait();  // until everybody asks
        return Figures(received);
      });
      return figures.units(0).received();
    }));
  }
  for (auto& answer : answers) CHECK(answer.get() == 1);
  CHECK(computed == 1);
  // For five minutes.
  CHECK(Received(kept, "month", Asking(4min), 2) == 1);
  CHECK(Received(kept, "month", Asking(5min + 1s), 2) == 2);
  CHECK(Received(kept, "month", Asking(6min), 3) == 2);
}

TEST_CASE("hotline: who asks for other public figures does not wait") {
  KeptIndicators kept;
  kept.Get("year", Asking(), [&] {
    CHECK(std::async(std::launch::async, [&] {
            return Received(kept, "month", Asking(), 7);
          }).get() == 7);
    // Of the same one each waits for as long as it may.
    CHECK(std::async(std::launch::async, [&] {
            return ReasonOf([&] { Received(kept, "year", Asking(0us, 10ms), 8); });
          }).get() == "DEADLINE_EXCEEDED");
    return Figures(9);
  });
  CHECK(Received(kept, "year", Asking(), 10) == 9);
}

TEST_CASE("hotline: public figures that could not be computed are computed for the next one") {
  KeptIndicators kept;
  const auto fail = []() -> v1::PublicIndicators {
    throw base::Error(base::ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE", "not there");
  };
  CHECK(ReasonOf([&] { kept.Get("month", Asking(), fail); }) == "DATABASE_UNAVAILABLE");
  CHECK(Received(kept, "month", Asking(), 3) == 3);
  // Nor does a failure cost what many ask for.
  for (int i = 0; i < 100; ++i) CHECK(Received(kept, std::to_string(i), Asking(), i) == i);
  CHECK(Received(kept, "99", Asking(), 4) == 99);
}

}  // namespace lienthong::hotline
