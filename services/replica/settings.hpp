#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "platform/rpc/process.hpp"

namespace lienthong::replica {

/// The configuration of the process; names in README.md.
struct Settings : rpc::ProcessSettings {
  std::string database;         ///< conninfo without a database name
  std::string database_prefix;  ///< "replica_"
  std::string unit_tls_dir;
  std::vector<std::string> units;
  std::map<std::string, std::string> owners;  ///< "registry" -> "host:port"
  std::chrono::milliseconds scrub_interval{60'000};
  std::size_t scrub_rows_per_second_max = 10'000;  ///< of all units together

  /// Of the unit with a code.
  std::string Conninfo(const std::string& unit) const;
  kafka::ConnectOptions Identity(const std::string& unit) const;
};

/// A unit's code as a part of SQL names: "H09.718" -> "h09_718".
std::string SqlNameOf(const std::string& unit);

/// What `migrate` needs: databases and units. Throws base::ConfigError naming every mistake.
Settings ReadMigrateSettings(base::Config& config);
/// Everything. Throws base::ConfigError naming every mistake.
Settings ReadSettings(base::Config& config);

}  // namespace lienthong::replica
