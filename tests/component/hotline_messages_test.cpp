// What citizens are told by the hotline, on a real PostgreSQL.
#include "support/hotline_messages.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::minutes;

TEST_CASE(
    "hotline messages: each joined caller hears the outcome once, with the own code and"
    " nothing of report or answer",
    "[hotline]") {
  MessageStage stage;
  const auto first = stage.Open();
  const std::string id = first.ticket().id();
  const auto second = stage.Open("0987654321", "two@example.com", id);
  const auto third = stage.Open("", "three@example.com", id);
  stage.Open("", "", id);  // anonymous: there is no address
  Routed(stage.owner, id, {});
  stage.Accept(id);
  stage.sender.RunDue();
  // Each has heard that his own report has arrived; nobody of the others'.
  CHECK(stage.sms.Count() == 2);
  CHECK(stage.mail.Count() == 1);
  stage.Answered(id);
  stage.sender.RunDue();
  CHECK(stage.sms.Count() == 2);  // not before it is decided what is said
  stage.Publish(id);
  stage.sender.RunDue();
  stage.sender.RunDue();
  REQUIRE(stage.sms.Count() == 4);
  REQUIRE(stage.mail.Count() == 2);
  CHECK(stage.States() == "6 sent");
  const auto said_to = [&](const FakeProvider& provider, const std::string& address) {
    std::vector<std::string> texts;
    for (const Outgoing& one : provider.taken) {
      if (one.address == address) texts.push_back(one.text);
    }
    return texts;
  };
  const auto check = [&](const std::vector<std::string>& texts, const std::string& code) {
    REQUIRE(texts.size() == 2);
    CHECK(texts[0] == "1022 đã tiếp nhận phản ánh của Ông/Bà. Mã tra cứu: " + code +
                          ". Vui lòng không chia sẻ mã này.");
    CHECK(texts[1] ==
          "Phản ánh " + code + " đã có kết quả xử lý. Vui lòng tra cứu bằng mã này hoặc gọi 1022.");
  };
  check(said_to(stage.sms, kPhone), first.code());
  check(said_to(stage.sms, "+84987654321"), second.code());
  check(said_to(stage.mail, "three@example.com"), third.code());
  CHECK_FALSE(stage.mail.taken[0].subject.empty());
  CHECK_FALSE(stage.sms.HasSaid("CANARY-7431"));
  CHECK_FALSE(stage.mail.HasSaid("CANARY-7431"));
  CHECK(stage.owner.Value("SELECT count(*) FROM message m WHERE m::text LIKE '%CANARY%'") == "0");
  // The canary is what the ticket says.
  CHECK(stage.owner.Value("SELECT count(*) FROM ticket t WHERE t::text LIKE '%CANARY%'") != "0");
  // What has been sent is known by its proof, not by whom it went to.
  CHECK(stage.owner.Value("SELECT count(*) FROM message WHERE proof = 'P-1' AND sent_at IS NOT NULL"
                          " AND address = '' AND code = ''") == "6");
}

TEST_CASE("hotline messages: question, new date, rejection and reopening are told", "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.Ask(id);
  stage.sender.RunDue();
  CHECK(stage.sms.HasSaid("cần Ông/Bà bổ sung thông tin"));
  stage.Resume(id);
  stage.Extend(id, "2019-07-24");
  stage.sender.RunDue();
  CHECK(stage.sms.HasSaid("Thời hạn mới: 24/07/2019."));
  stage.Answered(id);
  stage.owner.Step(&Tickets::KeepPrivate, kApprover, [&](auto& r) { r.set_ticket_id(id); });
  stage.sender.RunDue();
  CHECK(stage.sms.HasSaid("đã có kết quả xử lý"));
  stage.owner.Step(&Tickets::ReopenTicket, kOperator, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_reason("Chưa vá");
  });
  stage.sender.RunDue();
  CHECK(stage.sms.HasSaid("được xử lý lại"));
  stage.owner.Step(&Tickets::RejectTicket, kApprover, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_reason("Trùng");
  });
  stage.sender.RunDue();
  CHECK(stage.sms.HasSaid("không được tiếp nhận xử lý"));
  CHECK(stage.States() == "6 sent");
}

TEST_CASE("hotline messages: what was told privately is not told again when it is published",
          "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.Answered(id);
  stage.owner.Step(&Tickets::KeepPrivate, kApprover, [&](auto& r) { r.set_ticket_id(id); });
  CHECK(stage.States() == "2 waiting");
  stage.Publish(id);
  stage.owner.Step(&Tickets::WithdrawPublication, kApprover, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_reason("Sót tên đường");
  });
  stage.Publish(id);
  stage.sender.RunDue();
  CHECK(stage.States() == "2 sent");
}

