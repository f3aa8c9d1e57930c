#include "hotline/service_indicators.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "hotline/service_citizens.hpp"
#include "hotline/store_indicators.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

constexpr std::chrono::days kPeriodMax{366};
constexpr std::chrono::minutes kPublicFor{5};
constexpr std::size_t kPublicKeptMax = 32;
/// A public count below that could point at somebody.
constexpr std::int64_t kPublicCountMin = 5;

template <class Request>
FiguresQuery ToQuery(const Request& request, const Call& call) {
  FiguresQuery query;
  query.from = journal::CheckTime(request.from(), "from");
  query.to = journal::CheckTime(request.to(), "to");
  query.now = call.time;
  if (query.to <= query.from || query.to - query.from > kPeriodMax) {
    throw base::InvalidField("to", "must be after `from`, by at most 366 days");
  }
  return query;
}

void Set(const Ratio& ratio, v1::Share* share) {
  share->set_part(ratio.part);
  share->set_whole(ratio.whole);
}

void Fill(const TicketFigures& figures, v1::Indicators& message) {
  message.set_received(figures.received);
  for (const auto& [channel, count] : figures.channels) {
    auto* const one = message.add_channels();
    one->set_channel(static_cast<v1::Channel>(channel));
    one->set_count(count);
  }
  for (const auto& [category, count] : figures.categories) {
    auto* const one = message.add_categories();
    one->set_category_id(category);
    one->set_count(count);
  }
  for (const auto& [commune, count] : figures.communes) {
    auto* const one = message.add_communes();
    one->set_commune_unit_id(commune.first);
    one->set_commune_code(commune.second);
    one->set_count(count);
  }
  Set(figures.forwarded_in_time, message.mutable_forwarded_in_time());
  Set(figures.responded_in_time, message.mutable_responded_in_time());
  Set(figures.answered_in_time, message.mutable_answered_in_time());
  if (figures.mean_response_seconds) {
    message.set_mean_response_seconds(*figures.mean_response_seconds);
  }
  Set(figures.reopened, message.mutable_reopened());
  Set(figures.published, message.mutable_published());
  const auto& levels = figures.satisfaction;
  Set({levels[2] + levels[3], levels[0] + levels[1] + levels[2] + levels[3]},
      message.mutable_satisfied());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] == 0) continue;
    auto* const one = message.add_satisfaction();
    one->set_satisfaction(static_cast<v1::Satisfaction>(i + 1));
    one->set_count(levels[i]);
  }
}

void Add(const Ratio& ratio, Ratio& to) {
  to.part += ratio.part;
  to.whole += ratio.whole;
}

/// Of units of today: what a closed unit did counts for the one that continues it, before counts
/// are compared with the least that is told. One that was split among several stands
/// for itself.
std::map<std::string, UnitFigures> OfToday(const std::vector<UnitFigures>& all,
                                           const access::Sharing& sharing) {
  std::map<std::string, UnitFigures> units;
  for (const UnitFigures& one : all) {
    const auto* const heir = sharing.HeirOf(one.unit_id);
    UnitFigures& unit = units[heir == nullptr ? one.unit_id : heir->id()];
    unit.received += one.received;
    unit.answered += one.answered;
    unit.overdue += one.overdue;
    Add(one.on_time, unit.on_time);
    Add(one.returned, unit.returned);
    Add(one.satisfied, unit.satisfied);
  }
  return units;
}

/// The unit of today that has what this one had, and those that it continues.
std::vector<std::string> WithContinued(const std::string& unit_id, const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(unit_id);
  std::vector<std::string> units{heir == nullptr ? unit_id : heir->id()};
  for (const auto& [closed, by] : sharing.Successions()) {
    if (by == units.front()) units.push_back(closed);
  }
  return units;
}

/// Whose work and tickets the caller has figures of. Throws NotFound.
void Narrow(const std::string& unit_id, const Call& call, const Sight& sight, Tx& tx,
            FiguresQuery& query) {
  const Centre& centre = sight.TheRules().TheCentre();
  const bool keeps = access::IsOwn(centre.unit_id, call, sight.Sharing());
  const bool has_all = keeps || access::IsOwn(centre.office_unit_id, call, sight.Sharing());
  if (has_all) query.keeper_units = WithContinued(centre.unit_id, sight.Sharing());
  if (!has_all) query.units = sight.Units();
  if (has_all && !keeps) {
    query.without_concerned = SelectConcerned(tx);
    std::erase_if(query.without_concerned,
                  [&](const std::string& unit) { return !sight.IsKeptFrom(unit); });
  }
  if (unit_id.empty()) return;
  const auto own = sight.Units();
  if (!has_all && std::find(own.begin(), own.end(), unit_id) == own.end()) throw base::NotFound();
  query.units = WithContinued(unit_id, sight.Sharing());
}

}  // namespace

