#include "platform/access/sharing.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"

namespace lienthong::access {
namespace {

using directory::v1::Agreement;
using directory::v1::Unit;

/// A unit continued by one that was closed in turn, and so on: more is a mistake in the data.
constexpr int kSuccessionsMax = 16;
constexpr std::size_t kCommuneCodeSize = 5;

// What the parsed rules depend on (migrations/), and whether they were ever known as a whole.
constexpr pg::Statement kSharingChanges = {
    "access_sharing_changes",
    "SELECT number, EXISTS (SELECT FROM feed_owner WHERE topic = 'lienthong.feed.all'"
    " AND owner = 'directory' AND matched_time IS NOT NULL) FROM sharing_change"};

constexpr pg::Statement kSharingRows = {
    "access_sharing_rows",
    "SELECT record_type, value FROM feed_record WHERE topic = 'lienthong.feed.all'"
    " AND record_type IN ('unit', 'agreement') AND value IS NOT NULL"
    " ORDER BY record_type, record_id"};

std::size_t RankOf(const std::string& view, const std::vector<std::string>& views_widest_first) {
  return static_cast<std::size_t>(
      std::find(views_widest_first.begin(), views_widest_first.end(), view) -
      views_widest_first.begin());
}

/// The widest of several grounds counts.
void AddGround(const std::string& member, const std::string& view, journal::Audience& audience,
               const std::vector<std::string>& views_widest_first) {
  if (audience.contains(std::string(journal::kEveryone))) return;  // stands alone
  const std::size_t rank = RankOf(view, views_widest_first);
  // A view that this release cannot make yet shows nothing.
  if (rank == views_widest_first.size()) return;
  const auto [at, is_new] = audience.emplace(member, view);
  if (!is_new && rank < RankOf(at->second, views_widest_first)) at->second = view;
}

/// Of two units with the same code of the statistics office: does `a` have it rather than `b`?
bool HasCodeRather(const Unit& a, const Unit& b) {
  if (a.closed() != b.closed()) return !a.closed();
  // Both open: the later one has not begun yet, or it would have closed the other.
  if (!a.closed()) return a.valid_from() < b.valid_from();
  return a.valid_to() > b.valid_to();
}

}  // namespace

Sharing::Sharing(std::vector<Unit> units, std::vector<Agreement> agreements) {
  for (Unit& unit : units) {
    std::string id = unit.id();
    units_.insert_or_assign(std::move(id), std::move(unit));
  }
  for (const auto& [id, unit] : units_) {
    if (!unit.code102().empty()) by_code102_.emplace(unit.code102(), id);
    if (unit.gso_code().empty()) continue;
    const auto [at, is_new] = by_gso_code_.emplace(unit.gso_code(), id);
    if (!is_new && HasCodeRather(unit, units_.at(at->second))) at->second = id;
  }
  for (Agreement& agreement : agreements) {
    if (agreement.state() != directory::v1::AGREEMENT_STATE_ACTIVE) continue;
    const Unit* const consumer = Find(agreement.consumer_unit_id());
    // An agreement names its consumer; it does not pass to those who continue it.
    if (consumer == nullptr || consumer->closed()) continue;
    agreements_.push_back(std::move(agreement));
  }
  MakeMarks();
}

const Unit* Sharing::FindByGsoCode(const std::string& code) const {
  const auto at = by_gso_code_.find(code);
  return at == by_gso_code_.end() ? nullptr : Find(at->second);
}

const Unit* Sharing::FindByCode102(const std::string& code) const {
  constexpr std::string_view kOutermost = "000.00.00.";  // levels read right to left
  constexpr std::size_t kLength = kOutermost.size() + 3;
  // Short forms leave the outermost levels out.
  const std::size_t missing = kLength - std::min(kLength, code.size());
  const auto at = by_code102_.find(std::string(kOutermost.substr(0, missing)) + code);
  return at == by_code102_.end() ? nullptr : Find(at->second);
}

const Unit* Sharing::Find(const std::string& code) const {
  const auto at = units_.find(code);
  return at == units_.end() ? nullptr : &at->second;
}

std::string Sharing::CarrierOf(const std::string& unit) const {
  const Unit* const found = Find(unit);
  return found == nullptr || found->carrier_id().empty() ? unit : found->carrier_id();
}

const Unit* Sharing::HeirOf(const std::string& unit) const {
  const Unit* found = Find(unit);
  for (int i = 0; found != nullptr && found->closed() && i < kSuccessionsMax; ++i) {
    found = found->successor_ids_size() == 1 ? Find(found->successor_ids(0)) : nullptr;
  }
  return found == nullptr || found->closed() ? nullptr : found;
}

std::map<std::string, std::string> Sharing::Successions() const {
  std::map<std::string, std::string> heirs;
  for (const auto& [id, unit] : units_) {
    if (!unit.closed()) continue;
    const Unit* const heir = HeirOf(id);
    if (heir != nullptr) heirs.emplace(id, heir->id());
  }
  return heirs;
}

std::vector<std::string> Sharing::Uncontinued() const {
  std::vector<std::string> ended;
  for (const auto& [id, unit] : units_) {
    if (unit.closed() && HeirOf(id) == nullptr) ended.push_back(id);
  }
  return ended;
}

bool Sharing::IsContinuedBy(const Unit& closed, const std::string& unit, int steps) const {
  const auto& parts = closed.successor_ids();
  return std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
    if (part == unit) return true;
    const Unit* const found = Find(part);
    return steps > 0 && found != nullptr && found->closed() &&
           IsContinuedBy(*found, unit, steps - 1);
  });
}

