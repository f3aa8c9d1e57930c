#include <algorithm>
#include <stdexcept>

#include "hotline/store.hpp"
#include "hotline/store_values.hpp"
#include "platform/pg/enum_names.hpp"

namespace lienthong::hotline {
namespace {

constexpr pg::EnumNames<Actor, 4> kActors{{{Actor::kKeeper, "KEEPER"},
                                           {Actor::kUnit, "UNIT"},
                                           {Actor::kCitizen, "CITIZEN"},
                                           {Actor::kSystem, "SYSTEM"}}};

constexpr pg::Statement kSelectMark{"hotline_select_rules_mark", "SELECT mark FROM rules_mark"};
constexpr pg::Statement kSelectMoves{"hotline_select_moves",
                                     "SELECT record, step, from_state, to_state, actor FROM move"};
constexpr pg::Statement kSelectHours{
    "hotline_select_hours",
    "SELECT valid_from, valid_to, (extract(epoch FROM starts) / 60)::int AS starts,"
    " (extract(epoch FROM ends) / 60)::int AS ends FROM office_hours ORDER BY starts"};

constexpr pg::Statement kUpsertCategory{
    "hotline_upsert_category",
    "INSERT INTO category VALUES ($1, $2, $3, $4, $5, $6, nullif($7, -1), nullif($8, 0),"
    " nullif($9, -1), nullif($10, 0), nullif($11, -1), nullif($12, 0), $13, $14, $15, $16, $17,"
    " $18, $19, $20, $21, $22, $23) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id,"
    " name = excluded.name, name_en = excluded.name_en, kind = excluded.kind,"
    " restricted = excluded.restricted, first_response_amount = excluded.first_response_amount,"
    " first_response_unit = excluded.first_response_unit,"
    " resolution_amount = excluded.resolution_amount,"
    " resolution_unit = excluded.resolution_unit, waiting_amount = excluded.waiting_amount,"
    " waiting_unit = excluded.waiting_unit, default_unit_id = excluded.default_unit_id,"
    " question_codes = excluded.question_codes, question_texts = excluded.question_texts,"
    " question_texts_en = excluded.question_texts_en,"
    " question_types = excluded.question_types, question_required = excluded.question_required,"
    " value_questions = excluded.value_questions, value_keys = excluded.value_keys,"
    " value_names = excluded.value_names, value_names_en = excluded.value_names_en, closed = "
    "excluded.closed"};
constexpr pg::Statement kSelectCategories{
    "hotline_select_categories",
    "SELECT c.*, h.version FROM category c JOIN head h ON h.record_type = 'category'"
    " AND h.record_id = c.id WHERE c.id = ANY ($1::text[])"};
constexpr pg::Statement kSelectAllCategories{"hotline_select_all_categories",
                                             "SELECT c.*, 0 AS version FROM category c"};
constexpr pg::Statement kSelectCategoriesBehind{
    "hotline_select_categories_behind",
    "SELECT c.*, h.version FROM category c JOIN head h ON h.record_type = 'category'"
    " AND h.record_id = c.id WHERE c.id > $1 ORDER BY c.id LIMIT $2"};

constexpr pg::Statement kUpsertCentre{
    "hotline_upsert_centre",
    "INSERT INTO centre VALUES ('centre', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
    " nullif($14, -1), nullif($15, 0), $16, $17)"
    " ON CONFLICT (id) DO UPDATE SET unit_id = excluded.unit_id,"
    " inspector_unit_id = excluded.inspector_unit_id, office_unit_id = excluded.office_unit_id,"
    " forwarding_amount = excluded.forwarding_amount, forwarding_unit = excluded.forwarding_unit,"
    " transfer_alarm_seconds = excluded.transfer_alarm_seconds,"
    " escalation_amounts = excluded.escalation_amounts,"
    " escalation_units = excluded.escalation_units,"
    " escalation_unit_ids = excluded.escalation_unit_ids,"
    " reopen_window_days = excluded.reopen_window_days, reopens_max = excluded.reopens_max,"
    " ratings_max = excluded.ratings_max,"
    " public_contacts = excluded.public_contacts,"
    " answering_amount = excluded.answering_amount,"
    " answering_unit = excluded.answering_unit,"
    " duplicates_metres = excluded.duplicates_metres,"
    " duplicates_hours = excluded.duplicates_hours"};
constexpr pg::Statement kSelectCentre{
    "hotline_select_centre",
    "SELECT c.*, coalesce(h.version, 0) AS version FROM centre c LEFT JOIN head h"
    " ON h.record_type = 'centre' AND h.record_id = c.id WHERE c.id = 'centre'"};

/// -1 and 0 = NULL.
int AmountOf(const std::optional<calendar::Limit>& limit) { return limit ? limit->amount : -1; }
int UnitOf(const std::optional<calendar::Limit>& limit) {
  return limit ? static_cast<int>(limit->unit) : 0;
}

std::optional<calendar::Limit> LimitOf(const pg::Field& amount, const pg::Field& unit) {
  if (amount.is_null()) return std::nullopt;
  return calendar::Limit{amount.as<int>(), static_cast<calendar::LimitUnit>(unit.as<int>())};
}

void ReadQuestions(const pg::Row& row, std::vector<Question>& questions) {
  const auto codes = pg::ParseTextArray(row["question_codes"]),
             texts = pg::ParseTextArray(row["question_texts"]),
             texts_en = pg::ParseTextArray(row["question_texts_en"]),
             types = pg::ParseTextArray(row["question_types"]),
             required = pg::ParseTextArray(row["question_required"]);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    questions.push_back({codes[i],
                         texts.at(i),
                         texts_en.at(i),
                         static_cast<QuestionType>(std::stoi(types.at(i))),
                         required.at(i) == "t",
                         {}});
  }
  const auto of = pg::ParseTextArray(row["value_questions"]),
             keys = pg::ParseTextArray(row["value_keys"]),
             names = pg::ParseTextArray(row["value_names"]),
             names_en = pg::ParseTextArray(row["value_names_en"]);
  for (std::size_t i = 0; i < of.size(); ++i) {
    for (Question& question : questions) {
      if (question.code == of[i])
        question.values.push_back({keys.at(i), names.at(i), names_en.at(i)});
    }
  }
}

Stored<Category> ToCategory(const pg::Row& row) {
  Category category;
  category.id = row["id"].as<std::string>();
  category.parent_id = row["parent_id"].as<std::string>();
  category.name = row["name"].as<std::string>();
  category.name_en = row["name_en"].as<std::string>();
  category.kind = static_cast<CategoryKind>(row["kind"].as<int>());
  category.restricted = row["restricted"].as<bool>();
  category.first_response = LimitOf(row["first_response_amount"], row["first_response_unit"]);
  category.resolution = LimitOf(row["resolution_amount"], row["resolution_unit"]);
  category.waiting = LimitOf(row["waiting_amount"], row["waiting_unit"]);
  category.default_unit_id = row["default_unit_id"].as<std::string>();
  ReadQuestions(row, category.questions);
  category.closed = row["closed"].as<bool>();
  return {std::move(category), row["version"].as<std::int64_t>()};
}

std::vector<Stored<Category>> CategoriesOf(const pg::Result& rows) {
  std::vector<Stored<Category>> categories;
  for (const auto& row : rows) categories.push_back(ToCategory(row));
  return categories;
}

}  // namespace

