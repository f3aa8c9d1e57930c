// Pages of the portal from data alone: texts, templates, escaping, forms, the map.
#include <filesystem>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

#include "portal/map.hpp"
#include "portal/page.hpp"
#include "portal/pages_answers.hpp"
#include "portal/pages_follow.hpp"
#include "portal/pages_report.hpp"
#include "portal/pages_state.hpp"
#include "portal/shown.hpp"
#include "support/clock.hpp"
#include "support/ids.hpp"
#include "support/portal_response.hpp"

namespace lienthong::portal {
namespace {

namespace fs = std::filesystem;

const std::string kSources = LIENTHONG_DEPLOY "/../services/portal";
const std::string kWeb = kSources + "/web";
constexpr const char* kHostile = "\"'><script>alert(1)</script>{{TOKEN}}[[home.title]]&amp;";

hotline::Category CategoryOf(const std::string& id, const std::string& parent,
                             hotline::CategoryKind kind) {
  hotline::Category category;
  category.set_id(id), category.set_parent_id(parent), category.set_kind(kind);
  category.set_name("Lĩnh vực " + id), category.set_name_en("Category " + id);
  category.set_restricted(kind == hotline::CATEGORY_KIND_CONDUCT);
  return category;
}

directory::Unit UnitOf(const std::string& id, const std::string& name, const std::string& parent,
                       directory::UnitKind kind, const std::string& gso_code) {
  directory::Unit unit;
  unit.set_id(id), unit.set_name(name), unit.set_parent_id(parent);
  unit.set_kind(kind), unit.set_gso_code(gso_code);
  return unit;
}

Province SmallProvince() {
  Province province;
  hotline::Category asked = CategoryOf("A.1", "A", hotline::CATEGORY_KIND_INCIDENT);
  const std::pair<const char*, hotline::QuestionType> questions[] = {
      {"line", hotline::QUESTION_TYPE_STRING},
      {"count", hotline::QUESTION_TYPE_NUMBER},
      {"when", hotline::QUESTION_TYPE_DATETIME},
      {"words", hotline::QUESTION_TYPE_TEXT},
      {"one", hotline::QUESTION_TYPE_SINGLE_VALUE_LIST},
      {"some", hotline::QUESTION_TYPE_MULTI_VALUE_LIST}};
  for (const auto& [code, type] : questions) {
    hotline::Question* const question = asked.add_questions();
    question->set_code(code), question->set_type(type), question->set_required(true);
    question->set_text(std::string("Câu hỏi ") + code);
    for (const char* const key : {"x", "y"}) {
      hotline::QuestionValue* const value = question->add_values();
      value->set_key(key), value->set_name(std::string("Giá trị ") + key);
    }
  }
  province.categories = {CategoryOf("A", "", hotline::CATEGORY_KIND_INCIDENT), asked,
                         CategoryOf("A.2", "A", hotline::CATEGORY_KIND_EMERGENCY),
                         CategoryOf("A.3", "A", hotline::CATEGORY_KIND_CONDUCT)};
  province.units = {
      UnitOf("H1", "Ủy ban nhân dân thành phố Một", "H", directory::UNIT_KIND_DISTRICT, "718"),
      UnitOf("H1.1", "Ủy ban nhân dân phường Phú Cường", "H1", directory::UNIT_KIND_COMMUNE,
             "25747")};
  return province;
}

Request Get(const std::string& path) {
  Request request;
  request.method = "GET", request.path = path;
  return request;
}

/// Everything that a page is made from.
struct Stage {
  Visit VisitTo(const std::string& path, Language language = Language::kVietnamese) {
    request.path = "/" + std::string(NameOf(language)) + path;
    return {site, request, tokens, limits, clock, ids, language, path};
  }
  Response Report(const ReportForm& form, const FormErrors& errors = {}) {
    return ReportPage(VisitTo("/report"), province, form, errors, 200);
  }

