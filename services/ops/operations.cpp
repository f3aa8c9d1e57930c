#include "ops/operations.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "platform/base/id.hpp"

namespace lienthong::ops {
namespace {

constexpr std::size_t kOperatorCharactersMax = 100;
constexpr std::size_t kNoteCharactersMax = 500;
constexpr int kPageMax = 500;
constexpr std::size_t kBelowIndent = 4;
constexpr std::chrono::seconds kEndLimit{15};

/// One operation and where it is recorded.
struct Listed {
  std::string owner;
  Operation operation;
};

/// What one owner answered.
struct OwnersOperations {
  std::vector<Listed> operations;
  std::optional<Fault> fault;
};

/// "REPAIR_UNIT" as "repair unit".
std::string Words(const std::string& name, const std::string& prefix) {
  std::string words = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  std::ranges::transform(words, words.begin(), [](unsigned char c) {
    return c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  });
  return words;
}

std::string KindOf(const Operation& operation) {
  return Words(journal::v1::OperationKind_Name(operation.kind()), "OPERATION_KIND_");
}

std::string OutcomeText(journal::v1::OperationOutcome outcome) {
  return Words(journal::v1::OperationOutcome_Name(outcome), "OPERATION_OUTCOME_");
}

OwnersOperations AskOperations(const Owner& owner, int count, Deadline deadline) {
  OwnersOperations found;
  journal::v1::ListOperationsRequest request;
  do {
    request.set_page_size(std::min(kPageMax, count - static_cast<int>(found.operations.size())));
    auto page = Ask(*owner.journal, &JournalStub::ListOperations, request, deadline);
    if (!page.answer) {
      found.fault = std::move(page.fault);
      break;
    }
    for (auto& operation : *page.answer->mutable_operations()) {
      found.operations.push_back({owner.name, std::move(operation)});
    }
    request.set_page_token(page.answer->next_page_token());
  } while (!request.page_token().empty() &&
           found.operations.size() < static_cast<std::size_t>(count));
  return found;
}

std::int64_t Began(const Listed& one) {
  return one.operation.began_at().seconds() * 1'000'000'000 + one.operation.began_at().nanos();
}

Json OperationJson(const Listed& one) {
  const Operation& operation = one.operation;
  const auto ended = TimeOf(operation.has_ended_at(), operation.ended_at());
  return {{"owner", one.owner},
          {"id", operation.id()},
          {"version", operation.version()},
          {"kind", KindOf(operation)},
          {"unit", operation.unit_id()},
          {"target", operation.target()},
          {"reason", operation.reason()},
          {"operator", operation.operator_()},
          {"began_at", JsonOf(TimeOf(operation.has_began_at(), operation.began_at()))},
          {"ended_at", JsonOf(ended)},
          {"outcome", ended ? Json(OutcomeText(operation.outcome())) : Json()},
          {"note", operation.note()}};
}

/// Of each what it was, and below that what was said of it.
std::string OperationsText(const std::vector<Listed>& operations, const Look& look) {
  if (operations.empty()) return "";
  Table table({"BEGAN", "KIND", "UNIT", "OUTCOME", "OWNER", "OPERATOR"});
  for (const auto& [owner, operation] : operations) {
    const auto began = TimeOf(operation.has_began_at(), operation.began_at());
    const bool is_well = operation.outcome() == journal::v1::OPERATION_OUTCOME_SUCCEEDED;
    table.Add({began ? LocalTime(*began) : "-", KindOf(operation),
               operation.unit_id().empty() ? "-" : operation.unit_id(),
               operation.has_ended_at()
                   ? Cell(OutcomeText(operation.outcome()), is_well ? Colour::kNone : Colour::kRed)
                   : Cell("no end", Colour::kYellow),
               owner, operation.operator_()});
  }
  // Below the line of each what does not fit into it.
  const std::string rows = table.Print(look);
  std::string text;
  std::size_t at = 0;
  const auto next_line = [&] {
    const std::size_t end = rows.find('\n', at) + 1;
    text += rows.substr(at, end - at);
    at = end;
  };
  next_line();
  for (const auto& [owner, operation] : operations) {
    next_line();
    const std::string space(kBelowIndent, ' ');
    if (!operation.target().empty()) text += Wrap(space + operation.target(), kBelowIndent);
    if (!operation.reason().empty())
      text += Wrap(space + "why: " + operation.reason(), kBelowIndent);
    if (!operation.note().empty()) text += Wrap(space + "end: " + operation.note(), kBelowIndent);
  }
  return text;
}

}  // namespace

std::string OperatorName() {
  const char* const sudo = std::getenv("SUDO_USER");
  if (geteuid() == 0 && sudo != nullptr && *sudo != '\0') {
    return CutTo(sudo, kOperatorCharactersMax);
  }
  std::array<char, 16 * 1024> buffer{};
  passwd account{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &account, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return CutTo(account.pw_name, kOperatorCharactersMax);
  }
  return "uid " + std::to_string(getuid());
}

Recorded::Recorded(const Owner& owner, const Intent& intent, Deadline deadline) : owner_(owner) {
  base::RandomIds ids;
  journal::v1::RecordOperationRequest request;
  request.set_request_id(ids.New());
  request.set_kind(intent.kind);
  request.set_unit_id(intent.unit);
  request.set_target(intent.target);
  request.set_reason(intent.reason);
  request.set_operator_(OperatorName());
  operation_ = AskAgain(*owner.journal, &JournalStub::RecordOperation, request, deadline);
}

void Recorded::End(journal::v1::OperationOutcome outcome, const std::string& note,
                   Result& result) const {
  base::RandomIds ids;
  journal::v1::EndOperationRequest request;
  request.set_request_id(ids.New());
  request.set_operation_id(Id());
  request.set_expected_version(operation_.answer->version());
  request.set_outcome(outcome);
  request.set_note(CutTo(note, kNoteCharactersMax));
  const auto ended = AskAgain(*owner_.journal, &JournalStub::EndOperation, request,
                              std::chrono::system_clock::now() + kEndLimit);
  result.json["operation"] = {{"id", Id()},
                              {"owner", owner_.name},
                              {"outcome", OutcomeText(outcome)},
                              {"note", request.note()},
                              {"is_end_recorded", ended.answer.has_value()}};
  result.text += Wrap("Operation " + Id() + " at " + owner_.name + ": " + OutcomeText(outcome) +
                          (note.empty() ? "" : ", " + note),
                      2);
  if (ended.answer) return;
  result.json["operation"]["fault"] = ToJson(ended.fault);
  result.text += Wrap("Its end could not be recorded: " + ended.fault.text, 2);
  result.exit = Worse(result.exit, Exit::kWrong);
}

Result ListOperations(const Province& province, int count, Deadline deadline, const Look& look) {
  const auto answers = ForEach(
      province.owners, [&](const Owner& owner) { return AskOperations(owner, count, deadline); });
  Result result;
  std::vector<Listed> all;
  std::string below;
  Json faults = Json::object();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& [operations, fault] = answers[i];
    std::ranges::copy(operations, std::back_inserter(all));
    if (!fault) continue;
    const Owner& owner = province.owners[i];
    result.exit = Worse(result.exit, fault->exit);
    faults[owner.name] = ToJson(*fault);
    below += Wrap(owner.name + " at " + owner.address + ": " + fault->text, 2);
  }
  std::ranges::stable_sort(all, std::greater(), Began);
  result.text = OperationsText(all, look) + below;
  if (result.text.empty()) result.text = "No operation is recorded\n";
  Json list = Json::array();
  for (const Listed& one : all) list.push_back(OperationJson(one));
  result.json = {{"operations", std::move(list)}, {"faults", std::move(faults)}};
  return result;
}

}  // namespace lienthong::ops
