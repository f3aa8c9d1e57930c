// Who gets in at all, health, reflection, metrics, and how a process says goodbye.
#include <catch2/catch.hpp>

#include <csignal>
#include <future>
#include <thread>

#include <arpa/inet.h>
#include <grpcpp/generic/generic_stub.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/pg/watchdog.hpp"
#include "support/server.hpp"

namespace lienthong::rpc {
namespace {

using namespace std::chrono_literals;
using grpc::StatusCode;
using replica::v1::GetRecordRequest;
using replica::v1::ListRecordsRequest;
using replica::v1::ListRecordsResponse;
using replica::v1::Record;
using support::Barrier;
using support::Eventually;
using support::ReasonOf;
using support::TestServer;

grpc::Status List(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  ListRecordsResponse answer;
  return replica::v1::ReplicaService::NewStub(channel)->ListRecords(&context, {}, &answer);
}

/// One message to a method whose generated code we do not have; the first answer's bytes.
std::pair<grpc::Status, std::string> Exchange(const std::shared_ptr<grpc::Channel>& channel,
                                              const std::string& method,
                                              const std::string& message) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10s);
  const auto call = stub.PrepareCall(&context, method, &queue);
  void* tag = nullptr;
  bool ok = false;
  const grpc::Slice slice(message);
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  queue.Next(&tag, &ok);
  call->Read(&answer, nullptr);
  queue.Next(&tag, &ok);
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (ok && answer.Dump(&slices).ok()) {
    for (const grpc::Slice& part : slices) {
      bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
  }
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
  return {status, bytes};
}

/// 1 = SERVING, 2 = NOT_SERVING, 0 = no answer (grpc.health.v1).
int Health(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  const std::string request =
      service.empty() ? std::string()
                      : "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
  const std::string answer = Exchange(channel, "/grpc.health.v1.Health/Check", request).second;
  return answer.size() == 2 && answer[0] == 8 ? answer[1] : 0;
}

TEST_CASE("without a certificate nobody gets in") {
  const TestServer server;
  CHECK(List(server.Channel("")).error_code() == StatusCode::UNAVAILABLE);
}

TEST_CASE("a certificate of another authority is refused") {
  const TestServer server;
  const support::Certificates other;
  other.Make("unit-H09.718", "unit-H09.718");
  // The client trusts the server, but not the other way round.
  for (const char* const file : {"unit-H09.718.crt", "unit-H09.718.key"}) {
    std::filesystem::copy_file(other.Path(file), server.pki.Path(std::string("other-") + file));
  }
  CHECK(List(server.Channel("other-unit-H09.718")).error_code() == StatusCode::UNAVAILABLE);
}

TEST_CASE("an expired certificate is refused") {
  const TestServer server;
  server.pki.Make("expired", "unit-H09.718", -1h);
  CHECK(List(server.Channel("expired")).error_code() == StatusCode::UNAVAILABLE);
}

TEST_CASE("a good certificate of an unknown system is not authenticated") {
  const TestServer server;
  const grpc::Status status = List(server.Channel("stranger"));
  CHECK(status.error_code() == StatusCode::UNAUTHENTICATED);
  CHECK(ReasonOf(status) == "SYSTEM_UNKNOWN");
}

TEST_CASE("health follows readiness, for every service, whoever asks with a certificate") {
  TestServer server;
  const auto channel = server.Channel("stranger");
  const auto all = [&](int expected) {
    for (const char* const service :
         {"", "lienthong.replica.v1.ReplicaService", "lienthong.journal.v1.JournalService",
          "lienthong.directory.v1.DirectoryService"}) {
      if (Health(channel, service) != expected) return false;
    }
    return true;
  };
  CHECK(Eventually(5s, [&] { return all(1); }));
  server.is_ready = false;
  CHECK(Eventually(5s, [&] { return all(2); }));
  CHECK(List(server.Channel()).ok());  // still answered: health is advice
  server.is_ready = true;
  CHECK(Eventually(5s, [&] { return all(1); }));
}

TEST_CASE("reflection lists the services") {
  const TestServer server;
  const auto [status, answer] = Exchange(
      server.Channel("stranger"), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      std::string("\x3a\x01*", 3));  // list_services: "*"
  CHECK(status.ok());
  CHECK(answer.find("lienthong.replica.v1.ReplicaService") != std::string::npos);
  CHECK(answer.find("grpc.health.v1.Health") != std::string::npos);
}

/// Binds nothing for long: another process could take the port, which fails the test loudly.
int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(descriptor);
  return ntohs(address.sin_port);
}

std::string HttpGet(int port, const std::string& path) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  REQUIRE(write(descriptor, request.data(), request.size()) ==
          static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(descriptor, buffer, sizeof buffer)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(size));
  }
  close(descriptor);
  return answer;
}

