#include "platform/kafka/catalogue.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <yaml-cpp/yaml.h>

#include "platform/base/log.hpp"

namespace lienthong::kafka {
namespace {

constexpr int kPartitionsMax = 1000;
constexpr int kReplicationMax = 9;
constexpr std::size_t kNameBytesMax = 200;  // Kafka: 249 for a topic

constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr const char* kCodeLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.";
constexpr const char* kSystemLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

/// Reads nodes of one file; what is wrong is said with file and line.
class Source {
 public:
  explicit Source(std::string path) : path_(std::move(path)) {}

  [[noreturn]] void Fail(const YAML::Node& node, const std::string& what) const {
    throw std::runtime_error(path_ + ":" + std::to_string(node.Mark().line + 1) + ": " + what);
  }

  YAML::Node Member(const YAML::Node& node, const std::string& name) const {
    if (!node.IsMap()) Fail(node, "a map is needed here");
    const YAML::Node member = node[name];
    if (!member) Fail(node, "'" + name + "' is missing");
    return member;
  }

  YAML::Node Sequence(const YAML::Node& node) const {
    if (!node.IsSequence()) Fail(node, "a list is needed here");
    return node;
  }

  YAML::Node Map(const YAML::Node& node) const {
    if (!node.IsMap()) Fail(node, "a map is needed here");
    return node;
  }

  std::string Text(const YAML::Node& node) const {
    if (!node.IsScalar() || node.Scalar().empty()) Fail(node, "a text is needed here");
    return node.Scalar();
  }

  std::string Name(const YAML::Node& node, const char* letters) const {
    std::string name = Text(node);
    if (name.size() > kNameBytesMax || name.find_first_not_of(letters) != std::string::npos) {
      Fail(node, "'" + name + "' is not a name: too long, or a letter that is not allowed");
    }
    return name;
  }

  int Number(const YAML::Node& node, int min, int max) const {
    int number = 0;
    if (!YAML::convert<int>::decode(node, number) || number < min || number > max) {
      Fail(node, "a number from " + std::to_string(min) + " to " + std::to_string(max) +
                     " is needed here");
    }
    return number;
  }

  bool Flag(const YAML::Node& node) const {
    bool flag = false;
    if (!YAML::convert<bool>::decode(node, flag)) Fail(node, "true or false is needed here");
    return flag;
  }

 private:
  std::string path_;
};

using Profile = std::map<std::string, std::string>;

struct Cluster {
  int replication = 1;
  Profile domain;
  Profile feed;
  Profile seals;
};

Profile ReadProfile(const Source& source, const YAML::Node& root, const char* name,
                    int in_sync_min) {
  Profile profile;
  for (const auto& entry : source.Map(source.Member(source.Member(root, "profiles"), name))) {
    profile[source.Text(entry.first)] = source.Text(entry.second);
  }
  profile["min.insync.replicas"] = std::to_string(in_sync_min);
  return profile;
}

const std::vector<std::string>& TypesOf(
    const std::map<std::string, std::vector<std::string>>& services, const std::string& service) {
  const auto found = services.find(service);
  if (found == services.end()) {
    throw std::out_of_range("the topic catalogue has no service " + service);
  }
  return found->second;
}

Cluster ReadCluster(const Source& source, const YAML::Node& root) {
  const YAML::Node node = source.Member(root, "cluster");
  Cluster cluster;
  cluster.replication = source.Number(source.Member(node, "replication"), 1, kReplicationMax);
  const int in_sync_min =
      source.Number(source.Member(node, "min_insync_replicas"), 1, cluster.replication);
  cluster.domain = ReadProfile(source, root, "domain", in_sync_min);
  cluster.feed = ReadProfile(source, root, "feed", in_sync_min);
  cluster.seals = ReadProfile(source, root, "seals", in_sync_min);
  return cluster;
}

}  // namespace

/// Puts the parts of a catalogue together; a name given twice is a mistake.
struct Catalogue::Builder {
  const Source& source;
  const Cluster cluster;
  Catalogue made;
  std::set<std::string> record_types{};
  std::set<std::string> unfed_types{};

