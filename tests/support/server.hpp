#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "lienthong/directory/v1/directory.pb.h"
#include "lienthong/journal/v1/journal.pb.h"
#include "lienthong/replica/v1/replica.grpc.pb.h"
#include "platform/access/gate.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/rpc/metrics.hpp"
#include "platform/rpc/serve.hpp"
#include "platform/rpc/server.hpp"
#include "support/certificates.hpp"
#include "support/client.hpp"
#include "support/clock.hpp"
#include "support/systems.hpp"

namespace lienthong::support {

/// A small service as a process would run it: mutual TLS, gate, workers, three gRPC services whose
/// handlers the test gives. Callers are "unit-H09.718", "service-registry", "ops".
class TestServer {
 public:
  using Call = rpc::Call;

  struct Options {
    int workers = 2;
    std::size_t queue_max = 8;
    rpc::ServeOptions serve{};
    redis::Limiter* limiter = nullptr;
    int metrics_port = 0;
    std::chrono::milliseconds drain_limit{5'000};
  };

  // What the RPCs do.
  std::function<replica::v1::ListRecordsResponse(const Call&,
                                                 const replica::v1::ListRecordsRequest&)>
      list_records = [](auto&, auto&) { return replica::v1::ListRecordsResponse(); };
  std::function<std::optional<replica::v1::Record>(const Call&,
                                                   const replica::v1::GetRecordRequest&)>
      get_record = [](auto&, auto&) { return replica::v1::Record(); };
  std::function<journal::v1::RepublishResponse(const Call&, const journal::v1::RepublishRequest&)>
      republish = [](auto&, auto&) { return journal::v1::RepublishResponse(); };
  std::function<void(const Call&, const directory::v1::LoadDirectoryRequest&,
                     directory::v1::LoadDirectoryResponse*)>
      load = [](auto&, auto&, auto*) {};
  std::atomic<bool> is_ready = true;

  TestServer() : TestServer(Options()) {}
  explicit TestServer(Options options);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::shared_ptr<grpc::Channel> Channel(const std::string& system = "unit-H09.718") const {
    return Connect(pki.Path(""), system, server_->Port());
  }
  auto Replica(const std::string& system = "unit-H09.718") const {
    return replica::v1::ReplicaService::NewStub(Channel(system));
  }
  void Notify() { serve_replica_.Notify("H09.718"); }
  void Stop() { server_->Stop(); }
  int Port() const { return server_->Port(); }

  Certificates pki;
  ManualClock clock;
  access::SnapshotHolder snapshots;

 private:
  struct ReplicaApi;
  struct JournalApi;
  struct DirectoryApi;

  kafka::Catalogue catalogue_ = MakeCatalogue("H09.718");
  access::Gate gate_{catalogue_, snapshots, clock, {}};
  rpc::Workers workers_;
  rpc::Workers stream_workers_;
  rpc::Serve serve_replica_;
  rpc::Serve serve_journal_;
  rpc::Serve serve_directory_;
  std::unique_ptr<grpc::Service> replica_, journal_, directory_;
  std::optional<rpc::Server> server_;
};

/// Makes handlers wait until the test lets them go on; opens on destruction, so that a failed test
/// ends.
class Barrier {
 public:
  ~Barrier() { Open(); }
  /// In a handler; at most 20 s.
  void Pass() {
    ++arrived_;
    opened_.wait_for(std::chrono::seconds(20));
  }
  void Open() {
    if (!open_.exchange(true)) promise_.set_value();
  }
  bool Arrived(int count) {
    return Eventually(std::chrono::seconds(10), [&] { return arrived_ >= count; });
  }
  int Arrived() const { return arrived_; }

 private:
  std::atomic<int> arrived_ = 0;
  std::atomic<bool> open_ = false;
  std::promise<void> promise_;
  std::shared_future<void> opened_ = promise_.get_future().share();
};

/// Sum of a counter over the metrics whose labels have all of these values, in this process.
inline double Counted(const std::string& family_name, const prometheus::Labels& labels) {
  double sum = 0;
  for (const auto& family : rpc::MetricsRegistry()->Collect()) {
    if (family.name != family_name) continue;
    for (const auto& metric : family.metric) {
      std::size_t found = 0;
      for (const auto& label : metric.label) {
        const auto wanted = labels.find(label.name);
        if (wanted != labels.end() && wanted->second == label.value) ++found;
      }
      if (found == labels.size()) sum += metric.counter.value;
    }
  }
  return sum;
}
/// Calls of `method` that arrived.
inline double Started(const std::string& method) {
  return Counted("grpc_server_started_total", {{"grpc_method", method}});
}
/// Calls of `method` that were answered with `code` ("OK", "Canceled").
inline double Handled(const std::string& method, const std::string& code) {
  return Counted("grpc_server_handled_total", {{"grpc_method", method}, {"grpc_code", code}});
}

}  // namespace lienthong::support
