#include "replica/sql_views.hpp"

#include <stdexcept>
#include <vector>

#include <pqxx/pqxx>

#include "platform/base/log.hpp"
#include "platform/kafka/catalogue.hpp"
#include "replica/settings.hpp"

namespace lienthong::replica {
namespace {

using google::protobuf::FieldDescriptor;

struct Column {
  std::string name;      ///< of the view
  std::string json;      ///< key in the value
  std::string type;      ///< of SQL
  std::string fallback;  ///< SQL literal shown when the value leaves the field out; empty = NULL
};

std::string Quoted(const std::string& name) { return '"' + name + '"'; }

/// Names and codes of ours; no quotes inside by their rules, doubled all the same.
std::string Literal(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) literal += c == '\'' ? "''" : std::string(1, c);
  return literal + "'";
}

/// A singular field of a plain type. Proto3 leaves fields with their default value out of the JSON;
/// an optional one that is absent is NULL.
Column ScalarColumn(const FieldDescriptor& field) {
  Column column;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      column.type = "boolean", column.fallback = "false";
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      column.type = "integer", column.fallback = "0";
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_INT64:
      column.type = "bigint", column.fallback = "0";
      break;
    case FieldDescriptor::CPPTYPE_UINT64:
      column.type = "numeric", column.fallback = "0";
      break;
    case FieldDescriptor::CPPTYPE_FLOAT:
      column.type = "real", column.fallback = "0";
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      column.type = "double precision", column.fallback = "0";
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      column.type = "text", column.fallback = "''";
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      column.type = "text";
      column.fallback = Literal(field.enum_type()->value(0)->name());
      break;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      throw std::logic_error("a message is not a plain field");
  }
  if (field.has_presence()) column.fallback.clear();
  return column;
}

Column ColumnOf(const FieldDescriptor& field, const RecordType& type) {
  Column column;
  if (!field.is_repeated() && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    column = ScalarColumn(field);
  } else if (!field.is_repeated() &&
             field.message_type()->full_name() == "google.protobuf.Timestamp") {
    column.type = "timestamptz";
  } else {
    column.type = "jsonb";
  }
  column.name = field.name() == "view" ? type.message->name() + "_view" : field.name();
  for (char& c : column.name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  column.json = field.json_name();
  return column;
}

std::vector<Column> ColumnsOf(const RecordType& type) {
  std::vector<Column> columns;
  for (int i = 0; i < type.message->field_count(); ++i) {
    const FieldDescriptor& field = *type.message->field(i);
    if (field.name() == "id" || field.name() == "version") continue;
    columns.push_back(ColumnOf(field, type));
  }
  return columns;
}

/// `record_id, version, view` and the fields, as named columns.
std::string SelectList(const RecordType& type) {
  std::string list = "r.record_id::text AS id, r.version AS version, r.view AS view";
  for (const Column& column : ColumnsOf(type)) {
    const std::string value = "x." + Quoted(column.json);
    list += ",\n  ";
    list += column.fallback.empty() ? value : "coalesce(" + value + ", " + column.fallback + ")";
    list += " AS " + Quoted(column.name);
  }
  return list;
}

std::string FromClause(const RecordType& type, const std::string& unit) {
  const std::string own = Literal(kafka::FeedTopic(unit));
  std::string fields;
  for (const Column& column : ColumnsOf(type)) {
    fields += (fields.empty() ? "" : ", ") + Quoted(column.json) + " " + column.type;
  }
  return "FROM public.feed_record r CROSS JOIN LATERAL jsonb_to_record(r.value::jsonb) AS x (" +
         fields + ")\nWHERE r.record_type = " + Literal(type.name) +
         " AND r.value IS NOT NULL AND (r.topic = " + own +
         " OR (r.topic = " + Literal(kafka::FeedTopic("*")) +
         " AND NOT EXISTS (SELECT 1 FROM public.feed_record o WHERE o.topic = " + own +
         " AND o.record_type = r.record_type AND o.record_id = r.record_id"
         " AND o.value IS NOT NULL)))";
}

/// True when the role is there.
bool EnsureRole(pqxx::work& tx, const std::string& role) {
  if (!tx.exec_params("SELECT 1 FROM pg_roles WHERE rolname = $1", role).empty()) return true;
  const auto may =
      tx.exec("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user");
  if (!may[0][0].as<bool>()) return false;
  // Roles belong to the whole cluster: another one that migrates may make it at the same moment.
  tx.exec("DO $$BEGIN CREATE ROLE " + Quoted(role) +
          " LOGIN CONNECTION LIMIT 20;\n"
          "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END$$");
  return true;
}

}  // namespace

std::string ReaderRole(const std::string& unit) { return "reader_" + SqlNameOf(unit); }

std::string CreateViewSql(const RecordType& type, const std::string& unit) {
  return "CREATE OR REPLACE VIEW public." + Quoted(type.sql_view) + " AS\nSELECT " +
         SelectList(type) + "\n" + FromClause(type, unit);
}

