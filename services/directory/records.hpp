#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "directory/agreement.hpp"
#include "directory/calendar_day.hpp"
#include "directory/official.hpp"
#include "directory/unit.hpp"
#include "lienthong/directory/v1/records.pb.h"
#include "platform/journal/record.hpp"

/// Rows -> records: API message, views and audience. Every record has one view, `full`. Pure.
namespace lienthong::directory {

inline constexpr const char* kUnitType = "unit";
inline constexpr const char* kOfficialType = "official";
inline constexpr const char* kPositionType = "position";
inline constexpr const char* kAgreementType = "agreement";
inline constexpr const char* kCalendarDayType = "calendar-day";

v1::Unit ToMessage(const Unit& unit, std::int64_t version);
v1::Official ToMessage(const Official& official, std::int64_t version);
v1::Position ToMessage(const Position& position, std::int64_t version);
v1::Agreement ToMessage(const Agreement& agreement, std::int64_t version);
v1::CalendarDay ToMessage(const CalendarDay& day, std::int64_t version);

/// Sharing mark of records for everyone: their audience depends on nothing, so there is nothing
/// to sweep.
inline constexpr std::int64_t kNoSharingMark = 0;

/// What the audience of an official depends on.
struct OfficialSharing {
  std::int64_t sequence = 0;
  std::vector<std::string> service_feeds;
  std::map<UnitCode, UnitCode> carriers;  ///< of the units of the appointments
};

/// For everyone.
journal::Record ToRecord(const Unit& unit);
journal::Record ToRecord(const Position& position);
journal::Record ToRecord(const Agreement& agreement);
journal::Record ToRecord(const CalendarDay& day);
/// For the carriers of the units of all appointments that have not ended, and for every service.
journal::Record ToRecord(const Official& official, const OfficialSharing& sharing);

}  // namespace lienthong::directory
