#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "ops/result.hpp"

namespace lienthong::ops {

enum class Command {
  kStatus,
  kUnit,
  kParkedList,
  kParkedShow,
  kParkedReplay,
  kVerifySeals,
  kVerifyUnit,
  kRepairUnit,
  kBootstrapUnit,
  kOperationsList,
  kSilenceUnit,
  kSilenceList,
  kSilenceEnd,
};

/// What the command was asked for; what its subcommand does not know is empty.
struct Options {
  Command command = Command::kStatus;
  std::string config;  ///< --config; empty = the usual one
  bool is_json = false;
  std::chrono::seconds timeout{0};  ///< of the whole command; 0 = the usual one of the subcommand
  std::string unit;
  std::string service;
  std::vector<std::string> owners;
  bool is_confirmed = false;  ///< --yes
  std::string reason;
  double hours = 0;
  std::string silence_id;
  int operations_max = 0;
};

/// Nothing is to be done: what to print where, and the code to exit with.
struct Said {
  std::string out;
  std::string error;
  Exit exit = Exit::kWell;
};

/// The usual limit of the time that a subcommand takes.
std::chrono::seconds UsualTimeout(Command command);

/// The options, or what there is to say instead: help, or what is wrong with the arguments.
std::variant<Options, Said> ParseCommandLine(int argc, const char* const* argv);

}  // namespace lienthong::ops
