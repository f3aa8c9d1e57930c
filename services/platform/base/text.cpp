#include "platform/base/text.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "platform/base/error.hpp"

namespace lienthong::base {
namespace {

icu::StringPiece Piece(std::string_view text) {
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

void CheckStatus(UErrorCode status, const char* what) {
  if (U_FAILURE(status)) throw std::runtime_error(std::string(what) + ": " + u_errorName(status));
}

bool IsAscii(std::string_view text) {
  for (const char byte : text) {
    if (static_cast<unsigned char>(byte) >= 0x80) return false;
  }
  return true;
}

/// Calls `fn(code point)` for each; the text must be valid.
template <class Fn>
void ForEachCharacter(std::string_view text, Fn fn) {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 character = 0;
    U8_NEXT(text.data(), at, size, character);
    fn(character);
  }
}

void Append(std::string& out, UChar32 character) {
  char bytes[U8_MAX_LENGTH];
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, character);
  out.append(bytes, static_cast<std::size_t>(size));
}

std::string Normalize(const icu::Normalizer2& normalizer, std::string_view text) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  normalizer.normalizeUTF8(0, Piece(text), sink, nullptr, status);
  CheckStatus(status, "normalisation failed");
  return out;
}

const icu::Normalizer2& Nfc() {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(status);
  CheckStatus(status, "no NFC data");
  return *normalizer;
}

const icu::Normalizer2& Nfd() {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFDInstance(status);
  CheckStatus(status, "no NFD data");
  return *normalizer;
}

/// Runs of white space (Unicode White_Space) become one space; none is left at the ends.
std::string FoldSpace(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool pending = false;
  ForEachCharacter(text, [&](UChar32 character) {
    if (u_isUWhiteSpace(character)) {
      pending = !out.empty();
      return;
    }
    if (pending) out += ' ';
    pending = false;
    Append(out, character);
  });
  return out;
}

/// Controls, and the marks that turn the direction of writing: they can show a text as another.
bool HasControl(std::string_view text) {
  bool found = false;
  ForEachCharacter(text, [&](UChar32 character) {
    found = found || u_charType(character) == U_CONTROL_CHAR ||
            u_hasBinaryProperty(character, UCHAR_BIDI_CONTROL);
  });
  return found;
}

std::string CleanLine(std::string_view value, const std::string& field) {
  if (!IsText(value)) throw InvalidField(field, "must be UTF-8 without NUL");
  std::string text = ToNfc(FoldSpace(value));
  if (HasControl(text)) throw InvalidField(field, "must not contain control characters");
  return text;
}

std::string Checked(std::string text, const std::string& field, std::size_t characters_max,
                    bool required) {
  if (required && text.empty()) throw InvalidField(field, "is required");
  if (CountCharacters(text) > characters_max) {
    throw InvalidField(field,
                       "must have at most " + std::to_string(characters_max) + " characters");
  }
  return text;
}

/// đ (U+0111) is the one letter of Vietnamese that no normalisation takes apart.
UChar32 BaseLetter(UChar32 character) { return character == 0x0111 ? 'd' : character; }

}  // namespace

bool IsText(std::string_view bytes) {
  if (bytes.size() > INT32_MAX) return false;
  bool valid = true;
  ForEachCharacter(bytes, [&](UChar32 character) { valid = valid && character > 0; });
  return valid;
}

std::string ToNfc(std::string_view text) {
  if (IsAscii(text)) return std::string(text);
  return Normalize(Nfc(), text);
}

std::size_t CountCharacters(std::string_view text) {
  std::size_t count = 0;
  ForEachCharacter(text, [&](UChar32) { ++count; });
  return count;
}

std::string ToLower(std::string_view text) {
  std::string lower;
  icu::StringByteSink<std::string> sink(&lower, static_cast<std::int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  // The root locale: a stored text must not change with the machine's language.
  icu::CaseMap::utf8ToLower("", 0, Piece(text), sink, nullptr, status);
  CheckStatus(status, "lower case failed");
  return ToNfc(FoldSpace(lower));
}

std::string Fold(std::string_view text) {
  const std::string lower = ToLower(text);
  if (IsAscii(lower)) return lower;
  std::string out;
  out.reserve(lower.size());
  ForEachCharacter(Normalize(Nfd(), lower), [&](UChar32 character) {
    if (u_charType(character) != U_NON_SPACING_MARK) Append(out, BaseLetter(character));
  });
  return ToNfc(FoldSpace(out));
}

std::string CheckText(std::string_view value, const std::string& field, std::size_t characters_max,
                      bool required) {
  return Checked(CleanLine(value, field), field, characters_max, required);
}

std::string CheckLines(std::string_view value, const std::string& field, std::size_t characters_max,
                       bool required) {
  std::string lines;
  std::size_t end = 0;  // behind the last line with text
  for (std::size_t begin = 0; begin <= value.size();) {
    const std::size_t stop = std::min(value.find('\n', begin), value.size());
    const std::string line = CleanLine(value.substr(begin, stop - begin), field);
    lines += line;
    if (!line.empty()) end = lines.size();
    if (end > 0) lines += '\n';
    begin = stop + 1;
  }
  lines.resize(end);
  return Checked(std::move(lines), field, characters_max, required);
}

}  // namespace lienthong::base
