#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/calendar/limit.hpp"

namespace lienthong::hotline {

inline constexpr std::size_t kQuestionsMax = 30;
inline constexpr std::size_t kValuesMax = 100;
inline constexpr std::size_t kAnswerCharactersMax = 1000;

/// How a category is handled (lĩnh vực).
enum class CategoryKind { kNone, kProcedureQuestion, kConduct, kIncident, kEmergency, kPetition };

enum class QuestionType {
  kString = 1,
  kNumber,
  kDatetime,
  kText,
  kSingleValueList,
  kMultiValueList,
};

struct QuestionValue {
  std::string key;
  std::string name;
  std::string name_en{};  ///< empty = only in Vietnamese
};

/// What is asked of everyone who reports in a category.
struct Question {
  std::string code;
  std::string text;
  std::string text_en;  ///< empty = only in Vietnamese
  QuestionType type = QuestionType::kString;
  bool required = false;
  std::vector<QuestionValue> values;
};

struct QuestionAnswer {
  std::string code;
  std::vector<std::string> values;
};

struct Category {
  std::string id;
  std::string parent_id;
  std::string name;
  std::string name_en;
  CategoryKind kind = CategoryKind::kIncident;
  bool restricted = false;
  std::optional<calendar::Limit> first_response;
  std::optional<calendar::Limit> resolution;
  std::optional<calendar::Limit> waiting;
  std::string default_unit_id;
  std::vector<Question> questions;
  bool closed = false;
};

/// The answers to the questions of a category, in their order. Throws ANSWER_INVALID for
/// "<field>.<code of the question>".
std::vector<QuestionAnswer> CheckAnswers(const Category& category,
                                         const std::vector<QuestionAnswer>& answers,
                                         const std::string& field);

}  // namespace lienthong::hotline
