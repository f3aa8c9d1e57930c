#include "ops/command_line.hpp"

#include <sstream>
#include <tuple>

#include <CLI/CLI.hpp>

#include "ops/show.hpp"
#include "platform/base/text.hpp"
#include "platform/base/version.hpp"

namespace lienthong::ops {
namespace {

constexpr int kTimeoutSecondsMax = 86'400;
constexpr double kSilenceHoursMax = 720;
constexpr int kOperationsUsual = 50;
constexpr int kOperationsMax = 1000;
constexpr std::size_t kReasonCharactersMax = 500;  ///< of RecordOperation

const std::string kFooter =
    "--json, --timeout and --config may also stand behind a subcommand.\n"
    "Exit codes: 0 well; 1 something is not as it should be; 2 wrong usage or configuration;\n"
    "3 something could not be reached\n";

/// Text of a person for others: not empty, and no more than others can read.
std::string CheckReason(const std::string& text) {
  if (!base::IsText(text)) return "must be UTF-8";
  // The directory would refuse it: that has to come before a silence is made.
  if (CutTo(text, std::string::npos) != text) {
    return "must be one line without control characters";
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return "must not be empty";
  const bool is_long = base::CountCharacters(text) > kReasonCharactersMax;
  return is_long ? "must not be longer than 500 characters" : "";
}

/// The subcommands and where their arguments go.
class CommandLine {
 public:
  CommandLine() {
    app_.name("lienthong");
    app_.description("Looks after a province's Lienthong: owners, units' copies, seals, silences");
    app_.footer(kFooter);
    app_.require_subcommand(1);
    app_.set_version_flag("--version", base::Version(), "Print the version of this program");
    app_.get_help_ptr()->description("Print this help");
    app_.fallthrough();  // options of the command may follow those of a subcommand
    app_.add_option("--config", options_.config,
                    "File of lines NAME=value (LIENTHONG_CONFIG; /etc/lienthong/ops.env)")
        ->option_text("FILE");
    app_.add_flag("--json", options_.is_json, "Print one JSON document");
    app_.add_option("--timeout", timeout_seconds_, "Seconds that the command may take at most")
        ->check(CLI::Range(1, kTimeoutSecondsMax))
        ->option_text("SECONDS");
    AddLooks();
    AddParked();
    AddActions();
    AddSilence();
  }

  std::variant<Options, Said> Parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      std::ostringstream out, wrong;
      const int code = app_.exit(error, out, wrong);
      return Said{out.str(), wrong.str(), code == 0 ? Exit::kWell : Exit::kUsage};
    }
    options_.timeout = timeout_seconds_ > 0 ? std::chrono::seconds(timeout_seconds_)
                                            : UsualTimeout(options_.command);
    return options_;
  }

 private:
  CLI::App* Add(CLI::App& to, const std::string& name, const std::string& what, Command command) {
    CLI::App* const added = to.add_subcommand(name, what);
    added->callback([this, command] { options_.command = command; });
    return added;
  }
  static CLI::App* Group(CLI::App& to, const std::string& name, const std::string& what) {
    CLI::App* const added = to.add_subcommand(name, what);
    added->require_subcommand(1);
    return added;
  }
  void TakeUnit(CLI::App* to) {
    to->add_option("CODE", options_.unit, "Code of the unit, as H09.718.25747")
        ->required()
        ->option_text(" ");
  }

  void AddLooks() {
    Add(app_, "status", "Show the province in one screen", Command::kStatus);
    TakeUnit(Add(app_, "unit", "Show one unit's copy", Command::kUnit));
    CLI::App* const verify = Group(app_, "verify", "Prove that nothing was altered");
    Add(*verify, "seals", "Compute the seals of owners' journals again", Command::kVerifySeals)
        ->add_option("OWNER", options_.owners, "Owners to verify (all)")
        ->option_text("...");
    TakeUnit(Add(*verify, "unit", "Wait until all owners confirm what a copy holds from now on",
                 Command::kVerifyUnit));
    CLI::App* const operations = Group(app_, "operations", "Show what operators did");
    Add(*operations, "list", "List operations, newest first", Command::kOperationsList)
        ->add_option("--limit", options_.operations_max, "Operations to list of each owner")
        ->default_val(kOperationsUsual)
        ->check(CLI::Range(1, kOperationsMax))
        ->option_text("N");
  }

  void AddParked() {
    CLI::App* const parked =
        Group(app_, "parked", "Look after messages of feeds that could not be applied");
    const std::tuple<const char*, const char*, Command> commands[] = {
        {"list", "List them, a line each", Command::kParkedList},
        {"show", "Show all that is known of each", Command::kParkedShow},
        {"replay", "Try to apply them again", Command::kParkedReplay}};
    for (const auto& [name, what, command] : commands) {
      CLI::App* const added = Add(*parked, name, what, command);
      CLI::Option* const unit =
          added->add_option("--unit", options_.unit, "Of one unit's copy only");
      unit->option_text("CODE");
      added->add_option("--service", options_.service, "Of one owner only, and no copy")
          ->excludes(unit)
          ->option_text("NAME");
    }
  }

  void AddActions() {
    const std::tuple<const char*, const char*, const char*, Command> commands[] = {
        {"repair", "Compare a copy with its owners now and heal it",
         "Compare everything in a unit's copy with its owners and heal it", Command::kRepairUnit},
        {"bootstrap", "Empty a copy and read it anew from its feeds",
         "Empty a unit's copy and read it anew from the beginning of its feeds",
         Command::kBootstrapUnit}};
    for (const auto& [name, what, of_unit, command] : commands) {
      CLI::App* const added = Add(*Group(app_, name, what), "unit", of_unit, command);
      TakeUnit(added);
      added->add_flag("--yes", options_.is_confirmed, "Do it: refused without");
      added->add_option("--reason", options_.reason, "Why, for the record of the operation")
          ->check(CheckReason)
          ->option_text("TEXT");
    }
  }

  void AddSilence() {
    CLI::App* const silence = Group(app_, "silence", "Silence alerts of a unit");
    CLI::App* const unit =
        Add(*silence, "unit", "Silence all alerts of a unit for hours", Command::kSilenceUnit);
    TakeUnit(unit);
    unit->add_option("--hours", options_.hours, "For how long, as 1.5; at most 720")
        ->required()
        ->check(CLI::Range(1.0 / 60, kSilenceHoursMax))
        ->option_text("N");
    unit->add_option("--reason", options_.reason, "Why, for who asks later")
        ->required()
        ->check(CheckReason)
        ->option_text("TEXT");
    Add(*silence, "list", "List silences in force and to come", Command::kSilenceList);
    Add(*silence, "end", "End a silence now", Command::kSilenceEnd)
        ->add_option("ID", options_.silence_id, "As `lienthong silence list` shows it")
        ->required()
        ->option_text(" ");
  }

  CLI::App app_;
  Options options_;
  int timeout_seconds_ = 0;
};

}  // namespace

std::chrono::seconds UsualTimeout(Command command) {
  switch (command) {
    case Command::kVerifyUnit:
    case Command::kRepairUnit:
      return std::chrono::minutes(3);
    case Command::kBootstrapUnit:
    case Command::kVerifySeals:
      return std::chrono::minutes(30);
    default:
      return std::chrono::seconds(10);
  }
}

std::variant<Options, Said> ParseCommandLine(int argc, const char* const* argv) {
  return CommandLine().Parse(argc, argv);
}

}  // namespace lienthong::ops
