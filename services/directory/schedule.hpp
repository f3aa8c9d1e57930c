#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/journal/timer.hpp"

namespace lienthong::directory {

/// What time does to the directory's records: AgreementStarted, AgreementEnded, AppointmentEnded,
/// UnitClosed. For journal::Timer.
class Schedule final : public journal::Schedule {
 public:
  std::vector<journal::DueItem> SelectDue(pg::Tx& tx, base::Time now,
                                          const std::vector<std::string>& passed_over,
                                          int items_max) override;
  std::optional<base::Time> SelectNext(pg::Tx& tx, base::Time now) override;
  journal::Journal::Changes Change(pg::Tx& tx, const journal::DueItem& item,
                                   base::Time now) override;
};

}  // namespace lienthong::directory
