#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/journal/digest.hpp"
#include "platform/journal/published_seals.hpp"
#include "platform/journal/queries.hpp"
#include "platform/journal/seal.hpp"
#include "platform/redis/limiter.hpp"

namespace lienthong::journal {
namespace {

constexpr int kRepublishKeysMax = 1000;
constexpr std::size_t kDefectsMax = 100;
constexpr std::size_t kRecordIdBytesMax = 64;

/// Heads are read in so many parts of a type: bounds memory, at a pass over the table for each.
constexpr int kBucketsAtOnce = 8;

// The audience as text narrows the heads down before they are parsed: members are quoted names.
constexpr pg::Statement kHeadsOfBuckets{
    "repair_heads",
    "SELECT bucket, audience, hashes FROM head"
    " WHERE record_type = $1 AND bucket >= $3 AND bucket < $4 AND strpos(audience, $2) > 0"
    " AND version > 0"};
constexpr pg::Statement kHeadsOfBucket{
    "repair_bucket",
    "SELECT bucket, record_id, version, audience, hashes FROM head"
    " WHERE record_type = $1 AND bucket = $3 AND strpos(audience, $2) > 0 AND version > 0"};
/// Of these keys, those of which the member sees nothing now.
constexpr pg::Statement kUnseen{
    "repair_unseen",
    "SELECT t.type, t.id FROM unnest($2::text[], $3::text[]) AS t(type, id)"
    " WHERE NOT EXISTS (SELECT 1 FROM head h WHERE h.record_type = t.type AND h.record_id = t.id"
    "  AND h.version > 0 AND strpos(h.audience, $1) > 0)"};
/// Of these keys, those that never had the member in their audience.
constexpr pg::Statement kNeverSeen{
    "repair_never_seen",
    "SELECT t.type, t.id FROM unnest($2::text[], $3::text[]) AS t(type, id)"
    " WHERE NOT EXISTS (SELECT 1 FROM head h WHERE h.record_type = t.type AND h.record_id = t.id"
    "  AND strpos(h.audience, $1) > 0)"
    " AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.record_type = t.type"
    "  AND j.record_id = t.id AND strpos(j.audience || j.audience_before, $1) > 0)"};
constexpr pg::Statement kInsertRepublish{
    "repair_republish",
    "INSERT INTO republish (member, record_type, record_id, asked_at)"
    " SELECT $1, t.type, t.id, now() FROM unnest($2::text[], $3::text[]) AS t(type, id)"
    " ON CONFLICT DO NOTHING"};
constexpr pg::Statement kRecordedAt{
    "repair_recorded_at",
    "SELECT (extract(epoch FROM recorded_at) * 1000000)::bigint FROM journal WHERE id >= $1"
    " ORDER BY id LIMIT 1"};

bool IsPlainId(const std::string& id) {
  return id.size() <= kRecordIdBytesMax && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
         });
}

/// A key to republish, as record type and record id.
std::pair<std::string, std::string> ToKey(const std::string& key) {
  const std::size_t slash = key.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == key.size()) {
    throw base::InvalidField("keys", "a key is <record type>/<record id>");
  }
  std::string id = key.substr(slash + 1);
  // Unknown keys become tombstones that every reader keeps: no place for a text.
  if (!IsPlainId(id)) {
    throw base::InvalidField("keys", "a record id has at most 64 letters, digits, '.', '-', '_'");
  }
  return {key.substr(0, slash), std::move(id)};
}

std::string MemberOf(const rpc::Call& call, v1::Feed feed) {
  if (feed == v1::FEED_OWN) return call.caller;
  if (feed == v1::FEED_ALL) return std::string(kEveryone);
  throw base::InvalidField("feed", "must be FEED_OWN or FEED_ALL");
}

/// As the text of an audience names it.
std::string Quoted(const std::string& member) { return '"' + member + '"'; }

struct KeyLists {
  std::vector<std::string> types;
  std::vector<std::string> ids;
};

