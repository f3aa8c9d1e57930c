// A closed-loop load generator: keeps a number of calls in flight for some seconds and prints one
// JSON line with calls per second and latency percentiles. Used by tools/bench.
//
//   bench_load <rpc> <address> <pki> <system> <official> <in flight> <seconds> <calls/s or 0> [name...]
//
// rpc: register (RegisterCitizen in the commune named by the first name), find (FindCitizens with
// the names in turn).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

#include <grpcpp/grpcpp.h>

#include "lienthong/registry/v1/registry.grpc.pb.h"
#include "platform/base/id.hpp"

namespace {

using lienthong::registry::v1::Citizen;
using lienthong::registry::v1::FindCitizensRequest;
using lienthong::registry::v1::FindCitizensResponse;
using lienthong::registry::v1::RegisterCitizenRequest;
using lienthong::registry::v1::RegistryService;
using Clock = std::chrono::steady_clock;

struct Options {
  std::string rpc, address, pki, system, official;
  int in_flight = 1;
  double seconds = 1;
  double calls_per_second = 0;  ///< 0 = as fast as they are answered
  std::vector<std::string> names;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// One call at a time; starts the next when it is answered.
class Caller {
 public:
  Caller(const Options& options, RegistryService::Stub& stub, std::atomic<std::int64_t>& turn,
         Clock::time_point end)
      : options_(options), stub_(stub), turn_(turn), end_(end) {}

  void Start() {
    const std::int64_t turn = turn_++;
    context_ = std::make_unique<grpc::ClientContext>();
    context_->AddMetadata("lienthong-official", options_.official);
    begun_ = Clock::now();
    const auto done = [this](const grpc::Status& status) { Done(status); };
    if (options_.rpc == "register") {
      Fill(turn);
      stub_.async()->RegisterCitizen(context_.get(), &register_, &citizen_, done);
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
  void Fill(std::int64_t turn) {
    static const char* const kFamily[] = {"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ"};
    static const char* const kGiven[] = {"An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Lan"};
    register_.set_request_id(ids_.New());
    auto* citizen = register_.mutable_citizen();
    citizen->set_full_name(std::string(kFamily[turn % 6]) + " Văn " + kGiven[turn % 7]);
    citizen->set_birth_date("2019-07-0" + std::to_string(1 + turn % 9));
    citizen->set_sex(lienthong::registry::v1::SEX_MALE);
    citizen->mutable_address()->set_text("Khu phố 3");
    citizen->mutable_address()->set_commune_code(options_.names.at(0));
  }

  void Done(const grpc::Status& status) {
    if (status.ok()) {
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
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    ended_.notify_all();
  }

  void Pace() const {
    if (options_.calls_per_second <= 0) return;
    const auto interval = std::chrono::duration<double>(options_.in_flight /
                                                        options_.calls_per_second);
    std::this_thread::sleep_until(begun_ + std::chrono::duration_cast<Clock::duration>(interval));
  }

  const Options& options_;
  RegistryService::Stub& stub_;
  std::atomic<std::int64_t>& turn_;
  Clock::time_point end_, begun_;
  lienthong::base::RandomIds ids_;
  std::unique_ptr<grpc::ClientContext> context_;
  RegisterCitizenRequest register_;
  Citizen citizen_;
  FindCitizensRequest find_;
  FindCitizensResponse found_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
};

double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

int Run(const Options& options) {
  grpc::SslCredentialsOptions tls{ReadFile(options.pki + "/ca.crt"),
                                  ReadFile(options.pki + "/" + options.system + ".key"),
                                  ReadFile(options.pki + "/" + options.system + ".crt")};
  const auto channel = grpc::CreateChannel(options.address, grpc::SslCredentials(tls));
  const auto stub = RegistryService::NewStub(channel);
  std::atomic<std::int64_t> turn{0};
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(options.seconds));
  std::vector<std::unique_ptr<Caller>> callers;
  for (int n = 0; n < options.in_flight; ++n) {
    callers.push_back(std::make_unique<Caller>(options, *stub, turn, end));
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
  std::sort(all.begin(), all.end());
  std::printf("{\"calls\":%zu,\"failed\":%lld,\"seconds\":%.3f,\"calls_per_second\":%.1f,"
              "\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
              all.size(), static_cast<long long>(failed), seconds,
              static_cast<double>(all.size()) / seconds, Percentile(all, 0.5),
              Percentile(all, 0.99));
  if (failed != 0) std::cerr << "last error: " << error << "\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 10) {
    std::cerr << "bench_load <register|find> <address> <pki> <system> <official> <in flight>"
                 " <seconds> <calls/s or 0> <name>...\n";
    return 2;
  }
  Options options{argv[1], argv[2], argv[3], argv[4], argv[5], std::atoi(argv[6]),
                  std::atof(argv[7]), std::atof(argv[8]), {}};
  for (int n = 9; n < argc; ++n) options.names.emplace_back(argv[n]);
  try {
    return Run(options);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
