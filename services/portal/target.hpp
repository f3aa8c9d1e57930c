#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "portal/request.hpp"

namespace lienthong::portal {

/// What a request line asks for (RFC 9112, section 3.2), decoded.
struct Target {
  std::string path;
  Values query;
};

/// Nothing when it is not one that we serve: not in origin form, a broken percent-encoding, not
/// UTF-8 or with control characters, an empty, "." or ".." segment, an encoded slash or backslash,
/// more than 100 values.
std::optional<Target> ParseTarget(std::string_view raw);

/// UTF-8 without control characters but tab and line ends.
bool IsFieldText(std::string_view bytes);

/// What comes along unseen when text is pasted: control characters in the values become spaces,
/// marks of the direction of writing, as around telephone numbers of contacts, go. False, and
/// nothing is changed, when a value is not UTF-8, or has U+0000.
bool CleanFields(Values& fields);

}  // namespace lienthong::portal
