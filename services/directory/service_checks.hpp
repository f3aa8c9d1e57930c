#pragma once

#include <string>
#include <vector>

#include "directory/agreement.hpp"
#include "directory/official.hpp"
#include "directory/store.hpp"
#include "directory/unit.hpp"
#include "platform/base/clock.hpp"
#include "platform/pg/database.hpp"

/// What a new record says of others, checked in its transaction; the units named are held until it
/// ends, so that none is closed meanwhile.
namespace lienthong::directory {

/// New units, those above them first. Parents and carriers exist already or are among the new ones.
/// `fields` are the paths of the units in the request. Throws UNIT_UNKNOWN, UNIT_CLOSED,
/// InvalidField (also when units are above each other).
std::vector<Unit> PlaceUnits(pg::Tx& tx, std::vector<Unit> units,
                             const std::vector<std::string>& fields);

/// Units and positions of appointments that have not ended. Throws UNIT_UNKNOWN, UNIT_CLOSED,
/// POSITION_UNKNOWN.
void CheckAppointments(pg::Tx& tx, const std::vector<Appointment>& appointments, base::Time now,
                       const std::string& field);

/// Consumers exist and are open on `today`, views are published; fills `view_fields`. Throws
/// UNIT_UNKNOWN, UNIT_CLOSED, VIEW_UNKNOWN.
void CompleteAgreements(pg::Tx& tx, std::vector<Agreement>& agreements, Day today,
                        const std::string& field);

}  // namespace lienthong::directory
