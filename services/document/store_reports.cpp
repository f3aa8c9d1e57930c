#include "document/store_reports.hpp"

#include <algorithm>

#include "document/store_deliveries.hpp"
#include "document/store_files.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<NumberState, 4> kListedStates{{{NumberState::kReserved, "RESERVED"},
                                                   {NumberState::kTaken, "TAKEN"},
                                                   {NumberState::kDocument, "DOCUMENT"},
                                                   {NumberState::kVoid, "VOID"}}};

// What a restricted document does not show: $5 whether all are open, $6 names of the reader; $7 or,
// where the unit itself is not asked for, $1 its units.
constexpr pg::Statement kListOutgoing{
    "document_select_outgoing_lines",
    "SELECT n.*, c.code, c.document_date, microseconds(d.issued_at) AS issued_at, o.open,"
    "  CASE WHEN o.open THEN c.type_name END AS type_name,"
    "  CASE WHEN o.open THEN c.subject END AS subject,"
    "  CASE WHEN o.open THEN c.signer_name END AS signer_name,"
    "  CASE WHEN o.open THEN (SELECT string_agg(y.receiver_name, '; ' ORDER BY y.id)"
    "   FROM delivery y WHERE y.document_id = d.id) END AS recipients,"
    "  coalesce(c.copy_count, 0) AS copy_count, coalesce(d.recalled, false) AS recalled,"
    "  (SELECT string_agg(k.code, '; ' ORDER BY k.document_date, k.code) FROM content k"
    "   JOIN document r ON r.content_id = k.id WHERE"
    "   (k.changed_document_id = d.id OR k.also_changed @> ARRAY[d.id])"
    "   AND k.change_kind = $8) AS replaced_by"
    " FROM book_number n JOIN book b ON b.id = n.book_id"
    " LEFT JOIN document d ON d.id = nullif(n.record_id, '')::uuid"
    " LEFT JOIN content c ON c.id = coalesce(d.content_id, nullif(n.record_id, '')::uuid)"
    " CROSS JOIN LATERAL (SELECT NOT coalesce(c.restricted, false) OR $5::boolean OR "
    "is_reader(d.id, $7::text[], $6::text[]) AS open) o"
    " WHERE b.unit_id = $1 AND b.year = $2 AND b.direction = 'OUTGOING'"
    " AND (n.book_id, n.number, n.letter) > (split_part($3, '|', 1),"
    "  nullif(split_part($3, '|', 2), '')::int, split_part($3, '|', 3))"
    " ORDER BY n.book_id, n.number, n.letter LIMIT $4"};

constexpr pg::Statement kListIncoming{
    "document_select_incoming_lines",
    "SELECT i.id, i.arrival_number, i.arrival_code, i.arrival_date, c.code, c.document_date,"
    "  CASE WHEN o.open THEN d.sender_name END AS sender_name,"
    "  CASE WHEN o.open THEN c.type_name END AS type_name,"
    "  CASE WHEN o.open THEN c.subject END AS subject, o.open,"
    "  CASE WHEN o.open THEN t.assignees END AS assignees,"
    "  CASE WHEN o.open THEN microseconds(t.assigned_at) END AS assigned_at,"
    "  CASE WHEN o.open THEN microseconds(y.deadline) END AS deadline, y.state,"
    "  CASE WHEN o.open THEN coalesce(y.answering_code, '') ELSE '' END AS answering_code,"
    "  (SELECT c.code FROM delivery r JOIN document d ON d.id = r.document_id"
    "   JOIN content c ON c.id = d.content_id WHERE r.id = y.replaced_by_id) AS replaced_by"
    " FROM incoming i JOIN delivery y ON y.id = i.id"
    " JOIN document d ON d.id = i.document_id JOIN content c ON c.id = d.content_id"
    " CROSS JOIN LATERAL (SELECT NOT c.restricted OR $5::boolean OR is_reader(d.id, $1::text[], "
    "$6::text[]) AS open) o"
    " CROSS JOIN LATERAL (SELECT array_agg(k.assignee_unit_id || '|' || k.assignee_official_id"
    "   ORDER BY k.id) AS assignees,"
    "  min(k.assigned_at) AS assigned_at FROM task k"
    "  WHERE k.delivery_id = i.id AND k.state <> 'WITHDRAWN') t"
    " WHERE i.book_id = $2 AND i.arrival_number > $3::int"
    " ORDER BY i.arrival_number LIMIT $4"};

