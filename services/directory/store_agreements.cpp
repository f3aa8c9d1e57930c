#include "directory/store.hpp"
#include "platform/pg/columns.hpp"

namespace lienthong::directory {
namespace {

constexpr pg::Statement kSelectAgreements{
    "directory_select_agreements",
    "SELECT id, consumer_code, record_type, view, purpose, legal_basis,"
    " (extract(epoch FROM starts_at) * 1000000)::bigint,"
    " (extract(epoch FROM ends_at) * 1000000)::bigint, state, view_fields, ended_because"
    " FROM agreement WHERE id = ANY($1::text[])"};

constexpr pg::Statement kListAgreements{
    "directory_list_agreements",
    "SELECT a.id, a.consumer_code, a.record_type, a.view, a.purpose, a.legal_basis,"
    " (extract(epoch FROM a.starts_at) * 1000000)::bigint,"
    " (extract(epoch FROM a.ends_at) * 1000000)::bigint, a.state, a.view_fields, a.ended_because,"
    " h.version"
    " FROM agreement a JOIN head h ON h.record_type = 'agreement' AND h.record_id = a.id"
    " WHERE ($1 = '' OR a.consumer_code = $1) AND ($2::int = 0 OR a.state = $2::int)"
    " AND a.id > $3 ORDER BY a.id LIMIT $4::int"};

constexpr pg::Statement kInsertAgreements{
    "directory_insert_agreements",
    "INSERT INTO agreement SELECT t.id, t.consumer, t.type, t.view, t.purpose, t.basis,"
    " t.starts_at::timestamptz, nullif(t.ends_at, '')::timestamptz, t.state, t.fields::text[],"
    " t.because"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::text[], $8::text[], $9::smallint[], $10::text[], $11::text[])"
    " AS t(id, consumer, type, view, purpose, basis, starts_at, ends_at, state, fields, because)"};

constexpr pg::Statement kUpdateAgreement{
    "directory_update_agreement",
    "UPDATE agreement SET state = $2::int, ended_because = $3 WHERE id = $1"};

constexpr pg::Statement kSelectViewFields{"directory_select_view_fields",
                                          "SELECT record_type, view, fields FROM record_view"};

constexpr pg::Statement kSelectCalendarDays{
    "directory_select_calendar_days",
    "SELECT to_char(day, 'YYYY-MM-DD'), kind, name, certain FROM calendar_day"
    " WHERE day = ANY($1::date[])"};

constexpr pg::Statement kListCalendarDays{
    "directory_list_calendar_days",
    "SELECT to_char(d.day, 'YYYY-MM-DD'), d.kind, d.name, d.certain, h.version"
    " FROM calendar_day d JOIN head h ON h.record_type = 'calendar-day'"
    " AND h.record_id = to_char(d.day, 'YYYY-MM-DD')"
    " WHERE d.day >= $1::date AND d.day <= $2::date ORDER BY d.day LIMIT $3::int"};

constexpr pg::Statement kUpsertCalendarDays{
    "directory_upsert_calendar_days",
    "INSERT INTO calendar_day SELECT t.day::date, t.kind, t.name, t.certain"
    " FROM unnest($1::text[], $2::smallint[], $3::text[], $4::boolean[])"
    " AS t(day, kind, name, certain)"
    " ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name,"
    " certain = excluded.certain"};

Agreement ToAgreement(const pg::Row& row) {
  Agreement agreement;
  agreement.id = {row[0].as<std::string>()};
  agreement.consumer = {row[1].as<std::string>()};
  agreement.record_type = row[2].as<std::string>();
  agreement.view = row[3].as<std::string>();
  agreement.purpose = row[4].as<std::string>();
  agreement.legal_basis = row[5].as<std::string>();
  agreement.starts_at = pg::TimeOf(row[6]);
  agreement.ends_at = pg::OptionalTime(row[7]);
  agreement.state = static_cast<AgreementState>(row[8].as<int>());
  agreement.view_fields = pg::ParseTextArray(row[9]);
  agreement.ended_because = row[10].as<std::string>();
  return agreement;
}

CalendarDay ToCalendarDay(const pg::Row& row) {
  return {base::ParseDay(row[0].as<std::string>()), static_cast<DayKind>(row[1].as<int>()),
          row[2].as<std::string>(), row[3].as<bool>()};
}

}  // namespace

