#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "platform/feed/keeper.hpp"
#include "support/clock.hpp"
#include "support/database.hpp"

/// A copy kept by hand: messages are made here, without Kafka.
namespace lienthong::feed {

inline constexpr const char* kOwnTopic = "lienthong.feed.H09.718";
inline constexpr const char* kAllTopic = "lienthong.feed.all";

/// A record message as the owner's relay would send it.
inline kafka::Message RecordMessageOf(const std::string& owner, const std::string& key,
                                      Position position, std::int64_t version,
                                      std::optional<std::string> value) {
  kafka::Message message;
  message.key = key;
  message.value = std::move(value);
  message.headers = {{"ce_source", "/lienthong/" + owner},
                     {"ce_sequence", std::to_string(position.sequence)},
                     {"ce_epoch", std::to_string(position.epoch)},
                     {"ce_recordversion", std::to_string(version)},
                     {"ce_view", "full"}};
  return message;
}

/// `records` = key -> (version, value) that must be there at `position`.
inline kafka::Message BarrierMessageOf(
    const std::string& owner, Position position, std::int64_t complete, base::Time time,
    const std::map<std::string, std::pair<std::int64_t, std::string>>& records) {
  std::map<std::string, journal::SetDigest> totals;
  for (const auto& [key, record] : records) {
    totals[key.substr(0, key.find('/'))].Add(journal::ViewHash(key, record.first, record.second));
  }
  std::string types;
  for (const auto& [type, total] : totals) {
    types += (types.empty() ? "\"" : ",\"") + type + "\":{\"count\":\"" +
             std::to_string(total.count) + "\",\"digest\":\"" + total.digest.Hex() + "\"}";
  }
  kafka::Message message;
  message.key = "barrier/" + owner;
  message.value = "{\"owner\":\"" + owner + "\",\"epoch\":\"" + std::to_string(position.epoch) +
                  "\",\"complete\":\"" + std::to_string(complete) + "\",\"sequence\":\"" +
                  std::to_string(position.sequence) + "\",\"time\":\"" + base::FormatTime(time) +
                  "\",\"types\":{" + types + "}}";
  return message;
}

/// A unit's copy in a database of its own.
class CopyStage {
 public:
  explicit CopyStage(std::map<std::string, std::string> owners = {{"registry", "127.0.0.1:1"}}) {
    options.member = "H09.718";
    options.owners = std::move(owners);
    options.scrub_interval = std::chrono::milliseconds(0);
    options.scrub_pace = std::make_shared<Pace>(100'000'000);
    keeper.emplace(
        options, pool, clock, [this](const std::vector<Applied>& batch) { Remember(batch); },
        [this](const std::string& owner, base::Time time) { verified[owner] = time; });
    keeper->Load();
  }

  /// Applies messages of one topic as one batch, at the end of its log.
  void Apply(const std::string& topic, std::vector<kafka::Message> messages) {
    for (kafka::Message& message : messages) {
      message.topic = topic;
      message.offset = ends[topic]++;
      if (message.timestamp == base::Time{}) message.timestamp = clock.MachineNow();
    }
    keeper->Apply(Decode(messages));
  }
  void ScrubAll() {
    while (keeper->ScrubSome()) {
    }
  }
  std::string Value(const std::string& sql) {
    return pool.Transact([&](pg::Tx& tx) {
      const auto rows = tx.ExecText(sql);
      return rows.empty() || rows[0][0].is_null() ? std::string() : rows[0][0].as<std::string>();
    });
  }
  void Execute(const std::string& sql) {
    pool.Transact([&](pg::Tx& tx) { tx.ExecText(sql); });
  }
  OwnerState OwnerIn(const std::string& topic, const std::string& owner) {
    for (const OwnerState& state : keeper->State().owners) {
      if (state.topic == topic && state.owner == owner) return state;
    }
    FAIL("no state of " << owner << " in " << topic);
    return {};
  }

  support::ManualClock clock;
  support::TestDatabase database{pg::MigrationsOf_feed()};
  pg::Pool pool{{database.Conninfo(), 3}};
  ReaderOptions options;
  std::map<std::string, std::int64_t> ends;
  std::map<std::string, std::optional<std::string>> shown;  ///< key -> value given last
  std::map<std::string, base::Time> verified;
  std::optional<Keeper> keeper;

 private:
  void Remember(const std::vector<Applied>& batch) {
    for (const Applied& applied : batch) {
      shown[applied.record_type + "/" + applied.record_id] = applied.value;
    }
  }
};

}  // namespace lienthong::feed
