#include "hotline/service_knowledge.hpp"

#include <utility>

#include "hotline/service_requests.hpp"
#include "platform/base/search_words.hpp"
#include "platform/base/text.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

constexpr int kKnowledgeStatesMax = 10;

std::optional<std::chrono::year_month_day> ToDay(const std::string& text,
                                                 const std::string& field) {
  if (text.empty()) return std::nullopt;
  return base::CheckDay(text, field);
}

/// What somebody wrote; category and unit are not checked.
Article ToArticle(const v1::Article& message, const std::string& field) {
  Article article;
  article.category_id = message.category_id();
  article.question =
      base::CheckText(message.question(), field + ".question", kArticleQuestionCharactersMax, true);
  article.answer = CheckLongText(message.answer(), field + ".answer");
  if (message.keywords_size() > static_cast<int>(kKeywordsMax)) {
    throw base::InvalidField(field + ".keywords", "at most " + std::to_string(kKeywordsMax));
  }
  for (const std::string& keyword : message.keywords()) {
    article.keywords.push_back(
        base::CheckText(keyword, field + ".keywords", kKeywordCharactersMax, true));
  }
  article.legal_basis = base::CheckText(message.legal_basis(), field + ".legal_basis",
                                        kLegalBasisCharactersMax, false);
  article.valid_from = ToDay(message.valid_from(), field + ".valid_from");
  article.valid_to = ToDay(message.valid_to(), field + ".valid_to");
  if (article.valid_from && article.valid_to && *article.valid_to < *article.valid_from) {
    throw base::InvalidField(field + ".valid_to", "is before the first day");
  }
  article.unit_id = message.unit_id();
  return article;
}

/// Empty while nobody continues it.
std::string UnitToday(const std::string& unit_id, const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(unit_id);
  return heir == nullptr ? std::string() : heir->id();
}

/// With the unit of today that answers for it.
v1::Article Shown(const Stored<Article>& stored, const Sight& sight) {
  v1::Article message = ToMessage(stored.value, stored.version);
  message.set_unit_id(UnitToday(stored.value.unit_id, sight.Sharing()));
  return message;
}

/// "<rank> <time> <id>" of the last one.
std::string PositionOf(const FoundArticle& found) {
  const Article& article = found.stored.value;
  return found.rank + " " + base::FormatTime(article.updated_at) + " " + article.id.text;
}

ArticlePlace ToPlace(const std::string& position) {
  if (position.empty()) return {};
  const std::size_t first = position.find(' '), second = position.find(' ', first + 1);
  return {position.substr(0, first),
          base::ParseTime(position.substr(first + 1, second - first - 1)),
          position.substr(second + 1)};
}

}  // namespace

std::string RequireCentre(const Sight& sight) {
  if (!sight.IsCentre()) {
    throw base::Denied("NOT_THE_CENTRE", "for the unit that runs the hotline alone");
  }
  return KeeperOf(sight.TheRules(), nullptr, "", sight.Sharing());
}

std::vector<int> ToStates(const google::protobuf::RepeatedField<int>& states, const Sight& sight) {
  if (states.empty()) return {static_cast<int>(KnowledgeState::kPublished)};
  if (states.size() > kKnowledgeStatesMax) throw base::InvalidField("states", "too many");
  RequireCentre(sight);
  return {states.begin(), states.end()};
}

AnswerSource FindArticleSource(Tx& tx, const std::string& id, const Call& call,
                               const Sight& sight) {
  if (id.empty()) return {};
  const auto found =
      base::IsRecordId(id) ? SelectKnowledge(tx, {ArticleId{id}}) : std::vector<Stored<Article>>();
  if (found.empty() || !sight.Sees(found.front().value)) {
    throw base::Invalid("ARTICLE_UNKNOWN", "article_id", "no such article");
  }
  RequireInForce(found.front().value, base::DayInVietnam(call.time));
  return {id, found.front().version};
}

v1::Article KnowledgeService::SaveArticle(const Call& call, const v1::SaveArticleRequest& request) {
  return Save<v1::Article>(
      call, request, request.article().id(), ToArticle(request.article(), "article"),
      "ArticleSaved", [&](Article& article, const Sight& sight) {
        const Category& category =
            sight.TheRules().TheCategory(article.category_id, "article.category_id");
        if (article.unit_id.empty()) {
          const auto* const heir = sight.Sharing().HeirOf(category.default_unit_id);
          article.unit_id = heir == nullptr ? category.default_unit_id : heir->id();
        }
        RequireActive(article.unit_id, call, sight.Sharing(), sight.Directory(), "article.unit_id");
      });
}

v1::Article KnowledgeService::PublishArticle(const Call& call,
                                             const v1::PublishArticleRequest& request) {
  return Step<v1::Article>(
      call, request, ToId<ArticleId>(request.article_id()), "ArticlePublished",
      [&](Article& article) { Publish(article, base::DayInVietnam(call.time)); });
}

v1::Article KnowledgeService::RetireArticle(const Call& call,
                                            const v1::RetireArticleRequest& request) {
  return Step<v1::Article>(call, request, ToId<ArticleId>(request.article_id()), "ArticleRetired",
                           [](Article& article) { Retire(article); });
}

v1::Article KnowledgeService::GetArticle(const Call& call, const v1::GetArticleRequest& request) {
  const auto id = ToId<ArticleId>(request.article_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    const auto found = TheOne(SelectKnowledge(tx, {id}));
    if (!sight.Sees(found.value)) throw base::NotFound();
    return Shown(found, sight);
  });
}

v1::FindArticlesResponse KnowledgeService::FindArticles(const Call& call,
                                                        const v1::FindArticlesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  ArticleQuery query;
  query.words = base::SearchQuery(request.text(), "text");
  if (request.states().empty()) query.on_day = base::DayInVietnam(call.time);
  query.after = ToPlace(parts_.tokens.Read(call, request));
  query.limit = size + 1;
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    query.states = ToStates(request.states(), sight);
    query.category_ids = CategoriesOf(sight.TheRules(), request.category_id());
    v1::FindArticlesResponse response;
    FillPage(
        hotline::FindArticles(tx, query), size, response.mutable_articles(),
        [&](const FoundArticle& found) { return Shown(found.stored, sight); },
        [&](const FoundArticle& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, PositionOf(last)));
        });
    return response;
  });
}

}  // namespace lienthong::hotline
