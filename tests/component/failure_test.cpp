// What a caller is told when something goes wrong, and that the service is whole afterwards:
// through generated stubs, on a real PostgreSQL and a real Redis.
#include <catch2/catch.hpp>

#include <csignal>
#include <future>

#include "platform/base/error.hpp"
#include "support/registry_owner.hpp"
#include "support/server.hpp"
#include "support/shop_owner.hpp"

namespace lienthong {
namespace {

using namespace std::chrono_literals;
using support::Outcome, support::OutcomeOf, support::kDone, support::kFieldInvalid;
using support::TestServer;
using Retry = google::rpc::RetryInfo;

const Outcome kDatabaseAway{grpc::UNAVAILABLE, "DATABASE_UNAVAILABLE"};
const Outcome kConcurrentChange{grpc::ABORTED, "CONCURRENT_CHANGE"};

bool SaysWhenToRetry(const grpc::Status& status) {
  const auto delay = support::DetailOf<Retry>(status).retry_delay();
  return delay.seconds() > 0 || delay.nanos() > 0;
}

/// A handler that does `work` and answers.
void Handle(TestServer& server, const std::function<void(const rpc::Call&)>& work) {
  server.list_records = [work](const rpc::Call& call, auto&) {
    work(call);
    return replica::v1::ListRecordsResponse();
  };
}

grpc::Status CallIt(const TestServer& server) {
  grpc::ClientContext context;
  replica::v1::ListRecordsResponse answer;
  return server.Replica()->ListRecords(&context, {}, &answer);
}

/// Two rows that calls fight for.
struct Contest {
  explicit Contest(int retries_max)
      : database({}), pool({database.Conninfo(), 8, 2000ms, retries_max}) {
    Run("CREATE TABLE row (id int PRIMARY KEY, value int NOT NULL);"
        "INSERT INTO row VALUES (1, 0), (2, 0)");
  }
  void Run(const std::string& sql) {
    pool.Transact([&](pg::Tx& tx) { tx.ExecText(sql); });
  }
  std::int64_t Sum() {
    return pool.Transact([](pg::Tx& tx) {
      return tx.ExecText("SELECT sum(value) FROM row")[0][0].as<std::int64_t>();
    });
  }
  static void Add(pg::Tx& tx, int id) {
    tx.ExecText("UPDATE row SET value = value + 1 WHERE id = " + std::to_string(id));
  }

