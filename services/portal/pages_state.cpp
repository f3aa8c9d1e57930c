#include "portal/pages_state.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "portal/shown.hpp"

namespace lienthong::portal {
namespace {

constexpr int kPeriods[] = {30, 90, 365};
constexpr std::size_t kBarsMax = 15;
constexpr std::int64_t kPercent = 100;

using Figures = hotline::PublicUnitFigures;

/// The last one may be asked for by anybody: what is none of them is the first.
int ReadDays(const Request& request) {
  const std::string_view asked = request.query.First("days");
  for (const int days : kPeriods) {
    if (asked == std::to_string(days)) return days;
  }
  return kPeriods[0];
}

std::string ShowCount(const Visit& visit, bool has, std::int64_t count) {
  return has ? std::to_string(count) : visit.Text("state.few");
}

/// Of those who rated, in percent; 0 where it is not told.
std::int64_t ShareOf(const Figures& figures) {
  if (figures.rated() <= 0) return 0;
  return (kPercent * figures.satisfied() + figures.rated() / 2) / figures.rated();
}

std::string ShowShare(const Visit& visit, const Figures& figures) {
  if (!figures.has_rated() || figures.rated() <= 0) return visit.Text("state.few_ratings");
  if (!figures.has_satisfied()) return visit.Text("state.few");
  return std::to_string(ShareOf(figures)) + " %";
}

/// One that has ended is none of the province's units.
std::string NameOf(const Province& province, const Figures& figures) {
  const std::string& name = figures.ended_unit_name();
  return name.empty() ? UnitName(province, figures.unit_id()) : name;
}

void ShowFigures(const Visit& visit, Dictionary& row, const Figures& figures) {
  row.SetValue("RECEIVED", ShowCount(visit, figures.has_received(), figures.received()));
  row.SetValue("ON_TIME", ShowCount(visit, figures.has_on_time(), figures.on_time()));
  row.SetValue("OVERDUE", ShowCount(visit, figures.has_overdue(), figures.overdue()));
  row.SetValue("SATISFIED", ShowShare(visit, figures));
}

base::Time ToTime(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<base::Time::duration>(time);
}

/// Equal, different, or since when it is not known; never what was once known. nullptr = the unit
/// has no copy.
void ShowCopy(const Visit& visit, Dictionary& row, const CopyState* copy) {
  if (copy != nullptr && copy->equal) {
    row.SetValue("COPY", visit.Text(*copy->equal ? "state.equal" : "state.differs"));
    row.SetValue("COPY_CLASS", *copy->equal ? "equal" : "differs");
  } else {
    row.SetValue("COPY", copy == nullptr ? visit.Text("state.no_copy")
                                         : visit.Text("state.not_known") + " " +
                                               ShowTime(ToTime(copy->not_known_since)));
    row.SetValue("COPY_CLASS", "unknown");
  }
  if (copy != nullptr && copy->verified_at) {
    const base::Time at = ToTime(*copy->verified_at);
    row.SetValue("VERIFIED", ShowDay(at) + " " + ShowClock(at));
  } else {
    row.SetValue("VERIFIED", "–");
  }
}

void ShowPeriods(Dictionary& body, const ProvinceState& state) {
  for (const int days : kPeriods) {
    Dictionary* const period = body.AddSectionDictionary("PERIOD");
    period->SetIntValue("DAYS", days);
    if (days == state.days) period->ShowSection("CHOSEN");
  }
  body.SetValue("FROM", ShowDay(state.from));
  body.SetValue("TO", ShowDay(state.to - std::chrono::seconds(1)));
  body.SetValue("ASKED", ShowDay(state.asked_at) + " " + ShowClock(state.asked_at));
}

std::int64_t ReceivedOf(const Figures& figures) { return figures.received(); }
std::int64_t OverdueOf(const Figures& figures) { return figures.overdue(); }
std::int64_t RatedOf(const Figures& figures) { return figures.rated(); }

/// Of the units that have the most of something.
struct Chart {
  const char* section;
  std::int64_t (*count)(const Figures&);   ///< of what; who has none of it has no bar
  std::int64_t (*length)(const Figures&);  ///< of a bar
  std::int64_t whole;                      ///< of a bar from end to end; 0 = the first one's
};
constexpr Chart kCharts[] = {{"CHART", ReceivedOf, ReceivedOf, 0},
                             {"OVERDUE_CHART", OverdueOf, OverdueOf, 0},
                             {"SATISFIED_CHART", RatedOf, ShareOf, kPercent}};

/// Those with the most first.
void ShowChart(const Visit& visit, Dictionary& body, const Province& province, const Chart& chart,
               const std::vector<const Figures*>& all) {
  std::vector<const Figures*> most;
  std::ranges::copy_if(all, std::back_inserter(most),
                       [&](const Figures* one) { return chart.count(*one) > 0; });
  std::ranges::stable_sort(most, std::greater(),
                           [&](const Figures* one) { return chart.count(*one); });
  if (most.empty()) return;
  most.resize(std::min(most.size(), kBarsMax));
  const std::int64_t whole = chart.whole > 0 ? chart.whole : chart.length(*most.front());
  const auto width = [&](std::int64_t length) {
    return std::to_string(kPercent * std::min(length, whole) / whole);
  };
  Dictionary* const shown = body.AddSectionDictionary(chart.section);
  for (const Figures* const one : most) {
    Dictionary* const bar = shown->AddSectionDictionary("BAR");
    bar->SetValue("NAME", NameOf(province, *one));
    bar->SetValue("WIDTH", width(chart.length(*one)));
    bar->SetValue("ON_TIME_WIDTH", width(one->on_time()));
    ShowFigures(visit, *bar, *one);
  }
}

}  // namespace

Response StatePage(const Visit& visit, const Province& province, const ProvinceState& state) {
  Page page(visit, "state.html", visit.Text("state.title"));
  Dictionary& body = page.Body();
  ShowPeriods(body, state);
  std::map<std::string_view, const Figures*> figures;
  std::vector<const Figures*> all;
  if (state.figures) {
    for (const Figures& one : state.figures->units()) {
      figures[one.unit_id()] = &one;
      all.push_back(&one);
    }
  } else {
    body.ShowSection("NO_FIGURES");
  }
  std::map<std::string_view, const CopyState*> copies;
  for (const CopyState& copy : state.copies) copies[copy.unit_id] = &copy;
  for (const Chart& chart : kCharts) ShowChart(visit, body, province, chart, all);
  for (const directory::Unit& unit : province.units) {
    const auto counted = figures.find(unit.id());
    const auto copied = copies.find(unit.id());
    if (counted == figures.end() && copied == copies.end()) continue;
    Dictionary* const row = body.AddSectionDictionary("UNIT");
    row->SetValue("NAME", unit.name());
    if (counted != figures.end()) {
      ShowFigures(visit, *row, *counted->second);
    } else if (state.figures) {
      ShowFigures(visit, *row, Figures());
    }
    ShowCopy(visit, *row, copied == copies.end() ? nullptr : copied->second);
  }
  for (const Figures* const one : all) {
    if (one->ended_unit_name().empty()) continue;
    Dictionary* const row = body.AddSectionDictionary("UNIT");
    row->SetValue("NAME", NameOf(province, *one));
    ShowFigures(visit, *row, *one);
    ShowCopy(visit, *row, nullptr);
  }
  return page.Finish();
}

Response ShowState(const Visit& visit, Backend& backend) {
  const auto deadline = visit.request.deadline;
  const auto province = backend.GetProvince(deadline);
  ProvinceState state;
  state.days = ReadDays(visit.request);
  // Whole days, today too: the hotline keeps its answer for who asks the same, and nobody learns of
  // one report by moving the period a little.
  state.to = base::StartOfDay(base::DayInVietnam(visit.clock.BusinessNow())) + std::chrono::days(1);
  state.from = state.to - std::chrono::days(state.days);
  hotline::GetPublicIndicatorsRequest call;
  const auto seconds = [](base::Time time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  };
  call.mutable_from()->set_seconds(seconds(state.from));
  call.mutable_to()->set_seconds(seconds(state.to));
  // What the copies say is worth showing without them.
  Attempt([&] { state.figures = backend.GetPublicIndicators(call, deadline); });
  state.asked_at = visit.clock.MachineNow();
  state.copies = backend.ListCopies();
  return StatePage(visit, *province, state);
}

}  // namespace lienthong::portal
