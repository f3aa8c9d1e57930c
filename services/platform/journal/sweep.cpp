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
    "SELECT min(sharing_sequence), max(sharing_sequence) FROM head WHERE record_type = $1"};

constexpr pg::Statement kSelectStale{
    "journal_select_stale_heads",
    "SELECT record_id, version, audience, hashes, state_row FROM head"
    " WHERE record_type = $1 AND (sharing_sequence < $2 OR sharing_sequence > $2) AND version > 0"
    " ORDER BY record_id LIMIT $3 FOR UPDATE SKIP LOCKED"};

constexpr pg::Statement kMarkSwept{
    "journal_mark_swept",
    "UPDATE head SET sharing_sequence = $2 WHERE record_type = $1 AND record_id = ANY($3::text[])"};

}  // namespace

std::size_t Journal::SweepChunk(RecordSource& source, const std::string& type,
                                std::size_t heads_max) {
  if (base::Sabotaged("stale-audience")) return 0;
  bool changed = false;
  const std::size_t revisited = pool_.Transact([&](pg::Tx& tx) -> std::size_t {
    changed = false;
    const std::int64_t sequence = source.SharingSequence(tx, type);
    const auto range = tx.Exec(kSharingRange, type)[0];
    if (range[0].as<std::int64_t>(sequence) == sequence &&
        range[1].as<std::int64_t>(sequence) == sequence) {
      return 0;
    }
    const auto stale = tx.Exec(kSelectStale, type, sequence, heads_max);
    if (stale.empty()) return 0;
    std::vector<std::string> ids;
    for (const auto& row : stale) ids.push_back(row[0].as<std::string>());
    std::map<std::string, Record> records;
    for (Record& record : source.Load(tx, type, ids)) {
      records.emplace(record.key.id, std::move(record));
    }

    rpc::Call call;
    call.system = call.caller = "service-" + options_.service;
    call.time = clock_.BusinessNow();
    RowWriter writer(call, {}, {}, clock_.MachineNow());
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
                        PairsFromText(row[3].as<std::string>())};
      if (before.audience == record->second.audience) {
        same.push_back(record->first);
      } else {
        writer.AddAudience(record->second, before, row[4].as<std::int64_t>(), ids_.New());
      }
    }
    if (!writer.Empty()) writer.Write(tx);
    if (!same.empty()) tx.Exec(kMarkSwept, type, sequence, pg::TextArray(same));
    changed = !writer.Empty();
    return stale.size();
  });
  if (changed && wake_) wake_();
  return revisited;
}

}  // namespace lienthong::journal
