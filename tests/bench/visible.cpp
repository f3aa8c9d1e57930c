// From the answer of RegisterCitizen until the replica shows the person: an open loop, so that a
// slow answer does not make the next call wait and hide what others would have waited.
#include <atomic>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <thread>

#include "calls.hpp"
#include "lienthong/registry/v1/registry.grpc.pb.h"
#include "lienthong/replica/v1/replica.grpc.pb.h"

namespace lienthong::bench {
namespace {

using registry::v1::RegistryService;
using replica::v1::ReplicaService;

constexpr std::chrono::seconds kDeadline{30};
/// One person of so many is asked for: a question for each would be as much load as what is
/// measured.
constexpr std::int64_t kAskedEvery = 5;

/// Shared by all persons; outlives them.
struct Sum {
  std::mutex mutex;
  std::vector<double> register_ms, visible_ms;
  std::int64_t failed = 0;
  std::string error;
  std::atomic<int> in_flight{0};
  std::atomic<std::int64_t> seen{0};
};

/// One person: registered, then perhaps asked for. Deletes itself when that is answered.
class Person {
 public:
  Person(const Options& options, RegistryService::Stub& registry, ReplicaService::Stub& replica,
         base::Ids& ids, bool is_asked_for, Sum& sum)
      : registry_(registry), replica_(replica), is_asked_for_(is_asked_for), sum_(sum) {
    const auto deadline = std::chrono::system_clock::now() + kDeadline;
    register_context_.AddMetadata("lienthong-official", options.official);
    register_context_.set_deadline(deadline);
    read_context_.set_deadline(deadline);
    Fill(turn_++, options.names.at(0), ids, &register_);
    ++sum_.in_flight;
  }

  void Start() {
    at_ = Clock::now();
    registry_.async()->RegisterCitizen(&register_context_, &register_, &citizen_,
                                       [this](const grpc::Status& status) { Registered(status); });
  }

 private:
  double Lap() {
    const auto before = at_;
    at_ = Clock::now();
    return std::chrono::duration<double, std::milli>(at_ - before).count();
  }

  void Registered(const grpc::Status& status) {
    const double milliseconds = Lap();
    if (!status.ok()) return Failed(status);
    {
      const std::lock_guard lock(sum_.mutex);
      sum_.register_ms.push_back(milliseconds);
    }
    if (!is_asked_for_) return End();
    read_.set_record_type("citizen");
    read_.set_record_id(citizen_.id());
    read_.set_min_version(1);
    read_.set_purpose("đo tốc độ");
    replica_.async()->GetRecord(&read_context_, &read_, &record_,
                                [this](const grpc::Status& read) { Answered(read); });
  }

  void Answered(const grpc::Status& status) {
    if (!status.ok()) return Failed(status);
    {
      const std::lock_guard lock(sum_.mutex);
      sum_.visible_ms.push_back(Lap());
    }
    ++sum_.seen;
    End();
  }

  void Failed(const grpc::Status& status) {
    {
      const std::lock_guard lock(sum_.mutex);
      ++sum_.failed;
      sum_.error = status.error_message();
    }
    End();
  }

  void End() {
    Sum& sum = sum_;
    delete this;
    --sum.in_flight;
  }

  static inline std::int64_t turn_ = 0;  ///< only the thread that makes persons

  RegistryService::Stub& registry_;
  ReplicaService::Stub& replica_;
  const bool is_asked_for_;
  Sum& sum_;
  Clock::time_point at_;
  grpc::ClientContext register_context_, read_context_;
  registry::v1::RegisterCitizenRequest register_;
  registry::v1::Citizen citizen_;
  replica::v1::GetRecordRequest read_;
  replica::v1::Record record_;
};

}  // namespace

int MeasureVisible(const Options& options) {
  const auto registry = RegistryService::NewStub(Connect(options, options.address));
  const auto replica = ReplicaService::NewStub(Connect(options, options.names.at(1)));
  base::RandomIds ids;
  Sum sum;
  const auto begin = Clock::now();
  const auto count = static_cast<std::int64_t>(options.seconds * options.calls_per_second);
  std::int64_t late = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    const std::chrono::duration<double> due(static_cast<double>(n) / options.calls_per_second);
    std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(due));
    // Beyond the limit the rate is not held: counted, so that it shows.
    if (sum.in_flight >= options.in_flight) ++late;
    while (sum.in_flight >= options.in_flight) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    (new Person(options, *registry, *replica, ids, n % kAskedEvery == 0, sum))->Start();
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto seen = static_cast<double>(sum.seen * kAskedEvery);
  while (sum.in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::printf(
      "{\"calls\":%zu,\"failed\":%lld,\"late\":%lld,\"calls_per_second\":%.1f,"
      "\"answered_per_second\":%.1f,%s,"
      "\"register\":{%s}}\n",
      sum.register_ms.size(), static_cast<long long>(sum.failed), static_cast<long long>(late),
      static_cast<double>(count) / seconds, seen / seconds, Percentiles(sum.visible_ms).c_str(),
      Percentiles(sum.register_ms).c_str());
  if (sum.failed != 0) std::cerr << "last error: " << sum.error << "\n";
  return sum.failed == 0 ? 0 : 1;
}

}  // namespace lienthong::bench
