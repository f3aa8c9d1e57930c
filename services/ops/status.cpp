#include "ops/status.hpp"

#include <algorithm>
#include <map>
#include <thread>

namespace lienthong::ops {
namespace {

constexpr std::size_t kCopiesShownMax = 40;
constexpr std::size_t kSlowestShown = 5;
constexpr std::size_t kProblemIndent = 4;

std::vector<OwnerLine> AskOwners(const Province& province, Deadline deadline) {
  return ForEach(province.owners, [&](const Owner& owner) {
    return OwnerLine{owner.name, owner.address,
                     Ask(*owner.journal, &JournalStub::GetOwnerStatus,
                         journal::v1::GetOwnerStatusRequest(), deadline)};
  });
}

/// The copies that a process should have; those that it does not answer for are unreachable.
std::vector<Copy> AskCopies(const ReplicaProcess& process, Deadline deadline) {
  const auto asked = Ask(*process.replica, &ReplicaStub::GetConsistency,
                         replica::v1::GetConsistencyRequest(), deadline);
  const base::Time now = std::chrono::floor<base::Time::duration>(std::chrono::system_clock::now());
  std::map<std::string, Copy> answered;
  if (asked.answer) {
    for (const auto& unit : asked.answer->units()) {
      answered.emplace(unit.unit_id(), JudgeCopy(unit, now));
    }
  }
  std::vector<Copy> copies;
  for (const std::string& unit : process.units) {
    const auto found = answered.find(unit);
    if (found != answered.end()) {
      copies.push_back(found->second);
      continue;
    }
    const std::string what = asked.answer ? "does not have this unit" : asked.fault.text;
    copies.push_back({.unit = unit, .why = "the process at " + process.address + ": " + what});
  }
  return copies;
}

std::string RelayOf(const journal::v1::OwnerStatus& owner) {
  if (owner.stopped_by_seals()) return "stopped";
  if (owner.relay_active()) return "here";
  return owner.relay_held() ? "elsewhere" : "none";
}

Exit ShowOwners(const ProvinceState& state, const Look& look, std::string& text) {
  Table table({"OWNER", "STATE", "EPOCH", "ROWS", "UNSENT", "RELAY", "SEALED", "BROKEN", "PARKED",
               "DATABASE"});
  Exit exit = Exit::kWell;
  std::string below;
  for (const OwnerLine& line : state.owners) {
    if (!line.status.answer) {
      exit = Worse(exit, line.status.fault.exit);
      const bool is_away = line.status.fault.exit == Exit::kUnreachable;
      table.Add({line.name, Cell(is_away ? "unreachable" : "refused", Colour::kRed), "-", "-", "-",
                 "-", "-", "-", "-", "-"});
      below += Wrap("  " + line.name + " at " + line.address + ": " + line.status.fault.text,
                    kProblemIndent);
      continue;
    }
    const journal::v1::OwnerStatus& owner = *line.status.answer;
    const auto problems = ProblemsOf(owner, state.at);
    if (!problems.empty()) exit = Worse(exit, Exit::kWrong);
    const auto sealed = TimeOf(owner.has_newest_seal(), owner.newest_seal().recorded_at());
    table.Add({line.name,
               problems.empty() ? Cell("well", Colour::kGreen) : Cell("not well", Colour::kRed),
               owner.epoch(), owner.newest_sequence(),
               std::max<std::int64_t>(0, owner.newest_sequence() - owner.relay_sequence()),
               RelayOf(owner), sealed ? Age(*sealed, state.at) : "never",
               static_cast<std::int64_t>(owner.broken_feeds_size()), owner.parked_events(),
               Bytes(owner.database_bytes())});
    for (const std::string& problem : problems)
      below += Wrap("  " + line.name + ": " + problem, kProblemIndent);
    for (const std::string& note : NotesOf(owner))
      below += Wrap("  " + line.name + ": " + note, kProblemIndent);
  }
  text += table.Print(look) + below;
  return exit;
}

/// How many copies there are of each state.
std::map<CopyState, std::size_t> CountCopies(const std::vector<Copy>& copies) {
  std::map<CopyState, std::size_t> counts{{CopyState::kUnreachable, 0},
                                          {CopyState::kDiverged, 0},
                                          {CopyState::kBehind, 0},
                                          {CopyState::kEqual, 0}};
  for (const Copy& copy : copies) ++counts[copy.state];
  return counts;
}

std::optional<base::Time> EqualUntil(const std::vector<Copy>& copies) {
  std::optional<base::Time> until;
  for (const Copy& copy : copies) {
    if (copy.state == CopyState::kEqual && (!until || *copy.verified_at < *until)) {
      until = copy.verified_at;
    }
  }
  return until;
}

std::string VerifiedText(const Copy& copy) {
  return copy.verified_at ? LocalTime(*copy.verified_at) : "not known";
}

void ShowCopies(const ProvinceState& state, const Look& look, std::string& text) {
  const auto counts = CountCopies(state.copies);
  text += "Copies: " + std::to_string(state.copies.size());
  for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
    const std::string shown = std::to_string(count->second) + " " + NameOf(count->first);
    const bool is_plain = count->second == 0;
    text += (count == counts.rbegin() ? ": " : ", ") +
            Paint(look, is_plain ? Colour::kNone : ColourOf(count->first), shown);
  }
  text += "\n";
  if (const auto until = EqualUntil(state.copies)) {
    text += "The equal ones are verified until " + LocalTime(*until) + " or later\n";
  }
  std::vector<Copy> bad;
  std::ranges::copy_if(state.copies, std::back_inserter(bad),
                       [](const Copy& copy) { return copy.state != CopyState::kEqual; });
  std::ranges::stable_sort(bad, std::less(), [](const Copy& copy) { return copy.state; });
  if (!bad.empty()) {
    Table table({"UNIT", "STATE", "VERIFIED UNTIL", "LAG", "WHY"});
    for (std::size_t i = 0; i < std::min(bad.size(), kCopiesShownMax); ++i) {
      table.Add({bad[i].unit, Cell(NameOf(bad[i].state), ColourOf(bad[i].state)),
                 VerifiedText(bad[i]), bad[i].lag_messages, bad[i].why});
    }
    text += "\nNot equal\n" + table.Print(look);
    if (bad.size() > kCopiesShownMax) {
      text += "and " + std::to_string(bad.size() - kCopiesShownMax) + " more: --json has all\n";
    }
  }
  Table slowest({"UNIT", "STATE", "VERIFIED UNTIL", "AGE", "LAG"});
  for (const Copy& copy : Slowest(state.copies, kSlowestShown)) {
    slowest.Add({copy.unit, Cell(NameOf(copy.state), ColourOf(copy.state)), VerifiedText(copy),
                 copy.verified_at ? Age(*copy.verified_at, state.at) : "-", copy.lag_messages});
  }
  if (!slowest.IsEmpty()) text += "\nSlowest feeds\n" + slowest.Print(look);
}

Json OwnerJson(const OwnerLine& line, base::Time now) {
  Json json{{"owner", line.name}, {"address", line.address}};
  if (!line.status.answer) {
    json["state"] = line.status.fault.exit == Exit::kUnreachable ? "unreachable" : "refused";
    json["fault"] = ToJson(line.status.fault);
    return json;
  }
  const auto problems = ProblemsOf(*line.status.answer, now);
  json["state"] = problems.empty() ? "well" : "not well";
  json["problems"] = problems;
  json["status"] = JsonOf(*line.status.answer);
  return json;
}

}  // namespace

