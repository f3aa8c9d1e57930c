// Looks that are taken again and again beside the calls.
#include <catch2/catch.hpp>

#include <atomic>
#include <stdexcept>

#include "platform/rpc/rounds.hpp"
#include "support/clock.hpp"

namespace lienthong::rpc {
namespace {

using namespace std::chrono_literals;
using support::Eventually;
constexpr auto kRoundsLimit = 20s;

}  // namespace

TEST_CASE("looks are taken at once, and again after the interval") {
  std::atomic<int> looked = 0;
  Rounds rounds({{"test", [&] { ++looked; }}}, {1ms, 1h});
  CHECK(looked == 0);
  rounds.Start();
  CHECK(Eventually(kRoundsLimit, [&] { return looked >= 3; }));
}

TEST_CASE("a look that fails is taken again soon, and the others as always") {
  std::atomic<int> failed = 0, looked = 0;
  {
    Rounds rounds({{"test-bad",
                    [&] {
                      ++failed;
                      throw std::runtime_error("not today");
                    }},
                   {"test-good", [&] { ++looked; }}},
                  {1h, 1ms});
    rounds.Start();
    CHECK(Eventually(kRoundsLimit, [&] { return failed >= 3 && looked >= 1; }));
  }
  CHECK(looked == 1);
}

TEST_CASE("a look that failed goes on at its usual pace once it succeeds") {
  std::atomic<int> looked = 0, marks = 0;
  {
    Rounds rounds({{"test",
                    [&] {
                      if (++looked <= 2) throw std::runtime_error("not yet");
                    }},
                   {"test-mark",
                    [&] {
                      ++marks;
                      throw std::runtime_error("so that it is looked at again");
                    }}},
                  {1h, 1ms});
    rounds.Start();
    CHECK(Eventually(kRoundsLimit, [&] { return marks >= 20; }));
  }
  CHECK(looked == 3);
}

}  // namespace lienthong::rpc