std::vector<std::string> Sharing::SplitInto(const std::string& unit) const {
  std::vector<std::string> split;
  for (const auto& [id, closed] : units_) {
    if (closed.closed() && HeirOf(id) == nullptr && IsContinuedBy(closed, unit, kSuccessionsMax)) {
      split.push_back(id);
    }
  }
  return split;
}

void Sharing::AddUnit(const std::string& unit, const std::string& view, journal::Audience& audience,
                      const std::vector<std::string>& views_widest_first) const {
  const Unit* const heir = HeirOf(unit);
  if (heir != nullptr) AddGround(CarrierOf(heir->id()), view, audience, views_widest_first);
}

void Sharing::AddTerritory(const std::string& commune_code, const std::string& view,
                           journal::Audience& audience,
                           const std::vector<std::string>& views_widest_first) const {
  const Unit* const commune = FindByGsoCode(commune_code);
  if (commune == nullptr) return;
  AddUnit(commune->id(), view, audience, views_widest_first);
  const Unit* const above = Find(commune->parent_id());
  // Since 01/07/2025 a commune stands directly below the province, which sees by agreements.
  if (above == nullptr || above->kind() != directory::v1::UNIT_KIND_DISTRICT) return;
  AddUnit(above->id(), view, audience, views_widest_first);
}

void Sharing::AddAgreements(const std::string& record_type, journal::Audience& audience,
                            const std::vector<std::string>& views_widest_first) const {
  for (const Agreement& agreement : agreements_) {
    if (agreement.record_type() != record_type) continue;
    AddGround(CarrierOf(agreement.consumer_unit_id()), agreement.view(), audience,
              views_widest_first);
  }
}

std::optional<std::string> Sharing::AgreementView(
    const std::string& record_type, const std::string& carrier,
    const std::vector<std::string>& views_widest_first) const {
  journal::Audience audience;
  AddAgreements(record_type, audience, views_widest_first);
  return journal::ViewOf(audience, carrier);
}

std::vector<std::string> Sharing::CommunesSeenBy(const std::string& carrier) const {
  static const std::string kAny = "any";
  std::vector<std::string> codes;
  for (const auto& [code, unit] : by_gso_code_) {
    if (code.size() != kCommuneCodeSize) continue;
    journal::Audience audience;
    AddTerritory(code, kAny, audience, {kAny});
    if (audience.contains(carrier)) codes.push_back(code);
  }
  return codes;
}

std::int64_t Sharing::Mark(const std::string& record_type) const {
  const auto at = marks_.find(record_type);
  return at == marks_.end() ? marks_.at({}) : at->second;
}

void Sharing::MakeMarks() {
  std::string units;
  for (const auto& [id, unit] : units_) {
    Unit rules = unit;
    rules.clear_code102();  // no rule speaks of it
    units += journal::ToJson(rules) + '\n';
  }
  std::map<std::string, std::map<std::string, std::string>> agreements;  // of each type, by id
  agreements[{}];
  for (const Agreement& agreement : agreements_) {
    agreements[agreement.record_type()].emplace(agreement.id(), journal::ToJson(agreement));
  }
  for (const auto& [type, by_id] : agreements) {
    base::Sha256 sum;
    sum.Add(units);
    for (const auto& [id, json] : by_id) sum.Add(json).Add("\n");
    const std::string bytes = sum.Finish();
    std::memcpy(&marks_[type], bytes.data(), sizeof(std::int64_t));
  }
}

std::shared_ptr<const Sharing> SharingReader::Read(pg::Tx& tx) {
  return tx.Once<Sharing>(this, [&] { return ReadNow(tx); });
}

std::shared_ptr<const Sharing> SharingReader::ReadNow(pg::Tx& tx) {
  const auto known = tx.Exec(kSharingChanges)[0];
  if (!known[1].as<bool>()) {
    throw base::Unavailable("DIRECTORY_STALE", "the sharing rules are not known yet");
  }
  const auto changes = known[0].as<std::int64_t>();
  {
    const std::lock_guard lock(mutex_);
    if (last_ != nullptr && changes == changes_) return last_;
  }
  std::vector<Unit> units;
  std::vector<Agreement> agreements;
  for (const auto& row : tx.Exec(kSharingRows)) {
    if (row[0].as<std::string>() == "unit") {
      journal::FromJson(row[1].as<std::string>(), &units.emplace_back());
    } else {
      journal::FromJson(row[1].as<std::string>(), &agreements.emplace_back());
    }
  }
  auto read = std::make_shared<const Sharing>(std::move(units), std::move(agreements));
  // The rows may be newer than the number; then the next number differs, and they are read again.
  const std::lock_guard lock(mutex_);
  changes_ = changes;
  last_ = read;
  return read;
}

}  // namespace lienthong::access
