// JournalService through generated stubs, as the registry serves it on a real PostgreSQL: what a
// feed should hold, asking for records again.
#include <catch2/catch.hpp>

#include <set>

#include "platform/journal/digest.hpp"
#include "support/journal_client.hpp"

namespace lienthong::registry {
namespace {

using Journal = JournalClient;
using journal::Digest, journal::SetDigest;

using Buckets = std::vector<SetDigest>;

Buckets ListDigests(Journal& caller, const jv1::ListBucketDigestsRequest& request) {
  Buckets buckets;
  const auto answer = caller.Do(&JournalStub::ListBucketDigests, request);
  for (const auto& bucket : answer.buckets()) {
    buckets.push_back({bucket.count(), Digest::FromHex(bucket.digest())});
  }
  return buckets;
}

/// What the feed of a member should hold, out of the states themselves: "<view>" of each record.
Buckets Expected(Registry& registry, const std::string& type,
                 const std::map<std::string, std::string>& views_by_id) {
  Buckets buckets(256);
  for (const auto& [id, view] : views_by_id) {
    const std::string newest = " FROM journal WHERE record_id = '" + id +
                               "' AND states IS NOT NULL ORDER BY id DESC LIMIT 1";
    const std::string state =
        registry.Value("SELECT states[array_position(views, '" + view + "')]" + newest);
    const std::int64_t version = std::stoll(registry.Value("SELECT version" + newest));
    const std::string key = type + "/" + id;
    buckets.at(static_cast<std::size_t>(journal::BucketOf(key)))
        .Add(journal::ViewHash(key, version, state));
  }
  return buckets;
}

/// The same out of ListBucket of all 256 buckets; every record stands in its own bucket.
Buckets ListAll(Journal& caller, const std::string& type, jv1::Feed feed = jv1::FEED_OWN) {
  Buckets buckets(256);
  for (int bucket = 0; bucket < 256; ++bucket) {
    const auto answer = caller.Do(&JournalStub::ListBucket, BucketRequest(type, bucket, feed));
    for (const jv1::BucketEntry& entry : answer.entries()) {
      CHECK(journal::BucketOf(type + "/" + entry.record_id()) == bucket);
      buckets[static_cast<std::size_t>(bucket)].Add(Digest::FromHex(entry.hash()));
    }
  }
  return buckets;
}

}  // namespace

TEST_CASE("registry: a unit is told the digests of what its audience holds, nothing beyond") {
  Registry registry;
  std::map<std::string, std::string> full, limited;
  for (int n = 0; n < 12; ++n) {
    const bool near = n % 3 != 0;
    const auto made = Registered(registry, "Người " + std::string(1, static_cast<char>('A' + n)),
                                 "", near ? kWard : kFarWard);
    if (near) full[made.id()] = "full";
    limited[made.id()] = "limited";
  }
  const std::string moved = full.begin()->first;  // newer version, still in the ward
  registry.Do(&Stub::MoveCitizen, MoveRequest(registry, moved, "25747"));
  const auto firm = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry));
  registry.Share(kHealth, "citizen", "limited");
  Journal ward = Journal::Of(registry, kWard), health = Journal::Of(registry, kHealth);
  Journal justice = Journal::Of(registry, kJustice);
  CHECK(ListDigests(ward, DigestsOf("citizen")) == Expected(registry, "citizen", full));
  CHECK(ListAll(ward, "citizen") == Expected(registry, "citizen", full));
  CHECK(ListDigests(health, DigestsOf("citizen")) == Expected(registry, "citizen", limited));
  CHECK(ListAll(health, "citizen") == Expected(registry, "citizen", limited));
  CHECK(ListDigests(justice, DigestsOf("citizen")) == Buckets(256));
  CHECK(ListDigests(ward, DigestsOf("enterprise")) ==
        Expected(registry, "enterprise", {{firm.id(), "full"}}));
  CHECK(ListDigests(health, DigestsOf("enterprise")) == Buckets(256));

  // After the move to another commune the ward holds one record less.
  registry.Do(&Stub::MoveCitizen, MoveRequest(registry, moved, "25750"), kDistrict);
  full.erase(moved);
  CHECK(ListDigests(ward, DigestsOf("citizen")) == Expected(registry, "citizen", full));
  const int bucket = journal::BucketOf("citizen/" + full.begin()->first);
  const auto entries = ward.Do(&JournalStub::ListBucket, BucketRequest("citizen", bucket));
  std::map<std::string, std::int64_t> versions;
  for (const auto& entry : entries.entries()) versions[entry.record_id()] = entry.version();
  CHECK(versions.at(full.begin()->first) == 1);
}

