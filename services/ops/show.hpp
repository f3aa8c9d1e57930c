#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/timestamp.pb.h>

#include "ops/result.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::ops {

/// Letters of a line on a terminal.
inline constexpr std::size_t kLineMax = 100;

enum class Colour { kNone, kGreen, kYellow, kRed };

/// What text is made for.
struct Look {
  bool has_colours = false;
};

/// Coloured where the look has colours.
std::string Paint(const Look& look, Colour colour, const std::string& text);

struct Cell {
  Cell(std::string text, Colour colour = Colour::kNone)  // NOLINT: a cell is mostly its text
      : text(std::move(text)), colour(colour) {}
  Cell(const char* text) : text(text) {}                                        // NOLINT
  Cell(std::int64_t number) : text(std::to_string(number)), is_number(true) {}  // NOLINT

  std::string text;
  Colour colour = Colour::kNone;
  bool is_number = false;  ///< its column stands to the right
};

/// Aligned columns below their names. What does not fit in a line is cut off with "…", in the last
/// column first of all.
class Table {
 public:
  explicit Table(std::vector<std::string> names) : names_(std::move(names)) {}

  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool IsEmpty() const { return rows_.empty(); }
  std::string Print(const Look& look) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<Cell>> rows_;
};

/// Bytes of the control character, or of the mark that turns the direction of writing, with which a
/// text in UTF-8 begins; 0 = with something else. Among them are those of two bytes (U+009B), which
/// steer a terminal as ESC does.
std::size_t ControlAt(std::string_view text);
/// At most so many letters, the last of them "…" where text was cut off. Control characters are
/// shown as spaces: what others wrote must not steer the terminal.
std::string CutTo(const std::string& text, std::size_t letters_max);
/// In lines of at most kLineMax letters; all but the first begin with `indent` spaces.
std::string Wrap(const std::string& text, std::size_t indent);

/// "2026-11-28 11:40:12 +0700": local time with its zone.
std::string LocalTime(base::Time time);
/// "4 s", "12 min", "3 h", "5 d"; "0 s" for what is to come.
std::string Age(base::Time then, base::Time now);
/// "12.4 MiB".
std::string Bytes(std::int64_t bytes);

std::optional<base::Time> TimeOf(bool is_there, const google::protobuf::Timestamp& time);
/// RFC 3339 UTC, or null.
Json JsonOf(const std::optional<base::Time>& time);

}  // namespace lienthong::ops
