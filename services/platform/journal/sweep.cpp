#include <map>

#include "platform/base/log.hpp"
#include "platform/base/sabotage.hpp"
#include "platform/journal/journal.hpp"
#include "platform/journal/rows.hpp"

namespace lienthong::journal {
namespace {

// Two probes of an index: what an idle sweep costs, whatever the number of heads.
constexpr pg::Statement kSharingRange{
    "journal_sharing_range",
    "SELECT min(sharing_mark), max(sharing_mark) FROM head WHERE record_type = $1"};

constexpr pg::Statement kSelectStale{
    "journal_select_stale_heads",
    "SELECT record_id, version, audience, hashes, state_row FROM head"
    " WHERE record_type = $1 AND record_id > $2 AND sharing_mark <> $3 AND version > 0"
    " ORDER BY record_id LIMIT $4 FOR UPDATE SKIP LOCKED"};

constexpr pg::Statement kMarkSwept{
    "journal_mark_swept",
    "UPDATE head SET sharing_mark = $2 WHERE record_type = $1 AND record_id = ANY($3::text[])"};

}  // namespace

std::size_t Journal::Sweep(RecordSource& source, const std::string& type,
                           std::size_t heads_of_chunk_max, const std::stop_token& stop) {
  std::size_t revisited = 0;
  std::string after;
  while (!stop.stop_requested()) {
    const bool from_start = after.empty();
    const std::size_t chunk = SweepChunk(source, type, heads_of_chunk_max, after);
    revisited += chunk;
    // Heads that were locked are passed over: another pass, until one finds nothing.
    if (chunk == 0 && from_start) break;
  }
  return revisited;
}

/// Heads behind `after`, which it moves; "" when it has come to the end.
std::size_t Journal::SweepChunk(RecordSource& source, const std::string& type,
                                std::size_t heads_max, std::string& after) {
  if (base::Sabotaged("stale-audience")) return 0;
  bool changed = false;
  std::string last;
  const std::size_t revisited = pool_.Transact([&](pg::Tx& tx) -> std::size_t {
    changed = false;
    last.clear();
    const std::int64_t mark = source.SharingMark(tx, type);
    const auto range = tx.Exec(kSharingRange, type)[0];
    if (range[0].as<std::int64_t>(mark) == mark && range[1].as<std::int64_t>(mark) == mark) {
      return 0;
    }
    const auto stale = tx.Exec(kSelectStale, type, after, mark, heads_max);
    if (stale.empty()) return 0;
    if (stale.size() == heads_max) last = stale.back()[0].as<std::string>();
    std::vector<std::string> ids;
    for (const auto& row : stale) ids.push_back(row[0].as<std::string>());
    std::map<std::string, Record> records;
    for (Record& record : source.Load(tx, type, ids)) {
      records.emplace(record.key.id, std::move(record));
    }

    rpc::Call call;
    call.system = call.caller = "service-" + options_.service;
    call.time = clock_.BusinessNow();
    CallRows rows(call, {}, {});
    std::vector<std::string> same;
    for (const auto& row : stale) {
      const auto record = records.find(row[0].as<std::string>());
      if (record == records.end()) {
        base::LogError("a head has no business record",
                       {{"type", type}, {"id", row[0].as<std::string>()}});
        same.push_back(row[0].as<std::string>());
        continue;
      }
      const Head before{row[1].as<std::int64_t>(), PairsFromText(row[2].as<std::string>()),
                        PairsFromText(row[3].as<std::string>()), row[4].as<std::int64_t>()};
      if (before.audience == record->second.audience) {
        same.push_back(record->first);
      } else {
        rows.AddAudience(record->second, before, before.state_row, ids_.New());
      }
    }
    changed = rows.Size() > 0;
    if (changed) {
      std::vector<CallRows> calls;
      calls.push_back(std::move(rows));
      WriteRows(tx, calls, clock_.MachineNow());
    }
    if (!same.empty()) tx.Queue(kMarkSwept, type, mark, pg::TextArray(same));
    return stale.size();
  });
  after = last;
  if (changed && wake_) wake_();
  return revisited;
}

}  // namespace lienthong::journal
