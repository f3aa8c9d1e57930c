// A load generator; prints one JSON line with calls per second and latency percentiles. Used by
// tools/bench.
//
//   bench_load <rpc> <address> <pki> <system> <official> <in flight> <seconds> <calls/s> <name>...
//
// rpc: register (RegisterCitizen in the commune of the code <name>), find (FindCitizens with the
// names in turn) and empty (GetEnterprise, of bench_echo) keep <in flight> calls going for some
// seconds; calls/s 0 = as fast as they are answered. refused: register, but the mother of every
// tenth is nobody, and it must be refused. move: MoveCitizen of the persons whose ids are
// in the file <name>, within the commune of the second name, each as often as the third says.
// visible: see MeasureVisible; the names are a commune's code and the replica's address.
// lifecycle, burst: see MeasureLifecycles. arrivals: see MeasureArrivals. tickets: see
// MeasureTickets.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <limits>
#include <mutex>
#include <thread>

#include "calls.hpp"
#include "lienthong/registry/v1/registry.grpc.pb.h"

namespace lienthong::bench {
namespace {

using registry::v1::RegistryService;

constexpr std::int64_t kRefusedEvery = 10;
constexpr const char* kNobody = "019a2b3c-0000-7000-8000-000000000001";

/// One call at a time; starts the next when it is answered.
class Caller {
 public:
  Caller(const Options& options, RegistryService::Stub& stub, std::atomic<std::int64_t>& turn,
         std::int64_t turns_max, Clock::time_point end)
      : options_(options), stub_(stub), turn_(turn), turns_max_(turns_max), end_(end) {
    if (options.rpc == "move") citizens_ = ReadLines(options.names.front());
  }

  void Start() {
    const std::int64_t turn = turn_++;
    if (turn >= turns_max_) return End();
    context_ = std::make_unique<grpc::ClientContext>();
    context_->AddMetadata("lienthong-official", options_.official);
    begun_ = Clock::now();
    const auto done = [this](const grpc::Status& status) { Done(status); };
    if (options_.rpc == "register" || options_.rpc == "refused") {
      Fill(turn, options_.names.front(), ids_, &register_);
      is_refused_ = options_.rpc == "refused" && turn % kRefusedEvery == 0;
      register_.mutable_citizen()->clear_mother_id();
      if (is_refused_) register_.mutable_citizen()->set_mother_id(kNobody);
      stub_.async()->RegisterCitizen(context_.get(), &register_, &citizen_, done);
    } else if (options_.rpc == "move") {
      Fill(turn, options_.names.at(1), ids_, &register_);
      move_.set_request_id(register_.request_id());
      move_.set_citizen_id(citizens_[static_cast<std::size_t>(turn) % citizens_.size()]);
      *move_.mutable_address() = register_.citizen().address();
      stub_.async()->MoveCitizen(context_.get(), &move_, &citizen_, done);
    } else if (options_.rpc == "empty") {
      stub_.async()->GetEnterprise(context_.get(), &empty_, &enterprise_, done);
    } else {
      find_.set_purpose("đo tốc độ");
      find_.set_name(options_.names[static_cast<std::size_t>(turn) % options_.names.size()]);
      stub_.async()->FindCitizens(context_.get(), &find_, &found_, done);
    }
  }

  /// Waits until the last call is answered.
  void Join() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return over_; });
  }

  std::vector<double> milliseconds;
  std::int64_t failed = 0;
  std::string error;

 private:
  void Done(const grpc::Status& status) {
    if (status.ok() && options_.rpc == "find" && found_.citizens().empty()) {
      ++failed;  // the time of an empty page would say nothing
      error = "a search found nobody";
    } else if (is_refused_ ? status.error_code() == grpc::StatusCode::INVALID_ARGUMENT
                           : status.ok()) {
      milliseconds.push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - begun_).count());
    } else {
      ++failed;
      error = status.error_message();
    }
    if (Clock::now() < end_) {
      Pace();
      return Start();
    }
    End();
  }

  void End() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    ended_.notify_all();
  }

  void Pace() const {
    if (options_.calls_per_second <= 0) return;
    const std::chrono::duration<double> interval(options_.in_flight / options_.calls_per_second);
    std::this_thread::sleep_until(begun_ + std::chrono::duration_cast<Clock::duration>(interval));
  }

  const Options& options_;
  RegistryService::Stub& stub_;
  std::atomic<std::int64_t>& turn_;
  std::int64_t turns_max_;
  bool is_refused_ = false;  ///< the call that is under way is to be refused
  Clock::time_point end_, begun_;
  base::RandomIds ids_;
  std::vector<std::string> citizens_;
  std::unique_ptr<grpc::ClientContext> context_;
  registry::v1::RegisterCitizenRequest register_;
  registry::v1::Citizen citizen_;
  registry::v1::FindCitizensRequest find_;
  registry::v1::FindCitizensResponse found_;
  registry::v1::MoveCitizenRequest move_;
  registry::v1::GetEnterpriseRequest empty_;
  registry::v1::Enterprise enterprise_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
};

int MeasureCalls(const Options& options) {
  const auto stub = RegistryService::NewStub(Connect(options, options.address));
  std::atomic<std::int64_t> turn{0};
  std::int64_t turns_max = std::numeric_limits<std::int64_t>::max();
  if (options.rpc == "move") {
    turns_max = static_cast<std::int64_t>(ReadLines(options.names.at(0)).size()) *
                std::stoll(options.names.at(2));
  }
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(options.seconds));
  std::vector<std::unique_ptr<Caller>> callers;
  for (int n = 0; n < options.in_flight; ++n) {
    callers.push_back(std::make_unique<Caller>(options, *stub, turn, turns_max, end));
  }
  for (auto& caller : callers) caller->Start();
  std::vector<double> all;
  std::int64_t failed = 0;
  std::string error;
  for (auto& caller : callers) {
    caller->Join();
    all.insert(all.end(), caller->milliseconds.begin(), caller->milliseconds.end());
    failed += caller->failed;
    if (!caller->error.empty()) error = caller->error;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf("{\"calls\":%zu,\"failed\":%lld,\"seconds\":%.3f,\"calls_per_second\":%.1f,%s}\n",
              all.size(), static_cast<long long>(failed), seconds,
              static_cast<double>(all.size()) / seconds, Percentiles(all).c_str());
  if (failed != 0) std::cerr << "last error: " << error << "\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lienthong::bench

int main(int argc, char** argv) try {
  if (argc < 10) {
    std::cerr
        << "bench_load "
           "<register|refused|find|empty|move|visible|lifecycle|burst|upload|arrivals|tickets> "
           "<address> <pki> <system> <official> <in flight> <seconds> <calls/s or 0> <name>...\n";
    return 2;
  }
  lienthong::bench::Options options{argv[1],
                                    argv[2],
                                    argv[3],
                                    argv[4],
                                    argv[5],
                                    std::atoi(argv[6]),
                                    std::atof(argv[7]),
                                    std::atof(argv[8]),
                                    {}};
  for (int n = 9; n < argc; ++n) options.names.emplace_back(argv[n]);
  if (options.rpc == "visible") return lienthong::bench::MeasureVisible(options);
  if (options.rpc == "arrivals") return lienthong::bench::MeasureArrivals(options);
  if (options.rpc == "tickets") return lienthong::bench::MeasureTickets(options);
  if (options.rpc == "upload") return lienthong::bench::MeasureUpload(options);
  if (options.rpc == "lifecycle" || options.rpc == "burst") {
    return lienthong::bench::MeasureLifecycles(options);
  }
  return lienthong::bench::MeasureCalls(options);
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 2;
}