  Site site{kWeb, "Bình Dương", "1022"};
  Request request = Get("");
  FormTokens tokens{"secret", "http://1022.example.vn"};
  redis::Limiter limiter{"127.0.0.1:1", "test"};  // nothing is there: counted in this process
  Limits limits{{}, "secret", limiter};
  lienthong::support::ManualClock clock;
  lienthong::support::CountingIds ids;
  Province province = SmallProvince();
};

bool Has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

/// What the Content-Security-Policy would stop, and values that came through as they were.
void CheckHarmless(const Response& response) {
  CHECK_FALSE(Has(response.body, "<script>"));
  CHECK_FALSE(std::regex_search(response.body, std::regex("<[^>]* (style|on[a-z]+)=")));
}

TEST_CASE("portal: every text is there in all languages, and something uses it") {
  const Texts texts(kWeb + "/texts.yaml");
  std::set<std::string> used;
  std::string sources;
  for (const auto& entry : fs::directory_iterator(kWeb)) {
    if (entry.path().extension() != ".html") continue;
    for (const std::string& key : MarksOf(ReadWhole(entry.path()))) used.insert(key);
  }
  for (const auto& entry : fs::directory_iterator(kSources)) {
    const bool lists_them = entry.path().filename() == "page.cpp";
    if (entry.path().extension() == ".cpp" && !lists_them) sources += ReadWhole(entry.path());
  }
  for (const std::string_view key : TextsOfCode()) {
    used.emplace(key);
    CAPTURE(key);
    CHECK((key.starts_with("error.") || Has(sources, "\"" + std::string(key) + "\"")));
  }
  const auto keys = texts.Keys();
  CHECK(std::set<std::string>(keys.begin(), keys.end()) == used);
}

TEST_CASE("portal: what was typed into a form comes back escaped, with its lines") {
  Stage stage;
  ReportForm form;
  form.category = stage.province.FindCategory("A.1");
  form.request_id = kHostile;
  form.text = std::string("một\nhai") + kHostile;
  form.unit = form.commune = form.address = form.latitude = form.longitude = kHostile;
  form.name = form.phone = form.email = kHostile;
  for (const char* const code : {"line", "count", "when", "words", "one", "some"}) {
    form.answers[code] = {kHostile};
  }
  const Response page =
      stage.Report(form, {{"text", "wrong.text_long"}, {"q-one", "wrong.answer"}});
  CheckHarmless(page);
  CHECK(Has(page.body, ">một\nhai&quot;&#39;&gt;&lt;script&gt;"));
  // What looks like a template in a value is a value.
  CHECK(Has(page.body, "{{TOKEN}}[[home.title]]&amp;amp;"));
  CHECK(Has(page.body, "<a href=\"#text\">"));
  CHECK(Has(page.body, "aria-describedby=\"text-hint text-error\" aria-invalid=\"true\""));
  CHECK(Has(page.body, "aria-invalid=\"true\" aria-describedby=\"q-one-error\""));
  CHECK(HeaderOf(page, "Cache-Control") == "no-store");
  CHECK(Has(HeaderOf(page, "Set-Cookie"), "HttpOnly"));
}

TEST_CASE("portal: what services answer is shown escaped") {
  Stage stage;
  hotline::PublicTicket ticket;
  ticket.set_id("019a0000-0000-7000-8000-000000000001");
  ticket.set_category_id(kHostile), ticket.set_commune_code(kHostile);
  ticket.add_place_names(kHostile);
  ticket.set_standing(hotline::REPORT_STANDING_ANSWERED);
  ticket.set_text(kHostile), ticket.set_answer(kHostile), ticket.set_photos(2);
  ticket.add_unit_ids(kHostile);
  const Response one = AnswerPage(stage.VisitTo("/answers/1"), stage.province, ticket);
  CheckHarmless(one);
  CHECK(Has(one.body, "/vi/answers/019a0000-0000-7000-8000-000000000001/photos/2\""));
  CHECK(Has(one.body, "alt=\"Ảnh 2 của phản ánh: "));
  hotline::ListPublicTicketsResponse found;
  *found.add_tickets() = ticket;
  found.set_next_page_token("a+b/c");
  const AnswersQuery query{.words = kHostile, .category = "A.1", .commune = "25747"};
  const Response list = AnswersPage(stage.VisitTo("/answers"), stage.province, query, found, "");
  CheckHarmless(list);
  CHECK(Has(list.body, "<h2 lang=\"vi\">"));
  CHECK(Has(list.body, "<optgroup label=\"Thành phố Một\" lang=\"vi\">"));
  CHECK(Has(list.body, "&amp;category=A.1&amp;commune=25747&amp;page_token=a%2Bb%2Fc\""));
  Followed followed;
  followed.code = followed.contact = followed.comment = followed.reason = kHostile;
  followed.category = kHostile;
  followed.rate_id = followed.reopen_id = kHostile;
  hotline::FollowedReport& report = followed.report.emplace();
  report.set_standing(hotline::REPORT_STANDING_WAITING);
  report.set_text(kHostile), report.set_answer(kHostile), report.set_question(kHostile);
  report.set_can_rate(true), report.set_can_reopen(true);
  CheckHarmless(FollowedPage(stage.VisitTo("/follow"), followed, 200));
}

TEST_CASE("portal: a form becomes the call, or says what is wrong with it") {
  Stage stage;
  ReportForm form;
  form.category = stage.province.FindCategory("A.1");
  form.request_id = stage.ids.New();
  FormErrors errors;
  CheckReportForm(form, stage.province, errors);
  std::vector<std::string> fields;
  for (const FormError& error : errors) fields.push_back(error.field);
  CHECK(fields == std::vector<std::string>{"text", "q-line", "q-count", "q-when", "q-words",
                                           "q-one", "q-some", "name", "phone"});
  form.text = "Ổ gà", form.name = "Lê Văn A", form.phone = "0912345678";
  form.commune = "25747", form.latitude = "10,98", form.longitude = "106.65";
  form.answers = {{"line", {" một\nhai "}}, {"count", {"1,5"}}, {"when", {"2026-11-27T16:05"}},
                  {"words", {"x"}},         {"one", {"x"}},     {"some", {"x", "y"}}};
  errors.clear();
  const auto call = CheckReportForm(form, stage.province, errors);
  CHECK(errors.empty());
  CHECK(call.channel() == hotline::CHANNEL_WEB);
  CHECK(call.place().latitude() == 10.98);
  CHECK(call.caller().phone() == "0912345678");
  REQUIRE(call.question_answers_size() == 6);
  CHECK(call.question_answers(0).values(0) == "một hai");
  CHECK(call.question_answers(1).values(0) == "1.5");
  CHECK(call.question_answers(2).values(0) == "2026-11-27T16:05:00+07:00");
  CHECK(call.question_answers(5).values_size() == 2);
  form.anonymous = true, form.longitude.clear(), form.commune = "1";
  const auto anonymous = CheckReportForm(form, stage.province, errors);
  CHECK(anonymous.caller().full_name().empty());
  CHECK(anonymous.caller().phone().empty());
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].field == "commune");
  CHECK(errors[1].field == "latitude");
}

