#include "portal/target.hpp"

#include <algorithm>
#include <cstdint>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "platform/base/text.hpp"

namespace lienthong::portal {
namespace {

constexpr std::size_t kValuesMax = 100;

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// RFC 3986, section 2.1; in a query `+` is a space (HTML, urlencoded).
std::optional<std::string> Decode(std::string_view text, bool is_query) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && is_query) {
      decoded += ' ';
    } else if (text[at] != '%') {
      decoded += text[at];
    } else {
      const int high = at + 1 < text.size() ? DigitOf(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? DigitOf(text[at + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  if (!base::IsText(decoded) || std::any_of(decoded.begin(), decoded.end(), IsControl)) {
    return std::nullopt;
  }
  return decoded;
}

std::optional<std::string> Clean(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0, begin = 0; at < size; begin = at) {
    UChar32 character = 0;
    U8_NEXT(text.data(), at, size, character);
    if (character <= 0) return std::nullopt;
    if (u_hasBinaryProperty(character, UCHAR_BIDI_CONTROL)) continue;
    const bool is_control = u_charType(character) == U_CONTROL_CHAR && character != '\t' &&
                            character != '\n' && character != '\r';
    if (is_control) clean += ' ';
    if (!is_control) clean.append(text.substr(begin, at - begin));
  }
  return clean;
}

/// What comes before `mark`; `rest` goes on behind it, and is empty when there is none.
std::string_view CutAt(std::string_view& rest, char mark) {
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view head = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return head;
}

std::optional<std::string> DecodePath(std::string_view raw) {
  std::string path;
  while (!raw.empty()) {
    raw.remove_prefix(1);  // the slash
    const auto end = std::min(raw.find('/'), raw.size());
    const std::optional<std::string> segment = Decode(raw.substr(0, end), /*is_query=*/false);
    const bool is_last = end == raw.size();
    if (!segment || (segment->empty() && !is_last) || *segment == "." || *segment == ".." ||
        segment->find_first_of("/\\") != std::string::npos) {
      return std::nullopt;
    }
    path += "/" + *segment;
    raw.remove_prefix(end);
  }
  return path;
}

}  // namespace

std::optional<Target> ParseTarget(std::string_view raw) {
  if (raw.empty() || raw.front() != '/') return std::nullopt;
  std::string_view rest = raw;
  std::optional<std::string> path = DecodePath(CutAt(rest, '?'));
  if (!path) return std::nullopt;
  Target target;
  target.path = std::move(*path);
  while (!rest.empty()) {
    std::string_view value = CutAt(rest, '&');
    if (value.empty()) continue;
    std::optional<std::string> name = Decode(CutAt(value, '='), /*is_query=*/true);
    std::optional<std::string> decoded = Decode(value, /*is_query=*/true);
    if (!name || !decoded || target.query.size() == kValuesMax) return std::nullopt;
    target.query.Add(std::move(*name), std::move(*decoded));
  }
  return target;
}

bool IsFieldText(std::string_view bytes) {
  return base::IsText(bytes) && std::none_of(bytes.begin(), bytes.end(), [](char c) {
           return IsControl(c) && c != '\t' && c != '\n' && c != '\r';
         });
}

bool CleanFields(Values& fields) {
  Values clean;
  for (const auto& [name, value] : fields) {
    std::optional<std::string> text = Clean(value);
    if (!text) return false;
    clean.Add(name, *std::move(text));
  }
  fields = std::move(clean);
  return true;
}

}  // namespace lienthong::portal
