#include "document/store.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<BookDirection, 2> kDirections{
    {{BookDirection::kOutgoing, "OUTGOING"}, {BookDirection::kIncoming, "INCOMING"}}};

constexpr EnumNames<NumberState, 4> kNumberStates{{{NumberState::kReserved, "RESERVED"},
                                                   {NumberState::kTaken, "TAKEN"},
                                                   {NumberState::kDocument, "DOCUMENT"},
                                                   {NumberState::kVoid, "VOID"}}};

constexpr pg::Statement kUpsertSeries{
    "document_upsert_series",
    "INSERT INTO series VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (unit_id, code) DO UPDATE"
    " SET title = excluded.title, agency_abbreviation = excluded.agency_abbreviation,"
    " type_codes = excluded.type_codes, digits = excluded.digits"};

constexpr pg::Statement kSelectSeriesOfUnit{
    "document_select_series_of_unit", "SELECT * FROM series WHERE unit_id = $1 ORDER BY code"};

constexpr pg::Statement kSelectTypes{
    "document_select_types",
    "SELECT name, abbreviation, normative FROM document_type"
    " WHERE valid_from <= $1 AND (valid_to IS NULL OR $1 <= valid_to)"
    " ORDER BY normative, is_copy, name COLLATE \"vi-VN-x-icu\""};

constexpr pg::Statement kSelectSeries{
    "document_select_series",
    "SELECT s.* FROM unnest($1::text[]) AS k (id)"
    " JOIN series s ON s.unit_id = split_part(k.id, ':', 1) AND s.code = split_part(k.id, ':', 2)"};

constexpr pg::Statement kUpsertBook{
    "document_upsert_book",
    "INSERT INTO book VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE"
    " SET title = excluded.title, last_number = excluded.last_number,"
    " document_count = excluded.document_count, reserved_count = excluded.reserved_count,"
    " void_count = excluded.void_count"};

constexpr pg::Statement kSelectBooks{"document_select_books",
                                     "SELECT * FROM book_record WHERE id = ANY($1::text[])"};

constexpr pg::Statement kSelectBooksOfUnits{
    "document_select_books_of_units",
    "SELECT * FROM book_record WHERE unit_id = ANY ($1::text[])"
    " AND (year < $2 OR (year = $2 AND id > $3)) ORDER BY year DESC, id LIMIT $4"};

constexpr pg::Statement kInsertNumbers{
    "document_insert_numbers",
    "INSERT INTO book_number SELECT b, n, l, s, r, i, o FROM unnest($1::text[], $2::bigint[],"
    " $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS t (b, n, l, s, r, i, o)"};

constexpr pg::Statement kUpdateNumber{
    "document_update_number",
    "UPDATE book_number SET state = $4, reason = $5, record_id = $6, official_id = $7"
    " WHERE book_id = $1 AND number = $2 AND letter = $3"};

constexpr pg::Statement kSelectNumber{"document_select_number",
                                      "SELECT *, false AS restricted FROM book_number"
                                      " WHERE book_id = $1 AND number = $2 AND letter = $3"};

constexpr pg::Statement kInsertCode{
    "document_insert_code",
    "INSERT INTO document_code VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1"};

constexpr pg::Statement kSelectLetters{
    "document_select_letters",
    "SELECT letter FROM book_number WHERE book_id = $1 AND number = $2 AND letter <> ''"};

constexpr pg::Statement kSelectNumbers{
    "document_select_numbers",
    "SELECT n.*, coalesce(c.restricted, y.restricted, false) AS restricted FROM book_number n"
    " LEFT JOIN document d ON d.id = nullif(n.record_id, '')::uuid"
    " LEFT JOIN content c ON c.id = coalesce(d.content_id, nullif(n.record_id, '')::uuid)"
    " LEFT JOIN delivery y ON y.id = nullif(n.record_id, '')::uuid"
    " WHERE n.book_id = $1 AND (n.number, n.letter) > ($2, $3)"
    " ORDER BY n.number, n.letter LIMIT $4"};

// Two series of one unit are not changed at the same time: they must not have the same types.
constexpr pg::Statement kLockSeriesOfUnit{
    "document_lock_series_of_unit",
    "SELECT pg_advisory_xact_lock(hashtextextended('series ' || $1, 0))"};

Series SeriesOf(const pg::Row& row) {
  return {row["unit_id"].as<std::string>(),
          row["code"].as<std::string>(),
          ValueOf(kDirections, row["direction"].view()),
          row["title"].as<std::string>(),
          row["agency_abbreviation"].as<std::string>(),
          pg::ParseTextArray(row["type_codes"]),
          row["digits"].as<int>()};
}

Stored<Book> ToBook(const pg::Row& row) {
  return {{row["unit_id"].as<std::string>(), row["series"].as<std::string>(), row["year"].as<int>(),
           ValueOf(kDirections, row["direction"].view()), row["title"].as<std::string>(),
           row["last_number"].as<int>(), row["document_count"].as<int>(),
           row["reserved_count"].as<int>(), row["void_count"].as<int>()},
          row["version"].as<std::int64_t>()};
}

