#pragma once

#include <string>
#include <vector>

#include "hotline/service_access.hpp"
#include "hotline/service_parts.hpp"
#include "lienthong/hotline/v1/citizens.pb.h"

/// What units ask, what citizens answer to it, and what is told to one of several who reported.
namespace lienthong::hotline {

/// All that units wait to hear, with a blank line between them; of several each under its unit's
/// name. Empty = nothing.
std::string QuestionsOf(const std::vector<Stored<Assignment>>& assignments,
                        const access::Sharing& sharing);

/// Of a ticket with several reports, `reader` is told what is published, and before that what units
/// ask and the centre says without personal data but the own name: it may be another caller's.
void HideOthers(pg::Tx& tx, const Ticket& ticket, const Reporter& reader, const Rules& rules,
                v1::FollowedReport& message);

/// Keys of the ticket and of what waits in it.
std::vector<journal::Key> KeysOfReply(pg::Tx& tx, const TicketId& id);

/// What waits for the citizen goes on, with the reply. Throws TICKET_STATE when nothing does,
/// CONCURRENT_CHANGE for what is not among `heads`.
Changes TakeReply(pg::Tx& tx, const TicketId& id, const std::string& text,
                  const journal::Heads& heads, const Sight& sight, const Step& step);

}  // namespace lienthong::hotline
