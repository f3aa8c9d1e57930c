#pragma once

#include <string>

namespace lienthong::base {

/// Text as it is searched: folded, words apart ("15/QĐ-UBND" -> "15 qd ubnd").
std::string SearchText(const std::string& text);

/// A tsquery of all words of `text`, the last a beginning; "" when there is none. Throws
/// FIELD_INVALID for `field` on more than 20 words.
std::string SearchQuery(const std::string& text, const std::string& field);

}  // namespace lienthong::base
