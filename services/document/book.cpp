#include "document/book.hpp"

#include <algorithm>

#include "platform/base/error.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kNoAbbreviation = "CV";

bool Names(const Series& series, const std::string& type_code) {
  return std::find(series.type_codes.begin(), series.type_codes.end(), type_code) !=
         series.type_codes.end();
}

base::Error Full() { return base::Transition("BOOK_FULL", "the book has no number left"); }

}  // namespace

std::string BookId(const std::string& unit_id, int year, const std::string& series) {
  return unit_id + ":" + std::to_string(year) + ":" + series;
}

std::string Book::Id() const { return BookId(unit_id, year, series); }

std::string TypeCode(const DocumentType& type) {
  const std::string code = type.abbreviation.empty() ? kNoAbbreviation : type.abbreviation;
  return type.normative ? kNormative + code : code;
}

std::optional<Series> SeriesFor(const std::vector<Series>& of_unit, const DocumentType& type) {
  const std::string code = TypeCode(type);
  const Series* rest = nullptr;
  for (const Series& series : of_unit) {
    if (series.direction != BookDirection::kOutgoing) continue;
    if (Names(series, code)) return series;
    if (series.type_codes.empty()) rest = &series;
  }
  if (rest == nullptr || type.normative) return std::nullopt;
  return *rest;
}

void RequireNoOverlap(const std::vector<Series>& of_unit, const Series& series) {
  for (const Series& other : of_unit) {
    if (other.code == series.code || other.direction != series.direction) continue;
    const bool both_for_the_rest = other.type_codes.empty() && series.type_codes.empty();
    const bool same_type = std::any_of(series.type_codes.begin(), series.type_codes.end(),
                                       [&](const std::string& code) { return Names(other, code); });
    if (both_for_the_rest || same_type) {
      throw base::Conflict("SERIES_OVERLAP", "another series of the unit has one of the types")
          .With("series", other.code);
    }
  }
}

std::string NumberText(int number, const std::string& letter, int digits) {
  std::string text = std::to_string(number);
  const auto width = static_cast<std::size_t>(digits);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text + letter;
}

std::string DocumentCode(const Series& series, const Content& content, int number,
                         const std::string& letter, int year) {
  const std::string text = NumberText(number, letter, series.digits);
  const DocumentType& type = content.type;
  if (type.normative) {
    const std::string abbreviation = type.abbreviation.empty() ? "" : type.abbreviation + "-";
    return text + "/" + std::to_string(year) + "/" + abbreviation + series.agency_abbreviation;
  }
  if (!type.abbreviation.empty()) {
    return text + "/" + type.abbreviation + "-" + series.agency_abbreviation;
  }
  if (content.drafting_abbreviation.empty()) {
    throw base::InvalidField("content.drafting_abbreviation",
                             "a công văn names the office that drafted it");
  }
  return text + "/" + series.agency_abbreviation + "-" + content.drafting_abbreviation;
}

int TakeNext(Book& book) {
  if (book.last_number >= kNumberMax) throw Full();
  return ++book.last_number;
}

std::string NextLetter(const std::vector<std::string>& letters) {
  const auto last = std::max_element(letters.begin(), letters.end());
  if (last == letters.end() || last->empty()) return "a";
  const char letter = last->front();
  if (letter >= 'z') throw Full();
  return std::string(1, static_cast<char>(letter + 1));
}

}  // namespace lienthong::document
