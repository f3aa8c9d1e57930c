#pragma once

#include "hotline/service_parts.hpp"
#include "lienthong/hotline/v1/citizens.pb.h"

/// What everybody may know of tickets.
namespace lienthong::hotline {

v1::ReportStanding StandingOf(const Ticket& ticket);
v1::PublicTicket ToPublic(const Ticket& ticket, const access::Sharing& sharing);
/// Throws NotFound unless everybody may know of it.
Ticket FindPublic(pg::Tx& tx, const TicketId& id);
/// The photo of this number, from 1 on, of those that everybody may see. Throws NotFound.
Attachment FindPhoto(const Ticket& ticket, int number);

}  // namespace lienthong::hotline
