// Rules of the hotline's outgoing messages.
#include <catch2/catch.hpp>

#include "hotline/message.hpp"
#include "hotline/settings.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const base::Time kFirst = base::ParseTime("2019-07-10T01:00:00Z");

TEST_CASE("hotline messages: attempts are spread over 24 hours, and end", "[hotline]") {
  std::vector<minutes> at;
  base::Time now = kFirst;
  int tries = 1;
  for (; tries < 1000; ++tries) {
    const auto next = NextTry(kFirst, tries, now);
    if (!next) break;
    REQUIRE(*next > now);
    now = *next;
    at.push_back(std::chrono::duration_cast<minutes>(now - kFirst));
  }
  REQUIRE(at.size() > 5);
  CHECK(std::vector<minutes>(at.begin(), at.begin() + 5) ==
        std::vector<minutes>{minutes(1), minutes(6), minutes(21), minutes(81), minutes(141)});
  CHECK(at.back() <= hours(24));
  CHECK(at.back() > hours(23));
  CHECK(tries == 27);
  // Attempts that end with their process come faster: their number ends them.
  CHECK_FALSE(NextTry(kFirst, 27, kFirst + minutes(5)));
  CHECK(NextTry(kFirst, 26, kFirst + minutes(5)));
}

TEST_CASE("hotline messages: what comes of an attempt", "[hotline]") {
  using Result = SendResult;
  using State = MessageState;
  const auto after = [](Result result, bool was_doubtful, bool superseded, hours later) {
    const NextStep step = After(result, was_doubtful, superseded, kFirst, 5, kFirst + later);
    return std::pair(step.state, step.at.has_value());
  };
  for (const bool doubtful : {false, true}) {
    for (const bool superseded : {false, true}) {
      CHECK(after(Result::kSent, doubtful, superseded, hours(1)) == std::pair(State::kSent, false));
      CHECK(after(Result::kRefused, doubtful, superseded, hours(1)) ==
            std::pair(State::kFailed, false));
      // Nobody knows: it is never taken for unsent again, nor given up or dropped in silence.
      CHECK(after(Result::kDoubtful, doubtful, superseded, hours(1)) ==
            std::pair(State::kDoubtful, !superseded));
      CHECK(after(Result::kNotReached, true, superseded, hours(1)) ==
            std::pair(State::kDoubtful, !superseded));
    }
    CHECK(after(Result::kDoubtful, doubtful, false, hours(24)) ==
          std::pair(State::kDoubtful, false));
  }
  CHECK(after(Result::kNotReached, true, false, hours(24)) == std::pair(State::kDoubtful, false));
  CHECK(after(Result::kNotReached, false, false, hours(1)) == std::pair(State::kWaiting, true));
  CHECK(after(Result::kNotReached, false, false, hours(24)) == std::pair(State::kGivenUp, false));
  CHECK(after(Result::kNotReached, false, true, hours(1)) == std::pair(State::kDropped, false));
}

TEST_CASE("hotline messages: a newer message makes those that say less superfluous, never the code",
          "[hotline]") {
  using enum MessageKind;
  const auto has = [](MessageKind kind, MessageKind other) {
    const auto kinds = SupersededBy(kind);
    return std::count(kinds.begin(), kinds.end(), other) == 1;
  };
  for (const MessageKind kind :
       {kReceived, kQuestion, kExtended, kAnswered, kRejected, kReopened, kUnanswered}) {
    CHECK_FALSE(has(kind, kReceived));
  }
  for (const MessageKind end : {kAnswered, kRejected, kReopened}) {
    for (const MessageKind other :
         {kQuestion, kExtended, kAnswered, kRejected, kReopened, kUnanswered}) {
      CHECK(has(end, other));
    }
  }
  CHECK(has(kExtended, kExtended));
  CHECK(has(kQuestion, kQuestion));
  CHECK_FALSE(has(kExtended, kAnswered));
  // Another unit's question is still open.
  CHECK_FALSE(has(kExtended, kQuestion));
  CHECK_FALSE(has(kUnanswered, kQuestion));
  // It has the new date too; a later date alone does not say that no reply has come.
  CHECK(has(kUnanswered, kExtended));
  CHECK_FALSE(has(kExtended, kUnanswered));
}

