#include "platform/base/config.hpp"

#include <charconv>
#include <cstdlib>
#include <utility>

namespace lienthong::base {
namespace {

constexpr const char* kPrefix = "LIENTHONG_";

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

/// The whole text is a decimal number.
std::optional<std::int64_t> ReadNumber(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> items;
  std::size_t start = 0;
  for (;;) {
    const std::size_t end = text.find(separator, start);
    items.push_back(text.substr(start, end == std::string::npos ? end : end - start));
    if (end == std::string::npos) return items;
    start = end + 1;
  }
}

}  // namespace

Config::Config() : Config(FromEnvironment) {}

std::optional<std::string> Config::Find(const std::string& name) {
  auto value = lookup_(kPrefix + name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

void Config::Mistake(const std::string& name, const std::string& what) {
  mistakes_.push_back(kPrefix + name + " " + what);
}

std::string Config::Text(const std::string& name) {
  auto value = Find(name);
  if (!value) Mistake(name, "is not set");
  return value.value_or("");
}

std::string Config::Text(const std::string& name, const std::string& fallback) {
  return Find(name).value_or(fallback);
}

std::int64_t Config::Number(const std::string& name, std::int64_t fallback, std::int64_t min,
                            std::int64_t max) {
  if (!Find(name)) return fallback;
  return Number(name, min, max);
}

std::int64_t Config::Number(const std::string& name, std::int64_t min, std::int64_t max) {
  const auto text = Find(name);
  if (!text) {
    Mistake(name, "is not set");
    return min;
  }
  // The value itself stays out of the message: it may be a secret under a wrong name.
  const auto number = ReadNumber(*text);
  if (number && *number >= min && *number <= max) return *number;
  Mistake(name,
          "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return min;
}

std::chrono::milliseconds Config::Milliseconds(const std::string& name,
                                               std::chrono::milliseconds fallback,
                                               std::chrono::milliseconds min,
                                               std::chrono::milliseconds max) {
  return std::chrono::milliseconds(Number(name, fallback.count(), min.count(), max.count()));
}

std::vector<std::string> Config::List(const std::string& name) {
  const auto text = Find(name);
  if (!text) {
    Mistake(name, "is not set");
    return {};
  }
  auto items = Split(*text, ',');
  for (const std::string& item : items) {
    if (!item.empty()) continue;
    Mistake(name, "has an empty item");
    break;
  }
  return items;
}

std::map<std::string, std::string> Config::Map(const std::string& name) {
  std::map<std::string, std::string> map;
  for (const std::string& item : List(name)) {
    const std::size_t equals = item.find('=');
    if (item.empty()) continue;  // List has said so
    if (equals == 0 || equals == std::string::npos || equals + 1 == item.size()) {
      Mistake(name, "must be written name=value,name=value");
      break;
    }
    if (!map.emplace(item.substr(0, equals), item.substr(equals + 1)).second) {
      Mistake(name, "names " + item.substr(0, equals) + " twice");
    }
  }
  return map;
}

void Config::Check() const {
  if (mistakes_.empty()) return;
  std::string text = "configuration:";
  for (const std::string& mistake : mistakes_) text += "\n  " + mistake;
  throw ConfigError(text);
}

}  // namespace lienthong::base
