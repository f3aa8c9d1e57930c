#include "ops/unit.hpp"

#include "ops/judge.hpp"
#include "ops/status.hpp"

namespace lienthong::ops {
namespace {

constexpr std::size_t kLabelWidth = 16;
constexpr const char* kFeedOfAll = "lienthong.feed.all";

std::string Line(const std::string& name, const std::string& value) {
  return Wrap(name + std::string(kLabelWidth - name.size(), ' ') + value, kLabelWidth);
}

/// Not by Line: colours are control characters, which that takes out.
std::string StateLine(const Look& look, Colour colour, const std::string& state) {
  const std::string name = "State";
  return name + std::string(kLabelWidth - name.size(), ' ') + Paint(look, colour, state) + "\n";
}

std::string TimeWithAge(const std::optional<base::Time>& time, base::Time now) {
  return time ? LocalTime(*time) + " (" + Age(*time, now) + " ago)" : "not known";
}

std::string WorkText(const replica::v1::UnitWork& work, base::Time now, bool is_repair) {
  std::string text =
      "asked for " + TimeWithAge(TimeOf(work.has_requested_at(), work.requested_at()), now);
  if (work.has_completed_at()) {
    text += ", through " + LocalTime(*TimeOf(true, work.completed_at()));
    if (is_repair) text += ", records that differed: " + std::to_string(work.differing_records());
  } else {
    text += ", goes on";
  }
  return text;
}

Json WorkJson(bool is_there, const replica::v1::UnitWork& work) {
  if (!is_there) return {};
  return {{"request_id", work.request_id()},
          {"operation_id", work.operation_id()},
          {"requested_at", JsonOf(TimeOf(work.has_requested_at(), work.requested_at()))},
          {"completed_at", JsonOf(TimeOf(work.has_completed_at(), work.completed_at()))},
          {"differing_records", work.differing_records()}};
}

Json SetJson(const replica::v1::OwnerConsistency& set) {
  Json types = Json::array();
  for (const auto& type : set.types()) {
    types.push_back({{"type", type.record_type()},
                     {"count", type.count()},
                     {"digest", type.digest()},
                     {"divergent", type.divergent()}});
  }
  return {{"topic", set.topic()},
          {"owner", set.owner()},
          {"equal", set.equal()},
          {"epoch", set.epoch()},
          {"sequence", set.sequence()},
          {"verified_at", JsonOf(TimeOf(set.has_verified_at(), set.verified_at()))},
          {"suspects", set.suspects()},
          {"types", std::move(types)}};
}

std::string SetsText(const replica::v1::UnitConsistency& unit, const Look& look) {
  Table table({"FEED", "OWNER", "STATE", "EPOCH", "BARRIER", "VERIFIED UNTIL", "RECORDS", "DIFFER",
               "SUSPECT"});
  for (const auto& set : unit.owners()) {
    std::int64_t records = 0, divergent = 0;
    for (const auto& type : set.types()) {
      records += type.count();
      divergent += type.divergent();
    }
    const auto verified = TimeOf(set.has_verified_at(), set.verified_at());
    table.Add({set.topic() == kFeedOfAll ? "all" : "own", set.owner(),
               set.equal() ? Cell("equal", Colour::kGreen) : Cell("not equal", Colour::kRed),
               set.epoch(), set.sequence(), verified ? LocalTime(*verified) : "never", records,
               divergent, set.suspects()});
  }
  return table.IsEmpty() ? "" : "\n" + table.Print(look);
}

}  // namespace

Asked<replica::v1::UnitConsistency> AskUnit(const ReplicaProcess& process, const std::string& code,
                                            Deadline deadline) {
  replica::v1::GetConsistencyRequest request;
  request.set_unit_id(code);
  auto asked = Ask(*process.replica, &ReplicaStub::GetConsistency, request, deadline);
  if (!asked.answer) return {std::nullopt, std::move(asked.fault)};
  if (asked.answer->units_size() != 1) {
    return {std::nullopt, {Exit::kWrong, "NO_ANSWER", "answered without this unit", "", false}};
  }
  return {std::move(*asked.answer->mutable_units(0)), {}};
}

Result ShowUnit(const ReplicaProcess& process, const std::string& code,
                const Asked<replica::v1::UnitConsistency>& asked, base::Time now,
                const Look& look) {
  Result result;
  result.text = "Unit " + code + " at " + process.address + " as of " + LocalTime(now) + "\n\n";
  result.json = {{"at", JsonOf(std::optional(now))}, {"unit", code}, {"address", process.address}};
  if (!asked.answer) {
    const std::string state = asked.fault.exit == Exit::kUnreachable ? "unreachable" : "refused";
    result.text += StateLine(look, Colour::kRed, state) + Line("Why", asked.fault.text);
    result.json["state"] = state;
    result.json["fault"] = ToJson(asked.fault);
    result.exit = asked.fault.exit;
    return result;
  }
  const replica::v1::UnitConsistency& unit = *asked.answer;
  const Copy copy = JudgeCopy(unit, now);
  const auto scrubbed = TimeOf(unit.has_scrubbed_at(), unit.scrubbed_at());
  result.exit = ExitOf(copy.state);
  result.text += StateLine(look, ColourOf(copy.state), NameOf(copy.state));
  if (!copy.why.empty()) result.text += Line("Why", copy.why);
  result.text +=
      Line("Verified until", TimeWithAge(copy.verified_at, now)) +
      Line("Lag", std::to_string(copy.lag_messages) + " messages") +
      Line("Parked", std::to_string(copy.parked)) + Line("Scrubbed", TimeWithAge(scrubbed, now)) +
      Line("Altered by hand",
           std::to_string(unit.altered_records()) + " found and healed since its process started");
  Json altered = Json::array();
  for (const std::string& key : unit.altered_keys()) {
    result.text += Line("", key);
    altered.push_back(key);
  }
  if (unit.has_last_repair()) {
    result.text += Line("Last repair", WorkText(unit.last_repair(), now, true));
  }
  if (unit.has_last_bootstrap()) {
    result.text += Line("Last bootstrap", WorkText(unit.last_bootstrap(), now, false));
  }
  result.text += SetsText(unit, look);
  Json sets = Json::array();
  for (const auto& set : unit.owners()) sets.push_back(SetJson(set));
  result.json.update(JsonOf(copy));
  result.json["scrubbed_at"] = JsonOf(scrubbed);
  result.json["altered_records"] = unit.altered_records();
  result.json["altered_keys"] = std::move(altered);
  result.json["last_repair"] = WorkJson(unit.has_last_repair(), unit.last_repair());
  result.json["last_bootstrap"] = WorkJson(unit.has_last_bootstrap(), unit.last_bootstrap());
  result.json["sets"] = std::move(sets);
  return result;
}

Marks MarksOf(const replica::v1::UnitConsistency& unit) {
  Marks marks;
  for (const auto& set : unit.owners()) {
    marks[{set.topic(), set.owner()}] = {TimeOf(set.has_verified_at(), set.verified_at()),
                                         set.epoch(), set.sequence()};
  }
  return marks;
}

Confirmed ConfirmedAfter(const replica::v1::UnitConsistency& unit, const Marks& marks) {
  Confirmed confirmed;
  for (const auto& set : unit.owners()) {
    ++confirmed.all;
    const auto found = marks.find({set.topic(), set.owner()});
    const Mark* const mark = found == marks.end() ? nullptr : &found->second;
    const auto verified = TimeOf(set.has_verified_at(), set.verified_at());
    const bool is_newer =
        verified && (mark == nullptr || !mark->verified_at || *verified > *mark->verified_at);
    const bool says_enough = mark == nullptr || std::pair(set.epoch(), set.sequence()) >=
                                                    std::pair(mark->epoch, mark->sequence);
    if (set.equal() && is_newer && says_enough) {
      ++confirmed.sets;
    } else {
      confirmed.open.push_back(
          set.owner() + (set.topic() == kFeedOfAll ? " in the feed of all" : " in its own feed"));
    }
  }
  return confirmed;
}

}  // namespace lienthong::ops
