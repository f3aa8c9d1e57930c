#include "platform/owner/unit_gauges.hpp"

#include <algorithm>

#include "platform/rpc/metrics.hpp"

namespace lienthong::owner {

std::vector<std::string> UnitsOf(const kafka::Catalogue& catalogue) {
  std::vector<std::string> units = catalogue.FeedMembers();
  for (const std::string& service : catalogue.ServiceFeeds()) std::erase(units, service);
  std::sort(units.begin(), units.end());
  return units;
}

std::string ShownUnder(const std::string& unit, const access::Sharing& sharing,
                       const std::vector<std::string>& units) {
  const auto* const heir = sharing.HeirOf(unit);
  const std::string carrier = sharing.CarrierOf(heir == nullptr ? unit : heir->id());
  return std::binary_search(units.begin(), units.end(), carrier) ? carrier : kOtherUnits;
}

UnitGauges::UnitGauges(const char* name, const char* help, const std::vector<std::string>& units,
                       Without without)
    : without_(without),
      family_(prometheus::BuildGauge().Name(name).Help(help).Register(*rpc::MetricsRegistry())) {
  if (without_ == Without::kNothing) return;
  for (const std::string& unit : units) gauges_[unit] = &family_.Add({{"unit", unit}});
}

void UnitGauges::Show(const std::map<std::string, double>& numbers) {
  for (auto gauge = gauges_.begin(); gauge != gauges_.end();) {
    if (numbers.contains(gauge->first)) {
      ++gauge;
    } else if (without_ == Without::kZero) {
      gauge++->second->Set(0);
    } else {
      family_.Remove(gauge->second);
      gauge = gauges_.erase(gauge);
    }
  }
  for (const auto& [unit, number] : numbers) {
    prometheus::Gauge*& gauge = gauges_[unit];
    if (gauge == nullptr) gauge = &family_.Add({{"unit", unit}});
    gauge->Set(number);
  }
}

}  // namespace lienthong::owner
