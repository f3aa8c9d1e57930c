#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <grpcpp/grpcpp.h>

#include "lienthong/replica/v1/replica.grpc.pb.h"
#include "platform/access/gate.hpp"
#include "platform/rpc/server.hpp"
#include "replica/api.hpp"
#include "replica/migrate.hpp"
#include "support/certificates.hpp"
#include "support/client.hpp"
#include "support/clock.hpp"
#include "support/database.hpp"
#include "support/feed_copy.hpp"
#include "support/systems.hpp"

/// A replica process as tests see it: the copies of two units, and its API.
namespace lienthong::replica {

inline constexpr const char* kUnit = "H09.718";
inline constexpr const char* kOtherUnit = "H09.719";
inline constexpr const char* kUnservedUnit = "H09.720";  ///< known, but of another process
inline constexpr const char* kOtherTopic = "lienthong.feed.H09.719";
using feed::kAllTopic, feed::kOwnTopic;

/// The copies of `kUnit` and `kOtherUnit`, each in a database of its own. No Kafka: rows are put in
/// by hand.
class UnitCopies {
 public:
  UnitCopies() {
    certificates.Make("server", "service-replica");
    for (const std::string& unit : Codes()) {
      certificates.Make("unit-" + unit, "unit-" + unit);
      Server("CREATE DATABASE " + settings.database_prefix + SqlNameOf(unit));
      pg::Migrate(settings.Conninfo(unit), Migrations());
    }
    units.emplace(settings, clock);
  }
  ~UnitCopies() {
    units.reset();
    for (const std::string& unit : Codes()) {
      Server("DROP DATABASE IF EXISTS " + settings.database_prefix + SqlNameOf(unit) +
             " WITH (FORCE)");
    }
  }
  UnitCopies(const UnitCopies&) = delete;
  UnitCopies& operator=(const UnitCopies&) = delete;

  /// Outside the pool and in no transaction: see Looked.
  pqxx::result Sql(const std::string& sql, const std::string& unit = kUnit) const {
    pqxx::connection connection(settings.Conninfo(unit));
    return pqxx::nontransaction(connection).exec(sql);
  }
  std::string Value(const std::string& sql, const std::string& unit = kUnit) const {
    const auto rows = Sql(sql, unit);
    return rows.empty() || rows[0][0].is_null() ? std::string() : rows[0][0].as<std::string>();
  }
  /// A row of the copy, or a new version of it; without a value it is deleted.
  void Put(const std::string& topic, const std::string& type, const std::string& id,
           std::int64_t version, const std::optional<std::string>& value,
           const std::string& unit = kUnit) const {
    pqxx::connection connection(settings.Conninfo(unit));
    pqxx::nontransaction(connection)
        .exec_params(
            "INSERT INTO feed_record VALUES ($1, $2, $3, 'registry', 1, $4, $4, 'full', $5)"
            " ON CONFLICT (topic, record_type, record_id) DO UPDATE"
            " SET version = excluded.version, value = excluded.value",
            topic, type, id, version, value);
  }
  /// Applies messages of one topic as the unit's reader would, before that is started.
  void Apply(const std::string& unit, const std::string& topic,
             std::vector<kafka::Message> messages) {
    feed::ReaderOptions options;
    options.member = unit;
    feed::Keeper keeper(options, *units->Find(unit)->pool, clock, {}, {});
    keeper.Load();
    std::int64_t offset = keeper.Next().at(topic);
    for (kafka::Message& message : messages) {
      message.topic = topic;
      message.offset = offset++;
      message.timestamp = clock.MachineNow();
    }
    keeper.Apply(feed::Decode(messages));
  }