  support::TestDatabase database;
  pg::Pool pool;
};

/// Two calls at once that lock the two rows crosswise, so that PostgreSQL ends one of them. Their
/// first attempts only meet.
std::pair<grpc::Status, grpc::Status> Deadlock(Contest& contest) {
  TestServer server({.workers = 2});
  support::Barrier barrier;
  std::atomic<int> started = 0;
  Handle(server, [&](const rpc::Call& call) {
    const int first = 1 + started++;
    bool is_first_attempt = true;
    contest.pool.Transact(call.deadline, [&](pg::Tx& tx) {
      Contest::Add(tx, first);
      if (std::exchange(is_first_attempt, false)) barrier.Pass();
      Contest::Add(tx, 3 - first);
    });
  });
  auto one = std::async(std::launch::async, [&] { return CallIt(server); });
  auto other = std::async(std::launch::async, [&] { return CallIt(server); });
  const bool met = barrier.Arrived(2);
  barrier.Open();
  std::pair<grpc::Status, grpc::Status> statuses{one.get(), other.get()};
  REQUIRE(met);
  return statuses;
}

/// What an operator does to a database that must not be used.
void AllowConnections(const std::string& name, bool allowed) {
  pqxx::connection connection(support::Environment("LIENTHONG_TEST_DATABASE") + " dbname=postgres");
  pqxx::nontransaction(connection)
      .exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS " + (allowed ? "true" : "false"));
}

/// A session of the database that hangs, as when the machine under it is stopped.
class Stopped {
 public:
  explicit Stopped(int process) : process_(process) { REQUIRE(::kill(process_, SIGSTOP) == 0); }
  ~Stopped() { ::kill(process_, SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  int process_;
};

}  // namespace

TEST_CASE("a record above 768 KiB is refused and nothing of it is stored") {
  journal::ShopOwner owner;
  TestServer server;
  std::size_t name_bytes = 0;
  Handle(server, [&](const rpc::Call&) {
    owner.Register("H09.718", owner.ids_.New(), std::string(name_bytes, 'x'), journal::kTwoUnits);
  });
  const auto register_one = [&](std::size_t bytes) {
    name_bytes = bytes;
    return OutcomeOf(CallIt(server));
  };
  const Outcome too_large{grpc::INVALID_ARGUMENT, "RECORD_TOO_LARGE"};
  CHECK(register_one(journal::kStateBytesMax) == too_large);
  CHECK(register_one(2 * journal::kStateBytesMax) == too_large);
  for (const char* table : {"shop", "head", "journal", "request"}) {
    CHECK(owner.Count(std::string("SELECT count(*) FROM ") + table) == 0);
  }
  CHECK(register_one(journal::kStateBytesMax - 200) == kDone);
  CHECK(owner.Count("SELECT count(*) FROM journal") == 1);
}

TEST_CASE("two calls that deadlock are both carried out when they are tried again") {
  Contest contest(3);
  const auto [one, other] = Deadlock(contest);
  CHECK(OutcomeOf(one) == kDone);
  CHECK(OutcomeOf(other) == kDone);
  CHECK(contest.Sum() == 4);
}

TEST_CASE("a deadlock without further tries ends one call, with the word to repeat it") {
  Contest contest(0);
  const auto [one, other] = Deadlock(contest);
  REQUIRE(one.ok() != other.ok());
  const grpc::Status& ended = one.ok() ? other : one;
  CHECK(OutcomeOf(ended) == kConcurrentChange);
  CHECK(SaysWhenToRetry(ended));
  CHECK(ended.error_message().find("deadlock") == std::string::npos);
  CHECK(contest.Sum() == 2);
}

TEST_CASE("serialisation failures are tried again a few times, then the caller is told") {
  const int retries_max = 2;
  Contest contest(retries_max);
  TestServer server;
  int attempts = 0, failing = 0;
  Handle(server, [&](const rpc::Call& call) {
    attempts = 0;
    contest.pool.Transact(call.deadline, [&](pg::Tx& tx) {
      tx.ExecText("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT value FROM row");
      // Somebody else is faster.
      if (++attempts <= failing) contest.Run("UPDATE row SET value = value + 10 WHERE id = 1");
      Contest::Add(tx, 1);
    });
  });
  failing = retries_max;
  CHECK(OutcomeOf(CallIt(server)) == kDone);
  CHECK(attempts == retries_max + 1);
  CHECK(contest.Sum() == 21);

  failing = 100;
  const grpc::Status status = CallIt(server);
  CHECK(OutcomeOf(status) == kConcurrentChange);
  CHECK(SaysWhenToRetry(status));
  CHECK(attempts == retries_max + 1);
  CHECK(contest.Sum() == 51);
}

TEST_CASE("a database that refuses connections is told as such, with the word to repeat") {
  pg::Pool pool({"host=127.0.0.1 port=1 user=nobody connect_timeout=2", 2, 500ms});
  TestServer server;
  Handle(server, [&](const rpc::Call& call) {
    pool.Transact(call.deadline, [](pg::Tx& tx) { tx.ExecText("SELECT 1"); });
  });
  for (int call = 0; call < 5; ++call) {
    const grpc::Status status = CallIt(server);
    CHECK(OutcomeOf(status) == kDatabaseAway);
    CHECK(SaysWhenToRetry(status));
    CHECK((status.error_message() + status.error_details()).find("127.0.0.1") == std::string::npos);
  }
  CHECK_FALSE(pool.Ping());
}

TEST_CASE("after any number of calls in vain a pool has all its connections again") {
  const support::TestDatabase database({});
  pg::Pool pool({database.Conninfo(), 2, 500ms});
  TestServer server;
  Handle(server, [&](const rpc::Call& call) {
    pool.Transact(call.deadline, [&](pg::Tx&) {
      pool.Transact(call.deadline, [](pg::Tx& tx) { tx.ExecText("SELECT 1"); });
    });
  });
  const std::string conninfo = database.Conninfo();
  const std::string name = conninfo.substr(conninfo.rfind('=') + 1);
  AllowConnections(name, false);
  std::vector<Outcome> while_away;
  for (int call = 0; call < 5; ++call) while_away.push_back(OutcomeOf(CallIt(server)));
  AllowConnections(name, true);
  for (const Outcome& outcome : while_away) CHECK(outcome == kDatabaseAway);
  CHECK(OutcomeOf(CallIt(server)) == kDone);  // needs both
  CHECK(pool.Ping());
}

TEST_CASE("sessions that the database ended cost one call, however many there were") {
  Contest contest(3);
  TestServer server;
  Handle(server, [&](const rpc::Call& call) {
    contest.pool.Transact(call.deadline, [](pg::Tx& tx) { Contest::Add(tx, 1); });
  });
  const std::function<void(int)> open = [&](int sessions) {
    if (sessions > 0) contest.pool.Transact([&](pg::Tx&) { open(sessions - 1); });
  };
  open(6);
  contest.database.KillSessions();
  const grpc::Status status = CallIt(server);
  CHECK(OutcomeOf(status) == kDatabaseAway);
  CHECK(SaysWhenToRetry(status));
  for (int call = 0; call < 6; ++call) CHECK(OutcomeOf(CallIt(server)) == kDone);
  CHECK(contest.Sum() == 6);
}

TEST_CASE("a database that hangs keeps a call, and a question about its health, only for a while") {
  const support::TestDatabase database({});
  pg::Pool pool({database.Conninfo(), 1, 500ms});
  int backend = 0;
  pool.Transact(
      [&](pg::Tx& tx) { backend = tx.ExecText("SELECT pg_backend_pid()")[0][0].as<int>(); });
  TestServer server;
  Handle(server, [&](const rpc::Call&) {
    pool.Transact(std::chrono::steady_clock::now() + 300ms,
                  [](pg::Tx& tx) { tx.ExecText("SELECT 1"); });
  });
  {
    const Stopped stopped(backend);
    CHECK(OutcomeOf(CallIt(server)) == kDatabaseAway);
    CHECK(pool.Ping());  // the others of the server answer
  }
  CHECK(pool.Transact([](pg::Tx& tx) {
    return tx.ExecText("SELECT pg_backend_pid()")[0][0].as<int>();
  }) != backend);

  // The first one may still be on its way out.
  const std::string others =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'"
      " AND pid NOT IN (pg_backend_pid(), " +
      std::to_string(backend) + ")";
  const int ping = pool.Transact([&](pg::Tx& tx) { return tx.ExecText(others)[0][0].as<int>(); });
  {
    const Stopped stopped(ping);
    CHECK_FALSE(pool.Ping());
    CHECK(pool.Ping());  // on a new connection
  }
}

TEST_CASE("calls that hold every connection say nothing about the database's health") {
  const support::TestDatabase database({});
  pg::Pool pool({database.Conninfo(), 1, 500ms});
  pool.Transact([&](pg::Tx&) { CHECK(pool.Ping()); });
}

TEST_CASE("registry: it answers again as soon as its database takes connections") {
  registry::Registry registry;
  const auto made = registry::Registered(registry);
  const std::string name = registry.Value("SELECT current_database()");
  const auto get = [&] {
    return registry.Try(&registry::Stub::GetCitizen, registry::GetRequest(made.id()),
                        registry::kWard);
  };
  const auto request = registry::RegisterRequest(registry, "Trần Văn Bình");
  const auto add = [&] { return registry.Try(&registry::Stub::RegisterCitizen, request); };
  REQUIRE(get() == kDone);
  AllowConnections(name, false);
  registry.database_.KillSessions();
  std::vector<Outcome> while_away{get(), get(), add(), add()};
  AllowConnections(name, true);
  for (const Outcome& outcome : while_away) CHECK(outcome == kDatabaseAway);
  CHECK(get() == kDone);
  CHECK(registry.Count("citizen") == "1");
  CHECK(add() == kDone);
  CHECK(add() == kDone);
  CHECK(registry.Count("citizen") == "2");
  CHECK(registry.Count("journal") == "2");
}

TEST_CASE("registry: sessions that the database ended cost one call, repeated it is made once") {
  registry::Registry registry;
  const auto request = registry::RegisterRequest(registry);
  const auto add = [&] { return registry.Try(&registry::Stub::RegisterCitizen, request); };
  const auto made = registry::Registered(registry, "Trần Văn Bình");
  registry.database_.KillSessions();
  const Outcome first = add();
  CHECK((first == kDone || first == kDatabaseAway));
  CHECK(add() == kDone);
  CHECK(registry.Count("citizen") == "2");
  CHECK(registry.Count("journal") == "2");
  registry.database_.KillSessions();
  const auto get = [&] {
    return registry.Try(&registry::Stub::GetCitizen, registry::GetRequest(made.id()));
  };
  CHECK(get() == kDatabaseAway);
  CHECK(get() == kDone);
}

TEST_CASE("answers that a natural key is in use are counted by the hour and by the system") {
  const std::string prefix = "test-" + base::RandomIds().New();
  const std::string redis = support::Environment("LIENTHONG_TEST_REDIS");
  redis::Limiter limiter(redis, prefix), other_limiter(redis, prefix);
  REQUIRE(limiter.IsShared());
  REQUIRE(other_limiter.IsShared());
  rpc::ServeOptions options;
  options.conflicts_per_hour_max = 4;
  TestServer server({.serve = options, .limiter = &limiter});
  TestServer copy({.serve = options, .limiter = &other_limiter});
  const auto taken = [](auto&...) { throw base::Conflict("TAX_NUMBER_TAKEN", "in use"); };
  Handle(server, taken);
  Handle(copy, taken);
  const Outcome in_use{grpc::ALREADY_EXISTS, "TAX_NUMBER_TAKEN"};
  const Outcome exceeded{grpc::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED"};
  for (int call = 0; call < 2; ++call) {
    CHECK(OutcomeOf(CallIt(server)) == in_use);
    CHECK(OutcomeOf(CallIt(copy)) == in_use);  // another process of the same service
  }
  for (const TestServer* each : {&server, &copy, &server}) {
    const grpc::Status status = CallIt(*each);
    CHECK(OutcomeOf(status) == exceeded);
    CHECK(SaysWhenToRetry(status));
    CHECK((status.error_message() + status.error_details()).find("TAKEN") == std::string::npos);
  }
  // Calls without that answer go on, and so do other systems.
  Handle(server, [](auto&) {});
  CHECK(OutcomeOf(CallIt(server)) == kDone);
  server.republish = [](auto&, auto&) -> journal::v1::RepublishResponse {
    throw base::Conflict("TAX_NUMBER_TAKEN", "in use");
  };
  grpc::ClientContext context;
  journal::v1::RepublishResponse answer;
  const auto stub = journal::v1::JournalService::NewStub(server.Channel("service-registry"));
  CHECK(OutcomeOf(stub->Republish(&context, {}, &answer)) == in_use);
}

TEST_CASE("registry: reads reported from the future or from long ago are refused whole") {
  registry::Registry registry;
  const std::string id = registry::Registered(registry).id();
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(registry.clock_.MachineNow());
  const auto report = [&](const std::vector<std::chrono::seconds>& ages) {
    registry::v1::ReportAccessRequest request;
    for (const auto age : ages) {
      auto* const entry = request.add_entries();
      entry->set_id(registry.NewId());
      entry->mutable_read_at()->set_seconds((now - age).time_since_epoch().count());
      entry->set_citizen_id(id);
      entry->set_purpose("Tra cứu");
    }
    grpc::ClientContext context;
    google::protobuf::Empty answer;
    return registry.StubOf(std::string("unit-") + registry::kWard)
        .ReportAccess(&context, request, &answer);
  };
  const auto day = 24h;
  for (const std::chrono::seconds age :
       std::vector<std::chrono::seconds>{-5min - 1s, -day, 400 * day + 1s, 4000 * day}) {
    const grpc::Status status = report({60s, age});
    CHECK(OutcomeOf(status) == kFieldInvalid);
    const auto fields = support::DetailOf<google::rpc::BadRequest>(status);
    REQUIRE(fields.field_violations_size() == 1);
    CHECK(fields.field_violations(0).field() == "entries[1].read_at");
  }
  CHECK(registry.Count("access_log") == "0");
  CHECK(OutcomeOf(report({-5min, 0s, 400 * day})) == kDone);
  CHECK(registry.Count("access_log") == "3");
}

}  // namespace lienthong
