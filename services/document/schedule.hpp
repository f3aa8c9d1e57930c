#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/access/sharing.hpp"
#include "platform/journal/timer.hpp"

namespace lienthong::document {

/// What happens to records by itself. Time: the deadline of a draft, a delivery or a task comes
/// near (DeadlineNear) and passes (DeadlinePassed), each once for a record, kind and deadline; of
/// several that passed while the service was down only the last. The directory: open deliveries and
/// tasks of a closed unit go to the one unit that continues it (WorkMoved), with their deadlines;
/// those of a unit split among several wait for a person. For journal::Timer.
class Schedule final : public journal::Schedule {
 public:
  explicit Schedule(access::SharingReader& sharing) : sharing_(sharing) {}

  std::vector<journal::DueItem> SelectDue(pg::Tx& tx, base::Time now,
                                          const std::vector<std::string>& passed_over,
                                          int items_max) override;
  std::optional<base::Time> SelectNext(pg::Tx& tx, base::Time now) override;
  journal::Journal::Changes Change(pg::Tx& tx, const journal::DueItem& item,
                                   base::Time now) override;

 private:
  access::SharingReader& sharing_;
};

}  // namespace lienthong::document
