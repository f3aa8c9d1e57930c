#include "ops/show.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "platform/base/text.hpp"

namespace lienthong::ops {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kColumnMin = 8;

const char* CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kGreen:
      return "\033[32m";
    case Colour::kYellow:
      return "\033[33m";
    case Colour::kRed:
      return "\033[31m";
  }
  return "";
}

std::size_t Letters(const std::string& text) {
  return base::IsText(text) ? base::CountCharacters(text) : text.size();
}

/// Bytes of the first `letters` of a text.
std::size_t BytesOf(const std::string& text, std::size_t letters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && letters-- == 0) return at;
  }
  return at;
}

std::string Padded(const std::string& text, std::size_t width, bool to_the_right) {
  const std::size_t letters = Letters(text);
  const std::string space(width > letters ? width - letters : 0, ' ');
  return to_the_right ? space + text : text + space;
}

}  // namespace

std::string Paint(const Look& look, Colour colour, const std::string& text) {
  if (!look.has_colours || colour == Colour::kNone) return text;
  return CodeOf(colour) + text + "\033[0m";
}

std::size_t ControlAt(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
  };
  const auto is_within = [](int value, int first, int last) {
    return value >= first && value <= last;
  };
  if (text.empty()) return 0;
  if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
  if (byte(0) == 0xC2 && is_within(byte(1), 0x80, 0x9F)) return 2;  // U+0080 to U+009F
  if (byte(0) == 0xD8 && byte(1) == 0x9C) return 2;                 // U+061C
  if (byte(0) != 0xE2) return 0;
  const bool is_mark =
      (byte(1) == 0x80 && (is_within(byte(2), 0x8E, 0x8F) || is_within(byte(2), 0xA8, 0xAE))) ||
      (byte(1) == 0x81 && is_within(byte(2), 0xA6, 0xA9));  // U+200E, U+2028, U+2066 and others
  return is_mark ? 3 : 0;
}

std::string CutTo(const std::string& text, std::size_t letters_max) {
  const std::string_view given = base::IsText(text) ? std::string_view(text) : "(no text)";
  std::string shown;
  for (std::size_t at = 0; at < given.size();) {
    const std::size_t control = ControlAt(given.substr(at));
    shown += control > 0 ? ' ' : given[at];
    at += std::max<std::size_t>(control, 1);
  }
  if (Letters(shown) <= letters_max) return shown;
  return shown.substr(0, BytesOf(shown, letters_max - 1)) + "…";
}

std::string Wrap(const std::string& text, std::size_t indent) {
  std::string left = CutTo(text, std::string::npos);
  std::string lines;
  std::size_t before = 0;
  while (before + Letters(left) > kLineMax) {
    const std::size_t end = BytesOf(left, kLineMax - before);
    std::size_t space = left.rfind(' ', end);
    if (space == std::string::npos || space == 0) space = end;
    lines += std::string(before, ' ') + left.substr(0, space) + "\n";
    const std::size_t next = left.find_first_not_of(' ', space);
    left = next == std::string::npos ? "" : left.substr(next);
    before = indent;
  }
  return lines + std::string(before, ' ') + left + "\n";
}

std::string Table::Print(const Look& look) const {
  std::vector<std::size_t> widths;
  std::vector<bool> has_numbers(names_.size(), false);
  for (const std::string& name : names_) widths.push_back(Letters(name));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], Letters(CutTo(row[i].text, std::string::npos)));
      has_numbers[i] = has_numbers[i] || row[i].is_number;
    }
  }
  std::size_t all = kGap.size() * (widths.size() - 1);
  for (const std::size_t width : widths) all += width;
  for (std::size_t i = widths.size(); i-- > 0 && all > kLineMax;) {
    const std::size_t least = std::min(widths[i], std::max(kColumnMin, Letters(names_[i])));
    const std::size_t cut = std::min(all - kLineMax, widths[i] - least);
    widths[i] -= cut;
    all -= cut;
  }
  std::string text;
  const auto print = [&](std::size_t i, const Cell& cell) {
    const bool is_last = i + 1 == widths.size();
    const std::string shown = CutTo(cell.text, widths[i]);
    text += Paint(look, cell.colour,
                  is_last && !has_numbers[i] ? shown : Padded(shown, widths[i], has_numbers[i]));
    text += is_last ? "\n" : kGap;
  };
  for (std::size_t i = 0; i < names_.size(); ++i) print(i, names_[i]);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) print(i, row[i]);
  }
  return text;
}

std::string LocalTime(base::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &local);
  return {text.data(), size};
}

std::string Age(base::Time then, base::Time now) {
  const auto seconds = std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 120 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86'400) + " d";
}

std::string Bytes(std::int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s",
                                   size, kUnits[unit]);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<base::Time> TimeOf(bool is_there, const google::protobuf::Timestamp& time) {
  if (!is_there) return std::nullopt;
  return base::Time(std::chrono::seconds(time.seconds()) +
                    std::chrono::microseconds(time.nanos() / 1000));
}

Json JsonOf(const std::optional<base::Time>& time) {
  return time ? Json(base::FormatTime(*time)) : Json();
}

}  // namespace lienthong::ops