TEST_CASE("hotline messages: a fixed line takes no SMS: an e-mail goes instead where there is one",
          "[hotline]") {
  MessageStage stage;
  stage.Open("0274 3777 666", "an@example.com");
  stage.Open("0912345678", "an@example.com");
  stage.sender.RunDue();
  CHECK(stage.mail.Count() == 1);
  CHECK(stage.sms.Count() == 1);
  // What is the only way is tried.
  stage.Open("0274 3777 666");
  stage.sender.RunDue();
  CHECK(stage.sms.taken.at(1).address == "+842743777666");
}

TEST_CASE("hotline messages: an e-mail goes instead of an SMS that will not arrive, once",
          "[hotline]") {
  MessageStage stage;
  stage.sms.answer = [](const Outgoing&) { return kNever; };
  const auto opened = stage.Open("0912345678", "an@example.com");
  stage.Open("0987654321");
  stage.sender.RunDue();
  CHECK(stage.States() == "1 sent, 2 failed");
  REQUIRE(stage.mail.Count() == 1);
  CHECK(stage.mail.taken[0].address == "an@example.com");
  CHECK(stage.mail.taken[0].text.find(opened.code()) != std::string::npos);
  stage.Retry(stage.owner.Value("SELECT replaces_id FROM message WHERE medium = 2"));
  stage.sender.RunDue();
  CHECK(stage.mail.Count() == 1);
  // Not reached for a day is the same; a newer message says more.
  stage.sms.answer = [](const Outgoing&) { return kAway; };
  stage.Open("0912345679", "binh@example.com");
  const std::string late = stage.Open("0912345680", "chi@example.com").ticket().id();
  stage.Pass(minutes(60));
  stage.owner.Step(&Tickets::RejectTicket, kApprover, [&](auto& r) {
    r.set_ticket_id(late);
    r.set_reason("Trùng");
  });
  stage.Pass(minutes(26 * 60));
  CHECK(stage.owner.Value("SELECT count(*) FROM message WHERE medium = 2 AND state = 2") == "4");
}

TEST_CASE("hotline messages: whom one was for that never went out is forgotten after a month",
          "[hotline]") {
  MessageStage stage;
  stage.Answer(kNever);
  stage.Open();
  stage.sender.RunDue();
  const std::string id = stage.Of("id");
  stage.RunAt("2019-08-08T00:00:00Z");
  stage.sender.Measure();
  CHECK(stage.owner.Value("SELECT count(*) FROM message WHERE address <> ''") == "1");
  stage.RunAt("2019-08-10T00:00:00Z");
  stage.sender.Measure();
  CHECK(stage.owner.Value("SELECT count(*) FROM message WHERE address || code <> ''") == "0");
  CHECK(stage.List().messages_size() == 1);  // that it failed is known
  CHECK(stage.Retry(id).retries().empty());  // nobody knows any more where it would go
}

TEST_CASE("hotline messages: a step that is refused tells nobody", "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.Answered(id);
  CHECK(stage.TryPublish(id, "Gọi 0912 345 678") ==
        Outcome{grpc::INVALID_ARGUMENT, "PERSONAL_DATA_FOUND"});
  CHECK(stage.States() == "1 waiting");
  stage.Publish(id);
  CHECK(stage.States() == "2 waiting");
}

TEST_CASE("hotline messages: what is superseded before it was sent is dropped, not the code",
          "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.Ask(id);
  stage.Resume(id);
  stage.Extend(id, "2019-07-20");
  stage.Extend(id, "2019-07-24");
  // Nobody waits for the answer to the question any more.
  CHECK(stage.States() == "2 waiting, 2 dropped");
  stage.Answered(id);
  stage.Publish(id);
  CHECK(stage.States() == "2 waiting, 3 dropped");
  stage.sender.RunDue();
  CHECK(stage.sms.Count() == 2);
  CHECK(stage.sms.HasSaid("Mã tra cứu"));
  CHECK(stage.sms.HasSaid("đã có kết quả xử lý"));
  CHECK(stage.owner.Value("SELECT count(*) FROM message WHERE state = 5 AND address = ''") == "3");
}

