#pragma once

#include <optional>
#include <vector>

#include "portal/backend.hpp"
#include "portal/page.hpp"

namespace lienthong::portal {

/// The state of the province in a period.
struct ProvinceState {
  int days = 30;
  base::Time from, to;                               ///< business time, `to` exclusive
  base::Time asked_at;                               ///< machine time, before the copies were asked
  std::optional<hotline::PublicIndicators> figures;  ///< absent = not to be had now
  std::vector<CopyState> copies;
};

/// "/state?days=30": per unit what came and how it was answered, and whether its copy is equal.
Response ShowState(const Visit& visit, Backend& backend);

// From data alone.
Response StatePage(const Visit& visit, const Province& province, const ProvinceState& state);

}  // namespace lienthong::portal
