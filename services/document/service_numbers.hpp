#pragma once

#include <optional>
#include <string>

#include "document/service_parts.hpp"

/// Numbers in books, for the services that give them.
namespace lienthong::document {

/// The key under which a book is locked; the book may be new.
journal::Key BookKey(const std::string& unit_id, int year, const std::string& series);

/// A book whose head is locked, as it is or new.
Book LoadBook(pg::Tx& tx, const journal::Heads& heads, const Series& series, int year);
/// The unit's book of arrivals, likewise.
Book LoadArrivals(pg::Tx& tx, const journal::Heads& heads, const std::string& unit_id, int year);

/// SERIES_MISSING: no series of the unit has the type.
base::Error SeriesMissing();
/// The series in which a draft of the unit is numbered now; nullopt = there is none. Read before a
/// change, to know its book.
std::optional<Series> FindSeries(pg::Tx& tx, const Draft& draft);
/// The same inside the change. Throws SERIES_MISSING, and CONCURRENT_CHANGE unless it is `known`.
Series RequireSeries(pg::Tx& tx, const Draft& draft, const std::optional<Series>& known);

/// How a draft wants to be numbered.
struct NumberWish {
  Day document_date;
  int reserved_number = 0;      ///< 0 = the next
  int insert_after_number = 0;  ///< 0 = not inserted
};

/// Gives a signed draft its number: the next one, a reserved one (NUMBER_NOT_RESERVED) or one
/// behind another (NUMBER_UNKNOWN). A code that another series of the unit has given in the year is
/// passed over, its number void; CODE_TAKEN when it is one that was asked for. Changes draft, book
/// and the register.
void NumberDraft(pg::Tx& tx, Draft& draft, Book& book, const Series& series, const NumberWish& wish,
                 const std::string& official_id);

/// The number of a withdrawn draft stays in the register as void.
void VoidNumberOf(pg::Tx& tx, const Draft& draft, Book& book, const std::string& reason,
                  const std::string& official_id);
/// The number of a draft is a document's now.
void NumberIsDocument(pg::Tx& tx, const Draft& draft, const DocumentId& id,
                      const std::string& official_id);

/// The next number of arrival, given to a delivery.
int TakeArrival(pg::Tx& tx, Book& book, const DeliveryId& id, const std::string& official_id);

}  // namespace lienthong::document
