// Repair against an owner that answers over mutual TLS: what differs is found, asked for again and
// healed, whatever was altered.
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>

#include <grpcpp/grpcpp.h>

#include "lienthong/journal/v1/journal.grpc.pb.h"
#include "support/feed_copy.hpp"

namespace lienthong::feed {
namespace {

using support::Eventually;
using namespace std::chrono_literals;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Answers from a map of what it holds, and remembers what it was asked to republish.
class FakeOwner final : public journal::v1::JournalService::Service {
 public:
  explicit FakeOwner(const std::string& pki) {
    grpc::SslServerCredentialsOptions tls(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = ReadFile(pki + "/ca.crt");
    tls.pem_key_cert_pairs.push_back(
        {ReadFile(pki + "/service-registry.key"), ReadFile(pki + "/service-registry.crt")});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  grpc::Status ListBucketDigests(grpc::ServerContext*,
                                 const journal::v1::ListBucketDigestsRequest* request,
                                 journal::v1::ListBucketDigestsResponse* answer) override {
    const std::lock_guard lock(mutex);
    std::vector<journal::SetDigest> buckets(256);
    ForEach(request->record_type(), request->feed(), [&](const auto& key, const auto& record) {
      buckets[static_cast<std::size_t>(journal::BucketOf(key))].Add(
          journal::ViewHash(key, record.first, record.second));
    });
    for (const journal::SetDigest& bucket : buckets) {
      auto* entry = answer->add_buckets();
      entry->set_count(bucket.count);
      entry->set_digest(bucket.digest.Hex());
    }
    return grpc::Status::OK;
  }
  grpc::Status ListBucket(grpc::ServerContext*, const journal::v1::ListBucketRequest* request,
                          journal::v1::ListBucketResponse* answer) override {
    const std::lock_guard lock(mutex);
    ForEach(request->record_type(), request->feed(), [&](const auto& key, const auto& record) {
      if (journal::BucketOf(key) != request->bucket()) return;
      auto* entry = answer->add_entries();
      entry->set_record_id(key.substr(key.find('/') + 1));
      entry->set_version(record.first);
      entry->set_hash(journal::ViewHash(key, record.first, record.second).Hex());
    });
    return grpc::Status::OK;
  }
  grpc::Status Republish(grpc::ServerContext*, const journal::v1::RepublishRequest* request,
                         journal::v1::RepublishResponse* answer) override {
    const std::lock_guard lock(mutex);
    if (is_away) return {grpc::StatusCode::UNAVAILABLE, "away"};
    for (const std::string& key : request->keys()) {
      if (request->feed() == journal::v1::FEED_ALL) {  // nothing of this owner is for everyone
        answer->add_never_published(key);
        continue;
      }
      asked.insert(key);
      answer->set_accepted(answer->accepted() + 1);
    }
    return grpc::Status::OK;
  }

  std::set<std::string> Asked() {
    const std::lock_guard lock(mutex);
    return asked;
  }

  int port = 0;
  std::mutex mutex;
  std::map<std::string, std::pair<std::int64_t, std::string>> own;  ///< of the unit's own feed
  std::set<std::string> asked;
  bool is_away = false;

 private:
  template <class Fn>
  void ForEach(const std::string& type, journal::v1::Feed feed, Fn fn) {
    if (feed != journal::v1::FEED_OWN) return;
    for (const auto& [key, record] : own) {
      if (key.substr(0, key.find('/')) == type) fn(key, record);
    }
  }

  std::unique_ptr<grpc::Server> server_;
};

/// A copy of 300 citizens that equals its owner.
struct RepairStage {
  RepairStage()
      : pki(support::Environment("LIENTHONG_TEST_PKI")),
        owner(pki),
        stage({{"registry", "127.0.0.1:" + std::to_string(owner.port)}}) {
    stage.options.kafka = {"", pki + "/ca.crt", pki + "/unit-H09.718.crt",
                           pki + "/unit-H09.718.key"};
    std::vector<kafka::Message> messages;
    for (int i = 0; i < 300; ++i) {
      const std::string key = "citizen/" + std::to_string(i);
      owner.own[key] = {1, "{}"};
      messages.push_back(RecordMessageOf("registry", key, {1, i + 1}, 1, "{}"));
    }
    stage.Apply(kOwnTopic, std::move(messages));
    Barrier();
    stage.Apply(kAllTopic,
                {BarrierMessageOf("registry", {1, 300}, 1, stage.clock.MachineNow(), {})});
  }
  void Barrier() {
    stage.Apply(kOwnTopic,
                {BarrierMessageOf("registry", {1, 300}, 1, stage.clock.MachineNow(), owner.own)});
  }
  /// What the relay does with what was asked for.
  void Answer() {
    std::vector<kafka::Message> messages;
    for (const std::string& key : owner.Asked()) {
      const auto found = owner.own.find(key);
      std::optional<std::string> value;
      if (found != owner.own.end()) value = found->second.second;
      messages.push_back(
          RecordMessageOf("registry", key, {1, 300}, value ? found->second.first : 0, value));
    }
    stage.Apply(kOwnTopic, std::move(messages));
    Barrier();
  }
  bool TickUntil(const std::function<bool()>& condition) {
    return Eventually(20s, [&] {
      stage.keeper->Tick();
      return condition();
    });
  }

  const std::string pki;
  FakeOwner owner;
  CopyStage stage;
};

}  // namespace

TEST_CASE("an altered, a removed and an added row are asked for and healed") {
  RepairStage repair;
  CopyStage& stage = repair.stage;
  REQUIRE(stage.keeper->State().equal);
  stage.Execute("UPDATE feed_record SET value = '{\"x\":1}' WHERE record_id = '7'");
  stage.Execute("DELETE FROM feed_record WHERE record_id = '8'");
  stage.Execute(
      "INSERT INTO feed_record SELECT topic, record_type, 'stranger', owner, epoch, sequence,"
      " version, view, value, hash FROM feed_record WHERE record_id = '9'");
  stage.ScrubAll();
  CHECK_FALSE(stage.keeper->State().equal);
  const std::set<std::string> altered = {"citizen/7", "citizen/8", "citizen/stranger"};
  REQUIRE(repair.TickUntil([&] { return repair.owner.Asked() == altered; }));
  REQUIRE(repair.TickUntil([&] { return stage.keeper->State().altered_records == 3; }));
  const auto keys = stage.keeper->State().altered_keys;
  CHECK(std::set<std::string>(keys.begin(), keys.end()) == altered);
  CHECK(stage.OwnerIn(kOwnTopic, "registry").types.at("citizen").divergent == 3);
  repair.Answer();
  CHECK(stage.keeper->State().equal);
  CHECK(stage.Value("SELECT count(*) FROM feed_record WHERE value IS NOT NULL") == "300");
  stage.ScrubAll();
  CHECK(stage.keeper->State().equal);
  CHECK(stage.keeper->State().altered_records == 3);
}

TEST_CASE("a row added to the set of everyone goes, though no message of it ever comes") {
  RepairStage repair;
  CopyStage& stage = repair.stage;
  stage.Execute(
      "INSERT INTO feed_record SELECT 'lienthong.feed.all', record_type, 'stranger', owner, epoch,"
      " sequence, version, view, value, hash FROM feed_record WHERE record_id = '9'");
  stage.ScrubAll();
  CHECK_FALSE(stage.keeper->State().equal);
  REQUIRE(repair.TickUntil([&] {
    return stage.Value(
               "SELECT count(*) FROM feed_record WHERE record_id = 'stranger'"
               " AND value IS NOT NULL") == "0";
  }));
  CHECK(stage.keeper->State().altered_keys == std::vector<std::string>{"citizen/stranger"});
  CHECK_FALSE(stage.shown.at("citizen/stranger").has_value());
  CHECK(repair.owner.Asked().empty());
  stage.Apply(kAllTopic, {BarrierMessageOf("registry", {1, 300}, 1, stage.clock.MachineNow(), {})});
  CHECK(stage.keeper->State().equal);
  // The owner may publish it all the same, later.
  stage.Apply(kAllTopic, {RecordMessageOf("registry", "citizen/stranger", {1, 301}, 1, "{}")});
  CHECK(stage.shown.at("citizen/stranger") == "{}");
}

TEST_CASE("a difference that a barrier shows is healed without being called an alteration") {
  RepairStage repair;
  CopyStage& stage = repair.stage;
  repair.owner.own["citizen/7"] = {2, "{\"missed\":1}"};
  repair.Barrier();
  CHECK_FALSE(stage.keeper->State().equal);
  REQUIRE(repair.TickUntil([&] { return repair.owner.Asked().contains("citizen/7"); }));
  repair.Answer();
  CHECK(stage.keeper->State().equal);
  CHECK(stage.keeper->State().altered_records == 0);
}

TEST_CASE("wrong totals over right rows are recounted") {
  RepairStage repair;
  CopyStage& stage = repair.stage;
  stage.Execute("UPDATE feed_digest SET count = 7, digest = repeat('0', 32)");
  stage.keeper->Load();
  repair.Barrier();
  CHECK_FALSE(stage.keeper->State().equal);
  REQUIRE(repair.TickUntil([&] {
    stage.ScrubAll();
    return stage.Value("SELECT count FROM feed_digest") == "300";
  }));
  repair.Barrier();
  CHECK(stage.keeper->State().equal);
  CHECK(stage.keeper->State().altered_records == 0);
}

TEST_CASE("suspect records are asked for at a barrier, again while the owner is away") {
  RepairStage repair;
  CopyStage& stage = repair.stage;
  repair.owner.is_away = true;
  stage.Apply(kOwnTopic, {RecordMessageOf("registry", "citizen/299", {1, 2}, 1, "{}")});
  CHECK(stage.OwnerIn(kOwnTopic, "registry").suspects == 1);
  repair.Barrier();
  CHECK_FALSE(stage.keeper->State().equal);
  for (int i = 0; i < 20; ++i) stage.keeper->Tick();
  {
    const std::lock_guard lock(repair.owner.mutex);
    repair.owner.is_away = false;
  }
  REQUIRE(repair.TickUntil([&] { return repair.owner.Asked().contains("citizen/299"); }));
  repair.Answer();
  CHECK(stage.keeper->State().equal);
  CHECK(stage.OwnerIn(kOwnTopic, "registry").suspects == 0);
}

TEST_CASE("a repair whose owner does not exist ends with its reader") {
  CopyStage stage;  // nobody listens at its owner's port
  stage.Apply(kOwnTopic, {BarrierMessageOf("registry", {1, 1}, 1, stage.clock.MachineNow(),
                                           {{"citizen/a", {1, "{}"}}})});
  stage.keeper->Tick();
  const auto begin = std::chrono::steady_clock::now();
  stage.keeper.reset();
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("a repair that operators ask for re-hashes and compares everything, and says when") {
  RepairStage repair;
  CopyStage& stage = repair.stage;
  stage.options.scrub_interval = 3'600'000ms;
  const std::string id = "01a20f1a-7f0d-78b5-8bb6-000000000001";
  const auto ask = [&] {
    return stage.keeper->Ask(WorkKind::kRepair, id, "", std::chrono::steady_clock::now() + 20s);
  };
  const auto completed = [&] { return stage.keeper->State().repair->completed_at.has_value(); };
  const auto work = [&] {
    stage.keeper->ScrubSome();
    return completed();
  };
  // Bytes that are not those of their hash: barriers are matched all the same.
  stage.Execute("UPDATE feed_record SET value = '{\"x\":1}' WHERE record_id = '7'");
  repair.Barrier();
  CHECK(stage.keeper->State().equal);
  CHECK_FALSE(ask().completed_at);
  REQUIRE(repair.TickUntil(work));
  CHECK(repair.owner.Asked() == std::set<std::string>{"citizen/7"});
  // Found by the scrub and by the comparison, it is one record.
  CHECK(stage.keeper->State().repair->differing == 1);
  CHECK_FALSE(stage.keeper->State().equal);
  repair.Answer();
  CHECK(stage.keeper->State().equal);
  CHECK(stage.Value("SELECT value FROM feed_record WHERE record_id = '7'") == "{}");

  // A repeat starts nothing anew.
  const auto before = stage.keeper->State().repair->completed_at;
  CHECK(ask().completed_at == before);
}

TEST_CASE("a repair that operators ask for goes on while changes come, and over a restart") {
  RepairStage repair;
  CopyStage& stage = repair.stage;
  const auto ask = [&](const char* id) {
    return stage.keeper->Ask(WorkKind::kRepair, id, "", std::chrono::steady_clock::now() + 20s);
  };
  {
    const std::lock_guard lock(repair.owner.mutex);
    repair.owner.is_away = true;
  }
  stage.Execute("DELETE FROM feed_record WHERE record_id = '8'");
  ask("01a20f1a-7f0d-78b5-8bb6-000000000001");
  stage.keeper->Tick();
  stage.keeper.emplace(stage.options, stage.pool, stage.clock, Reader::OnApplied(),
                       Reader::OnVerified());
  stage.keeper->Load();
  REQUIRE_FALSE(stage.keeper->State().repair->completed_at);
  {
    const std::lock_guard lock(repair.owner.mutex);
    repair.owner.is_away = false;
  }
  std::int64_t sequence = 300;
  REQUIRE(repair.TickUntil([&] {
    const std::string key = "citizen/new" + std::to_string(++sequence);
    {
      const std::lock_guard lock(repair.owner.mutex);
      repair.owner.own[key] = {1, "{}"};
    }
    stage.Apply(kOwnTopic, {RecordMessageOf("registry", key, {1, sequence}, 1, "{}")});
    stage.keeper->ScrubSome();
    return stage.keeper->State().repair->completed_at.has_value();
  }));
  CHECK(repair.owner.Asked() == std::set<std::string>{"citizen/8"});
}

}  // namespace lienthong::feed
