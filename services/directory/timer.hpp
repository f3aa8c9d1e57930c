#pragma once

#include <chrono>
#include <cstddef>
#include <thread>

#include "directory/store.hpp"
#include "platform/base/clock.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::directory {

/// Turns dates into changes when their business time has come: AgreementStarted, AgreementEnded,
/// AppointmentEnded, UnitClosed. What is due is asked of the database each time, so nothing is lost
/// while the service is down, and copies of the service do each thing once. One thread; destroyed
/// before the journal.
class Timer {
 public:
  Timer(pg::Pool& pool, journal::Journal& journal, const base::Clock& clock)
      : pool_(pool), journal_(journal), clock_(clock) {}

  void Start();

  /// Does what is due now, one chunk of it; returns how many items it did. An item that fails is
  /// logged, passed over and tried again with the next chunk.
  std::size_t RunDue();

 private:
  void Loop(std::stop_token stop);
  void Handle(const DueItem& item);
  std::chrono::milliseconds UntilNext();

  pg::Pool& pool_;
  journal::Journal& journal_;
  const base::Clock& clock_;
  std::jthread thread_;
};

}  // namespace lienthong::directory
