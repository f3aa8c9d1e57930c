#pragma once

#include "ops/calls.hpp"
#include "ops/judge.hpp"
#include "ops/show.hpp"

namespace lienthong::ops {

/// An owner and what it answered.
struct OwnerLine {
  std::string name;
  std::string address;
  Asked<journal::v1::OwnerStatus> status;
};

/// All owners and all copies, asked at the same time.
struct ProvinceState {
  base::Time at{};
  std::vector<OwnerLine> owners;
  std::vector<Copy> copies;  ///< in order of the units' codes
};

ProvinceState AskProvince(const Province& province, Deadline deadline);

/// The province in one screen: owners; copies as totals, then those that are not equal, then the
/// slowest.
Result ShowProvince(const ProvinceState& state, const Look& look);

/// What an owner's status says, for --json.
Json JsonOf(const journal::v1::OwnerStatus& owner);
Json JsonOf(const Copy& copy);
Colour ColourOf(CopyState state);
/// 3 for an unreachable copy, 1 for one that is not equal.
Exit ExitOf(CopyState state);

}  // namespace lienthong::ops
