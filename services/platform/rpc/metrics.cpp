#include "platform/rpc/metrics.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "platform/rpc/status.hpp"

namespace lienthong::rpc {
namespace {

prometheus::Family<prometheus::Counter>& StartedFamily() {
  static auto& family = prometheus::BuildCounter()
                            .Name("grpc_server_started_total")
                            .Help("Calls that arrived.")
                            .Register(*MetricsRegistry());
  return family;
}

prometheus::Family<prometheus::Counter>& HandledFamily() {
  static auto& family = prometheus::BuildCounter()
                            .Name("grpc_server_handled_total")
                            .Help("Calls that were answered, by status code.")
                            .Register(*MetricsRegistry());
  return family;
}

prometheus::Family<prometheus::Histogram>& SecondsFamily() {
  static auto& family = prometheus::BuildHistogram()
                            .Name("grpc_server_handling_seconds")
                            .Help("Time from arrival to answer, queue included.")
                            .Register(*MetricsRegistry());
  return family;
}

prometheus::MetricFamily Single(std::string name, std::string help, prometheus::MetricType type,
                                double value) {
  prometheus::MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  metric.counter.value = value;
  family.metric.push_back(std::move(metric));
  return family;
}

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double OpenFiles() {
  std::error_code error;  // the folder may be closed to us; 0 then
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++count;
  }
  return count;
}

/// Seconds since the epoch, by the boot time and the start of the process in clock ticks.
double StartTime() {
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  // Fields 3 and later follow the name in brackets, which may hold blanks itself.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  fields >> ticks;
  std::ifstream system("/proc/stat");
  double boot = 0;
  for (std::string word; system >> word;) {
    if (word == "btime") {
      system >> boot;
      break;
    }
  }
  return boot + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

std::shared_ptr<prometheus::Registry> MetricsRegistry() {
  static const auto registry = std::make_shared<prometheus::Registry>();
  return registry;
}

prometheus::Gauge& AddGauge(const char* name, const char* help, const prometheus::Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*MetricsRegistry()).Add(labels);
}

prometheus::Counter& AddCounter(const char* name, const char* help,
                                const prometheus::Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*MetricsRegistry()).Add(labels);
}

prometheus::Histogram::BucketBoundaries SecondsBuckets() {
  return {.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
}

MethodMetrics::MethodMetrics(std::string service, std::string method, std::string type)
    : labels_{{"grpc_service", std::move(service)},
              {"grpc_method", std::move(method)},
              {"grpc_type", std::move(type)}},
      started_(StartedFamily().Add(labels_)),
      seconds_(SecondsFamily().Add(labels_, SecondsBuckets())) {}

void MethodMetrics::Handled(grpc::StatusCode code, std::chrono::steady_clock::duration took) {
  const auto number = static_cast<std::size_t>(code);
  std::atomic<prometheus::Counter*>& child = handled_[number < kCodes ? number : 2];
  prometheus::Counter* counter = child.load(std::memory_order_acquire);
  if (counter == nullptr) {
    prometheus::Labels labels = labels_;
    labels["grpc_code"] = NameOf(code);
    counter = &HandledFamily().Add(labels);  // the same child for everyone who asks
    child.store(counter, std::memory_order_release);
  }
  counter->Increment();
  seconds_.Observe(std::chrono::duration<double>(took).count());
}

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  static const double start_time = StartTime();
  using prometheus::MetricType;
  return {Single("process_resident_memory_bytes", "Resident memory.", MetricType::Gauge,
                 ResidentBytes()),
          Single("process_cpu_seconds_total", "CPU time, user and system.", MetricType::Counter,
                 CpuSeconds()),
          Single("process_start_time_seconds", "Start of the process, seconds since the epoch.",
                 MetricType::Gauge, start_time),
          Single("process_open_fds", "Open file descriptors.", MetricType::Gauge, OpenFiles())};
}

}  // namespace lienthong::rpc