/// Takes the keys out that an answer of the database names; returns them.
std::vector<std::string> TakeOut(KeyLists& keys, const pg::Result& named) {
  std::set<std::pair<std::string, std::string>> out;
  for (const auto& row : named) out.emplace(row[0].as<std::string>(), row[1].as<std::string>());
  KeyLists left;
  for (std::size_t i = 0; i < keys.ids.size(); ++i) {
    if (out.contains({keys.types[i], keys.ids[i]})) continue;
    left.types.push_back(keys.types[i]);
    left.ids.push_back(keys.ids[i]);
  }
  keys = std::move(left);
  std::vector<std::string> taken;
  for (const auto& [type, id] : out) taken.push_back(type + "/" + id);
  return taken;
}

/// How much a clock may have gone back between the recording of a row and its seal.
constexpr std::chrono::hours kClockAheadMax{1};

/// When the seal that covers a row was published, or before; nullopt = from the beginning.
std::optional<base::Time> SealedSince(pg::Pool& pool, std::int64_t id) {
  if (id <= 1) return std::nullopt;
  return pool.Transact([&](pg::Tx& tx) -> std::optional<base::Time> {
    const auto rows = tx.Exec(kRecordedAt, id);
    if (rows.empty()) return std::nullopt;
    return base::Time(std::chrono::microseconds(rows[0][0].as<std::int64_t>())) - kClockAheadMax;
  });
}

}  // namespace

Queries::Queries(QueriesOptions options, pg::Pool& pool, const base::Clock& clock,
                 const rpc::PageTokens& tokens, redis::Limiter* limiter, OnRepeatedRead on_read,
                 std::function<void()> wake_relay)
    : options_(std::move(options)),
      pool_(pool),
      clock_(clock),
      tokens_(tokens),
      limiter_(limiter),
      on_read_(std::move(on_read)),
      wake_relay_(std::move(wake_relay)) {}

void Queries::CheckOwned(const std::string& record_type, const std::string& field) const {
  const auto& types = options_.record_types;
  if (std::find(types.begin(), types.end(), record_type) == types.end()) {
    throw base::InvalidField(field, "not a record type of this service");
  }
}

void Queries::TakeBucketCall(const rpc::Call& call) {
  if (limiter_ == nullptr) return;
  const redis::Limit limit{options_.bucket_calls_per_minute_max, std::chrono::minutes(1)};
  const auto verdict = limiter_->Take("bucket/" + call.system, limit);
  if (!verdict.allowed) {
    throw base::Exhausted("QUOTA_EXCEEDED", "too many repair calls", verdict.retry_after);
  }
}

v1::ListBucketDigestsResponse Queries::ListBucketDigests(
    const rpc::Call& call, const v1::ListBucketDigestsRequest& request) {
  CheckOwned(request.record_type(), "record_type");
  TakeBucketCall(call);
  const std::string member = MemberOf(call, request.feed());
  std::array<SetDigest, kBuckets> buckets;
  pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    buckets = {};
    for (int first = 0; first < kBuckets; first += kBucketsAtOnce) {
      for (const auto& row : tx.Exec(kHeadsOfBuckets, request.record_type(), Quoted(member), first,
                                     first + kBucketsAtOnce)) {
        const Audience audience = PairsFromText(row[1].as<std::string>());
        const auto view = audience.find(member);
        if (view == audience.end()) continue;
        const auto hashes = PairsFromText(row[2].as<std::string>());
        buckets.at(row[0].as<std::size_t>()).Add(Digest::FromHex(hashes.at(view->second)));
      }
    }
  });
  v1::ListBucketDigestsResponse answer;
  for (const SetDigest& bucket : buckets) {
    auto* entry = answer.add_buckets();
    entry->set_count(bucket.count);
    entry->set_digest(bucket.digest.Hex());
  }
  return answer;
}