constexpr pg::Statement kListFiles{
    "document_select_file_lines",
    "SELECT f.id, NOT f.restricted OR $5::boolean OR f.official_id = $7 OR f.readers && $6::text[]"
    " FROM working_file f WHERE f.unit_id = $1 AND f.year = $2 AND f.id > $3"
    " ORDER BY f.id LIMIT $4"};

// Of the documents of a file that the official may read; of restricted ones only code and date.
constexpr pg::Statement kSelectFileItems{
    "document_select_file_item_lines",
    "SELECT i.ordinal, i.page_count, i.state = 'ERASED' AS erased, c.code,"
    "  coalesce(c.document_date, i.date) AS document_date,"
    "  CASE WHEN o.open THEN c.type_name END AS type_name,"
    "  CASE WHEN o.open THEN coalesce(c.subject, i.title) END AS subject,"
    "  CASE WHEN o.open THEN d.sender_name END AS sender_name"
    " FROM file_item i LEFT JOIN document d ON d.id = i.document_id"
    " LEFT JOIN content c ON c.id = d.content_id"
    " CROSS JOIN LATERAL (SELECT NOT coalesce(c.restricted, false) OR $5::boolean OR "
    "is_reader(d.id, $1::text[], $6::text[]) AS open) o"
    " WHERE i.file_id = $2 AND i.ordinal > $3 AND i.state <> 'REMOVED'"
    " ORDER BY i.ordinal LIMIT $4"};

// $1 the units. Restricted documents are counted by who may read them: $4 whether all are open, $5
// names of the reader.
constexpr pg::Statement kCountOutgoing{
    "document_count_outgoing",
    "SELECT y.state, count(*), 0 FROM delivery y WHERE y.sender_unit_id = ANY ($1::text[])"
    " AND y.sent_at >= $2::timestamptz AND y.sent_at < $3::timestamptz"
    " AND (NOT y.restricted OR $4::boolean OR is_reader(y.document_id, $1::text[], $5::text[]))"
    " GROUP BY y.state ORDER BY y.state"};

constexpr pg::Statement kCountIncoming{
    "document_count_incoming",
    "SELECT y.state, count(*), count(*) FILTER (WHERE y.due_mark = 3) FROM delivery y"
    " WHERE y.holder_unit_id = ANY ($1::text[]) AND y.sent_at >= $2::timestamptz AND y.sent_at < "
    "$3::timestamptz"
    " AND (NOT y.restricted OR $4::boolean OR is_reader(y.document_id, $1::text[], $5::text[]))"
    " GROUP BY y.state ORDER BY y.state"};

// Late now, or completed later than the unit's own deadline.
#define LIENTHONG_DELIVERY_LATE                                                         \
  "(y.due_mark = 3 OR EXISTS (SELECT FROM deadline_notice n WHERE n.delivery_id = y.id" \
  "  AND n.due_mark = 3) OR (y.state = 'COMPLETED' AND y.deadline <"                    \
  "  y.step_times[array_position(y.step_codes, '06')]::timestamptz))"

