#include "directory/store.hpp"
#include "platform/pg/columns.hpp"

namespace lienthong::directory {
namespace {

// One row for each appointment, and one for an official without any; in the order of the record.
constexpr pg::Statement kSelectOfficials{
    "directory_select_officials",
    "SELECT o.id, o.full_name, a.unit_code, a.position_code,"
    " (extract(epoch FROM a.starts_at) * 1000000)::bigint,"
    " (extract(epoch FROM a.ends_at) * 1000000)::bigint, a.ended"
    " FROM official o LEFT JOIN appointment a ON a.official_id = o.id"
    " WHERE o.id = ANY($1::text[]) ORDER BY o.id, a.starts_at, a.unit_code, a.position_code"};

constexpr pg::Statement kInsertOfficials{
    "directory_insert_officials",
    "INSERT INTO official SELECT * FROM unnest($1::text[], $2::text[])"};

constexpr pg::Statement kDeleteAppointments{"directory_delete_appointments",
                                            "DELETE FROM appointment WHERE official_id = $1"};

constexpr pg::Statement kInsertAppointments{
    "directory_insert_appointments",
    "INSERT INTO appointment SELECT t.official, t.unit, t.position, t.starts_at::timestamptz,"
    " nullif(t.ends_at, '')::timestamptz, t.ended"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])"
    " AS t(official, unit, position, starts_at, ends_at, ended)"};

constexpr pg::Statement kSelectPositions{
    "directory_select_positions",
    "SELECT code, name, permissions FROM position WHERE code = ANY($1::text[])"};

constexpr pg::Statement kUpsertPositions{
    "directory_upsert_positions",
    "INSERT INTO position SELECT t.code, t.name, t.permissions::text[]"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS t(code, name, permissions)"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, permissions = excluded.permissions"};

constexpr pg::Statement kSelectAudienceRule{"directory_select_audience_rule",
                                            "SELECT sequence, service_feeds FROM audience_rule"};

constexpr pg::Statement kUpdateServiceFeeds{
    "directory_update_service_feeds",
    "UPDATE audience_rule SET service_feeds = $1::text[], sequence = sequence + 1"
    " WHERE service_feeds <> $1::text[]"};

constexpr pg::Statement kSelectCarriers{
    "directory_select_carriers",
    "SELECT code, coalesce(carrier_code, code) FROM unit WHERE code = ANY($1::text[])"};

void InsertAppointments(pg::Tx& tx, const std::vector<const Official*>& officials) {
  std::vector<std::string> ids, units, positions, starts, ends, ended;
  for (const Official* official : officials) {
    for (const Appointment& appointment : official->appointments) {
      ids.push_back(official->id.text);
      units.push_back(appointment.unit.text);
      positions.push_back(appointment.position.text);
      starts.push_back(base::FormatTime(appointment.starts_at));
      ends.push_back(pg::TimeText(appointment.ends_at));
      ended.push_back(appointment.ended ? "t" : "f");
    }
  }
  if (ids.empty()) return;
  tx.Write(kInsertAppointments, pg::TextArray(ids), pg::TextArray(units), pg::TextArray(positions),
           pg::TextArray(starts), pg::TextArray(ends), pg::TextArray(ended));
}

}  // namespace

std::vector<Official> SelectOfficials(pg::Tx& tx, const std::vector<OfficialId>& ids) {
  std::vector<Official> officials;
  for (const auto& row : tx.Exec(kSelectOfficials, pg::IdArray(ids))) {
    const OfficialId id{row[0].as<std::string>()};
    if (officials.empty() || officials.back().id != id) {
      officials.push_back({id, row[1].as<std::string>(), {}});
    }
    if (row[2].is_null()) continue;
    officials.back().appointments.push_back({{row[2].as<std::string>()},
                                             {row[3].as<std::string>()},
                                             pg::TimeOf(row[4]),
                                             pg::OptionalTime(row[5]),
                                             row[6].as<bool>()});
  }
  return officials;
}

void InsertOfficials(pg::Tx& tx, const std::vector<Official>& officials) {
  std::vector<std::string> ids, names;
  std::vector<const Official*> pointers;
  for (const Official& official : officials) {
    ids.push_back(official.id.text);
    names.push_back(official.full_name);
    pointers.push_back(&official);
  }
  tx.Write(kInsertOfficials, pg::TextArray(ids), pg::TextArray(names));
  InsertAppointments(tx, pointers);
}

void UpdateAppointments(pg::Tx& tx, const Official& official) {
  tx.Write(kDeleteAppointments, official.id.text);
  InsertAppointments(tx, {&official});
}

std::vector<Position> SelectPositions(pg::Tx& tx, const std::vector<PositionCode>& codes) {
  std::vector<Position> positions;
  for (const auto& row : tx.Exec(kSelectPositions, pg::IdArray(codes))) {
    positions.push_back(
        {{row[0].as<std::string>()}, row[1].as<std::string>(), pg::ParseTextArray(row[2])});
  }
  return positions;
}

void UpsertPositions(pg::Tx& tx, const std::vector<Position>& positions) {
  std::vector<std::string> codes, names, permissions;
  for (const Position& position : positions) {
    codes.push_back(position.code.text);
    names.push_back(position.name);
    permissions.push_back(pg::TextArray(position.permissions));
  }
  tx.Write(kUpsertPositions, pg::TextArray(codes), pg::TextArray(names),
           pg::TextArray(permissions));
}

AudienceRule SelectAudienceRule(pg::Tx& tx) {
  const auto row = tx.Exec(kSelectAudienceRule)[0];
  return {row[0].as<std::int64_t>(), pg::ParseTextArray(row[1])};
}

void UpdateServiceFeeds(pg::Tx& tx, const std::vector<std::string>& service_feeds) {
  tx.Write(kUpdateServiceFeeds, pg::TextArray(service_feeds));
}

std::map<UnitCode, UnitCode> SelectCarriers(pg::Tx& tx, const std::vector<UnitCode>& codes) {
  std::map<UnitCode, UnitCode> carriers;
  for (const auto& row : tx.Exec(kSelectCarriers, pg::IdArray(codes))) {
    carriers[{row[0].as<std::string>()}] = {row[1].as<std::string>()};
  }
  return carriers;
}

}  // namespace lienthong::directory