std::shared_ptr<KeptIndicators::Kept> KeptIndicators::Find(const std::string& asked) {
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= kPublicKeptMax && !kept_.contains(asked)) kept_.clear();
  std::shared_ptr<Kept>& kept = kept_[asked];
  if (kept == nullptr) kept = std::make_shared<Kept>();
  return kept;
}

v1::PublicIndicators KeptIndicators::Get(const std::string& asked, const Call& call,
                                         const Compute& compute) {
  const auto kept = Find(asked);
  const std::unique_lock lock(kept->mutex, call.deadline);
  if (!lock.owns_lock()) {
    throw base::Error(base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED", "the deadline has passed");
  }
  // Who waited may have come a little before the one that computed.
  if (!kept->answer || std::chrono::abs(call.time - kept->at) >= kPublicFor) {
    kept->answer = compute();
    kept->at = call.time;
  }
  return *kept->answer;
}

v1::Indicators IndicatorService::GetIndicators(const Call& call,
                                               const v1::GetIndicatorsRequest& request) {
  FiguresQuery query = ToQuery(request, call);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    Narrow(request.unit_id(), call, sight, tx, query);
    v1::Indicators message;
    Fill(SelectTicketFigures(tx, query), message);
    UnitFigures all;
    for (const auto& [unit_id, figures] : OfToday(SelectUnitFigures(tx, query), sight.Sharing())) {
      all.overdue += figures.overdue;
      Add(figures.on_time, all.on_time);
      Add(figures.returned, all.returned);
      v1::UnitFigures* const unit = message.add_units();
      unit->set_unit_id(unit_id);
      unit->set_received(figures.received);
      unit->set_answered(figures.answered);
      Set(figures.on_time, unit->mutable_on_time());
      unit->set_overdue(figures.overdue);
      Set(figures.returned, unit->mutable_returned());
      Set(figures.satisfied, unit->mutable_satisfied());
    }
    Set(all.on_time, message.mutable_on_time());
    message.set_overdue(all.overdue);
    Set(all.returned, message.mutable_returned());
    return message;
  });
}

v1::PublicIndicators IndicatorService::GetPublicIndicators(
    const Call& call, const v1::GetPublicIndicatorsRequest& request) {
  RequirePortal(call);
  FiguresQuery query = ToQuery(request, call);
  query.only_public = true;
  const auto select = [&](Tx& tx) {
    v1::PublicIndicators message;
    const auto sharing = parts_.sharing.Read(tx);
    for (const auto& [unit_id, figures] : OfToday(SelectUnitFigures(tx, query), *sharing)) {
      if (figures.received < kPublicCountMin) continue;
      v1::PublicUnitFigures* const unit = message.add_units();
      unit->set_unit_id(unit_id);
      const auto* const known = sharing->Find(unit_id);
      if (known != nullptr && known->closed()) unit->set_ended_unit_name(known->name());
      unit->set_received(figures.received);
      const auto put = [](std::int64_t count, const auto& set) {
        if (count >= kPublicCountMin) set(count);
      };
      put(figures.on_time.part, [&](auto count) { unit->set_on_time(count); });
      const std::int64_t late = figures.on_time.whole - figures.on_time.part;
      put(figures.overdue + late, [&](auto count) { unit->set_overdue(count); });
      // Neither may the few that are not satisfied be told from the others.
      const std::int64_t others = figures.satisfied.whole - figures.satisfied.part;
      if (others == 0 || others >= kPublicCountMin) {
        put(figures.satisfied.part, [&](auto count) { unit->set_satisfied(count); });
      }
      put(figures.satisfied.whole, [&](auto count) { unit->set_rated(count); });
    }
    return message;
  };
  return kept_.Get(request.SerializeAsString(), call,
                   [&] { return parts_.pool.Transact(call.deadline, select); });
}

}  // namespace lienthong::hotline
