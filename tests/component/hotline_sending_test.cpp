// How the hotline's messages are sent, and what becomes of them when something fails, on a real
// PostgreSQL.
#include <memory>
#include <thread>

#include "support/hotline_messages.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("hotline messages: attempts are spread over hours and end; a retry begins them again",
          "[hotline]") {
  MessageStage stage;
  const double given_up = stage.Counted("sms", "given_up");
  stage.Answer(kAway);
  stage.Open();
  stage.sender.RunDue();
  const auto attempts_after = [&](minutes time) {
    stage.Pass(time);
    return stage.Of("attempts");
  };
  CHECK(stage.Of("attempts") == "1");
  CHECK(attempts_after(minutes(1)) == "2");
  CHECK(attempts_after(minutes(4)) == "2");
  CHECK(attempts_after(minutes(1)) == "3");
  CHECK(attempts_after(minutes(15)) == "4");
  CHECK(attempts_after(minutes(59)) == "4");
  CHECK(attempts_after(minutes(1)) == "5");
  CHECK(stage.States() == "1 waiting");
  CHECK(stage.Of("error") == "CURL_7");
  CHECK(attempts_after(hours(24)) == "27");
  CHECK(stage.States() == "1 given up");
  CHECK(attempts_after(hours(48)) == "27");
  CHECK(stage.Counted("sms", "given_up") == given_up + 1);

  // It is kept, listed, and sent when somebody says so.
  v1::ListMessagesRequest request;
  request.add_states(v1::MESSAGE_STATE_GIVEN_UP);
  const auto listed = stage.List(request);
  REQUIRE(listed.messages_size() == 1);
  const std::string id = listed.messages(0).id();
  CHECK_FALSE(listed.messages(0).has_next_at());
  CHECK(stage.Retry(id).state() == v1::MESSAGE_STATE_WAITING);
  CHECK(stage.Retry(id).state() == v1::MESSAGE_STATE_WAITING);
  stage.sender.RunDue();
  CHECK(attempts_after(minutes(1)) == "29");
  stage.Answer(kTaken);
  stage.Pass(minutes(5));
  CHECK(stage.States() == "1 sent");
  CHECK(stage.sms.Ids() == std::set<std::string>{id});
  // A repeat of the retry sends nothing again.
  CHECK(stage.Retry(id).state() == v1::MESSAGE_STATE_SENT);
  stage.Pass(minutes(10));
  CHECK(stage.sms.Count() == 30);
}

TEST_CASE("hotline messages: what is refused for good is not tried again, but for a retry",
          "[hotline]") {
  MessageStage stage;
  stage.Answer(kNever);
  stage.Open();
  stage.sender.RunDue();
  stage.Pass(hours(3));
  CHECK(stage.sms.Count() == 1);
  CHECK(stage.Of("state, error, address") == "3 HTTP_422 " + kPhone);
  stage.Answer(kTaken);
  stage.Retry(stage.Of("id"));
  stage.sender.RunDue();
  CHECK(stage.States() == "1 sent");
  CHECK(stage.sms.Ids().size() == 1);
}

TEST_CASE("hotline messages: a doubtful one is counted, listed and sent again under the same id",
          "[hotline]") {
  MessageStage stage;
  const double doubtful = stage.Counted("email", "doubtful");
  stage.Answer(kUnknown);
  const std::string ticket = stage.Open("", "an@example.com").ticket().id();
  stage.sender.RunDue();
  stage.Answer(kAway);
  stage.Pass(minutes(1));
  CHECK(stage.mail.Count() == 2);
  // Not being reached later does not make it certain that it has not arrived.
  CHECK(stage.States() == "1 doubtful");
  stage.sender.Measure();
  const auto gauge = [](const std::string& name) {
    for (const auto& family : rpc::MetricsRegistry()->Collect()) {
      if (family.name == name) return family.metric.at(0).gauge.value;
    }
    return -1.0;
  };
  CHECK(gauge("lienthong_hotline_messages_doubtful") == 1);
  CHECK(gauge("lienthong_hotline_messages_waiting") == 0);
  CHECK(stage.Counted("email", "doubtful") == doubtful + 1);
  v1::ListMessagesRequest request;
  request.add_states(v1::MESSAGE_STATE_DOUBTFUL);
  const auto listed = stage.List(request);
  REQUIRE(listed.messages_size() == 1);
  const v1::Message& message = listed.messages(0);
  CHECK(message.ticket_id() == ticket);
  CHECK(message.medium() == v1::MEDIUM_EMAIL);
  CHECK(message.kind() == v1::MESSAGE_KIND_RECEIVED);
  CHECK(message.attempts() == 2);
  CHECK(message.doubtful_attempts() == 1);
  CHECK(message.has_next_at());

  stage.Answer(kTaken);
  stage.Pass(minutes(5));
  CHECK(stage.mail.Count() == 3);
  CHECK(stage.mail.Ids() == std::set<std::string>{message.id()});
  CHECK(stage.Of("state, doubtful_attempts, proof, error") == "2 1 P-1 ");
  CHECK(stage.owner.Count("message") == "1");
  stage.sender.Measure();
  CHECK(gauge("lienthong_hotline_messages_doubtful") == 0);

  // One that never gets an answer stays in the list.
  stage.Answer(kUnknown);
  stage.Open("", "an@example.com");
  stage.Pass(hours(30));
  CHECK(stage.States() == "1 sent, 1 doubtful");
  CHECK(stage.owner.Value("SELECT next_at IS NULL FROM message WHERE state = 6") == "t");
  CHECK(stage.List(request).messages_size() == 1);
}

