#include "document/service_books.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "document/service_access.hpp"
#include "document/service_numbers.hpp"
#include "document/service_requests.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using pg::Tx;

constexpr int kBooksDefault = 50, kBooksMax = 200;
constexpr int kNumbersDefault = 100, kNumbersMax = 1000;
constexpr int kYearAfterAll = 10'000;
constexpr std::chrono::month kDecember{12};

/// Books of next year are opened in December.
int CheckYear(int year, Day today) {
  const int now = static_cast<int>(today.year());
  if (year == now || (year == now + 1 && today.month() == kDecember)) return year;
  throw base::InvalidField("year", "must be this year or, in December, the next");
}

/// A code that no type has would never be looked for.
void CheckTypes(const Series& series, const std::vector<DocumentType>& listed) {
  for (const std::string& code : series.type_codes) {
    // Each type of legal normative documents has its own numbers (NĐ 30/2020, art. 15.1a).
    if (code.rfind(kNormative, 0) == 0 && series.type_codes.size() > 1) {
      throw base::InvalidField("series.type_codes", code + " has a series of its own");
    }
    const bool known = std::any_of(listed.begin(), listed.end(), [&](const DocumentType& type) {
      return TypeCode(type) == code;
    });
    if (!known) {
      throw base::InvalidField("series.type_codes", "no type of the list has the code " + code);
    }
  }
}

v1::BookNumber ToMessage(const BookNumber& number, bool open) {
  v1::BookNumber message;
  message.set_number(number.number);
  message.set_number_letter(number.letter);
  message.set_state(static_cast<v1::NumberState>(static_cast<int>(number.state)));
  message.set_official_id(number.official_id);
  if (!number.restricted || open) {
    message.set_reason(number.reason);
    message.set_record_id(number.record_id);
  }
  return message;
}

}  // namespace

v1::Series BookService::SetSeries(const Call& call, const v1::SetSeriesRequest& request) {
  Series series = ToSeries(request.series(), "series");
  const bool is_ops = call.system_kind == rpc::SystemKind::kOps;
  series.unit_id = is_ops ? request.series().unit_id() : call.unit;
  return parts_.journal.Change<v1::Series>(
      call, request, {{kSeriesType, series.Id(), true}},
      [&](Tx& tx, const Heads& heads) {
        const auto sharing = parts_.sharing.Read(tx);
        if (sharing->Find(series.unit_id) == nullptr) {
          throw base::Invalid("UNIT_UNKNOWN", "series.unit_id", "no unit has this code");
        }
        CheckTypes(series, SelectDocumentTypes(tx, Today(call)));
        LockSeriesOfUnit(tx, series.unit_id);
        const std::vector<Series> others = SelectSeriesOfUnit(tx, series.unit_id);
        RequireNoOverlap(others, series);
        const bool is_new = heads.at({kSeriesType, series.Id()}).version == 0;
        if (is_new && others.size() >= kSeriesOfUnitMax) {
          throw base::InvalidField("series", "the unit has as many series as one can have");
        }
        UpsertSeries(tx, series);
        return journal::ListOf(Answer("SeriesSet", ToRecord(series, *sharing)));
      },
      journal::Visibility::kAny);
}

v1::ListDocumentTypesResponse BookService::ListDocumentTypes(
    const Call& call, const v1::ListDocumentTypesRequest& /*request*/) {
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    v1::ListDocumentTypesResponse response;
    for (const DocumentType& type : SelectDocumentTypes(tx, Today(call))) {
      *response.add_types() = ToMessage(type);
    }
    return response;
  });
}

