#include "document/measures.hpp"

#include <chrono>
#include <map>
#include <utility>

#include "document/store_reports.hpp"

namespace lienthong::document {
namespace {

constexpr std::chrono::days kShownDays{30};

}  // namespace

Measures::Measures(const Parts& parts, const base::Clock& clock, std::vector<std::string> units)
    : parts_(parts),
      clock_(clock),
      units_(std::move(units)),
      received_("lienthong_document_received", "Deliveries that came in the last 30 days.", units_),
      on_time_("lienthong_document_on_time",
               "Deliveries of the last 30 days that are completed and were never late.", units_),
      late_("lienthong_document_late",
            "Deliveries of the last 30 days that are late or were completed late.", units_),
      overdue_("lienthong_document_overdue",
               "Open deliveries whose deadline has passed, whenever they came.", units_),
      returned_("lienthong_document_returned", "Deliveries of the last 30 days that were refused.",
                units_) {}

void Measures::Show() {
  const base::Time now = clock_.BusinessNow();
  // Up to now, what came this moment included.
  const Period period{now - kShownDays, now + std::chrono::microseconds(1)};
  const auto [figures, sharing] = parts_.pool.Transact([&](pg::Tx& tx) {
    return std::pair(SelectHolderFigures(tx, period), parts_.sharing.Read(tx));
  });
  std::map<std::string, double> received, on_time, late, overdue, returned;
  for (const HolderFigures& one : figures) {
    const std::string unit = owner::ShownUnder(one.unit_id, *sharing, units_);
    received[unit] += static_cast<double>(one.received);
    on_time[unit] += static_cast<double>(one.on_time);
    late[unit] += static_cast<double>(one.late);
    overdue[unit] += static_cast<double>(one.overdue);
    returned[unit] += static_cast<double>(one.returned);
  }
  received_.Show(received), on_time_.Show(on_time), late_.Show(late);
  overdue_.Show(overdue), returned_.Show(returned);
}

}  // namespace lienthong::document
