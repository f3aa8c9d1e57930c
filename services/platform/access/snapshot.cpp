#include "platform/access/snapshot.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "platform/journal/record.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::access {
namespace {

template <class Record, class Map>
void SetIn(Map& records, const std::string& id, const std::optional<std::string>& json) {
  if (!json) {
    records.erase(id);
    return;
  }
  auto record = std::make_shared<Record>();
  journal::FromJson(*json, record.get());
  records[id] = std::move(record);
}

template <class Map>
auto FindIn(const Map& records, const std::string& id) -> decltype(records.begin()->second.get()) {
  const auto at = records.find(id);
  return at == records.end() ? nullptr : at->second.get();
}

calendar::DayKind KindOf(const directory::v1::CalendarDay& day) {
  switch (day.kind()) {
    case directory::v1::DAY_KIND_OFF:
      return calendar::DayKind::kOff;
    case directory::v1::DAY_KIND_WORK:
      return calendar::DayKind::kWork;
    case directory::v1::DAY_KIND_HALF:
      return calendar::DayKind::kHalf;
    default:
      throw std::invalid_argument("a calendar day of unknown kind");
  }
}

void SetDay(std::map<calendar::Day, calendar::DayKind>& days, const std::string& id,
            const std::optional<std::string>& json) {
  if (!json) {
    days.erase(base::ParseDay(id));
    return;
  }
  directory::v1::CalendarDay day;
  journal::FromJson(*json, &day);
  days[base::ParseDay(day.id())] = KindOf(day);
}

}  // namespace

bool HoldsAt(const directory::v1::Appointment& appointment, base::Time time) {
  return journal::ToTime(appointment.starts_at()) <= time &&
         (!appointment.has_ends_at() || time < journal::ToTime(appointment.ends_at()));
}

void Snapshot::Set(std::string_view record_type, const std::string& id,
                   const std::optional<std::string>& json) {
  if (record_type == "unit") {
    SetIn<directory::v1::Unit>(units_, id, json);
  } else if (record_type == "official") {
    SetIn<directory::v1::Official>(officials_, id, json);
  } else if (record_type == "position") {
    SetIn<directory::v1::Position>(positions_, id, json);
  } else if (record_type == "calendar-day") {
    SetDay(days_, id, json);
  }
}

const directory::v1::Unit* Snapshot::FindUnit(const std::string& code) const {
  return FindIn(units_, code);
}

const directory::v1::Official* Snapshot::FindOfficial(const std::string& id) const {
  return FindIn(officials_, id);
}

const directory::v1::Position* Snapshot::FindPosition(const std::string& id) const {
  return FindIn(positions_, id);
}

std::string Snapshot::CarrierOf(const std::string& unit) const {
  const directory::v1::Unit* const found = FindUnit(unit);
  return found == nullptr || found->carrier_id().empty() ? unit : found->carrier_id();
}

bool Snapshot::IsActive(const std::string& unit, base::Time time) const {
  const directory::v1::Unit* const found = FindUnit(unit);
  if (found == nullptr || found->closed()) return false;
  // ISO 8601 days sort as text.
  const std::string day = base::FormatDay(base::DayInVietnam(time));
  return found->valid_from() <= day && (found->valid_to().empty() || day <= found->valid_to());
}

void CheckDirectoryValue(std::string_view record_type, const std::string& json) {
  if (record_type == "agreement") {
    directory::v1::Agreement agreement;
    journal::FromJson(json, &agreement);
  } else {
    Snapshot().Set(record_type, "", json);
  }
}

std::shared_ptr<const Snapshot> SnapshotHolder::Current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void SnapshotHolder::Update(const std::function<void(Snapshot&)>& change) {
  const std::lock_guard only_one(update_mutex_);
  auto next = std::make_shared<Snapshot>(*Current());
  change(*next);
  const std::lock_guard lock(mutex_);
  current_ = std::move(next);
}

void SnapshotHolder::Verified(base::Time time) {
  const std::lock_guard lock(mutex_);
  // Barriers of two sets (own feed, feed.all) may come in either order.
  verified_at_ = time == base::Time{} ? time : std::max(verified_at_, time);
}

base::Time SnapshotHolder::VerifiedAt() const {
  const std::lock_guard lock(mutex_);
  return verified_at_;
}

}  // namespace lienthong::access
