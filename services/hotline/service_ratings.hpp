#pragma once

#include <string>

#include "hotline/service_parts.hpp"

/// Ratings, on the page and by telephone.
namespace lienthong::hotline {

/// Who made the report rates the answer, at most Centre.ratings_max times. Throws TICKET_STATE.
void TakeRating(pg::Tx& tx, Ticket& ticket, const ReportId& report_id, Satisfaction satisfaction,
                const std::string& comment, const Step& step);

/// A report handled in the ticket; `id` empty = the one that made the ticket. Throws FIELD_INVALID.
ReportId RatedReport(pg::Tx& tx, const Ticket& ticket, const std::string& id);

}  // namespace lienthong::hotline
