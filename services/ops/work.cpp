#include "ops/work.hpp"

#include "ops/judge.hpp"
#include "ops/operations.hpp"
#include "ops/unit.hpp"
#include "platform/base/id.hpp"

namespace lienthong::ops {
namespace {

using replica::v1::UnitConsistency;
using replica::v1::UnitWork;

constexpr std::size_t kSentenceIndent = 2;
/// For what has to be there before anything begins: an operator is not kept waiting for it.
constexpr std::chrono::seconds kBeginLimit{10};
/// Its journal has what was done to units' copies.
constexpr const char* kOwnerOfCopies = "directory";

base::Time Now() {
  return std::chrono::floor<base::Time::duration>(std::chrono::system_clock::now());
}

Deadline BeginUntil(Deadline deadline) {
  return std::min<Deadline>(deadline, std::chrono::system_clock::now() + kBeginLimit);
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string ConfirmedText(const Confirmed& confirmed) {
  return std::to_string(confirmed.sets) + " of " + std::to_string(confirmed.all) +
         " sets confirmed";
}

/// Looks at a copy until `is_done(copy)`, the deadline or Ctrl-C. The last look.
template <class IsDone>
Asked<UnitConsistency> Watch(const ReplicaProcess& process, const std::string& code,
                             Deadline deadline, const IsDone& is_done) {
  for (;;) {
    auto asked = AskUnit(process, code, deadline);
    const bool is_last = std::chrono::system_clock::now() + kPause >= deadline;
    if ((asked.answer && is_done(*asked.answer)) || is_last || !Interrupt::Wait(kPause)) {
      return asked;
    }
  }
}

/// What a copy must reach: all that the owners' journals hold now. Those that did not answer.
std::vector<std::string> RaiseMarks(const Province& province, Deadline deadline, Marks& marks) {
  const auto answers = ForEach(province.owners, [&](const Owner& owner) {
    return Ask(*owner.journal, &JournalStub::GetOwnerStatus, journal::v1::GetOwnerStatusRequest(),
               deadline);
  });
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Owner& owner = province.owners[i];
    if (!answers[i].answer) {
      faults.push_back(owner.name + " at " + owner.address + ": " + answers[i].fault.text);
      continue;
    }
    for (auto& [set, mark] : marks) {
      if (set.second != owner.name) continue;
      mark.epoch = answers[i].answer->epoch();
      mark.sequence = answers[i].answer->newest_sequence();
    }
  }
  return faults;
}

void SayUnreachable(const std::string& what, const Fault& fault, Result& result) {
  result.exit = fault.exit;
  result.text += Wrap(what + ": " + fault.text, kSentenceIndent);
  result.json["fault"] = ToJson(fault);
}

/// What became of a copy that was asked to repair itself or to begin anew.
struct Outcome {
  journal::v1::OperationOutcome outcome = journal::v1::OPERATION_OUTCOME_UNKNOWN;
  std::string note;
  Exit exit = Exit::kWrong;
};

/// Repair and bootstrap differ in these.
struct Kind {
  journal::v1::OperationKind kind;
  const char* name;
  bool is_repair;
};
constexpr Kind kRepair{journal::v1::OPERATION_KIND_REPAIR_UNIT, "repair", true};
constexpr Kind kBootstrap{journal::v1::OPERATION_KIND_BOOTSTRAP_UNIT, "bootstrap", false};

Asked<UnitWork> Begin(const ReplicaProcess& process, const Kind& kind, const std::string& code,
                      const std::string& request_id, const std::string& operation_id,
                      Deadline deadline) {
  const auto fill = [&](auto request) {
    request.set_request_id(request_id);
    request.set_unit_id(code);
    request.set_operation_id(operation_id);
    return request;
  };
  if (kind.is_repair) {
    return AskAgain(*process.replica, &ReplicaStub::RepairUnit,
                    fill(replica::v1::RepairUnitRequest()), deadline);
  }
  return AskAgain(*process.replica, &ReplicaStub::BootstrapUnit,
                  fill(replica::v1::BootstrapUnitRequest()), deadline);
}

/// Follows one repair or bootstrap to its end: it is through, and after that every owner has
/// confirmed the copy once more.
class Follower {
 public:
  Follower(const Kind& kind, const UnitWork& begun, const Progress& progress)
      : kind_(kind), begun_(begun), work_(begun), progress_(progress) {}

  /// True = it has ended, well or not.
  bool Look(const UnitConsistency& unit) {
    const bool has_work = kind_.is_repair ? unit.has_last_repair() : unit.has_last_bootstrap();
    const UnitWork& work = kind_.is_repair ? unit.last_repair() : unit.last_bootstrap();
    if (has_work && work.request_id() == begun_.request_id()) {
      work_ = work;
    } else if (has_work &&
               *TimeOf(true, work.requested_at()) > *TimeOf(true, begun_.requested_at())) {
      is_replaced_ = true;
      return true;
    }
    if (!work_.has_completed_at()) {
      progress_(std::string(kind_.name) + " goes on, " + std::to_string(unit.lag_messages()) +
                " messages to read");
      return false;
    }
    if (!marks_) marks_ = MarksOf(unit);
    const Confirmed confirmed = ConfirmedAfter(unit, *marks_);
    progress_(std::string(kind_.name) + " is through, " + ConfirmedText(confirmed));
    is_equal_ = unit.equal() && confirmed.IsWhole();
    return is_equal_;
  }

