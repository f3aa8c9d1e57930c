// Client streams: order, backpressure, errors, ends.
#include <catch2/catch.hpp>

#include "lienthong/directory/v1/directory.grpc.pb.h"
#include "support/server.hpp"

namespace lienthong::rpc {
namespace {

using namespace std::chrono_literals;
using directory::v1::DirectoryService;
using directory::v1::LoadDirectoryRequest;
using directory::v1::LoadDirectoryResponse;
using grpc::StatusCode;
using support::Barrier;
using support::Eventually;
using support::Handled;
using support::ReasonOf;
using support::TestServer;

LoadDirectoryRequest Chunk(const std::string& request_id) {
  LoadDirectoryRequest chunk;
  chunk.set_request_id(request_id);
  return chunk;
}

/// One stream of `ops`.
struct Stream {
  explicit Stream(const TestServer& server, std::chrono::milliseconds limit = 20s)
      : stub(DirectoryService::NewStub(server.Channel("ops"))) {
    context.set_deadline(std::chrono::system_clock::now() + limit);
    writer = stub->LoadDirectory(&context, &answer);
  }
  bool Write(const std::string& request_id) { return writer->Write(Chunk(request_id)); }
  grpc::Status End() {
    writer->WritesDone();
    return writer->Finish();
  }

  std::unique_ptr<DirectoryService::Stub> stub;
  grpc::ClientContext context;
  LoadDirectoryResponse answer;
  std::unique_ptr<grpc::ClientWriter<LoadDirectoryRequest>> writer;
};

TEST_CASE("messages of a stream are handled one after another, in order") {
  TestServer server;
  std::vector<std::string> seen;  // without a lock: one at a time
  std::chrono::steady_clock::time_point deadline;
  server.load = [&](const Call& call, const LoadDirectoryRequest& chunk, LoadDirectoryResponse*) {
    seen.push_back(chunk.request_id());
    deadline = call.deadline;
    CHECK(call.caller == "ops");
  };
  Stream stream(server);
  std::vector<std::string> sent;
  for (int i = 0; i < 200; ++i) {
    sent.push_back(std::to_string(i));
    REQUIRE(stream.Write(sent.back()));
  }
  CHECK(stream.End().ok());
  CHECK(seen == sent);
  CHECK(deadline - std::chrono::steady_clock::now() < 30s);
}

TEST_CASE("a stream without a message ends well") {
  TestServer server;
  Stream stream(server);
  CHECK(stream.End().ok());
}

TEST_CASE("a slow handler slows its sender: messages do not pile up here") {
  TestServer server;
  Barrier barrier;
  server.load = [&](auto&, auto&, auto*) { barrier.Pass(); };
  Stream stream(server);
  std::atomic<int> written = 0;
  auto writing = std::async(std::launch::async, [&] {
    const std::string padding(60'000, 'x');
    for (int i = 0; i < 300 && stream.Write(padding); ++i) ++written;  // 18 MB
  });
  REQUIRE(barrier.Arrived(1));
  // The sender comes to a halt: what fits between us is a few windows of HTTP/2.
  int last = -1;
  auto moved_at = std::chrono::steady_clock::now();
  CHECK(Eventually(20s, [&] {
    const auto now = std::chrono::steady_clock::now();
    if (written != last) moved_at = now;
    last = written;
    return now - moved_at > 1s;
  }));
  CHECK(written < 250);
  CHECK(barrier.Arrived() == 1);
  barrier.Open();
  writing.get();
  CHECK(stream.End().ok());
  CHECK(barrier.Arrived() == 300);
}

TEST_CASE("the first error ends a stream with its status") {
  TestServer server;
  std::atomic<int> handled = 0;
  server.load = [&](const Call&, const LoadDirectoryRequest&, LoadDirectoryResponse*) {
    if (++handled == 2) throw base::InvalidField("units[3].id", "not a code");
  };
  Stream stream(server);
  for (int i = 0; i < 5; ++i) stream.Write("x");
  const grpc::Status status = stream.End();
  CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(ReasonOf(status) == "FIELD_INVALID");
  CHECK(handled == 2);
}

TEST_CASE("a broken last message is an error, not the end of the stream") {
  TestServer server;
  std::atomic<int> handled = 0;
  server.load = [&](auto&, auto&, auto*) { ++handled; };
  Stream stream(server);
  REQUIRE(stream.Write("good"));
  REQUIRE(stream.Write("bad \xff"));
  const grpc::Status status = stream.End();
  CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(ReasonOf(status) == "FIELD_INVALID");
  CHECK(handled == 1);
}

TEST_CASE("every message of a stream is checked") {
  TestServer server;
  Stream stream(server);
  REQUIRE(stream.Write("good"));
  REQUIRE(stream.Write(std::string("a\0b", 3)));
  const grpc::Status status = stream.End();
  CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(support::DetailOf<google::rpc::BadRequest>(status).field_violations(0).field() ==
        "request_id");
}

TEST_CASE("a stream of a caller who may not is refused before its first message") {
  TestServer server;
  std::atomic<int> handled = 0;
  server.load = [&](auto&, auto&, auto*) { ++handled; };
  const auto stub = DirectoryService::NewStub(server.Channel("service-registry"));
  grpc::ClientContext context;
  LoadDirectoryResponse answer;
  const auto writer = stub->LoadDirectory(&context, &answer);
  writer->Write(Chunk("x"));
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  CHECK(status.error_code() == StatusCode::PERMISSION_DENIED);
  CHECK(ReasonOf(status) == "SYSTEM_NOT_ALLOWED");
  CHECK(handled == 0);
}

TEST_CASE("a message of 5 MB in a stream is refused, and what came before is kept") {
  TestServer server;
  std::atomic<int> handled = 0;
  server.load = [&](auto&, auto&, auto*) { ++handled; };
  Stream stream(server);
  REQUIRE(stream.Write("good"));
  stream.Write(std::string(5 * 1024 * 1024, 'x'));
  CHECK(stream.End().error_code() == StatusCode::RESOURCE_EXHAUSTED);
  CHECK(handled == 1);
}

TEST_CASE("a cancelled stream stops") {
  TestServer server;
  std::atomic<int> handled = 0;
  server.load = [&](auto&, auto&, auto*) { ++handled; };
  const double cancelled = Handled("LoadDirectory", "Canceled");
  Stream stream(server);
  REQUIRE(stream.Write("x"));
  REQUIRE(Eventually(5s, [&] { return handled == 1; }));
  stream.context.TryCancel();
  CHECK(stream.writer->Finish().error_code() == StatusCode::CANCELLED);
  CHECK(Eventually(5s, [&] { return Handled("LoadDirectory", "Canceled") == cancelled + 1; }));
}

TEST_CASE("a stream that stays open for too long is ended") {
  ServeOptions options;
  options.stream_max = 300ms;
  TestServer server({.serve = options});
  Stream stream(server);
  REQUIRE(stream.Write("x"));
  const grpc::Status status = stream.writer->Finish();  // without WritesDone: it would go on
  CHECK(status.error_code() == StatusCode::DEADLINE_EXCEEDED);
  CHECK(ReasonOf(status) == "DEADLINE_EXCEEDED");
}

TEST_CASE("streams beyond the places to wait are refused") {
  ServeOptions options;
  options.waiters_max = 0;
  TestServer server({.serve = options});
  Stream stream(server);
  const grpc::Status status = stream.End();
  CHECK(status.error_code() == StatusCode::RESOURCE_EXHAUSTED);
  CHECK(ReasonOf(status) == "QUEUE_FULL");
}

}  // namespace
}  // namespace lienthong::rpc
