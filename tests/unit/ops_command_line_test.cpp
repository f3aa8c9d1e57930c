// What the operators' command takes from its arguments and its configuration, and what it refuses.
#include <catch2/catch.hpp>

#include "ops/command.hpp"
#include "ops/command_line.hpp"
#include "ops/settings.hpp"

namespace lienthong::ops {
namespace {

constexpr const char* kSilenceId = "7d5c0a2e-5b0e-4c3f-9a44-0f6f6f1f2a10";

std::variant<Options, Said> ParseWords(std::vector<const char*> words) {
  words.insert(words.begin(), "lienthong");
  return ParseCommandLine(static_cast<int>(words.size()), words.data());
}

Options Understood(const std::vector<const char*>& words) {
  const auto parsed = ParseWords(words);
  const auto* const said = std::get_if<Said>(&parsed);
  INFO((said == nullptr ? "" : said->error));
  REQUIRE(said == nullptr);
  return std::get<Options>(parsed);
}

/// What is told of arguments that are not understood.
std::string RefusalOf(const std::vector<const char*>& words) {
  const auto parsed = ParseWords(words);
  REQUIRE(std::holds_alternative<Said>(parsed));
  const Said& said = std::get<Said>(parsed);
  CHECK(said.exit == Exit::kUsage);
  CHECK(said.out.empty());
  return said.error;
}

base::Config::Lookup LookupIn(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST_CASE("ops: every subcommand is understood, with the options of the command behind it too") {
  CHECK(Understood({"status"}).command == Command::kStatus);
  CHECK(Understood({"status", "--json"}).is_json);
  CHECK(Understood({"--json", "status"}).is_json);
  CHECK(Understood({"unit", "H09.718"}).unit == "H09.718");
  CHECK(Understood({"parked", "list"}).command == Command::kParkedList);
  CHECK(Understood({"parked", "show", "--unit", "H09.718"}).unit == "H09.718");
  CHECK(Understood({"parked", "replay", "--service", "registry"}).service == "registry");
  CHECK(Understood({"verify", "seals"}).owners.empty());
  CHECK(Understood({"verify", "seals", "registry", "hotline"}).owners.size() == 2);
  CHECK(Understood({"verify", "unit", "H09.718"}).command == Command::kVerifyUnit);
  CHECK(Understood({"operations", "list"}).operations_max == 50);
  const Options repair = Understood({"repair", "unit", "H09.718", "--yes", "--reason", "why"});
  CHECK((repair.command == Command::kRepairUnit && repair.is_confirmed && repair.reason == "why"));
  CHECK_FALSE(Understood({"bootstrap", "unit", "H09.718"}).is_confirmed);
  const Options silence =
      Understood({"silence", "unit", "H09.718", "--hours", "1.5", "--reason", "why"});
  CHECK((silence.command == Command::kSilenceUnit && silence.hours == 1.5));
  CHECK(Understood({"silence", "list", "--timeout", "3"}).timeout == std::chrono::seconds(3));
  CHECK(Understood({"silence", "end", kSilenceId}).silence_id == kSilenceId);
}

TEST_CASE("ops: what takes long has a longer limit than a look, unless one is given") {
  CHECK(Understood({"status"}).timeout == std::chrono::seconds(10));
  CHECK(Understood({"bootstrap", "unit", "H09.718"}).timeout > std::chrono::minutes(10));
  CHECK(Understood({"bootstrap", "unit", "H09.718", "--timeout", "5"}).timeout ==
        std::chrono::seconds(5));
}

TEST_CASE("ops: wrong usage is told and exits with 2") {
  CHECK_FALSE(RefusalOf({}).empty());
  CHECK(RefusalOf({"unit"}).find("CODE") != std::string::npos);
  CHECK_FALSE(RefusalOf({"drop"}).empty());
  CHECK_FALSE(RefusalOf({"parked"}).empty());
  CHECK_FALSE(RefusalOf({"parked", "drop"}).empty());
  CHECK_FALSE(RefusalOf({"parked", "list", "--unit", "H09", "--service", "registry"}).empty());
  CHECK_FALSE(RefusalOf({"status", "--timeout", "0"}).empty());
  CHECK_FALSE(RefusalOf({"status", "--timeout", "soon"}).empty());
  CHECK_FALSE(RefusalOf({"status", "unexpected"}).empty());
  CHECK_FALSE(RefusalOf({"silence", "unit", "H09.718", "--hours", "2"}).empty());
  CHECK_FALSE(RefusalOf({"silence", "unit", "H09.718", "--hours", "0", "--reason", "x"}).empty());
  CHECK_FALSE(RefusalOf({"silence", "unit", "H09.718", "--hours", "2", "--reason", " "}).empty());
  CHECK_FALSE(RefusalOf({"repair", "unit", "H09", "--reason", "one\ntwo"}).empty());
  CHECK_FALSE(RefusalOf({"repair", "unit", "H09", "--reason", "\u009b2J"}).empty());
  const std::string long_reason(501, 'x');
  CHECK_FALSE(RefusalOf({"repair", "unit", "H09", "--reason", long_reason.c_str()}).empty());
  CHECK(Understood({"repair", "unit", "H09", "--reason", long_reason.c_str() + 1}).reason.size() ==
        500);
}

TEST_CASE("ops: help exits with 0 and says what each subcommand does in one manner") {
  for (const std::vector<const char*>& words : std::vector<std::vector<const char*>>{
           {"--help"}, {"parked", "--help"}, {"silence", "unit", "--help"}}) {
    const auto parsed = ParseWords(words);
    REQUIRE(std::holds_alternative<Said>(parsed));
    CHECK(std::get<Said>(parsed).exit == Exit::kWell);
    CHECK(std::get<Said>(parsed).error.empty());
    CHECK(std::get<Said>(parsed).out.find("Print this help") != std::string::npos);
  }
}

TEST_CASE("ops: what changes a copy is refused without --yes before anything is read") {
  for (const char* const what : {"repair", "bootstrap"}) {
    const Options options = Understood({what, "unit", "H09.718", "--config", "/nowhere/ops.env"});
    CHECK_THROWS_AS(Run(options, {}, [](const std::string&) {}), UsageError);
  }
}

TEST_CASE("ops: a file of variables is read as systemd reads it, and a wrong line is named") {
  const auto read =
      ParseVariables("# of the province\n\nA=1\n  B = two words \nC=\"x=y\"\nD='#'\nE=", "ops.env");
  CHECK(read == std::map<std::string, std::string>{
                    {"A", "1"}, {"B", "two words"}, {"C", "x=y"}, {"D", "#"}, {"E", ""}});
  CHECK_THROWS_WITH(ParseVariables("A=1\nsecret\n", "ops.env"),
                    Catch::Contains("ops.env:2") && !Catch::Contains("secret"));
  CHECK_THROWS_AS(ParseVariables("=1\n", "ops.env"), base::ConfigError);
}

TEST_CASE("ops: a file that was named must be there") {
  CHECK_THROWS_AS(LookupOf("/nowhere/ops.env"), base::ConfigError);
}

TEST_CASE("ops: all that is missing or wrong in the configuration is told at once") {
  CHECK_THROWS_WITH(ReadSettings(LookupIn({}), {.services = true, .alertmanager = true}),
                    Catch::Contains("LIENTHONG_TLS_CA") && Catch::Contains("LIENTHONG_OWNERS") &&
                        Catch::Contains("LIENTHONG_REPLICAS") &&
                        Catch::Contains("LIENTHONG_ALERTMANAGER"));
  const std::map<std::string, std::string> unreadable{{"LIENTHONG_TLS_CA", "/nowhere/ca.crt"},
                                                      {"LIENTHONG_TLS_CERT", "/nowhere/ops.crt"},
                                                      {"LIENTHONG_TLS_KEY", "/nowhere/ops.key"},
                                                      {"LIENTHONG_OWNERS", "registry=127.0.0.1:1"},
                                                      {"LIENTHONG_REPLICAS", "H09=127.0.0.1:1"}};
  CHECK_THROWS_WITH(ReadSettings(LookupIn(unreadable), {.services = true}),
                    Catch::Contains("/nowhere/ca.crt"));
  CHECK_THROWS_AS(ReadSettings(LookupIn({{"LIENTHONG_ALERTMANAGER", "127.0.0.1:9093"}}),
                               {.alertmanager = true}),
                  base::ConfigError);
  const Settings settings = ReadSettings(
      LookupIn({{"LIENTHONG_ALERTMANAGER", "http://127.0.0.1:9093/"}}), {.alertmanager = true});
  CHECK(settings.alertmanager == "http://127.0.0.1:9093");
}

}  // namespace
}  // namespace lienthong::ops
