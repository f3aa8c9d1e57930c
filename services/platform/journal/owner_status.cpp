#include "platform/journal/owner_status.hpp"

#include <chrono>

#include <google/protobuf/util/time_util.h>

#include "platform/base/version.hpp"
#include "platform/journal/measures.hpp"
#include "platform/kafka/catalogue.hpp"

namespace lienthong::journal {
namespace {

constexpr int kBrokenFeedsMax = 1000;

constexpr pg::Statement kProgress{
    "status_progress",
    "SELECT epoch, complete, position,"
    "  (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM journal_id_seq),"
    "  (SELECT (extract(epoch FROM recorded_at) * 1000000)::bigint FROM journal"
    "   WHERE id > relay_state.position ORDER BY id LIMIT 1)"
    " FROM relay_state"};

// The lock that a relay holds while it publishes: the number is that of relay_store.cpp.
constexpr pg::Statement kRelayHeld{
    "status_relay_held",
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    "  AND classid = 0 AND objid = 741002 AND objsubid = 1"
    "  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"};

constexpr pg::Statement kBrokenFeeds{
    "status_broken_feeds",
    "SELECT member, (extract(epoch FROM since) * 1000000)::bigint, reason FROM broken_feed"
    " ORDER BY member LIMIT $1"};

google::protobuf::Timestamp TimestampOf(std::int64_t microseconds) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(microseconds);
}

google::protobuf::Timestamp TimestampOf(base::Time time) {
  return TimestampOf(time.time_since_epoch().count());
}

void AddStored(pg::Tx& tx, v1::OwnerStatus& status) {
  const auto progress = tx.Exec(kProgress)[0];
  status.set_epoch(progress[0].as<std::int64_t>());
  status.set_complete_epoch(progress[1].as<std::int64_t>());
  status.set_relay_sequence(progress[2].as<std::int64_t>());
  status.set_newest_sequence(progress[3].as<std::int64_t>());
  if (!progress[4].is_null()) {
    *status.mutable_oldest_unsent_at() = TimestampOf(progress[4].as<std::int64_t>());
  }
  status.set_relay_held(tx.Exec(kRelayHeld)[0][0].as<bool>());
  for (const auto& row : tx.Exec(kBrokenFeeds, kBrokenFeedsMax)) {
    v1::BrokenFeed& feed = *status.add_broken_feeds();
    feed.set_topic(kafka::FeedTopic(row[0].as<std::string>()));
    *feed.mutable_since() = TimestampOf(row[1].as<std::int64_t>());
    feed.set_reason(row[2].as<std::string>());
  }
  const OwnerFigures figures = SelectOwnerFigures(tx);
  if (figures.sealed_to > 0) {
    v1::Seal& seal = *status.mutable_newest_seal();
    seal.set_to_sequence(figures.sealed_to);
    if (figures.sealed_at) *seal.mutable_recorded_at() = TimestampOf(*figures.sealed_at);
  }
  status.set_database_bytes(figures.database_bytes);
  status.set_journal_bytes(figures.journal_bytes);
}

}  // namespace

v1::OwnerStatus OwnerStatus::GetOwnerStatus(const rpc::Call& call,
                                            const v1::GetOwnerStatusRequest&) {
  v1::OwnerStatus status;
  pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    status.Clear();
    AddStored(tx, status);
  });
  status.set_service(service_);
  status.set_program_version(base::Version());
  const RelayStatus relay = sources_.relay();
  status.set_relay_active(relay.active);
  status.set_stopped_by_seals(relay.stopped_by_seal);
  const SweepStatus sweep = sources_.sweep();
  if (sweep.swept_at) *status.mutable_swept_at() = TimestampOf(*sweep.swept_at);
  status.set_stale_audiences(sources_.stale_audiences(call.deadline));
  if (sweep.scrubbed_at) *status.mutable_scrubbed_at() = TimestampOf(*sweep.scrubbed_at);
  status.set_scrub_defects(sweep.scrub_defects);
  status.set_parked_events(sources_.parked());
  const base::Time directory = sources_.directory_verified_at();
  if (directory != base::Time{}) *status.mutable_directory_verified_at() = TimestampOf(directory);
  return status;
}

}  // namespace lienthong::journal
