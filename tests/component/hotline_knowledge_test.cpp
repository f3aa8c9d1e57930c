// What the hotline knows: articles, found by everyone, changed by the centre.
#include <set>
#include <thread>

#include "support/hotline_knowledge.hpp"

namespace lienthong::hotline {
namespace {

using Questions = std::vector<std::string>;

TEST_CASE("hotline knowledge: found with and without diacritics, the best match first",
          "[hotline]") {
  KnowledgeStage owner;
  const std::string moved = "Chuyển hộ khẩu cần giấy tờ gì?", birth = "Đăng ký khai sinh ở đâu?",
                    split = "Tách hộ mất bao lâu?";
  auto keyed = owner.Draft(split, "Trong thời hạn luật định.");
  keyed.mutable_article()->add_keywords("sổ hộ khẩu");
  owner.Published(moved, "Mang theo giấy tờ tùy thân.");
  owner.Publish(owner.Saved(keyed));
  owner.clock_.Advance(std::chrono::seconds(1));
  owner.Published(birth, "Ở xã nơi có hộ khẩu của cha hoặc mẹ.");

  // In the question, in a keyword, in the answer: so, though the last is the newest.
  for (const char* text : {"ho khau", "hộ khẩu", "HỘ KHẨU", "khẩu, hộ", "ho kha"}) {
    CAPTURE(text);
    CHECK(owner.Find(text) == Questions{moved, split, birth});
  }
  CHECK(owner.Find("đăng kí khai sinh").empty());  // another word
  CHECK(owner.Find("dang ky khai sinh") == Questions{birth});
  CHECK(owner.Find("hộ khẩu thường trú").empty());  // all of the words
  CHECK(owner.Find("").front() == birth);           // without words the newest first
  CHECK(owner.Find("").size() == 3);

  // A category, or all of its group.
  auto dossier = owner.Draft("Hồ sơ của tôi đến đâu?", "Tra cứu bằng mã hồ sơ.");
  dossier.mutable_article()->set_category_id("TTHC.HOSO");
  owner.Publish(owner.Saved(dossier));
  const auto in = [&](const char* category) {
    auto query = KnowledgeStage::Query("");
    query.set_category_id(category);
    return owner.Find(query).size();
  };
  CHECK(in("TTHC.HOSO") == 1);
  CHECK(in("TTHC.HUONGDAN") == 3);
  CHECK(in("TTHC") == 4);
  CHECK(in("HATANG") == 0);
  auto unknown = KnowledgeStage::Query("");
  unknown.set_category_id("X");
  CHECK(owner.Try(&Knowledge::FindArticles, unknown, kElsewhere) ==
        Outcome{grpc::INVALID_ARGUMENT, "CATEGORY_UNKNOWN"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: drafts and retired ones are the centre's, published ones everyone's",
          "[hotline]") {
  KnowledgeStage owner;
  const std::string question = "Tạm trú bao lâu?";
  const v1::Article draft = owner.Saved(owner.Draft(question, "Mười hai tháng."));
  CHECK(draft.state() == v1::KNOWLEDGE_STATE_DRAFT);
  CHECK(draft.unit_id() == kOfficeOfProvince);  // of the category
  CHECK(draft.author_official_id() == kOperator);
  const auto is_centres = [&] {
    CHECK(owner.SeenBy(draft.id()) == kCentreUnit);
    CHECK(owner.Find("tam tru").empty());
    CHECK(owner.Find("tam tru", kOperator).empty());
    CHECK(owner.TryGet(draft.id(), kElsewhere) == kNotFound);
    CHECK(owner.TryHistory("article", draft.id(), kElsewhere) == kNotFound);
    CHECK(owner.TryGet(draft.id(), "H09.03/guest") == kDone);
    CHECK(owner.TryHistory("article", draft.id(), kOperator) == kDone);
  };
  auto all = KnowledgeStage::Query("tam tru");
  all.add_states(v1::KNOWLEDGE_STATE_DRAFT);
  all.add_states(v1::KNOWLEDGE_STATE_RETIRED);
  is_centres();
  CHECK(owner.Find(all, kOperator) == Questions{question});
  CHECK(owner.Try(&Knowledge::FindArticles, all, kElsewhere) == kNotTheCentre);

  const v1::Article published = owner.Publish(draft);
  CHECK(published.version() == 2);
  CHECK(owner.SeenBy(draft.id()) == "*");
  CHECK(owner.Find("tam tru") == Questions{question});
  CHECK(owner.Find(all, kOperator).empty());
  CHECK(owner.TryGet(draft.id(), "H09.718.25747/guest") == kDone);
  CHECK(owner.TryHistory("article", draft.id(), kElsewhere) == kDone);
  // A service finds it as well, for the citizens.
  auto& service = owner.StubOf<Knowledge>("service-registry");
  v1::FindArticlesResponse found;
  CHECK(support::CallAs(service, &Knowledge::FindArticles, KnowledgeStage::Query("tạm trú"), &found,
                        "") == kDone);
  CHECK(found.articles_size() == 1);
  CHECK(support::CallAs(service, &Knowledge::FindArticles, all, &found, "") == kNotTheCentre);

  // Changed, it is out of everyone's sight until it is published again.
  auto change = owner.Draft(question, "Hai mươi bốn tháng.");
  change.mutable_article()->set_id(draft.id());
  change.set_expected_version(published.version());
  CHECK(owner.Saved(change).version() == 3);
  is_centres();
  owner.Publish(draft);
  CHECK(owner.Find("tam tru") == Questions{question});
  owner.Step(&Knowledge::RetireArticle, kApprover, [&](auto& r) { r.set_article_id(draft.id()); });
  is_centres();
  CHECK(owner.Find(all, kOperator) == Questions{question});

  const std::string id = owner.SavedTemplate("Chào", "Kính gửi {unit}").id();
  CHECK(owner.SeenBy(id) == kCentreUnit);
  CHECK(owner.TryHistory("answer-template", id, kElsewhere) == kNotFound);
  owner.Step(&Knowledge::PublishTemplate, kApprover, [&](auto& r) { r.set_template_id(id); });
  CHECK(owner.SeenBy(id) == "*");
  owner.Step(&Knowledge::RetireTemplate, kApprover, [&](auto& r) { r.set_template_id(id); });
  CHECK(owner.SeenBy(id) == kCentreUnit);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: what is not valid today is found only where it is kept",
          "[hotline]") {
  KnowledgeStage owner;
  const std::string old_rule = "Lệ phí cũ?", new_rule = "Lệ phí mới?";
  const auto save = [&](const std::string& question, const char* from, const char* to) {
    auto request = owner.Draft(question, "Theo nghị quyết.");
    request.mutable_article()->set_valid_from(from);
    request.mutable_article()->set_valid_to(to);
    return owner.Publish(owner.Saved(request));
  };
  save(old_rule, "2019-01-01", "2019-07-10");
  owner.clock_.Advance(std::chrono::seconds(1));
  save(new_rule, "2019-07-11", "");
  // By the day in Vietnam, both ends included: the owner's day is 10 July until 17:00 UTC.
  CHECK(owner.Find("le phi") == Questions{old_rule});
  CHECK(owner.Find("le phi", kOperator) == Questions{old_rule});
  owner.MoveClockTo("2019-07-10T16:59:59Z");
  CHECK(owner.Find("") == Questions{old_rule});
  owner.MoveClockTo("2019-07-10T17:00:00Z");
  CHECK(owner.Find("le phi") == Questions{new_rule});
  CHECK(owner.Find("", kOperator) == Questions{new_rule});
  auto all = KnowledgeStage::Query("le phi");
  all.add_states(v1::KNOWLEDGE_STATE_PUBLISHED);
  CHECK(owner.Find(all, kOperator) == Questions{new_rule, old_rule});
  // It cannot be published any more.
  auto late = owner.Draft("Muộn?", "Đã hết hiệu lực.");
  late.mutable_article()->set_valid_to("2019-07-10");
  const v1::Article draft = owner.Saved(late);
  CHECK(owner.TryStep(&Knowledge::PublishArticle, kApprover,
                      [&](auto& r) { r.set_article_id(draft.id()); }) == kArticleState);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: a repeated request gives one article", "[hotline]") {
  KnowledgeStage owner;
  const auto request = owner.Draft("Khai tử ở đâu?", "Ở xã.");
  std::vector<v1::Article> answers(8);
  std::vector<Outcome> outcomes(8);
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      callers.emplace_back([&, i] {
        outcomes[i] = owner.Call(&Knowledge::SaveArticle, request, &answers[i], kOperator);
      });
    }
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(outcomes[i] == kDone);
    CHECK(answers[i].SerializeAsString() == answers[0].SerializeAsString());
  }
  CHECK(owner.Count("article") == "1");
  auto other = request;
  other.mutable_article()->set_answer("Ở huyện.");
  CHECK(owner.Try(&Knowledge::SaveArticle, other, kOperator) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_REUSED"});
  // The first load comes from `ops`; a repeat of it is answered alike.
  const auto load = owner.Draft("Kết hôn ở đâu?", "Ở xã.");
  const auto loaded = owner.Do(&Knowledge::SaveArticle, load, "");
  CHECK(loaded.author_official_id().empty());
  CHECK(loaded.keeper_unit_id() == kCentreUnit);
  CHECK(owner.Do(&Knowledge::SaveArticle, load, "").SerializeAsString() ==
        loaded.SerializeAsString());
  CHECK(owner.Count("article") == "2");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: only the centre changes it, and only as its state allows",
          "[hotline]") {
  KnowledgeStage owner;
  const auto refused = [&](const auto& change) {
    auto request = owner.Draft("Câu hỏi?", "Trả lời.");
    change(*request.mutable_article());
    return owner.Try(&Knowledge::SaveArticle, request, kOperator);
  };
  CHECK(refused([](auto& a) { a.set_question(" "); }) == kFieldInvalid);
  CHECK(refused([](auto& a) { a.set_answer(""); }) == kFieldInvalid);
  CHECK(refused([](auto& a) { a.add_keywords(""); }) == kFieldInvalid);
  CHECK(refused([](auto& a) { a.set_valid_to("2019-02-30"); }) == kFieldInvalid);
  CHECK(refused([](auto& a) {
          a.set_valid_from("2019-07-02");
          a.set_valid_to("2019-07-01");
        }) == kFieldInvalid);
  CHECK(refused([](auto& a) { a.set_category_id(""); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "CATEGORY_UNKNOWN"});
  CHECK(refused([](auto& a) { a.set_unit_id("H09.77"); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "UNIT_UNKNOWN"});
  CHECK(refused([&](auto& a) { a.set_id(owner.NewId()); }) == kNotFound);
  CHECK(owner.Count("article") == "0");

  const v1::Article article = owner.Published("Câu hỏi?", "Trả lời.");
  const auto save_as = [&](const std::string& official, std::int64_t version) {
    auto request = owner.Draft("Câu hỏi khác?", "Trả lời.");
    request.mutable_article()->set_id(article.id());
    request.set_expected_version(version);
    return owner.Try(&Knowledge::SaveArticle, request, official);
  };
  const auto publish_as = [&](const std::string& official) {
    return owner.TryStep(&Knowledge::PublishArticle, official,
                         [&](auto& r) { r.set_article_id(article.id()); });
  };
  const auto retire_as = [&](const std::string& official) {
    return owner.TryStep(&Knowledge::RetireArticle, official,
                         [&](auto& r) { r.set_article_id(article.id()); });
  };
  CHECK(save_as(kElsewhere, 2) == kNotTheCentre);
  CHECK(owner.Try(&Knowledge::SaveArticle, owner.Draft("Của ai?", "Của sở."), kElsewhere) ==
        kNotTheCentre);
  CHECK(retire_as("H09.09/approver") == kNotTheCentre);
  CHECK(publish_as("H09.09/approver") == kNotTheCentre);
  CHECK(save_as(kApprover, 2).code == grpc::PERMISSION_DENIED);
  CHECK(publish_as(kOperator).code == grpc::PERMISSION_DENIED);
  CHECK(save_as(kOperator, 1) == Outcome{grpc::ABORTED, "VERSION_STALE"});
  CHECK(publish_as(kApprover) == kArticleState);  // it is
  CHECK(owner.Events(article.id()) == "ArticleSaved ArticlePublished");
  CHECK(retire_as(kApprover) == kDone);
  CHECK(retire_as(kApprover) == kArticleState);
  CHECK(save_as(kOperator, 3) == kArticleState);
  CHECK(publish_as(kApprover) == kArticleState);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: fifty published articles are paged without loss", "[hotline]") {
  KnowledgeStage owner;
  for (int i = 0; i < 50; ++i) {
    // Some at the same moment; every tenth matches better.
    if (i % 3 == 0) owner.clock_.Advance(std::chrono::seconds(1));
    const std::string number = std::to_string(i);
    owner.Published("Giấy tờ số " + number + "?", i % 10 == 0 ? "Giấy tờ, giấy tờ." : "Ở xã.");
  }
  owner.Saved(owner.Draft("Giấy tờ nháp?", "Chưa."));
  for (const char* text : {"", "giay to"}) {
    for (const int size : {1, 7, 50, 200}) {
      CAPTURE(text, size);
      auto query = KnowledgeStage::Query(text);
      query.set_page_size(size);
      std::vector<std::string> seen;
      int pages = 0;
      do {
        const auto page = owner.Do(&Knowledge::FindArticles, query, kElsewhere);
        CHECK(page.articles_size() <= size);
        for (const v1::Article& one : page.articles()) seen.push_back(one.question());
        query.set_page_token(page.next_page_token());
        REQUIRE(++pages <= 50);
      } while (!query.page_token().empty());
      CHECK(seen.size() == 50);
      CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 50);
      // As one list.
      CHECK(seen == owner.Find([&] {
        auto whole = KnowledgeStage::Query(text);
        whole.set_page_size(200);
        return whole;
      }()));
      if (*text != '\0') {
        std::set<std::string> best(seen.begin(), seen.begin() + 5);
        CHECK(best == std::set<std::string>{"Giấy tờ số 0?", "Giấy tờ số 10?", "Giấy tờ số 20?",
                                            "Giấy tờ số 30?", "Giấy tờ số 40?"});
      }
    }
  }
  CHECK(owner.Defects().empty());
}

}  // namespace
}  // namespace lienthong::hotline