TEST_CASE("hotline messages: code and date are written as citizens read them", "[hotline]") {
  using namespace std::chrono;
  CHECK(Render("Mã {code}: hạn {date}, {code}.", "K7QM2XWD9RTA", year(2019) / July / 7d, "vi") ==
        "Mã K7QM-2XWD-9RTA: hạn 07/07/2019, K7QM-2XWD-9RTA.");
  CHECK(Render("{code} by {date}", "K7QM2XWD9RTA", year(2019) / December / 7d, "en") ==
        "K7QM-2XWD-9RTA by 7 December 2019");
  // 23:30 on the 10th in Vietnam.
  CHECK(NextMorning(base::ParseTime("2019-07-10T16:30:00Z")) ==
        base::ParseTime("2019-07-11T00:30:00Z"));
  // 00:30 on the 11th.
  CHECK(NextMorning(base::ParseTime("2019-07-10T17:30:00Z")) ==
        base::ParseTime("2019-07-12T00:30:00Z"));
}

TEST_CASE("hotline messages: a proof is short, printable and without the address", "[hotline]") {
  CHECK(ProofOf("250 Ok\r\n <a@b.vn> queued\xC3\xA9", "a@b.vn") == "250 Ok <...> queued");
  CHECK(ProofOf(std::string(5000, 'x'), "").size() == kProofCharactersMax);
}

Settings SettingsWith(std::map<std::string, std::string> values) {
  for (const char* name : {"CATALOGUE", "REDIS", "KAFKA_BROKERS", "TLS_CA", "TLS_CERT", "TLS_KEY",
                           "DATABASE", "FILES_DIR"}) {
    values.emplace(name, "x");
  }
  values.emplace("PORT", "1"), values.emplace("METRICS_PORT", "2");
  values.emplace("OWNERS", "directory=x");
  base::Config config([&](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name.substr(std::string("LIENTHONG_").size()));
    if (found == values.end()) return std::nullopt;
    return found->second;
  });
  return ReadSettings(config);
}

TEST_CASE("hotline messages: mistakes of the settings are told together, and no password",
          "[hotline]") {
  const Settings none = SettingsWith({});
  CHECK(none.sms_url.empty());
  CHECK(none.messages_per_day_max == 10);
  const Settings good = SettingsWith({{"SMS_URL", "https://a:b@c/d"},
                                      {"SMTP_URL", "starttls://a:b@c:587"},
                                      {"MAIL_FROM", "1022@example.gov.vn"},
                                      {"MESSAGES_PER_DAY_MAX", "3"},
                                      {"ADDRESS_KEY", "k"},
                                      {"PAGE_TOKEN_SECRET", "s"}});
  CHECK(good.messages_per_day_max == 3);
  CHECK(AddressKey(good) == "k");
  // Without one it is another for another secret, and not the secret itself.
  const auto made = [](const char* secret) {
    return AddressKey(SettingsWith({{"PAGE_TOKEN_SECRET", secret}}));
  };
  CHECK(made("s") == made("s"));
  CHECK(made("s") != made("t"));
  CHECK(made("s") != "s");
  std::string told;
  try {
    SettingsWith({{"SMS_URL", "ftp://a:hush@b"},
                  {"SMTP_URL", "smtp://a:hush@b"},
                  {"MAIL_FROM", "hush"},
                  {"SMTP_CA", "/nowhere/ca.crt"}});
  } catch (const base::ConfigError& error) {
    told = error.what();
  }
  CHECK(told.find("LIENTHONG_SMS_URL must begin with") != std::string::npos);
  CHECK(told.find("LIENTHONG_SMTP_URL takes a password by") != std::string::npos);
  CHECK(told.find("LIENTHONG_MAIL_FROM must be an e-mail address") != std::string::npos);
  CHECK(told.find("LIENTHONG_SMTP_CA cannot be read") != std::string::npos);
  CHECK(told.find("hush") == std::string::npos);
  CHECK_THROWS_AS(SettingsWith({{"SMTP_URL", "smtp://b"}}), base::ConfigError);
  CHECK_THROWS_AS(SettingsWith({{"MESSAGES_PER_DAY_MAX", "0"}}), base::ConfigError);
}

}  // namespace
}  // namespace lienthong::hotline
