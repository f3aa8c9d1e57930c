// Letters that have arrived: the clerk of each unit enters one, then its head assigns it.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "calls.hpp"
#include "lienthong/document/v1/incoming.grpc.pb.h"

namespace lienthong::bench {
namespace {

using document::v1::IncomingService;

constexpr std::chrono::seconds kDeadline{30};
constexpr std::int64_t kArrivedVersion = 1;

/// A letter at a unit and who handles it there.
struct Arrival {
  std::string delivery, clerk, head, worker;
  IncomingService::Stub* stub = nullptr;
};

/// Read by all, changed by none but for the turn.
struct Desk {
  std::vector<Arrival> arrivals;
  std::map<std::string, std::unique_ptr<IncomingService::Stub>> stubs;  // of each unit's system
  google::protobuf::Timestamp deadline;
  Clock::time_point end;
  std::atomic<std::size_t> turn{0};
};

/// One call at a time, two for each letter; takes the next letter when both are answered, and ends
/// with the first call that is not answered as it should be.
class Handler {
 public:
  explicit Handler(Desk& desk) : desk_(desk) {}

  void Start() {
    const std::size_t turn = desk_.turn++;
    if (turn >= desk_.arrivals.size()) return End("no letters are left");
    arrival_ = &desk_.arrivals[turn];
    enter_.set_request_id(ids_.New());
    enter_.set_expected_version(kArrivedVersion);
    enter_.set_delivery_id(arrival_->delivery);
    arrival_->stub->async()->EnterDelivery(Prepare(arrival_->clerk), &enter_, &answer_,
                                           [this](const grpc::Status& status) {
                                             if (Take(status, document::v1::DELIVERY_STATE_ENTERED))
                                               Assign();
                                           });
  }

  /// Waits until the last call is answered.
  void Join() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return over_; });
  }

  std::vector<double> milliseconds;
  std::int64_t letters = 0;
  std::string error;

 private:
  void Assign() {
    assign_.set_request_id(ids_.New());
    assign_.set_expected_version(answer_.version());
    assign_.set_delivery_id(arrival_->delivery);
    assign_.set_opinion("Giao tham mưu triển khai");
    *assign_.mutable_deadline() = desk_.deadline;
    assign_.clear_assignments();
    auto* assignment = assign_.add_assignments();
    assignment->set_official_id(arrival_->worker);
    assignment->set_role(document::v1::TASK_ROLE_LEAD);
    assignment->set_instruction("Báo cáo kết quả trước thời hạn");
    *assignment->mutable_deadline() = desk_.deadline;
    arrival_->stub->async()->AssignDelivery(
        Prepare(arrival_->head), &assign_, &answer_, [this](const grpc::Status& status) {
          if (!Take(status, document::v1::DELIVERY_STATE_ASSIGNED)) return;
          ++letters;
          if (Clock::now() >= desk_.end) return End("");
          Start();
        });
  }

  grpc::ClientContext* Prepare(const std::string& official) {
    version_ = answer_.version();
    context_ = std::make_unique<grpc::ClientContext>();
    context_->AddMetadata("lienthong-official", official);
    context_->set_deadline(std::chrono::system_clock::now() + kDeadline);
    begun_ = Clock::now();
    return context_.get();
  }

  bool Take(const grpc::Status& status, document::v1::DeliveryState state) {
    const bool is_entering = state == document::v1::DELIVERY_STATE_ENTERED;
    const std::int64_t version = is_entering ? kArrivedVersion + 1 : version_ + 1;
    if (!status.ok()) {
      End(status.error_message());
    } else if (answer_.id() != arrival_->delivery || answer_.version() != version ||
               answer_.state() != state || answer_.arrival_code().empty()) {
      End("an answer is not the step that was asked for: " + answer_.ShortDebugString());
    } else {
      milliseconds.push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - begun_).count());
      return true;
    }
    return false;
  }

  void End(const std::string& cause) {
    const std::lock_guard lock(mutex_);
    error = cause;
    over_ = true;
    ended_.notify_all();
  }

  Desk& desk_;
  const Arrival* arrival_ = nullptr;
  Clock::time_point begun_;
  std::int64_t version_ = 0;  ///< before the call that is under way
  base::RandomIds ids_;
  std::unique_ptr<grpc::ClientContext> context_;
  document::v1::EnterDeliveryRequest enter_;
  document::v1::AssignDeliveryRequest assign_;
  document::v1::Delivery answer_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
};

/// Each line is "<delivery> <unit> <clerk> <head> <worker>".
void ReadArrivals(const Options& options, Desk* desk) {
  for (const std::string& line : ReadLines(options.names.at(0))) {
    std::istringstream words(line);
    Arrival arrival;
    std::string unit;
    words >> arrival.delivery >> unit >> arrival.clerk >> arrival.head >> arrival.worker;
    if (!words) throw std::runtime_error("not an arrival: " + line);
    auto& stub = desk->stubs[unit];
    if (stub == nullptr) {
      Options of_unit = options;
      of_unit.system = "unit-" + unit;
      stub = IncomingService::NewStub(Connect(of_unit, options.address));
    }
    arrival.stub = stub.get();
    desk->arrivals.push_back(std::move(arrival));
  }
}

}  // namespace

int MeasureArrivals(const Options& options) {
  Desk desk;
  ReadArrivals(options, &desk);
  desk.deadline.set_seconds(std::stoll(options.names.at(1)));
  const auto begin = Clock::now();
  desk.end = begin + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options.seconds));
  std::vector<std::unique_ptr<Handler>> handlers;
  for (int n = 0; n < options.in_flight; ++n) handlers.push_back(std::make_unique<Handler>(desk));
  for (auto& handler : handlers) handler->Start();
  std::vector<double> all;
  std::int64_t letters = 0;
  std::string error;
  for (auto& handler : handlers) {
    handler->Join();
    all.insert(all.end(), handler->milliseconds.begin(), handler->milliseconds.end());
    letters += handler->letters;
    if (!handler->error.empty()) error = handler->error;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf("{\"calls\":%zu,\"letters\":%lld,\"seconds\":%.3f,\"calls_per_second\":%.1f,%s}\n",
              all.size(), static_cast<long long>(letters), seconds,
              static_cast<double>(all.size()) / seconds, Percentiles(all).c_str());
  if (!error.empty()) std::cerr << error << "\n";
  return error.empty() ? 0 : 1;
}

}  // namespace lienthong::bench
