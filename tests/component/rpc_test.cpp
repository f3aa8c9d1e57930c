// What every call is promised, through generated stubs and mutual TLS: deadline, cancellation,
// limits, checks, errors, waiting.
#include <catch2/catch.hpp>

#include <future>

#include <pqxx/pqxx>

#include "lienthong/journal/v1/journal.grpc.pb.h"
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
using support::Handled;
using support::ReasonOf;
using support::Started;
using support::TestServer;
using ReplicaStub = replica::v1::ReplicaService::Stub;

struct Client {
  grpc::ClientContext context;
  grpc::Status List(ReplicaStub& stub) {
    ListRecordsResponse answer;
    return stub.ListRecords(&context, ListRecordsRequest(), &answer);
  }
  grpc::Status Get(ReplicaStub& stub) {
    Record answer;
    return stub.GetRecord(&context, GetRecordRequest(), &answer);
  }
  Client& Deadline(std::chrono::milliseconds after) {
    context.set_deadline(std::chrono::system_clock::now() + after);
    return *this;
  }
};

grpc::Status List(ReplicaStub& stub) { return Client().List(stub); }

/// Calls in the background; joined at the end.
std::future<grpc::Status> ListLater(Client& client, ReplicaStub& stub) {
  return std::async(std::launch::async, [&] { return client.List(stub); });
}

grpc::Status Republish(const TestServer& server, const journal::v1::RepublishRequest& request) {
  grpc::ClientContext context;
  journal::v1::RepublishResponse answer;
  return journal::v1::JournalService::NewStub(server.Channel())
      ->Republish(&context, request, &answer);
}

std::string FieldOf(const grpc::Status& status) {
  const auto bad_request = support::DetailOf<google::rpc::BadRequest>(status);
  return bad_request.field_violations_size() == 1 ? bad_request.field_violations(0).field() : "";
}

TEST_CASE("a handler knows who calls, under which trace, and until when") {
  TestServer server;
  Call seen;
  server.list_records = [&](const Call& call, const ListRecordsRequest&) {
    seen = call;
    return ListRecordsResponse();
  };
  const auto stub = server.Replica();
  const std::string traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  Client client;
  client.context.AddMetadata("traceparent", traceparent);
  const auto before = std::chrono::steady_clock::now();
  REQUIRE(client.List(*stub).ok());
  CHECK(seen.rpc == "/lienthong.replica.v1.ReplicaService/ListRecords");
  CHECK(seen.system == "unit-H09.718");
  CHECK(seen.caller == "H09.718");
  CHECK(seen.traceparent == traceparent);
  CHECK(seen.time == server.clock.BusinessNow());
  CHECK(seen.deadline - before > 9s);  // 10 s where the caller names none
  CHECK(seen.deadline - before < 11s);
  CHECK_FALSE(seen.cancelled->load());

  REQUIRE(Client().Deadline(10min).List(*stub).ok());
  CHECK(seen.deadline - std::chrono::steady_clock::now() > 28s);  // never more than 30 s
  CHECK(seen.deadline - std::chrono::steady_clock::now() < 31s);
  CHECK(seen.traceparent.size() == 55);  // made here
  REQUIRE(Client().Deadline(5s).List(*stub).ok());
  CHECK(seen.deadline - std::chrono::steady_clock::now() < 6s);  // gRPC rounds up on its way
}

TEST_CASE("a call whose deadline passes in the queue is not started") {
  TestServer server({.workers = 1});
  Barrier barrier;
  server.list_records = [&](const Call&, const ListRecordsRequest&) {
    barrier.Pass();
    return ListRecordsResponse();
  };
  const auto stub = server.Replica();
  const double expired = Handled("ListRecords", "DeadlineExceeded");
  Client first;
  auto running = ListLater(first, *stub);
  REQUIRE(barrier.Arrived(1));
  CHECK(Client().Deadline(100ms).List(*stub).error_code() == StatusCode::DEADLINE_EXCEEDED);
  // The server counts from the arrival, and gRPC rounds up on the way: its deadline is a bit later.
  const auto later = std::chrono::steady_clock::now() + 500ms;
  REQUIRE(Eventually(5s, [&] { return std::chrono::steady_clock::now() > later; }));
  barrier.Open();
  CHECK(running.get().ok());
  CHECK(Eventually(5s, [&] { return Handled("ListRecords", "DeadlineExceeded") == expired + 1; }));
  CHECK(barrier.Arrived() == 1);
}

