#pragma once

#include <cctype>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/feed/reader.hpp"
#include "replica/migrate.hpp"
#include "replica/sql_views.hpp"
#include "support/document_owner.hpp"
#include "support/relay_stage.hpp"

/// Documents on their whole way: the document service, its relay, Kafka, copies of units.
namespace lienthong::document {

/// The copy of a unit, filled from its feed, as the unit's own systems read it.
class UnitCopy {
 public:
  UnitCopy(const std::string& unit, base::Clock& clock) : unit_(unit) {
    replica::CreateSqlViews(database_.Conninfo(), unit);
    feed::ReaderOptions options;
    options.member = unit;
    options.kafka = journal::Admin();
    reader_.emplace(options, pool_, clock);
  }
  ~UnitCopy() {
    reader_.reset();
    const std::string role = '"' + replica::ReaderRole(unit_) + '"';
    Sql("DROP OWNED BY " + role);
    Sql("DROP ROLE " + role);
  }
  UnitCopy(const UnitCopy&) = delete;
  UnitCopy& operator=(const UnitCopy&) = delete;

  /// What the directory's feed would have brought; before Start.
  void Know(const std::string& unit, const std::string& carrier) {
    Sql("INSERT INTO feed_record VALUES ('lienthong.feed.all', 'unit', '" + unit +
        "', 'directory', 1, 1, 1, 'full', '{\"id\":\"" + unit + "\",\"carrierId\":\"" + carrier +
        "\"}', NULL)");
  }
  void Start() { reader_->Start(); }
  /// Did a barrier of the owner match that speaks of everything before `time`?
  bool IsEqual(const std::string& owner, base::Time time) const {
    for (const feed::OwnerState& state : reader_->State().owners) {
      if (state.topic != kafka::FeedTopic(unit_) || state.owner != owner) continue;
      return state.equal && state.verified_at && *state.verified_at >= time;
    }
    return false;
  }

  /// The first value of a query of the unit's own systems; "" for NULL and for no row.
  std::string Read(const std::string& sql) const { return Run(sql, replica::ReaderRole(unit_)); }
  /// The same of the rows as they came.
  std::string Sql(const std::string& sql) const { return Run(sql, ""); }
  /// A record as it came: version, view and value; "" = it is not there.
  std::string Row(const std::string& id) const {
    return Sql(
        "SELECT version || ' ' || view || ' ' || value FROM feed_record WHERE record_id = '" + id +
        "' AND topic = '" + kafka::FeedTopic(unit_) + "' AND value IS NOT NULL");
  }

 private:
  std::string Run(const std::string& sql, const std::string& role) const {
    pqxx::connection connection(database_.Conninfo());
    pqxx::nontransaction session(connection);
    if (!role.empty()) session.exec("SET ROLE \"" + role + '"');
    const auto rows = session.exec(sql);
    return rows.empty() || rows[0][0].is_null() ? std::string() : rows[0][0].as<std::string>();
  }

  std::string unit_;
  support::TestDatabase database_{replica::Migrations()};
  pg::Pool pool_{{database_.Conninfo(), 3}};
  std::optional<feed::Reader> reader_;  ///< stopped before its pool
};

/// The document service with its relay, and `count` units with a system and a copy each. Service
/// and units have made-up names, so that their topics are new.
class DocumentFeeds {
 public:
  explicit DocumentFeeds(int count)
      : units_(MakeUnits(count)), owner_(ListOf(", ", units_)), catalogue_(MakeCatalogue()) {
    for (int i = 0; i < count; ++i) {
      owner_.AddUnit(units_[i], directory::v1::UNIT_KIND_DEPARTMENT, "H09");
      owner_.Staff(units_[i], "U" + std::to_string(i));
      copies_.push_back(std::make_unique<UnitCopy>(units_[i], clock_));
    }
  }

  DocumentOwner& Owner() { return owner_; }
  const std::string& Unit(int number) const { return units_.at(number); }
  UnitCopy& Copy(int number) { return *copies_.at(number); }

  /// Relay and readers begin: what was done before is in the copies after the next Settle.
  void Start() {
    journal::RelayOptions options;
    options.service = service_;
    options.conninfo = owner_.database_.Conninfo();
    options.kafka = journal::Admin();
    options.save_interval = std::chrono::milliseconds(50);
    options.barrier_interval = std::chrono::milliseconds(100);
    relay_.emplace(options, catalogue_, clock_, owner_.ids_);
    relay_->Start();
    for (const auto& copy : copies_) copy->Start();
  }
  /// Waits until all copies hold what their feeds must hold now.
  void Settle() {
    const base::Time now = clock_.MachineNow();
    for (const auto& copy : copies_) {
      REQUIRE(support::Eventually(journal::kLimit, [&] { return copy->IsEqual(service_, now); }));
    }
  }

 private:
  static std::string Token() {
    std::string id = base::RandomIds().New();
    std::erase(id, '-');
    return id.substr(12, 16);
  }
  static std::vector<std::string> MakeUnits(int count) {
    std::string token = Token();
    for (char& c : token) c = static_cast<char>(std::toupper(c));
    std::vector<std::string> units;
    for (int i = 0; i < count; ++i) units.push_back("A01." + token + "." + std::to_string(i));
    return units;
  }
  static std::string ListOf(const std::string& before, const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += before + name;
    return list;
  }
  kafka::Catalogue MakeCatalogue() {
    std::string records;
    for (const std::string& type : document::Source(owner_.sharing_).Types()) {
      records += (records.empty() ? "" : ", ") + ("{name: " + type) + ", partitions: 1}";
    }
    const std::string path = "/tmp/" + service_ + ".yaml";
    std::ofstream(path) << "cluster: {replication: 1, min_insync_replicas: 1}\n"
                           "profiles: {domain: {cleanup.policy: delete}, "
                           "feed: {cleanup.policy: compact, message.timestamp.type: "
                           "LogAppendTime}, seals: {cleanup.policy: delete}}\n"
                        << "services: {" << service_ << ": {feed: false, records: [" << records
                        << "]}}\nunits: [" << ListOf(", ", units_).substr(2) << "]\nsystems: []\n";
    kafka::Catalogue catalogue = kafka::Catalogue::Load(path);
    std::remove(path.c_str());
    return catalogue;
  }

  const std::string service_ = "t" + Token();
  const std::vector<std::string> units_;
  DocumentOwner owner_;
  base::SystemClock clock_{std::chrono::seconds(0)};
  kafka::Catalogue catalogue_;
  std::vector<std::unique_ptr<UnitCopy>> copies_;
  std::optional<journal::Relay> relay_;  ///< ended first
};

}  // namespace lienthong::document