  /// "c1 c1 c2": whose records were read, one for each access row.
  std::string Accessed(const std::string& unit = kUnit) const {
    return Value("SELECT string_agg(citizen_id, ' ' ORDER BY citizen_id) FROM access_log", unit);
  }
  /// From now on an access row is refused in a transaction that has not read the copy: only such a
  /// one holds a lock on its table.
  void RefuseAccessWithoutRead() const {
    Sql("CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " IF NOT EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid()"
        "  AND relation = 'feed_record'::regclass) THEN RAISE 'no read'; END IF;"
        " RETURN NEW; END$$");
    Sql("CREATE TRIGGER test_refuse BEFORE INSERT ON access_log FOR EACH ROW"
        " EXECUTE FUNCTION test_refuse()");
    CHECK_THROWS_AS(Sql("INSERT INTO access_log VALUES (DEFAULT, DEFAULT, 't', 'r', 'c', 's',"
                        " 'u', 'p', 's')"),
                    pqxx::sql_error);
  }
  std::string Now() const { return Value("SELECT clock_timestamp()"); }
  /// Has a transaction of the unit's pool ended since, and none other begun?
  bool Looked(const std::string& since) const {
    return Value(
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
               " AND pid <> pg_backend_pid() AND state = 'idle' AND query = 'COMMIT'"
               " AND query_start > '" +
               since + "'") != "0";
  }

  support::ManualClock clock;
  support::Certificates certificates;
  const Settings settings = MakeSettings();
  std::optional<Units> units;

 private:
  static std::vector<std::string> Codes() { return {kUnit, kOtherUnit}; }
  static void Server(const std::string& sql) {
    pqxx::connection connection(support::Environment("LIENTHONG_TEST_DATABASE") +
                                " dbname=postgres");
    pqxx::nontransaction(connection).exec(sql);
  }
  Settings MakeSettings() const {
    std::string id = base::RandomIds().New();
    std::erase(id, '-');
    Settings made;
    made.database = support::Environment("LIENTHONG_TEST_DATABASE");
    made.database_prefix = "test_" + id + "_";
    made.kafka_brokers = "127.0.0.1:1";
    made.unit_tls_dir = certificates.Path("");
    made.units = Codes();
    made.owners = {{"registry", "127.0.0.1:1"}};
    made.server.ca = certificates.Path("ca.crt");
    made.server.certificate = certificates.Path("server.crt");
    made.server.key = certificates.Path("server.key");
    made.server.drain_grace = std::chrono::milliseconds(0);
    return made;
  }
};

/// The API over the copies, wired as main does it. Callers: the systems of three units (of
/// `kUnit` also "unit-H09.718--office"), "service-registry", "service-portal" and "ops".
class ReplicaProcess {
  using Stub = v1::ReplicaService::Stub;

 public:
  ReplicaProcess() {
    rpc::ServerOptions serving = copies.settings.server;
    serving.on_drain = [this] { serve_.Drain(); };
    server_.emplace(serving, std::vector<grpc::Service*>{api_.get()}, [] { return true; });
    server_->Start();
  }
  ~ReplicaProcess() {
    running_.reset();
    server_->Stop();
  }
  ReplicaProcess(const ReplicaProcess&) = delete;
  ReplicaProcess& operator=(const ReplicaProcess&) = delete;

  /// Starts the readers: they know what is stored, and find no Kafka.
  void Run() {
    running_.emplace(*copies.units, [this](const std::string& unit) { serve_.Notify(unit); });
  }
  void Notify(const std::string& unit = kUnit) { serve_.Notify(unit); }

  /// A call whatever comes of it, by default of the unit's system.
  template <class Request, class Answer>
  grpc::Status Call(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
                    const Request& request, Answer* answer, const std::string& system,
                    std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    return (StubOf(system).*rpc)(&context, request, answer);
  }
  template <class Request, class Answer>
  support::Outcome Try(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
                       const Request& request, const std::string& system = "unit-H09.718") {
    Answer answer;
    return support::OutcomeOf(Call(rpc, request, &answer, system));
  }
  template <class Request, class Answer>
  Answer Do(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
            const Request& request, const std::string& system = "unit-H09.718") {
    Answer answer;
    const grpc::Status status = Call(rpc, request, &answer, system);
    INFO(status.error_message());
    REQUIRE(support::OutcomeOf(status) == support::kDone);
    return answer;
  }

  UnitCopies copies;

