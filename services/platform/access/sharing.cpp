#include "platform/access/sharing.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lienthong::access {
namespace {

using directory::v1::Agreement;
using directory::v1::Unit;

/// A unit continued by one that was closed in turn, and so on: more is a mistake in the data.
constexpr int kSuccessionsMax = 16;
constexpr std::size_t kCommuneCodeSize = 5;

/// What the parsed rules depend on: cheap, by the index (topic, record_type, sequence). A restored
/// directory may use sequences again, under a higher epoch.
constexpr pg::Statement kSharingMark = {
    "access_sharing_mark",
    "SELECT concat_ws(' ',"
    " (SELECT max(sequence) FROM feed_record"
    "   WHERE topic = 'lienthong.feed.all' AND record_type = 'unit'),"
    " (SELECT max(sequence) FROM feed_record"
    "   WHERE topic = 'lienthong.feed.all' AND record_type = 'agreement'),"
    " (SELECT concat_ws(' ', count(*), count(value), max(epoch)) FROM feed_record"
    "   WHERE topic = 'lienthong.feed.all' AND record_type IN ('unit', 'agreement')))"};

constexpr pg::Statement kSharingRows = {
    "access_sharing_rows",
    "SELECT record_type, sequence, value FROM feed_record"
    " WHERE topic = 'lienthong.feed.all' AND record_type IN ('unit', 'agreement')"
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

Sharing::Sharing(std::vector<Unit> units, std::vector<Agreement> agreements,
                 std::map<std::string, std::int64_t> sequences)
    : sequences_(std::move(sequences)) {
  for (Unit& unit : units) {
    std::string id = unit.id();
    units_.insert_or_assign(std::move(id), std::move(unit));
  }
  for (const auto& [id, unit] : units_) {
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
}

const Unit* Sharing::FindByGsoCode(const std::string& code) const {
  const auto at = by_gso_code_.find(code);
  return at == by_gso_code_.end() ? nullptr : Find(at->second);
}

const Unit* Sharing::Find(const std::string& code) const {
  const auto at = units_.find(code);
  return at == units_.end() ? nullptr : &at->second;
}

std::string Sharing::CarrierOf(const std::string& unit) const {
  const Unit* const found = Find(unit);
  return found == nullptr || found->carrier_id().empty() ? unit : found->carrier_id();
}

std::optional<std::string> Sharing::CarrierOfGround(const std::string& unit) const {
  const Unit* found = Find(unit);
  for (int i = 0; found != nullptr && found->closed() && i < kSuccessionsMax; ++i) {
    found = found->successor_ids_size() == 1 ? Find(found->successor_ids(0)) : nullptr;
  }
  if (found == nullptr || found->closed()) return std::nullopt;
  return CarrierOf(found->id());
}

void Sharing::AddUnit(const std::string& unit, const std::string& view, journal::Audience& audience,
                      const std::vector<std::string>& views_widest_first) const {
  const std::optional<std::string> carrier = CarrierOfGround(unit);
  if (carrier) AddGround(*carrier, view, audience, views_widest_first);
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

std::int64_t Sharing::Sequence(const std::string& record_type) const {
  std::int64_t newest = 0;
  for (const std::string& type : {std::string(), record_type}) {
    const auto at = sequences_.find(type);
    if (at != sequences_.end()) newest = std::max(newest, at->second);
  }
  return newest;
}

std::shared_ptr<const Sharing> SharingReader::Read(pg::Tx& tx) {
  const std::string mark = tx.Exec(kSharingMark)[0][0].as<std::string>();
  {
    const std::lock_guard lock(mutex_);
    if (last_ != nullptr && mark == mark_) return last_;
  }
  std::vector<Unit> units;
  std::vector<Agreement> agreements;
  std::map<std::string, std::int64_t> sequences;
  for (const auto& row : tx.Exec(kSharingRows)) {
    // A deleted agreement no longer says on what it was: it counts for every type, as a unit does.
    std::string concerned;
    if (!row[2].is_null() && row[0].as<std::string>() == "unit") {
      journal::FromJson(row[2].as<std::string>(), &units.emplace_back());
    } else if (!row[2].is_null()) {
      journal::FromJson(row[2].as<std::string>(), &agreements.emplace_back());
      concerned = agreements.back().record_type();
    }
    std::int64_t& newest = sequences[concerned];
    newest = std::max(newest, row[1].as<std::int64_t>());
  }
  auto read = std::make_shared<const Sharing>(std::move(units), std::move(agreements),
                                              std::move(sequences));
  // The rows may be newer than the mark; then the next mark differs, and they are read once more.
  const std::lock_guard lock(mutex_);
  mark_ = mark;
  last_ = read;
  return read;
}

}  // namespace lienthong::access