  Outcome End(const Asked<UnitConsistency>& last, std::chrono::seconds limit) const {
    if (is_equal_) {
      const std::string what =
          kind_.is_repair ? ", records that differed: " + std::to_string(work_.differing_records())
                          : "";
      return {journal::v1::OPERATION_OUTCOME_SUCCEEDED, "the copy is equal" + what, Exit::kWell};
    }
    if (is_replaced_) {
      return {journal::v1::OPERATION_OUTCOME_FAILED, "another request took its place",
              Exit::kWrong};
    }
    const std::string when = Interrupt::Happened()
                                 ? "interrupted by the operator"
                                 : "not seen to end within " + std::to_string(limit.count()) + " s";
    if (!last.answer) {
      return {journal::v1::OPERATION_OUTCOME_UNKNOWN, when + ": " + last.fault.text,
              last.fault.exit};
    }
    if (!work_.has_completed_at()) {
      return {journal::v1::OPERATION_OUTCOME_UNKNOWN, when, Exit::kWrong};
    }
    const Copy copy = JudgeCopy(*last.answer, Now());
    return {journal::v1::OPERATION_OUTCOME_FAILED,
            std::string(kind_.name) + " is through, the copy is " + NameOf(copy.state) +
                (copy.why.empty() ? "" : ": " + copy.why) + "; " + when,
            Exit::kWrong};
  }

 private:
  const Kind& kind_;
  UnitWork begun_;
  UnitWork work_;
  const Progress& progress_;
  std::optional<Marks> marks_;
  bool is_replaced_ = false;
  bool is_equal_ = false;
};

}  // namespace

Result VerifyUnit(const Province& province, const std::string& code, Deadline deadline,
                  const Progress& progress) {
  const ReplicaProcess& process = province.FindUnit(code);
  Result result;
  result.json = {{"unit", code}, {"equal", false}};
  const auto first = AskUnit(process, code, deadline);
  if (!first.answer) {
    SayUnreachable("unit " + code + " at " + process.address, first.fault, result);
    return result;
  }
  Marks marks = MarksOf(*first.answer);
  for (const std::string& fault : RaiseMarks(province, BeginUntil(deadline), marks)) {
    // Of an owner that does not answer no barrier may come either: nothing would be proved.
    result.text += Wrap(fault, kSentenceIndent);
    result.exit = Exit::kUnreachable;
  }
  if (result.exit != Exit::kWell) {
    result.text += "Not verified: what these owners hold is not known\n";
    result.json["why"] = "an owner cannot be reached";
    return result;
  }
  Confirmed confirmed;
  const auto last = Watch(process, code, deadline, [&](const UnitConsistency& unit) {
    confirmed = ConfirmedAfter(unit, marks);
    progress(ConfirmedText(confirmed));
    return unit.equal() && confirmed.IsWhole();
  });
  if (!last.answer) {
    SayUnreachable("unit " + code + " at " + process.address, last.fault, result);
    return result;
  }
  const bool is_equal = last.answer->equal() && confirmed.IsWhole();
  const auto scrubbed = TimeOf(last.answer->has_scrubbed_at(), last.answer->scrubbed_at());
  result.json["equal"] = is_equal;
  result.json["sets_confirmed"] = confirmed.sets;
  result.json["sets"] = confirmed.all;
  result.json["not_confirmed"] = confirmed.open;
  result.json["scrubbed_at"] = JsonOf(scrubbed);
  result.exit = is_equal ? Exit::kWell : Exit::kWrong;
  if (is_equal) {
    result.text += "Unit " + code + " is equal: all " + std::to_string(confirmed.all) +
                   " sets confirmed since the command began\n";
  } else {
    result.text += Wrap(
        "Unit " + code + " is not confirmed: " +
            (confirmed.open.empty() ? "something is suspect or parked" : Joined(confirmed.open)),
        kSentenceIndent);
  }
  result.text += "Its rows were hashed again last at " +
                 (scrubbed ? LocalTime(*scrubbed) : std::string("no known time")) + "\n";
  return result;
}

Result WorkOnUnit(const Province& province, const Options& options, Deadline deadline,
                  const Progress& progress) {
  const Kind& kind = options.command == Command::kRepairUnit ? kRepair : kBootstrap;
  const ReplicaProcess& process = province.FindUnit(options.unit);
  const Owner& directory = province.FindOwner(kOwnerOfCopies);
  Result result;
  result.json = {{"unit", options.unit}, {"request", kind.name}, {"equal", false}};
  const Recorded recorded(directory, {kind.kind, options.unit, "", options.reason},
                          BeginUntil(deadline));
  if (!recorded.IsThere()) {
    SayUnreachable(
        "Nothing was done: it cannot be recorded at " + directory.name + " at " + directory.address,
        recorded.WhyNot(), result);
    return result;
  }
  Interrupt::Catch();
  base::RandomIds ids;
  const auto begun =
      Begin(process, kind, options.unit, ids.New(), recorded.Id(), BeginUntil(deadline));
  Outcome outcome;
  if (!begun.answer) {
    SayUnreachable("unit " + options.unit + " at " + process.address, begun.fault, result);
    outcome = {begun.fault.is_open ? journal::v1::OPERATION_OUTCOME_UNKNOWN
                                   : journal::v1::OPERATION_OUTCOME_FAILED,
               begun.fault.text, begun.fault.exit};
  } else {
    Follower follower(kind, *begun.answer, progress);
    const auto last = Watch(process, options.unit, deadline,
                            [&](const UnitConsistency& unit) { return follower.Look(unit); });
    outcome = follower.End(last, options.timeout);
    result.text += Wrap("Unit " + options.unit + ": " + outcome.note, kSentenceIndent);
  }
  result.exit = outcome.exit;
  result.json["equal"] = outcome.exit == Exit::kWell;
  recorded.End(outcome.outcome, outcome.note, result);
  return result;
}

}  // namespace lienthong::ops