constexpr pg::Statement kSelectFigures{
    "document_select_figures",
    "SELECT"
    " (SELECT count(*) FROM document d JOIN content c ON c.id = d.content_id"
    "  WHERE d.sender_unit_id = ANY ($1::text[]) AND d.issued_at >= $2::timestamptz"
    "  AND d.issued_at < $3::timestamptz AND (NOT c.restricted OR $4::boolean OR is_reader(d.id, "
    "$1::text[],"
    "   $5::text[]))) AS sent,"
    " (SELECT count(*) FROM document d JOIN content c ON c.id = d.content_id"
    "  WHERE d.sender_unit_id = ANY ($1::text[]) AND d.issued_at >= $2::timestamptz"
    "  AND d.issued_at < $3::timestamptz AND c.copy_count = 0 AND (NOT c.restricted"
    "   OR $4::boolean OR is_reader(d.id, $1::text[], $5::text[]))) AS electronic,"
    " count(*) AS received,"
    " count(*) FILTER (WHERE " LIENTHONG_DELIVERY_LATE
    ") AS overdue,"
    " count(*) FILTER (WHERE '03' = ANY (y.step_codes)) AS entered,"
    " count(*) FILTER (WHERE y.state = 'COMPLETED') AS completed,"
    " (coalesce(sum(extract(epoch FROM"
    "   y.step_times[array_position(y.step_codes, '06')]::timestamptz"
    "   - y.step_times[array_position(y.step_codes, '03')]::timestamptz))"
    "  FILTER (WHERE y.state = 'COMPLETED'), 0))::bigint AS handling_seconds"
    " FROM delivery y WHERE y.holder_unit_id = ANY ($1::text[]) AND y.sent_at >= $2::timestamptz"
    " AND y.sent_at < $3::timestamptz AND (NOT y.restricted OR $4::boolean OR "
    "is_reader(y.document_id,"
    "  $1::text[], $5::text[]))"};

// From holder to holder by the index, so that what lies before the period is not read.
constexpr pg::Statement kSelectHolderFigures{
    "document_select_holder_figures",
    "WITH RECURSIVE holder AS (SELECT min(holder_unit_id) AS unit_id FROM delivery"
    "  WHERE holder_unit_id > ''"
    " UNION ALL SELECT (SELECT min(y.holder_unit_id) FROM delivery y"
    "   WHERE y.holder_unit_id > h.unit_id) FROM holder h WHERE h.unit_id IS NOT NULL)"
    " SELECT h.unit_id, f.*, (SELECT count(*) FROM delivery y WHERE y.holder_unit_id = h.unit_id"
    "  AND y.due_at IS NOT NULL AND y.due_mark = 3) AS overdue"
    " FROM holder h CROSS JOIN LATERAL (SELECT count(*) AS received,"
    "   count(*) FILTER (WHERE y.state = 'COMPLETED' AND l.late IS NOT TRUE) AS on_time,"
    "   count(*) FILTER (WHERE l.late) AS late,"
    "   count(*) FILTER (WHERE y.state = 'REFUSED') AS returned"
    "  FROM delivery y CROSS JOIN LATERAL (SELECT " LIENTHONG_DELIVERY_LATE
    " AS late) l WHERE y.holder_unit_id = h.unit_id"
    "  AND y.sent_at >= $1::timestamptz AND y.sent_at < $2::timestamptz) f"
    " WHERE h.unit_id IS NOT NULL ORDER BY h.unit_id"};

RegisteredDocument ToRegistered(const pg::Row& row) {
  RegisteredDocument document;
  document.code = row["code"].as<std::string>("");
  document.date = pg::OptionalDay(row["document_date"]);
  document.type_name = row["type_name"].as<std::string>("");
  document.subject = row["subject"].as<std::string>("");
  return document;
}

OutgoingLine ToOutgoing(const pg::Row& row) {
  OutgoingLine line;
  const bool open = row["open"].as<bool>();
  line.number = {row["book_id"].as<std::string>(),
                 row["number"].as<int>(),
                 row["letter"].as<std::string>(),
                 ValueOf(kListedStates, row["state"].view()),
                 open ? row["reason"].as<std::string>() : std::string(),
                 row["record_id"].as<std::string>(),
                 row["official_id"].as<std::string>(),
                 !open};
  line.document = ToRegistered(row);
  line.document.signer_name = row["signer_name"].as<std::string>("");
  line.document.recipients = row["recipients"].as<std::string>("");
  line.document.copy_count = row["copy_count"].as<int>();
  line.sent_at = pg::OptionalTime(row["issued_at"]);
  const auto replaced_by = row["replaced_by"].as<std::string>("");
  if (!replaced_by.empty()) line.change = "Được thay thế bởi " + replaced_by;
  if (row["recalled"].as<bool>()) line.change = "Đã thu hồi";
  return line;
}

