#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hotline/article.hpp"
#include "platform/pg/database.hpp"
#include "platform/pg/stored.hpp"

/// The SQL of what the hotline knows; as in store.hpp.
namespace lienthong::hotline {

using pg::Stored;

void UpsertKnowledge(pg::Tx& tx, const Article& article);
std::vector<Stored<Article>> SelectKnowledge(pg::Tx& tx, const std::vector<ArticleId>& ids);

/// Where a search goes on: behind this article.
struct ArticlePlace {
  std::string rank;  ///< as the database writes it
  base::Time updated_at{};
  std::string id;  ///< empty = from the beginning
};

struct ArticleQuery {
  std::string words;                                  ///< a tsquery; empty = all
  std::vector<int> states;                            ///< empty = none
  std::vector<std::string> category_ids;              ///< empty = all
  std::optional<std::chrono::year_month_day> on_day;  ///< only what is valid then
  ArticlePlace after;
  int limit = 0;
};
struct FoundArticle {
  Stored<Article> stored;
  std::string rank;
};
/// Best match first, of equal ones the newest.
std::vector<FoundArticle> FindArticles(pg::Tx& tx, const ArticleQuery& query);

void UpsertKnowledge(pg::Tx& tx, const AnswerTemplate& answer_template);
std::vector<Stored<AnswerTemplate>> SelectKnowledge(pg::Tx& tx, const std::vector<TemplateId>& ids);

struct TemplateQuery {
  std::vector<int> states;
  std::vector<std::string> category_ids;  ///< empty = all
  std::string after_title;
  std::string after_id;  ///< empty = from the beginning
  int limit = 0;
};
/// In order of their titles.
std::vector<Stored<AnswerTemplate>> FindTemplates(pg::Tx& tx, const TemplateQuery& query);

}  // namespace lienthong::hotline