TEST_CASE("hotline messages: one that is superseded while it is being sent ends as it ends",
          "[hotline]") {
  const auto ends = [](const SendOutcome& outcome) {
    MessageStage stage;
    const std::string id = stage.OpenRouted();
    stage.sender.RunDue();
    stage.Ask(id);
    stage.sms.answer = [&](const Outgoing&) {
      stage.Resume(id);
      stage.Answered(id);
      stage.owner.Step(&Tickets::KeepPrivate, kApprover, [&](auto& r) { r.set_ticket_id(id); });
      stage.Answer(kTaken);
      return outcome;
    };
    stage.sender.RunDue();
    stage.Pass(minutes(10));
    CHECK(stage.sms.HasSaid("đã có kết quả xử lý"));
    CHECK(stage.sms.Count() == 3);  // the question never again
    CHECK(stage.owner.Value("SELECT count(*) FROM message WHERE address || code <> ''") == "0");
    return stage.States();
  };
  CHECK(ends(kTaken) == "3 sent");
  CHECK(ends(kAway) == "2 sent, 1 dropped");
  CHECK(ends(kUnknown) == "2 sent, 1 doubtful");
  CHECK(ends(kNever) == "2 sent, 1 failed");
}

TEST_CASE("hotline messages: whom one was for is not kept once it is superseded, sent or not",
          "[hotline]") {
  const auto left = [](const SendOutcome& outcome, std::chrono::hours passed) {
    MessageStage stage;
    const std::string id = stage.OpenRouted();
    stage.sender.RunDue();
    stage.Answer(outcome);
    stage.Ask(id);
    stage.sender.RunDue();
    stage.Pass(passed);
    const std::string of_question =
        "SELECT count(*) FROM message WHERE kind = 2 AND address <> '' AND code <> ''";
    CHECK(stage.owner.Value(of_question) == "1");  // a retry needs it
    stage.Answer(kTaken);
    stage.Resume(id);
    stage.Ask(id);
    const std::string old = stage.owner.Value(
        "SELECT state || ' ' || address || code FROM message WHERE kind = 2 AND superseded");
    stage.Retry(stage.owner.Value("SELECT id FROM message WHERE kind = 2 AND superseded"));
    stage.Pass(minutes(10));
    // The report has arrived, the second question, and the new date if the clock has stood still.
    const bool is_later = passed > std::chrono::hours(0);
    CHECK(stage.owner.Value("SELECT count(*) FROM message WHERE state = 2") ==
          (is_later ? "3" : "2"));
    return old;
  };
  CHECK(left(kNever, std::chrono::hours(0)) == "3 ");
  CHECK(left(kAway, std::chrono::hours(30)) == "4 ");
  CHECK(left(kUnknown, std::chrono::hours(30)) == "6 ");
}

TEST_CASE("hotline messages: who keeps the ticket sees what was said, by page, and to whom not",
          "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.Pass(minutes(1));
  stage.Ask(id);
  stage.Resume(id);
  stage.Pass(minutes(1));
  stage.Extend(id, "2019-07-24");
  stage.sender.RunDue();
  v1::ListMessagesRequest request;
  request.set_ticket_id(id);
  request.set_page_size(2);
  auto page = stage.List(request);
  REQUIRE(page.messages_size() == 2);
  std::string shown = page.DebugString();
  request.set_page_token(page.next_page_token());
  page = stage.List(request);
  REQUIRE(page.messages_size() == 1);
  CHECK(page.next_page_token().empty());
  shown += page.DebugString();
  CHECK(page.messages(0).kind() == v1::MESSAGE_KIND_RECEIVED);
  CHECK(page.messages(0).state() == v1::MESSAGE_STATE_SENT);
  CHECK(page.messages(0).proof() == "P-1");
  CHECK(page.messages(0).has_sent_at());
  CHECK(shown.find("2019-07-24") != std::string::npos);
  CHECK(shown.find("912345678") == std::string::npos);

  request.clear_page_token();
  // Not who only handles it, not who has nothing to do with it; a retry is for approvers.
  CHECK(stage.owner.Try(&Messages::ListMessages, request, kHandler) == kNotFound);
  v1::RetryMessageRequest retry;
  retry.set_message_id(page.messages(0).id());
  CHECK(stage.owner.Try(&Messages::RetryMessage, retry, kOperator).code == grpc::PERMISSION_DENIED);
  CHECK(stage.owner.Try(&Messages::RetryMessage, retry, "H09.18/approver") == kNotFound);
  retry.set_message_id(stage.owner.NewId());
  CHECK(stage.owner.Try(&Messages::RetryMessage, retry, kApprover) == kNotFound);
  retry.set_message_id("x");
  CHECK(stage.owner.Try(&Messages::RetryMessage, retry, kApprover) == kNotFound);

  // Of all tickets, what has not been sent.
  stage.Answer(kAway);
  for (int i = 0; i < 5; ++i) stage.Open();
  v1::ListMessagesRequest all;
  all.set_page_size(2);
  std::set<std::string> ids;
  int pages = 0;
  do {
    const auto some = stage.List(all);
    for (const auto& one : some.messages()) ids.insert(one.id());
    all.set_page_token(some.next_page_token());
    ++pages;
  } while (!all.page_token().empty() && pages < 10);
  CHECK(ids.size() == 5);
  CHECK(pages == 3);
  all.clear_page_token();
  CHECK(stage.owner.Do(&Messages::ListMessages, all, kHandler).messages_size() == 0);
  all.add_states(v1::MESSAGE_STATE_SENT);
  CHECK(stage.owner.Try(&Messages::ListMessages, all, kApprover) == kFieldInvalid);
}

