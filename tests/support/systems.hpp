#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "platform/base/id.hpp"
#include "platform/kafka/catalogue.hpp"

namespace lienthong::support {

/// A topic catalogue with these units (YAML list items: "H09.718, H09.02"), the services directory
/// and registry, `ops`, and further systems given as YAML: "{name: unit-H09.718--office}".
inline kafka::Catalogue MakeCatalogue(const std::string& units, const std::string& systems = "") {
  const std::string path =
      (std::filesystem::temp_directory_path() / (base::RandomIds().New() + ".yaml")).string();
  std::ofstream(path) << "cluster: {replication: 1, min_insync_replicas: 1}\n"
                         "profiles: {domain: {cleanup.policy: delete}, "
                         "feed: {cleanup.policy: compact}, seals: {cleanup.policy: delete}}\n"
                         "services:\n"
                         "  directory: {feed: false, records: [{name: unit, partitions: 1}]}\n"
                         "  registry: {feed: true, records: [{name: citizen, partitions: 1}]}\n"
                      << "units: [" << units << "]\nsystems: [{name: ops}"
                      << (systems.empty() ? "" : ", ") << systems << "]\n";
  kafka::Catalogue catalogue = kafka::Catalogue::Load(path);
  std::filesystem::remove(path);
  return catalogue;
}

}  // namespace lienthong::support