v1::ListBucketResponse Queries::ListBucket(const rpc::Call& call,
                                           const v1::ListBucketRequest& request) {
  CheckOwned(request.record_type(), "record_type");
  TakeBucketCall(call);
  if (request.bucket() < 0 || request.bucket() >= kBuckets) {
    throw base::InvalidField("bucket", "must be 0 to 255");
  }
  const std::string member = MemberOf(call, request.feed());
  return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    v1::ListBucketResponse answer;
    for (const auto& row :
         tx.Exec(kHeadsOfBucket, request.record_type(), Quoted(member), request.bucket())) {
      const Audience audience = PairsFromText(row[3].as<std::string>());
      const auto view = audience.find(member);
      if (view == audience.end()) continue;
      auto* entry = answer.add_entries();
      entry->set_record_id(row[1].as<std::string>());
      entry->set_version(row[2].as<std::int64_t>());
      entry->set_hash(PairsFromText(row[4].as<std::string>()).at(view->second));
    }
    return answer;
  });
}

void Queries::TakeRepublish(const rpc::Call& call, const std::string& name, std::int64_t keys_max,
                            std::size_t keys) {
  if (limiter_ == nullptr || keys == 0) return;
  const auto verdict = limiter_->Take(name + "/" + call.system, {keys_max, std::chrono::minutes(1)},
                                      static_cast<std::int64_t>(keys));
  if (!verdict.allowed) {
    throw base::Exhausted("QUOTA_EXCEEDED", "too many keys to republish", verdict.retry_after);
  }
}

v1::RepublishResponse Queries::Republish(const rpc::Call& call,
                                         const v1::RepublishRequest& request) {
  if (request.keys_size() > kRepublishKeysMax) {
    throw base::InvalidField("keys", "at most 1000 keys");
  }
  const std::string member = MemberOf(call, request.feed());
  KeyLists keys;
  for (const std::string& key : request.keys()) {
    const auto [type, id] = ToKey(key);
    CheckOwned(type, "keys");
    keys.types.push_back(type);
    keys.ids.push_back(id);
  }
  TakeRepublish(call, "republish", options_.republish_keys_per_minute_max, keys.ids.size());
  // Every tombstone stays with its readers for ever: in the feed of everyone nobody makes one for
  // what was never there, in the own feed few for what one does not see.
  const bool for_everyone = request.feed() == v1::FEED_ALL;
  const auto unseen = pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    return tx.Exec(for_everyone ? kNeverSeen : kUnseen, Quoted(member), pg::TextArray(keys.types),
                   pg::TextArray(keys.ids));
  });
  v1::RepublishResponse answer;
  if (for_everyone) {
    const std::vector<std::string> never = TakeOut(keys, unseen);
    answer.mutable_never_published()->Assign(never.begin(), never.end());
  } else {
    TakeRepublish(call, "republish-unseen", options_.republish_unseen_keys_per_minute_max,
                  unseen.size());
  }
  if (answer.never_published_size() > 0) {
    base::LogInfo(
        "keys that were never published to everyone are not republished",
        {{"system", call.system}, {"keys", std::to_string(answer.never_published_size())}});
  }
  pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    tx.Exec(kInsertRepublish, member, pg::TextArray(keys.types), pg::TextArray(keys.ids));
  });
  if (wake_relay_) wake_relay_();
  answer.set_accepted(static_cast<int>(keys.ids.size()));
  return answer;
}

v1::VerifySealsResponse Queries::VerifySeals(const rpc::Call& call,
                                             const v1::VerifySealsRequest& request) {
  PublishedSeals published(options_.kafka, options_.service,
                           SealedSince(pool_, request.from_sequence()));
  const auto next = [&] {
    if (call.cancelled && call.cancelled->load()) throw base::Cancelled();
    return published.Next();
  };
  const SealReport report = journal::VerifySeals(pool_, call.deadline, request.from_sequence(),
                                                 request.to_sequence(), next);
  v1::VerifySealsResponse answer;
  answer.set_intact(report.defects.empty());
  answer.set_seals_checked(report.seals);
  answer.set_rows_checked(report.rows);
  for (const SealDefect& defect : report.defects) {
    if (static_cast<std::size_t>(answer.defects_size()) == kDefectsMax) break;
    auto* entry = answer.add_defects();
    entry->set_from_sequence(defect.from);
    entry->set_to_sequence(defect.to);
    entry->set_kind(defect.kind);
    entry->set_description(defect.description);
  }
  return answer;
}

}  // namespace lienthong::journal
