// The rules of PROTOCOL, Reading a feed well, each by name.
#include <catch2/catch.hpp>

#include <set>
#include <tuple>
#include <vector>

#include "support/whole_copy.hpp"

namespace lienthong::feed {
namespace {

journal::SetDigest TotalOf(const std::vector<std::tuple<int, std::int64_t, std::string>>& records) {
  journal::SetDigest total;
  for (const auto& [key, version, value] : records) {
    total.Add(journal::ViewHash(KeyOf(key).Text(), version, value));
  }
  return total;
}

}  // namespace

TEST_CASE("what is not below its guard is applied, a tombstone deletes and keeps the guard") {
  WholeCopy whole;
  whole.copy.Apply(Record(1, {1, 5}, 1, "{}"));
  whole.copy.Apply(Record(1, {1, 5}, 2, "{ }"));  // the same sequence again overwrites
  CHECK(whole.Totals().types["citizen"] == TotalOf({{1, 2, "{ }"}}));
  whole.copy.Apply(Record(1, {1, 6}, 2, std::nullopt));
  CHECK(whole.Totals().types["citizen"] == journal::SetDigest());
  CHECK(whole.copy.rows().at(KeyOf(1)).guard == Position{1, 6});
  whole.copy.Apply(Record(1, {1, 5}, 2, "{}"));
  CHECK_FALSE(whole.copy.rows().at(KeyOf(1)).hash.has_value());
}

TEST_CASE("a stale message makes its key suspect until another is applied") {
  WholeCopy whole;
  whole.copy.Apply(Record(1, {1, 5}, 2, "{}"));
  whole.copy.Apply(Record(1, {1, 4}, 1, "{}"));
  whole.copy.Apply(Record(1, {1, 3}, 1, "{}"));
  CHECK(whole.Totals().suspects == 1);
  CHECK(whole.Totals().types["citizen"] == TotalOf({{1, 2, "{}"}}));
  whole.copy.Apply(Record(1, {1, 5}, 2, "{}"));
  CHECK(whole.Totals().suspects == 0);
}

TEST_CASE("a barrier is compared only when it is young and not below what was seen") {
  WholeCopy whole;
  whole.copy.Apply(Record(1, {1, 5}, 1, "{}"));
  const Barrier right = BarrierAt({1, 5}, 1, TotalOf({{1, 1, "{}"}}));
  CHECK(whole.Apply(right, false).verdict == Copy::Verdict::kPassedOver);
  CHECK(whole.Apply(BarrierAt({1, 4}, 1, {})).verdict == Copy::Verdict::kPassedOver);
  CHECK_FALSE(whole.Totals().equal);
  CHECK(whole.Apply(right).verdict == Copy::Verdict::kMatched);
  CHECK(whole.Totals().equal);
  CHECK(whole.Totals().matched == Position{1, 5});
  const auto wrong = whole.Apply(BarrierAt({1, 6}, 1, {}));
  CHECK(wrong.verdict == Copy::Verdict::kDiffers);
  CHECK(wrong.types == std::set<std::string>{"citizen"});
  CHECK_FALSE(whole.Totals().equal);
  CHECK(whole.Totals().matched == Position{1, 5});
}

TEST_CASE("a type that only one side has differs") {
  WholeCopy whole;
  Barrier barrier = BarrierAt({1, 1}, 1, {});
  barrier.types["enterprise"] = {1, journal::Digest{1, 2}};
  CHECK(whole.Apply(barrier).types == std::set<std::string>{"enterprise"});
  barrier.types["enterprise"] = {};
  CHECK(whole.Apply(barrier).verdict == Copy::Verdict::kMatched);
}

TEST_CASE("when complete rises, rows of older epochs go and older messages are passed over") {
  WholeCopy whole;
  whole.copy.Apply(Record(1, {1, 5}, 1, "{}"));
  whole.copy.Apply(Record(2, {2, 4}, 1, "{}"));
  const auto comparison = whole.Apply(BarrierAt({2, 4}, 2, TotalOf({{2, 1, "{}"}})), false);
  CHECK(comparison.verdict == Copy::Verdict::kPassedOver);
  CHECK(whole.Totals().types["citizen"] == TotalOf({{2, 1, "{}"}}));
  whole.copy.Apply(Record(3, {1, 9}, 1, "{}"));
  CHECK(whole.Totals().types["citizen"] == TotalOf({{2, 1, "{}"}}));
  CHECK(whole.Totals().suspects == 1);
}

}  // namespace lienthong::feed
