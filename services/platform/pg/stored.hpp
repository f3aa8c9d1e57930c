#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace lienthong::pg {

/// A value with the version of its record.
template <class Value>
struct Stored {
  Value value;
  std::int64_t version = 0;
};

/// Records in the order of the ids that a list was found by; one that has gone meanwhile is left
/// out.
template <class Id, class Value>
std::vector<Stored<Value>> InOrder(const std::vector<Id>& ids, std::vector<Stored<Value>> rows) {
  std::vector<Stored<Value>> ordered;
  for (const Id& id : ids) {
    for (Stored<Value>& row : rows) {
      if (row.value.id == id) ordered.push_back(std::move(row));
    }
  }
  return ordered;
}

}  // namespace lienthong::pg
