#include <catch2/catch.hpp>

#include "portal/form_tokens.hpp"

namespace lienthong::portal {
namespace {

using std::chrono::hours;
using std::chrono::system_clock;

const auto kNow = system_clock::time_point(hours(480'000)) + std::chrono::minutes(59);

/// The form as a browser sends it back that got the page with `issued`.
Request Posted(const FormTokens::Issued& issued) {
  Request request;
  request.method = "POST";
  request.headers.Add("host", "1022.example.vn");
  const std::string& cookie = issued.set_cookie.value();
  const auto equals = cookie.find('=');
  request.cookies.Add(cookie.substr(0, equals),
                      cookie.substr(equals + 1, cookie.find(';') - equals - 1));
  request.fields.Add("token", issued.token);
  return request;
}

TEST_CASE("portal: a form of ours is accepted for a day") {
  const FormTokens tokens("secret", "https://1022.example.vn");
  const FormTokens::Issued issued = tokens.Issue({}, kNow);
  CHECK(issued.set_cookie->find("; HttpOnly; SameSite=Lax; Secure") != std::string::npos);
  const Request posted = Posted(issued);
  CHECK(tokens.IsOurs(posted, kNow));
  CHECK(tokens.IsOurs(posted, kNow + hours(24)));
  CHECK_FALSE(tokens.IsOurs(posted, kNow + hours(25)));
}

TEST_CASE("portal: a browser that has a cookie keeps it") {
  const FormTokens tokens("secret", "http://1022.example.vn");
  const Request posted = Posted(tokens.Issue({}, kNow));
  const FormTokens::Issued again = tokens.Issue(posted, kNow + hours(1));
  CHECK_FALSE(again.set_cookie);
  Request later = posted;
  later.fields = {};
  later.fields.Add("token", again.token);
  CHECK(tokens.IsOurs(later, kNow + hours(1)));
}

TEST_CASE("portal: a form of another browser, site or secret is refused") {
  const FormTokens tokens("secret", "http://1022.example.vn");
  const FormTokens::Issued issued = tokens.Issue({}, kNow);
  const FormTokens::Issued of_another = tokens.Issue({}, kNow);

  Request mixed = Posted(issued);
  mixed.fields = {};
  mixed.fields.Add("token", of_another.token);
  CHECK_FALSE(tokens.IsOurs(mixed, kNow));

  Request without_token = Posted(issued);
  without_token.fields = {};
  CHECK_FALSE(tokens.IsOurs(without_token, kNow));

  Request without_cookie = Posted(issued);
  without_cookie.cookies = {};
  CHECK_FALSE(tokens.IsOurs(without_cookie, kNow));

  CHECK_FALSE(FormTokens("other", "http://1022.example.vn").IsOurs(Posted(issued), kNow));

  for (const auto& [name, value] : {std::pair{"sec-fetch-site", "cross-site"},
                                    {"sec-fetch-site", "same-site"},
                                    {"origin", "https://evil.example"},
                                    {"origin", "null"}}) {
    INFO(name << ": " << value);
    Request from_elsewhere = Posted(issued);
    from_elsewhere.headers.Add(name, value);
    CHECK_FALSE(tokens.IsOurs(from_elsewhere, kNow));
  }
  Request from_us = Posted(issued);
  from_us.headers.Add("origin", "https://1022.example.vn");
  from_us.headers.Add("sec-fetch-site", "same-origin");
  CHECK(tokens.IsOurs(from_us, kNow));

  Request by_proxy = Posted(issued);
  by_proxy.headers = {};
  by_proxy.headers.Add("host", "10.0.0.7:7180");
  by_proxy.headers.Add("origin", "http://1022.example.vn");
  CHECK(tokens.IsOurs(by_proxy, kNow));
}

}  // namespace
}  // namespace lienthong::portal