  void AddSystem(const YAML::Node& node, const std::string& name) {
    if (!made.systems_.insert(name).second) source.Fail(node, "'" + name + "' is there twice");
  }

  void AddService(const YAML::Node& name_node, const YAML::Node& service) {
    const std::string name = source.Name(name_node, kLetters);
    AddSystem(name_node, "service-" + name);
    made.services_[name];  // a service without records of a kind is known all the same
    made.domain_types_[name];
    for (const YAML::Node& record : source.Sequence(source.Member(service, "records"))) {
      AddRecordType(name, record);
    }
    made.topics_.push_back({SealTopic(name), 1, cluster.replication, cluster.seals});
    if (!source.Flag(source.Member(service, "feed"))) return;
    made.service_feeds_.push_back("service-" + name);
    AddFeed("service-" + name);
  }

  /// A name in feeds stands for one owner's records; what is in none may have its name again.
  void AddRecordType(const std::string& service, const YAML::Node& record) {
    const YAML::Node type_node = source.Member(record, "name");
    const std::string type = source.Name(type_node, kLetters);
    const bool in_feeds = !record["feeds"] || source.Flag(record["feeds"]);
    std::vector<std::string>& own = made.domain_types_[service];
    const bool is_own = std::find(own.begin(), own.end(), type) != own.end();
    const bool is_unfed = unfed_types.contains(type);
    const bool is_new = in_feeds ? !is_unfed && record_types.insert(type).second
                                 : !is_own && !record_types.contains(type);
    if (!is_new) source.Fail(type_node, "record type '" + type + "' is there twice");
    own.push_back(type);
    if (in_feeds) {
      made.services_[service].push_back(type);
    } else {
      unfed_types.insert(type);
    }
    const int partitions = source.Number(source.Member(record, "partitions"), 1, kPartitionsMax);
    made.topics_.push_back(
        {DomainTopic(service, type), partitions, cluster.replication, cluster.domain});
  }

  void AddFeed(const std::string& member) {
    if (member != "*") made.feed_members_.push_back(member);
    made.topics_.push_back({FeedTopic(member), 1, cluster.replication, cluster.feed});
  }

  void AddUnit(const YAML::Node& node) {
    const std::string code = source.Name(node, kCodeLetters);
    AddSystem(node, "unit-" + code);
    AddFeed(code);
  }
};

Catalogue Catalogue::Load(const std::string& path) {
  const Source source(path);
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  base::LogInfo("reading the topic catalogue", {{"path", path}});
  const YAML::Node root = YAML::Load(file);
  Builder builder{source, ReadCluster(source, root), {}};
  builder.AddFeed("*");
  builder.AddSystem(root, "service-replica");
  for (const auto& entry : source.Map(source.Member(root, "services"))) {
    builder.AddService(entry.first, entry.second);
  }
  for (const YAML::Node& unit : source.Sequence(source.Member(root, "units"))) {
    builder.AddUnit(unit);
  }
  for (const YAML::Node& system : source.Sequence(source.Member(root, "systems"))) {
    const YAML::Node name = source.Member(system, "name");
    builder.AddSystem(name, source.Name(name, kSystemLetters));
  }
  return std::move(builder.made);
}

const std::vector<std::string>& Catalogue::RecordTypes(const std::string& service) const {
  return TypesOf(services_, service);
}

const std::vector<std::string>& Catalogue::DomainTypes(const std::string& service) const {
  return TypesOf(domain_types_, service);
}

std::string FeedTopic(const std::string& member) {
  return "lienthong.feed." + (member == "*" ? "all" : member);
}

std::string DomainTopic(const std::string& service, const std::string& record_type) {
  return "lienthong." + service + "." + record_type + ".v1";
}

std::string SealTopic(const std::string& service) { return "lienthong." + service + ".seals.v1"; }

}  // namespace lienthong::kafka
