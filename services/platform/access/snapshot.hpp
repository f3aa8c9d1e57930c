#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lienthong/directory/v1/records.pb.h"
#include "platform/base/clock.hpp"
#include "platform/calendar/calendar.hpp"

namespace lienthong::access {

/// Is the position held at a business time?
bool HoldsAt(const directory::v1::Appointment& appointment, base::Time time);

/// Units, officials, positions and calendar days as one immutable picture; permission checks and
/// deadlines cost no I/O.
class Snapshot {
 public:
  using UnitRef = std::shared_ptr<const directory::v1::Unit>;

  /// A new picture with one record set (`json` = the feed's value) or removed (nullopt). Record
  /// types it does not know are passed over. Throws std::invalid_argument on a broken value.
  void Set(std::string_view record_type, const std::string& id,
           const std::optional<std::string>& json);

  /// nullptr = unknown.
  const directory::v1::Unit* FindUnit(const std::string& code) const;
  const directory::v1::Official* FindOfficial(const std::string& id) const;
  const directory::v1::Position* FindPosition(const std::string& id) const;
  /// The unit whose feed carries a unit's records: itself, or the carrier it names.
  std::string CarrierOf(const std::string& unit) const;
  bool HasUnits() const { return !units_.empty(); }
  /// Valid at a business time? By its first and last day (inclusive, +07:00), and not closed.
  bool IsActive(const std::string& unit, base::Time time) const;
  /// The days that are not as their weekday says: what a calendar::Calendar is made of.
  const std::map<calendar::Day, calendar::DayKind>& Days() const { return days_; }

 private:
  std::map<std::string, UnitRef, std::less<>> units_;
  std::map<std::string, std::shared_ptr<const directory::v1::Official>, std::less<>> officials_;
  std::map<std::string, std::shared_ptr<const directory::v1::Position>, std::less<>> positions_;
  std::map<calendar::Day, calendar::DayKind> days_;
};

/// Can a value of a directory record be read? Record types it does not know pass. Throws
/// std::invalid_argument.
void CheckDirectoryValue(std::string_view record_type, const std::string& json);

/// Holds the current snapshot. Any thread.
class SnapshotHolder {
 public:
  std::shared_ptr<const Snapshot> Current() const;
  /// Copies the picture, lets `change` alter it, puts it in place.
  void Update(const std::function<void(Snapshot&)>& change);
  /// Machine time of the last matched directory barrier: the snapshot is no older than that. The
  /// time 0 takes back what was said before: the snapshot is a part only.
  void Verified(base::Time time);
  base::Time VerifiedAt() const;

 private:
  std::mutex update_mutex_;  ///< one change at a time; readers do not wait for it
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_ = std::make_shared<Snapshot>();
  base::Time verified_at_{};
};

}  // namespace lienthong::access
