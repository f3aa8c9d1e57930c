#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "document/content.hpp"

namespace lienthong::document {

inline constexpr int kReservedAtOnceMax = 50;
inline constexpr int kNumberMax = 999'999;  ///< of a year
inline constexpr int kDigitsMin = 2;        ///< NĐ 30/2020: 01..09
inline constexpr int kDigitsMax = 6;
inline constexpr std::size_t kSeriesOfUnitMax = 100;
inline constexpr std::size_t kTypesOfSeriesMax = 40;
inline constexpr const char* kNormative = "QPPL-";    ///< begins the codes of normative types
inline constexpr const char* kArrivalSeries = "den";  ///< every unit has it (art. 22.2)

enum class BookDirection { kOutgoing = 1, kIncoming };

/// A series of numbers of one unit.
struct Series {
  std::string unit_id;
  std::string code;  ///< "di"
  BookDirection direction = BookDirection::kOutgoing;
  std::string title;
  std::string agency_abbreviation;  ///< "STTTT"
  /// "QĐ", "CV" for types without an abbreviation, "QPPL-QĐ" for normative ones; none = the rest.
  std::vector<std::string> type_codes;
  int digits = kDigitsMin;

  /// Of the record: "<unit>:<series>".
  std::string Id() const { return unit_id + ":" + code; }
};

/// Sổ văn bản of one year.
struct Book {
  std::string unit_id;
  std::string series;
  int year = 0;
  BookDirection direction = BookDirection::kOutgoing;
  std::string title;
  int last_number = 0;
  int document_count = 0;
  int reserved_count = 0;
  int void_count = 0;

  /// Of the record: "<unit>:<year>:<series>".
  std::string Id() const;
};
std::string BookId(const std::string& unit_id, int year, const std::string& series);

enum class NumberState { kReserved = 1, kTaken, kDocument, kVoid };

/// One line of a book.
struct BookNumber {
  std::string book_id;
  int number = 0;
  std::string letter;
  NumberState state = NumberState::kReserved;
  std::string reason;
  std::string record_id;  ///< draft, document or delivery
  std::string official_id;
  bool restricted = false;  ///< what it was given to; read, not written
};

/// "QĐ", "CV", "QPPL-QĐ": what a type is called in Series::type_codes.
std::string TypeCode(const DocumentType& type);

/// The series of a unit that documents of this type are numbered in: the one that names it, else
/// the one for the rest; normative ones need one that names them. nullopt = there is none.
std::optional<Series> SeriesFor(const std::vector<Series>& of_unit, const DocumentType& type);

/// Throws SERIES_OVERLAP (ALREADY_EXISTS) when another outgoing series of the unit has one of the
/// types of `series`, or is for the rest like it.
void RequireNoOverlap(const std::vector<Series>& of_unit, const Series& series);

/// "15", "07", "15a".
std::string NumberText(int number, const std::string& letter, int digits);

/// Số và ký hiệu of a document: "15/QĐ-UBND", "123/STTTT-CNTT" of a công văn, "12/2019/QĐ-UBND" of
/// a normative one. Throws FIELD_INVALID when a công văn names no drafting abbreviation.
std::string DocumentCode(const Series& series, const Content& content, int number,
                         const std::string& letter, int year);

/// The next number. Throws BOOK_FULL (FAILED_PRECONDITION).
int TakeNext(Book& book);

/// The letter of the next number that is inserted behind `number`; `letters` = those in use there.
/// Throws BOOK_FULL when z is reached.
std::string NextLetter(const std::vector<std::string>& letters);

}  // namespace lienthong::document
