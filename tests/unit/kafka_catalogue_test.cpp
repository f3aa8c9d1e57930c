#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "platform/kafka/catalogue.hpp"

using namespace lienthong::kafka;

namespace {

const std::string kWhole = R"(
cluster: {replication: 3, min_insync_replicas: 2}
profiles:
  domain: {cleanup.policy: "delete", retention.ms: "7776000000"}
  feed: {cleanup.policy: "compact"}
  seals: {cleanup.policy: "delete", retention.ms: "-1"}
services:
  directory:
    feed: false
    records: [{name: unit, partitions: 6}]
  registry:
    feed: true
    records: [{name: citizen, partitions: 12}, {name: enterprise, partitions: 6}]
units: [H09.01, H09.718]
systems:
  - {name: ops, reads: []}
  - {name: unit-H09.718--archive, reads: []}
)";

/// Loads a catalogue with `text` from a file of its own.
Catalogue Loaded(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("lienthong_catalogue_" + std::to_string(::getpid()) + ".yaml");
  struct Remover {
    const std::filesystem::path& path;
    ~Remover() { std::filesystem::remove(path); }
  } remover{path};
  std::ofstream(path) << text;
  return Catalogue::Load(path.string());
}

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = kWhole;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const NewTopic& TopicOf(const Catalogue& catalogue, const std::string& name) {
  const auto& topics = catalogue.Topics();
  const auto found = std::find_if(topics.begin(), topics.end(),
                                  [&](const NewTopic& topic) { return topic.name == name; });
  INFO(name);
  REQUIRE(found != topics.end());
  return *found;
}

}  // namespace

TEST_CASE("topics are named as PROTOCOL says") {
  CHECK(FeedTopic("H09.718") == "lienthong.feed.H09.718");
  CHECK(FeedTopic("service-registry") == "lienthong.feed.service-registry");
  CHECK(FeedTopic("*") == "lienthong.feed.all");
  CHECK(DomainTopic("registry", "citizen") == "lienthong.registry.citizen.v1");
  CHECK(SealTopic("registry") == "lienthong.registry.seals.v1");
}

TEST_CASE("a catalogue knows units, services, the replica processes and the listed systems") {
  const Catalogue catalogue = Loaded(kWhole);
  for (const char* name : {"unit-H09.01", "unit-H09.718", "unit-H09.718--archive", "ops",
                           "service-directory", "service-registry", "service-replica"}) {
    INFO(name);
    CHECK(catalogue.KnowsSystem(name));
  }
  for (const char* name : {"", "unit-H09", "H09.01", "unit-H09.01--archive", "admin", "broker"}) {
    INFO(name);
    CHECK_FALSE(catalogue.KnowsSystem(name));
  }
}

TEST_CASE("feeds belong to units, to services that have one, and to everyone") {
  const Catalogue catalogue = Loaded(kWhole);
  CHECK(catalogue.FeedMembers() ==
        std::vector<std::string>{"service-registry", "H09.01", "H09.718"});
  CHECK(catalogue.ServiceFeeds() == std::vector<std::string>{"service-registry"});
  CHECK(catalogue.RecordTypes("registry") == std::vector<std::string>{"citizen", "enterprise"});
  CHECK_THROWS_AS(catalogue.RecordTypes("mail"), std::out_of_range);
}

TEST_CASE("every topic has its partitions, its replication and its profile") {
  const Catalogue catalogue = Loaded(kWhole);
  CHECK(catalogue.Topics().size() == 3 + 2 + 4);
  const NewTopic& citizen = TopicOf(catalogue, "lienthong.registry.citizen.v1");
  CHECK(citizen.partitions == 12);
  CHECK(citizen.replication == 3);
  CHECK(citizen.config.at("cleanup.policy") == "delete");
  CHECK(citizen.config.at("min.insync.replicas") == "2");
  for (const char* name :
       {"lienthong.feed.all", "lienthong.feed.H09.718", "lienthong.feed.service-registry"}) {
    CHECK(TopicOf(catalogue, name).partitions == 1);
    CHECK(TopicOf(catalogue, name).config.at("cleanup.policy") == "compact");
  }
  CHECK(TopicOf(catalogue, "lienthong.directory.seals.v1").config.at("retention.ms") == "-1");
}

