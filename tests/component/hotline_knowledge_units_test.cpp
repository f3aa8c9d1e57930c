// What the hotline knows when units are merged or split, on a real PostgreSQL.
#include "support/hotline_2025.hpp"
#include "support/hotline_knowledge.hpp"

namespace lienthong::hotline {
namespace {

v1::SaveArticleRequest DraftOf(KnowledgeStage& owner, const std::string& question,
                               const std::string& unit) {
  auto request = owner.Draft(question, "Theo quy định.");
  request.mutable_article()->set_unit_id(unit);
  return request;
}

v1::Article Get(HotlineOwner& owner, const std::string& id, const std::string& official) {
  v1::GetArticleRequest request;
  request.set_article_id(id);
  return owner.Do(&Knowledge::GetArticle, request, official);
}

std::string Column(HotlineOwner& owner, const std::string& id, const std::string& column) {
  return owner.Value("SELECT " + column + " FROM article WHERE id = '" + id + "'");
}

/// The unit that each article is found with.
std::map<std::string, std::string> UnitsFound(KnowledgeStage& owner) {
  std::map<std::string, std::string> units;
  const auto found = owner.Do(&Knowledge::FindArticles, KnowledgeStage::Query(""), "H09.01/guest");
  for (const v1::Article& one : found.articles()) units[one.id()] = one.unit_id();
  return units;
}

}  // namespace

TEST_CASE("hotline knowledge: an article goes to the unit that continues its own", "[hotline]") {
  KnowledgeStage owner;
  owner.SetCategory(
      HotlineOwner::NewCategory("TTHC.GIAY", v1::CATEGORY_KIND_PROCEDURE_QUESTION, 1, kTransport));
  const v1::Article article = owner.Publish(owner.Saved(DraftOf(owner, "Xe?", kTransport)));
  const v1::Article draft = owner.Saved(DraftOf(owner, "Tàu?", kTransport));
  const v1::Article other = owner.Publish(owner.Saved(DraftOf(owner, "Nhà?", kHomeAffairs)));
  owner.clock_.Advance(std::chrono::minutes(1));
  owner.CloseUnit(kTransport, {kConstruction});
  // Before anything is moved.
  CHECK(Get(owner, article.id(), "H09.01/guest").unit_id() == kConstruction);
  CHECK(UnitsFound(owner).at(article.id()) == kConstruction);
  auto late = owner.Draft("Phà?", "Theo quy định.");
  late.mutable_article()->set_category_id("TTHC.GIAY");
  CHECK(owner.Saved(late).unit_id() == kConstruction);

  owner.RunClock();
  owner.RunClock();
  for (const std::string& id : {article.id(), draft.id()}) {
    CHECK(Column(owner, id, "unit_id") == kConstruction);
  }
  CHECK(owner.Events(article.id()) == "ArticleSaved ArticlePublished ArticleMoved");
  CHECK(owner.Events(draft.id()) == "ArticleSaved ArticleMoved");
  CHECK(owner.Events(other.id()) == "ArticleSaved ArticlePublished");
  // It says what it said, and is in force as it was.
  v1::Article moved = Get(owner, article.id(), "H09.01/guest");
  CHECK(moved.version() == article.version() + 1);
  moved.set_version(article.version()), moved.set_unit_id(kTransport);
  CHECK(moved.SerializeAsString() == article.SerializeAsString());
  CHECK(owner.SeenBy(article.id()) == "*");
  CHECK(owner.SeenBy(draft.id()) == kCentreUnit);
  CHECK(owner.Find("xe", kOperator) == std::vector<std::string>{"Xe?"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: an article of a unit that was split waits for a person",
          "[hotline]") {
  KnowledgeStage owner;
  owner.SetCategory(
      HotlineOwner::NewCategory("TTHC.GIAY", v1::CATEGORY_KIND_PROCEDURE_QUESTION, 1, kTransport));
  const v1::Article article = owner.Publish(owner.Saved(DraftOf(owner, "Xe?", kTransport)));
  owner.CloseUnit(kTransport, {kConstruction, kHomeAffairs});
  owner.RunClock();
  CHECK(owner.Events(article.id()) == "ArticleSaved ArticlePublished");
  // It still answers; nobody is shown a unit that there is not.
  CHECK(Get(owner, article.id(), "H09.01/guest").unit_id().empty());
  CHECK(UnitsFound(owner) == std::map<std::string, std::string>{{article.id(), ""}});
  auto change = DraftOf(owner, "Xe?", kTransport);
  change.mutable_article()->set_id(article.id());
  const Outcome closed{grpc::INVALID_ARGUMENT, "UNIT_CLOSED"};
  CHECK(owner.Try(&Knowledge::SaveArticle, change, kOperator) == closed);
  change.mutable_article()->clear_unit_id();
  change.mutable_article()->set_category_id("TTHC.GIAY");
  CHECK(owner.Try(&Knowledge::SaveArticle, change, kOperator) == closed);
  change.mutable_article()->set_unit_id(kHomeAffairs);
  owner.Publish(owner.Saved(change));
  CHECK(UnitsFound(owner).at(article.id()) == kHomeAffairs);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: articles and templates are kept by who runs the hotline now",
          "[hotline]") {
  KnowledgeStage owner;
  const v1::Article article = owner.Published("Đã đăng?", "Theo quy định.");
  const v1::Article draft = owner.Saved(owner.Draft("Nháp?", "Theo quy định."));
  const v1::AnswerTemplate letter = owner.SavedTemplate("Chào", "Kính gửi {unit}");
  const auto kept_by = [&](const std::string& unit) {
    return owner.Value(
        "SELECT count(*) FROM (SELECT keeper_unit_id FROM article UNION ALL SELECT"
        " keeper_unit_id FROM answer_template) k WHERE keeper_unit_id = '" +
        unit + "'");
  };
  SECTION("the unit that continues the centre") {
    owner.CloseUnit(kCentreUnit, {kConstruction});
    owner.RunClock();
    CHECK(kept_by(kConstruction) == "3");
    CHECK(owner.SeenBy(draft.id()) == kConstruction);
    CHECK(owner.SeenBy(letter.id()) == kConstruction);
    CHECK(owner.Events(letter.id()).ends_with(" AnswerTemplateMoved"));
  }
  SECTION("of a centre that was split: the one that the province names") {
    owner.CloseUnit(kCentreUnit, {kConstruction, kTransport});
    owner.RunClock();
    CHECK(kept_by(kCentreUnit) == "3");
    CHECK(owner.SeenBy(draft.id()).empty());
    owner.SetCentreUnit(kHomeAffairs);
    owner.RunClock();
    owner.RunClock();
    CHECK(kept_by(kHomeAffairs) == "3");
    CHECK(owner.SeenBy(draft.id()) == kHomeAffairs);
    CHECK(owner.SeenBy(letter.id()) == kHomeAffairs);
    CHECK(owner.Events(letter.id()) == "AnswerTemplateSaved AudienceChanged AnswerTemplateMoved");
  }
  CHECK(owner.SeenBy(article.id()) == "*");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline 2025: articles of merged departments and communes go on, of split ones wait",
          "[hotline]") {
  Province2025 province;
  HotlineOwner& owner = province.owner;
  Closings closings = ClosingDepartments();
  const Closings communes = ClosingCommunes();
  std::map<std::string, std::string> article_of;
  const auto add = [&](const std::string& unit) {
    article_of[unit] = owner
                           .Step(&Knowledge::SaveArticle, kOperator,
                                 [&](auto& request) {
                                   v1::Article& article = *request.mutable_article();
                                   article.set_category_id("HATANG.GIAOTHONG");
                                   article.set_question("Câu hỏi của " + unit);
                                   article.set_answer("Theo quy định.");
                                   article.set_unit_id(unit);
                                 })
                           .id();
  };
  for (const auto& [unit, heirs] : closings) add(unit);
  for (const auto& [unit, heirs] : communes) add(unit);
  province.Reorganise(closings, kDepartmentsChange);
  province.Settle();
  province.Reorganise(communes, kCommunesChange);
  province.Settle();
  closings.insert(communes.begin(), communes.end());
  for (const auto& [unit, heirs] : closings) {
    INFO(unit);
    const std::string& id = article_of.at(unit);
    CHECK(Column(owner, id, "unit_id") == (heirs.size() == 1 ? heirs.front() : unit));
    CHECK(Column(owner, id, "keeper_unit_id") == kScience);
    CHECK(Get(owner, id, kScience + "/guest").unit_id() ==
          (heirs.size() == 1 ? heirs.front() : std::string()));
  }
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