Colour ColourOf(CopyState state) {
  switch (state) {
    case CopyState::kUnreachable:
    case CopyState::kDiverged:
      return Colour::kRed;
    case CopyState::kBehind:
      return Colour::kYellow;
    case CopyState::kEqual:
      return Colour::kGreen;
  }
  return Colour::kNone;
}

Exit ExitOf(CopyState state) {
  if (state == CopyState::kUnreachable) return Exit::kUnreachable;
  return state == CopyState::kEqual ? Exit::kWell : Exit::kWrong;
}

Json JsonOf(const Copy& copy) {
  return {{"unit", copy.unit},
          {"state", NameOf(copy.state)},
          {"verified_at", JsonOf(copy.verified_at)},
          {"lag_messages", copy.lag_messages},
          {"divergent_records", copy.divergent},
          {"suspects", copy.suspects},
          {"parked_events", copy.parked},
          {"why", copy.why}};
}

Json JsonOf(const journal::v1::OwnerStatus& owner) {
  Json broken = Json::array();
  for (const auto& feed : owner.broken_feeds()) {
    broken.push_back({{"topic", feed.topic()},
                      {"since", JsonOf(TimeOf(feed.has_since(), feed.since()))},
                      {"reason", feed.reason()}});
  }
  Json seal;
  if (owner.has_newest_seal()) {
    const auto& newest = owner.newest_seal();
    seal = {{"to_sequence", newest.to_sequence()},
            {"recorded_at", JsonOf(TimeOf(newest.has_recorded_at(), newest.recorded_at()))}};
  }
  const auto unsent = TimeOf(owner.has_oldest_unsent_at(), owner.oldest_unsent_at());
  const auto known = TimeOf(owner.has_directory_verified_at(), owner.directory_verified_at());
  return {{"service", owner.service()},
          {"program_version", owner.program_version()},
          {"epoch", owner.epoch()},
          {"complete_epoch", owner.complete_epoch()},
          {"newest_sequence", owner.newest_sequence()},
          {"relay_sequence", owner.relay_sequence()},
          {"oldest_unsent_at", JsonOf(unsent)},
          {"relay_active", owner.relay_active()},
          {"relay_held", owner.relay_held()},
          {"stopped_by_seals", owner.stopped_by_seals()},
          {"broken_feeds", std::move(broken)},
          {"newest_seal", std::move(seal)},
          {"stale_audiences", owner.stale_audiences()},
          {"swept_at", JsonOf(TimeOf(owner.has_swept_at(), owner.swept_at()))},
          {"scrubbed_at", JsonOf(TimeOf(owner.has_scrubbed_at(), owner.scrubbed_at()))},
          {"scrub_defects", owner.scrub_defects()},
          {"parked_events", owner.parked_events()},
          {"database_bytes", owner.database_bytes()},
          {"journal_bytes", owner.journal_bytes()},
          {"directory_verified_at", JsonOf(known)}};
}

