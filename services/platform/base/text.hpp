#pragma once

#include <string>
#include <string_view>

namespace lienthong::base {

/// Valid UTF-8 (RFC 3629) without U+0000.
bool IsText(std::string_view bytes);

/// 0 to 9.
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

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

/// The same for a text of several lines: each is such a text, and breaks (LF or CR LF) count as one
/// character and stay, but for those before the first line with text and behind the last.
std::string CheckLines(std::string_view value, const std::string& field, std::size_t characters_max,
                       bool required);

}  // namespace lienthong::base
