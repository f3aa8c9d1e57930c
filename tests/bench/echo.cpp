// Answers GetEnterprise with an empty record, until SIGTERM: an empty call through our server, or
// through gRPC's callback API alone.
//
//   bench_echo <ours|plain> <port> <pki> <catalogue> <redis> <unit> <official>
//
// ours: mutual TLS, workers, gate (the unit is active, the official holds a position that grants
// enterprise.read), deadline, quota by Redis, metrics, as in a service; no database. plain: mutual
// TLS and a reactor that is finished at once. Both serve under the registry's certificate.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include <grpcpp/grpcpp.h>

#include "calls.hpp"
#include "lienthong/registry/v1/registry.grpc.pb.h"
#include "platform/access/gate.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/serve.hpp"
#include "platform/rpc/server.hpp"

namespace lienthong::bench {
namespace {

using registry::v1::Enterprise;
using registry::v1::GetEnterpriseRequest;
using Context = grpc::CallbackServerContext;

// As the registry has them.
constexpr int kWorkers = 16;
constexpr std::size_t kQueueMax = 1000;
/// The largest that a service takes: counted as ever, never reached.
constexpr std::int64_t kQuotaPerSecond = 1'000'000;
constexpr const char* kPosition = "reader";
constexpr const char* kSince = "2019-01-01";

class OurApi final : public registry::v1::RegistryService::CallbackService {
 public:
  explicit OurApi(rpc::Serve& serve) : serve_(serve) {}
  grpc::ServerUnaryReactor* GetEnterprise(Context* context, const GetEnterpriseRequest* request,
                                          Enterprise* answer) override {
    return serve_.Unary(__func__, context, request, answer,
                        [](const rpc::Call&, const GetEnterpriseRequest&) { return Enterprise(); });
  }

 private:
  rpc::Serve& serve_;
};

class PlainApi final : public registry::v1::RegistryService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetEnterprise(Context* context, const GetEnterpriseRequest*,
                                          Enterprise*) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

/// A unit, and an official who may read there.
void Fill(access::SnapshotHolder& snapshots, const base::Clock& clock, const std::string& unit,
          const std::string& official) {
  snapshots.Update([&](access::Snapshot& snapshot) {
    snapshot.Set("unit", unit, R"({"id":")" + unit + R"(","validFrom":")" + kSince + "\"}");
    snapshot.Set("position", kPosition,
                 std::string(R"({"id":")") + kPosition +
                     R"(","permissions":["directory.read","enterprise.read"]})");
    snapshot.Set("official", official,
                 R"({"id":")" + official + R"(","appointments":[{"unitId":")" + unit +
                     R"(","positionId":")" + kPosition + R"(","startsAt":")" + kSince +
                     R"(T00:00:00Z"}]})");
  });
  snapshots.Verified(clock.MachineNow());
}

int ServeOurs(rpc::ServerOptions serving, const std::string& catalogue_path,
              const std::string& redis, const std::string& unit, const std::string& official) {
  const auto catalogue = kafka::Catalogue::Load(catalogue_path);
  const base::SystemClock clock(std::chrono::seconds(0));
  access::SnapshotHolder snapshots;
  Fill(snapshots, clock, unit, official);
  const access::Gate gate(catalogue, snapshots, clock, {});
  redis::Limiter limiter(redis, "bench");
  rpc::Workers workers(kWorkers, kQueueMax), stream_workers(1, kQueueMax);
  rpc::ServeOptions options;
  options.quota.calls_max = kQuotaPerSecond;
  rpc::Serve serve(*GetEnterpriseRequest::descriptor()->file()->service(0), "registry", gate,
                   workers, stream_workers, &limiter, options);
  OurApi api(serve);
  serving.on_drain = [&] { serve.Drain(); };
  rpc::Server server(serving, {&api}, [] { return true; });
  server.Run();
  return 0;
}

int ServePlain(const rpc::ServerOptions& serving) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = ReadFile(serving.ca);
  tls.pem_key_cert_pairs.push_back({ReadFile(serving.key), ReadFile(serving.certificate)});
  PlainApi api;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(serving.host + ":" + std::to_string(serving.port),
                           grpc::SslServerCredentials(tls));
  builder.RegisterService(&api);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}

}  // namespace
}  // namespace lienthong::bench

int main(int argc, char** argv) try {
  using namespace lienthong;
  if (argc != 8) {
    std::cerr << "bench_echo <ours|plain> <port> <pki> <catalogue> <redis> <unit> <official>\n";
    return 2;
  }
  rpc::Server::BlockSignals();
  const std::string pki = argv[3];
  rpc::ServerOptions serving;
  serving.port = std::atoi(argv[2]);
  serving.ca = pki + "/ca.crt";
  serving.certificate = pki + "/service-registry.crt";
  serving.key = pki + "/service-registry.key";
  if (std::string(argv[1]) == "plain") return bench::ServePlain(serving);
  return bench::ServeOurs(serving, argv[4], argv[5], argv[6], argv[7]);
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
