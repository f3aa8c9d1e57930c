#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/kafka/admin.hpp"

namespace lienthong::kafka {

/// The topic catalogue, `deploy/kafka/topics.yaml`: topics, who reads them, and every system that
/// may have a certificate. Read once; immutable.
class Catalogue {
 public:
  /// Throws std::runtime_error with file and line (broken YAML: with the line; the log names the
  /// file).
  static Catalogue Load(const std::string& path);

  /// Systems: "unit-<code>", "service-<name>", "ops" and further ones. A unit's further systems
  /// are "unit-<code>--<name>", listed under `systems`.
  bool KnowsSystem(const std::string& common_name) const { return systems_.contains(common_name); }
  /// Feed owners besides "*": unit codes, and "service-<name>" of services with a feed.
  const std::vector<std::string>& FeedMembers() const { return feed_members_; }
  /// Names of the services with a feed of their own: "service-registry".
  const std::vector<std::string>& ServiceFeeds() const { return service_feeds_; }
  /// Record types of one service ("registry") that feeds may bring; nobody else has one of the same
  /// name. Throws std::out_of_range for an unknown service.
  const std::vector<std::string>& RecordTypes(const std::string& service) const;
  const std::map<std::string, std::vector<std::string>>& Services() const { return services_; }
  /// Those of one service that have a domain topic: the same, and those that are in no feed
  /// (`feeds: false`), which other services may have too. Throws std::out_of_range.
  const std::vector<std::string>& DomainTypes(const std::string& service) const;
  /// Everything that should exist, with partitions and configuration.
  const std::vector<NewTopic>& Topics() const { return topics_; }

 private:
  struct Builder;

  std::set<std::string> systems_;
  std::vector<std::string> feed_members_;
  std::vector<std::string> service_feeds_;
  std::map<std::string, std::vector<std::string>> services_;
  std::map<std::string, std::vector<std::string>> domain_types_;
  std::vector<NewTopic> topics_;
};

/// "lienthong.feed.H09.718", "lienthong.feed.all" for "*".
std::string FeedTopic(const std::string& member);
/// "lienthong.registry.citizen.v1".
std::string DomainTopic(const std::string& service, const std::string& record_type);
/// "lienthong.registry.seals.v1".
std::string SealTopic(const std::string& service);

}  // namespace lienthong::kafka
