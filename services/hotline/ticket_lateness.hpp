#pragma once

#include "hotline/ticket.hpp"

/// What is late while it is not done yet counts as late.
namespace lienthong::hotline {

/// A deadline has passed: unless it is done already, it was not in time, whenever it will be.
void Miss(Ticket& ticket, DeadlineKind kind);
/// The first response is due within the limit of the category that the ticket has now. By this
/// limit alone it is late or not: what was late under another category may be in time again.
void AwaitResponse(Ticket& ticket, const Category& category, const Step& step);

}  // namespace lienthong::hotline
