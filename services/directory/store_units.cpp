#include <cstring>

#include "directory/store.hpp"
#include "platform/base/error.hpp"
#include "platform/pg/columns.hpp"

namespace lienthong::directory {
namespace {

constexpr pg::Statement kShareUnits{
    "directory_share_units",
    "SELECT u.code, u.name, u.kind, coalesce(u.parent_code, ''), coalesce(u.carrier_code, ''),"
    " u.gso_code, to_char(u.valid_from, 'YYYY-MM-DD'), to_char(u.valid_to, 'YYYY-MM-DD'),"
    " '{}'::text[], u.synthetic, u.closed, u.code102"
    " FROM unit u WHERE u.code = ANY($1::text[]) ORDER BY u.code FOR SHARE OF u"};

constexpr pg::Statement kSelectUnits{
    "directory_select_units",
    "SELECT u.code, u.name, u.kind, coalesce(u.parent_code, ''), coalesce(u.carrier_code, ''),"
    " u.gso_code, to_char(u.valid_from, 'YYYY-MM-DD'), to_char(u.valid_to, 'YYYY-MM-DD'),"
    " ARRAY(SELECT s.successor_code FROM unit_successor s WHERE s.unit_code = u.code ORDER BY 1),"
    " u.synthetic, u.closed, u.code102 FROM unit u WHERE u.code = ANY($1::text[])"};

constexpr pg::Statement kLockUnit{
    "directory_lock_unit",
    "SELECT u.code, u.name, u.kind, coalesce(u.parent_code, ''), coalesce(u.carrier_code, ''),"
    " u.gso_code, to_char(u.valid_from, 'YYYY-MM-DD'), to_char(u.valid_to, 'YYYY-MM-DD'),"
    " ARRAY(SELECT s.successor_code FROM unit_successor s WHERE s.unit_code = u.code ORDER BY 1),"
    " u.synthetic, u.closed, u.code102 FROM unit u WHERE u.code = $1 FOR NO KEY UPDATE OF u"};

constexpr pg::Statement kInsertUnits{
    "directory_insert_units",
    "INSERT INTO unit SELECT t.code, t.name, t.kind, nullif(t.parent, ''), nullif(t.carrier, ''),"
    " t.gso, t.valid_from::date, nullif(t.valid_to, '')::date, t.synthetic, false, t.code102"
    " FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[],"
    " $7::text[], $8::text[], $9::boolean[], $10::text[])"
    " AS t(code, name, kind, parent, carrier, gso, valid_from, valid_to, synthetic, code102)"};

constexpr pg::Statement kInsertUnitNames{
    "directory_insert_unit_names",
    "INSERT INTO unit_name SELECT t.code, t.day::date, t.name"
    " FROM unnest($1::text[], $2::text[], $3::text[]) AS t(code, day, name)"
    " ON CONFLICT (unit_code, valid_from) DO UPDATE SET name = excluded.name"};

constexpr pg::Statement kUpdateUnit{
    "directory_update_unit",
    "UPDATE unit SET name = $2, valid_to = nullif($3, '')::date, closed = $4, code102 = $5"
    " WHERE code = $1"};

constexpr pg::Statement kDeleteSuccessors{"directory_delete_successors",
                                          "DELETE FROM unit_successor WHERE unit_code = $1"};

constexpr pg::Statement kInsertSuccessors{
    "directory_insert_successors",
    "INSERT INTO unit_successor SELECT $1, t.code FROM unnest($2::text[]) AS t(code)"};

constexpr pg::Statement kHasUnitsAfter{
    "directory_has_units_after",
    "SELECT EXISTS (SELECT FROM unit WHERE (parent_code = $1 OR carrier_code = $1) AND code <> $1"
    " AND (valid_to IS NULL OR valid_to > $2::date))"};

// The name is the one of the day: the newest that had begun by then.
constexpr pg::Statement kListUnits{
    "directory_list_units",
    "SELECT u.code, n.name, u.kind, coalesce(u.parent_code, ''), coalesce(u.carrier_code, ''),"
    " u.gso_code, to_char(u.valid_from, 'YYYY-MM-DD'), to_char(u.valid_to, 'YYYY-MM-DD'),"
    " ARRAY(SELECT s.successor_code FROM unit_successor s WHERE s.unit_code = u.code ORDER BY 1),"
    " u.synthetic, u.closed, u.code102, h.version"
    " FROM unit u JOIN head h ON h.record_type = 'unit' AND h.record_id = u.code"
    " CROSS JOIN LATERAL (SELECT name FROM unit_name WHERE unit_code = u.code"
    "  AND valid_from <= $3::date ORDER BY valid_from DESC LIMIT 1) n"
    " WHERE ($1 = '' OR u.parent_code = $1) AND ($2::int = 0 OR u.kind = $2::int)"
    " AND u.valid_from <= $3::date AND (u.valid_to IS NULL OR u.valid_to >= $3::date)"
    " AND u.code > $4 ORDER BY u.code LIMIT $5::int"};

Unit ToUnit(const pg::Row& row) {
  Unit unit;
  unit.code = {row[0].as<std::string>()};
  unit.name = row[1].as<std::string>();
  unit.kind = static_cast<UnitKind>(row[2].as<int>());
  unit.parent = {row[3].as<std::string>()};
  unit.carrier = {row[4].as<std::string>()};
  unit.gso_code = row[5].as<std::string>();
  unit.valid_from = base::ParseDay(row[6].as<std::string>());
  unit.valid_to = pg::OptionalDay(row[7]);
  for (std::string& code : pg::ParseTextArray(row[8])) unit.successors.push_back({std::move(code)});
  unit.synthetic = row[9].as<bool>();
  unit.closed = row[10].as<bool>();
  unit.code102 = row[11].as<std::string>();
  return unit;
}

/// The one unique constraint that is an outcome of the business; everything else passes.
template <class Fn>
void TranslateTaken(const Fn& fn) {
  try {
    fn();
  } catch (const pqxx::unique_violation& error) {
    if (std::strstr(error.what(), "unit_code102") == nullptr) throw;
    throw base::Conflict("CODE102_TAKEN", "another unit has this code of QCVN 102");
  }
}

void InsertNames(pg::Tx& tx, const std::vector<std::string>& codes,
                 const std::vector<std::string>& days, const std::vector<std::string>& names) {
  tx.Write(kInsertUnitNames, pg::TextArray(codes), pg::TextArray(days), pg::TextArray(names));
}

}  // namespace

std::map<UnitCode, Unit> ShareUnits(pg::Tx& tx, const std::vector<UnitCode>& codes) {
  std::map<UnitCode, Unit> units;
  for (const auto& row : tx.Exec(kShareUnits, pg::IdArray(codes))) {
    Unit unit = ToUnit(row);
    units.emplace(unit.code, std::move(unit));
  }
  return units;
}

std::vector<Unit> SelectUnits(pg::Tx& tx, const std::vector<UnitCode>& codes) {
  std::vector<Unit> units;
  for (const auto& row : tx.Exec(kSelectUnits, pg::IdArray(codes))) {
    units.push_back(ToUnit(row));
  }
  return units;
}

std::optional<Unit> LockUnit(pg::Tx& tx, const UnitCode& code) {
  const auto rows = tx.Exec(kLockUnit, code.text);
  if (rows.empty()) return std::nullopt;
  return ToUnit(rows[0]);
}

void InsertUnits(pg::Tx& tx, const std::vector<Unit>& units) {
  std::vector<std::string> codes, names, parents, carriers, gso, from, to, synthetic, code102;
  std::vector<std::int64_t> kinds;
  for (const Unit& unit : units) {
    codes.push_back(unit.code.text);
    names.push_back(unit.name);
    kinds.push_back(static_cast<std::int64_t>(unit.kind));
    parents.push_back(unit.parent.text);
    carriers.push_back(unit.carrier.text);
    gso.push_back(unit.gso_code);
    from.push_back(base::FormatDay(unit.valid_from));
    to.push_back(pg::DayText(unit.valid_to));
    synthetic.push_back(unit.synthetic ? "t" : "f");
    code102.push_back(unit.code102);
  }
  TranslateTaken([&] {
    tx.Write(kInsertUnits, pg::TextArray(codes), pg::TextArray(names), pg::NumberArray(kinds),
             pg::TextArray(parents), pg::TextArray(carriers), pg::TextArray(gso),
             pg::TextArray(from), pg::TextArray(to), pg::TextArray(synthetic),
             pg::TextArray(code102));
  });
  InsertNames(tx, codes, from, names);
}

void UpdateUnit(pg::Tx& tx, const Unit& unit) {
  TranslateTaken([&] {
    tx.Write(kUpdateUnit, unit.code.text, unit.name, pg::DayText(unit.valid_to), unit.closed,
             unit.code102);
  });
}

void UpsertUnitName(pg::Tx& tx, const Unit& unit, Day day) {
  InsertNames(tx, {unit.code.text}, {base::FormatDay(day)}, {unit.name});
}

void ReplaceSuccessors(pg::Tx& tx, const Unit& unit) {
  tx.Write(kDeleteSuccessors, unit.code.text);
  if (unit.successors.empty()) return;
  tx.Write(kInsertSuccessors, unit.code.text, pg::IdArray(unit.successors));
}

bool HasUnitsAfter(pg::Tx& tx, const UnitCode& code, Day last_day) {
  return tx.Exec(kHasUnitsAfter, code.text, base::FormatDay(last_day))[0][0].as<bool>();
}

std::vector<ListedUnit> ListUnits(pg::Tx& tx, const UnitFilter& filter) {
  std::vector<ListedUnit> units;
  const int kind = filter.kind ? static_cast<int>(*filter.kind) : 0;
  for (const auto& row :
       tx.Exec(kListUnits, filter.parent.text, kind, base::FormatDay(filter.valid_on),
               filter.after.text, filter.rows_max)) {
    units.push_back({ToUnit(row), row[12].as<std::int64_t>()});
  }
  return units;
}

}  // namespace lienthong::directory
