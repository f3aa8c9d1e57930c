#include "platform/feed/scrub.hpp"

namespace lienthong::feed {
namespace {

constexpr int kRowsMax = 1000;
constexpr std::int64_t kBytesMax = 1024 * 1024;

}  // namespace

Scrub::Step Scrub::Run(pg::Tx& tx, TopicState state) const {
  Step step{std::move(state), {}, cursor_, sums_};
  const auto rows = SelectScrubRows(tx, topic_, cursor_, kRowsMax, kBytesMax);
  step.finding.rows = rows.size();
  std::set<std::string> owners;
  for (const CheckedRow& row : rows) {
    step.cursor = row.key;
    std::optional<journal::Digest> real;
    if (row.value) real = journal::ViewHash(row.key.Text(), row.version, *row.value);
    if (real) step.sums[{row.owner, row.key.type}].Add(*real);

    const std::optional<std::string> real_bytes =
        real ? std::optional(real->Bytes()) : std::nullopt;
    const auto totals = step.state.owners.find(row.owner);
    const bool guard_beyond = totals == step.state.owners.end() || row.guard > totals->second.seen;
    if (row.hash == real_bytes && !guard_beyond) continue;
    SetScrubbedHash(tx, topic_, row.key, real);
    journal::SetDigest& kept = step.state.owners[row.owner].types[row.key.type];
    if (row.hash && row.hash->size() == 16) kept.Remove(journal::Digest::FromBytes(*row.hash));
    if (real) kept.Add(*real);
    step.finding.altered.push_back(row.key);
    step.finding.differing[row.owner].insert(row.key.type);
    owners.insert(row.owner);
  }

  if (rows.empty()) {
    step.finding.finished = true;
    for (auto& [owner, totals] : step.state.owners) {
      for (auto& [type, sum] : totals.types) step.sums.try_emplace({owner, type});
    }
    for (const auto& [name, sum] : step.sums) {
      journal::SetDigest& kept = step.state.owners[name.first].types[name.second];
      if (kept == sum) continue;
      kept = sum;
      step.finding.differing[name.first].insert(name.second);
      owners.insert(name.first);
    }
  }
  for (const std::string& owner : owners) step.state.owners[owner].equal = false;
  UpsertTotals(tx, topic_, step.state.owners, owners);
  return step;
}

Scrub::Finding Scrub::Advance(Step step) {
  cursor_ = std::move(step.cursor);
  sums_ = std::move(step.sums);
  return std::move(step.finding);
}

void Scrub::Note(const std::vector<HashChange>& changes) {
  for (const HashChange& change : changes) {
    if (cursor_ < change.key) continue;
    if (change.before) sums_[{change.owner_before, change.key.type}].Remove(*change.before);
    if (change.after) sums_[{change.owner_after, change.key.type}].Add(*change.after);
  }
}

}  // namespace lienthong::feed
