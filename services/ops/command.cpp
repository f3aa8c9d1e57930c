#include "ops/command.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "ops/calls.hpp"
#include "ops/operations.hpp"
#include "ops/parked.hpp"
#include "ops/seals.hpp"
#include "ops/settings.hpp"
#include "ops/silence.hpp"
#include "ops/status.hpp"
#include "ops/unit.hpp"

namespace lienthong::ops {
namespace {

constexpr int kJsonIndent = 2;

/// One character of at most three bytes in UTF-8 as "\u009b".
std::string Escaped(const std::string& character) {
  unsigned code = static_cast<unsigned char>(character[0]);
  if (character.size() > 1) code &= character.size() == 2 ? 0x1FU : 0x0FU;
  for (std::size_t at = 1; at < character.size(); ++at) {
    code = code << 6U | (static_cast<unsigned char>(character[at]) & 0x3FU);
  }
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", code);
  return text.data();
}

Needs NeedsOf(Command command) {
  const bool is_silence = command == Command::kSilenceUnit || command == Command::kSilenceList ||
                          command == Command::kSilenceEnd;
  return {.services = command != Command::kSilenceList, .alertmanager = is_silence};
}

/// Asked for what cannot be taken back: not by a slip of the hand.
void CheckConfirmed(const Options& options) {
  const bool is_dangerous =
      options.command == Command::kRepairUnit || options.command == Command::kBootstrapUnit;
  if (is_dangerous && !options.is_confirmed) {
    throw UsageError("this changes the copy of unit " + options.unit +
                     ": add --yes to have it done");
  }
}

Result RunWith(const Settings& settings, const Province& province, const Options& options,
               Deadline deadline, const Look& look, const Progress& progress) {
  switch (options.command) {
    case Command::kStatus:
      return ShowProvince(AskProvince(province, deadline), look);
    case Command::kUnit: {
      const ReplicaProcess& process = province.FindUnit(options.unit);
      const auto asked = AskUnit(process, options.unit, deadline);
      const auto now = std::chrono::floor<base::Time::duration>(std::chrono::system_clock::now());
      return ShowUnit(process, options.unit, asked, now, look);
    }
    case Command::kParkedList:
    case Command::kParkedShow:
      return ShowParked(province, options, deadline, look);
    case Command::kParkedReplay:
      return ReplayParked(province, options, deadline);
    case Command::kVerifySeals:
      return VerifySeals(province, options.owners, deadline, look);
    case Command::kVerifyUnit:
      return VerifyUnit(province, options.unit, deadline, progress);
    case Command::kRepairUnit:
    case Command::kBootstrapUnit:
      return WorkOnUnit(province, options, deadline, progress);
    case Command::kOperationsList:
      return ListOperations(province, options.operations_max, deadline, look);
    case Command::kSilenceUnit:
      return SilenceUnit(settings, province, options, deadline);
    case Command::kSilenceList:
      return ListSilences(settings, deadline, look);
    case Command::kSilenceEnd:
      return EndSilence(settings, province, options, deadline);
  }
  throw UsageError("no such command");
}

}  // namespace

Result Run(const Options& options, const Look& look, const Progress& progress) {
  CheckConfirmed(options);
  const Settings settings = ReadSettings(LookupOf(options.config), NeedsOf(options.command));
  const Deadline deadline = std::chrono::system_clock::now() + options.timeout;
  return RunWith(settings, Connect(settings), options, deadline, look, progress);
}

std::string Print(const Json& json) {
  // What is no UTF-8 (others wrote it) is replaced, not refused.
  const std::string text = json.dump(kJsonIndent, ' ', false, Json::error_handler_t::replace);
  std::string printed;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t control = text[at] == '\n' ? 0 : ControlAt(std::string_view(text).substr(at));
    // JSON itself escapes those below U+0020 alone; a document may be read on a terminal.
    printed += control > 0 ? Escaped(text.substr(at, control)) : std::string(1, text[at]);
    at += std::max<std::size_t>(control, 1);
  }
  return printed + "\n";
}

}  // namespace lienthong::ops