TEST_CASE("the catalogue of the repository is whole") {
  const Catalogue catalogue = Catalogue::Load(LIENTHONG_DEPLOY "/kafka/topics.yaml");
  CHECK(catalogue.FeedMembers().size() == 123);  // 120 units, registry, document, hotline
  CHECK(catalogue.KnowsSystem("ops"));
  CHECK(catalogue.Services().contains("directory"));
  const NewTopic& feed = TopicOf(catalogue, "lienthong.feed.H09.718");
  CHECK(feed.config.at("message.timestamp.type") == "LogAppendTime");
  CHECK(feed.config.at("delete.retention.ms") == "604800000");
  for (const NewTopic& topic : catalogue.Topics()) {
    CHECK(topic.name.find('_') == std::string::npos);
  }
}

TEST_CASE("a record type that is in no feed has topics only, and may be several services'") {
  const std::string unfed = ", {name: operation, partitions: 3, feeds: false}";
  std::string text = Replaced("{name: unit, partitions: 6}", "{name: unit, partitions: 6}" + unfed);
  const std::string citizen = "{name: citizen, partitions: 12}";
  text.replace(text.find(citizen), citizen.size(), citizen + unfed);
  const Catalogue catalogue = Loaded(text);
  CHECK(catalogue.RecordTypes("directory") == std::vector<std::string>{"unit"});
  CHECK(catalogue.DomainTypes("directory") == std::vector<std::string>{"unit", "operation"});
  CHECK(catalogue.DomainTypes("registry") ==
        std::vector<std::string>{"citizen", "operation", "enterprise"});
  CHECK_THROWS_AS(catalogue.DomainTypes("mail"), std::out_of_range);
  for (const char* name : {"lienthong.directory.operation.v1", "lienthong.registry.operation.v1"}) {
    CHECK(TopicOf(catalogue, name).partitions == 3);
  }
  // Twice in one service, or with a type of feeds, it is a mistake.
  CHECK_THROWS(Loaded(Replaced(citizen, citizen + unfed + unfed)));
  CHECK_THROWS(Loaded(Replaced(citizen, "{name: unit, partitions: 1, feeds: false}")));
  CHECK_THROWS(Loaded(Replaced(citizen, "{name: citizen, partitions: 1, feeds: maybe}")));
}

TEST_CASE("a mistake in a catalogue is told with file and line") {
  const std::vector<std::pair<std::string, std::string>> broken = {
      {Replaced("partitions: 12", "partitions: 0"), ":13: "},
      {Replaced("partitions: 12", "partitions: many"), ":13: "},
      {Replaced("name: enterprise", "name: citizen"), ":13: "},
      {Replaced("name: enterprise", "name: enter_prise"), ":13: "},
      {Replaced("[H09.01, H09.718]", "[H09.01, H09.01]"), ":14: "},
      {Replaced("[H09.01, H09.718]", "[h09 01]"), ":14: "},
      {Replaced("[H09.01, H09.718]", "H09.01"), ":14: "},
      {Replaced("name: ops", "nome: ops"), ":16: "},
      {Replaced("feed: true", "feed: perhaps"), ":12: "},
      {Replaced("min_insync_replicas: 2", "min_insync_replicas: 4"), ":2: "},
  };
  for (const auto& [text, place] : broken) {
    INFO(text);
    CHECK_THROWS_WITH(Loaded(text),
                      Catch::Contains("lienthong_catalogue_") && Catch::Contains(place));
  }
}

TEST_CASE("a catalogue without one of its parts is refused") {
  for (const char* part : {"cluster", "profiles", "services", "units", "systems"}) {
    INFO(part);
    CHECK_THROWS_WITH(Loaded(Replaced(std::string("\n") + part + ":", "\nother:")),
                      Catch::Contains(std::string("'") + part + "'"));
  }
  CHECK_THROWS_AS(Loaded("units: [a"), std::runtime_error);
  CHECK_THROWS_AS(Loaded(""), std::runtime_error);
  CHECK_THROWS_WITH(Catalogue::Load("/nowhere/topics.yaml"),
                    Catch::Contains("/nowhere/topics.yaml"));
}
