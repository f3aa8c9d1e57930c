// Templates of answers, and tickets that are answered from what the hotline knows.
#include "support/hotline_knowledge.hpp"

namespace lienthong::hotline {
namespace {

TEST_CASE("hotline knowledge: a template's slots are filled, others are refused", "[hotline]") {
  KnowledgeStage owner;
  const auto try_text = [&](const std::string& text) {
    return owner.TryStep(&Knowledge::SaveTemplate, kOperator, [&](auto& r) {
      r.mutable_answer_template()->set_title("Mẫu");
      r.mutable_answer_template()->set_text(text);
    });
  };
  for (const char* text : {"{code}", "{ unit}", "{Unit}", "{}", "a {unit", "a } b", "{{unit}}",
                           "{unit}}", "{phone} {unit}"}) {
    CAPTURE(text);
    CHECK(try_text(text) == Outcome{grpc::INVALID_ARGUMENT, "TEMPLATE_PLACEHOLDER"});
  }
  CHECK(owner.Count("answer_template") == "0");

  const std::string all = owner
                              .PublishedTemplate("Tiếp nhận",
                                                 "{category}: {unit} trả lời trước {due_date}.\n"
                                                 "{opened_date}/{today} [{ticket}]{category}")
                              .id();
  const auto render = [&](const std::string& id, const std::string& ticket,
                          const std::string& official = kOperator) {
    v1::RenderTemplateRequest request;
    request.set_template_id(id);
    request.set_ticket_id(ticket);
    v1::RenderTemplateResponse answer;
    const Outcome outcome = owner.Call(&Knowledge::RenderTemplate, request, &answer, official);
    return std::pair(outcome, answer);
  };
  const auto opened = Opened(owner, Appeal(owner));
  const std::string ticket = opened.ticket().id();
  owner.MoveClockTo("2019-07-11T01:00:00Z");
  // Before any unit has it: who keeps it, and the five working days of the category from now.
  CHECK(render(all, ticket).second.text() ==
        "Lĩnh vực HATANG.GIAOTHONG: Đơn vị H09.03 trả lời trước 18/07/2019.\n"
        "10/07/2019/11/07/2019 [" +
            ticket + "]Lĩnh vực HATANG.GIAOTHONG");
  Routed(owner, ticket, {kTransport, kWard});
  owner.MoveClockTo("2019-07-12T01:00:00Z");
  const auto rendered = render(all, ticket).second;
  CHECK(rendered.text() ==
        "Lĩnh vực HATANG.GIAOTHONG: Đơn vị H09.09, Đơn vị H09.718.25747 trả lời trước"
        " 18/07/2019.\n10/07/2019/12/07/2019 [" +
            ticket + "]Lĩnh vực HATANG.GIAOTHONG");
  CHECK(rendered.template_version() == 2);
  CHECK(rendered.text().find(opened.code()) == std::string::npos);

  // Of a ticket that another unit keeps, of a template that is not there for it, or no more.
  CHECK(render(all, ticket, kElsewhere).first == kNotFound);
  CHECK(render(owner.NewId(), ticket).first == kNotFound);
  auto complaint = Appeal(owner, "CBCC.NHUNGNHIEU");
  complaint.set_concerned_unit_id(kCentreUnit);
  const std::string kept_elsewhere = Opened(owner, complaint).ticket().id();
  const std::string draft = owner.SavedTemplate("Nháp", "{today}").id();
  CHECK(render(draft, ticket).first == kDone);
  CHECK(render(all, kept_elsewhere, "H09.18/named").first == kDone);
  CHECK(render(draft, kept_elsewhere, "H09.18/named").first == kNotFound);
  // What the ticket does not have.
  const std::string unclassified = Opened(owner, Appeal(owner, "")).ticket().id();
  CHECK(render(all, unclassified).first ==
        Outcome{grpc::FAILED_PRECONDITION, "TEMPLATE_VALUE_MISSING"});
  CHECK(render(draft, unclassified).first == kDone);
  // Units of today: one that was split is none, until somebody has taken its work over.
  const std::string units = owner.PublishedTemplate("Đơn vị", "{unit}").id();
  owner.CloseUnit(kTransport, {kConstruction, kHomeAffairs});
  CHECK(render(units, ticket).second.text() == "Đơn vị H09.718.25747");
  owner.CloseUnit(kWard, {kInspector});
  CHECK(render(units, ticket).second.text() == "Đơn vị H09.18");
  owner.Step(&Knowledge::RetireTemplate, kApprover, [&](auto& r) { r.set_template_id(all); });
  CHECK(render(all, ticket).first == kTemplateState);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: templates are listed by title for a category, its group and any",
          "[hotline]") {
  KnowledgeStage owner;
  owner.PublishedTemplate("C chung", "Chung.");
  owner.PublishedTemplate("A nhóm", "Nhóm.", "TTHC");
  owner.PublishedTemplate("B hướng dẫn", "Hướng dẫn.", "TTHC.HUONGDAN");
  owner.PublishedTemplate("D hạ tầng", "Hạ tầng.", "HATANG.GIAOTHONG");
  owner.SavedTemplate("E nháp", "Nháp.");
  const auto titles = [&](const std::string& category, int page_size = 0, bool drafts = false) {
    v1::ListTemplatesRequest request;
    request.set_category_id(category);
    request.set_page_size(page_size);
    if (drafts) request.add_states(v1::KNOWLEDGE_STATE_DRAFT);
    std::string joined;
    do {
      const auto page =
          owner.Do(&Knowledge::ListTemplates, request, drafts ? kOperator : kElsewhere);
      for (const auto& one : page.templates()) joined += one.title().substr(0, 1);
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return joined;
  };
  CHECK(titles("") == "ABCD");
  CHECK(titles("", 1) == "ABCD");
  CHECK(titles("TTHC.HUONGDAN") == "ABC");
  CHECK(titles("TTHC.HOSO") == "AC");
  CHECK(titles("TTHC") == "ABC");
  CHECK(titles("", 0, true) == "E");
  v1::ListTemplatesRequest drafts;
  drafts.add_states(v1::KNOWLEDGE_STATE_DRAFT);
  CHECK(owner.Try(&Knowledge::ListTemplates, drafts, kElsewhere) == kNotTheCentre);
  // As its state allows.
  const std::string id = owner.PublishedTemplate("F", "Văn bản.").id();
  const auto publish = [&] {
    return owner.TryStep(&Knowledge::PublishTemplate, kApprover,
                         [&](auto& r) { r.set_template_id(id); });
  };
  const auto retire = [&](const std::string& official = kApprover) {
    return owner.TryStep(&Knowledge::RetireTemplate, official,
                         [&](auto& r) { r.set_template_id(id); });
  };
  const auto save = [&](const std::string& official) {
    return owner.TryStep(&Knowledge::SaveTemplate, official, [&](auto& r) {
      r.mutable_answer_template()->set_id(id);
      r.mutable_answer_template()->set_title("F");
      r.mutable_answer_template()->set_text("Văn bản mới.");
    });
  };
  CHECK(publish() == kTemplateState);
  CHECK(save(kElsewhere) == kNotTheCentre);
  CHECK(save(kOperator) == kDone);  // a new version: a draft again
  CHECK(titles("") == "ABCD");
  CHECK(publish() == kDone);
  CHECK(titles("") == "ABCDF");
  CHECK(retire("H09.09/approver") == kNotTheCentre);
  CHECK(retire() == kDone);
  CHECK(retire() == kTemplateState);
  CHECK(save(kOperator) == kTemplateState);
  CHECK(publish() == kTemplateState);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: an answer names article and template, each in its version",
          "[hotline]") {
  KnowledgeStage owner;
  const v1::Article article = owner.Published("Chứng thực ở đâu?", "Ở xã hoặc huyện.");
  const std::string draft_id = owner.SavedTemplate("Thư", "Kính gửi bà.").id();
  owner.Step(&Knowledge::SaveTemplate, kOperator, [&](auto& r) {
    r.mutable_answer_template()->set_id(draft_id);
    r.mutable_answer_template()->set_title("Thư");
    r.mutable_answer_template()->set_text("Kính gửi ông bà.");
  });
  const v1::AnswerTemplate letter = owner.Step(&Knowledge::PublishTemplate, kApprover,
                                               [&](auto& r) { r.set_template_id(draft_id); });
  const std::string id = Opened(owner, Appeal(owner, "TTHC.HUONGDAN")).ticket().id();
  CHECK(owner.TryAnswer(id, article.id(), letter.id()) == kDone);
  // Both are changed after that; what was answered stays as it was.
  auto change = owner.Draft("Chứng thực ở đâu?", "Ở xã.");
  change.mutable_article()->set_id(article.id());
  owner.Saved(change);
  v1::Ticket ticket = owner.TicketOf(id);
  CHECK(ticket.answer_article_id() == article.id());
  CHECK(ticket.answer_article_version() == 2);
  CHECK(ticket.answer_template_id() == letter.id());
  CHECK(ticket.answer_template_version() == 3);
  // And every version can be read.
  journal::v1::ListRecordHistoryRequest request;
  request.set_record_type("article");
  request.set_record_id(article.id());
  std::map<std::int64_t, std::string> answers;
  const auto history = owner.Do(&JournalStub::ListRecordHistory, request, kOperator);
  for (const auto& one : history.changes()) {
    v1::Article then;
    journal::FromJson(one.state(), &then);
    answers[one.version()] = then.answer();
  }
  CHECK(answers == std::map<std::int64_t, std::string>{
                       {1, "Ở xã hoặc huyện."}, {2, "Ở xã hoặc huyện."}, {3, "Ở xã."}});

  // Given back and answered without: it names none.
  owner.Step(&Tickets::ReturnAnswer, kApprover, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_reason("Chưa đúng");
  });
  // Not from a draft, a retired one, one that there is not, nor one that is over.
  CHECK(owner.TryAnswer(id, article.id()) == kArticleState);
  CHECK(owner.TryAnswer(id, owner.NewId()) == Outcome{grpc::INVALID_ARGUMENT, "ARTICLE_UNKNOWN"});
  CHECK(owner.TryAnswer(id, "x") == Outcome{grpc::INVALID_ARGUMENT, "ARTICLE_UNKNOWN"});
  CHECK(owner.TryAnswer(id, "", owner.NewId()) ==
        Outcome{grpc::INVALID_ARGUMENT, "TEMPLATE_UNKNOWN"});
  auto ending = owner.Draft("Đến hôm nay?", "Hôm nay.");
  ending.mutable_article()->set_valid_to("2019-07-10");
  const std::string ended = owner.Publish(owner.Saved(ending)).id();
  owner.MoveClockTo("2019-07-11T01:00:00Z");
  CHECK(owner.TryAnswer(id, ended) == kArticleState);
  owner.Step(&Knowledge::RetireTemplate, kApprover,
             [&](auto& r) { r.set_template_id(letter.id()); });
  CHECK(owner.TryAnswer(id, "", letter.id()) == kTemplateState);
  CHECK(owner.TryAnswer(id, "") == kDone);
  ticket = owner.TicketOf(id);
  CHECK_FALSE(ticket.has_answer_article_id());
  CHECK_FALSE(ticket.has_answer_template_version());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: the answer of a unit is from no article", "[hotline]") {
  KnowledgeStage owner;
  const v1::Article article = owner.Published("Chứng thực ở đâu?", "Ở xã hoặc huyện.");
  const std::string id = Opened(owner, Appeal(owner, "TTHC.HUONGDAN")).ticket().id();
  CHECK(owner.TryAnswer(id, article.id()) == kDone);
  owner.Step(&Tickets::ReturnAnswer, kApprover, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_reason("Hỏi lại đơn vị");
  });
  CHECK(owner.TicketOf(id).answer_article_id() == article.id());  // as its answer: the last one
  Routed(owner, id, {kWard});
  owner.Step(&Assignments::AnswerAssignment, std::string(kWard) + "/handler", [&](auto& r) {
    r.set_assignment_id(AssignmentOf(owner, id, kWard).id());
    r.set_answer("Ở phường.");
  });
  const v1::Ticket ticket = owner.TicketOf(id);
  CHECK(ticket.answer() == "Ở phường.");
  CHECK_FALSE(ticket.has_answer_article_id());
  CHECK_FALSE(ticket.has_answer_article_version());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline knowledge: what a restricted answer was taken from is withheld with it",
          "[hotline]") {
  KnowledgeStage owner;
  const v1::Article draft = owner.Saved(owner.Draft("Tố cáo ở đâu?", "Ở thanh tra."));
  auto complaint = Appeal(owner, "CBCC.NHUNGNHIEU");
  complaint.set_concerned_unit_id(kCentreUnit);
  const std::string id = Opened(owner, complaint).ticket().id();
  const std::string keeper = "H09.18/named";
  // The centre's draft does not exist for who keeps the complaint about it.
  CHECK(owner.TryAnswer(id, draft.id(), "", keeper) ==
        Outcome{grpc::INVALID_ARGUMENT, "ARTICLE_UNKNOWN"});
  owner.Publish(draft);
  CHECK(owner.TryAnswer(id, draft.id(), "", keeper) == kDone);
  CHECK(owner.TicketOf(id, keeper).answer_article_id() == draft.id());
  CHECK_FALSE(owner.TicketOf(id, "H09.18/operator").has_answer_article_id());
  // What leaves the owner names it only for a ticket that its units may read.
  const auto naming = [&] {
    return owner.Value(
        "SELECT count(*) FROM journal WHERE record_type = 'ticket'"
        " AND states::text LIKE '%" +
        draft.id() + "%'");
  };
  CHECK(naming() == "0");
  const std::string open = Opened(owner, Appeal(owner, "TTHC.HUONGDAN")).ticket().id();
  CHECK(owner.TryAnswer(open, draft.id()) == kDone);
  CHECK(naming() == "1");
  CHECK(owner.Defects().empty());
}

}  // namespace
}  // namespace lienthong::hotline
