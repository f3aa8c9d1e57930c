#pragma once

#include <string>
#include <string_view>

namespace lienthong::base {

/// Valid UTF-8 (RFC 3629) without U+0000.
bool IsText(std::string_view bytes);

/// Unicode normalisation form C; the input must be IsText.
std::string ToNfc(std::string_view text);

/// Number of Unicode code points; the input must be IsText.
std::size_t CountCharacters(std::string_view text);

/// Lower case, NFC, white space folded to single spaces, without leading and trailing space.
std::string ToLower(std::string_view text);

/// Like ToLower, without diacritics and with đ as d: "Nguyễn Thị Đào" -> "nguyen thi dao". The same
/// for hòa and hoà, NFC and NFD.
std::string Fold(std::string_view text);

/// A text field of a request: NFC, trimmed, white space folded, no control characters, at most
/// `characters_max` code points. Throws InvalidField(`field`). Empty passes unless `required`.
std::string CheckText(std::string_view value, const std::string& field, std::size_t characters_max,
                      bool required);

}  // namespace lienthong::base
