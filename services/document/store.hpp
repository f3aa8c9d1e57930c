#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "document/book.hpp"
#include "document/deadline.hpp"
#include "document/delivery.hpp"
#include "document/draft.hpp"
#include "document/reading.hpp"
#include "document/signing.hpp"
#include "document/task.hpp"
#include "platform/pg/database.hpp"
#include "platform/pg/stored.hpp"

/// All SQL of the document service. Rows of a record change only under the lock of its head. What
/// is selected by ids comes in any order; what does not exist is left out.
namespace lienthong::document {

using pg::Stored;

// Books.

/// Until the end of the transaction: the series of a unit are changed one after the other.
void LockSeriesOfUnit(pg::Tx& tx, const std::string& unit_id);
void UpsertSeries(pg::Tx& tx, const Series& series);
/// Types of documents that are valid on a day.
std::vector<DocumentType> SelectDocumentTypes(pg::Tx& tx, Day day);
std::vector<Series> SelectSeriesOfUnit(pg::Tx& tx, const std::string& unit_id);
std::vector<Series> SelectSeries(pg::Tx& tx, const std::vector<std::string>& ids);

void UpsertBook(pg::Tx& tx, const Book& book);
std::vector<Stored<Book>> SelectBooks(pg::Tx& tx, const std::vector<std::string>& ids);
/// Of units, newest year first, then by id; behind (`before_year`, `after_id`).
std::vector<Stored<Book>> SelectBooksOfUnits(pg::Tx& tx, const std::vector<std::string>& units,
                                             int before_year, const std::string& after_id,
                                             int limit);

void InsertNumbers(pg::Tx& tx, const std::vector<BookNumber>& numbers);
/// State, reason, record and official.
void UpdateNumber(pg::Tx& tx, const BookNumber& number);
std::optional<BookNumber> SelectNumber(pg::Tx& tx, const std::string& book_id, int number,
                                       const std::string& letter);
/// Số và ký hiệu are unique in a unit and year: false = this one is there.
bool InsertCode(pg::Tx& tx, const std::string& unit_id, int year, const std::string& code);
/// Letters of the numbers inserted behind `number`.
std::vector<std::string> SelectLetters(pg::Tx& tx, const std::string& book_id, int number);
/// In order, behind (`number`, `letter`).
std::vector<BookNumber> SelectNumbers(pg::Tx& tx, const std::string& book_id, int number,
                                      const std::string& letter, int limit);

// Content, drafts, authorisations.

void InsertContent(pg::Tx& tx, const Content& content);
/// What a draft says.
void UpdateContent(pg::Tx& tx, const Content& content);
/// Its sign-off, if it has one.
void UpdateSignature(pg::Tx& tx, const Content& content);
/// Its number.
void UpdateNumbering(pg::Tx& tx, const Content& content);

void InsertDraft(pg::Tx& tx, const Draft& draft);
/// Without its content.
void UpdateDraft(pg::Tx& tx, const Draft& draft);
std::vector<Stored<Draft>> SelectDrafts(pg::Tx& tx, const std::vector<DraftId>& ids);
/// Drafts of a unit that an official may read, newest first.
struct DraftQuery {
  Reader reader;
  std::optional<DraftState> state;
  bool submitted_to_reader = false;  ///< only those, of whatever unit
  DraftId before;                    ///< empty = from the newest
  int limit = 0;
};
std::vector<DraftId> FindDrafts(pg::Tx& tx, const DraftQuery& query);

void InsertAuthorisation(pg::Tx& tx, const Authorisation& authorisation);
void RevokeAuthorisation(pg::Tx& tx, const AuthorisationId& id);
std::vector<Stored<Authorisation>> SelectAuthorisations(pg::Tx& tx,
                                                        const std::vector<AuthorisationId>& ids);
/// Does the official have an authority of the unit that is valid on `day`?
bool HasAuthorisation(pg::Tx& tx, const std::string& unit_id, const std::string& official_id,
                      Day day);
std::vector<AuthorisationId> FindAuthorisations(pg::Tx& tx, const std::string& unit_id,
                                                const AuthorisationId& before, int limit);

// Documents.

/// With its parties and words; its content is there already.
void InsertDocument(pg::Tx& tx, const Document& document);
/// State of recall, and who sends it.
void UpdateDocument(pg::Tx& tx, const Document& document);
/// Sender, receivers that have not given it back, units with a task or a file that holds it, as the
/// tables say it.
void UpdateParties(pg::Tx& tx, Document& document);
std::vector<Stored<Document>> SelectDocuments(pg::Tx& tx, const std::vector<DocumentId>& ids);

void UpsertReadingRight(pg::Tx& tx, const ReadingRight& right);
std::vector<ReadingRight> SelectReadingRights(pg::Tx& tx, const std::vector<std::string>& ids);
/// Who is named for a document in a unit; empty when nobody is.
std::vector<std::string> SelectReaders(pg::Tx& tx, const DocumentId& id,
                                       const std::string& unit_id);

/// Is the official named for a document in the own unit, or by itself in one that this continues?
/// (Positions of another unit are none of this one.)
bool IsReader(pg::Tx& tx, const DocumentId& id, const Reader& reader);

/// A place in lists of documents: newest date first.
struct DocumentPlace {
  std::string date;  ///< ISO 8601; empty = before the first
  std::string id;
};
struct DocumentQuery {
  Reader reader;
  std::string words;      ///< a tsquery, empty = all
  std::string direction;  ///< "OUTGOING", "INCOMING", "" = both
  std::optional<Day> from, to;
  std::optional<DeliveryState> delivery_state;
  std::optional<Day> deadline_from, deadline_to;
  std::string book_id;  ///< empty = of all
  DocumentPlace after;
  int limit = 0;
};
std::vector<DocumentPlace> FindDocuments(pg::Tx& tx, const DocumentQuery& query);

/// Throws ALREADY_REGISTERED.
void InsertRegistered(pg::Tx& tx, const std::string& unit_id, const std::string& sender_key,
                      const std::string& code, Day document_date, const DeliveryId& id);

// Deliveries.

void InsertDeliveries(pg::Tx& tx, const std::vector<Delivery>& deliveries);
/// Everything that can change.
void UpdateDelivery(pg::Tx& tx, const Delivery& delivery);
std::vector<Stored<Delivery>> SelectDeliveries(pg::Tx& tx, const std::vector<DeliveryId>& ids);
/// All of a document, in order.
std::vector<DeliveryId> SelectDeliveryIds(pg::Tx& tx, const DocumentId& id);
/// Behind `after`, of units that handle them or (none) of all.
std::vector<DeliveryId> FindDeliveries(pg::Tx& tx, const DocumentId& id,
                                       const std::vector<std::string>& units,
                                       const DeliveryId& after, int limit);
/// To a unit, newest first; restricted ones only where the official may read them.
struct IncomingQuery {
  Reader reader;
  std::optional<DeliveryState> state;
  DeliveryId before;
  int limit = 0;
};
std::vector<DeliveryId> FindIncoming(pg::Tx& tx, const IncomingQuery& query);
/// The delivery of `document_id` to the receiver of `delivery`.
std::optional<DeliveryId> SelectDeliveryTo(pg::Tx& tx, const DocumentId& document_id,
                                           const Delivery& delivery);

void InsertIncoming(pg::Tx& tx, const Incoming& incoming);
/// The unit that goes on with it, and the leader's opinion.
void UpdateIncoming(pg::Tx& tx, const Incoming& incoming);
std::vector<Stored<Incoming>> SelectIncoming(pg::Tx& tx, const std::vector<DeliveryId>& ids);
/// Of documents in the books of these units, each document once.
std::vector<Incoming> SelectArrivals(pg::Tx& tx, const std::vector<DocumentId>& ids,
                                     const std::vector<std::string>& units);

// Deadlines.

/// All rules, and the office hours from a day on, in their order of the day.
struct LimitData {
  std::vector<DeadlineRule> rules;
  std::vector<calendar::DatedHours> hours;
};
LimitData SelectLimits(pg::Tx& tx, Day day);

/// A record whose deadline has to be looked at.
struct DueRecord {
  std::string type;  ///< of the record
  std::string id;
  std::string occasion;  ///< kind, times of the deadline, what has come of it: "1/<us>/<us>/near"
};
/// Oldest first, without those of `passed_over` ("task/<id>").
std::vector<DueRecord> SelectDueRecords(pg::Tx& tx, base::Time now,
                                        const std::vector<std::string>& passed_over, int limit);
std::optional<base::Time> SelectNextLook(pg::Tx& tx, base::Time now);

void UpsertDeadlineNotice(pg::Tx& tx, const DeadlineNotice& notice);
std::vector<DeadlineNotice> SelectDeadlineNotices(pg::Tx& tx, const std::vector<DeliveryId>& ids);

/// A line of the list of deadlines.
struct DueLine {
  std::string record_type;
  std::string record_id;
  Deadline due;
  std::string official_id;
};
struct DueQuery {
  Reader reader;
  std::optional<DeadlineMark> mark;
  std::string official_id;  ///< only what this one has; empty = all
  /// Behind this one: nearest first, then by id.
  std::optional<base::Time> after_at;
  std::string after_id;
  int limit = 0;
};
std::vector<DueLine> FindDeadlines(pg::Tx& tx, const DueQuery& query);

// Work that its unit or its official has left behind.

/// An open delivery or task, a file, a draft, a document that its receivers are not done with.
struct OpenWork {
  std::string type;  ///< of the record: "delivery", "document", "draft", "file", "task"
  std::string id;
  std::string unit_id;
  std::string official_id;  ///< empty for the first three, and when nobody is named
};
/// Of units, without those of `passed_over` ("task/<id>"), behind (`after_type`, `after_id`).
struct WorkQuery {
  std::vector<std::string> units;
  /// Of this one tasks and files that somebody has, and of `units` documents and drafts too; empty
  /// = neither.
  std::string own_unit;
  std::vector<std::string> passed_over;
  std::string after_type;
  std::string after_id;
  int limit = 0;
};
std::vector<OpenWork> SelectOpenWork(pg::Tx& tx, const WorkQuery& query);

// Tasks.

void InsertTasks(pg::Tx& tx, const std::vector<Task>& tasks);
/// Everything that can change.
void UpdateTask(pg::Tx& tx, const Task& task);
std::vector<Stored<Task>> SelectTasks(pg::Tx& tx, const std::vector<TaskId>& ids);
/// All of a delivery, in order.
std::vector<TaskId> SelectTaskIds(pg::Tx& tx, const DeliveryId& id);
/// The tasks of a delivery, in order.
std::vector<Stored<Task>> SelectTasksOf(pg::Tx& tx, const DeliveryId& id);
/// Has the official a task of the document in the unit that was not taken back?
bool HasTask(pg::Tx& tx, const DocumentId& id, const std::string& unit_id,
             const std::string& official_id);
struct TaskQuery {
  Reader reader;
  std::string official_id;  ///< only those of this one; empty = all
  bool open = false;
  std::optional<DeliveryId> delivery_id;  ///< also withdrawn ones of it, and those that it gave
  TaskId after;
  int limit = 0;
};
std::vector<TaskId> FindTasks(pg::Tx& tx, const TaskQuery& query);

}  // namespace lienthong::document