TEST_CASE("portal: a form is read as it was typed") {
  Stage stage;
  Request request;
  request.fields.Add("request_id", "none");
  request.fields.Add("text", "một\r\nhai");
  request.fields.Add("name", "  Lê\tVăn A ");
  request.fields.Add("q-some[]", "x"), request.fields.Add("q-some[]", "y");
  request.fields.Add("q-line", "z");
  const ReportForm form = ReadReportForm(request, stage.province.FindCategory("A.1"), stage.ids);
  CHECK(base::IsRecordId(form.request_id));
  CHECK(form.text == "một\nhai");
  CHECK(form.name == "Lê Văn A");
  CHECK(form.answers.at("some") == std::vector<std::string>{"x", "y"});
  CHECK(form.answers.at("line") == std::vector<std::string>{"z"});
  CHECK(ReadReportForm(request, nullptr, stage.ids).answers.empty());
}

TEST_CASE("portal: a complaint names the agency; what the hotline refuses is shown at its field") {
  Stage stage;
  ReportForm form;
  form.category = stage.province.FindCategory("A.3");
  form.anonymous = true, form.text = "x";
  FormErrors errors;
  CheckReportForm(form, stage.province, errors);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].field == "unit");
  CHECK(Has(stage.Report(form).body, "không bao giờ được công khai"));
  const auto field_of = [](const std::string& field) {
    return ErrorsOf(base::InvalidField(field, "x")).front().field;
  };
  CHECK(field_of("text") == "text");
  CHECK(field_of("question_answers.so_cot") == "q-so_cot");
  CHECK(field_of("place.commune_code") == "commune");
  CHECK(field_of("caller.full_name") == "name");
  CHECK(field_of("caller.email") == "email");
  CHECK(field_of("concerned_unit_id") == "unit");
  CHECK(field_of("unheard_of").empty());
  CHECK(ErrorsOf(base::Invalid("PHONE_INVALID", "caller.phone", "x")).front().field == "phone");
}

