#include "hotline/store_knowledge.hpp"

#include <utility>

#include "platform/base/search_words.hpp"
#include "platform/pg/columns.hpp"

namespace lienthong::hotline {
namespace {

constexpr pg::Statement kUpsertArticle{
    "hotline_upsert_article",
    "INSERT INTO article (id, state, category_id, question, answer, keywords, legal_basis,"
    " valid_from, valid_to, unit_id, author_official_id, updated_at, keeper_unit_id, words)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, '')::date, nullif($9, '')::date, $10, $11,"
    " $12, $13, setweight(to_tsvector('simple', $14), 'A')"
    "  || setweight(to_tsvector('simple', $15), 'B') || to_tsvector('simple', $16))"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
    " category_id = excluded.category_id, question = excluded.question,"
    " answer = excluded.answer, keywords = excluded.keywords,"
    " legal_basis = excluded.legal_basis, valid_from = excluded.valid_from,"
    " valid_to = excluded.valid_to, unit_id = excluded.unit_id,"
    " author_official_id = excluded.author_official_id, updated_at = excluded.updated_at,"
    " keeper_unit_id = excluded.keeper_unit_id, words = excluded.words"};
constexpr pg::Statement kSelectArticles{"hotline_select_articles",
                                        "SELECT * FROM article_record WHERE id = ANY ($1::uuid[])"};

// With words by the index of words, without by that of time; both take the same parameters. $1
// words, $2 states, $3 categories, $4 day, $5 to $7 place, $8 limit.
#define LIENTHONG_ARTICLE_FILTER                                                               \
  " AND state = ANY ($2::int[]) AND ($3::text[] = '{}' OR category_id = ANY ($3::text[]))"     \
  " AND ($4 = '' OR (coalesce(valid_from, '-infinity') <= nullif($4, '')::date"                \
  "  AND coalesce(valid_to, 'infinity') >= nullif($4, '')::date))) f"                          \
  " WHERE $7 = '' OR (rank, updated_at, id) < (nullif($5, '')::real,"                          \
  "  nullif($6, '')::timestamptz, nullif($7, '')::uuid)"                                       \
  " ORDER BY rank DESC, updated_at DESC, id DESC LIMIT $8) p JOIN article_record r USING (id)" \
  " ORDER BY p.rank DESC, p.updated_at DESC, p.id DESC"

constexpr pg::Statement kFindKnowledgeByWords{
    "hotline_find_articles_by_words",
    "SELECT r.*, p.rank FROM (SELECT id, updated_at, rank FROM (SELECT id, updated_at,"
    " ts_rank(words, $1::tsquery) AS rank FROM article"
    " WHERE words @@ $1::tsquery" LIENTHONG_ARTICLE_FILTER};
constexpr pg::Statement kFindNewestKnowledge{
    "hotline_find_newest_articles",
    "SELECT r.*, p.rank FROM (SELECT id, updated_at, rank FROM (SELECT id, updated_at,"
    " 0::real AS rank FROM article WHERE $1 = ''" LIENTHONG_ARTICLE_FILTER};
#undef LIENTHONG_ARTICLE_FILTER

constexpr pg::Statement kUpsertTemplate{
    "hotline_upsert_answer_template",
    "INSERT INTO answer_template (id, state, category_id, title, text, author_official_id,"
    " updated_at, keeper_unit_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
    " category_id = excluded.category_id, title = excluded.title, text = excluded.text,"
    " author_official_id = excluded.author_official_id, updated_at = excluded.updated_at,"
    " keeper_unit_id = excluded.keeper_unit_id"};
constexpr pg::Statement kSelectTemplates{
    "hotline_select_answer_templates",
    "SELECT * FROM answer_template_record WHERE id = ANY ($1::uuid[])"};
constexpr pg::Statement kFindTemplates{
    "hotline_find_answer_templates",
    "SELECT r.* FROM (SELECT id FROM answer_template WHERE state = ANY ($1::int[])"
    " AND ($2::text[] = '{}' OR category_id = ANY ($2::text[]))"
    " AND ($4 = '' OR (title, id) > ($3, nullif($4, '')::uuid)) ORDER BY title, id LIMIT $5) p"
    " JOIN answer_template_record r USING (id) ORDER BY r.title, r.id"};

Stored<Article> ToArticle(const pg::Row& row) {
  Article article;
  article.id = {row["id"].as<std::string>()};
  article.state = static_cast<KnowledgeState>(row["state"].as<int>());
  article.category_id = row["category_id"].as<std::string>();
  article.question = row["question"].as<std::string>();
  article.answer = row["answer"].as<std::string>();
  article.keywords = pg::ParseTextArray(row["keywords"]);
  article.legal_basis = row["legal_basis"].as<std::string>();
  article.valid_from = pg::OptionalDay(row["valid_from"]);
  article.valid_to = pg::OptionalDay(row["valid_to"]);
  article.unit_id = row["unit_id"].as<std::string>();
  article.author_official_id = row["author_official_id"].as<std::string>();
  article.updated_at = pg::TimeOf(row["updated_at"]);
  article.keeper_unit_id = row["keeper_unit_id"].as<std::string>();
  return {std::move(article), row["version"].as<std::int64_t>()};
}

std::vector<Stored<AnswerTemplate>> TemplatesOf(const pg::Result& rows) {
  std::vector<Stored<AnswerTemplate>> templates;
  for (const auto& row : rows) {
    AnswerTemplate one;
    one.id = {row["id"].as<std::string>()};
    one.state = static_cast<KnowledgeState>(row["state"].as<int>());
    one.category_id = row["category_id"].as<std::string>();
    one.title = row["title"].as<std::string>();
    one.text = row["text"].as<std::string>();
    one.author_official_id = row["author_official_id"].as<std::string>();
    one.updated_at = pg::TimeOf(row["updated_at"]);
    one.keeper_unit_id = row["keeper_unit_id"].as<std::string>();
    templates.push_back({std::move(one), row["version"].as<std::int64_t>()});
  }
  return templates;
}

}  // namespace

void UpsertKnowledge(pg::Tx& tx, const Article& article) {
  std::string keywords;
  for (const std::string& keyword : article.keywords) keywords += keyword + " ";
  tx.Write(kUpsertArticle, article.id.text, static_cast<int>(article.state), article.category_id,
           article.question, article.answer, pg::TextArray(article.keywords), article.legal_basis,
           pg::DayText(article.valid_from), pg::DayText(article.valid_to), article.unit_id,
           article.author_official_id, base::FormatTime(article.updated_at), article.keeper_unit_id,
           base::SearchText(article.question), base::SearchText(keywords),
           base::SearchText(article.answer));
}

std::vector<Stored<Article>> SelectKnowledge(pg::Tx& tx, const std::vector<ArticleId>& ids) {
  std::vector<Stored<Article>> articles;
  for (const auto& row : tx.Exec(kSelectArticles, pg::IdArray(ids))) {
    articles.push_back(ToArticle(row));
  }
  return articles;
}

std::vector<FoundArticle> FindArticles(pg::Tx& tx, const ArticleQuery& query) {
  const ArticlePlace& after = query.after;
  std::vector<FoundArticle> found;
  for (const auto& row :
       tx.Exec(query.words.empty() ? kFindNewestKnowledge : kFindKnowledgeByWords, query.words,
               pg::NumberArray({query.states.begin(), query.states.end()}),
               pg::TextArray(query.category_ids), pg::DayText(query.on_day), after.rank,
               after.id.empty() ? std::string() : base::FormatTime(after.updated_at), after.id,
               query.limit)) {
    found.push_back({ToArticle(row), row["rank"].as<std::string>()});
  }
  return found;
}

void UpsertKnowledge(pg::Tx& tx, const AnswerTemplate& answer_template) {
  tx.Write(kUpsertTemplate, answer_template.id.text, static_cast<int>(answer_template.state),
           answer_template.category_id, answer_template.title, answer_template.text,
           answer_template.author_official_id, base::FormatTime(answer_template.updated_at),
           answer_template.keeper_unit_id);
}

std::vector<Stored<AnswerTemplate>> SelectKnowledge(pg::Tx& tx,
                                                    const std::vector<TemplateId>& ids) {
  return TemplatesOf(tx.Exec(kSelectTemplates, pg::IdArray(ids)));
}

std::vector<Stored<AnswerTemplate>> FindTemplates(pg::Tx& tx, const TemplateQuery& query) {
  return TemplatesOf(
      tx.Exec(kFindTemplates, pg::NumberArray({query.states.begin(), query.states.end()}),
              pg::TextArray(query.category_ids), query.after_title, query.after_id, query.limit));
}

}  // namespace lienthong::hotline
