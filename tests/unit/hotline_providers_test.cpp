// How SMS and e-mail go out, against small servers on 127.0.0.1.
#include <deque>
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hotline/providers.hpp"
#include "support/local_server.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::milliseconds;
using support::LocalServer, support::Peer, support::NobodysAddress;

constexpr milliseconds kShort{300};
const std::string kId = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
const char* const kFrom = "1022@example.gov.vn";

Outgoing Sms() {
  return {{kId}, "+84912345678", "", "Phản ánh \"K7QM-2XWD-9RTA\"\nđã có kết quả", {}};
}
Outgoing Mail() {
  return {{kId},
          "an@example.com",
          "1022: đã có kết quả xử lý phản ánh, một chủ đề dài hơn một dòng của tiêu đề thư",
          "Phản ánh K7QM-2XWD-9RTA đã có kết quả.\r\n.\r\nHết",
          base::ParseTime("2019-07-10T01:02:03Z")};
}

std::string Show(const SendOutcome& outcome) {
  const char* const names[] = {"sent", "refused", "not reached", "doubtful"};
  return std::string(names[static_cast<int>(outcome.result)]) + " " + outcome.proof + outcome.error;
}

/// A test provider that keeps to the contract of deploy/integrators/sms.md; what it answers first
/// may be given.
class SmsServer {
 public:
  std::string Url() const { return "http://" + server_.Address() + "/v1/messages"; }
  std::string Sent(milliseconds limit = std::chrono::seconds(10)) {
    return Show(SmsProvider(Url(), limit).Send(Sms()));
  }
  /// The whole next answer; "" = it reads and hangs up, "hang" = it reads and says nothing.
  void AnswerOnce(const std::string& answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(answer);
  }
  static std::string Answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
  }

  std::map<std::string, std::string> taken;  ///< id -> body
  std::string head;                          ///< of the last request
  int requests = 0;

 private:
  void Serve(Peer& peer) {
    const std::string request = peer.ReadTo("\r\n\r\n");
    const std::string name = "Content-Length: ";
    const auto length = request.find(name);
    const std::string body = length == std::string::npos
                                 ? ""
                                 : peer.Read(std::stoul(request.substr(length + name.size())));
    const std::lock_guard lock(mutex_);
    ++requests;
    head = request;
    const std::string id = nlohmann::json::parse(body)["id"];
    if (!answers_.empty()) {
      const std::string answer = answers_.front();
      answers_.pop_front();
      if (answer == "hang") return peer.Hang();
      if (answer == "take") taken.emplace(id, body);
      return peer.Write(answer == "take" ? "" : answer);
    }
    const bool is_new = taken.emplace(id, body).second;
    if (is_new) return peer.Write(Answer("201 Created", R"({"provider_id":"P-77"})"));
    peer.Write(Answer("409 Conflict", R"({"id":")" + id + R"(","provider_id":"P-77"})"));
  }

  std::mutex mutex_;
  std::deque<std::string> answers_;
  LocalServer server_{[this](Peer& peer) { Serve(peer); }};
};

TEST_CASE("hotline messages: an SMS carries our id, the number and the text", "[hotline]") {
  SmsServer server;
  CHECK(server.Sent() == "sent P-77");
  CHECK(server.head.starts_with("POST /v1/messages HTTP/1.1\r\n"));
  CHECK(server.head.find("Idempotency-Key: " + kId + "\r\n") != std::string::npos);
  CHECK(server.head.find("Content-Type: application/json\r\n") != std::string::npos);
  REQUIRE(server.taken.size() == 1);
  const auto body = nlohmann::json::parse(server.taken.at(kId));
  CHECK(body == nlohmann::json{{"id", kId}, {"to", Sms().address}, {"text", Sms().text}});
}

TEST_CASE("hotline messages: a repeated SMS is not a second one, and is sent", "[hotline]") {
  SmsServer server;
  server.AnswerOnce("take");  // has it, and the answer is lost
  CHECK(server.Sent().starts_with("doubtful CURL_"));
  CHECK(server.Sent() == "sent P-77");
  CHECK(server.requests == 2);
  CHECK(server.taken.size() == 1);
}

