// The life of a correction: requested, read by who decides, approved, found by a search. Clients
// that go on when they are answered, or a burst that goes on whatever the answers take.
#include <array>
#include <atomic>
#include <cstdio>
#include <functional>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "calls.hpp"
#include "lienthong/registry/v1/registry.grpc.pb.h"

namespace lienthong::bench {
namespace {

using registry::v1::RegistryService;

constexpr std::chrono::seconds kDeadline{30};
constexpr const char* kPurpose = "đo tốc độ";
/// Lifecycles begun in each second of a burst.
constexpr std::array kBurst{10, 150, 10, 250, 20, 350, 100};

/// Shared by all lifecycles; outlives them.
struct Sum {
  void Add(const grpc::Status& status, double lifecycle_ms) {
    const std::lock_guard lock(mutex);
    if (status.ok()) {
      milliseconds.push_back(lifecycle_ms);
    } else {
      ++failed;
      error = status.error_message();
    }
  }

  std::mutex mutex;
  std::vector<double> milliseconds;
  std::int64_t failed = 0;
  std::string error;
  std::atomic<int> in_flight{0};
};

/// Who calls, about whom. Read by all, changed by none.
struct Office {
  RegistryService::Stub& stub;
  std::string registrar, head, commune_code;
  std::vector<std::string> citizens;
};

/// Four calls, one after the other; the first refused one ends it. Deletes itself at the end, after
/// `ended`.
class Lifecycle {
 public:
  Lifecycle(const Office& office, std::int64_t turn, Sum& sum, std::function<void()> ended)
      : office_(office), sum_(sum), ended_(std::move(ended)) {
    registry::v1::RegisterCitizenRequest person;
    Fill(turn, office.commune_code, ids_, &person);
    request_.set_request_id(person.request_id());
    request_.set_citizen_id(
        office.citizens[static_cast<std::size_t>(turn) % office.citizens.size()]);
    request_.set_full_name(person.citizen().full_name());
    request_.set_reason("Sai họ tên so với giấy khai sinh");
    ++sum_.in_flight;
  }

  void Start() {
    Prepare(0, office_.registrar);
    office_.stub.async()->RequestCorrection(
        &contexts_[0], &request_, &correction_,
        [this](const grpc::Status& status) { status.ok() ? Read() : End(status); });
  }

 private:
  void Prepare(std::size_t step, const std::string& official) {
    contexts_[step].AddMetadata("lienthong-official", official);
    contexts_[step].set_deadline(std::chrono::system_clock::now() + kDeadline);
  }
  void Read() {
    Prepare(1, office_.head);
    read_.set_citizen_id(request_.citizen_id());
    read_.set_purpose(kPurpose);
    office_.stub.async()->GetCitizen(
        &contexts_[1], &read_, &citizen_,
        [this](const grpc::Status& status) { status.ok() ? Approve() : End(status); });
  }
  void Approve() {
    Prepare(2, office_.head);
    decide_.set_request_id(ids_.New());
    decide_.set_correction_id(correction_.id());
    office_.stub.async()->ApproveCorrection(
        &contexts_[2], &decide_, &correction_,
        [this](const grpc::Status& status) { status.ok() ? Find() : End(status); });
  }
  void Find() {
    Prepare(3, office_.registrar);
    find_.set_purpose(kPurpose);
    find_.set_name(request_.full_name());
    office_.stub.async()->FindCitizens(
        &contexts_[3], &find_, &found_, [this](const grpc::Status& status) {
          End(status.ok() && found_.citizens().empty()
                  ? grpc::Status(grpc::StatusCode::NOT_FOUND, "a search found nobody")
                  : status);
        });
  }
  void End(const grpc::Status& status) {
    const std::chrono::duration<double, std::milli> spent = Clock::now() - begun_;
    Sum& sum = sum_;
    sum.Add(status, spent.count());
    const auto ended = std::move(ended_);
    delete this;
    ended();
    --sum.in_flight;
  }

  const Office& office_;
  Sum& sum_;
  std::function<void()> ended_;
  base::RandomIds ids_;
  const Clock::time_point begun_ = Clock::now();
  std::array<grpc::ClientContext, 4> contexts_;
  registry::v1::RequestCorrectionRequest request_;
  registry::v1::Correction correction_;
  registry::v1::GetCitizenRequest read_;
  registry::v1::Citizen citizen_;
  registry::v1::DecideCorrectionRequest decide_;
  registry::v1::FindCitizensRequest find_;
  registry::v1::FindCitizensResponse found_;
};

/// Each client has persons of its own: `clients` apart.
void StartClient(const Office& office, std::int64_t turn, std::int64_t clients,
                 Clock::time_point end, Sum& sum) {
  auto* const lifecycle = new Lifecycle(office, turn, sum, [&office, turn, clients, end, &sum] {
    if (Clock::now() < end) StartClient(office, turn + clients, clients, end, sum);
  });
  lifecycle->Start();
}

void StartBurst(const Office& office, Sum& sum) {
  const auto begin = Clock::now();
  std::int64_t turn = 0;
  for (std::size_t second = 0; second < kBurst.size(); ++second) {
    for (int n = 0; n < kBurst[second]; ++n) {
      const std::chrono::duration<double> due(static_cast<double>(second) +
                                              static_cast<double>(n) / kBurst[second]);
      std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(due));
      (new Lifecycle(office, turn++, sum, [] {}))->Start();
    }
  }
  std::this_thread::sleep_until(begin + std::chrono::seconds(kBurst.size()));
}

}  // namespace

int MeasureLifecycles(const Options& options) {
  const auto stub = RegistryService::NewStub(Connect(options, options.address));
  const Office office{*stub, options.official, options.names.at(1), options.names.at(2),
                      ReadLines(options.names.at(0))};
  const bool is_burst = options.rpc == "burst";
  std::int64_t least = options.in_flight;
  for (const int count : kBurst) least += is_burst ? count : 0;
  if (office.citizens.size() < static_cast<std::size_t>(least)) {
    throw std::runtime_error("lifecycles need " + std::to_string(least) + " persons");
  }
  Sum sum;
  const auto begin = Clock::now();
  if (is_burst) {
    StartBurst(office, sum);
  } else {
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(options.seconds));
    // A whole number of rounds over the persons: no two clients ever meet at one.
    const auto rest = static_cast<std::int64_t>(office.citizens.size()) % options.in_flight;
    Office even = office;
    even.citizens.resize(office.citizens.size() - static_cast<std::size_t>(rest));
    for (int n = 0; n < options.in_flight; ++n) {
      StartClient(even, n, options.in_flight, end, sum);
    }
    while (sum.in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto all_begun = Clock::now();
  while (sum.in_flight > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const std::chrono::duration<double> emptied = Clock::now() - all_begun,
                                      all = Clock::now() - begin;
  std::printf(
      "{\"lifecycles\":%zu,\"failed\":%lld,\"lifecycles_per_second\":%.2f,"
      "\"emptied_seconds\":%.3f,%s}\n",
      sum.milliseconds.size(), static_cast<long long>(sum.failed),
      static_cast<double>(sum.milliseconds.size()) / all.count(), emptied.count(),
      Percentiles(sum.milliseconds).c_str());
  if (sum.failed != 0) std::cerr << "last error: " << sum.error << "\n";
  return sum.failed == 0 || is_burst ? 0 : 1;  // a burst counts its failures
}

}  // namespace lienthong::bench