ProvinceState AskProvince(const Province& province, Deadline deadline) {
  ProvinceState state;
  {
    const std::jthread owners([&] { state.owners = AskOwners(province, deadline); });
    for (auto& copies : ForEach(province.replicas, [&](const ReplicaProcess& process) {
           return AskCopies(process, deadline);
         })) {
      std::ranges::move(copies, std::back_inserter(state.copies));
    }
  }
  std::ranges::sort(state.copies, std::less(), &Copy::unit);
  state.at = std::chrono::floor<base::Time::duration>(std::chrono::system_clock::now());
  return state;
}

Result ShowProvince(const ProvinceState& state, const Look& look) {
  Result result;
  result.text = "The province as of " + LocalTime(state.at) + "\n\n";
  result.exit = ShowOwners(state, look, result.text);
  result.text += "\n";
  ShowCopies(state, look, result.text);
  for (const Copy& copy : state.copies) result.exit = Worse(result.exit, ExitOf(copy.state));
  Json owners = Json::array(), copies = Json::array(), slowest = Json::array();
  for (const OwnerLine& line : state.owners) owners.push_back(OwnerJson(line, state.at));
  for (const Copy& copy : state.copies) copies.push_back(JsonOf(copy));
  for (const Copy& copy : Slowest(state.copies, kSlowestShown)) slowest.push_back(copy.unit);
  Json counts;
  for (const auto& [copy, count] : CountCopies(state.copies)) counts[NameOf(copy)] = count;
  result.json = {{"at", JsonOf(std::optional(state.at))},
                 {"owners", std::move(owners)},
                 {"counts", std::move(counts)},
                 {"copies", std::move(copies)},
                 {"slowest", std::move(slowest)}};
  return result;
}

}  // namespace lienthong::ops