TEST_CASE("portal: photos have the same upload ids when the same form comes again") {
  const std::string jpeg = "\xFF\xD8\xFF one", png = "\x89PNG\r\n\x1A\n two";
  const std::string id = "019a0000-0000-7000-8000-000000000001";
  Request request;
  request.uploads = {{"photos", "tôi.jpg", jpeg}, {"photos", "", ""}, {"photos", "b", png}};
  FormErrors errors;
  const auto first = ReadPhotos(request, "photos", id, errors),
             again = ReadPhotos(request, "photos", id, errors);
  REQUIRE(errors.empty());
  REQUIRE(first.size() == 2);
  CHECK(base::IsRecordId(first[0].upload_id));
  CHECK(first[0].upload_id == again[0].upload_id);
  CHECK(first[0].upload_id != first[1].upload_id);
  CHECK(first[0].name == "anh-1.jpg");
  CHECK(first[1].name == "anh-2.png");
  CHECK(
      ReadPhotos(request, "photos", "019a0000-0000-7000-8000-000000000002", errors)[0].upload_id !=
      first[0].upload_id);
  const auto wrong = [&](std::vector<Upload> uploads) {
    request.uploads = std::move(uploads);
    FormErrors found;
    ReadPhotos(request, "photos", id, found);
    return found.empty() ? "" : found.front().key;
  };
  CHECK(wrong({{"photos", "a.jpg", "<html>"}}) == "wrong.photo_kind");
  CHECK(wrong({{"photos", "a.jpg", jpeg + std::string(kPhotoBytesMax, 'x')}}) ==
        "wrong.photo_large");
  CHECK(wrong(std::vector<Upload>(6, {"photos", "a.jpg", jpeg})) == "wrong.photos_many");
}

TEST_CASE("portal: choosing shows open categories, and numbers to call instead of emergencies") {
  Stage stage;
  stage.province.categories[1].set_closed(true);
  const Response page = CategoriesPage(stage.VisitTo("/report"), stage.province);
  CHECK_FALSE(Has(page.body, "category=A.1\""));
  CHECK_FALSE(Has(page.body, "category=A.2\""));
  CHECK(Has(page.body, "category=A.3\""));
  CHECK(Has(page.body, "href=\"tel:114\""));
}

TEST_CASE("portal: the other language is the same page") {
  Stage stage;
  stage.request.query.Add("q", "đèn & <x>");
  const Response answers = AnswersPage(stage.VisitTo("/answers"), stage.province, {}, {}, "");
  CHECK(Has(answers.body, "href=\"/en/answers?q=%C4%91%C3%A8n%20%26%20%3Cx%3E\""));
  const Visit home = stage.VisitTo("", Language::kEnglish);
  stage.request.query = {};
  CHECK(Has(Page(home, "home.html", "x").Finish().body, "href=\"/\" lang=\"vi\""));
  // What was typed comes along; Enter does not press this button, but the one before it.
  const std::string form = stage.Report({}).body;
  CHECK(Has(form, "form=\"report\" formaction=\"/en/report\""));
  CHECK(form.find("class=\"enter\" form=\"report\"") < form.find("formaction="));
  const std::string follow = FollowPage(stage.VisitTo("/follow"), {}, 200).body;
  CHECK(Has(follow, "form=\"follow\" formaction=\"/en/follow\""));
}

