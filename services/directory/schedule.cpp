#include "directory/schedule.hpp"

#include <stdexcept>

#include "directory/records.hpp"
#include "directory/service.hpp"
#include "directory/service_records.hpp"
#include "directory/store.hpp"

namespace lienthong::directory {
namespace {

journal::Journal::Changes CloseUnit(pg::Tx& tx, const UnitCode& code, Day today) {
  Unit unit = LockUnit(tx, code).value();
  if (!IsClosureDue(unit, today)) return {};
  unit.closed = true;
  UpdateUnit(tx, unit);
  return Only("UnitClosed", ToRecord(unit));
}

journal::Journal::Changes ChangeAgreement(pg::Tx& tx, const AgreementId& id, base::Time now) {
  Agreement agreement = SelectAgreements(tx, {id}).at(0);
  const auto event = ApplyTime(agreement, now);
  if (!event) return {};
  UpdateAgreement(tx, agreement);
  return Only(*event, ToRecord(agreement));
}

journal::Journal::Changes EndAppointments(pg::Tx& tx, const OfficialId& id, base::Time now) {
  Official official = SelectOfficials(tx, {id}).at(0);
  if (!EndDueAppointments(official, now)) return {};
  UpdateAppointments(tx, official);
  return Only("AppointmentEnded", ToRecord(official, ReadOfficialSharing(tx, {official})));
}

}  // namespace

std::vector<journal::DueItem> Schedule::SelectDue(pg::Tx& tx, base::Time now,
                                                  const std::vector<std::string>& passed_over,
                                                  int items_max) {
  std::vector<journal::DueItem> due;
  for (const DueItem& item :
       SelectDueItems(tx, now, base::DayInVietnam(now), passed_over, items_max)) {
    due.push_back({{item.type, item.id}, item.occasion});
  }
  return due;
}

std::optional<base::Time> Schedule::SelectNext(pg::Tx& tx, base::Time now) {
  return SelectNextDue(tx, now, base::DayInVietnam(now));
}

journal::Journal::Changes Schedule::Change(pg::Tx& tx, const journal::DueItem& item,
                                           base::Time now) {
  const auto& [type, id, create] = item.key;
  if (type == kUnitType) return CloseUnit(tx, {id}, base::DayInVietnam(now));
  if (type == kAgreementType) return ChangeAgreement(tx, {id}, now);
  if (type == kOfficialType) return EndAppointments(tx, {id}, now);
  throw std::logic_error("nothing is ever due for " + type);
}

}  // namespace lienthong::directory
