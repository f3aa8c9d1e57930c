// What the operators' command makes of what owners and copies say: states, exit codes, one screen.
#include <catch2/catch.hpp>

#include <sstream>

#include <google/protobuf/util/time_util.h>

#include "ops/command.hpp"
#include "ops/judge.hpp"
#include "ops/seals.hpp"
#include "ops/show.hpp"
#include "ops/status.hpp"
#include "ops/unit.hpp"
#include "platform/base/text.hpp"

namespace lienthong::ops {
namespace {

using replica::v1::UnitConsistency;
using std::chrono::hours;
using std::chrono::seconds;

const base::Time kAsked = base::ParseTime("2026-11-28T04:30:00Z");
const std::string kUnitCode = "H09.718.25747";

void SetTime(google::protobuf::Timestamp* to, base::Time time) {
  *to = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

/// A copy of one owner's records, verified some seconds ago.
UnitConsistency CopyOf(const std::string& code, seconds age) {
  UnitConsistency unit;
  unit.set_unit_id(code);
  unit.set_equal(true);
  SetTime(unit.mutable_verified_at(), kAsked - age);
  auto& set = *unit.add_owners();
  set.set_topic("lienthong.feed." + code);
  set.set_owner("registry");
  set.set_equal(true);
  set.set_epoch(1);
  set.set_sequence(100);
  SetTime(set.mutable_verified_at(), kAsked - age);
  auto& type = *set.add_types();
  type.set_record_type("citizen");
  type.set_count(12);
  return unit;
}

journal::v1::OwnerStatus OwnerThatIsWell() {
  journal::v1::OwnerStatus owner;
  owner.set_service("registry");
  owner.set_epoch(1);
  owner.set_complete_epoch(1);
  owner.set_newest_sequence(100);
  owner.set_relay_sequence(100);
  owner.set_relay_active(true);
  owner.set_relay_held(true);
  SetTime(owner.mutable_directory_verified_at(), kAsked - seconds(5));
  return owner;
}

ProvinceState StateOf(std::vector<Copy> copies) {
  ProvinceState state;
  state.at = kAsked;
  state.owners.push_back({"registry", "127.0.0.1:7102", {OwnerThatIsWell(), {}}});
  state.copies = std::move(copies);
  return state;
}

std::size_t LongestLine(const std::string& text) {
  std::istringstream lines(text);
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) {
    longest = std::max(longest, base::CountCharacters(line));
  }
  return longest;
}

TEST_CASE("ops: a copy is equal only while barriers confirm it") {
  CHECK(JudgeCopy(CopyOf(kUnitCode, seconds(5)), kAsked).state == CopyState::kEqual);
  CHECK(JudgeCopy(CopyOf(kUnitCode, kBehindAfter + seconds(1)), kAsked).state ==
        CopyState::kBehind);
  UnitConsistency never = CopyOf(kUnitCode, seconds(5));
  never.clear_verified_at();
  CHECK(JudgeCopy(never, kAsked).state == CopyState::kBehind);
  UnitConsistency waiting = CopyOf(kUnitCode, seconds(5));
  waiting.set_equal(false);
  waiting.mutable_owners(0)->set_equal(false);
  const Copy copy = JudgeCopy(waiting, kAsked);
  CHECK(copy.state == CopyState::kBehind);
  CHECK(copy.why.find("registry") != std::string::npos);
}

TEST_CASE("ops: records that differ, suspects and parked messages each make a copy diverged") {
  UnitConsistency divergent = CopyOf(kUnitCode, seconds(5));
  divergent.mutable_owners(0)->mutable_types(0)->set_divergent(1);
  CHECK(JudgeCopy(divergent, kAsked).state == CopyState::kDiverged);
  CHECK(JudgeCopy(divergent, kAsked).why == "1 record differs");
  UnitConsistency suspect = CopyOf(kUnitCode, seconds(5));
  suspect.mutable_owners(0)->set_suspects(2);
  CHECK(JudgeCopy(suspect, kAsked).state == CopyState::kDiverged);
  UnitConsistency parked = CopyOf(kUnitCode, hours(5));
  parked.set_parked(3);
  CHECK(JudgeCopy(parked, kAsked).state == CopyState::kDiverged);
}

TEST_CASE("ops: the slowest copies are those longest not verified, without those not reached") {
  std::vector<Copy> copies{JudgeCopy(CopyOf("H09.01", seconds(1)), kAsked),
                           JudgeCopy(CopyOf("H09.02", seconds(9)), kAsked),
                           {.unit = "H09.03"},
                           JudgeCopy(CopyOf("H09.12", seconds(3)), kAsked)};
  UnitConsistency never = CopyOf("H09.13", seconds(0));
  never.clear_verified_at();
  copies.push_back(JudgeCopy(never, kAsked));
  const auto slowest = Slowest(copies, 3);
  REQUIRE(slowest.size() == 3);
  CHECK(slowest[0].unit == "H09.13");
  CHECK(slowest[1].unit == "H09.02");
  CHECK(slowest[2].unit == "H09.12");
}

TEST_CASE("ops: each thing that is wrong with an owner is a problem of its own") {
  CHECK(ProblemsOf(OwnerThatIsWell(), kAsked).empty());
  const auto problems_with = [](auto change) {
    journal::v1::OwnerStatus owner = OwnerThatIsWell();
    change(owner);
    return ProblemsOf(owner, kAsked).size();
  };
  CHECK(problems_with([](auto& owner) { owner.set_relay_active(false); }) == 0);  // elsewhere
  CHECK(problems_with([](auto& owner) { owner.set_relay_held(false); }) == 1);
  CHECK(problems_with([](auto& owner) { owner.set_stopped_by_seals(true); }) == 1);
  CHECK(problems_with([](auto& owner) { owner.set_epoch(2); }) == 1);
  CHECK(problems_with([](auto& owner) { owner.set_parked_events(1); }) == 1);
  CHECK(problems_with([](auto& owner) { owner.set_scrub_defects(1); }) == 1);
  CHECK(problems_with([](auto& owner) { owner.clear_directory_verified_at(); }) == 1);
  CHECK(problems_with([](auto& owner) { owner.add_broken_feeds()->set_topic("x"); }) > 0);
  CHECK(problems_with([](auto& owner) {
          SetTime(owner.mutable_oldest_unsent_at(), kAsked - seconds(5));
        }) == 0);
  CHECK(problems_with([](auto& owner) {
          SetTime(owner.mutable_oldest_unsent_at(), kAsked - kUnsentAfter - seconds(1));
        }) == 1);
  CHECK(problems_with([](auto& owner) {
          SetTime(owner.mutable_directory_verified_at(), kAsked - hours(1));
        }) == 1);
}

TEST_CASE("ops: the status of 120 units is a screen: totals, those not well, the slowest five") {
  std::vector<Copy> copies;
  for (int i = 0; i < 117; ++i) {
    copies.push_back(JudgeCopy(CopyOf("H09.9" + std::to_string(100 + i), seconds(i % 20)), kAsked));
  }
  copies.push_back({.unit = "H09.718", .why = std::string(200, 'x')});
  copies.push_back(JudgeCopy(CopyOf("H09.719", hours(2)), kAsked));
  UnitConsistency divergent = CopyOf("H09.720", seconds(5));
  divergent.mutable_owners(0)->mutable_types(0)->set_divergent(7);
  copies.push_back(JudgeCopy(divergent, kAsked));
  const Result result = ShowProvince(StateOf(copies), {});
  CHECK(result.exit == Exit::kUnreachable);
  CHECK(result.text.find("Copies: 120: 117 equal, 1 behind, 1 diverged, 1 unreachable") !=
        std::string::npos);
  CHECK(std::ranges::count(result.text, '\n') <= 24);
  CHECK(LongestLine(result.text) <= kLineMax);
  CHECK(result.text.find('\033') == std::string::npos);
  CHECK(result.json["copies"].size() == 120);
  CHECK(result.json["counts"]["equal"] == 117);
  CHECK(result.json["slowest"].size() == 5);
  CHECK(result.json["slowest"][0] == "H09.719");
  CHECK(ShowProvince(StateOf(copies), {.has_colours = true}).text.find('\033') !=
        std::string::npos);
}

TEST_CASE("ops: status exits with 0, 1 or 3 by the worst that it saw") {
  const Copy well = JudgeCopy(CopyOf(kUnitCode, seconds(5)), kAsked);
  CHECK(ShowProvince(StateOf({well}), {}).exit == Exit::kWell);
  CHECK(ShowProvince(StateOf({well, JudgeCopy(CopyOf("H09.719", hours(1)), kAsked)}), {}).exit ==
        Exit::kWrong);
  CHECK(ShowProvince(StateOf({well, {.unit = "H09.719"}}), {}).exit == Exit::kUnreachable);
  ProvinceState state = StateOf({well});
  state.owners.front().status = {std::nullopt,
                                 FaultOf(grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused"))};
  const Result away = ShowProvince(state, {});
  CHECK(away.exit == Exit::kUnreachable);
  CHECK(away.text.find("registry at 127.0.0.1:7102: does not answer") != std::string::npos);
  CHECK(away.json["owners"][0]["state"] == "unreachable");
  state.owners.front().status = {OwnerThatIsWell(), {}};
  state.owners.front().status.answer->set_scrub_defects(2);
  CHECK(ShowProvince(state, {}).exit == Exit::kWrong);
}

TEST_CASE("ops: what a service refuses is not taken for a service that is away") {
  CHECK(FaultOf(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "")).exit == Exit::kUnreachable);
  CHECK(FaultOf(grpc::Status(grpc::StatusCode::UNAVAILABLE, "")).is_open);
  CHECK(Worse(Exit::kWrong, Exit::kUnreachable) == Exit::kUnreachable);
  CHECK(Worse(Exit::kWrong, Exit::kWell) == Exit::kWrong);
}

TEST_CASE("ops: a copy counts as confirmed only by newer barriers that speak of no less") {
  const UnitConsistency before = CopyOf(kUnitCode, seconds(10));
  Marks marks = MarksOf(before);
  CHECK_FALSE(ConfirmedAfter(before, marks).IsWhole());
  const UnitConsistency after = CopyOf(kUnitCode, seconds(5));
  CHECK(ConfirmedAfter(after, marks).IsWhole());
  marks.begin()->second.sequence = 101;
  CHECK_FALSE(ConfirmedAfter(after, marks).IsWhole());
  CHECK(ConfirmedAfter(after, marks).open == std::vector<std::string>{"registry in its own feed"});
  UnitConsistency differs = after;
  differs.mutable_owners(0)->set_equal(false);
  CHECK_FALSE(ConfirmedAfter(differs, MarksOf(before)).IsWhole());
  CHECK_FALSE(ConfirmedAfter(UnitConsistency(), {}).IsWhole());
}

TEST_CASE("ops: a unit is shown with each owner's part of its feeds, within 100 columns") {
  ReplicaProcess process{"127.0.0.1:7110", {kUnitCode}, nullptr};
  UnitConsistency unit = CopyOf(kUnitCode, seconds(5));
  unit.add_altered_keys("citizen/019a2b3c-0000-7000-8000-000000000001");
  const Result result = ShowUnit(process, kUnitCode, {unit, {}}, kAsked, {});
  CHECK(result.exit == Exit::kWell);
  CHECK(LongestLine(result.text) <= kLineMax);
  CHECK(result.text.find("registry") != std::string::npos);
  CHECK(result.json["state"] == "equal");
  CHECK(result.json["sets"][0]["types"][0]["count"] == 12);
  CHECK(result.json["altered_keys"].size() == 1);
  CHECK(ShowUnit(process, kUnitCode, {unit, {}}, kAsked, {.has_colours = true})
            .text.find("State           \033[32mequal\033[0m\n") != std::string::npos);
  const Fault away = FaultOf(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""));
  const Result unreachable = ShowUnit(process, kUnitCode, {std::nullopt, away}, kAsked, {});
  CHECK(unreachable.exit == Exit::kUnreachable);
  CHECK(unreachable.json["state"] == "unreachable");
}

TEST_CASE("ops: what others wrote steers no terminal, and does not turn its direction of writing") {
  const std::string csi = "\u009b", override = "\u202e", isolate = "\u2067";
  const std::string written = "a\033[2J" + csi + "31m" + override + isolate + "b\u061c\x7f";
  CHECK(CutTo(written, 100) == "a [2J 31m  b  ");
  CHECK(Wrap(written, 2) == "a [2J 31m  b  \n");
  CHECK(CutTo("Đường Điện Biên Phủ – “ă” …", 100) == "Đường Điện Biên Phủ – “ă” …");
  const std::string printed = Print({{"reason", written}, {"unit", "Thủ Dầu Một"}});
  CHECK(printed.find(csi) == std::string::npos);
  CHECK(printed.find("\\u009b31m\\u202e\\u2067b\\u061c\\u007f") != std::string::npos);
  CHECK(printed.find("Thủ Dầu Một") != std::string::npos);
  CHECK(Json::parse(printed)["reason"] == written);
}

TEST_CASE("ops: a table keeps its columns aligned and cuts off what is too long for a line") {
  Table table({"NAME", "COUNT", "WHY"});
  table.Add({"Thủ Dầu Một", std::int64_t{7}, "a\nb\033[31m"});
  table.Add({"x", std::int64_t{1234}, std::string(300, 'y')});
  const std::string text = table.Print({});
  CHECK(LongestLine(text) == kLineMax);
  CHECK(text.find("Thủ Dầu Một      7  a b [31m\n") != std::string::npos);
  CHECK(text.find("x             1234  yyy") != std::string::npos);
  CHECK(text.find("…\n") != std::string::npos);
  CHECK(CutTo("đủ dài", 4) == "đủ …");
  CHECK(LongestLine(Wrap("registry: " + std::string(250, 'x') + " end", 4)) <= kLineMax);
  CHECK(Age(kAsked - seconds(90), kAsked) == "90 s");
  CHECK(Age(kAsked - hours(3), kAsked) == "3 h");
  CHECK(Age(kAsked + hours(3), kAsked) == "0 s");
  CHECK(Bytes(512) == "512 B");
  CHECK(Bytes(5LL * 1024 * 1024 + 1024 * 512) == "5.5 MiB");
}

}  // namespace
}  // namespace lienthong::ops
