// Which split units a unit goes on with, also over several steps.
#include <catch2/catch.hpp>

#include "platform/access/sharing.hpp"

namespace lienthong::access {
namespace {

using directory::v1::Unit;
using Units = std::vector<std::string>;

Unit Open(const std::string& id) {
  Unit unit;
  unit.set_id(id);
  unit.set_valid_from("2019-01-01");
  return unit;
}

Unit Closed(const std::string& id, const Units& successors) {
  Unit unit = Open(id);
  unit.set_closed(true);
  unit.set_valid_to("2019-06-30");
  for (const std::string& successor : successors) unit.add_successor_ids(successor);
  return unit;
}

Sharing Of(const std::vector<Unit>& units) { return {units, {}}; }

TEST_CASE("a part of a split unit has its part of what was split before") {
  const Sharing sharing = Of({Closed("A", {"B", "C"}), Closed("B", {"D", "E"}), Open("C"),
                              Open("D"), Open("E"), Open("F")});
  CHECK(sharing.SplitInto("C") == Units{"A"});
  CHECK(sharing.SplitInto("D") == Units{"A", "B"});
  CHECK(sharing.SplitInto("E") == Units{"A", "B"});
  CHECK(sharing.SplitInto("F").empty());
  CHECK(sharing.SplitInto("unknown").empty());
}

TEST_CASE("who continues a part of a split unit as a whole has that part of it") {
  const Sharing sharing = Of({Closed("A", {"B", "C"}), Closed("B", {"D"}), Closed("D", {"E"}),
                              Open("C"), Open("E"), Closed("gone", {})});
  // B and D go to E by themselves, A does not: somebody has to say what of it.
  CHECK(sharing.HeirOf("B")->id() == "E");
  CHECK(sharing.SplitInto("E") == Units{"A"});
  CHECK(sharing.SplitInto("C") == Units{"A"});
  CHECK(sharing.Uncontinued() == Units{"A", "gone"});
}

TEST_CASE("a unit that was merged into one that was split has parts like it") {
  const Sharing sharing =
      Of({Closed("small", {"A"}), Closed("A", {"B", "C"}), Open("B"), Open("C")});
  CHECK(sharing.HeirOf("small") == nullptr);
  CHECK(sharing.SplitInto("B") == Units{"A", "small"});
  CHECK(sharing.SplitInto("C") == Units{"A", "small"});
  CHECK(sharing.Uncontinued() == Units{"A", "small"});
}

TEST_CASE("parts that are united again have all of what was split") {
  const Sharing sharing =
      Of({Closed("A", {"B", "C"}), Closed("B", {"D"}), Closed("C", {"D"}), Open("D")});
  CHECK(sharing.SplitInto("D") == Units{"A"});
}

TEST_CASE("units that continue each other have an end") {
  const Sharing sharing =
      Of({Closed("A", {"B", "C"}), Closed("B", {"A", "C"}), Open("C"), Open("D")});
  CHECK(sharing.SplitInto("C") == Units{"A", "B"});
  CHECK(sharing.SplitInto("D").empty());
  CHECK(sharing.HeirOf("A") == nullptr);
}

}  // namespace
}  // namespace lienthong::access
