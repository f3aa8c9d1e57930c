#include "ops/settings.hpp"

#include <cstdlib>
#include <sstream>
#include <string_view>
#include <utility>

#include "platform/base/file.hpp"

namespace lienthong::ops {
namespace {

constexpr const char* kConfigVariable = "LIENTHONG_CONFIG";
constexpr std::string_view kBlank = " \t\r";

std::optional<std::string> EnvironmentOf(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool IsName(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

std::string_view Unquote(std::string_view value) {
  const bool is_quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                         value.front() == value.back();
  return is_quoted ? value.substr(1, value.size() - 2) : value;
}

void RequireFile(const std::string& name, const std::string& path) {
  const std::optional<std::string> text = base::ReadFile(path);
  if (text && !text->empty()) return;
  throw base::ConfigError("configuration:\n  " + name + ": the file cannot be read: " + path);
}

}  // namespace

std::map<std::string, std::string> ParseVariables(const std::string& text,
                                                  const std::string& file) {
  std::map<std::string, std::string> variables;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string_view said = Trim(line);
    if (said.empty() || said.front() == '#') continue;
    const std::size_t equals = said.find('=');
    const std::string_view name = Trim(said.substr(0, equals));
    if (equals == std::string_view::npos || !IsName(name)) {
      // The line itself stays out of the message: it may hold a secret.
      throw base::ConfigError("configuration:\n  " + file + ":" + std::to_string(number) +
                              ": not written NAME=value");
    }
    variables[std::string(name)] = Unquote(Trim(said.substr(equals + 1)));
  }
  return variables;
}

base::Config::Lookup LookupOf(const std::string& file) {
  const std::optional<std::string> named =
      file.empty() ? EnvironmentOf(kConfigVariable) : std::optional(file);
  const std::string path = named.value_or(kUsualConfigFile);
  const std::optional<std::string> text = base::ReadFile(path);
  if (named && !text) {
    throw base::ConfigError("configuration:\n  the file cannot be read: " + path);
  }
  return [variables = text ? ParseVariables(*text, path) : std::map<std::string, std::string>()](
             const std::string& name) -> std::optional<std::string> {
    if (auto value = EnvironmentOf(name)) return value;
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

Settings ReadSettings(base::Config::Lookup lookup, const Needs& needs) {
  base::Config config(std::move(lookup));
  Settings settings;
  if (needs.services) {
    settings.identity = {config.Text("TLS_CA"), config.Text("TLS_CERT"), config.Text("TLS_KEY")};
    settings.owners = config.Map("OWNERS");
    settings.replicas = config.Map("REPLICAS");
  }
  if (needs.alertmanager) settings.alertmanager = config.Text("ALERTMANAGER");
  config.Check();
  if (needs.services) {
    RequireFile("LIENTHONG_TLS_CA", settings.identity.ca);
    RequireFile("LIENTHONG_TLS_CERT", settings.identity.certificate);
    RequireFile("LIENTHONG_TLS_KEY", settings.identity.key);
  }
  std::string& url = settings.alertmanager;
  if (needs.alertmanager && !url.starts_with("http://") && !url.starts_with("https://")) {
    throw base::ConfigError(
        "configuration:\n  LIENTHONG_ALERTMANAGER must begin with http:// or https://");
  }
  while (url.ends_with('/')) url.pop_back();
  return settings;
}

}  // namespace lienthong::ops