TEST_CASE("metrics of calls and of the process are shown") {
  const int port = FreePort();
  const TestServer server({.metrics_port = port});
  REQUIRE(List(server.Channel()).ok());
  const std::string text = HttpGet(port, "/metrics");
  for (const char* const wanted :
       {"grpc_server_started_total{", "grpc_server_handled_total{", "grpc_code=\"OK\"",
        "grpc_method=\"ListRecords\"", "grpc_service=\"lienthong.replica.v1.ReplicaService\"",
        "grpc_type=\"unary\"", "grpc_type=\"client_stream\"",
        "grpc_server_handling_seconds_bucket{", "le=\"0.0025\"", "process_resident_memory_bytes ",
        "process_cpu_seconds_total ", "process_start_time_seconds ", "process_open_fds ",
        "lienthong_build_info{version=\"",
        "lienthong_certificate_expiry_timestamp_seconds{system=\"ca\"} ",
        "lienthong_certificate_expiry_timestamp_seconds{system=\"service-replica\"} "}) {
    INFO(wanted);
    CHECK(text.find(wanted) != std::string::npos);
  }
}

TEST_CASE("while a process drains, calls under way end well and waiting ones are sent away") {
  TestServer server({.workers = 2});
  Barrier barrier;
  server.list_records = [&](auto&, auto&) {
    barrier.Pass();
    return ListRecordsResponse();
  };
  std::atomic<int> looked = 0;
  server.get_record = [&](auto&, auto&) {
    ++looked;
    return std::optional<Record>();
  };
  const auto channel = server.Channel();
  auto running = std::async(std::launch::async, [&] { return List(channel); });
  auto waiting = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    Record answer;
    return replica::v1::ReplicaService::NewStub(channel)->GetRecord(&context, {}, &answer);
  });
  REQUIRE(barrier.Arrived(1));
  REQUIRE(Eventually(5s, [&] { return looked == 1; }));
  REQUIRE(Health(channel, "") == 1);
  auto stopping = std::async(std::launch::async, [&] { server.Stop(); });
  const grpc::Status sent_away = waiting.get();
  CHECK(sent_away.error_code() == StatusCode::UNAVAILABLE);
  CHECK(ReasonOf(sent_away) == "DRAINING");
  CHECK(stopping.wait_for(100ms) == std::future_status::timeout);
  barrier.Open();
  CHECK(running.get().ok());
  stopping.get();
  CHECK(List(server.Channel()).error_code() == StatusCode::UNAVAILABLE);
}

TEST_CASE("a drain ends at its limit") {
  TestServer server({.drain_limit = 200ms});
  Barrier barrier;
  std::shared_ptr<std::atomic<bool>> cancelled;
  server.list_records = [&](const Call& call, const ListRecordsRequest&) {
    cancelled = call.cancelled;
    barrier.Pass();
    return ListRecordsResponse();
  };
  const auto channel = server.Channel();
  auto running = std::async(std::launch::async, [&] { return List(channel); });
  REQUIRE(barrier.Arrived(1));
  auto stopping = std::async(std::launch::async, [&] { server.Stop(); });
  CHECK_FALSE(running.get().ok());
  CHECK(Eventually(5s, [&] { return cancelled->load(); }));
  barrier.Open();
  stopping.get();
}

TEST_CASE("SIGTERM ends a serving process in order") {
  const support::Certificates pki;
  pki.Make("ops", "ops");
  ServerOptions options;
  options.port = FreePort();
  options.ca = pki.Path("ca.crt");
  options.certificate = pki.Path("ops.crt");
  options.key = pki.Path("ops.key");
  options.drain_grace = 10ms;
  bool drained = false;
  options.on_drain = [&] { drained = true; };
  Server server(options, {}, [] { return true; });
  std::thread serving([&] {
    Server::BlockSignals();
    server.Run();
  });
  CHECK(Eventually(
      10s, [&] { return Health(support::Connect(pki.Path(""), "ops", options.port), "") == 1; }));
  pthread_kill(serving.native_handle(), SIGTERM);
  serving.join();
  pg::Watchdog::Instance().EndBy(pg::Watchdog::Time::max());  // this process goes on
  CHECK(drained);
  CHECK(Health(support::Connect(pki.Path(""), "ops", options.port), "") == 0);
}

TEST_CASE("a server that cannot start says why") {
  const TestServer running;
  ServerOptions options;
  options.ca = running.pki.Path("ca.crt");
  options.certificate = running.pki.Path("server.crt");
  options.key = running.pki.Path("absent.key");
  const auto ready = [] { return true; };
  CHECK_THROWS_WITH(Server(options, {}, ready).Start(), Catch::Contains("absent.key"));
  options.key = running.pki.Path("server.key");
  options.port = running.Port();
  CHECK_THROWS_WITH(Server(options, {}, ready).Start(), Catch::Contains("cannot listen"));
}

}  // namespace
}  // namespace lienthong::rpc
