#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>
#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace lienthong::rpc {

/// The metrics of the process, shown at /metrics. Resolve children once and keep them.
std::shared_ptr<prometheus::Registry> MetricsRegistry();

/// A gauge with its labels.
prometheus::Gauge& AddGauge(const char* name, const char* help, const prometheus::Labels& labels);

/// A counter with its labels; the same one for everyone who asks.
prometheus::Counter& AddCounter(const char* name, const char* help,
                                const prometheus::Labels& labels);

/// Bounds of histograms of times, in seconds (facts/conventions.md, section 3).
prometheus::Histogram::BucketBoundaries SecondsBuckets();

/// grpc_server_{started_total,handled_total,handling_seconds} of one RPC; the children are
/// resolved once. Any thread; kept by rpc::Serve.
class MethodMetrics {
 public:
  /// `service` = "lienthong.registry.v1.RegistryService", `type` = "unary" or "client_stream".
  MethodMetrics(std::string service, std::string method, std::string type);

  void Started() { started_.Increment(); }
  void Handled(grpc::StatusCode code, std::chrono::steady_clock::duration took);

 private:
  static constexpr std::size_t kCodes = 17;

  prometheus::Labels labels_;
  prometheus::Counter& started_;
  prometheus::Histogram& seconds_;
  /// Filled when a code is first answered: 17 children for each RPC would mostly stay at zero.
  std::array<std::atomic<prometheus::Counter*>, kCodes> handled_{};
};

/// process_resident_memory_bytes, process_cpu_seconds_total, process_start_time_seconds,
/// process_open_fds, read from /proc when asked. Any thread.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace lienthong::rpc