IncomingLine ToIncomingLine(const pg::Row& row) {
  IncomingLine line;
  line.delivery_id = row["id"].as<std::string>();
  line.arrival_number = row["arrival_number"].as<int>();
  line.arrival_code = row["arrival_code"].as<std::string>();
  line.arrival_date = base::ParseDay(row["arrival_date"].c_str());
  line.document = ToRegistered(row);
  line.document.sender_name = row["sender_name"].as<std::string>("");
  line.assigned_at = pg::OptionalTime(row["assigned_at"]);
  line.deadline = pg::OptionalTime(row["deadline"]);
  if (row["open"].as<bool>()) line.state = DeliveryStateOf(row["state"].view());
  line.answering_code = row["answering_code"].as<std::string>();
  line.replaced_by = row["replaced_by"].as<std::string>("");
  return line;
}

bool SeesAll(const Reader& reader) { return reader.is_clerk || reader.is_leader; }

std::string PlaceOf(const OutgoingLine& line) {
  return line.number.book_id + "|" + std::to_string(line.number.number) + "|" + line.number.letter;
}

RegisterLines OutgoingLines(pg::Tx& tx, const Reader& reader, const RegisterQuery& query) {
  RegisterLines lines;
  const std::string place = query.after.empty() ? "|0|" : query.after;
  for (const auto& row :
       tx.Exec(kListOutgoing, reader.unit_id, query.year, place, query.limit, SeesAll(reader),
               pg::TextArray(NamesOf(reader)), pg::TextArray(reader.units),
               static_cast<int>(ChangeKind::kReplace))) {
    const OutgoingLine line = ToOutgoing(row);
    lines.cells.push_back(CellsOf(line));
    lines.after = PlaceOf(line);
  }
  return lines;
}

/// "Phòng Nội vụ: Nguyễn Văn An; ..." of "<unit>|<official>".
std::string AssigneesOf(const pg::Field& field, const NameOfAssignee& name_of) {
  if (field.is_null()) return {};
  std::string names;
  for (const std::string& assignee : pg::ParseTextArray(field)) {
    const std::size_t bar = assignee.find('|');
    if (!names.empty()) names += "; ";
    names += name_of(assignee.substr(0, bar), assignee.substr(bar + 1));
  }
  return names;
}

/// A place that is a number.
int NumberAt(const std::string& place) { return place.empty() ? 0 : std::stoi(place); }

RegisterLines IncomingLines(pg::Tx& tx, const Reader& reader, const RegisterQuery& query) {
  RegisterLines lines;
  for (const auto& row :
       tx.Exec(kListIncoming, pg::TextArray(reader.units),
               BookId(reader.unit_id, query.year, kArrivalSeries), NumberAt(query.after),
               query.limit, SeesAll(reader), pg::TextArray(NamesOf(reader)))) {
    IncomingLine line = ToIncomingLine(row);
    line.assignees = AssigneesOf(row["assignees"], query.name_of);
    lines.cells.push_back(CellsOf(line, query.kind));
    lines.after = std::to_string(line.arrival_number);
  }
  return lines;
}

/// In order of the notation; a place is "<order> <id>".
RegisterLines FileLines(pg::Tx& tx, const Reader& reader, const RegisterQuery& query) {
  const std::size_t space = query.after.find(' ');
  int order = NumberAt(query.after.substr(0, space));
  std::vector<FileId> ids;
  std::vector<bool> readable;
  for (const auto& row :
       tx.Exec(kListFiles, reader.unit_id, query.year,
               space == std::string::npos ? std::string() : query.after.substr(space + 1),
               query.limit, SeesAll(reader), pg::TextArray(NamesOf(reader)), reader.official_id)) {
    ids.push_back({row[0].as<std::string>()});
    readable.push_back(row[1].as<bool>());
  }
  RegisterLines lines;
  const auto files = SelectFiles(tx, ids);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const auto& one) { return one.value.id == ids[i]; });
    if (file == files.end()) continue;
    lines.cells.push_back(CellsOf(file->value, ++order, readable[i]));
    lines.after = std::to_string(order) + " " + ids[i].text;
  }
  return lines;
}

