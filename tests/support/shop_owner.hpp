#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lienthong/registry/v1/registry.pb.h"
#include "platform/journal/journal.hpp"
#include "platform/pg/migrate.hpp"
#include "support/clock.hpp"
#include "support/database.hpp"

/// A small made-up owner for tests of the journal: its records are enterprises, its one business
/// table is `shop`.
namespace lienthong::journal {

using registry::v1::Enterprise;
using registry::v1::MoveEnterpriseRequest;
using registry::v1::RegisterEnterpriseRequest;

inline constexpr pg::Statement kInsert{"test_insert", "INSERT INTO shop VALUES ($1, $2, $3)"};
inline constexpr pg::Statement kUpdate{"test_update", "UPDATE shop SET name = $2 WHERE id = $1"};
inline constexpr pg::Statement kSelect{
    "test_select", "SELECT id, name, commune FROM shop WHERE id = ANY($1::text[])"};

inline Record ToRecord(const std::string& id, const std::string& name, const Audience& audience,
                       std::int64_t sharing = 1) {
  auto full = std::make_unique<Enterprise>();
  full->set_id(id);
  full->set_name(name);
  full->set_tax_number("3700145020");
  auto limited = std::make_unique<Enterprise>(*full);
  limited->clear_tax_number();
  Record record{{"enterprise", id}, {}, audience, sharing};
  record.views.push_back({"full", std::move(full)});
  record.views.push_back({"limited", std::move(limited)});
  return record;
}

class ShopOwner : public RecordSource {
 public:
  explicit ShopOwner(const std::string& service = "registry", SharedCommit::Options commit = {})
      : database_(pg::MigrationsOf_journal()),
        pool_({database_.Conninfo(), 16}),
        journal_(pool_, clock_, ids_, {service, 500, commit}) {
    pool_.Transact([](pg::Tx& tx) {
      tx.ExecText("CREATE TABLE shop (id text PRIMARY KEY, name text NOT NULL, commune text)");
      tx.ExecText("CREATE UNIQUE INDEX shop_name ON shop (md5(name))");
    });
  }

  rpc::Call CallFrom(const std::string& caller, const std::string& official = "o-1") {
    rpc::Call call;
    call.rpc = "/test/Register";
    call.system = "unit-" + caller;
    call.caller = call.unit = caller;
    call.official = official;
    call.time = call.machine_time = clock_.MachineNow();
    call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    return call;
  }

  Enterprise Register(const std::string& caller, const std::string& request_id,
                      const std::string& name, const Audience& audience) {
    RegisterEnterpriseRequest request;
    request.set_request_id(request_id);
    request.mutable_enterprise()->set_name(name);
    return journal_.Change<Enterprise>(
        CallFrom(caller), request, {}, [&](pg::Tx& tx, const Heads&) {
          const std::string id = ids_.New();
          tx.Write(kInsert, id, name, caller);
          Journal::Changes changes;
          changes.push_back({"EnterpriseRegistered", ToRecord(id, name, audience)});
          return changes;
        });
  }

  Enterprise Rename(const std::string& caller, const std::string& request_id, const std::string& id,
                    const std::string& name, std::int64_t expected = 0) {
    MoveEnterpriseRequest request;
    request.set_request_id(request_id);
    request.set_enterprise_id(id);
    request.set_expected_version(expected);
    request.mutable_address()->set_text(name);
    return journal_.Change<Enterprise>(
        CallFrom(caller), request, {{"enterprise", id}}, [&](pg::Tx& tx, const Heads& heads) {
          tx.Write(kUpdate, id, name);
          Journal::Changes changes;
          changes.push_back(
              {"EnterpriseRenamed", ToRecord(id, name, heads.begin()->second.audience)});
          return changes;
        });
  }

  std::int64_t Count(const std::string& sql) {
    return pool_.Transact([&](pg::Tx& tx) { return tx.ExecText(sql)[0][0].as<std::int64_t>(); });
  }

  std::vector<std::string> Types() const override { return {"enterprise"}; }
  std::vector<Record> Load(pg::Tx& tx, const std::string&,
                           const std::vector<std::string>& ids) override {
    std::vector<Record> records;
    for (const auto& row : tx.Exec(kSelect, pg::TextArray(ids))) {
      records.push_back(
          ToRecord(row[0].as<std::string>(), row[1].as<std::string>(), audience_now, sharing_now));
    }
    return records;
  }
  std::int64_t SharingMark(pg::Tx&, const std::string&) override { return sharing_now; }

  Audience audience_now;
  std::int64_t sharing_now = 1;
  support::TestDatabase database_;
  support::ManualClock clock_;
  base::RandomIds ids_;
  pg::Pool pool_;
  Journal journal_;
};

inline const Audience kTwoUnits{{"H09.718", "full"}, {"H09.08", "limited"}};

}  // namespace lienthong::journal