BookNumber ToNumber(const pg::Row& row) {
  return {row["book_id"].as<std::string>(),     row["number"].as<int>(),
          row["letter"].as<std::string>(),      ValueOf(kNumberStates, row["state"].view()),
          row["reason"].as<std::string>(),      row["record_id"].as<std::string>(),
          row["official_id"].as<std::string>(), row["restricted"].as<bool>()};
}

template <class Value, class Make>
std::vector<Value> ListOf(const pg::Result& rows, const Make& make) {
  std::vector<Value> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(make(row));
  return values;
}

}  // namespace

void UpsertSeries(pg::Tx& tx, const Series& series) {
  tx.Write(kUpsertSeries, series.unit_id, series.code, NameOf(kDirections, series.direction),
           series.title, series.agency_abbreviation, pg::TextArray(series.type_codes),
           series.digits);
}

void LockSeriesOfUnit(pg::Tx& tx, const std::string& unit_id) {
  tx.Exec(kLockSeriesOfUnit, unit_id);
}

std::vector<DocumentType> SelectDocumentTypes(pg::Tx& tx, Day day) {
  return ListOf<DocumentType>(tx.Exec(kSelectTypes, base::FormatDay(day)), [](const auto& row) {
    return DocumentType{row["name"].template as<std::string>(),
                        row["abbreviation"].template as<std::string>(),
                        row["normative"].template as<bool>()};
  });
}

std::vector<Series> SelectSeriesOfUnit(pg::Tx& tx, const std::string& unit_id) {
  return ListOf<Series>(tx.Exec(kSelectSeriesOfUnit, unit_id), SeriesOf);
}

std::vector<Series> SelectSeries(pg::Tx& tx, const std::vector<std::string>& ids) {
  return ListOf<Series>(tx.Exec(kSelectSeries, pg::TextArray(ids)), SeriesOf);
}

void UpsertBook(pg::Tx& tx, const Book& book) {
  tx.Write(kUpsertBook, book.Id(), book.unit_id, book.year, book.series,
           NameOf(kDirections, book.direction), book.title, book.last_number, book.document_count,
           book.reserved_count, book.void_count);
}

std::vector<Stored<Book>> SelectBooks(pg::Tx& tx, const std::vector<std::string>& ids) {
  return ListOf<Stored<Book>>(tx.Exec(kSelectBooks, pg::TextArray(ids)), ToBook);
}

std::vector<Stored<Book>> SelectBooksOfUnits(pg::Tx& tx, const std::vector<std::string>& units,
                                             int before_year, const std::string& after_id,
                                             int limit) {
  return ListOf<Stored<Book>>(
      tx.Exec(kSelectBooksOfUnits, pg::TextArray(units), before_year, after_id, limit), ToBook);
}

void InsertNumbers(pg::Tx& tx, const std::vector<BookNumber>& numbers) {
  std::vector<std::int64_t> plain;
  for (const BookNumber& number : numbers) plain.push_back(number.number);
  tx.Write(kInsertNumbers, pg::TextArray(numbers, [](const auto& n) { return n.book_id; }),
           pg::NumberArray(plain), pg::TextArray(numbers, [](const auto& n) { return n.letter; }),
           pg::TextArray(numbers, [](const auto& n) { return NameOf(kNumberStates, n.state); }),
           pg::TextArray(numbers, [](const auto& n) { return n.reason; }),
           pg::TextArray(numbers, [](const auto& n) { return n.record_id; }),
           pg::TextArray(numbers, [](const auto& n) { return n.official_id; }));
}

void UpdateNumber(pg::Tx& tx, const BookNumber& number) {
  tx.Write(kUpdateNumber, number.book_id, number.number, number.letter,
           NameOf(kNumberStates, number.state), number.reason, number.record_id,
           number.official_id);
}

std::optional<BookNumber> SelectNumber(pg::Tx& tx, const std::string& book_id, int number,
                                       const std::string& letter) {
  const auto rows = tx.Exec(kSelectNumber, book_id, number, letter);
  if (rows.empty()) return std::nullopt;
  return ToNumber(rows[0]);
}

bool InsertCode(pg::Tx& tx, const std::string& unit_id, int year, const std::string& code) {
  return !tx.Exec(kInsertCode, unit_id, year, code).empty();
}

std::vector<std::string> SelectLetters(pg::Tx& tx, const std::string& book_id, int number) {
  return ListOf<std::string>(tx.Exec(kSelectLetters, book_id, number),
                             [](const pg::Row& row) { return row[0].as<std::string>(); });
}

std::vector<BookNumber> SelectNumbers(pg::Tx& tx, const std::string& book_id, int number,
                                      const std::string& letter, int limit) {
  return ListOf<BookNumber>(tx.Exec(kSelectNumbers, book_id, number, letter, limit), ToNumber);
}

}  // namespace lienthong::document
