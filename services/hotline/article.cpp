#include "hotline/article.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <string_view>

#include "platform/base/error.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::year_month_day;

constexpr const char* kArticleState = "ARTICLE_STATE";
constexpr const char* kTemplateState = "TEMPLATE_STATE";

constexpr std::array<std::string_view, 6> kSlots{kUnitSlot,       kDueDateSlot, kCategorySlot,
                                                 kOpenedDateSlot, kTodaySlot,   kTicketSlot};

void Require(bool allowed, const char* reason, KnowledgeState state) {
  if (allowed) return;
  throw base::Transition(reason, "its state does not allow this step")
      .With("state", std::to_string(static_cast<int>(state)));
}

/// `text` cut at its slots: `plain` is called for what stands between them, `slot` with the name of
/// each and whether it is closed.
void Walk(const std::string& text, const std::function<void(std::string_view)>& plain,
          const std::function<void(std::string_view, bool)>& slot) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t brace = rest.find_first_of("{}");
    plain(rest.substr(0, brace));
    if (brace == std::string_view::npos) return;
    const bool opens = rest[brace] == '{';
    rest.remove_prefix(brace + 1);
    const std::size_t end = opens ? rest.find_first_of("{}") : 0;
    const bool closed = opens && end != std::string_view::npos && rest[end] == '}';
    slot(rest.substr(0, end), closed);
    rest.remove_prefix(closed ? end + 1 : 0);
  }
}

}  // namespace

bool Article::HoldsOn(year_month_day day) const {
  return state == KnowledgeState::kPublished && (!valid_from || *valid_from <= day) &&
         (!valid_to || day <= *valid_to);
}

void Redraft(Article& article) {
  Require(article.state != KnowledgeState::kRetired, kArticleState, article.state);
  article.state = KnowledgeState::kDraft;
}

void Redraft(AnswerTemplate& answer_template) {
  RequireNotRetired(answer_template);
  answer_template.state = KnowledgeState::kDraft;
}

void Publish(Article& article, year_month_day today) {
  Require(article.state == KnowledgeState::kDraft, kArticleState, article.state);
  if (article.valid_to && *article.valid_to < today) {
    throw base::Transition(kArticleState, "its last day is over");
  }
  article.state = KnowledgeState::kPublished;
}

void Publish(AnswerTemplate& answer_template) {
  Require(answer_template.state == KnowledgeState::kDraft, kTemplateState, answer_template.state);
  answer_template.state = KnowledgeState::kPublished;
}

void Retire(Article& article) {
  Require(article.state != KnowledgeState::kRetired, kArticleState, article.state);
  article.state = KnowledgeState::kRetired;
}

void Retire(AnswerTemplate& answer_template) {
  RequireNotRetired(answer_template);
  answer_template.state = KnowledgeState::kRetired;
}

void RequireInForce(const Article& article, year_month_day today) {
  if (article.HoldsOn(today)) return;
  throw base::Transition(kArticleState, "it is not published, or not valid today");
}

void RequireInForce(const AnswerTemplate& answer_template) {
  Require(answer_template.state == KnowledgeState::kPublished, kTemplateState,
          answer_template.state);
}

void RequireNotRetired(const AnswerTemplate& answer_template) {
  Require(answer_template.state != KnowledgeState::kRetired, kTemplateState, answer_template.state);
}

void CheckSlots(const std::string& text, const std::string& field) {
  Walk(
      text, [](std::string_view) {},
      [&](std::string_view name, bool closed) {
        if (closed && std::find(kSlots.begin(), kSlots.end(), name) != kSlots.end()) return;
        throw base::Invalid("TEMPLATE_PLACEHOLDER", field, "has a brace that is of no slot")
            .With("slot", std::string(name));
      });
}

std::string Fill(const std::string& text, const std::map<std::string, std::string>& values) {
  std::string filled;
  Walk(
      text, [&](std::string_view plain) { filled += plain; },
      [&](std::string_view name, bool) {
        const auto found = values.find(std::string(name));
        if (found == values.end() || found->second.empty()) {
          throw base::Transition("TEMPLATE_VALUE_MISSING", "the ticket has nothing for a slot")
              .With("slot", std::string(name));
        }
        filled += found->second;
      });
  return filled;
}

std::string ShownDay(year_month_day day) {
  char text[16];
  std::snprintf(text, sizeof text, "%02u/%02u/%04d", static_cast<unsigned>(day.day()),
                static_cast<unsigned>(day.month()), static_cast<int>(day.year()));
  return text;
}

}  // namespace lienthong::hotline