std::vector<Agreement> SelectAgreements(pg::Tx& tx, const std::vector<AgreementId>& ids) {
  std::vector<Agreement> agreements;
  for (const auto& row : tx.Exec(kSelectAgreements, pg::IdArray(ids))) {
    agreements.push_back(ToAgreement(row));
  }
  return agreements;
}

void InsertAgreements(pg::Tx& tx, const std::vector<Agreement>& agreements) {
  std::vector<std::string> ids, consumers, types, views, purposes, bases, starts, ends, fields,
      because;
  std::vector<std::int64_t> states;
  for (const Agreement& agreement : agreements) {
    ids.push_back(agreement.id.text);
    consumers.push_back(agreement.consumer.text);
    types.push_back(agreement.record_type);
    views.push_back(agreement.view);
    purposes.push_back(agreement.purpose);
    bases.push_back(agreement.legal_basis);
    starts.push_back(base::FormatTime(agreement.starts_at));
    ends.push_back(pg::TimeText(agreement.ends_at));
    states.push_back(static_cast<std::int64_t>(agreement.state));
    fields.push_back(pg::TextArray(agreement.view_fields));
    because.push_back(agreement.ended_because);
  }
  tx.Write(kInsertAgreements, pg::TextArray(ids), pg::TextArray(consumers), pg::TextArray(types),
           pg::TextArray(views), pg::TextArray(purposes), pg::TextArray(bases),
           pg::TextArray(starts), pg::TextArray(ends), pg::NumberArray(states),
           pg::TextArray(fields), pg::TextArray(because));
}

void UpdateAgreement(pg::Tx& tx, const Agreement& agreement) {
  tx.Write(kUpdateAgreement, agreement.id.text, static_cast<int>(agreement.state),
           agreement.ended_because);
}

std::vector<ListedAgreement> ListAgreements(pg::Tx& tx, const AgreementFilter& filter) {
  std::vector<ListedAgreement> agreements;
  const int state = filter.state ? static_cast<int>(*filter.state) : 0;
  for (const auto& row :
       tx.Exec(kListAgreements, filter.consumer.text, state, filter.after.text, filter.rows_max)) {
    agreements.push_back({ToAgreement(row), row[11].as<std::int64_t>()});
  }
  return agreements;
}

ViewFields SelectViewFields(pg::Tx& tx) {
  ViewFields fields;
  for (const auto& row : tx.Exec(kSelectViewFields)) {
    fields[{row[0].as<std::string>(), row[1].as<std::string>()}] = pg::ParseTextArray(row[2]);
  }
  return fields;
}

std::vector<CalendarDay> SelectCalendarDays(pg::Tx& tx, const std::vector<Day>& days) {
  std::vector<std::string> texts;
  for (const Day day : days) texts.push_back(base::FormatDay(day));
  std::vector<CalendarDay> found;
  for (const auto& row : tx.Exec(kSelectCalendarDays, pg::TextArray(texts))) {
    found.push_back(ToCalendarDay(row));
  }
  return found;
}

void UpsertCalendarDays(pg::Tx& tx, const std::vector<CalendarDay>& days) {
  std::vector<std::string> texts, names, certain;
  std::vector<std::int64_t> kinds;
  for (const CalendarDay& day : days) {
    texts.push_back(base::FormatDay(day.day));
    kinds.push_back(static_cast<std::int64_t>(day.kind));
    names.push_back(day.name);
    certain.push_back(day.certain ? "t" : "f");
  }
  tx.Write(kUpsertCalendarDays, pg::TextArray(texts), pg::NumberArray(kinds), pg::TextArray(names),
           pg::TextArray(certain));
}

std::vector<ListedCalendarDay> ListCalendarDays(pg::Tx& tx, Day first, Day last, int rows_max) {
  std::vector<ListedCalendarDay> days;
  for (const auto& row :
       tx.Exec(kListCalendarDays, base::FormatDay(first), base::FormatDay(last), rows_max)) {
    days.push_back({ToCalendarDay(row), row[4].as<std::int64_t>()});
  }
  return days;
}

}  // namespace lienthong::directory