std::string SelectRulesMark(pg::Tx& tx) { return tx.Exec(kSelectMark)[0][0].as<std::string>(); }

Rules SelectRules(pg::Tx& tx) {
  Rules rules;
  for (auto& [category, version] : CategoriesOf(tx.Exec(kSelectAllCategories))) {
    rules.categories[category.id] = std::move(category);
  }
  if (auto centre = SelectCentre(tx)) rules.centre = std::move(centre->value);
  for (const auto& row : tx.Exec(kSelectMoves)) {
    Moves& moves = row["record"].view() == "ticket" ? rules.ticket_moves : rules.assignment_moves;
    moves.Add(row["step"].as<std::string>(), row["from_state"].as<int>(),
              pg::ValueOf(kActors, row["actor"].view()), row["to_state"].as<int>());
  }
  for (const auto& row : tx.Exec(kSelectHours)) {
    rules.hours.push_back({base::ParseDay(row["valid_from"].c_str()),
                           pg::OptionalDay(row["valid_to"]),
                           {std::chrono::minutes(row["starts"].as<int>()),
                            std::chrono::minutes(row["ends"].as<int>())}});
  }
  return rules;
}

void UpsertCategory(pg::Tx& tx, const Category& category) {
  std::vector<std::string> of, keys, names, names_en;
  for (const Question& question : category.questions) {
    for (const QuestionValue& value : question.values) {
      of.push_back(question.code), keys.push_back(value.key), names.push_back(value.name);
      names_en.push_back(value.name_en);
    }
  }
  const auto column = [&](const auto& text_of) {
    return pg::TextArray(category.questions, text_of);
  };
  tx.Write(kUpsertCategory, category.id, category.parent_id, category.name, category.name_en,
           static_cast<int>(category.kind), category.restricted, AmountOf(category.first_response),
           UnitOf(category.first_response), AmountOf(category.resolution),
           UnitOf(category.resolution), AmountOf(category.waiting), UnitOf(category.waiting),
           category.default_unit_id, column([](const Question& q) { return q.code; }),
           column([](const Question& q) { return q.text; }),
           column([](const Question& q) { return q.text_en; }),
           column([](const Question& q) { return std::to_string(static_cast<int>(q.type)); }),
           column([](const Question& q) { return q.required ? "t" : "f"; }), pg::TextArray(of),
           pg::TextArray(keys), pg::TextArray(names), pg::TextArray(names_en), category.closed);
}