TEST_CASE("hotline messages: an address gets so many a day, and the rest the next morning",
          "[hotline]") {
  MessageStage stage(2);
  for (int i = 0; i < 5; ++i) stage.Open();
  stage.Open("0987654321");
  // One attempt that does not reach the provider counts once.
  stage.Answer(kAway);
  stage.sender.RunDue();
  stage.Answer(kTaken);
  stage.Pass(hours(3));
  CHECK(stage.States() == "3 waiting, 3 sent");
  CHECK(stage.Counted("sms", "postponed") >= 3);
  CHECK(stage.owner.Value("SELECT string_agg(DISTINCT error, ' ') FROM message WHERE state = 1") ==
        "DAY_LIMIT");
  stage.RunAt("2019-07-11T00:29:00Z");
  CHECK(stage.States() == "3 waiting, 3 sent");
  stage.RunAt("2019-07-11T00:30:00Z");
  CHECK(stage.States() == "1 waiting, 5 sent");
  stage.RunAt("2019-07-12T00:30:00Z");
  CHECK(stage.States() == "6 sent");
  // Of whom the counts are is not to be read there: neither the number nor a plain hash of it.
  CHECK(stage.owner.Count("message_day") == "4");
  CHECK(stage.owner.Value("SELECT count(*) FROM message_day d WHERE d::text LIKE '%912345678%'") ==
        "0");
  CHECK(stage.owner.Value("SELECT count(*) FROM message_day WHERE address_hash = sha256('" +
                          kPhone + "'::bytea)") == "0");
  stage.sender.Measure();
  CHECK(stage.owner.Count("message_day") == "1");
}

TEST_CASE("hotline messages: a provider that is down for hours loses nothing", "[hotline]") {
  MessageStage stage;
  stage.Answer(kAway);
  for (int i = 0; i < 10; ++i) stage.Open();
  stage.Open("", "an@example.com");
  stage.Pass(hours(6));
  CHECK(stage.States() == "11 waiting");
  stage.Answer(kTaken);
  stage.Pass(minutes(61));
  CHECK(stage.States() == "11 sent");
  CHECK(stage.sms.Ids().size() == 10);
  CHECK(stage.mail.Ids().size() == 1);
}

TEST_CASE("hotline messages: a provider that does not answer is not asked for all that waits",
          "[hotline]") {
  MessageStage stage;
  stage.Answer(kAway);
  for (int i = 0; i < 10; ++i) stage.Open();
  for (int i = 0; i < 5; ++i) stage.sender.RunDue();
  CHECK(stage.sms.Count() == 1);
  // One that refuses a message is there, and the others go out.
  stage.Answer(kNever);
  stage.Pass(minutes(1));
  CHECK(stage.States() == "10 failed");
}

TEST_CASE("hotline messages: without a provider messages wait", "[hotline]") {
  MessageStage stage;
  stage.Open();
  stage.Open("", "an@example.com");
  Sender without(stage.options, stage.owner.pool_, stage.owner.clock_, stage.owner.ids_,
                 {nullptr, &stage.mail});
  CHECK(without.RunDue() == 1);
  CHECK(stage.States() == "1 waiting, 1 sent");
  stage.owner.clock_.Advance(hours(72));
  CHECK(without.RunDue() == 0);
  stage.sender.RunDue();
  CHECK(stage.States() == "2 sent");
}

