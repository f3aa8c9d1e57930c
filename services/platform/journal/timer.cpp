#include "platform/journal/timer.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "platform/base/log.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::milliseconds;

constexpr int kChunkMax = 100;
constexpr milliseconds kWaitMin{10};
constexpr milliseconds kWaitMax{1000};

}  // namespace

void Timer::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Loop(stop); });
}

std::size_t Timer::RunDue() {
  const base::Time now = clock_.BusinessNow();
  std::vector<std::string> failed;
  for (;;) {
    const std::vector<DueItem> items =
        pool_.Transact([&](pg::Tx& tx) { return schedule_.SelectDue(tx, now, failed, kChunkMax); });
    std::size_t done = 0;
    for (const DueItem& item : items) {
      try {
        std::vector<Key> keys{item.key};
        keys.insert(keys.end(), item.also.begin(), item.also.end());
        journal_.ChangeBySystem(item.key.Text() + "/" + item.occasion, std::move(keys),
                                [&](pg::Tx& tx, const Heads&) {
                                  return schedule_.Change(tx, item, clock_.BusinessNow());
                                });
        ++done;
      } catch (const std::exception& error) {
        // The others must not wait for one that fails, nor those behind a chunk of such.
        failed.push_back(item.key.Text());
        base::LogError("timer: an item failed",
                       {{"key", failed.back()}, {"error", pg::CauseOf(error)}});
      }
    }
    if (done > 0 || items.size() < static_cast<std::size_t>(kChunkMax)) return done;
  }
}

milliseconds Timer::UntilNext() {
  const base::Time now = clock_.BusinessNow();
  const auto next = pool_.Transact([&](pg::Tx& tx) { return schedule_.SelectNext(tx, now); });
  if (!next) return kWaitMax;
  return std::clamp(std::chrono::ceil<milliseconds>(*next - now), kWaitMin, kWaitMax);
}

void Timer::Loop(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    milliseconds wait = kWaitMax;
    try {
      wait = RunDue() == 0 ? UntilNext() : kWaitMin;
    } catch (const std::exception& error) {
      base::LogWarning("timer interrupted", {{"error", pg::CauseOf(error)}});
    }
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, wait, [] { return false; });
  }
}

}  // namespace lienthong::journal