TEST_CASE("hotline messages: what an SMS provider answers decides what comes next", "[hotline]") {
  SmsServer server;
  const auto after = [&](const std::string& status, const std::string& body) {
    server.AnswerOnce(SmsServer::Answer(status, body));
    return server.Sent();
  };
  CHECK(after("200 OK", R"({"provider_id":"A\u00e1 +84912345678"})") == "sent A ...");
  CHECK(after("200 OK", "not json") == "sent HTTP 200");
  CHECK(after("400 Bad Request", "") == "refused HTTP_400");
  CHECK(after("422 Unprocessable", "{}") == "refused HTTP_422");
  // Said of another message.
  CHECK(after("409 Conflict", R"({"id":"another"})") == "refused HTTP_409");
  // Said of us, or of now.
  for (const char* status : {"401", "403", "404", "408", "429", "503", "302"}) {
    CHECK(after(std::string(status) + " X", "") == "not reached HTTP_" + std::string(status));
  }
  // Nobody knows what became of it.
  CHECK(after("500 Internal", "") == "doubtful HTTP_500");
  CHECK(after("504 Gateway Timeout", "") == "doubtful HTTP_504");
  // A body that breaks off changes nothing of the status; one that never ends has an end.
  server.AnswerOnce("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"prov");
  CHECK(server.Sent() == "sent HTTP 201");
  CHECK(server.taken.empty());
}

TEST_CASE("hotline messages: an SMS provider that is away or hangs costs a limited time",
          "[hotline]") {
  CHECK(Show(SmsProvider("http://" + NobodysAddress() + "/").Send(Sms())) == "not reached CURL_7");
  SmsServer server;
  server.AnswerOnce("hang");
  CHECK(server.Sent(kShort) == "doubtful CURL_28");
}

/// A mail server of RFC 5321, as far as one message goes; each reply can be replaced by another,
/// or by none ("hang", "close").
class MailServer {
 public:
  explicit MailServer(std::map<std::string, std::string> replies = {})
      : replies_(std::move(replies)) {}
  std::string Url() const { return "smtp://" + server_.Address() + "/hotline.example"; }
  std::string Sent(milliseconds limit = std::chrono::seconds(10)) {
    return Show(MailProvider(Url(), kFrom, limit).Send(Mail()));
  }

  std::vector<std::string> commands;
  std::vector<std::string> texts;

 private:
  /// False = the dialogue is over.
  bool Reply(Peer& peer, const std::string& step, const std::string& usual) {
    const auto other = replies_.find(step);
    const std::string reply = other == replies_.end() ? usual : other->second;
    if (reply == "hang") peer.Hang();
    if (reply == "hang" || reply == "close") return false;
    peer.Write(reply + "\r\n");
    return true;
  }
  void Serve(Peer& peer) {
    if (!Reply(peer, "hello", "220 mail.example ESMTP")) return;
    for (;;) {
      const std::string line = peer.ReadTo("\r\n");
      if (line.empty()) return;
      const std::lock_guard lock(mutex_);
      commands.push_back(line.substr(0, line.size() - 2));
      const std::string verb = line.substr(0, 4);
      if (verb == "DATA") {
        if (!Reply(peer, verb, "354 go on")) return;
        if (replies_.contains("DATA")) continue;
        texts.push_back(peer.ReadTo("\r\n.\r\n"));
        if (!Reply(peer, "text", "250 2.0.0 Ok: queued as 4F2A for an@example.com")) return;
      } else if (!Reply(peer, verb, verb == "QUIT" ? "221 bye" : "250 ok")) {
        return;
      }
    }
  }

  std::mutex mutex_;
  const std::map<std::string, std::string> replies_;
  LocalServer server_{[this](Peer& peer) { Serve(peer); }};
};

std::string LineOf(const std::string& text, const std::string& name) {
  const auto at = text.find(name);
  if (at == std::string::npos) return "";
  return text.substr(at, text.find("\r\n", at) - at);
}

TEST_CASE("hotline messages: an e-mail has our id in its Message-ID, and says what it says",
          "[hotline]") {
  MailServer server;
  CHECK(server.Sent() == "sent 250 2.0.0 Ok: queued as 4F2A for ...");
  REQUIRE(server.commands.size() >= 4);
  CHECK(server.commands[0] == "EHLO hotline.example");
  CHECK(server.commands[1].starts_with("MAIL FROM:<1022@example.gov.vn>"));
  CHECK(server.commands[2].starts_with("RCPT TO:<an@example.com>"));
  CHECK(server.commands[3] == "DATA");
  REQUIRE(server.texts.size() == 1);
  const std::string& text = server.texts[0];
  CHECK(LineOf(text, "Message-ID:") == "Message-ID: <" + kId + "@example.gov.vn>");
  CHECK(LineOf(text, "To:") == "To: <an@example.com>");
  CHECK(LineOf(text, "Date:") == "Date: Wed, 10 Jul 2019 01:02:03 +0000");
  CHECK(LineOf(text, "Subject:") ==
        "Subject: =?utf-8?B?MTAyMjogxJHDoyBjw7Mga+G6v3QgcXXhuqMgeOG7rSBsw70gcGg=?=");
  CHECK(text.find("\r\n =?utf-8?B?") != std::string::npos);
  // Lines are at most 76 letters and ASCII, whatever is said (RFC 2045, 6.8; RFC 2047, 2).
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find("\r\n", at);
    CHECK(end - at <= 76);
    at = end + 2;
  }
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c > 0; }));
  CHECK(text.find("\r\n\r\nUGjhuqNuIMOhbmggSzdRTS0yWFdELTlSVEE") != std::string::npos);
}