std::string CreateSelectionSql(const RecordType& type, const Selection& selection,
                               const std::string& unit) {
  const std::string own = " IN (SELECT " + Literal(unit) +
                          " UNION SELECT id FROM public.units WHERE carrier_id = " + Literal(unit) +
                          ")";
  const std::string field = "s." + Quoted(selection.unit_field);
  const std::string where = selection.through_view.empty()
                                ? field + own
                                : "EXISTS (SELECT FROM public." + Quoted(selection.through_view) +
                                      " t WHERE t." + Quoted(selection.through_field) +
                                      " = s.id AND t." + Quoted(selection.unit_field) + own + ")";
  return "CREATE OR REPLACE VIEW public." + Quoted(selection.sql_view) +
         " AS\nSELECT s.* FROM public." + Quoted(type.sql_view) + " s WHERE " + where;
}

std::string CreateFunctionSql(const RecordType& type, const std::string& unit) {
  std::string table = "id text, version bigint, view text";
  std::string names = "f.id, f.version, f.view";
  for (const Column& column : ColumnsOf(type)) {
    table += ", " + Quoted(column.name) + " " + column.type;
    names += ", f." + Quoted(column.name);
  }
  const std::string person =
      type.person_field.empty()
          ? "r.record_id::text"
          : "coalesce(nullif(x." + Quoted(type.person_field) + ", ''), r.record_id::text)";
  const std::string signature = "public." + Quoted(type.sql_view) + "(text, text)";
  // One statement, so that exactly the rows returned are logged.
  return "DROP FUNCTION IF EXISTS " + signature + ";\nCREATE FUNCTION public." +
         Quoted(type.sql_view) + "(purpose text, only_id text DEFAULT NULL) RETURNS TABLE (" +
         table +
         ")\nLANGUAGE plpgsql VOLATILE SECURITY DEFINER\n"
         "SET search_path = pg_catalog, pg_temp AS $body$\n"
         "#variable_conflict use_column\nBEGIN\n"
         "  IF coalesce($1, '') !~ '[[:alnum:]]' THEN\n"
         "    RAISE EXCEPTION 'PURPOSE_MISSING' USING ERRCODE = 'invalid_parameter_value',\n"
         "      HINT = 'say why the records are read';\n  END IF;\n"
         "  RETURN QUERY WITH found AS MATERIALIZED (SELECT " +
         SelectList(type) + ",\n  " + person + " AS person_of_row\n" + FromClause(type, unit) +
         "\n  AND ($2 IS NULL OR r.record_id = $2)),\n"
         "  logged AS (INSERT INTO public.access_log\n"
         "    (record_type, record_id, citizen_id, system, unit_id, purpose, source)\n"
         "    SELECT " +
         Literal(type.name) + ", f.id, f.person_of_row, " + Literal("unit-" + unit) + ", " +
         Literal(unit) +
         ", left(btrim(regexp_replace($1, "
         // The registry refuses these in a purpose, and one refused row would hold up all.
         "'[[:cntrl:]\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069]', ' ', 'g')), 500),\n    " +
         Literal("replica: " + type.sql_view + " as ") +
         " || session_user FROM found f)\n  SELECT " + names +
         " FROM found f;\nEND $body$;\n"
         "REVOKE ALL ON FUNCTION " +
         signature + " FROM PUBLIC";
}

void CreateSqlViews(const std::string& conninfo, const std::string& unit) {
  pqxx::connection connection(conninfo);
  pqxx::work tx(connection);
  tx.exec("SET LOCAL client_min_messages = warning");
  const std::string role = ReaderRole(unit);
  const bool has_role = EnsureRole(tx, role);
  if (has_role) {
    const std::string database = Quoted(connection.dbname());
    // A role of one unit has no business in the databases of others.
    tx.exec("REVOKE ALL ON DATABASE " + database + " FROM PUBLIC");
    tx.exec("GRANT CONNECT ON DATABASE " + database + " TO " + Quoted(role));
  } else {
    base::LogWarning("the unit's systems cannot read yet: make the role, then migrate again",
                     {{"unit", unit}, {"role", role}});
  }
  for (const auto& [name, type] : RecordTypes()) {
    tx.exec(type.personal ? CreateFunctionSql(type, unit) : CreateViewSql(type, unit));
    if (!has_role) continue;
    const std::string object = "public." + Quoted(type.sql_view);
    tx.exec((type.personal ? "GRANT EXECUTE ON FUNCTION " + object + "(text, text) TO "
                           : "GRANT SELECT ON " + object + " TO ") +
            Quoted(role));
  }
  // Views over the views above.
  for (const auto& [name, type] : RecordTypes()) {
    for (const Selection& selection : type.selections) {
      tx.exec(CreateSelectionSql(type, selection, unit));
      if (!has_role) continue;
      tx.exec("GRANT SELECT ON public." + Quoted(selection.sql_view) + " TO " + Quoted(role));
    }
  }
  tx.commit();
}

}  // namespace lienthong::replica
