#pragma once

#include <string>

#include "replica/record_types.hpp"

namespace lienthong::replica {

/// What a unit's own systems read in its database, generated from the records' messages: a view per
/// record type; for records of persons instead a function that takes a purpose and leaves an
/// access row for each record it returns. Columns: `id`, `version`, `view`, then the fields in
/// snake_case; a field called `view` becomes `<type>_view`; what is nested or repeated is jsonb.
/// Where both sets hold a record, the own feed's row is shown.

/// SQL that makes (or remakes) the view of a type without persons.
std::string CreateViewSql(const RecordType& type, const std::string& unit);
/// SQL that makes (or remakes) `<sql_view>(purpose text, only_id text DEFAULT NULL)`.
std::string CreateFunctionSql(const RecordType& type, const std::string& unit);

/// SQL that makes (or remakes) a view over that of the type: what concerns the unit or one it
/// carries.
std::string CreateSelectionSql(const RecordType& type, const Selection& selection,
                               const std::string& unit);

/// The role of the unit's own systems: "reader_h09_718".
std::string ReaderRole(const std::string& unit);

/// Makes views, functions and grants in the unit's database, as its owner. The role is made too
/// where the owner may make roles; otherwise a warning says what is missing.
void CreateSqlViews(const std::string& conninfo, const std::string& unit);

}  // namespace lienthong::replica
