#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "platform/feed/copy.hpp"

/// A set without a database, and messages for it.
namespace lienthong::feed {

inline constexpr const char* kOwner = "registry";

inline RowKey KeyOf(int number) { return {"citizen", "k" + std::to_string(number)}; }

inline RecordMessage Record(int key, Position position, std::int64_t version,
                            std::optional<std::string_view> value) {
  return {kOwner, KeyOf(key), position, version, value ? "full" : "", value};
}

inline Barrier BarrierAt(Position position, std::int64_t complete,
                         const journal::SetDigest& total) {
  Barrier barrier;
  barrier.owner = kOwner;
  barrier.position = position;
  barrier.complete = complete;
  barrier.time = base::Time(std::chrono::seconds(position.sequence));
  if (total.count > 0) barrier.types["citizen"] = total;
  return barrier;
}

/// A copy with all its rows in memory.
struct WholeCopy {
  Copy copy{{}, {}};

  Copy::Comparison Apply(const Barrier& barrier, bool young = true) {
    return copy.Apply(barrier, young, [this](const std::string& owner, std::int64_t complete) {
      copy.DropLoaded(owner, complete, true);
    });
  }
  OwnerTotals& Totals() { return copy.totals()[kOwner]; }
};

}  // namespace lienthong::feed