std::vector<Stored<Category>> SelectCategories(pg::Tx& tx, const std::vector<std::string>& ids) {
  return CategoriesOf(tx.Exec(kSelectCategories, pg::TextArray(ids)));
}

std::vector<Stored<Category>> SelectCategoriesBehind(pg::Tx& tx, const std::string& after,
                                                     int limit) {
  return CategoriesOf(tx.Exec(kSelectCategoriesBehind, after, limit));
}

void UpsertCentre(pg::Tx& tx, const Centre& centre) {
  const auto column = [&](const auto& text_of) {
    return pg::TextArray(centre.escalations, text_of);
  };
  tx.Write(kUpsertCentre, centre.unit_id, centre.inspector_unit_id, centre.office_unit_id,
           centre.forwarding.amount, static_cast<int>(centre.forwarding.unit),
           centre.transfer_alarm_seconds,
           column([](const EscalationStep& s) { return std::to_string(s.after.amount); }),
           column([](const EscalationStep& s) {
             return std::to_string(static_cast<int>(s.after.unit));
           }),
           column([](const EscalationStep& s) { return s.unit_id; }), centre.reopen_window_days,
           centre.reopens_max, centre.ratings_max, pg::TextArray(centre.public_contacts),
           AmountOf(centre.answering), UnitOf(centre.answering), centre.duplicates_metres,
           centre.duplicates_hours);
}

std::optional<Stored<Centre>> SelectCentre(pg::Tx& tx) {
  const auto rows = tx.Exec(kSelectCentre);
  if (rows.empty()) return std::nullopt;
  const auto row = rows[0];
  Centre centre;
  centre.unit_id = row["unit_id"].as<std::string>();
  centre.inspector_unit_id = row["inspector_unit_id"].as<std::string>();
  centre.office_unit_id = row["office_unit_id"].as<std::string>();
  centre.forwarding = *LimitOf(row["forwarding_amount"], row["forwarding_unit"]);
  centre.transfer_alarm_seconds = row["transfer_alarm_seconds"].as<int>();
  const auto amounts = pg::ParseTextArray(row["escalation_amounts"]),
             units = pg::ParseTextArray(row["escalation_units"]),
             unit_ids = pg::ParseTextArray(row["escalation_unit_ids"]);
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    centre.escalations.push_back(
        {{std::stoi(amounts[i]), static_cast<calendar::LimitUnit>(std::stoi(units.at(i)))},
         unit_ids.at(i)});
  }
  centre.reopen_window_days = row["reopen_window_days"].as<int>();
  centre.reopens_max = row["reopens_max"].as<int>();
  centre.ratings_max = row["ratings_max"].as<int>();
  centre.public_contacts = pg::ParseTextArray(row["public_contacts"]);
  centre.answering = LimitOf(row["answering_amount"], row["answering_unit"]);
  centre.duplicates_metres = row["duplicates_metres"].as<int>();
  centre.duplicates_hours = row["duplicates_hours"].as<int>();
  return Stored<Centre>{std::move(centre), row["version"].as<std::int64_t>()};
}

}  // namespace lienthong::hotline
