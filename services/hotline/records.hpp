#pragma once

#include <cstdint>
#include <string>

#include "hotline/api_key.hpp"
#include "hotline/assignment.hpp"
#include "hotline/report.hpp"
#include "hotline/rules.hpp"
#include "hotline/ticket.hpp"
#include "lienthong/hotline/v1/api_keys.pb.h"
#include "lienthong/hotline/v1/records.pb.h"
#include "platform/access/sharing.hpp"
#include "platform/journal/record.hpp"

/// What the hotline publishes: states, views and audiences. Pure.
///
/// What a restricted ticket says, and one that is not classified yet, is in no state and no view:
/// it does not leave the owner's tables. A conduct complaint is in no feed of the unit that it is
/// about.
namespace lienthong::hotline {

inline constexpr const char* kApiKeyType = "api-key";
inline constexpr const char* kAssignmentType = "assignment";
inline constexpr const char* kCategoryType = "category";
inline constexpr const char* kCentreType = "centre";
inline constexpr const char* kReportType = "report";
inline constexpr const char* kTicketType = "ticket";

inline constexpr const char* kCentreId = "centre";

inline constexpr const char* kFullView = "full";
inline constexpr const char* kHandlingView = "handling";  ///< of a ticket, at the units
inline constexpr const char* kLimitedView = "limited";    ///< of what is withheld

/// Would a feed of `carrier` show a complaint to the unit that it is about: is it that unit, does
/// it carry it, or is it carried by it? The same of who continues the unit.
bool Conflicts(const std::string& carrier, const std::string& concerned_unit_id,
               const access::Sharing& sharing);

/// `with_texts`: also what is withheld, for a named position at the owner.
v1::Ticket ToMessage(const Ticket& ticket, std::int64_t version, const std::string& view,
                     bool with_texts = false);
v1::Assignment ToMessage(const Assignment& assignment, std::int64_t version,
                         const std::string& view, bool with_texts = false);
v1::Report ToMessage(const Report& report, std::int64_t version);
v1::Category ToMessage(const Category& category, std::int64_t version);
v1::Centre ToMessage(const Centre& centre, std::int64_t version);
v1::Attachment ToMessage(const Attachment& attachment);
v1::ApiKey ToMessage(const ApiKey& key, std::int64_t version);

journal::Record ToRecord(const Ticket& ticket, const access::Sharing& sharing);
journal::Record ToRecord(const Assignment& assignment, const access::Sharing& sharing);
journal::Record ToRecord(const Report& report, const access::Sharing& sharing);
journal::Record ToRecord(const ApiKey& key, const access::Sharing& sharing);
journal::Record ToRecord(const Category& category, const access::Sharing& sharing);
journal::Record ToRecord(const Centre& centre, const access::Sharing& sharing);

}  // namespace lienthong::hotline