TEST_CASE("registry: the digests of very many heads are those of a scan of all of them") {
  Registry registry;
  registry.Value(
      "INSERT INTO head (record_type, record_id, version, bucket, hashes, audience, journal_id,"
      " state_row, sharing_mark) SELECT 'enterprise', 'h' || i, 1,"
      " get_byte(sha256(convert_to('enterprise/h' || i, 'UTF8')), 0),"
      " '{\"full\":\"' || md5('f' || i) || '\",\"limited\":\"' || md5('l' || i) || '\"}',"
      " CASE i % 3 WHEN 0 THEN '{\"H09.718.25747\":\"full\"}'"
      "  WHEN 1 THEN '{\"H09.13\":\"full\",\"H09.718.25747\":\"limited\"}'"
      "  ELSE '{\"H09.719\":\"full\"}' END, i, i, 1"
      " FROM generate_series(1, 20000) i RETURNING record_id");
  Buckets all(256);
  registry.pool_.Transact([&](pg::Tx& tx) {
    for (const auto& row : tx.ExecText("SELECT bucket, hashes::json ->> (audience::json ->>"
                                       " 'H09.718.25747') FROM head WHERE"
                                       " audience LIKE '%H09.718.25747%'")) {
      all.at(row[0].as<std::size_t>()).Add(Digest::FromHex(row[1].as<std::string>()));
    }
  });
  Journal ward = Journal::Of(registry, kWard);
  CHECK(ListDigests(ward, DigestsOf("enterprise")) == all);
  CHECK(ListAll(ward, "enterprise") == all);
}

TEST_CASE("registry: the feed for everyone is told apart from a unit's own") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto open = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry));
  // The registry has nothing for everyone; such a record, as the directory has them.
  registry.Value("UPDATE head SET audience = '{\"*\":\"limited\"}' WHERE record_id = '" +
                 open.id() + "' RETURNING record_id");
  Journal ward = Journal::Of(registry, kWard), service(registry, "service-registry");
  const auto everyone = Expected(registry, "enterprise", {{open.id(), "limited"}});
  for (Journal* caller : {&ward, &service}) {
    CHECK(ListDigests(*caller, DigestsOf("enterprise", jv1::FEED_ALL)) == everyone);
    CHECK(ListAll(*caller, "enterprise", jv1::FEED_ALL) == everyone);
    CHECK(ListDigests(*caller, DigestsOf("enterprise")) == Buckets(256));
    CHECK(ListDigests(*caller, DigestsOf("citizen", jv1::FEED_ALL)) == Buckets(256));
  }
  CHECK(ListDigests(ward, DigestsOf("citizen")) ==
        Expected(registry, "citizen", {{made.id(), "full"}}));
  for (const jv1::Feed feed : {jv1::FEED_UNSPECIFIED, static_cast<jv1::Feed>(7)}) {
    CHECK(ward.Try(&JournalStub::ListBucketDigests, DigestsOf("citizen", feed)) == kFieldInvalid);
    CHECK(ward.Try(&JournalStub::ListBucket, BucketRequest("citizen", 0, feed)) == kFieldInvalid);
    CHECK(ward.Try(&JournalStub::Republish, RepublishOf({"citizen/1"}, feed)) == kFieldInvalid);
  }
}

TEST_CASE("registry: digests are given of its own record types and of 256 buckets") {
  Registry registry;
  Journal ward = Journal::Of(registry, kWard);
  for (const char* type : {"unit", "", "Citizen", "citizen/"}) {
    CHECK(ward.Try(&JournalStub::ListBucketDigests, DigestsOf(type)) == kFieldInvalid);
    CHECK(ward.Try(&JournalStub::ListBucket, BucketRequest(type, 0)) == kFieldInvalid);
  }
  for (const int bucket : {-1, 256, 1 << 30}) {
    CHECK(ward.Try(&JournalStub::ListBucket, BucketRequest("citizen", bucket)) == kFieldInvalid);
  }
  for (const int bucket : {0, 255}) {
    CHECK(ward.Try(&JournalStub::ListBucket, BucketRequest("citizen", bucket)) == kDone);
  }
}

TEST_CASE("registry: records are asked for again once each, on a feed of the caller") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  Journal ward = Journal::Of(registry, kWard), far = Journal::Of(registry, kFarWard);
  const std::string key = "citizen/" + made.id();
  CHECK(ward.Do(&JournalStub::Republish, RepublishOf({key, "enterprise/x.y-z_1"})).accepted() == 2);
  CHECK(ward.Do(&JournalStub::Republish, RepublishOf({key})).accepted() == 1);
  CHECK(far.Do(&JournalStub::Republish, RepublishOf({key})).accepted() == 1);
  CHECK(ward.Do(&JournalStub::Republish, RepublishOf({})).accepted() == 0);
  CHECK(registry.Value("SELECT string_agg(member || ' ' || record_type || '/' || record_id, ', '"
                       " ORDER BY member, record_type) FROM republish") ==
        "H09.718.25747 " + key + ", H09.718.25747 enterprise/x.y-z_1, H09.719.25816 " + key);
}

