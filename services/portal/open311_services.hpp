#pragma once

#include <string>

#include "portal/backend.hpp"
#include "portal/open311_write.hpp"

namespace lienthong::portal::open311 {

/// A service of the standard: a category that takes reports from everybody. Not a group, not
/// closed, not a conduct complaint (that names a unit and is seen by few), not an emergency (that
/// is phoned).
bool IsOffered(const hotline::Category& category);

/// The offered category of that code. Throws NotFound SERVICE_UNKNOWN.
const hotline::Category& TheService(const Province& province, const std::string& code);

/// GET services.
Json ServiceList(const Province& province);

/// GET services/{code}: what is asked of who reports.
Json ServiceDefinition(const hotline::Category& category);

/// GET discovery (https://wiki.open311.org/Service_Discovery). Its `changeset` rises with every
/// change of the services: the day on which this interface changed last, and a second for each
/// change of a category since there are any; the same in all copies of the portal.
Json Discovery(const Province& province, const std::string& origin, const std::string& contact);

}  // namespace lienthong::portal::open311
