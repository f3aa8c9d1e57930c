// In which language citizens are told, on a real PostgreSQL.
#include "support/hotline_messages.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

/// An intake of who wants to be told in the language.
v1::OpenTicketResponse OpenIn(MessageStage& stage, const std::string& language,
                              const std::string& phone, const std::string& email,
                              const std::string& join = "") {
  auto request = Appeal(stage.owner);
  request.mutable_caller()->set_phone(phone);
  request.mutable_caller()->set_email(email);
  request.mutable_caller()->set_language(language);
  request.set_join_ticket_id(join);
  return Opened(stage.owner, request);
}

std::string LanguageOf(MessageStage& stage, const std::string& report_id) {
  v1::GetReporterRequest request;
  request.set_report_id(report_id);
  request.set_purpose("Gọi lại");
  return stage.owner.Do(&Tickets::GetReporter, request, kOperator).language();
}

std::vector<std::string> SaidTo(const FakeProvider& provider, const std::string& address) {
  std::vector<std::string> texts;
  for (const Outgoing& one : provider.taken) {
    if (one.address == address) texts.push_back(one.text);
  }
  return texts;
}

TEST_CASE("hotline languages: a joined caller is told in the language of the own report",
          "[hotline]") {
  MessageStage stage;
  const auto first = OpenIn(stage, "", "0912345678", "");
  const std::string id = first.ticket().id();
  const auto second = OpenIn(stage, "en", "0987654321", "", id);
  const auto third = OpenIn(stage, "en", "", "three@example.com", id);
  CHECK(LanguageOf(stage, first.report().id()) == "vi");
  CHECK(LanguageOf(stage, second.report().id()) == "en");
  Routed(stage.owner, id, {});
  stage.Accept(id);
  stage.sender.RunDue();
  stage.Extend(id, "2019-08-07");
  stage.sender.RunDue();
  stage.Answered(id);
  stage.Publish(id);
  stage.sender.RunDue();
  const auto in_english = [](const std::string& code) {
    return std::vector<std::string>{
        "1022 has received your report. Its code: " + code + ". Please do not share it.",
        "Report " + code + " takes more time. The new date: 7 August 2019. Thank you, 1022.",
        "Report " + code + " has been answered. Look it up with this code or call 1022."};
  };
  CHECK(SaidTo(stage.sms, "+84987654321") == in_english(second.code()));
  CHECK(SaidTo(stage.mail, "three@example.com") == in_english(third.code()));
  REQUIRE(stage.mail.Count() == 3);
  CHECK(stage.mail.taken[1].subject == "1022: more time needed");
  const auto in_vietnamese = SaidTo(stage.sms, kPhone);
  REQUIRE(in_vietnamese.size() == 3);
  CHECK(in_vietnamese[1].find("Thời hạn mới: 07/08/2019.") != std::string::npos);
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline languages: each thing citizens are told has a text in each language",
          "[hotline]") {
  MessageStage stage;
  for (const auto& [language, unanswered_at] :
       {std::pair("vi", "2019-07-16T01:00:00Z"), std::pair("en", "2019-07-20T01:00:00Z")}) {
    CAPTURE(language);
    const std::size_t said = stage.sms.Count();
    const std::string id = OpenIn(stage, language, "0912345678", "").ticket().id();
    Routed(stage.owner, id, {});
    stage.Accept(id);
    stage.sender.RunDue();
    stage.Ask(id);
    stage.sender.RunDue();
    stage.owner.RunClockAt(unanswered_at);
    stage.sender.RunDue();
    stage.Extend(id, "2019-08-14");
    stage.sender.RunDue();
    stage.Answered(id);
    stage.owner.Step(&Tickets::KeepPrivate, kApprover, [&](auto& r) { r.set_ticket_id(id); });
    stage.sender.RunDue();
    stage.owner.Step(&Tickets::ReopenTicket, kOperator, [&](auto& r) {
      r.set_ticket_id(id);
      r.set_reason("Chưa vá");
    });
    stage.sender.RunDue();
    stage.owner.Step(&Tickets::RejectTicket, kApprover, [&](auto& r) {
      r.set_ticket_id(id);
      r.set_reason("Trùng");
    });
    stage.sender.RunDue();
    REQUIRE(stage.sms.Count() == said + 7);
    for (std::size_t i = said; i < said + 7; ++i) {
      const std::string& text = stage.sms.taken[i].text;
      CAPTURE(text);
      CHECK((text.find("eport") != std::string::npos) == (std::string(language) == "en"));
    }
  }
}

TEST_CASE("hotline languages: the citizens' side has them too, others are refused", "[hotline]") {
  MessageStage stage;
  Portal portal(stage.owner);
  auto report = portal.Report();
  report.mutable_caller()->set_language("en");
  portal.Submitted(report);
  stage.sender.RunDue();
  CHECK(stage.sms.HasSaid("1022 has received your report."));
  for (const char* language : {"fr", "EN", "vi-VN"}) {
    auto other = portal.Report();
    other.mutable_caller()->set_language(language);
    CHECK(portal.Try(&Portal::Stub::SubmitReport, other) == kFieldInvalid);
    auto call = Appeal(stage.owner);
    call.mutable_caller()->set_language(language);
    CHECK(stage.owner.Try(&Tickets::OpenTicket, call, kOperator) == kFieldInvalid);
  }
  CHECK(stage.owner.Count("report") == "1");
}

}  // namespace
}  // namespace lienthong::hotline
