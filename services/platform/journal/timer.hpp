#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::journal {

/// A record that a moment changes.
struct DueItem {
  Key key;
  /// With the key it names the change: "ended/2019-07-10T00:30:00.000000Z".
  std::string occasion;
  /// Further records that the change locks.
  std::vector<Key> also = {};
};

/// What a service's records wait for. Called on the timer's thread; times are business time.
class Schedule {
 public:
  virtual ~Schedule() = default;
  /// Oldest first, without those of `passed_over` ("unit/H09.718").
  virtual std::vector<DueItem> SelectDue(pg::Tx& tx, base::Time now,
                                         const std::vector<std::string>& passed_over,
                                         int items_max) = 0;
  /// The next moment at which something will be due; nullopt = none.
  virtual std::optional<base::Time> SelectNext(pg::Tx& tx, base::Time now) = 0;
  /// Under the lock of the record; none when it is no longer due.
  virtual Journal::Changes Change(pg::Tx& tx, const DueItem& item, base::Time now) = 0;
};

/// Turns moments into changes when their business time has come. What is due is asked of the
/// database each time, so nothing is lost while the service is down, and copies of the service do
/// each thing once. One thread; destroyed before the journal.
class Timer {
 public:
  Timer(pg::Pool& pool, Journal& journal, const base::Clock& clock, Schedule& schedule)
      : pool_(pool), journal_(journal), clock_(clock), schedule_(schedule) {}

  void Start();

  /// Does what is due now, one chunk of it; returns how many items it did. An item that fails is
  /// logged, passed over and tried again with the next chunk.
  std::size_t RunDue();

 private:
  void Loop(std::stop_token stop);
  std::chrono::milliseconds UntilNext();

  pg::Pool& pool_;
  Journal& journal_;
  const base::Clock& clock_;
  Schedule& schedule_;
  std::jthread thread_;
};

}  // namespace lienthong::journal
