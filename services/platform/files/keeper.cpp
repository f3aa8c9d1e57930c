#include "platform/files/keeper.hpp"

#include <condition_variable>
#include <mutex>

#include <prometheus/gauge.h>

#include "platform/base/log.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::files {

void Keeper::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Loop(stop); });
}

void Keeper::Compare() {
  static prometheus::Gauge& missing =
      rpc::AddGauge("lienthong_files_missing", "Files with a row and without bytes.",
                    {{"service", options_.service}});
  static prometheus::Gauge& unknown = rpc::AddGauge(
      "lienthong_files_unknown", "Stored bytes without a row.", {{"service", options_.service}});
  const auto now = std::chrono::steady_clock::now();
  if (compared_at_ != std::chrono::steady_clock::time_point{} &&
      now - compared_at_ < options_.compare_interval) {
    return;
  }
  const Files::Findings findings = files_.Compare();
  missing.Set(static_cast<double>(findings.missing.size()));
  unknown.Set(static_cast<double>(findings.unknown.size()));
  for (const std::string& sha256 : findings.missing) {
    base::LogError("a file has no bytes", {{"sha256", sha256}});
  }
  for (const std::string& sha256 : findings.unknown) {
    base::LogWarning("stored bytes belong to no file", {{"sha256", sha256}});
  }
  compared_at_ = now;
}

void Keeper::Loop(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    try {
      while (!stop.stop_requested() && files_.Clean() > 0) {
      }
      Compare();
    } catch (const std::exception& error) {
      base::LogWarning("the keeper of files was interrupted", {{"error", pg::CauseOf(error)}});
    }
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, options_.clean_interval, [] { return false; });
  }
}

}  // namespace lienthong::files
