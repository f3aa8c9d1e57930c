// A form that is refused comes back as it was typed; what is refused unread is answered at once.
#include <chrono>
#include <regex>

#include <catch2/catch.hpp>

#include "portal/open311.hpp"
#include "portal/pages.hpp"
#include "portal/portal.hpp"
#include "support/clock.hpp"
#include "support/portal_response.hpp"

namespace lienthong::portal {
namespace {

const std::string kWeb = LIENTHONG_DEPLOY "/../services/portal/web";
const std::string kId = "019a0000-0000-7000-8000-000000000001";
const std::string kNoPem = kWeb + "/icon.svg";  // with it no connection comes about
constexpr const char* kOrigin = "http://1022.example.vn";

bool Has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

/// The portal with nothing behind it: no service answers, and limits are counted in this process.
struct Stage {
  explicit Stage(std::int64_t forms_per_minute = 100)
      : limits({.requests_per_minute = 100,
                .forms_per_minute = forms_per_minute,
                .tries_per_hour = 100},
               "secret", limiter) {}

  /// A form of ours, with its token and cookie.
  Request Post(const std::string& path, const Values& fields) {
    Request request;
    request.method = "POST", request.path = path, request.fields = fields;
    request.headers.Add("host", "1022.example.vn");
    request.deadline = std::chrono::system_clock::now() + std::chrono::seconds(5);
    const auto issued = tokens.Issue({}, clock.MachineNow());
    const std::string& cookie = *issued.set_cookie;
    const auto equals = cookie.find('=');
    request.cookies.Add(cookie.substr(0, equals),
                        cookie.substr(equals + 1, cookie.find(';') - equals - 1));
    request.fields.Add("token", issued.token);
    return request;
  }

