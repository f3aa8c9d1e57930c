#pragma once

#include <optional>
#include <string>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "hotline/boundaries.hpp"
#include "hotline/category.hpp"
#include "hotline/report.hpp"
#include "hotline/rules.hpp"
#include "hotline/ticket.hpp"
#include "lienthong/hotline/v1/categories.pb.h"
#include "lienthong/hotline/v1/tickets.pb.h"
#include "platform/access/sharing.hpp"

/// From requests to values that cannot be invalid: every check of a field, in one place. All throw
/// base::Error kInvalid with the field at fault, below `field`.
namespace lienthong::hotline {

/// Line breaks stay, as in all that people write at length. Throws FIELD_INVALID without one.
std::string CheckReason(const std::string& text, const std::string& field = "reason");
/// What a citizen writes or is told, likewise.
std::string CheckLongText(const std::string& text, const std::string& field);

/// Units named are not checked.
Category ToCategory(const v1::Category& message, const std::string& field);
Centre ToCentre(const v1::Centre& message, const std::string& field);

/// Without a commune that in whose boundaries the coordinates lie, if any. COMMUNE_UNKNOWN unless
/// it is a commune of today, or that of `known`, which it then stays.
Place ToPlace(const v1::Place& message, const access::Sharing& sharing,
              const Boundaries& boundaries, const std::string& field, const Place& known = {});
/// Units of communes whose tickets are shown as those of this one: itself, those that it continues,
/// and those of which it has a part.
std::vector<std::string> CommunesShownWith(const std::string& unit_id,
                                           const access::Sharing& sharing);
/// Likewise of the commune that has the code, or had it last; all ("{}") without a code.
std::vector<std::string> ToCommunes(const std::string& commune_code,
                                    const access::Sharing& sharing);
std::vector<QuestionAnswer> ToAnswers(
    const google::protobuf::RepeatedPtrField<v1::QuestionAnswer>& messages,
    const std::string& field);
/// At most kAttachmentsMax ids.
std::vector<std::string> ToUploads(const google::protobuf::RepeatedPtrField<std::string>& ids,
                                   const std::string& field);

/// Who reported, as an intake says; without ids and code. Throws PHONE_INVALID.
Reporter ToReporter(const v1::Caller& caller);
/// The telephone call of it.
void ReadCall(const v1::OpenTicketRequest& request, Reporter& reporter);

}  // namespace lienthong::hotline