RegisterLines FileItemLines(pg::Tx& tx, const Reader& reader, const RegisterQuery& query) {
  RegisterLines lines;
  for (const auto& row : tx.Exec(kSelectFileItems, pg::TextArray(reader.units), query.file_id.text,
                                 NumberAt(query.after), query.limit, SeesAll(reader),
                                 pg::TextArray(NamesOf(reader)))) {
    FileItemLine line;
    line.ordinal = row["ordinal"].as<int>();
    line.document = ToRegistered(row);
    line.document.sender_name = row["sender_name"].as<std::string>("");
    line.page_count = row["page_count"].as<int>();
    line.state = row["erased"].as<bool>() ? FileItemState::kErased : FileItemState::kFiled;
    lines.cells.push_back(CellsOf(line));
    lines.after = std::to_string(line.ordinal);
  }
  return lines;
}

/// All at once: a place is not empty once they are given.
RegisterLines StateLines(pg::Tx& tx, const Reader& reader, const RegisterQuery& query) {
  RegisterLines lines{{}, "all"};
  if (!query.after.empty()) return lines;
  const bool arrived = query.kind == RegisterKind::kArrivedStates;
  std::int64_t late = 0;
  for (const StateCount& count :
       CountDeliveries(tx, reader, arrived ? BookDirection::kIncoming : BookDirection::kOutgoing,
                       query.period)) {
    lines.cells.push_back(CellsOf(count.state, count.count));
    late += count.overdue;
  }
  if (arrived) lines.cells.push_back(CellsOf(std::nullopt, late));
  return lines;
}

}  // namespace

RegisterLines SelectRegisterLines(pg::Tx& tx, const Reader& reader, const RegisterQuery& query) {
  switch (query.kind) {
    case RegisterKind::kOutgoing:
      return OutgoingLines(tx, reader, query);
    case RegisterKind::kIncoming:
    case RegisterKind::kHandling:
      return IncomingLines(tx, reader, query);
    case RegisterKind::kFiles:
      return FileLines(tx, reader, query);
    case RegisterKind::kSentStates:
    case RegisterKind::kArrivedStates:
      return StateLines(tx, reader, query);
    case RegisterKind::kFileDocuments:
      break;
  }
  return FileItemLines(tx, reader, query);
}

std::vector<StateCount> CountDeliveries(pg::Tx& tx, const Reader& reader, BookDirection direction,
                                        const Period& period) {
  std::vector<StateCount> counts;
  const auto& statement = direction == BookDirection::kOutgoing ? kCountOutgoing : kCountIncoming;
  for (const auto& row :
       tx.Exec(statement, pg::TextArray(reader.units), base::FormatTime(period.from),
               base::FormatTime(period.to), SeesAll(reader), pg::TextArray(NamesOf(reader)))) {
    counts.push_back(
        {DeliveryStateOf(row[0].view()), row[1].as<std::int64_t>(), row[2].as<std::int64_t>()});
  }
  return counts;
}

Figures SelectFigures(pg::Tx& tx, const Reader& reader, const Period& period) {
  const auto row =
      tx.Exec(kSelectFigures, pg::TextArray(reader.units), base::FormatTime(period.from),
              base::FormatTime(period.to), SeesAll(reader), pg::TextArray(NamesOf(reader)))[0];
  return {row["sent"].as<std::int64_t>(),
          row["electronic"].as<std::int64_t>(),
          row["received"].as<std::int64_t>(),
          row["overdue"].as<std::int64_t>(),
          row["entered"].as<std::int64_t>(),
          row["completed"].as<std::int64_t>(),
          row["handling_seconds"].as<std::int64_t>()};
}

std::vector<HolderFigures> SelectHolderFigures(pg::Tx& tx, const Period& period) {
  std::vector<HolderFigures> figures;
  for (const auto& row :
       tx.Exec(kSelectHolderFigures, base::FormatTime(period.from), base::FormatTime(period.to))) {
    figures.push_back({row["unit_id"].as<std::string>(), row["received"].as<std::int64_t>(),
                       row["on_time"].as<std::int64_t>(), row["late"].as<std::int64_t>(),
                       row["returned"].as<std::int64_t>(), row["overdue"].as<std::int64_t>()});
  }
  return figures;
}

}  // namespace lienthong::document
