#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/id.hpp"
#include "platform/kafka/catalogue.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::journal {

struct RelayOptions {
  std::string service;   ///< "registry"
  std::string conninfo;  ///< a direct connection of its own: it holds the advisory lock
  kafka::ConnectOptions kafka;
  std::chrono::milliseconds poll_interval{40};
  int rows_per_read = 500;
  /// Between two readings of the journal lies a pause for each message that the first one made, so
  /// that many changes travel in large batches and few ones soon.
  std::chrono::microseconds pause_of_a_message{200};
  std::chrono::milliseconds pause_min{2};
  std::chrono::milliseconds pause_max{20};
  std::chrono::milliseconds save_interval{1000};
  int save_rows_max = 10'000;
  /// On a feed that is written to; on an idle one four times as long.
  std::chrono::milliseconds barrier_interval{5000};
  std::chrono::milliseconds broken_feed_after{30'000};
  /// How often a broken feed is tried again.
  std::chrono::milliseconds broken_feed_retry{30'000};
};

struct RelayStatus {
  bool active = false;           ///< holds the lock
  bool stopped_by_seal = false;  ///< the topic's seals are ahead of, or differ from, the database
  std::int64_t position = 0;
  std::int64_t backlog_rows = 0;
  double fence_wait_seconds = 0;  ///< of the last batch
  std::vector<std::string> broken_feeds;
};

/// Publishes the journal of one database: one active per database, a thread of the service.
/// Reads by the id fence, sends every row to its topics in order, keeps digests, barriers and
/// seals, carries out Republish. Lives as long as the service; destroyed before the database.
class Relay {
 public:
  Relay(RelayOptions options, const kafka::Catalogue& catalogue, base::Clock& clock,
        base::Ids& ids);
  ~Relay();

  void Start();
  /// A change was committed. Any thread.
  void Wake();
  RelayStatus Status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lienthong::journal
