#pragma once

#include <chrono>
#include <compare>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"

/// What the hotline knows.
namespace lienthong::hotline {

inline constexpr std::size_t kArticleQuestionCharactersMax = 500;
inline constexpr std::size_t kKeywordsMax = 20;
inline constexpr std::size_t kKeywordCharactersMax = 100;
inline constexpr std::size_t kLegalBasisCharactersMax = 1000;
inline constexpr std::size_t kTitleCharactersMax = 200;

/// UUIDs, lower case.
struct ArticleId {
  std::string text;
  auto operator<=>(const ArticleId&) const = default;
};
struct TemplateId {
  std::string text;
  auto operator<=>(const TemplateId&) const = default;
};

enum class KnowledgeState { kDraft = 1, kPublished, kRetired };

/// A question that is answered at once (bài viết của kho tri thức).
struct Article {
  ArticleId id;
  KnowledgeState state = KnowledgeState::kDraft;
  std::string category_id;
  std::string question;
  std::string answer;
  std::vector<std::string> keywords;
  std::string legal_basis;
  std::optional<std::chrono::year_month_day> valid_from;
  std::optional<std::chrono::year_month_day> valid_to;  ///< inclusive
  std::string unit_id;                                  ///< that answers for it
  std::string author_official_id;                       ///< empty = the first load
  base::Time updated_at{};
  std::string keeper_unit_id;

  /// Published and valid: it can be answered with.
  bool HoldsOn(std::chrono::year_month_day day) const;
};

/// A template of answers (mẫu trả lời).
struct AnswerTemplate {
  TemplateId id;
  KnowledgeState state = KnowledgeState::kDraft;
  std::string category_id;  ///< empty = for any
  std::string title;
  std::string text;
  std::string author_official_id;
  base::Time updated_at{};
  std::string keeper_unit_id;
};

/// Each throws ARTICLE_STATE or TEMPLATE_STATE (FAILED_PRECONDITION) where the state does not allow
/// it.

/// Its content is another one: a draft.
void Redraft(Article& article);
void Redraft(AnswerTemplate& answer_template);
/// Also throws ARTICLE_STATE after its last day.
void Publish(Article& article, std::chrono::year_month_day today);
void Publish(AnswerTemplate& answer_template);
void Retire(Article& article);
void Retire(AnswerTemplate& answer_template);
/// It can be answered with.
void RequireInForce(const Article& article, std::chrono::year_month_day today);
void RequireInForce(const AnswerTemplate& answer_template);
void RequireNotRetired(const AnswerTemplate& answer_template);

// What stands in braces in the text of a template.
inline constexpr const char* kUnitSlot = "unit";
inline constexpr const char* kDueDateSlot = "due_date";
inline constexpr const char* kCategorySlot = "category";
inline constexpr const char* kOpenedDateSlot = "opened_date";
inline constexpr const char* kTodaySlot = "today";
inline constexpr const char* kTicketSlot = "ticket";

/// Throws TEMPLATE_PLACEHOLDER (INVALID_ARGUMENT) for `field` when a brace of the text begins or
/// ends none of these.
void CheckSlots(const std::string& text, const std::string& field);
/// A text that passed, with the value of each slot in its place. Throws TEMPLATE_VALUE_MISSING
/// (FAILED_PRECONDITION) for one whose value is missing or empty.
std::string Fill(const std::string& text, const std::map<std::string, std::string>& values);

/// "10/07/2019"
std::string ShownDay(std::chrono::year_month_day day);

}  // namespace lienthong::hotline
