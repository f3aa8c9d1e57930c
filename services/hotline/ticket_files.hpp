#pragma once

#include <string>
#include <vector>

#include "hotline/ticket.hpp"

/// Files of tickets, and those that are joined to them.
namespace lienthong::hotline {

/// Pictures of the ticket by their SHA-256, each once. FIELD_INVALID for `public_photos`.
std::vector<std::string> ToPhotos(const Ticket& ticket, const std::vector<std::string>& chosen);
/// The files of a ticket that is joined, each once, at most kJoinedAttachmentsMax.
void AddFiles(Ticket& into, const Ticket& joined);

}  // namespace lienthong::hotline