TEST_CASE("a call cancelled in the queue is not started, and a running one is told") {
  TestServer server({.workers = 1});
  Barrier barrier;
  Call seen;
  server.list_records = [&](const Call& call, const ListRecordsRequest&) {
    seen = call;
    barrier.Pass();
    return ListRecordsResponse();
  };
  const auto stub = server.Replica();
  const double cancelled = Handled("ListRecords", "Canceled");
  const double started = Started("ListRecords");
  Client first, second;
  auto running = ListLater(first, *stub);
  REQUIRE(barrier.Arrived(1));
  auto queued = ListLater(second, *stub);
  REQUIRE(Eventually(5s, [&] { return Started("ListRecords") == started + 2; }));
  second.context.TryCancel();
  CHECK(queued.get().error_code() == StatusCode::CANCELLED);
  first.context.TryCancel();
  CHECK(running.get().error_code() == StatusCode::CANCELLED);
  CHECK(Eventually(5s, [&] { return seen.cancelled->load(); }));
  barrier.Open();
  CHECK(List(*stub).ok());
  CHECK(barrier.Arrived() == 2);  // the first and the last
  CHECK(Handled("ListRecords", "Canceled") == cancelled + 1);
}

TEST_CASE("a full queue refuses at once and says when to come again") {
  TestServer server({.workers = 1, .queue_max = 1});
  Barrier barrier;
  server.list_records = [&](const Call&, const ListRecordsRequest&) {
    barrier.Pass();
    return ListRecordsResponse();
  };
  const auto stub = server.Replica();
  Client first, second, third;
  auto running = ListLater(first, *stub);
  REQUIRE(barrier.Arrived(1));
  // Of two more, one has a place in the queue.
  auto one = ListLater(second, *stub);
  auto other = ListLater(third, *stub);
  REQUIRE(Eventually(5s, [&] {
    return one.wait_for(0s) == std::future_status::ready ||
           other.wait_for(0s) == std::future_status::ready;
  }));
  auto& refused = one.wait_for(0s) == std::future_status::ready ? one : other;
  auto& queued = &refused == &one ? other : one;
  const grpc::Status status = refused.get();
  CHECK(status.error_code() == StatusCode::RESOURCE_EXHAUSTED);
  CHECK(ReasonOf(status) == "QUEUE_FULL");
  CHECK(support::DetailOf<google::rpc::RetryInfo>(status).retry_delay().nanos() > 0);
  barrier.Open();
  CHECK(running.get().ok());
  CHECK(queued.get().ok());
}

TEST_CASE("a system past its quota is refused, others are not") {
  redis::Limiter limiter("127.0.0.1:1", "test");  // no Redis there: it counts in this process
  ServeOptions options;
  options.quota = {3, 60s};
  TestServer server({.serve = options, .limiter = &limiter});
  const auto stub = server.Replica();
  for (int i = 0; i < 3; ++i) CHECK(List(*stub).ok());
  const grpc::Status status = List(*stub);
  CHECK(status.error_code() == StatusCode::RESOURCE_EXHAUSTED);
  CHECK(ReasonOf(status) == "QUOTA_EXCEEDED");
  CHECK(support::DetailOf<google::rpc::RetryInfo>(status).has_retry_delay());
  journal::v1::RepublishResponse answer;
  grpc::ClientContext context;
  CHECK(journal::v1::JournalService::NewStub(server.Channel("service-registry"))
            ->Republish(&context, {}, &answer)
            .ok());
}

TEST_CASE("text that is not UTF-8 is refused before the handler") {
  TestServer server;
  std::atomic<int> handled = 0;
  server.republish = [&](auto&, auto&) {
    ++handled;
    return journal::v1::RepublishResponse();
  };
  const double refused = Handled("Republish", "InvalidArgument");
  journal::v1::RepublishRequest request;
  request.add_keys("citizen/\xff");
  const grpc::Status status = Republish(server, request);
  CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
  CHECK(ReasonOf(status) == "FIELD_INVALID");
  CHECK(support::DetailOf<google::rpc::ErrorInfo>(status).domain() == "journal");
  CHECK(Handled("Republish", "InvalidArgument") == refused + 1);
  CHECK(handled == 0);
}

