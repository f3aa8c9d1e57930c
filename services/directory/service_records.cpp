#include "directory/service_records.hpp"

#include <stdexcept>

#include "directory/store.hpp"

namespace lienthong::directory {
namespace {

template <class Id>
std::vector<Id> Ids(const std::vector<std::string>& texts) {
  std::vector<Id> ids;
  for (const std::string& text : texts) ids.push_back({text});
  return ids;
}

template <class Item>
std::vector<journal::Record> Records(const std::vector<Item>& items) {
  std::vector<journal::Record> records;
  for (const Item& item : items) records.push_back(ToRecord(item));
  return records;
}

std::vector<journal::Record> LoadOfficials(pg::Tx& tx, const std::vector<std::string>& ids) {
  const std::vector<Official> officials = SelectOfficials(tx, Ids<OfficialId>(ids));
  const OfficialSharing sharing = ReadOfficialSharing(tx, officials);
  std::vector<journal::Record> records;
  for (const Official& official : officials) records.push_back(ToRecord(official, sharing));
  return records;
}

std::vector<Day> Days(const std::vector<std::string>& texts) {
  std::vector<Day> days;
  for (const std::string& text : texts) days.push_back(base::ParseDay(text));
  return days;
}

}  // namespace

OfficialSharing ReadOfficialSharing(pg::Tx& tx, const std::vector<Official>& officials) {
  std::vector<UnitCode> codes;
  for (const Official& official : officials) {
    for (const Appointment& appointment : official.appointments) codes.push_back(appointment.unit);
  }
  AudienceRule rule = SelectAudienceRule(tx);
  return {rule.sequence, std::move(rule.service_feeds), SelectCarriers(tx, codes)};
}

std::vector<std::string> DirectoryRecords::Types() const {
  return {kUnitType, kPositionType, kOfficialType, kAgreementType, kCalendarDayType};
}

std::vector<journal::Record> DirectoryRecords::Load(pg::Tx& tx, const std::string& type,
                                                    const std::vector<std::string>& ids) {
  if (type == kUnitType) return Records(SelectUnits(tx, Ids<UnitCode>(ids)));
  if (type == kPositionType) return Records(SelectPositions(tx, Ids<PositionCode>(ids)));
  if (type == kOfficialType) return LoadOfficials(tx, ids);
  if (type == kAgreementType) return Records(SelectAgreements(tx, Ids<AgreementId>(ids)));
  if (type == kCalendarDayType) return Records(SelectCalendarDays(tx, Days(ids)));
  throw std::logic_error("not a record type of the directory: " + type);
}

std::int64_t DirectoryRecords::SharingMark(pg::Tx& tx, const std::string& type) {
  return type == kOfficialType ? SelectAudienceRule(tx).sequence : kNoSharingMark;
}

}  // namespace lienthong::directory