TEST_CASE("hotline messages: where a mail server says no decides what comes next", "[hotline]") {
  const auto sent = [](const std::string& step, const std::string& reply) {
    return MailServer(std::map<std::string, std::string>{{step, reply}}).Sent(kShort);
  };
  // Of the receiver, or of the text.
  CHECK(sent("RCPT", "550 5.1.1 no such user") == "refused SMTP_550");
  CHECK(sent("text", "554 5.7.1 looks like spam") == "refused SMTP_554");
  // Of us, or of now.
  CHECK(sent("hello", "554 go away").starts_with("not reached "));
  CHECK(sent("MAIL", "550 5.7.1 sender unknown") == "not reached SMTP_550");
  CHECK(sent("RCPT", "451 4.7.1 greylisted") == "not reached SMTP_451");
  CHECK(sent("DATA", "451 later") == "not reached SMTP_451");
  CHECK(sent("text", "452 4.3.1 no room") == "not reached SMTP_452");
  CHECK(sent("MAIL", "close").starts_with("not reached CURL_"));
  CHECK(sent("RCPT", "hang") == "not reached CURL_28");
  CHECK(Show(MailProvider("smtp://" + NobodysAddress(), kFrom).Send(Mail())) ==
        "not reached CURL_7");
  // It has all of it, and its word is lost.
  CHECK(sent("text", "hang") == "doubtful CURL_28");
  CHECK(sent("text", "close").starts_with("doubtful CURL_"));
  // It has taken it; what follows changes nothing, and does not last.
  for (const char* reply : {"hang", "close", "500 no"}) {
    CHECK(sent("QUIT", reply).starts_with("sent 250 2.0.0 Ok"));
  }
}

TEST_CASE("hotline messages: a password and a mail meant for TLS go by nothing else", "[hotline]") {
  MailServer server;
  const std::string address = server.Url().substr(std::string("smtp://").size());
  MailProvider provider("starttls://name:secret@" + address, kFrom);
  CHECK(Show(provider.Send(Mail())).starts_with("not reached "));
  for (const std::string& command : server.commands) CHECK(command.starts_with("EHLO"));
  CHECK_THROWS_AS(MailProvider("smtp://name:secret@" + address, kFrom), std::invalid_argument);
  CHECK_THROWS_AS(SmsProvider("http://name:secret@" + address), std::invalid_argument);
  CHECK_THROWS_AS(SmsProvider("ftp://" + address), std::invalid_argument);
  CHECK_THROWS_AS(MailProvider("mail.example", kFrom), std::invalid_argument);
  CHECK_THROWS_AS(MailProvider("smtps://mail.example", "1022"), std::invalid_argument);
}

TEST_CASE("hotline messages: an address that would end its command goes nowhere", "[hotline]") {
  MailServer server;
  Outgoing mail = Mail();
  mail.address = "a@example.com>\r\nRCPT TO:<b@example.com";
  CHECK(Show(MailProvider(server.Url(), kFrom).Send(mail)) == "refused ADDRESS_INVALID");
  CHECK(server.commands.empty());
}

}  // namespace
}  // namespace lienthong::hotline
