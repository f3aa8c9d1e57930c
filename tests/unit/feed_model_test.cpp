// The rules of PROTOCOL, Reading a feed well, all of them at random against an owner with crashes,
// an old relay, compaction, alterations and restores.
#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "support/whole_copy.hpp"

namespace lienthong::feed {
namespace {

/// Owner journal -> relay -> compacted log -> this copy.
class Model {
 public:
  struct Faults {
    bool old_relay, alterations, crashes, restores;
  };

  Model(unsigned seed, Faults faults) : random_(seed), faults_(faults) {}

  void Run(int ticks) {
    for (int i = 0; i < ticks; ++i) {
      ++time_;
      if (Chance(0.7)) Write();
      Relay();
      if (faults_.old_relay) OldRelay();
      if (faults_.restores) Restore();
      if (Chance(0.1)) Compact();
      Replica();
    }
    faults_ = {};
    for (int i = 0; i < 600; ++i) ++time_, Relay(), Replica();
  }

  bool CopyIsRight() {
    const auto truth = Truth();
    if (TotalOfRows() != whole_.Totals().types["citizen"]) return false;
    std::size_t live = 0;
    for (const auto& [key, row] : whole_.copy.rows()) {
      if (!row.hash) continue;
      ++live;
      const auto found = truth.find(key);
      if (found == truth.end() || found->second != *row.hash) return false;
    }
    return live == truth.size();
  }

  int checks = 0;
  int alarms = 0;
  int alterations = 0;

 private:
  static constexpr int kLag = 60;
  static constexpr int kDelete = 400;
  using Value = std::shared_ptr<const std::string>;
  struct JournalRow {
    Position position;
    int key;
    std::int64_t version;
    Value value;  // nullptr = not visible
    std::optional<journal::Digest> before;
  };
  struct HeadRow {
    std::int64_t version = 0;
    Value value;
    bool visible = false;
    Position position;
  };
  struct LogRow {
    std::int64_t offset;
    int time;
    std::optional<int> key;  // none = barrier
    std::int64_t version;
    Value value;
    Position position;
    journal::SetDigest total;
    std::int64_t complete = 0;
  };

  bool Chance(double probability) {
    return std::uniform_real_distribution<>(0, 1)(random_) < probability;
  }
  int Pick(int low, int high) { return std::uniform_int_distribution<>(low, high - 1)(random_); }
  static journal::Digest Hash(int key, std::int64_t version, const std::string& value) {
    return journal::ViewHash(KeyOf(key).Text(), version, value);
  }
  Position Here() const { return {epoch_, position_}; }
  void Send(int key, std::int64_t version, Value value, Position position) {
    log_.push_back({offset_++, time_, key, version, std::move(value), position, {}, 0});
  }
  void SendBarrier() {
    log_.push_back({offset_++, time_, std::nullopt, 0, nullptr, Here(), total_, epoch_});
  }

  void Write() {
    const int key = Pick(0, 12);
    HeadRow& head = heads_[key];
    std::optional<journal::Digest> before;
    if (head.visible) before = Hash(key, head.version, *head.value);
    if (head.version > 0 && Chance(0.3)) {
      head.visible = !head.visible;
    } else {
      ++head.version;
      head.value = std::make_shared<std::string>(std::to_string(Pick(0, 1 << 30)));
      head.visible = Chance(0.75);
    }
    head.position = {epoch_, static_cast<std::int64_t>(journal_.size()) + 1};
    bytes_[{key, head.version}] = head.value;
    journal_.push_back(
        {head.position, key, head.version, head.visible ? head.value : nullptr, before});
  }

  void Relay() {
    const auto first = static_cast<std::size_t>(position_);
    const std::size_t end = std::min(journal_.size(), first + static_cast<std::size_t>(Pick(1, 6)));
    for (std::size_t i = first; i < end; ++i) {
      const JournalRow& row = journal_[i];
      if (row.value || row.before) Send(row.key, row.version, row.value, row.position);
      if (faults_.crashes && Chance(0.05)) return;
    }
    for (std::size_t i = first; i < end; ++i) {
      const JournalRow& row = journal_[i];
      if (row.before) total_.Remove(*row.before);
      if (row.value) total_.Add(Hash(row.key, row.version, *row.value));
    }
    position_ = static_cast<std::int64_t>(std::max(first, end));
    for (const int key : std::exchange(asked_, {})) {
      const auto head = heads_.find(key);
      if (head == heads_.end()) {
        Send(key, 0, nullptr, Here());
      } else if (head->second.position.sequence <= position_) {
        const bool visible = head->second.visible;
        Send(key, head->second.version, visible ? head->second.value : nullptr,
             visible ? Position{epoch_, head->second.position.sequence} : Here());
      }
    }
    if (Chance(0.5)) SendBarrier();
  }

  void OldRelay() {
    if (asleep_.empty() && Chance(0.02) && position_ >= 4) {
      wakes_ = time_ + Pick(5, 200);
      const auto from = journal_.begin() + (position_ - 4);
      const auto to =
          journal_.begin() + std::min<std::ptrdiff_t>(std::ssize(journal_), position_ + 4);
      asleep_.assign(from, to);
    }
    if (asleep_.empty() || time_ <= wakes_) return;
    for (const JournalRow& row : asleep_) {
      if (row.value || row.before) Send(row.key, row.version, row.value, row.position);
    }
    asleep_.clear();
  }