 private:
  Stub& StubOf(const std::string& system) {
    const std::lock_guard lock(stubs_mutex_);
    auto& stub = stubs_[system];
    if (!stub) {
      copies.certificates.Make(system, system);
      stub = v1::ReplicaService::NewStub(
          support::Connect(copies.certificates.Path(""), system, server_->Port()));
    }
    return *stub;
  }

  kafka::Catalogue catalogue_ =
      support::MakeCatalogue(std::string(kUnit) + ", " + kOtherUnit + ", " + kUnservedUnit,
                             "{name: unit-H09.718--office}, {name: service-portal}");
  rpc::PageTokens tokens_{"secret of the test"};
  ReplicaService service_{*copies.units, tokens_};
  access::SnapshotHolder no_officials_;
  access::Gate gate_{catalogue_, no_officials_, copies.clock, {.systems_only = true}};
  rpc::Workers workers_{4, 100};
  rpc::Serve serve_{ApiDescriptor(), "replica", gate_, workers_, workers_, nullptr};
  std::unique_ptr<grpc::Service> api_ = MakeApi(serve_, service_);
  std::optional<rpc::Server> server_;
  std::mutex stubs_mutex_;
  std::map<std::string, std::unique_ptr<Stub>> stubs_;
  std::optional<Units::Running> running_;
};

inline v1::GetRecordRequest GetRequest(const std::string& type, const std::string& id,
                                       const std::string& purpose = "",
                                       std::int64_t min_version = 0) {
  v1::GetRecordRequest request;
  request.set_record_type(type);
  request.set_record_id(id);
  request.set_purpose(purpose);
  request.set_min_version(min_version);
  return request;
}

inline v1::ListRecordsRequest ListRequest(const std::string& type, const std::string& purpose = "",
                                          int page_size = 0, const std::string& token = "") {
  v1::ListRecordsRequest request;
  request.set_record_type(type);
  request.set_purpose(purpose);
  request.set_page_size(page_size);
  request.set_page_token(token);
  return request;
}

/// A GetRecord that goes on in the background; joined at the end.
struct Waiting {
  Waiting(ReplicaProcess& process, const v1::GetRecordRequest& request)
      : status(std::async(std::launch::async, [this, &process, request] {
          return process.Call(&v1::ReplicaService::Stub::GetRecord, request, &record,
                              "unit-H09.718");
        })) {}
  bool IsOpen() const {
    return status.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  }

  v1::Record record;
  std::future<grpc::Status> status;
};

/// "a b,c": ids of all pages from `request` on.
inline std::string Pages(ReplicaProcess& process, v1::ListRecordsRequest request) {
  std::string ids;
  for (int pages = 0; pages < 20; ++pages) {
    const auto answer = process.Do(&v1::ReplicaService::Stub::ListRecords, request);
    std::string page;
    for (const auto& record : answer.records()) page += (page.empty() ? "" : " ") + record.id();
    ids += (pages == 0 ? "" : ",") + page;
    if (answer.next_page_token().empty()) return ids;
    request.set_page_token(answer.next_page_token());
  }
  return "no end: " + ids;
}

inline void PutEnterprises(const UnitCopies& copies, int count) {
  copies.Sql(
      "INSERT INTO feed_record SELECT 'lienthong.feed.H09.718', 'enterprise',"
      " lpad(i::text, 4, '0'), 'registry', 1, i, 1, 'full', '{}', NULL"
      " FROM generate_series(1, " +
      std::to_string(count) + ") i");
}

inline void CheckSame(const grpc::Status& status, const grpc::Status& wanted) {
  CHECK(status.error_code() == wanted.error_code());
  CHECK(status.error_message() == wanted.error_message());
  CHECK(status.error_details() == wanted.error_details());
}

/// "H09.718 citizen/b1," for each event of a page.
inline std::string KeysOf(const journal::v1::ListParkedEventsResponse& answer) {
  std::string keys;
  for (const auto& event : answer.events()) keys += event.unit() + " " + event.key() + ",";
  return keys;
}

inline kafka::Message Broken(const std::string& key) {
  return feed::RecordMessageOf("registry", key, {1, 1}, 1, "{broken");
}

}  // namespace lienthong::replica