  redis::Limiter limiter{"127.0.0.1:1", "test"};
  Limits limits;
  Backend backend{{"127.0.0.1:1", "127.0.0.1:1", {}, {kNoPem, kNoPem, kNoPem}}};
  FormTokens tokens{"secret", kOrigin};
  support::ManualClock clock;
  Open311 open311{{.origin = kOrigin, .jurisdiction_id = "", .contact = ""}, limits, backend};
  Pages pages{{kWeb, "Bình Dương", "1022", ""}, tokens, limits, backend, clock};
  Portal portal{limits, open311, pages};
};

Values Code() {
  Values fields;
  fields.Add("code", "K7QM-2XWD-9RTA"), fields.Add("contact", "0912 345 678");
  return fields;
}

void CheckCodeIsThere(const std::string& page) {
  CHECK(Has(page, "value=\"K7QM-2XWD-9RTA\""));
  CHECK(Has(page, "value=\"0912 345 678\""));
  CHECK(Has(page, "id=\"errors\" class=\"errors\" role=\"alert\" tabindex=\"-1\""));
}

TEST_CASE("portal: a form that is too old comes back with a new token") {
  Stage stage;
  const Request old = stage.Post("/vi/follow", Code());
  stage.clock.Advance(std::chrono::hours(30));
  const Response page = stage.portal.Answer(old);
  CHECK(page.status == 403);
  CheckCodeIsThere(page.body);
  std::smatch token;
  REQUIRE(std::regex_search(page.body, token, std::regex("name=\"token\" value=\"([^\"]+)\"")));
  Request again = old;
  again.fields = Code(), again.fields.Add("token", token[1].str());
  CHECK(stage.portal.Answer(again).status == 503);  // taken, but nobody is there to ask
}

TEST_CASE("portal: what another site wrote does not come back") {
  Stage stage;
  Request request = stage.Post("/vi/follow", Code());
  for (const char* const again : {"", "1"}) {
    if (*again != '\0') request.fields.Add("again", again);
    request.headers.Add("origin", "https://evil.example");
    const Response page = stage.portal.Answer(request);
    CHECK(page.status == 403);
    CHECK_FALSE(Has(page.body, "K7QM"));
  }
}

TEST_CASE("portal: who sends too often keeps what was typed, and is told until when to wait") {
  Stage stage(1);
  const Request request = stage.Post("/en/follow", Code());
  stage.portal.Answer(request);
  const Response page = stage.portal.Answer(request);
  CHECK(page.status == 429);
  CheckCodeIsThere(page.body);
  CHECK(std::stoi(HeaderOf(page, "Retry-After")) > 0);
  CHECK(std::regex_search(page.body, std::regex("Try again after [0-9]+ seconds")));
}

TEST_CASE("portal: who sends a flood keeps what was typed, but nothing is made of it") {
  Stage stage;
  for (int i = 0; i < 100; ++i) stage.portal.Answer(stage.Post("/vi/nothing", {}));
  const Response page = stage.portal.Answer(stage.Post("/vi/follow", Code()));
  CHECK(page.status == 429);
  CHECK(Has(page.body, "<input type=\"hidden\" name=\"code\" value=\"K7QM-2XWD-9RTA\">"));
  CHECK(std::stoi(HeaderOf(page, "Retry-After")) > 0);
}

TEST_CASE("portal: a rating and a reason come back with their ids, and no code is tried") {
  Stage stage(1);
  Values fields = Code();
  fields.Add("satisfaction", "2"), fields.Add("comment", "chậm\r\nnhưng xong");
  fields.Add("reason", "còn một nửa"), fields.Add("rate_id", kId);
  stage.portal.Answer(stage.Post("/vi/rate", fields));
  const Response page = stage.portal.Answer(stage.Post("/vi/rate", fields));
  CHECK(page.status == 429);
  CHECK(Has(page.body, "name=\"rate_id\" value=\"" + kId + "\""));
  CHECK(Has(page.body, "value=\"2\" checked"));
  CHECK(Has(page.body, ">chậm\nnhưng xong</textarea>"));
  CHECK(Has(page.body, ">còn một nửa</textarea>"));
  CHECK_FALSE(Has(page.body, "id=\"standing\""));
  // Busy, or without a service behind: the same.
  CHECK(Has(stage.portal.AnswerBusy(stage.Post("/vi/reopen", fields)).body, ">còn một nửa<"));
}

TEST_CASE("portal: a report is kept even when nothing is known of the province") {
  Stage stage;
  Values fields;
  fields.Add("category", "A.1"), fields.Add("text", "một\nhai\" <script>alert(1)</script>");
  fields.Add("q-some[]", "x"), fields.Add("q-some[]", "y"), fields.Add("request_id", kId);
  Request request = stage.Post("/vi/report", fields);
  request.uploads = {{"photos", "a.jpg", "\xFF\xD8\xFF"}};
  for (const Response& page : {stage.portal.Answer(request), stage.portal.AnswerBusy(request)}) {
    CHECK(page.status == 503);
    CHECK(HeaderOf(page, "Retry-After") != "");
    CHECK(HeaderOf(page, "Cache-Control") == "no-store");
    CHECK(Has(page.body, "name=\"request_id\" value=\"" + kId + "\""));
    CHECK(Has(page.body, "value=\"một\nhai&quot; &lt;script&gt;alert(1)&lt;/script&gt;\""));
    CHECK(Has(page.body, "name=\"q-some[]\" value=\"y\""));
    CHECK(Has(page.body, "Ảnh không giữ lại được"));
    CHECK(Has(page.body, "action=\"/vi/report\""));
    CHECK(Has(page.body, "form=\"kept\" formaction=\"/en/report\""));
    // The token is a new one, once.
    CHECK(page.body.find("name=\"token\"") == page.body.rfind("name=\"token\""));
  }
}

TEST_CASE("portal: what is sent back stays small") {
  Stage stage;
  Values fields;
  for (int i = 0; i < 100; ++i) fields.Add("f" + std::to_string(i), std::string(1000, '"'));
  const Response much = stage.portal.AnswerBusy(stage.Post("/vi/report", fields));
  CHECK(much.status == 503);
  CHECK(much.body.size() < 20'000);
  Values switched;
  switched.Add("text", "một"), switched.Add("again", "1"), switched.Add("photos_left", "1");
  const Response kept = stage.portal.AnswerBusy(stage.Post("/vi/report", switched));
  CHECK(Has(kept.body, "value=\"một\""));
  // Sent again it is sent, not shown in another language.
  CHECK_FALSE(Has(kept.body, "type=\"hidden\" name=\"again\""));
  CHECK_FALSE(Has(kept.body, "name=\"photos_left\""));
}

TEST_CASE("portal: partners are told in their format that all is busy") {
  Stage stage;
  const Response busy = stage.portal.AnswerBusy(stage.Post("/open311/v2/requests.json", {}));
  CHECK(busy.status == 503);
  CHECK(HeaderOf(busy, "Retry-After") == "5");
  CHECK(Has(busy.body, "\"code\":503"));
}

TEST_CASE("portal: what is refused unread is answered with a page that is there already") {
  Stage stage;
  Request request;
  request.method = "POST", request.path = "/en/report";
  for (const int status : {400, 405, 413, 415, 500, 503}) {
    const Response at_once = stage.portal.Refuse(request, status);
    CHECK(at_once.status == status);
    CHECK(Has(at_once.body, "<html lang=\"en\">"));
    CHECK(HeaderOf(at_once, "Cache-Control") == "no-store");
  }
  CHECK(Has(stage.portal.Refuse(request, 413).body, "Go back in your browser"));
  request.path = "/nothing/at/all";
  CHECK(Has(stage.portal.Refuse(request, 400).body, "<html lang=\"vi\">"));
}

}  // namespace
}  // namespace lienthong::portal