v1::Book BookService::ReserveNumbers(const Call& call, const v1::ReserveNumbersRequest& request) {
  const int year = CheckYear(request.year(), Today(call));
  const std::string reason = CheckReason(request.reason());
  const std::string code = CheckSeriesCode(request.series(), "series");
  if (request.count() < 1 || request.count() > kReservedAtOnceMax) {
    throw base::InvalidField("count", "must be between 1 and 50");
  }
  return parts_.journal.Change<v1::Book>(
      call, request, {BookKey(call.unit, year, code)},
      [&](Tx& tx, const Heads& heads) {
        const auto sharing = parts_.sharing.Read(tx);
        const auto found = SelectSeries(tx, {call.unit + ":" + code});
        if (found.empty()) throw base::InvalidField("series", "the unit has no such series");
        Book book = LoadBook(tx, heads, found.front(), year);
        std::vector<BookNumber> numbers;
        for (int i = 0; i < request.count(); ++i) {
          numbers.push_back({book.Id(), TakeNext(book), "", NumberState::kReserved, reason, "",
                             call.official, false});
        }
        InsertNumbers(tx, numbers);
        book.reserved_count += request.count();
        UpsertBook(tx, book);
        return journal::ListOf(Answer("NumbersReserved", ToRecord(book, *sharing)));
      },
      journal::Visibility::kAny);
}

v1::Book BookService::VoidNumber(const Call& call, const v1::VoidNumberRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return parts_.journal.Change<v1::Book>(
      call, request, {{kBookType, request.book_id()}},
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        const std::string unit = request.book_id().substr(0, request.book_id().find(':'));
        if (!IsOwn(unit, call, sight.Rules())) RequireSplitInto(unit, call, sight.Rules());
        Book book = TheOne(SelectBooks(tx, {request.book_id()})).value;
        auto number =
            SelectNumber(tx, request.book_id(), request.number(), request.number_letter());
        if (!number || number->state != NumberState::kReserved) {
          throw base::Transition("NUMBER_NOT_RESERVED", "the number is not reserved");
        }
        number->state = NumberState::kVoid;
        number->reason = reason;
        number->official_id = call.official;
        UpdateNumber(tx, *number);
        --book.reserved_count;
        ++book.void_count;
        UpsertBook(tx, book);
        return journal::ListOf(Answer("NumberVoided", ToRecord(book, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::ListBooksResponse BookService::ListBooks(const Call& call,
                                             const v1::ListBooksRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kBooksDefault, kBooksMax);
  const std::string position = parts_.tokens.Read(call, request);
  // "<year> <id>" of the last one.
  const int year = position.empty() ? kYearAfterAll : std::stoi(position);
  const std::string id = position.empty() ? "" : position.substr(position.find(' ') + 1);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const std::vector<std::string> units = Sight(tx, call, parts_).Official().units;
    v1::ListBooksResponse response;
    for (const auto& [book, version] : SelectBooksOfUnits(tx, units, year, id, size + 1)) {
      if (response.books_size() == size) {
        const v1::Book& last = response.books(size - 1);
        response.set_next_page_token(
            parts_.tokens.Make(call, request, std::to_string(last.year()) + " " + last.id()));
        break;
      }
      *response.add_books() = ToMessage(book, version);
    }
    return response;
  });
}

v1::ListNumbersResponse BookService::ListNumbers(const Call& call,
                                                 const v1::ListNumbersRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kNumbersDefault, kNumbersMax);
  const std::string position = parts_.tokens.Read(call, request);
  // "<number> <letter>" of the last one.
  const int number = position.empty() ? 0 : std::stoi(position);
  const std::string letter = position.empty() ? "" : position.substr(position.find(' ') + 1);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    RequireOwnBook(request.book_id(), call, sight.Rules());
    TheOne(SelectBooks(tx, {request.book_id()}));
    const bool open = sight.Official().is_clerk || sight.Official().is_leader;
    v1::ListNumbersResponse response;
    for (const auto& line : SelectNumbers(tx, request.book_id(), number, letter, size + 1)) {
      if (response.numbers_size() == size) {
        const v1::BookNumber& last = response.numbers(size - 1);
        response.set_next_page_token(parts_.tokens.Make(
            call, request, std::to_string(last.number()) + " " + last.number_letter()));
        break;
      }
      *response.add_numbers() = ToMessage(line, open);
    }
    return response;
  });
}

}  // namespace lienthong::document
