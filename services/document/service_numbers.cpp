#include "document/service_numbers.hpp"

#include "document/records.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kArrivalsTitle = "Sổ văn bản đến";

Book LoadOrMake(pg::Tx& tx, const journal::Heads& heads, Book book) {
  if (heads.at({kBookType, book.Id()}).version == 0) return book;
  return TheOne(SelectBooks(tx, {book.Id()})).value;
}

BookNumber NumberOf(const Draft& draft) {
  const Numbered& numbered = draft.content.numbered.value();
  BookNumber number;
  number.book_id = numbered.book_id;
  number.number = numbered.number;
  number.letter = numbered.letter;
  return number;
}

/// The same number, given to nothing.
BookNumber VoidFor(BookNumber number, const std::string& reason) {
  number.state = NumberState::kVoid;
  number.reason = reason;
  number.record_id.clear();
  return number;
}

/// Takes a reserved number out of the reserve.
void TakeReserved(pg::Tx& tx, Book& book, BookNumber& number) {
  const auto found = SelectNumber(tx, book.Id(), number.number, "");
  if (!found || found->state != NumberState::kReserved) {
    throw base::Transition("NUMBER_NOT_RESERVED", "the number is not reserved");
  }
  --book.reserved_count;
  UpdateNumber(tx, number);
}

void Insert(pg::Tx& tx, const Book& book, BookNumber& number) {
  if (number.number > book.last_number) {
    throw base::Transition("NUMBER_UNKNOWN", "the book has not come to this number");
  }
  number.letter = NextLetter(SelectLetters(tx, book.Id(), number.number));
  InsertNumbers(tx, {number});
}

}  // namespace

journal::Key BookKey(const std::string& unit_id, int year, const std::string& series) {
  return {kBookType, BookId(unit_id, year, series), true};
}

Book LoadBook(pg::Tx& tx, const journal::Heads& heads, const Series& series, int year) {
  Book book;
  book.unit_id = series.unit_id;
  book.series = series.code;
  book.year = year;
  book.direction = series.direction;
  book.title = series.title;
  return LoadOrMake(tx, heads, std::move(book));
}

Book LoadArrivals(pg::Tx& tx, const journal::Heads& heads, const std::string& unit_id, int year) {
  Series series;
  series.unit_id = unit_id;
  series.code = kArrivalSeries;
  series.direction = BookDirection::kIncoming;
  series.title = kArrivalsTitle;
  return LoadBook(tx, heads, series, year);
}

base::Error SeriesMissing() {
  return base::Transition("SERIES_MISSING", "no series of the unit has this type of document");
}

std::optional<Series> FindSeries(pg::Tx& tx, const Draft& draft) {
  return SeriesFor(SelectSeriesOfUnit(tx, draft.unit_id), draft.content.type);
}

Series RequireSeries(pg::Tx& tx, const Draft& draft, const std::optional<Series>& known) {
  const std::optional<Series> series = FindSeries(tx, draft);
  if (!series) throw SeriesMissing();
  if (!known || known->Id() != series->Id()) {
    throw base::Aborted("CONCURRENT_CHANGE", "the series was changed meanwhile; repeat");
  }
  return *series;
}

void NumberDraft(pg::Tx& tx, Draft& draft, Book& book, const Series& series, const NumberWish& wish,
                 const std::string& official_id) {
  BookNumber number;
  number.book_id = book.Id();
  number.state = NumberState::kTaken;
  number.record_id = draft.id.text;
  number.official_id = official_id;
  number.number = wish.reserved_number != 0 ? wish.reserved_number : wish.insert_after_number;
  if (wish.reserved_number != 0) {
    TakeReserved(tx, book, number);
  } else if (wish.insert_after_number != 0) {
    Insert(tx, book, number);
  } else {
    number.number = TakeNext(book);
  }
  const bool is_next = wish.reserved_number == 0 && wish.insert_after_number == 0;
  std::string code = DocumentCode(series, draft.content, number.number, number.letter, book.year);
  while (!InsertCode(tx, book.unit_id, book.year, code)) {
    if (!is_next) {
      throw base::Transition("CODE_TAKEN", "the unit has a document of this code in the year");
    }
    // Another series gave it, to which the type belonged before.
    InsertNumbers(tx, {VoidFor(number, "Số, ký hiệu đã cấp ở sổ khác: " + code)});
    ++book.void_count;
    number.number = TakeNext(book);
    code = DocumentCode(series, draft.content, number.number, number.letter, book.year);
  }
  if (is_next) InsertNumbers(tx, {number});
  Number(draft, {book.Id(), number.number, number.letter, code, wish.document_date});
  ++book.document_count;
  UpdateNumbering(tx, draft.content);
  UpsertBook(tx, book);
}

void VoidNumberOf(pg::Tx& tx, const Draft& draft, Book& book, const std::string& reason,
                  const std::string& official_id) {
  BookNumber number = NumberOf(draft);
  number.state = NumberState::kVoid;
  number.reason = reason;
  number.record_id = draft.id.text;
  number.official_id = official_id;
  UpdateNumber(tx, number);
  --book.document_count;
  ++book.void_count;
  UpsertBook(tx, book);
}

void NumberIsDocument(pg::Tx& tx, const Draft& draft, const DocumentId& id,
                      const std::string& official_id) {
  BookNumber number = NumberOf(draft);
  number.state = NumberState::kDocument;
  number.record_id = id.text;
  number.official_id = official_id;
  UpdateNumber(tx, number);
}

int TakeArrival(pg::Tx& tx, Book& book, const DeliveryId& id, const std::string& official_id) {
  BookNumber number;
  number.book_id = book.Id();
  number.number = TakeNext(book);
  number.state = NumberState::kDocument;
  number.record_id = id.text;
  number.official_id = official_id;
  InsertNumbers(tx, {number});
  ++book.document_count;
  UpsertBook(tx, book);
  return number.number;
}

}  // namespace lienthong::document
