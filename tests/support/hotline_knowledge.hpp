#pragma once

#include <string>
#include <vector>

#include "support/hotline_owner.hpp"

/// The hotline with a group of procedure questions, as tests of its knowledge base see it.
namespace lienthong::hotline {

inline const std::string kElsewhere =
    "H09.09/operator";  // as much as the centre's, but not the centre

inline const Outcome kArticleState{grpc::FAILED_PRECONDITION, "ARTICLE_STATE"};
inline const Outcome kTemplateState{grpc::FAILED_PRECONDITION, "TEMPLATE_STATE"};
inline const Outcome kNotTheCentre{grpc::PERMISSION_DENIED, "NOT_THE_CENTRE"};

/// With the group TTHC and two categories of it.
class KnowledgeStage final : public HotlineOwner {
 public:
  KnowledgeStage() {
    for (const char* id : {"TTHC", "TTHC.HUONGDAN", "TTHC.HOSO"}) {
      SetCategory(
          NewCategory(id, v1::CATEGORY_KIND_PROCEDURE_QUESTION, 1, std::string(kOfficeOfProvince)));
    }
  }

  v1::SaveArticleRequest Draft(const std::string& question, const std::string& answer) {
    auto request = New<v1::SaveArticleRequest>();
    request.mutable_article()->set_category_id("TTHC.HUONGDAN");
    request.mutable_article()->set_question(question);
    request.mutable_article()->set_answer(answer);
    return request;
  }
  v1::Article Saved(const v1::SaveArticleRequest& request) {
    return Do(&Knowledge::SaveArticle, request, kOperator);
  }
  v1::Article Publish(const v1::Article& article) {
    return Step(&Knowledge::PublishArticle, kApprover,
                [&](auto& r) { r.set_article_id(article.id()); });
  }
  v1::Article Published(const std::string& question, const std::string& answer) {
    return Publish(Saved(Draft(question, answer)));
  }
  v1::AnswerTemplate SavedTemplate(const std::string& title, const std::string& text,
                                   const std::string& category = "") {
    return Step(&Knowledge::SaveTemplate, kOperator, [&](auto& r) {
      r.mutable_answer_template()->set_title(title);
      r.mutable_answer_template()->set_text(text);
      r.mutable_answer_template()->set_category_id(category);
    });
  }
  v1::AnswerTemplate PublishedTemplate(const std::string& title, const std::string& text,
                                       const std::string& category = "") {
    const std::string id = SavedTemplate(title, text, category).id();
    return Step(&Knowledge::PublishTemplate, kApprover, [&](auto& r) { r.set_template_id(id); });
  }

  static v1::FindArticlesRequest Query(const std::string& text) {
    v1::FindArticlesRequest request;
    request.set_text(text);
    return request;
  }
  /// Questions of what is found, in order.
  std::vector<std::string> Find(const v1::FindArticlesRequest& request,
                                const std::string& official = kElsewhere) {
    std::vector<std::string> questions;
    const auto found = Do(&Knowledge::FindArticles, request, official);
    for (const v1::Article& article : found.articles()) questions.push_back(article.question());
    return questions;
  }
  std::vector<std::string> Find(const std::string& text, const std::string& official = kElsewhere) {
    return Find(Query(text), official);
  }
  Outcome TryGet(const std::string& id, const std::string& official) {
    v1::GetArticleRequest get;
    get.set_article_id(id);
    return Try(&Knowledge::GetArticle, get, official);
  }
  Outcome TryHistory(const std::string& type, const std::string& id, const std::string& official) {
    journal::v1::ListRecordHistoryRequest request;
    request.set_record_type(type);
    request.set_record_id(id);
    return Try(&JournalStub::ListRecordHistory, request, official);
  }
  Outcome TryAnswer(const std::string& ticket, const std::string& article,
                    const std::string& answer_template = "",
                    const std::string& official = kOperator) {
    return TryStep(&Tickets::AnswerTicket, official, [&](auto& r) {
      r.set_ticket_id(ticket);
      r.set_answer("Theo bài viết.");
      r.set_article_id(article);
      r.set_template_id(answer_template);
    });
  }
  v1::Ticket TicketOf(const std::string& id, const std::string& official = kOperator) {
    v1::GetTicketRequest get;
    get.set_ticket_id(id);
    return Do(&Tickets::GetTicket, get, official);
  }
};

}  // namespace lienthong::hotline
