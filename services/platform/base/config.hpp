#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lienthong::base {

/// Reads the configuration of a process from its environment, once. Every mistake is collected;
/// Check() reports them together. Names are given without the prefix LIENTHONG_.
class Config {
 public:
  using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

  /// From the environment of the process.
  Config();
  explicit Config(Lookup lookup) : lookup_(std::move(lookup)) {}

  /// Required: a missing or empty value is a mistake.
  std::string Text(const std::string& name);
  std::string Text(const std::string& name, const std::string& fallback);
  /// A whole number between the bounds.
  std::int64_t Number(const std::string& name, std::int64_t fallback, std::int64_t min,
                      std::int64_t max);
  std::int64_t Number(const std::string& name, std::int64_t min, std::int64_t max);
  std::chrono::milliseconds Milliseconds(const std::string& name,
                                         std::chrono::milliseconds fallback,
                                         std::chrono::milliseconds min,
                                         std::chrono::milliseconds max);
  /// Comma-separated; required; empty items are a mistake.
  std::vector<std::string> List(const std::string& name);
  /// "a=1,b=2"; required; a name twice is a mistake.
  std::map<std::string, std::string> Map(const std::string& name);

  /// Throws ConfigError naming every mistake, if there is one.
  void Check() const;

 private:
  /// An empty value counts as none.
  std::optional<std::string> Find(const std::string& name);
  void Mistake(const std::string& name, const std::string& what);

  Lookup lookup_;
  std::vector<std::string> mistakes_;
};

/// The configuration is wrong; main prints it and exits with 2.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace lienthong::base
