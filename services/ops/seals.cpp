#include "ops/seals.hpp"

#include <algorithm>

namespace lienthong::ops {
namespace {

/// Rows that an owner verifies in one call: a few seconds' work.
constexpr std::int64_t kStretchRows = 50'000;
/// The longest that a service takes for a call.
constexpr std::chrono::seconds kStretchLimit{30};
constexpr std::size_t kDefectsShownMax = 20;
constexpr std::size_t kDefectIndent = 2;

/// What one owner's journal was found to be.
struct Verified {
  std::string owner;
  std::string address;
  std::int64_t seals = 0;
  std::int64_t to_sequence = 0;
  std::vector<journal::v1::SealDefect> defects;
  std::optional<Fault> fault;  ///< it was not verified to the end
};

/// Stretches overlap in the seal that holds their border, so that the chain is followed across it.
Verified VerifyOwner(const Owner& owner, Deadline deadline) {
  Verified verified{owner.name, owner.address, 0, 0, {}, std::nullopt};
  const auto status = Ask(*owner.journal, &JournalStub::GetOwnerStatus,
                          journal::v1::GetOwnerStatusRequest(), deadline);
  if (!status.answer) {
    verified.fault = status.fault;
    return verified;
  }
  const std::int64_t end = status.answer->newest_seal().to_sequence();
  for (std::int64_t from = 0; !Interrupt::Happened();) {
    const std::int64_t to = from + kStretchRows;
    const bool is_last = to >= end;
    journal::v1::VerifySealsRequest request;
    request.set_from_sequence(from);
    request.set_to_sequence(is_last ? 0 : to);  // the last one goes to the end of the topic too
    const auto answer =
        Ask(*owner.journal, &JournalStub::VerifySeals, request, deadline, kStretchLimit);
    if (!answer.answer) {
      verified.fault = answer.fault;
      return verified;
    }
    verified.seals += answer.answer->seals_checked() - (from > 0 ? 1 : 0);
    verified.to_sequence = is_last ? end : to;
    for (const auto& defect : answer.answer->defects()) {
      const bool is_known = std::ranges::any_of(verified.defects, [&](const auto& other) {
        return other.SerializeAsString() == defect.SerializeAsString();
      });
      if (!is_known) verified.defects.push_back(defect);
    }
    // With a defect the owner may have stopped early; what follows is found once this is mended.
    if (is_last || !verified.defects.empty()) return verified;
    from = to;
  }
  verified.fault = Fault{Exit::kWrong, "INTERRUPTED", "interrupted by the operator", "", false};
  return verified;
}

Json VerifiedJson(const Verified& verified) {
  Json json{{"owner", verified.owner},
            {"intact", !verified.fault && verified.defects.empty()},
            {"seals_checked", verified.seals},
            {"to_sequence", verified.to_sequence}};
  Json defects = Json::array();
  for (const auto& defect : verified.defects) {
    defects.push_back({{"from_sequence", defect.from_sequence()},
                       {"to_sequence", defect.to_sequence()},
                       {"kind", defect.kind()},
                       {"description", defect.description()}});
  }
  json["defects"] = std::move(defects);
  if (verified.fault) json["fault"] = ToJson(*verified.fault);
  return json;
}

std::string DefectsText(const Verified& verified) {
  std::string text;
  for (std::size_t i = 0; i < std::min(verified.defects.size(), kDefectsShownMax); ++i) {
    const auto& defect = verified.defects[i];
    text += Wrap(verified.owner + ": rows " + std::to_string(defect.from_sequence()) + " to " +
                     std::to_string(defect.to_sequence()) + ": " + defect.kind() + ": " +
                     defect.description(),
                 kDefectIndent);
  }
  return text;
}

Cell StateOf(const Verified& verified) {
  if (!verified.defects.empty()) return {"defects", Colour::kRed};
  if (!verified.fault) return {"intact", Colour::kGreen};
  const bool is_away = verified.fault->exit == Exit::kUnreachable;
  return {is_away ? "unreachable" : "not verified", Colour::kRed};
}

}  // namespace

Result VerifySeals(const Province& province, const std::vector<std::string>& names,
                   Deadline deadline, const Look& look) {
  std::vector<const Owner*> owners;
  for (const std::string& name : names) owners.push_back(&province.FindOwner(name));
  if (names.empty()) {
    for (const Owner& owner : province.owners) owners.push_back(&owner);
  }
  Interrupt::Catch();
  Result result;
  Table table({"OWNER", "STATE", "SEALS", "UP TO ROW"});
  std::string below;
  Json list = Json::array();
  for (const Verified& verified :
       ForEach(owners, [&](const Owner* owner) { return VerifyOwner(*owner, deadline); })) {
    const bool is_empty = verified.fault && verified.to_sequence == 0;
    table.Add({verified.owner, StateOf(verified), is_empty ? Cell("-") : Cell(verified.seals),
               is_empty ? Cell("-") : Cell(verified.to_sequence)});
    below += DefectsText(verified);
    if (!verified.defects.empty()) result.exit = Worse(result.exit, Exit::kWrong);
    if (verified.fault) {
      result.exit = Worse(result.exit, verified.fault->exit);
      below += Wrap(verified.owner + " at " + verified.address + ": " + verified.fault->text,
                    kDefectIndent);
    }
    list.push_back(VerifiedJson(verified));
  }
  result.text = table.Print(look) + below;
  result.json = {{"owners", std::move(list)}};
  return result;
}

}  // namespace lienthong::ops
