#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "platform/rpc/metrics.hpp"

namespace lienthong::support {

/// What a gauge or counter of this process shows under exactly these labels; nullopt = it is not
/// there.
inline std::optional<double> Measured(const std::string& name, const prometheus::Labels& labels) {
  for (const auto& family : rpc::MetricsRegistry()->Collect()) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      std::size_t found = 0;
      for (const auto& label : metric.label) {
        const auto wanted = labels.find(label.name);
        if (wanted != labels.end() && wanted->second == label.value) ++found;
      }
      if (found != labels.size() || metric.label.size() != labels.size()) continue;
      const bool is_counter = family.type == prometheus::MetricType::Counter;
      return is_counter ? metric.counter.value : metric.gauge.value;
    }
  }
  return std::nullopt;
}

}  // namespace lienthong::support
