#include "hotline/measures.hpp"

#include <chrono>
#include <map>
#include <utility>

#include "hotline/store_indicators.hpp"

namespace lienthong::hotline {
namespace {

constexpr std::chrono::days kShownDays{30};

using Numbers = std::map<std::string, double>;

/// Shares of units that have something to share.
Numbers Shares(const Numbers& parts, const Numbers& wholes) {
  Numbers shares;
  for (const auto& [unit, whole] : wholes) {
    if (whole > 0) shares[unit] = parts.at(unit) / whole;
  }
  return shares;
}

}  // namespace

Measures::Measures(const Parts& parts, const base::Clock& clock, std::vector<std::string> units)
    : parts_(parts),
      clock_(clock),
      units_(std::move(units)),
      received_("lienthong_hotline_received", "Assignments given in the last 30 days.", units_),
      on_time_("lienthong_hotline_on_time",
               "Assignments of the last 30 days that were answered in time.", units_),
      late_("lienthong_hotline_late", "Assignments of the last 30 days that were answered late.",
            units_),
      overdue_("lienthong_hotline_overdue",
               "Open assignments whose deadline has passed, whenever they were given.", units_),
      returned_("lienthong_hotline_returned",
                "Assignments of the last 30 days that were returned: the wrong unit.", units_),
      ratings_("lienthong_hotline_ratings",
               "Ratings of answers to assignments of the last 30 days.", units_),
      satisfaction_("lienthong_hotline_satisfaction_ratio",
                    "Share of those ratings that are satisfied or very satisfied; not there "
                    "while there is no rating.",
                    units_, owner::UnitGauges::Without::kNothing) {}

void Measures::Show() {
  FiguresQuery query;
  query.now = clock_.BusinessNow();
  query.from = query.now - kShownDays;
  query.to = query.now + std::chrono::microseconds(1);  // what came this moment included
  struct Found {
    std::vector<UnitFigures> figures;
    std::map<std::string, std::int64_t> overdue;
    std::shared_ptr<const access::Sharing> sharing;
  };
  const Found found = parts_.pool.Transact([&](pg::Tx& tx) {
    return Found{SelectUnitFigures(tx, query), SelectOverdue(tx, query.now),
                 parts_.sharing.Read(tx)};
  });
  Numbers received, on_time, late, overdue, returned, satisfied, ratings;
  for (const UnitFigures& one : found.figures) {
    const std::string unit = owner::ShownUnder(one.unit_id, *found.sharing, units_);
    received[unit] += static_cast<double>(one.received);
    on_time[unit] += static_cast<double>(one.on_time.part);
    late[unit] += static_cast<double>(one.on_time.whole - one.on_time.part);
    returned[unit] += static_cast<double>(one.returned.part);
    satisfied[unit] += static_cast<double>(one.satisfied.part);
    ratings[unit] += static_cast<double>(one.satisfied.whole);
  }
  for (const auto& [unit, count] : found.overdue) {
    overdue[owner::ShownUnder(unit, *found.sharing, units_)] += static_cast<double>(count);
  }
  received_.Show(received), on_time_.Show(on_time), late_.Show(late), overdue_.Show(overdue);
  returned_.Show(returned), ratings_.Show(ratings);
  satisfaction_.Show(Shares(satisfied, ratings));
}

}  // namespace lienthong::hotline
