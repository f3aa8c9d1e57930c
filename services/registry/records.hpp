#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lienthong/registry/v1/records.pb.h"
#include "platform/access/sharing.hpp"
#include "platform/journal/record.hpp"
#include "registry/citizen.hpp"
#include "registry/correction.hpp"
#include "registry/enterprise.hpp"

/// What the registry publishes: states, views and audiences. Pure.
namespace lienthong::registry {

inline constexpr const char* kCitizenType = "citizen";
inline constexpr const char* kEnterpriseType = "enterprise";
inline constexpr const char* kCorrectionType = "correction";
inline constexpr const char* kFullView = "full";
inline constexpr const char* kLimitedView = "limited";

/// Views of citizens and of enterprises; corrections have only the first.
inline const std::vector<std::string> kViewsWidestFirst{kFullView, kLimitedView};

/// Who sees the records of a commune by its place: the carriers of the commune's unit and of its
/// district. After the abolition of the districts (2025-07-01) only the commune.
journal::Audience TerritoryOf(const std::string& commune_code, const access::Sharing& sharing);

journal::Record ToRecord(const Citizen& citizen, const access::Sharing& sharing);
journal::Record ToRecord(const Enterprise& enterprise, const access::Sharing& sharing);
journal::Record ToRecord(const Correction& correction, const access::Sharing& sharing);

/// Name of the view in which `caller` sees a record now; nullopt = not at all.
std::optional<std::string> ViewFor(const std::string& caller, const std::string& record_type,
                                   const std::string& commune_code, const access::Sharing& sharing);

/// The message of one view.
v1::Citizen ToMessage(const Citizen& citizen, std::int64_t version, const std::string& view);
v1::Enterprise ToMessage(const Enterprise& enterprise, std::int64_t version,
                         const std::string& view);

}  // namespace lienthong::registry
