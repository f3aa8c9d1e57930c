#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "platform/base/config.hpp"
#include "platform/base/log.hpp"

using namespace lienthong::base;
using namespace std::chrono_literals;

namespace {

Config ConfigOf(std::map<std::string, std::string> values) {
  return Config([values = std::move(values)](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

/// What Check says; empty when there is no mistake.
std::string Mistakes(const Config& config) {
  try {
    config.Check();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

/// What `fn` writes to standard output.
template <class Fn>
std::string Captured(Fn&& fn) {
  std::fflush(stdout);
  std::FILE* const file = std::tmpfile();
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(::fileno(file), STDOUT_FILENO);
  fn();
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  std::fseek(file, 0, SEEK_END);
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("configuration is read with the prefix") {
  Config config = ConfigOf({{"LIENTHONG_HOST", "::1"},
                            {"LIENTHONG_PORT", "7101"},
                            {"LIENTHONG_UNITS", "H09.01,H09.718"},
                            {"LIENTHONG_OWNERS", "registry=127.0.0.1:7102,directory=[::1]:7101"}});
  CHECK(config.Text("HOST") == "::1");
  CHECK(config.Text("NAME", "fallback") == "fallback");
  CHECK(config.Number("PORT", 1, 65535) == 7101);
  CHECK(config.Number("WORKERS", 8, 1, 64) == 8);
  CHECK(config.Milliseconds("DRAIN_MS", 5s, 0ms, 60s) == 5000ms);
  CHECK(config.List("UNITS") == std::vector<std::string>{"H09.01", "H09.718"});
  CHECK(config.Map("OWNERS").at("directory") == "[::1]:7101");
  CHECK(Mistakes(config).empty());
}

TEST_CASE("all mistakes of a configuration are reported together, without values") {
  Config config = ConfigOf({{"LIENTHONG_PORT", "secret-70000"},
                            {"LIENTHONG_WORKERS", "0"},
                            {"LIENTHONG_UNITS", "a,,b"},
                            {"LIENTHONG_OWNERS", "registry"},
                            {"LIENTHONG_HOST", ""},
                            {"LIENTHONG_LIMIT", "12 "}});
  config.Text("HOST");
  config.Number("PORT", 1, 65535);
  config.Number("WORKERS", 8, 1, 64);
  config.Number("MISSING", 1, 2);
  config.Number("LIMIT", 5, 1, 100);
  config.List("UNITS");
  config.Map("OWNERS");
  const std::string text = Mistakes(config);
  for (const char* name : {"HOST", "PORT", "WORKERS", "MISSING", "LIMIT", "UNITS", "OWNERS"}) {
    INFO(name);
    CHECK(text.find(std::string("LIENTHONG_") + name) != std::string::npos);
  }
  CHECK(text.find("secret") == std::string::npos);
}

TEST_CASE("a name twice in a map is a mistake") {
  Config config = ConfigOf({{"LIENTHONG_OWNERS", "a=1,a=2"}});
  config.Map("OWNERS");
  CHECK(Mistakes(config).find("twice") != std::string::npos);
}

TEST_CASE("the environment of the process is the default source") {
  ::setenv("LIENTHONG_UNIT_TEST", "here", 1);
  CHECK(Config().Text("UNIT_TEST") == "here");
  ::unsetenv("LIENTHONG_UNIT_TEST");
}

TEST_CASE("a log line is one JSON object with time, level, message, service and fields") {
  SetLogService("unit-test");
  const std::string line = Captured([] {
    LogWarning("feed broken", {{"topic", "a"}, {"n", "1"}});
  });
  REQUIRE(line.back() == '\n');
  const auto json = nlohmann::json::parse(line);
  CHECK(json["level"] == "warning");
  CHECK(json["msg"] == "feed broken");
  CHECK(json["service"] == "unit-test");
  CHECK(json["topic"] == "a");
  CHECK(json["n"] == "1");
  CHECK(json["ts"].get<std::string>().size() == 27);
}

TEST_CASE("nobody can forge a log line") {
  const std::string evil =
      std::string("a\n{\"level\":\"error\"}\r\t\"\\\x1b[2J\xe2\x80\xa8\xff") + '\0';
  const std::string line = Captured([&] { LogInfo("m", {{"request_id", evil}}); });
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.find("\xe2\x80\xa8") == std::string::npos);
  const auto json = nlohmann::json::parse(line);
  CHECK(json["level"] == "info");
  CHECK(json["request_id"].get<std::string>().substr(0, 20) == evil.substr(0, 20));
}

TEST_CASE("a log value has a limit") {
  const std::string line = Captured([] { LogInfo("m", {{"text", std::string(100'000, 'x')}}); });
  CHECK(line.size() < 5000);
  CHECK(nlohmann::json::parse(line)["text"].get<std::string>().size() == 4096);
}
