#include "support/server.hpp"

#include "lienthong/directory/v1/directory.grpc.pb.h"
#include "lienthong/journal/v1/journal.grpc.pb.h"

namespace lienthong::support {
namespace {

template <class Request>
const google::protobuf::ServiceDescriptor& ServiceOf() {
  return *Request::descriptor()->file()->service(0);
}

}  // namespace

struct TestServer::ReplicaApi final : replica::v1::ReplicaService::CallbackService {
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

struct TestServer::JournalApi final : journal::v1::JournalService::CallbackService {
  explicit JournalApi(TestServer& test) : test(test) {}
  grpc::ServerUnaryReactor* Republish(grpc::CallbackServerContext* context,
                                      const journal::v1::RepublishRequest* request,
                                      journal::v1::RepublishResponse* answer) override {
    return test.serve_journal_.Unary(__func__, context, request, answer, test.republish);
  }
  TestServer& test;
};

struct TestServer::DirectoryApi final : directory::v1::DirectoryService::CallbackService {
  explicit DirectoryApi(TestServer& test) : test(test) {}
  grpc::ServerReadReactor<directory::v1::LoadDirectoryRequest>* LoadDirectory(
      grpc::CallbackServerContext* context, directory::v1::LoadDirectoryResponse* answer) override {
    return test.serve_directory_.ClientStream<directory::v1::LoadDirectoryRequest>(
        __func__, context, answer, test.load);
  }
  TestServer& test;
};

TestServer::TestServer(Options options)
    : workers_(options.workers, options.queue_max),
      stream_workers_(options.workers, options.queue_max),
      serve_replica_(ServiceOf<replica::v1::GetRecordRequest>(), "replica", gate_, workers_,
                     stream_workers_, options.limiter, options.serve),
      serve_journal_(ServiceOf<journal::v1::RepublishRequest>(), "journal", gate_, workers_,
                     stream_workers_, options.limiter, options.serve),
      serve_directory_(ServiceOf<directory::v1::LoadDirectoryRequest>(), "directory", gate_,
                       workers_, stream_workers_, options.limiter, options.serve),
      replica_(std::make_unique<ReplicaApi>(*this)),
      journal_(std::make_unique<JournalApi>(*this)),
      directory_(std::make_unique<DirectoryApi>(*this)) {
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
  server_.emplace(serving,
                  std::vector<grpc::Service*>{replica_.get(), journal_.get(), directory_.get()},
                  [this] { return is_ready.load(); });
  server_->Start();
}

}  // namespace lienthong::support
