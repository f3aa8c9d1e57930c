// The published answers of communes of before and of today, from data alone.
#include <catch2/catch.hpp>

#include "portal/pages_answers.hpp"
#include "support/clock.hpp"
#include "support/ids.hpp"
#include "support/portal_province.hpp"

namespace lienthong::portal {
namespace {

const std::string kWebOfAnswers = LIENTHONG_DEPLOY "/../services/portal/web";

/// One answer, and the pages that show it.
struct AnswerShown {
  AnswerShown() {
    request.method = "GET", request.path = "/vi/answers";
    ticket.set_id(support::kId), ticket.set_category_id("HATANG.CHIEUSANG");
    ticket.set_standing(hotline::REPORT_STANDING_ANSWERED);
    ticket.add_place_names("Ủy ban nhân dân phường Cũ");
    ticket.add_place_names("Ủy ban nhân dân thành phố Thủ Dầu Một");
  }
  Visit TheVisit() {
    return {site, request, tokens, limits, clock, ids, Language::kVietnamese, "/answers"};
  }
  std::string Answer() { return AnswerPage(TheVisit(), province, ticket).body; }
  std::string List(const std::string& commune, bool is_found = true) {
    hotline::ListPublicTicketsResponse found;
    if (is_found) *found.add_tickets() = ticket;
    const AnswersQuery query{.words = "", .category = "", .commune = commune};
    return AnswersPage(TheVisit(), province, query, found, "").body;
  }

  Site site{kWebOfAnswers, "Bình Dương", "1022"};
  Request request;
  FormTokens tokens{"secret", "http://1022.example.vn"};
  redis::Limiter limiter{"127.0.0.1:1", "test"};  // nothing is there: counted in this process
  Limits limits{{}, "secret", limiter};
  lienthong::support::ManualClock clock;
  lienthong::support::CountingIds ids;
  const Province province = support::TheProvince();
  hotline::PublicTicket ticket;
};

TEST_CASE("portal: an answer names its commune as it was when the report came") {
  AnswerShown shown;
  shown.ticket.set_commune_code("25747");  // another one has the code today
  CHECK(shown.Answer().find("<span lang=\"vi\">Phường Cũ</span>") != std::string::npos);
  const std::string list = shown.List("25747");
  CHECK(list.find("<span lang=\"vi\">Phường Cũ</span>") != std::string::npos);
  CHECK(list.find("value=\"25747\" selected>Phường Phú Cường</option>") != std::string::npos);
  shown.ticket.clear_commune_code(), shown.ticket.clear_place_names();
  CHECK(shown.Answer().find("<span lang=\"vi\">") == std::string::npos);
}

TEST_CASE("portal: a commune that is no more stays chosen in the search of answers") {
  AnswerShown shown;
  shown.ticket.set_commune_code("25753");
  const std::string option = "<option lang=\"vi\" value=\"25753\" selected>";
  CHECK(shown.List("25753").find(option + "Phường Cũ</option>") != std::string::npos);
  CHECK(shown.List("25753", false).find(option + "25753</option>") != std::string::npos);
  CHECK(shown.List("").find("value=\"25753\"") == std::string::npos);
}

}  // namespace
}  // namespace lienthong::portal