TEST_CASE("hotline messages: who had one sent again stays with it, each time it was", "[hotline]") {
  MessageStage stage;
  stage.Answer(kNever);
  const std::string ticket = stage.Open().ticket().id();
  const std::string id = stage.Of("id");
  const auto retried = [&] { return stage.Retry(id, "Dân báo\nchưa nhận").retries_size(); };
  CHECK(retried() == 0);  // it waits already
  stage.sender.RunDue();
  stage.owner.MoveClockTo("2019-07-10T02:00:00Z");
  CHECK(retried() == 1);
  CHECK(retried() == 1);  // a repeat did nothing
  stage.sender.RunDue();
  stage.owner.MoveClockTo("2019-07-10T03:00:00Z");
  stage.Retry(id);
  v1::ListMessagesRequest of_ticket;
  of_ticket.set_ticket_id(ticket);
  for (const auto& listed : {stage.List(), stage.List(of_ticket)}) {
    REQUIRE(listed.messages_size() == 1);
    REQUIRE(listed.messages(0).retries_size() == 2);
    const v1::MessageRetry& last = listed.messages(0).retries(0);
    const v1::MessageRetry& first = listed.messages(0).retries(1);
    CHECK(first.reason() == "Dân báo\nchưa nhận");
    CHECK(first.official_id() == kApprover);
    CHECK(first.unit_id() == kCentreUnit);
    CHECK(first.system() == "unit-H09.03");
    CHECK(last.reason().empty());
    CHECK(first.asked_at().seconds() < last.asked_at().seconds());
  }
  // What is refused leaves nothing.
  stage.sender.RunDue();
  v1::RetryMessageRequest retry;
  retry.set_message_id(id);
  CHECK(stage.owner.Try(&Messages::RetryMessage, retry, "H09.18/approver") == kNotFound);
  retry.set_reason(std::string(2001, 'a'));
  CHECK(stage.owner.Try(&Messages::RetryMessage, retry, kApprover) == kFieldInvalid);
  CHECK(stage.owner.Count("message_retry") == "2");
}

TEST_CASE("hotline messages: an official has one sent again at most twenty times", "[hotline]") {
  MessageStage stage;
  stage.Answer(kNever);
  stage.Open();
  const std::string id = stage.Of("id");
  for (int i = 1; i <= 20; ++i) {
    stage.sender.RunDue();
    CHECK(stage.Retry(id).retries_size() == i);
  }
  stage.sender.RunDue();
  v1::RetryMessageRequest retry;
  retry.set_message_id(id);
  CHECK(stage.owner.Try(&Messages::RetryMessage, retry, kApprover) ==
        Outcome{grpc::FAILED_PRECONDITION, "RETRIES_USED_UP"});
  CHECK(stage.States() == "1 failed");
  CHECK(stage.Of("attempts") == "21");
}

TEST_CASE("hotline messages: of a complaint only who keeps it sees messages", "[hotline]") {
  MessageStage stage;
  auto request = Appeal(stage.owner, "CBCC.CHAMTRE");
  request.set_concerned_unit_id(kCentreUnit);
  const std::string id = Opened(stage.owner, request).ticket().id();
  CHECK(stage.owner.Value("SELECT keeper_unit_id FROM ticket") == kOfficeOfProvince);
  CHECK(stage.List().messages_size() == 0);
  v1::ListMessagesRequest of_ticket;
  of_ticket.set_ticket_id(id);
  CHECK(stage.owner.Try(&Messages::ListMessages, of_ticket, kApprover) == kNotFound);
  CHECK(stage.owner.Do(&Messages::ListMessages, of_ticket, "H09.01/guest").messages_size() == 1);
  CHECK(stage.owner.Do(&Messages::ListMessages, {}, "H09.01/guest").messages_size() == 1);
}

}  // namespace
}  // namespace lienthong::hotline