TEST_CASE("hotline messages: a crash between claim and outcome sends it again under the same id",
          "[hotline]") {
  MessageStage stage;
  stage.Open();
  stage.sms.answer = [](const Outgoing&) -> SendOutcome { throw std::runtime_error("killed"); };
  CHECK_THROWS(stage.sender.RunDue());
  stage.Answer(kTaken);
  Sender another(stage.options, stage.owner.pool_, stage.owner.clock_, stage.owner.ids_,
                 {&stage.sms, &stage.mail});
  stage.owner.clock_.Advance(minutes(4));
  CHECK(another.RunDue() == 0);  // it may still be running
  stage.owner.clock_.Advance(minutes(1));
  CHECK(another.RunDue() == 1);
  CHECK(stage.sms.Count() == 2);
  CHECK(stage.sms.Ids().size() == 1);
  CHECK(stage.Of("state, attempts, doubtful_attempts") == "2 2 1");
}

TEST_CASE("hotline messages: one that kills its sender is not tried for ever", "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.sender.RunDue();
  stage.Ask(id);
  stage.sms.answer = [](const Outgoing&) -> SendOutcome { throw std::runtime_error("killed"); };
  int deaths = 0;
  for (int i = 0; i < 100; ++i) {
    try {
      stage.sender.RunDue();
    } catch (const std::runtime_error&) {
      ++deaths;
    }
    stage.owner.clock_.Advance(minutes(5));
  }
  CHECK(deaths == 27);
  CHECK(stage.States() == "1 sent, 1 doubtful");
}

TEST_CASE("hotline messages: after a crash one that was superseded is doubtful, not sent again",
          "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.sender.RunDue();
  stage.Ask(id);
  stage.sms.answer = [](const Outgoing&) -> SendOutcome { throw std::runtime_error("killed"); };
  CHECK_THROWS(stage.sender.RunDue());
  stage.Answer(kTaken);
  stage.Resume(id);
  stage.Ask(id);
  stage.Pass(minutes(10));
  CHECK(stage.States() == "2 sent, 1 doubtful");
  CHECK(stage.sms.Count() == 3);
  // Nor by a retry.
  stage.Retry(stage.owner.Value("SELECT id FROM message WHERE state = 6"));
  stage.Pass(minutes(10));
  CHECK(stage.sms.Count() == 3);
}

TEST_CASE("hotline messages: an answer that comes after the end of its claim still counts",
          "[hotline]") {
  MessageStage stage;
  stage.Open();
  Sender another(stage.options, stage.owner.pool_, stage.owner.clock_, stage.owner.ids_,
                 {&stage.mail, nullptr});  // the same SMS, by another copy
  stage.mail.answer = [](const Outgoing&) { return kAway; };
  stage.sms.answer = [&](const Outgoing&) {
    stage.owner.clock_.Advance(minutes(6));
    another.RunDue();
    return kTaken;
  };
  stage.sender.RunDue();
  CHECK(stage.mail.Count() == 1);
  CHECK(stage.sms.Ids() == stage.mail.Ids());
  CHECK(stage.Of("state, proof") == "2 P-1");
  stage.Pass(hours(2));
  CHECK(stage.sms.Count() + stage.mail.Count() == 2);
}

TEST_CASE("hotline messages: several copies of the service send each message once", "[hotline]") {
  MessageStage stage;
  for (int i = 0; i < 30; ++i) stage.Open();
  {
    std::vector<std::unique_ptr<Sender>> senders;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      senders.push_back(std::make_unique<Sender>(stage.options, stage.owner.pool_,
                                                 stage.owner.clock_, stage.owner.ids_,
                                                 Providers{&stage.sms, &stage.mail}));
    }
    for (auto& sender : senders) threads.emplace_back([&sender] { sender->RunDue(); });
  }
  CHECK(stage.sms.Count() == 30);
  CHECK(stage.sms.Ids().size() == 30);
  CHECK(stage.States() == "30 sent");
}

TEST_CASE("hotline messages: the thread sends by itself and ends when it is told", "[hotline]") {
  MessageStage stage;
  stage.Open();
  {
    Sender sender(stage.options, stage.owner.pool_, stage.owner.clock_, stage.owner.ids_,
                  {&stage.sms, &stage.mail});
    sender.Start();
    CHECK(
        support::Eventually(std::chrono::seconds(10), [&] { return stage.States() == "1 sent"; }));
  }
  stage.Open();
  CHECK(stage.States() == "1 waiting, 1 sent");
}

}  // namespace
}  // namespace lienthong::hotline
