#include "document/store_deliveries.hpp"

#include "document/store.hpp"
#include "document/store_values.hpp"

namespace lienthong::document {
namespace {

constexpr EnumNames<DeliveryState, 8> kDeliveryStates{{{DeliveryState::kSent, "SENT"},
                                                       {DeliveryState::kArrived, "ARRIVED"},
                                                       {DeliveryState::kRefused, "REFUSED"},
                                                       {DeliveryState::kEntered, "ENTERED"},
                                                       {DeliveryState::kAssigned, "ASSIGNED"},
                                                       {DeliveryState::kProcessing, "PROCESSING"},
                                                       {DeliveryState::kCompleted, "COMPLETED"},
                                                       {DeliveryState::kRecalled, "RECALLED"}}};

// New ones have one step at most, their arrival ("" = none), perhaps a change that waits, and a
// deadline that nobody has been told of.
constexpr pg::Statement kInsertDeliveries{
    "document_insert_deliveries",
    "INSERT INTO delivery (id, document_id, sender_unit_id, receiver_unit_id, receiver_organ_id,"
    " receiver_name, holder_unit_id, for_information, restricted, urgency, state, sent_at,"
    " change_kind, change_answer, change_reason, change_requested_at, due_kind, due_at, "
    "due_soon_at,"
    " due_mark, due_look_at, step_codes, step_times, step_reasons, step_officials, deadline)"
    " SELECT i, d, s, u, o, n, h, f, r, g, t, a, nullif(k, 0), CASE WHEN k > 0 THEN 1 END,"
    "  CASE WHEN k > 0 THEN '' END, CASE WHEN k > 0 THEN a END,"
    "  nullif(q, 0), nullif(e, '')::timestamptz, nullif(l, '')::timestamptz,"
    "  CASE WHEN q > 0 THEN 1 END, nullif(l, '')::timestamptz,"
    "  CASE WHEN c = '' THEN '{}' ELSE ARRAY[c] END, CASE WHEN c = '' THEN '{}' ELSE ARRAY[x] END,"
    "  CASE WHEN c = '' THEN '{}' ELSE ARRAY[''] END, CASE WHEN c = '' THEN '{}' ELSE ARRAY[''] "
    "END,"
    "  nullif(z, '')::timestamptz"
    " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],"
    "  $7::boolean[], $8::boolean[], $9::text[], $10::timestamptz[], $11::bigint[], $12::text[],"
    "  $13::text[], $14::bigint[], $15::text[], $16::text[], $17::bigint[], $18::text[],"
    "  $19::text[]) AS v (i, d, s, u, o, n, f, r, t, a, k, c, x, q, e, l, g, h, z)"};

constexpr pg::Statement kUpdateDelivery{
    "document_update_delivery",
    "UPDATE delivery SET state = $2, arrival_code = nullif($3, ''),"
    " arrival_date = nullif($4, '')::date, answering_document_id = nullif($5, '')::uuid,"
    " answering_code = nullif($6, ''), change_kind = nullif($7, 0),"
    " change_answer = nullif($8, 0), change_reason = $9,"
    " change_requested_at = nullif($10, '')::timestamptz,"
    " change_answered_at = nullif($11, '')::timestamptz, replaced_by_id = nullif($12, '')::uuid,"
    " deadline = nullif($13, '')::timestamptz, step_codes = $14, step_times = $15,"
    " step_reasons = $16, step_officials = $17, due_kind = nullif($18, 0),"
    " due_at = nullif($19, '')::timestamptz, due_soon_at = nullif($20, '')::timestamptz,"
    " due_mark = nullif($21, 0), due_look_at = nullif($22, '')::timestamptz,"
    " holder_unit_id = $23, sender_unit_id = $24 WHERE id = $1"};

constexpr pg::Statement kSelectDeliveries{
    "document_select_deliveries", "SELECT * FROM delivery_record WHERE id = ANY($1::uuid[])"};

constexpr pg::Statement kSelectDeliveryIds{
    "document_select_delivery_ids", "SELECT id FROM delivery WHERE document_id = $1 ORDER BY id"};

constexpr pg::Statement kFindDeliveries{
    "document_find_deliveries",
    "SELECT id FROM delivery WHERE document_id = $1 AND ($2 = '{}' OR holder_unit_id = ANY "
    "($2::text[]))"
    " AND ($3 = '' OR id > nullif($3, '')::uuid) ORDER BY id LIMIT $4"};

// Of each unit for itself, in the order of an index.
constexpr pg::Statement kFindIncoming{
    "document_find_incoming",
    "SELECT f.id FROM unnest($1::text[]) AS u (unit) CROSS JOIN LATERAL ("
    " SELECT y.id FROM delivery y WHERE y.holder_unit_id = u.unit AND ($2 = '' OR y.state = $2)"
    " AND ($3 = '' OR y.id < nullif($3, '')::uuid)"
    " AND (NOT y.restricted OR $5::boolean"
    "  OR is_reader(y.document_id, $1::text[], $6::text[])) ORDER BY y.id DESC LIMIT $4) f ORDER "
    "BY f.id DESC LIMIT $4"};

constexpr pg::Statement kSelectDeliveryTo{
    "document_select_delivery_to",
    "SELECT id FROM delivery WHERE document_id = $1 AND CASE WHEN $2 <> ''"
    "  THEN receiver_unit_id = $2 OR holder_unit_id = $5"
    "  ELSE receiver_organ_id = $3 AND receiver_name = $4 END"
    " ORDER BY receiver_unit_id <> $2, id DESC LIMIT 1"};

constexpr pg::Statement kInsertIncoming{
    "document_insert_incoming", "INSERT INTO incoming VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};

constexpr pg::Statement kUpdateIncoming{
    "document_update_incoming",
    "UPDATE incoming SET unit_id = $2, opinion = nullif($3, ''),"
    " opinion_official_id = nullif($4, ''), opinion_at = nullif($5, '')::timestamptz"
    " WHERE id = $1"};

constexpr pg::Statement kSelectIncoming{"document_select_incoming",
                                        "SELECT * FROM incoming_record WHERE id = ANY($1::uuid[])"};

constexpr pg::Statement kSelectArrivals{
    "document_select_arrivals",
    "SELECT DISTINCT ON (i.document_id) i.* FROM delivery y JOIN incoming_record i ON i.id = y.id"
    " WHERE y.document_id = ANY($1::uuid[]) AND i.unit_id = ANY($2::text[])"
    " ORDER BY i.document_id, i.id"};

std::optional<ChangeRequest> ChangeOf(const pg::Row& row) {
  if (row["change_kind"].is_null()) return std::nullopt;
  return ChangeRequest{static_cast<ChangeKind>(row["change_kind"].as<int>()),
                       static_cast<ChangeAnswer>(row["change_answer"].as<int>()),
                       row["change_reason"].as<std::string>(),
                       pg::TimeOf(row["change_requested_at"]),
                       pg::OptionalTime(row["change_answered_at"])};
}

std::vector<Step> StepsOf(const pg::Row& row) {
  const auto codes = pg::ParseTextArray(row["step_codes"]);
  const auto times = pg::ParseTextArray(row["step_times"]);
  const auto reasons = pg::ParseTextArray(row["step_reasons"]);
  const auto officials = pg::ParseTextArray(row["step_officials"]);
  std::vector<Step> steps;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    steps.push_back({codes[i], base::ParseTime(times.at(i)), reasons.at(i), officials.at(i)});
  }
  return steps;
}

Stored<Delivery> ToDelivery(const pg::Row& row) {
  Delivery delivery;
  delivery.id = {row["id"].as<std::string>()};
  delivery.document_id = {row["document_id"].as<std::string>()};
  delivery.sender_unit_id = row["sender_unit_id"].as<std::string>();
  delivery.receiver_unit_id = row["receiver_unit_id"].as<std::string>();
  delivery.receiver_organ_id = row["receiver_organ_id"].as<std::string>();
  delivery.receiver_name = row["receiver_name"].as<std::string>();
  delivery.holder_unit_id = row["holder_unit_id"].as<std::string>();
  delivery.for_information = row["for_information"].as<bool>();
  delivery.restricted = row["restricted"].as<bool>();
  delivery.urgency = static_cast<Urgency>(row["urgency"].as<int>());
  delivery.state = ValueOf(kDeliveryStates, row["state"].view());
  delivery.sent_at = pg::TimeOf(row["sent_at"]);
  delivery.arrival_code = pg::OptionalText(row["arrival_code"]);
  delivery.arrival_date = pg::OptionalDay(row["arrival_date"]);
  delivery.answering_document_id = pg::OptionalId<DocumentId>(row["answering_document_id"]);
  delivery.answering_code = pg::OptionalText(row["answering_code"]);
  delivery.change = ChangeOf(row);
  delivery.replaced_by_id = pg::OptionalId<DeliveryId>(row["replaced_by_id"]);
  delivery.deadline = pg::OptionalTime(row["deadline"]);
  delivery.due = DueOf(row);
  delivery.steps = StepsOf(row);
  return {std::move(delivery), row["version"].as<std::int64_t>()};
}

Stored<Incoming> ToIncoming(const pg::Row& row) {
  Incoming incoming;
  incoming.id = {row["id"].as<std::string>()};
  incoming.document_id = {row["document_id"].as<std::string>()};
  incoming.unit_id = row["unit_id"].as<std::string>();
  incoming.book_id = row["book_id"].as<std::string>();
  incoming.arrival_number = row["arrival_number"].as<int>();
  incoming.arrival_code = row["arrival_code"].as<std::string>();
  incoming.arrival_date = base::ParseDay(row["arrival_date"].c_str());
  incoming.entered_by_official_id = row["entered_by_official_id"].as<std::string>();
  incoming.restricted = row["restricted"].as<bool>();
  if (!row["opinion"].is_null()) {
    incoming.opinion = Remark{row["opinion_official_id"].as<std::string>(),
                              pg::TimeOf(row["opinion_at"]), row["opinion"].as<std::string>()};
  }
  return {std::move(incoming), row["version"].as<std::int64_t>()};
}

std::vector<DeliveryId> DeliveryIdsOf(const pg::Result& rows) {
  std::vector<DeliveryId> ids;
  for (const auto& row : rows) ids.push_back({row[0].as<std::string>()});
  return ids;
}

}  // namespace

const char* TextOf(DeliveryState state) { return NameOf(kDeliveryStates, state); }
DeliveryState DeliveryStateOf(std::string_view text) { return ValueOf(kDeliveryStates, text); }

void InsertDeliveries(pg::Tx& tx, const std::vector<Delivery>& deliveries) {
  std::vector<std::int64_t> changes, kinds, urgencies;
  for (const Delivery& delivery : deliveries) {
    changes.push_back(delivery.change ? static_cast<int>(delivery.change->kind) : 0);
    kinds.push_back(DueColumns(delivery.due).kind);
    urgencies.push_back(static_cast<int>(delivery.urgency));
  }
  const auto column = [&](const auto& text_of) { return pg::TextArray(deliveries, text_of); };
  tx.Write(kInsertDeliveries, column([](const Delivery& d) { return d.id.text; }),
           column([](const Delivery& d) { return d.document_id.text; }),
           column([](const Delivery& d) { return d.sender_unit_id; }),
           column([](const Delivery& d) { return d.receiver_unit_id; }),
           column([](const Delivery& d) { return d.receiver_organ_id; }),
           column([](const Delivery& d) { return d.receiver_name; }),
           column([](const Delivery& d) { return d.for_information ? "t" : "f"; }),
           column([](const Delivery& d) { return d.restricted ? "t" : "f"; }),
           column([](const Delivery& d) { return NameOf(kDeliveryStates, d.state); }),
           column([](const Delivery& d) { return base::FormatTime(d.sent_at); }),
           pg::NumberArray(changes),
           column([](const Delivery& d) { return d.steps.empty() ? "" : d.steps[0].code; }),
           column([](const Delivery& d) {
             return d.steps.empty() ? "" : base::FormatTime(d.steps[0].at);
           }),
           pg::NumberArray(kinds), column([](const Delivery& d) { return DueColumns(d.due).at; }),
           column([](const Delivery& d) { return DueColumns(d.due).soon_at; }),
           pg::NumberArray(urgencies), column([](const Delivery& d) { return d.holder_unit_id; }),
           column([](const Delivery& d) { return pg::TimeText(d.deadline); }));
}

void UpdateDelivery(pg::Tx& tx, const Delivery& delivery) {
  const auto& change = delivery.change;
  const DueColumns due(delivery.due);
  const auto column = [&](const auto& text_of) { return pg::TextArray(delivery.steps, text_of); };
  tx.Write(kUpdateDelivery, delivery.id.text, NameOf(kDeliveryStates, delivery.state),
           delivery.arrival_code.value_or(""), pg::DayText(delivery.arrival_date),
           pg::IdText(delivery.answering_document_id), delivery.answering_code.value_or(""),
           change ? static_cast<int>(change->kind) : 0,
           change ? static_cast<int>(change->answer) : 0, change ? change->reason : std::string(),
           change ? base::FormatTime(change->requested_at) : std::string(),
           change ? pg::TimeText(change->answered_at) : std::string(),
           pg::IdText(delivery.replaced_by_id), pg::TimeText(delivery.deadline),
           column([](const Step& s) { return s.code; }),
           column([](const Step& s) { return base::FormatTime(s.at); }),
           column([](const Step& s) { return s.reason; }),
           column([](const Step& s) { return s.official_id; }), due.kind, due.at, due.soon_at,
           due.mark, due.look_at, delivery.holder_unit_id, delivery.sender_unit_id);
}

std::vector<Stored<Delivery>> SelectDeliveries(pg::Tx& tx, const std::vector<DeliveryId>& ids) {
  std::vector<Stored<Delivery>> deliveries;
  for (const auto& row : tx.Exec(kSelectDeliveries, pg::IdArray(ids))) {
    deliveries.push_back(ToDelivery(row));
  }
  return deliveries;
}

std::vector<DeliveryId> SelectDeliveryIds(pg::Tx& tx, const DocumentId& id) {
  return DeliveryIdsOf(tx.Exec(kSelectDeliveryIds, id.text));
}

std::vector<DeliveryId> FindDeliveries(pg::Tx& tx, const DocumentId& id,
                                       const std::vector<std::string>& units,
                                       const DeliveryId& after, int limit) {
  return DeliveryIdsOf(tx.Exec(kFindDeliveries, id.text, pg::TextArray(units), after.text, limit));
}

std::vector<DeliveryId> FindIncoming(pg::Tx& tx, const IncomingQuery& query) {
  const Reader& reader = query.reader;
  return DeliveryIdsOf(tx.Exec(kFindIncoming, pg::TextArray(reader.units),
                               query.state ? TextOf(*query.state) : "", query.before.text,
                               query.limit, reader.is_clerk || reader.is_leader,
                               pg::TextArray(NamesOf(reader))));
}

std::optional<DeliveryId> SelectDeliveryTo(pg::Tx& tx, const DocumentId& document_id,
                                           const Delivery& delivery) {
  const auto rows =
      tx.Exec(kSelectDeliveryTo, document_id.text, delivery.receiver_unit_id,
              delivery.receiver_organ_id, delivery.receiver_name, delivery.holder_unit_id);
  if (rows.empty()) return std::nullopt;
  return DeliveryId{rows[0][0].as<std::string>()};
}

void InsertIncoming(pg::Tx& tx, const Incoming& incoming) {
  tx.Write(kInsertIncoming, incoming.id.text, incoming.document_id.text, incoming.unit_id,
           incoming.book_id, incoming.arrival_number, incoming.arrival_code,
           base::FormatDay(incoming.arrival_date), incoming.entered_by_official_id,
           incoming.restricted);
}

void UpdateIncoming(pg::Tx& tx, const Incoming& incoming) {
  const auto& opinion = incoming.opinion;
  tx.Write(kUpdateIncoming, incoming.id.text, incoming.unit_id,
           opinion ? opinion->text : std::string(), opinion ? opinion->official_id : std::string(),
           opinion ? base::FormatTime(opinion->at) : std::string());
}

std::vector<Stored<Incoming>> SelectIncoming(pg::Tx& tx, const std::vector<DeliveryId>& ids) {
  std::vector<Stored<Incoming>> found;
  for (const auto& row : tx.Exec(kSelectIncoming, pg::IdArray(ids)))
    found.push_back(ToIncoming(row));
  return found;
}

std::vector<Incoming> SelectArrivals(pg::Tx& tx, const std::vector<DocumentId>& ids,
                                     const std::vector<std::string>& units) {
  std::vector<Incoming> found;
  for (const auto& row : tx.Exec(kSelectArrivals, pg::IdArray(ids), pg::TextArray(units))) {
    found.push_back(ToIncoming(row).value);
  }
  return found;
}

}  // namespace lienthong::document