TEST_CASE("portal: errors name the hotline, and both fields of a wrong code say what is wrong") {
  Stage stage;
  const std::string sent = stage.Report({}, {{"", "wrong.sent_before"}}).body;
  CHECK(Has(sent, "xin gọi 1022."));
  CHECK_FALSE(Has(sent, "{{"));
  const std::string follow =
      FollowPage(stage.VisitTo("/follow"), {{"code", "follow.wrong"}}, 422).body;
  CHECK(Has(follow, "aria-describedby=\"code-hint code-error\" aria-invalid=\"true\""));
  CHECK(Has(follow, "aria-describedby=\"contact-hint contact-error\" aria-invalid=\"true\""));
  CHECK(Has(follow, "id=\"contact-error\""));
}

TEST_CASE("portal: errors are pages in both languages") {
  Stage stage;
  for (const Language language : kLanguages) {
    for (const int status : {400, 403, 404, 405, 413, 414, 422, 429, 431, 500, 502, 503, 504}) {
      const auto page =
          ErrorPage(stage.VisitTo("/report", language), status, std::chrono::seconds(61));
      CHECK(page.status == status);
      CHECK(HeaderOf(page, "Retry-After") == "61");
      CHECK(Has(page.body, "<html lang=\"" + std::string(NameOf(language)) + "\">"));
      CHECK_FALSE(Has(page.body, "{{"));
      CHECK_FALSE(Has(page.body, "[["));
      CheckHarmless(page);
    }
  }
}

TEST_CASE("portal: the state shows no small number and no last good value") {
  Stage stage;
  ProvinceState state;
  state.figures.emplace();
  hotline::PublicUnitFigures* const figures = state.figures->add_units();
  figures->set_unit_id("H1"), figures->set_received(10), figures->set_on_time(8);
  figures->set_satisfied(5), figures->set_rated(6);
  const std::chrono::system_clock::time_point known{std::chrono::hours(24 * 365 * 50)};
  CopyState equal, unknown;
  equal.unit_id = "H1", equal.equal = true, equal.verified_at = known;
  unknown.unit_id = "H1.1", unknown.not_known_since = known;
  state.copies = {equal, unknown};
  const Response page = StatePage(stage.VisitTo("/state"), stage.province, state);
  CheckHarmless(page);
  CHECK(Has(page.body, "<td>83 %</td>"));
  CHECK(Has(page.body, "<td>dưới 5</td>"));
  CHECK(Has(page.body, "<td class=\"equal\">Khớp</td>"));
  CHECK(Has(page.body, "Không rõ từ 20/12/2019 07:00"));
  CHECK(Has(page.body, "width=\"80\""));
  CHECK(Has(page.body, "<td>chưa đủ 5 đánh giá</td>"));
  // A unit that has ended has its figures under its name, in the chart and in the table.
  hotline::PublicUnitFigures* const ended = state.figures->add_units();
  ended->set_unit_id("H1.9"), ended->set_ended_unit_name("Ủy ban nhân dân huyện Cũ");
  ended->set_received(7);
  const std::string with_ended = StatePage(stage.VisitTo("/state"), stage.province, state).body;
  const std::string name = "Ủy ban nhân dân huyện Cũ";
  CHECK(with_ended.find(name) != with_ended.rfind(name));
  // What is overdue and how many are content have a chart each, where they are told.
  CHECK(Has(with_ended, "class=\"satisfied\" x=\"0\" y=\"0\" width=\"83\""));
  CHECK(Has(with_ended, "hài lòng: 83 %"));
  CHECK_FALSE(Has(with_ended, "class=\"overdue\""));
  ended->set_overdue(6);
  const std::string late = StatePage(stage.VisitTo("/state"), stage.province, state).body;
  CHECK(Has(late, "class=\"overdue\" x=\"0\" y=\"0\" width=\"100\""));
  CHECK(Has(late, "quá hạn 6"));
  CHECK_FALSE(Has(with_ended, "H1.9"));
  state.figures.reset();
  CHECK(Has(StatePage(stage.VisitTo("/state"), stage.province, state).body, "Hiện chưa lấy được"));
}

}  // namespace
}  // namespace lienthong::portal
