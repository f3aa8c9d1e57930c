#include "platform/base/search_words.hpp"
#include "document/store.hpp"
#include "document/store_content.hpp"
#include "document/store_deliveries.hpp"
#include "document/store_values.hpp"
#include "platform/base/error.hpp"

namespace lienthong::document {
namespace {

/// One in 125 documents: more often, and the newest 4,000 fill a page sooner than the index does.
constexpr int kNewest = 500;             ///< documents looked at one by one
constexpr int kMonthsAtOnce[] = {1, 6};  ///< then looked for together

constexpr pg::Statement kInsertDocument{
    "document_insert",
    "WITH parties AS (INSERT INTO document_party SELECT u, $9::date, $1::uuid"
    "  FROM unnest($7::text[]) AS u)"
    " INSERT INTO document (id, content_id, sender_unit_id, sender_organ_id, sender_name,"
    "  issued_at, recalled, parties, words, packet_document_id, packet_sha256, packet_signed, "
    "document_date,"
    "  restricted)"
    " VALUES ($1, $2, $3, $4, $5, $6, false, $7, to_tsvector('simple', $8), $10, $11, $12,"
    "  $9::date, $13)"};

constexpr pg::Statement kUpdateDocument{
    "document_update",
    "UPDATE document SET recalled = $2, recall_reason = nullif($3, ''), sender_unit_id = $4"
    " WHERE id = $1"};

constexpr pg::Statement kUpdateParties{
    "document_update_parties",
    "WITH before AS (SELECT d.parties, c.document_date FROM document d"
    "  JOIN content c ON c.id = d.content_id WHERE d.id = $1),"
    " gone AS (DELETE FROM document_party p USING before b WHERE p.document_id = $1"
    "  AND p.document_date = b.document_date AND p.unit_id = ANY(b.parties)"
    "  AND NOT p.unit_id = ANY($2::text[])),"
    " come AS (INSERT INTO document_party SELECT u, b.document_date, $1::uuid"
    "  FROM before b, unnest($2::text[]) AS u WHERE NOT u = ANY(b.parties))"
    " UPDATE document SET parties = $2 WHERE id = $1"};

constexpr pg::Statement kSelectDocuments{
    "document_select",
    "SELECT r.*, d.erased FROM document_record r JOIN document d ON d.id = r.id"
    " WHERE r.id = ANY($1::uuid[])"};

constexpr pg::Statement kSelectParties{
    "document_select_parties",
    "SELECT u FROM ("
    "  SELECT sender_unit_id AS u FROM document WHERE id = $1"
    "  UNION SELECT receiver_unit_id FROM delivery WHERE document_id = $1 AND state <> 'RECALLED'"
    "  UNION SELECT holder_unit_id FROM delivery WHERE document_id = $1 AND state <> 'RECALLED'"
    "  UNION SELECT t.assignee_unit_id FROM task t JOIN delivery y ON y.id = t.delivery_id"
    "   WHERE t.document_id = $1 AND t.state <> 'WITHDRAWN' AND y.state <> 'RECALLED'"
    // With a file that holds it goes the ground that whoever planned the file has, while there is
    // one.
    "  UNION SELECT f.unit_id FROM file_item i JOIN working_file f ON f.id = i.file_id"
    "   WHERE i.document_id = $1 AND i.state = 'FILED'"
    "   AND f.state NOT IN ('DESTROYING', 'DESTROYED')"
    "   AND (EXISTS (SELECT FROM document d WHERE d.id = $1"
    "     AND d.sender_unit_id = split_part(f.id, ':', 1))"
    "    OR EXISTS (SELECT FROM delivery y WHERE y.document_id = $1 AND y.state <> 'RECALLED'"
    "     AND split_part(f.id, ':', 1) IN (y.receiver_unit_id, y.holder_unit_id))"
    "    OR EXISTS (SELECT FROM task t JOIN delivery y ON y.id = t.delivery_id"
    "     WHERE t.document_id = $1 AND t.state <> 'WITHDRAWN' AND y.state <> 'RECALLED'"
    "     AND t.assignee_unit_id = split_part(f.id, ':', 1)))"
    ") p WHERE u <> '' AND NOT EXISTS (SELECT FROM destroyed_document x"
    "  WHERE x.document_id = $1 AND x.unit_id = u) ORDER BY u COLLATE \"C\""};

constexpr pg::Statement kUpsertReadingRight{
    "document_upsert_reading_right",
    "INSERT INTO reading_right VALUES ($1, $2, $3, true) ON CONFLICT (document_id, unit_id)"
    " DO UPDATE SET readers = excluded.readers, limited = true"};

constexpr pg::Statement kSelectReadingRights{
    "document_select_reading_rights",
    "SELECT r.* FROM unnest($1::text[]) AS k (id)"
    " JOIN reading_right r ON r.document_id = split_part(k.id, ':', 1)::uuid"
    " AND r.unit_id = split_part(k.id, ':', 2)"};

constexpr pg::Statement kSelectReaders{
    "document_select_readers",
    "SELECT readers FROM reading_right WHERE document_id = $1 AND unit_id = $2"};

// $1 document, $2 the unit and those it continues, $3 names of the reader.
constexpr pg::Statement kIsReader{"document_is_reader", "SELECT is_reader($1, $2, $3)"};

// What both ways of finding have in common. $1 the unit and those it continues, $2 and $3 place,
// $4 limit, $5 and $6 days, $7 direction, $8 state of the own delivery, $9 whether restricted ones
// are open, $10 names of the reader; $11 words, where there are any.
constexpr const char* kFound =
    " AND ($7 = '' OR ($7 = 'OUTGOING') = (d.sender_unit_id = ANY ($1::text[])))"
    " AND ($8 = '' OR EXISTS (SELECT FROM delivery y WHERE y.document_id = d.id"
    "  AND y.holder_unit_id = ANY ($1::text[]) AND y.state = $8))"
    " AND (NOT d.restricted OR $9::boolean"
    "  OR is_reader(d.id, $1::text[], $10::text[]))";

// By the parties' index, in its order, of each unit for itself: the first page costs the same for
// many documents as for few.
const std::string kListDocumentsSql =
    std::string(
        "SELECT f.* FROM unnest($1::text[]) AS u (unit) CROSS JOIN LATERAL ("
        " SELECT p.document_date, d.id FROM document_party p JOIN document d ON d.id = "
        "p.document_id"
        " WHERE p.unit_id = u.unit"
        " AND ($2 = '' OR (p.document_date, p.document_id)"
        "  < (nullif($2, '')::date, nullif($3, '')::uuid))"
        " AND p.document_date >= coalesce(nullif($5, '')::date, '-infinity')"
        " AND p.document_date <= coalesce(nullif($6, '')::date, 'infinity')"
        // Of several units that this one continues a document stands there once.
        " AND NOT EXISTS (SELECT FROM document_party q WHERE q.unit_id = ANY ($1::text[])"
        "  AND q.unit_id < u.unit AND q.document_date = p.document_date"
        "  AND q.document_id = p.document_id)") +
    kFound +
    " ORDER BY p.document_date DESC, p.document_id DESC LIMIT $4) f"
    " ORDER BY f.document_date DESC, f.id DESC LIMIT $4";
const pg::Statement kListDocuments{"document_list", kListDocumentsSql.c_str()};

const std::string kFindDocumentsSql =
    std::string(
        "SELECT d.document_date, d.id FROM document d"
        " WHERE d.parties && $1::text[] AND d.words @@ to_tsquery('simple', $11)"
        " AND ($2 = '' OR (d.document_date, d.id) < (nullif($2, '')::date, nullif($3, '')::uuid))"
        " AND d.document_date >= coalesce(nullif($5, '')::date, '-infinity')"
        " AND d.document_date <= coalesce(nullif($6, '')::date, 'infinity')") +
    kFound + " ORDER BY d.document_date DESC, d.id DESC LIMIT $4";
const pg::Statement kFindDocuments{"document_find", kFindDocumentsSql.c_str()};

// The newest day of a document of the units, not after $2.
constexpr pg::Statement kSelectNewestDay{
    "document_select_newest_day",
    "SELECT to_char(max(p.document_date), 'YYYY-MM-DD') FROM unnest($1::text[]) AS u (unit)"
    " CROSS JOIN LATERAL (SELECT document_date FROM document_party"
    "  WHERE unit_id = u.unit AND document_date <= $2::date"
    "  ORDER BY document_date DESC LIMIT 1) p"};

// In the months $12 alone, which are the newest ones: from the day $13 on.
const std::string kFindInMonthsSql =
    std::string(
        "SELECT d.document_date, d.id FROM document d"
        " WHERE d.parties && $1::text[]"
        " AND d.words @@ (to_tsquery('simple', $11) && $12::tsquery)"
        " AND d.document_date >= $13::date"
        " AND ($2 = '' OR (d.document_date, d.id) < (nullif($2, '')::date, nullif($3, '')::uuid))"
        " AND d.document_date >= coalesce(nullif($5, '')::date, '-infinity')"
        " AND d.document_date <= coalesce(nullif($6, '')::date, 'infinity')") +
    kFound + " ORDER BY d.document_date DESC, d.id DESC LIMIT $4";
const pg::Statement kFindInMonths{"document_find_in_months", kFindInMonthsSql.c_str()};

// Among the newest $12 documents of a unit alone: fills a page at once for words that many have.
const std::string kFindRecentSql =
    std::string(
        "SELECT d.document_date, d.id FROM (SELECT p.document_id FROM document_party p"
        "  WHERE p.unit_id = ($1::text[])[1]"
        "  AND ($2 = '' OR (p.document_date, p.document_id)"
        "   < (nullif($2, '')::date, nullif($3, '')::uuid))"
        "  AND p.document_date >= coalesce(nullif($5, '')::date, '-infinity')"
        "  AND p.document_date <= coalesce(nullif($6, '')::date, 'infinity')"
        "  ORDER BY p.document_date DESC, p.document_id DESC LIMIT $12) n"
        " JOIN document d ON d.id = n.document_id"
        " WHERE d.words @@ to_tsquery('simple', $11)") +
    kFound + " ORDER BY d.document_date DESC, d.id DESC LIMIT $4";
const pg::Statement kFindRecent{"document_find_recent", kFindRecentSql.c_str()};

// Of a book or with a deadline: what the book or the index of deadlines has, then as above. $12
// book, $13 and $14 first moment of the first day and behind the last one, $15 and $16 these days
// ('' = no book, no deadline asked for).
const std::string kFindPickedSql =
    std::string(
        "SELECT d.document_date, d.id FROM ("
        " SELECT n.record_id::uuid AS id FROM book_number n"
        "  WHERE n.book_id = $12 AND n.state = 'DOCUMENT'"
        " UNION SELECT i.document_id FROM incoming i WHERE i.book_id = $12"
        " UNION SELECT y.document_id FROM delivery y WHERE $12 = ''"
        "  AND y.holder_unit_id = ANY ($1::text[]) AND y.deadline >= $13 AND y.deadline < $14"
        " UNION SELECT d.id FROM content c JOIN document d ON d.content_id = c.id"
        "  WHERE $12 = '' AND d.sender_unit_id = ANY ($1::text[])"
        "  AND c.due_date BETWEEN $15::date AND $16::date"
        ") k JOIN document d ON d.id = k.id"
        " WHERE d.parties && $1::text[]"
        " AND ($11 = '' OR d.words @@ to_tsquery('simple', $11))"
        " AND ($2 = '' OR (d.document_date, d.id) < (nullif($2, '')::date, nullif($3, '')::uuid))"
        " AND d.document_date >= coalesce(nullif($5, '')::date, '-infinity')"
        " AND d.document_date <= coalesce(nullif($6, '')::date, 'infinity')"
        " AND ($12 = '' OR ($13 = '-infinity' AND $14 = 'infinity')"
        "  OR EXISTS (SELECT FROM delivery y WHERE y.document_id = d.id"
        "   AND y.holder_unit_id = ANY ($1::text[]) AND y.deadline >= $13 AND y.deadline < $14)"
        "  OR (d.sender_unit_id = ANY ($1::text[]) AND EXISTS (SELECT FROM content c"
        "   WHERE c.id = d.content_id AND c.due_date BETWEEN $15::date AND $16::date)))") +
    kFound + " ORDER BY d.document_date DESC, d.id DESC LIMIT $4";
const pg::Statement kFindPicked{"document_find_picked", kFindPickedSql.c_str()};

constexpr pg::Statement kInsertRegistered{
    "document_insert_registered",
    "INSERT INTO registered_document VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT ON CONSTRAINT registered_document_unique DO NOTHING RETURNING 1"};

Stored<Document> ToDocument(const pg::Row& row) {
  Document document;
  document.id = {row["id"].as<std::string>()};
  document.content = ToContent(row);
  document.sender_unit_id = row["sender_unit_id"].as<std::string>();
  document.sender_organ_id = row["sender_organ_id"].as<std::string>();
  document.sender_name = row["sender_name"].as<std::string>();
  document.issued_at = pg::TimeOf(row["issued_at"]);
  document.recalled = row["recalled"].as<bool>();
  document.recall_reason = pg::OptionalText(row["recall_reason"]);
  document.erased = row["erased"].as<bool>();
  document.packet_document_id = row["packet_document_id"].as<std::string>();
  document.packet_sha256 = row["packet_sha256"].as<std::string>();
  document.packet_signed = row["packet_signed"].as<bool>();
  document.parties = pg::ParseTextArray(row["parties"]);
  return {std::move(document), row["version"].as<std::int64_t>()};
}

/// Days as texts of PostgreSQL, an open end as infinity, and the moments that they begin and end.
struct DayRange {
  DayRange(const std::optional<Day>& from, const std::optional<Day>& to) {
    if (from) {
      first = base::FormatDay(*from);
      begins = base::FormatTime(base::StartOfDay(*from));
    }
    if (to) {
      last = base::FormatDay(*to);
      ends = base::FormatTime(base::StartOfDay(std::chrono::sys_days(*to) + std::chrono::days(1)));
    }
  }
  std::string first = "-infinity", last = "infinity", begins = "-infinity", ends = "infinity";
};

/// A month and those before it, as words of documents (0007_search_months.sql).
struct Months {
  Months(Day newest, int count) {
    std::chrono::year_month month{newest.year(), newest.month()};
    for (int i = 0; i < count; ++i) {
      first_day = base::FormatDay(month / std::chrono::day(1));
      words += (i == 0 ? "'@" : " | '@") + first_day.substr(0, 4) + first_day.substr(5, 2) + "'";
      month -= std::chrono::months(1);
    }
  }
  std::string words;      ///< a tsquery
  std::string first_day;  ///< of the oldest one
};

/// Of the documents that the query is about, its words aside; nullopt = there is none.
std::optional<Day> NewestDay(pg::Tx& tx, const std::string& units, const DocumentQuery& query) {
  std::string latest = query.to ? base::FormatDay(*query.to) : "infinity";
  if (!query.after.date.empty() && (!query.to || query.after.date < latest)) {
    latest = query.after.date;
  }
  return pg::OptionalDay(tx.Exec(kSelectNewestDay, units, latest)[0][0]);
}

/// What a document is found by.
std::string WordsOf(const Document& document) {
  const Content& content = document.content;
  return base::SearchText(content.numbered.value().code + " " + document.sender_name + " " +
                          content.type.name + " " + content.subject + " " + content.summary);
}

}  // namespace

void InsertDocument(pg::Tx& tx, const Document& document) {
  tx.Write(kInsertDocument, document.id.text, document.content.id, document.sender_unit_id,
           document.sender_organ_id, document.sender_name, base::FormatTime(document.issued_at),
           pg::TextArray(document.parties), WordsOf(document),
           base::FormatDay(document.content.numbered.value().document_date),
           document.packet_document_id, document.packet_sha256, document.packet_signed,
           document.content.restricted);
}

void UpdateDocument(pg::Tx& tx, const Document& document) {
  tx.Write(kUpdateDocument, document.id.text, document.recalled,
           document.recall_reason.value_or(""), document.sender_unit_id);
}

void UpdateParties(pg::Tx& tx, Document& document) {
  std::vector<std::string> parties;
  for (const auto& row : tx.Exec(kSelectParties, document.id.text)) {
    parties.push_back(row[0].as<std::string>());
  }
  if (parties == document.parties) return;
  document.parties = std::move(parties);
  tx.Write(kUpdateParties, document.id.text, pg::TextArray(document.parties));
}

std::vector<Stored<Document>> SelectDocuments(pg::Tx& tx, const std::vector<DocumentId>& ids) {
  std::vector<Stored<Document>> documents;
  for (const auto& row : tx.Exec(kSelectDocuments, pg::IdArray(ids))) {
    documents.push_back(ToDocument(row));
  }
  return documents;
}

void UpsertReadingRight(pg::Tx& tx, const ReadingRight& right) {
  tx.Write(kUpsertReadingRight, right.document_id.text, right.unit_id,
           pg::TextArray(right.readers));
}

std::vector<ReadingRight> SelectReadingRights(pg::Tx& tx, const std::vector<std::string>& ids) {
  std::vector<ReadingRight> rights;
  for (const auto& row : tx.Exec(kSelectReadingRights, pg::TextArray(ids))) {
    rights.push_back({{row["document_id"].as<std::string>()},
                      row["unit_id"].as<std::string>(),
                      pg::ParseTextArray(row["readers"]),
                      row["limited"].as<bool>()});
  }
  return rights;
}

bool IsReader(pg::Tx& tx, const DocumentId& id, const Reader& reader) {
  return tx
      .Exec(kIsReader, id.text, pg::TextArray(reader.units), pg::TextArray(NamesOf(reader)))[0][0]
      .as<bool>();
}

std::vector<std::string> SelectReaders(pg::Tx& tx, const DocumentId& id,
                                       const std::string& unit_id) {
  const auto rows = tx.Exec(kSelectReaders, id.text, unit_id);
  return rows.empty() ? std::vector<std::string>() : pg::ParseTextArray(rows[0][0]);
}

std::vector<DocumentPlace> FindDocuments(pg::Tx& tx, const DocumentQuery& query) {
  const Reader& reader = query.reader;
  const std::string from = pg::DayText(query.from), to = pg::DayText(query.to);
  const std::string state = query.delivery_state ? TextOf(*query.delivery_state) : "";
  const bool sees_all = reader.is_clerk || reader.is_leader;
  const std::string names = pg::TextArray(NamesOf(reader));
  const std::string units = pg::TextArray(reader.units);
  const auto places_of = [](const pg::Result& rows) {
    std::vector<DocumentPlace> places;
    for (const auto& row : rows) {
      places.push_back({row[0].as<std::string>(), row[1].as<std::string>()});
    }
    return places;
  };
  if (!query.book_id.empty() || query.deadline_from || query.deadline_to) {
    const DayRange days(query.deadline_from, query.deadline_to);
    return places_of(tx.Exec(kFindPicked, units, query.after.date, query.after.id, query.limit,
                             from, to, query.direction, state, sees_all, names, query.words,
                             query.book_id, days.begins, days.ends, days.first, days.last));
  }
  if (query.words.empty()) {
    return places_of(tx.Exec(kListDocuments, units, query.after.date, query.after.id, query.limit,
                             from, to, query.direction, state, sees_all, names));
  }
  // Words that most documents have are found among the newest at once, those that many have in the
  // newest months; of the others the index has few.
  const auto is_full = [&](const std::vector<DocumentPlace>& places) {
    return static_cast<int>(places.size()) == query.limit;
  };
  if (reader.units.size() == 1) {
    auto recent =
        places_of(tx.Exec(kFindRecent, units, query.after.date, query.after.id, query.limit, from,
                          to, query.direction, state, sees_all, names, query.words, kNewest));
    if (is_full(recent)) return recent;
  }
  if (const auto newest = NewestDay(tx, units, query)) {
    for (const int count : kMonthsAtOnce) {
      const Months months(*newest, count);
      auto found = places_of(tx.Exec(kFindInMonths, units, query.after.date, query.after.id,
                                     query.limit, from, to, query.direction, state, sees_all, names,
                                     query.words, months.words, months.first_day));
      if (is_full(found)) return found;
    }
  }
  return places_of(tx.Exec(kFindDocuments, units, query.after.date, query.after.id, query.limit,
                           from, to, query.direction, state, sees_all, names, query.words));
}

void InsertRegistered(pg::Tx& tx, const std::string& unit_id, const std::string& sender_key,
                      const std::string& code, Day document_date, const DeliveryId& id) {
  const auto inserted = tx.Exec(kInsertRegistered, unit_id, sender_key, code,
                                base::FormatDay(document_date), id.text);
  if (!inserted.empty()) return;
  throw base::Conflict("ALREADY_REGISTERED", "this document is registered already");
}

}  // namespace lienthong::document
