#include "portal/open311_write.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include <libxml/chvalid.h>
#include <libxml/xmlwriter.h>
#include <unicode/utf8.h>

namespace lienthong::portal::open311 {
namespace {

/// Lists, and what one of each is called.
constexpr std::array<std::pair<std::string_view, const char*>, 7> kItems{{
    {"attributes", "attribute"},
    {"endpoints", "endpoint"},
    {"errors", "error"},
    {"formats", "format"},
    {"service_requests", "request"},
    {"services", "service"},
    {"values", "value"},
}};
constexpr const char* kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr int kFirstYear = 1900, kLastYear = 2199;
constexpr std::size_t kSecondSize = 19;     // 2019-07-10T07:30:00
constexpr std::size_t kFractionDigits = 6;  // microseconds; further ones are cut off
constexpr int kZoneHoursMax = 14;

const char* ItemOf(std::string_view list) {
  for (const auto& [name, item] : kItems) {
    if (name == list) return item;
  }
  return "item";
}

/// Only characters of XML 1.0 (section 2.2).
std::string XmlText(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    const std::int32_t begin = at;
    UChar32 letter = 0;
    U8_NEXT(text.data(), at, size, letter);  // negative: not UTF-8
    if (letter >= 0 && xmlIsCharQ(static_cast<unsigned>(letter))) {
      safe += text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(at - begin));
    } else {
      safe += kReplacement;
    }
  }
  return safe;
}

/// One document being written into memory by libxml2.
class Xml {
 public:
  Xml() {
    if (buffer_ == nullptr || writer_ == nullptr) throw std::bad_alloc();
    xmlTextWriterStartDocument(writer_, nullptr, "UTF-8", nullptr);
  }
  ~Xml() {
    xmlFreeTextWriter(writer_);
    xmlBufferFree(buffer_);
  }
  Xml(const Xml&) = delete;
  Xml& operator=(const Xml&) = delete;

  void Element(const std::string& name, const Json& value) {
    xmlTextWriterStartElement(writer_, Text(name));
    if (value.is_array()) {
      for (const Json& item : value) Element(ItemOf(name), item);
    } else if (value.is_object()) {
      for (const auto& [key, field] : value.items()) Element(key, field);
    } else if (value.is_string()) {
      Content(value.get_ref<const std::string&>());
    } else if (!value.is_null()) {
      Content(value.dump());
    }
    xmlTextWriterEndElement(writer_);
  }

  std::string End() {
    xmlTextWriterEndDocument(writer_);
    xmlTextWriterFlush(writer_);
    return {reinterpret_cast<const char*>(xmlBufferContent(buffer_)),
            static_cast<std::size_t>(xmlBufferLength(buffer_))};
  }

 private:
  static const xmlChar* Text(const std::string& text) {
    return reinterpret_cast<const xmlChar*>(text.c_str());
  }
  void Content(const std::string& text) {
    if (!text.empty()) xmlTextWriterWriteString(writer_, Text(XmlText(text)));
  }

  xmlBufferPtr buffer_ = xmlBufferCreate();
  xmlTextWriterPtr writer_ = xmlNewTextWriterMemory(buffer_, 0);
};

/// Reads a text from its beginning to its end; once something is not as expected, all fails.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool Take(char letter) {
    if (rest_.empty() || rest_.front() != letter) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(char letter) { ok_ = Take(letter) && ok_; }
  /// A number of `count` digits, below `bound`.
  int Number(std::size_t count, int bound) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto digit = Digit();
      if (!digit) return Fail();
      number = number * 10 + *digit;
    }
    return number < bound ? number : Fail();
  }
  /// ".123" as microseconds; none = 0.
  std::chrono::microseconds Fraction() {
    if (!Take('.')) return std::chrono::microseconds(0);
    std::size_t count = 0;
    int fraction = 0;
    for (auto digit = Digit(); digit; digit = Digit(), ++count) {
      if (count < kFractionDigits) fraction = fraction * 10 + *digit;
    }
    if (count == 0) Fail();
    for (; count < kFractionDigits; ++count) fraction *= 10;
    return std::chrono::microseconds(fraction);
  }
  bool IsWhole() const { return ok_ && rest_.empty(); }

 private:
  std::optional<int> Digit() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return std::nullopt;
    const int digit = rest_.front() - '0';
    rest_.remove_prefix(1);
    return digit;
  }
  int Fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

const char* ContentType(Format format) {
  return format == Format::kXml ? "text/xml; charset=utf-8" : "application/json; charset=utf-8";
}

std::string Write(const Json& value, const char* root, Format format) {
  if (format == Format::kJson) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  Xml xml;
  xml.Element(root, value);
  return xml.End();
}

std::string WriteDate(base::Time time) {
  return base::FormatTime(time + base::kVietnamOffset).substr(0, kSecondSize) + "+07:00";
}

std::optional<base::Time> ReadDate(std::string_view text) {
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  Cursor cursor(text);
  const int year = cursor.Number(4, kLastYear + 1);
  cursor.Expect('-');
  const int month = cursor.Number(2, 13);
  cursor.Expect('-');
  const int day = cursor.Number(2, 32);
  cursor.Expect('T');
  base::Time time{};
  time += hours(cursor.Number(2, 24));
  cursor.Expect(':');
  time += minutes(cursor.Number(2, 60));
  if (cursor.Take(':')) {
    time += seconds(cursor.Number(2, 60));
    time += cursor.Fraction();
  }
  if (!cursor.Take('Z')) {
    const bool is_west = cursor.Take('-');
    if (!is_west && !cursor.Take(' ')) cursor.Expect('+');
    const int offset_hours = cursor.Number(2, kZoneHoursMax + 1);
    cursor.Expect(':');
    const minutes offset = hours(offset_hours) + minutes(cursor.Number(2, 60));
    time -= is_west ? -offset : offset;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!cursor.IsWhole() || year < kFirstYear || !date.ok()) return std::nullopt;
  return time + std::chrono::sys_days(date).time_since_epoch();
}

}  // namespace lienthong::portal::open311
