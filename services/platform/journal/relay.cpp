#include "platform/journal/relay.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "platform/base/log.hpp"
#include "platform/journal/relay_run.hpp"
#include "platform/journal/traffic.hpp"
#include "platform/rpc/clock_offset.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRestartDelay{1000};
constexpr milliseconds kSealAlarmDelay{30'000};

}  // namespace

struct Relay::Impl {
  RelayOptions options;
  const kafka::Catalogue& catalogue;
  base::Clock& clock;
  base::Ids& ids;
  prometheus::Gauge& backlog;
  prometheus::Gauge& fence_wait;
  prometheus::Gauge& broken_feeds;
  prometheus::Gauge& active;
  prometheus::Gauge& stopped_by_seal;
  rpc::ClockGauge broker_clock;

  mutable std::mutex mutex{};
  std::condition_variable_any woken{};
  bool work = false;
  RelayStatus status{};
  std::jthread thread{};

  void Publish(const RelayStatus& now) {
    backlog.Set(static_cast<double>(now.backlog_rows));
    fence_wait.Set(now.fence_wait_seconds);
    broken_feeds.Set(static_cast<double>(now.broken_feeds.size()));
    active.Set(now.active ? 1 : 0);
    stopped_by_seal.Set(now.stopped_by_seal ? 1 : 0);
    const std::lock_guard lock(mutex);
    status = now;
  }

  /// The backlog stays as it was last seen.
  void Stopped(bool by_seal) {
    RelayStatus now;
    {
      const std::lock_guard lock(mutex);
      now = status;
    }
    now.active = false;
    now.stopped_by_seal = by_seal;
    Publish(now);
  }

  void Wait(const std::stop_token& stop, milliseconds limit) {
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, limit, [this] { return work; });
    work = false;
  }

  std::chrono::microseconds PauseAfter(std::int64_t messages) const {
    return std::clamp<std::chrono::microseconds>(options.pause_of_a_message * messages,
                                                 options.pause_min, options.pause_max);
  }

  void Pause(const std::stop_token& stop, std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex);
    woken.wait_until(lock, stop, until, [] { return false; });
  }

  /// The broker's clock, which shows milliseconds, when it took a message that was made `ago`.
  void NoteClock(base::Time broker, std::chrono::microseconds ago) {
    const base::Time now = clock.MachineNow();
    broker_clock.Note(now - ago - milliseconds(1), broker, now);
  }

  /// Holds the lock of this database until an error or the end.
  void RunOnce(const std::stop_token& stop) {
    RelayStore store(options.conninfo);
    while (!store.TryLock()) {
      Wait(stop, kRestartDelay);
      if (stop.stop_requested()) return;
    }
    bool is_active = false;
    RelayRun run(options, catalogue, clock, ids, store, [&](RelayStatus now) {
      now.active = is_active;
      Publish(now);
    });
    run.TellAppended(
        [this](base::Time broker, std::chrono::microseconds ago) { NoteClock(broker, ago); });
    run.ShowStatus();
    run.MakeTopics();
    run.CompareSeals();
    is_active = true;
    base::LogInfo("relay is active");
    while (!stop.stop_requested()) {
      const bool more = run.Step([&] { return stop.stop_requested(); });
      if (more) continue;
      const auto next = std::chrono::steady_clock::now() + PauseAfter(run.TakeSent());
      run.Deliver(next);
      Pause(stop, next);
      Wait(stop, options.poll_interval);
    }
  }

  void Loop(std::stop_token stop) {
    while (!stop.stop_requested()) {
      try {
        RunOnce(stop);
      } catch (const SealsDiffer& error) {
        base::LogError("relay stopped", {{"error", error.what()}});
        Stopped(/*by_seal=*/true);
        Wait(stop, kSealAlarmDelay);
      } catch (const std::exception& error) {
        if (stop.stop_requested()) break;
        base::LogWarning("relay starts over", {{"error", pg::CauseOf(error)}});
        Stopped(/*by_seal=*/false);
        Wait(stop, kRestartDelay);
      }
    }
  }
};

Relay::Relay(RelayOptions options, const kafka::Catalogue& catalogue, base::Clock& clock,
             base::Ids& ids) {
  const prometheus::Labels labels{{"service", options.service}};
  impl_ = std::unique_ptr<Impl>(new Impl{
      std::move(options), catalogue, clock, ids,
      rpc::AddGauge("lienthong_relay_backlog_rows", "Journal rows not yet published.", labels),
      rpc::AddGauge("lienthong_relay_fence_wait_seconds", "Wait of the last fence for writers.",
                    labels),
      rpc::AddGauge("lienthong_relay_broken_feeds", "Feeds that cannot be written.", labels),
      rpc::AddGauge("lienthong_relay_active", "1 while this process publishes the journal.",
                    labels),
      rpc::AddGauge("lienthong_relay_stopped_by_seal",
                    "1 while nothing is published because the seal topic and the journal differ.",
                    labels),
      rpc::ClockGauge("kafka")});
  ShowTraffic(catalogue, impl_->options.service);
}

Relay::~Relay() = default;

void Relay::Start() {
  impl_->thread = std::jthread([this](std::stop_token stop) { impl_->Loop(stop); });
}

void Relay::Wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->work = true;
  }
  impl_->woken.notify_one();
}

RelayStatus Relay::Status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

}  // namespace lienthong::journal