  void Restore() {
    if (!Chance(0.004)) return;
    const auto kept = Pick(static_cast<int>(std::max<std::int64_t>(0, position_ - 60)),
                           static_cast<int>(position_) + 1);
    journal_.resize(static_cast<std::size_t>(kept));
    heads_.clear();
    total_ = {};
    for (const JournalRow& row : journal_) {
      heads_[row.key] = {row.version, bytes_.at({row.key, row.version}), row.value != nullptr,
                         row.position};
    }
    position_ = kept;
    ++epoch_;
    asked_.clear();
    for (const auto& [key, head] : heads_) {
      if (!head.visible) continue;
      Send(key, head.version, head.value, {epoch_, head.position.sequence});
      total_.Add(Hash(key, head.version, *head.value));
    }
    SendBarrier();
  }

  void Compact() {
    std::map<std::optional<int>, std::int64_t> last;
    for (const LogRow& row : log_) {
      if (row.time <= time_ - kLag) last[row.key] = row.offset;
    }
    std::erase_if(log_, [&](const LogRow& row) {
      if (row.time > time_ - kLag) return false;
      const bool gone = row.key && !row.value && row.time < time_ - kDelete;
      return last[row.key] != row.offset || gone;
    });
  }

  void Alter() {
    std::vector<RowKey> live;
    for (const auto& [key, row] : whole_.copy.rows()) {
      if (row.hash) live.push_back(key);
    }
    if (live.empty()) return;
    ++alterations;
    Row& row = whole_.copy.rows()[live[static_cast<std::size_t>(Pick(0, std::ssize(live)))]];
    switch (Pick(0, 3)) {
      case 0:
        row.hash = journal::Digest{1, 1};
        break;
      case 1:
        row.hash.reset();
        break;
      default:
        row.guard = {epoch_, row.guard.sequence + 1000};
    }
    whole_.Totals().types["citizen"] = TotalOfRows();  // what the scrub does
  }

  void Replica() {
    if (faults_.crashes && Chance(0.002)) whole_ = {}, next_ = 0;
    if (faults_.alterations && Chance(0.006)) Alter();
    if (faults_.crashes && Chance(0.2)) return;
    int left = Pick(1, 30);
    for (const LogRow& row : log_) {
      if (row.offset < next_) continue;
      if (left-- == 0) break;
      next_ = row.offset + 1;
      if (row.key) {
        std::optional<std::string_view> value;
        if (row.value) value = *row.value;
        whole_.copy.Apply(Record(*row.key, row.position, row.version, value));
      } else {
        Check(row);
      }
    }
  }

  void Check(const LogRow& row) {
    const auto comparison =
        whole_.Apply(BarrierAt(row.position, row.complete, row.total), time_ - row.time < kLag);
    if (comparison.verdict == Copy::Verdict::kPassedOver) return;
    ++checks;
    for (const auto& [key, held] : whole_.copy.rows()) {
      if (held.suspect) asked_.insert(std::stoi(key.id.substr(1)));
    }
    if (comparison.verdict == Copy::Verdict::kMatched) return;
    ++alarms;
    const auto truth = Truth();
    for (int number = 0; number < 12; ++number) {
      const auto there = truth.find(KeyOf(number));
      const auto here = whole_.copy.rows().find(KeyOf(number));
      const bool held = here != whole_.copy.rows().end() && here->second.hash.has_value();
      const std::string ours = held ? here->second.hash->Hex() : "";
      const std::string theirs = there == truth.end() ? "" : there->second.Hex();
      if (ours == theirs) continue;
      asked_.insert(number);
      if (here != whole_.copy.rows().end()) here->second.guard = {};
    }
  }

  std::map<RowKey, journal::Digest> Truth() const {
    std::map<RowKey, journal::Digest> truth;
    for (const auto& [key, head] : heads_) {
      if (head.visible) truth[KeyOf(key)] = Hash(key, head.version, *head.value);
    }
    return truth;
  }

  journal::SetDigest TotalOfRows() {
    journal::SetDigest total;
    for (const auto& [key, row] : whole_.copy.rows()) {
      if (row.hash) total.Add(*row.hash);
    }
    return total;
  }

  std::mt19937 random_;
  Faults faults_;
  int time_ = 0;
  std::int64_t epoch_ = 1;
  std::int64_t position_ = 0;
  std::int64_t offset_ = 0;
  std::map<int, HeadRow> heads_;
  std::map<std::pair<int, std::int64_t>, Value> bytes_;
  std::vector<JournalRow> journal_;
  std::deque<LogRow> log_;
  journal::SetDigest total_;
  std::vector<JournalRow> asleep_;
  int wakes_ = 0;
  std::set<int> asked_;
  WholeCopy whole_;
  std::int64_t next_ = 0;
};

}  // namespace

TEST_CASE("the copy ends right whatever happens, and without cause there is no alarm") {
  const auto faults =
      GENERATE(Model::Faults{false, false, false, false}, Model::Faults{false, false, true, false},
               Model::Faults{true, false, true, false}, Model::Faults{false, false, true, true},
               Model::Faults{true, false, true, true}, Model::Faults{false, true, true, false},
               Model::Faults{true, true, true, true});
  int checks = 0;
  int alarms = 0;
  int alterations = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Model model(seed, faults);
    model.Run(1500);
    INFO("seed " << seed);
    CHECK(model.CopyIsRight());
    checks += model.checks;
    alarms += model.alarms;
    alterations += model.alterations;
  }
  CHECK(checks > 1000);
  if (faults.alterations) {
    CHECK(alterations > 0);
    CHECK(alarms > 0);
  } else {
    CHECK(alarms == 0);
  }
}

}  // namespace lienthong::feed