TEST_CASE("registry: nobody has a record published to everyone that was never for everyone") {
  Registry registry;
  const v1::Citizen made = Registered(registry);
  const auto once = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry, "3700145020"));
  const auto now = registry.Do(&Stub::RegisterEnterprise, FirmRequest(registry, "0100233488"));
  // The registry has nothing for everyone; such records, as the directory has them.
  registry.Value("UPDATE journal SET audience_before = '{\"*\":\"limited\"}' WHERE record_id = '" +
                 once.id() + "' RETURNING record_id");
  registry.Value("UPDATE head SET audience = '{\"*\":\"limited\"}' WHERE record_id = '" + now.id() +
                 "' RETURNING record_id");
  Journal far = Journal::Of(registry, kFarWard), ward = Journal::Of(registry, kWard);
  const std::string person = "citizen/" + made.id(), unknown = "citizen/nobody";
  const auto answer =
      far.Do(&JournalStub::Republish,
             RepublishOf({person, "enterprise/" + once.id(), unknown, "enterprise/" + now.id()},
                         jv1::FEED_ALL));
  CHECK(answer.accepted() == 2);
  // What exists looks like what does not.
  const std::set<std::string> never(answer.never_published().begin(),
                                    answer.never_published().end());
  CHECK(never == std::set<std::string>{person, unknown});
  CHECK(ward.Do(&JournalStub::Republish, RepublishOf({person}, jv1::FEED_ALL)).accepted() == 0);
  CHECK(registry.Value("SELECT count(*) FROM republish WHERE member = '*'") == "2");
  CHECK(registry.Value("SELECT count(*) FROM republish WHERE record_type = 'citizen'") == "0");
}

TEST_CASE(
    "registry: keys of records that the caller does not see have a lower limit of their own") {
  Registry registry;
  const std::string seen = "citizen/" + Registered(registry).id();
  const std::string hidden = "citizen/" + Registered(registry, "B", "", kFarWard).id();
  rpc::PageTokens tokens("secret of the test");
  redis::Limiter limiter("127.0.0.1:1", "registry");  // nothing answers there: it counts here
  journal::QueriesOptions options{"registry", {}, {"citizen"}, {}};
  options.republish_keys_per_minute_max = 6;
  options.republish_unseen_keys_per_minute_max = 2;
  journal::Queries queries(options, registry.pool_, registry.clock_, tokens, &limiter, {}, {});
  rpc::Call call;
  call.system = std::string("unit-") + kWard;
  call.caller = call.unit = kWard;
  call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto refused = [&](const std::vector<std::string>& keys) {
    CHECK_THROWS_MATCHES(queries.Republish(call, RepublishOf(keys)), base::Error,
                         Catch::Matchers::Predicate<base::Error>([](const base::Error& error) {
                           return error.reason == "QUOTA_EXCEEDED" && error.retry_after.count() > 0;
                         }));
  };
  CHECK(queries.Republish(call, RepublishOf({seen, "citizen/nobody", hidden})).accepted() == 3);
  refused({hidden});
  CHECK(queries.Republish(call, RepublishOf({seen})).accepted() == 1);
  CHECK(registry.Count("republish") == "3");
  refused({seen, seen});  // of all keys: five were asked for
}

TEST_CASE("registry: bad keys to republish are refused whole") {
  Registry registry;
  Journal ward = Journal::Of(registry, kWard);
  const auto outcome = [&](const std::vector<std::string>& keys) {
    return ward.Try(&JournalStub::Republish, RepublishOf(keys));
  };
  const std::string longest = "citizen/" + std::string(64, 'x');
  for (const std::string& key : std::vector<std::string>{
           "citizen", "citizen/", "/1", "/", "", "unit/H09", longest + "x", "citizen/x/y",
           "citizen/Nguyễn", "citizen/two words", "citizen/x'"}) {
    CHECK(outcome({"citizen/1", key}) == kFieldInvalid);
  }
  std::vector<std::string> many;
  for (int n = 0; n < 1001; ++n) many.push_back("citizen/" + std::to_string(n));
  CHECK(outcome(many) == kFieldInvalid);
  CHECK(registry.Count("republish") == "0");
  many.pop_back();
  CHECK(outcome(many) == kDone);
  CHECK(registry.Count("republish") == "1000");
  CHECK(outcome({longest}) == kDone);
}

}  // namespace lienthong::registry
