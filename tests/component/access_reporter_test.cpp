// Access rows on their way to the registry: all of them, under the unit's own certificate, whatever
// the registry answers.
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>

#include "lienthong/registry/v1/registry.grpc.pb.h"
#include "replica/access_reporter.hpp"
#include "support/replica_copy.hpp"

namespace lienthong::replica {
namespace {

using namespace std::chrono_literals;
using support::Eventually;
/// The reporter looks every two seconds, and as long after a failure.
constexpr auto kLimit = 30s;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Takes access rows or refuses them as the test says, and remembers every request.
class FakeRegistry final : public registry::v1::RegistryService::Service {
 public:
  struct Received {
    std::string system;
    registry::v1::ReportAccessRequest request;
  };

  explicit FakeRegistry(const support::Certificates& certificates) {
    certificates.Make("service-registry", "service-registry");
    grpc::SslServerCredentialsOptions tls(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = ReadFile(certificates.Path("ca.crt"));
    tls.pem_key_cert_pairs.push_back({ReadFile(certificates.Path("service-registry.key")),
                                      ReadFile(certificates.Path("service-registry.crt"))});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  grpc::Status ReportAccess(grpc::ServerContext* context,
                            const registry::v1::ReportAccessRequest* request,
                            google::protobuf::Empty*) override {
    const auto names = context->auth_context()->FindPropertyValues("x509_common_name");
    const std::string system =
        names.size() == 1 ? std::string(names[0].data(), names[0].size()) : "";
    const std::lock_guard lock(mutex_);
    received_.push_back({system, *request});
    if (away_.contains(system)) return {grpc::UNAVAILABLE, "away"};
    for (const auto& entry : request->entries()) {
      if (entry.citizen_id() == refused_) return {grpc::INVALID_ARGUMENT, "no such person"};
    }
    for (const auto& entry : request->entries()) {
      ++taken_[entry.citizen_id()];
      if (entry.citizen_id() == last_) away_.insert(system);
    }
    return grpc::Status::OK;
  }

  std::string Address() const { return "127.0.0.1:" + std::to_string(port_); }
  void Refuse(const std::string& citizen_id) {
    Set([&] { refused_ = citizen_id; });
  }
  void GoAway(const std::string& system) {
    Set([&] { away_.insert(system); });
  }
  void GoAwayAfter(const std::string& citizen_id) {
    Set([&] { last_ = citizen_id; });
  }
  void ComeBack() {
    Set([&] {
      away_.clear();
      last_.clear();
    });
  }
  std::vector<Received> All() {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  /// "c1:1 c2:2": how often each was taken.
  std::string Taken() {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [citizen_id, times] : taken_) {
      text += (text.empty() ? "" : " ") + citizen_id + ":" + std::to_string(times);
    }
    return text;
  }

 private:
  void Set(const std::function<void()>& change) {
    const std::lock_guard lock(mutex_);
    change();
  }

  std::mutex mutex_;
  std::vector<Received> received_;
  std::map<std::string, int> taken_;
  std::set<std::string> away_;  ///< for these systems
  std::string refused_;
  std::string last_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

/// Copies whose reads are reported from `Start` on.
struct ReporterStage {
  /// A read of a person, the younger the higher its number.
  void Read(const std::string& citizen_id, int number = 1, const std::string& unit = kUnit) const {
    copies.Sql(
        "INSERT INTO access_log (read_at, record_type, record_id, citizen_id, system,"
        " unit_id, purpose, source) VALUES (timestamptz '2019-07-10 00:30:00.000001Z' +"
        " interval '1 second' * " +
            std::to_string(number) + ", 'citizen', '" + citizen_id + "', '" + citizen_id +
            "', 'unit-" + unit + "--office', '" + unit + "', 'p', 'replica: GetRecord')",
        unit);
  }
  void Start() { reporter.emplace(*copies.units, registry.Address()); }
  /// "c1 c2": persons whose rows are as the SQL condition says.
  std::string Those(const std::string& condition, const std::string& unit = kUnit) const {
    return copies.Value(
        "SELECT string_agg(citizen_id, ' ' ORDER BY citizen_id) FROM access_log WHERE " + condition,
        unit);
  }
  bool AllSent(const std::string& unit = kUnit) const {
    return Eventually(kLimit, [&] { return Those("sent_at IS NULL", unit).empty(); });
  }

  UnitCopies copies;
  FakeRegistry registry{copies.certificates};
  std::optional<AccessReporter> reporter;
};

}  // namespace

TEST_CASE("access rows reach the registry as they are, under their unit's certificate",
          "[access_reporter]") {
  ReporterStage stage;
  stage.Read("c1");
  stage.Read("c2", 1, kOtherUnit);
  stage.Start();
  REQUIRE(stage.AllSent(kUnit));
  REQUIRE(stage.AllSent(kOtherUnit));
  const auto received = stage.registry.All();
  REQUIRE(received.size() == 2);
  for (const auto& [system, request] : received) {
    REQUIRE(request.entries_size() == 1);
    const auto& entry = request.entries(0);
    const std::string unit = entry.unit_id();
    CHECK(system == "unit-" + unit);
    CHECK(entry.citizen_id() == (unit == kUnit ? "c1" : "c2"));
    CHECK(entry.id() == stage.copies.Value("SELECT id FROM access_log", unit));
    CHECK(entry.system() == "unit-" + unit + "--office");
    CHECK(entry.official_id().empty());
    CHECK(entry.purpose() == "p");
    CHECK(entry.source() == "replica: GetRecord");
    CHECK(entry.read_at().seconds() == 1'562'718'601);
    CHECK(entry.read_at().nanos() == 1'000);
  }
  CHECK(received[0].system != received[1].system);
}

TEST_CASE("what the registry has taken is not sent again", "[access_reporter]") {
  ReporterStage stage;
  stage.Read("c1");
  stage.Start();
  REQUIRE(stage.AllSent());
  for (int round = 2; round <= 3; ++round) {  // each in another run of the reporter
    stage.Read("c" + std::to_string(round));
    REQUIRE(stage.AllSent());
  }
  stage.reporter.reset();
  stage.Read("c4");
  stage.Start();
  REQUIRE(stage.AllSent());
  CHECK(stage.registry.Taken() == "c1:1 c2:1 c3:1 c4:1");
  CHECK(stage.registry.All().size() == 4);
}

TEST_CASE("rows wait while the registry is away, and are sent later under the same ids",
          "[access_reporter]") {
  ReporterStage stage;
  stage.registry.GoAway("unit-H09.718");
  stage.Read("c1");
  stage.Read("c2", 2);
  stage.Read("c3", 1, kOtherUnit);
  stage.Start();
  REQUIRE(stage.AllSent(kOtherUnit));  // the trouble of one unit is not that of another
  // The second request to come proves that the first failure was dealt with.
  REQUIRE(Eventually(kLimit, [&] { return stage.registry.All().size() >= 3; }));
  CHECK(stage.Those("sent_at IS NULL AND refused IS NULL") == "c1 c2");
  stage.registry.ComeBack();
  REQUIRE(stage.AllSent());
  CHECK(stage.registry.Taken() == "c1:1 c2:1 c3:1");
  std::set<std::string> tried;
  for (const auto& [system, request] : stage.registry.All()) {
    if (system != "unit-H09.718") continue;
    REQUIRE(request.entries_size() == 2);
    tried.insert(request.entries(0).id() + request.entries(1).id());
  }
  CHECK(tried.size() == 1);
}

TEST_CASE("a row that the registry refuses is set aside, the others of its batch are sent",
          "[access_reporter]") {
  ReporterStage stage;
  stage.registry.Refuse("c2");
  for (int i = 1; i <= 4; ++i) stage.Read("c" + std::to_string(i), i);
  stage.Start();
  REQUIRE(Eventually(kLimit, [&] { return stage.Those("sent_at IS NOT NULL") == "c1 c3 c4"; }));
  CHECK(stage.Those("sent_at IS NULL AND refused = 'no such person'") == "c2");
  CHECK(stage.Those("sent_at IS NOT NULL AND refused IS NOT NULL").empty());
  CHECK(stage.registry.Taken() == "c1:1 c3:1 c4:1");
  const std::size_t before = stage.registry.All().size();
  stage.Read("c5", 5);
  REQUIRE(Eventually(kLimit, [&] { return stage.Those("sent_at IS NOT NULL") == "c1 c3 c4 c5"; }));
  const auto received = stage.registry.All();
  REQUIRE(received.size() == before + 1);  // without the refused one
  REQUIRE(received.back().request.entries_size() == 1);
  CHECK(received.back().request.entries(0).citizen_id() == "c5");
}

TEST_CASE("a registry that goes away amid a refused batch gets only the rest of it later",
          "[access_reporter]") {
  ReporterStage stage;
  stage.registry.Refuse("c2");
  stage.registry.GoAwayAfter("c3");
  for (int i = 1; i <= 5; ++i) stage.Read("c" + std::to_string(i), i);
  stage.Start();
  REQUIRE(Eventually(kLimit, [&] { return stage.Those("sent_at IS NOT NULL") == "c1 c3"; }));
  CHECK(stage.Those("refused IS NOT NULL") == "c2");
  CHECK(stage.Those("sent_at IS NULL AND refused IS NULL") == "c4 c5");
  stage.registry.ComeBack();
  REQUIRE(Eventually(kLimit, [&] { return stage.Those("sent_at IS NOT NULL") == "c1 c3 c4 c5"; }));
  CHECK(stage.registry.Taken() == "c1:1 c3:1 c4:1 c5:1");
}

TEST_CASE("many rows go in batches of 500, the oldest first", "[access_reporter]") {
  ReporterStage stage;
  stage.copies.Sql(
      "INSERT INTO access_log (read_at, record_type, record_id, citizen_id, system, unit_id,"
      " purpose, source) SELECT now() - interval '1 second' * i, 'citizen', i, i, 's', 'u', 'p',"
      " 'x' FROM generate_series(1, 1001) i");
  stage.Start();
  REQUIRE(stage.AllSent());
  const auto received = stage.registry.All();
  REQUIRE(received.size() == 3);
  int oldest = 1001;
  for (const auto& [system, request] : received) {
    CHECK(request.entries_size() == std::min(oldest, 500));
    for (const auto& entry : request.entries()) {
      if (entry.citizen_id() != std::to_string(oldest--)) FAIL("out of order");
    }
  }
  CHECK(oldest == 0);
}

TEST_CASE("rows are kept 90 days after they were sent, unsent and refused ones for good",
          "[access_reporter]") {
  ReporterStage stage;
  for (int i = 1; i <= 4; ++i) stage.Read("c" + std::to_string(i), i);
  stage.copies.Sql(
      "UPDATE access_log SET sent_at = now() - interval '91 days' WHERE citizen_id = 'c1'");
  stage.copies.Sql(
      "UPDATE access_log SET sent_at = now() - interval '89 days' WHERE citizen_id = 'c2'");
  stage.copies.Sql("UPDATE access_log SET refused = 'no' WHERE citizen_id = 'c3'");
  stage.Start();
  REQUIRE(Eventually(kLimit, [&] { return stage.Those("sent_at IS NULL") == "c3"; }));
  CHECK(stage.Those("true") == "c2 c3 c4");
  CHECK(stage.registry.Taken() == "c4:1");
}

}  // namespace lienthong::replica
