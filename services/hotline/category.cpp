#include "hotline/category.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include <re2/re2.h>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::hotline {
namespace {

bool IsNumber(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

/// RFC 3339, to the microsecond.
bool IsTime(const std::string& text) {
  static const re2::RE2 kTime(R"((\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)"
                              R"((?:\.\d{1,6})?(?:Z|[+-]\d\d:[0-5]\d))");
  int year = 0;
  unsigned month = 0, day = 0;
  return re2::RE2::FullMatch(text, kTime, &year, &month, &day) &&
         std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month),
                                     std::chrono::day(day))
             .ok();
}

bool IsListed(const Question& question, const std::string& key) {
  return std::any_of(question.values.begin(), question.values.end(),
                     [&](const QuestionValue& value) { return value.key == key; });
}

void CheckValue(const Question& question, const std::string& value, const std::string& field) {
  const auto refuse = [&](const char* what) { throw base::Invalid("ANSWER_INVALID", field, what); };
  switch (question.type) {
    case QuestionType::kString:
    case QuestionType::kText:
      return;
    case QuestionType::kNumber:
      if (!IsNumber(value)) refuse("must be a number");
      return;
    case QuestionType::kDatetime:
      if (!IsTime(value)) refuse("must be a time (RFC 3339)");
      return;
    case QuestionType::kSingleValueList:
    case QuestionType::kMultiValueList:
      if (!IsListed(question, value)) refuse("must be one of the values");
      return;
  }
  throw std::logic_error("an unknown type of question");
}

}  // namespace

std::vector<QuestionAnswer> CheckAnswers(const Category& category,
                                         const std::vector<QuestionAnswer>& answers,
                                         const std::string& field) {
  for (const QuestionAnswer& answer : answers) {
    const bool is_asked =
        std::any_of(category.questions.begin(), category.questions.end(),
                    [&](const Question& question) { return question.code == answer.code; });
    if (!is_asked) throw base::Invalid("ANSWER_INVALID", field, "not a question of the category");
  }
  std::vector<QuestionAnswer> checked;
  for (const Question& question : category.questions) {
    const std::string at = field + "." + question.code;
    QuestionAnswer found{question.code, {}};
    for (const QuestionAnswer& answer : answers) {
      if (answer.code != question.code) continue;
      for (const std::string& value : answer.values) {
        const bool is_long = question.type == QuestionType::kText;
        const std::string text =
            (is_long ? base::CheckLines : base::CheckText)(value, at, kAnswerCharactersMax, false);
        if (text.empty()) continue;
        CheckValue(question, text, at);
        found.values.push_back(text);
      }
    }
    const bool several = question.type == QuestionType::kMultiValueList;
    if (found.values.size() > (several ? kValuesMax : 1)) {
      throw base::Invalid("ANSWER_INVALID", at, "more than one answer");
    }
    if (found.values.empty() && question.required) {
      throw base::Invalid("ANSWER_INVALID", at, "must be answered");
    }
    if (!found.values.empty()) checked.push_back(std::move(found));
  }
  return checked;
}

}  // namespace lienthong::hotline
