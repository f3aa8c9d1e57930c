#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "lienthong/directory/v1/directory.grpc.pb.h"
#include "lienthong/journal/v1/journal.grpc.pb.h"
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
  explicit TestServer(Options options)
      : workers_(options.workers, options.queue_max),
        stream_workers_(options.workers, options.queue_max),
        serve_replica_(ServiceOf<replica::v1::GetRecordRequest>(), "replica", gate_, workers_,
                       stream_workers_, options.limiter, options.serve),
        serve_journal_(ServiceOf<journal::v1::RepublishRequest>(), "journal", gate_, workers_,
                       stream_workers_, options.limiter, options.serve),
        serve_directory_(ServiceOf<directory::v1::LoadDirectoryRequest>(), "directory", gate_,
                         workers_, stream_workers_, options.limiter, options.serve) {
    pki.Make("server", "service-replica");
    for (const char* const name : {"unit-H09.718", "service-registry", "ops", "stranger"}) {
      pki.Make(name, name);
    }
    snapshots.Update([](access::Snapshot& snapshot) {
      snapshot.Set("unit", "H09.718", R"({"id":"H09.718","validFrom":"2019-01-01"})");
    });
    snapshots.Verified(clock.MachineNow());
    rpc::ServerOptions serving;
    serving.ca = pki.Path("ca.crt");
    serving.certificate = pki.Path("server.crt");
    serving.key = pki.Path("server.key");
    serving.metrics_port = options.metrics_port;
    serving.drain_grace = std::chrono::milliseconds(100);
    serving.drain_limit = options.drain_limit;
    serving.on_drain = [this] {
      serve_replica_.Drain(), serve_journal_.Drain(), serve_directory_.Drain();
    };
    server_.emplace(serving, std::vector<grpc::Service*>{&replica_, &journal_, &directory_},
                    [this] { return is_ready.load(); });
    server_->Start();
  }
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
  template <class Request>
  static const google::protobuf::ServiceDescriptor& ServiceOf() {
    return *Request::descriptor()->file()->service(0);
  }

  struct ReplicaApi final : replica::v1::ReplicaService::CallbackService {
    explicit ReplicaApi(TestServer& test) : test(test) {}
    grpc::ServerUnaryReactor* ListRecords(grpc::CallbackServerContext* context,
                                          const replica::v1::ListRecordsRequest* request,
                                          replica::v1::ListRecordsResponse* answer) override {
      return test.serve_replica_.Unary(__func__, context, request, answer, test.list_records);
    }
    grpc::ServerUnaryReactor* GetRecord(grpc::CallbackServerContext* context,
                                        const replica::v1::GetRecordRequest* request,
                                        replica::v1::Record* answer) override {
      return test.serve_replica_.Waiting(__func__, context, request, answer, test.get_record, [] {
        return base::Unavailable("VERSION_NOT_REACHED", "not in time");
      });
    }
    TestServer& test;
  };
  struct JournalApi final : journal::v1::JournalService::CallbackService {
    explicit JournalApi(TestServer& test) : test(test) {}
    grpc::ServerUnaryReactor* Republish(grpc::CallbackServerContext* context,
                                        const journal::v1::RepublishRequest* request,
                                        journal::v1::RepublishResponse* answer) override {
      return test.serve_journal_.Unary(__func__, context, request, answer, test.republish);
    }
    TestServer& test;
  };
  struct DirectoryApi final : directory::v1::DirectoryService::CallbackService {
    explicit DirectoryApi(TestServer& test) : test(test) {}
    grpc::ServerReadReactor<directory::v1::LoadDirectoryRequest>* LoadDirectory(
        grpc::CallbackServerContext* context,
        directory::v1::LoadDirectoryResponse* answer) override {
      return test.serve_directory_.ClientStream<directory::v1::LoadDirectoryRequest>(
          __func__, context, answer, test.load);
    }
    TestServer& test;
  };

  kafka::Catalogue catalogue_ = MakeCatalogue("H09.718");
  access::Gate gate_{catalogue_, snapshots, clock, {}};
  rpc::Workers workers_;
  rpc::Workers stream_workers_;
  rpc::Serve serve_replica_;
  rpc::Serve serve_journal_;
  rpc::Serve serve_directory_;
  ReplicaApi replica_{*this};
  JournalApi journal_{*this};
  DirectoryApi directory_{*this};
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
