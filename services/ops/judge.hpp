#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lienthong/journal/v1/journal.pb.h"
#include "lienthong/replica/v1/replica.pb.h"
#include "ops/result.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::ops {

/// A barrier comes every 5 s, on idle feeds every 20 s: a copy whose newest one that matched is
/// older has not kept up.
inline constexpr std::chrono::seconds kBehindAfter{60};
/// A row is sent within a second; one that has waited for so long waits for something.
inline constexpr std::chrono::seconds kUnsentAfter{60};
/// What an owner knows of the directory; at an hour (unless configured otherwise) it refuses calls.
inline constexpr std::chrono::minutes kDirectoryOldAfter{20};

/// How a unit's copy stands. In the order in which an operator wants to know of them.
enum class CopyState {
  kUnreachable,  ///< its process does not answer, or does not have it
  kDiverged,     ///< records differ, are suspect or could not be applied
  kBehind,       ///< not verified in the last minute, or not yet since it began
  kEqual,
};

const char* NameOf(CopyState state);

/// A unit's copy as `status` shows it.
struct Copy {
  std::string unit;
  CopyState state = CopyState::kUnreachable;
  std::optional<base::Time> verified_at{};
  std::int64_t lag_messages = 0;
  std::int64_t divergent = 0;  ///< records known to differ
  std::int64_t suspects = 0;
  std::int64_t parked = 0;
  std::string why{};  ///< in words, where it is not equal
};

Copy JudgeCopy(const replica::v1::UnitConsistency& unit, base::Time now);

/// Copies that are slowest: longest not verified first, those never verified before all; at most
/// `count`, and none that could not be asked.
std::vector<Copy> Slowest(std::vector<Copy> copies, std::size_t count);

/// What of an owner is not as it should be, a sentence each.
std::vector<std::string> ProblemsOf(const journal::v1::OwnerStatus& owner, base::Time now);
/// What goes on there and ends by itself.
std::vector<std::string> NotesOf(const journal::v1::OwnerStatus& owner);

}  // namespace lienthong::ops