TEST_CASE("U+0000, over-long text and unknown enum values are refused with the field's path") {
  TestServer server;
  std::atomic<int> handled = 0;
  server.republish = [&](auto&, auto&) {
    ++handled;
    return journal::v1::RepublishResponse();
  };
  for (const std::string& text : {std::string("a\0b", 3), std::string(64 * 1024 + 1, 'x')}) {
    journal::v1::RepublishRequest request;
    request.add_keys("citizen/1");
    request.add_keys(text);
    const grpc::Status status = Republish(server, request);
    CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
    CHECK(ReasonOf(status) == "FIELD_INVALID");
    CHECK(FieldOf(status) == "keys[1]");
  }
  journal::v1::RepublishRequest request;
  request.set_feed(static_cast<journal::v1::Feed>(77));
  CHECK(FieldOf(Republish(server, request)) == "feed");
  CHECK(handled == 0);
}

TEST_CASE("a message of 5 MB is refused") {
  TestServer server;
  journal::v1::RepublishRequest request;
  for (int i = 0; i < 5 * 1024; ++i) request.add_keys(std::string(1024, 'x'));
  CHECK(Republish(server, request).error_code() == StatusCode::RESOURCE_EXHAUSTED);
}

TEST_CASE("what goes wrong inside never reaches the caller") {
  TestServer server;
  const auto stub = server.Replica();
  const auto status_of = [&](const std::function<void()>& defect) {
    server.list_records = [&](const Call&, const ListRecordsRequest&) {
      defect();
      return ListRecordsResponse();
    };
    return List(*stub);
  };
  for (const grpc::Status& status :
       {status_of([] { throw std::runtime_error("secret"); }), status_of([] { throw 42; }),
        status_of([] { throw pqxx::sql_error("secret", "SELECT secret", "23505"); })}) {
    CHECK(status.error_code() == StatusCode::INTERNAL);
    CHECK(ReasonOf(status) == "INTERNAL");
    CHECK((status.error_message() + status.error_details()).find("secret") == std::string::npos);
    CHECK(support::DetailOf<google::rpc::ErrorInfo>(status).metadata().at("trace_id").size() == 32);
  }
  CHECK(status_of([] { throw base::NotFound(); }).error_code() == StatusCode::NOT_FOUND);
}

TEST_CASE("a waiting call holds no worker and is answered when what it waits for comes") {
  TestServer server({.workers = 1});
  std::atomic<bool> there = false;
  std::atomic<int> looked = 0;
  server.get_record = [&](const Call&, const GetRecordRequest&) -> std::optional<Record> {
    ++looked;
    return there ? std::optional<Record>(Record()) : std::nullopt;
  };
  const auto stub = server.Replica();
  Client client;
  auto waiting = std::async(std::launch::async, [&] { return client.Get(*stub); });
  REQUIRE(Eventually(5s, [&] { return looked == 1; }));
  CHECK(List(*stub).ok());  // the only worker is free
  server.Notify();
  REQUIRE(Eventually(5s, [&] { return looked == 2; }));
  CHECK(waiting.wait_for(0s) == std::future_status::timeout);
  there = true;
  server.Notify();
  CHECK(waiting.get().ok());
  CHECK(looked == 3);
}

TEST_CASE("a notice between looking and waiting is not lost") {
  TestServer server;
  std::atomic<int> looked = 0;
  server.get_record = [&](const Call&, const GetRecordRequest&) -> std::optional<Record> {
    if (++looked > 1) return Record();
    server.Notify();  // it came just after this look
    return std::nullopt;
  };
  const auto stub = server.Replica();
  CHECK(Client().Deadline(5s).Get(*stub).ok());
  CHECK(looked == 2);
}

TEST_CASE("a call that waits in vain is told so before its deadline") {
  TestServer server;
  server.get_record = [](auto&, auto&) { return std::optional<Record>(); };
  const auto stub = server.Replica();
  const grpc::Status status = Client().Deadline(1s).Get(*stub);
  CHECK(status.error_code() == StatusCode::UNAVAILABLE);
  CHECK(ReasonOf(status) == "VERSION_NOT_REACHED");
}

TEST_CASE("a waiting call that its caller cancels ends at once") {
  TestServer server;
  std::atomic<int> looked = 0;
  server.get_record = [&](auto&, auto&) {
    ++looked;
    return std::optional<Record>();
  };
  const auto stub = server.Replica();
  const double cancelled = Handled("GetRecord", "Canceled");
  Client client;
  auto waiting = std::async(std::launch::async, [&] { return client.Get(*stub); });
  REQUIRE(Eventually(5s, [&] { return looked == 1; }));
  client.context.TryCancel();
  CHECK(waiting.get().error_code() == StatusCode::CANCELLED);
  CHECK(Eventually(2s, [&] { return Handled("GetRecord", "Canceled") == cancelled + 1; }));
}

}  // namespace
}  // namespace lienthong::rpc
