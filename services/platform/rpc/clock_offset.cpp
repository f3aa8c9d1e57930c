#include "platform/rpc/clock_offset.hpp"

#include <cstdint>

#include "platform/rpc/metrics.hpp"

namespace lienthong::rpc {
namespace {

using std::chrono::microseconds;

constexpr std::chrono::minutes kCountsFor{1};

constexpr pg::Statement kAskTime{
    "rpc_clock", "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"};

}  // namespace

microseconds ClockOffset(base::Time before, base::Time theirs, base::Time after) {
  if (theirs < before) return theirs - before;
  return theirs > after ? theirs - after : microseconds(0);
}

ClockGauge::ClockGauge(const char* peer)
    : gauge_(AddGauge("lienthong_clock_offset_seconds",
                      "Least difference to the clock of a server that explains what it said; "
                      "positive = it is ahead.",
                      {{"peer", peer}})) {}

void ClockGauge::Note(base::Time before, base::Time theirs, base::Time after) {
  const microseconds took = after - before;
  // Our own clock may have been put back meanwhile.
  const bool is_old = !counts_ || after < counts_->after || after - counts_->after >= kCountsFor;
  if (!is_old && took > counts_->took) return;
  counts_ = {after, took};
  gauge_.Set(std::chrono::duration<double>(ClockOffset(before, theirs, after)).count());
}

void DatabaseClock::Measure() {
  struct Answer {
    base::Time before, theirs, after;
  };
  const auto answer = pool_.Transact([&](pg::Tx& tx) {
    Answer made;
    made.before = clock_.MachineNow();
    made.theirs = base::Time(microseconds(tx.Exec(kAskTime)[0][0].as<std::int64_t>()));
    made.after = clock_.MachineNow();
    return made;
  });
  gauge_.Note(answer.before, answer.theirs, answer.after);
}

}  // namespace lienthong::rpc
