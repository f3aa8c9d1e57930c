#pragma once

#include <cstddef>
#include <string>

#include "document/content.hpp"
#include "document/edxml.hpp"

/// What a packet of the exchange says, as content of our own. All throw PACKET_INVALID (22).
namespace lienthong::document {

/// A text of one line; what is too long is against the standard.
std::string TextOf(const std::string& text, const char* element, std::size_t characters_max,
                   bool required);
/// A number from 0 to `max`; 0 when it is not there.
int NumberOf(const std::string& text, const char* element, int max);
/// Everything but the attachments and the document that it changes.
Content ContentOf(const edxml::Packet& packet);

}  // namespace lienthong::document
