#pragma once

#include <optional>
#include <string>

#include "directory/agreement.hpp"
#include "directory/calendar_day.hpp"
#include "directory/official.hpp"
#include "directory/unit.hpp"
#include "lienthong/directory/v1/directory.pb.h"
#include "platform/base/clock.hpp"

/// Requests -> rules' types: every check of a single field, in one place. All throw
/// base::InvalidField with the path of the field, which starts with `field`. What the directory
/// sets itself (version, state, closed, successors) is not read.
namespace lienthong::directory {

/// Without `valid_from` the unit is valid from `today` on.
Unit ToUnit(const v1::Unit& message, Day today, const std::string& field);
/// Without an id: empty, for the service to choose. Appointments are added by Appoint.
Official ToOfficial(const v1::Official& message, const std::string& field);
/// Without `starts_at` it starts at `now`.
Appointment ToAppointment(const v1::Appointment& message, base::Time now, const std::string& field);
Position ToPosition(const v1::Position& message, const std::string& field);
/// Without `starts_at` it starts at `now`; state and fields of the view are not set.
Agreement ToAgreement(const v1::Agreement& message, base::Time now, const std::string& field);
CalendarDay ToCalendarDay(const v1::CalendarDay& message, const std::string& field);

/// Lower case.
std::string ToUuid(const std::string& text, const std::string& field);
/// nullopt = unspecified.
std::optional<UnitKind> ToUnitKind(int kind, const std::string& field);
std::optional<AgreementState> ToAgreementState(int state, const std::string& field);

}  // namespace lienthong::directory
