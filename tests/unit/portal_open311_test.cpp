// Open311 GeoReport v2: what is read from arguments, and what is written, without a hotline.
#include <catch2/catch.hpp>

#include <libxml/parser.h>

#include <array>
#include <set>
#include <string>

#include "platform/base/error.hpp"
#include "platform/journal/times.hpp"
#include "portal/open311.hpp"
#include "portal/open311_requests.hpp"
#include "portal/open311_services.hpp"
#include "support/portal_province.hpp"

namespace lienthong::portal::open311 {
namespace {

using support::FaultsOf;
using support::kId;
using support::Of;
using support::TheProvince;

std::string ListFaults(const Values& query) {
  return FaultsOf(
      [&] { ReadListQuery(query, TheProvince(), base::ParseTime("2019-07-10T00:00:00Z")); });
}

TEST_CASE("open311: dates are W3C dates that name their zone", "[portal]") {
  const auto read = [](const char* text) -> std::string {
    const auto time = ReadDate(text);
    return time ? base::FormatTime(*time) : "none";
  };
  CHECK(read("2010-01-01T00:00:00Z") == "2010-01-01T00:00:00.000000Z");
  CHECK(read("2019-07-10T07:30:00+07:00") == "2019-07-10T00:30:00.000000Z");
  CHECK(read("2019-07-10T07:30:00 07:00") == "2019-07-10T00:30:00.000000Z");
  CHECK(read("1994-11-05T08:15:30-05:00") == "1994-11-05T13:15:30.000000Z");
  CHECK(read("2019-07-10T07:30+07:00") == "2019-07-10T00:30:00.000000Z");
  CHECK(read("2019-07-10T00:30:00.25Z") == "2019-07-10T00:30:00.250000Z");
  CHECK(read("2019-07-10T00:30:00.1234567Z") == "2019-07-10T00:30:00.123456Z");
  for (const char* text : {"",
                           "2019",
                           "2019-07-10",
                           "2019-07-10T07:30:00",
                           "2019-07-10 07:30:00Z",
                           "2019-02-30T00:00:00Z",
                           "2019-13-01T00:00:00Z",
                           "2019-07-10T24:00:00Z",
                           "2019-07-10T00:60:00Z",
                           "2019-07-10T00:00:00.Z",
                           "2019-07-10T00:00:00+15:00",
                           "2019-07-10T00:00:00+07:60",
                           "2019-07-10T00:00:00+0700",
                           "2019-07-10T00:00:00Z ",
                           "2019-07-10T00:00:00ZZ",
                           "1899-12-31T00:00:00Z",
                           "2200-01-01T00:00:00Z",
                           "9999999999-07-10T00:00:00Z",
                           "-019-07-10T00:00:00Z",
                           "2019-07-1ðT00:00:00Z"}) {
    CAPTURE(text);
    CHECK(read(text) == "none");
  }
  CHECK(WriteDate(base::ParseTime("2019-07-10T20:30:00.999999Z")) == "2019-07-11T03:30:00+07:00");
}

TEST_CASE("open311: one answer as XML and as JSON", "[portal]") {
  const Json value = Json::array({Json{{"service_code", "A&B"},
                                       {"metadata", true},
                                       {"order", 2},
                                       {"group", Json()},
                                       {"values", Json::array({Json{{"key", "<k>"}}})}}});
  CHECK(Write(value, "services", Format::kXml) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<services><service><service_code>A&amp;B</service_code><metadata>true</metadata>"
        "<order>2</order><group/><values><value><key>&lt;k&gt;</key></value></values></service>"
        "</services>\n");
  CHECK(Write(value, "services", Format::kJson) ==
        R"([{"service_code":"A&B","metadata":true,"order":2,"group":null,)"
        R"("values":[{"key":"<k>"}]}])");
  CHECK(Write(Json::array(), "service_requests", Format::kXml) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<service_requests/>\n");
  CHECK(Write(Json::array(), "service_requests", Format::kJson) == "[]");
}

TEST_CASE("open311: no text breaks the XML or the JSON around it", "[portal]") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& text :
       {all, std::string("\xef\xbf\xbe\xef\xbf\xbf"), std::string("\xed\xa0\x80"),
        std::string("\xf4\x90\x80\x80"), std::string("\xf0\x9f"), std::string("]]><!--<?x?>&#0;"),
        std::string("đường\r\n\t\"'"), std::string("\xf0\x9f\x98\x80")}) {
    CAPTURE(text);
    const Json value = Json::array({Json{{"code", 400}, {"description", text}}});
    const std::string xml = Write(value, "errors", Format::kXml);
    xmlDoc* const document =
        xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                      XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
    REQUIRE(document != nullptr);
    xmlFreeDoc(document);
    CHECK(Json::accept(Write(value, "errors", Format::kJson)));
  }
  const Json plain = Json::array({Json{{"description", "Đèn\n\x01tắt"}}});
  CHECK(Write(plain, "errors", Format::kXml).find("Đèn\n\xef\xbf\xbdtắt") != std::string::npos);
}

TEST_CASE("open311: services are the open categories that everybody may report in", "[portal]") {
  const Province province = TheProvince();
  const Json services = ServiceList(province);
  REQUIRE(services.size() == 2);
  CHECK(services[0].dump() ==
        R"({"service_code":"HATANG.CHIEUSANG","service_name":"Chiếu sáng công cộng",)"
        R"("description":"Public lighting","metadata":false,"type":"realtime",)"
        R"("keywords":"chieu sang cong cong, Public lighting, su co ha tang do thi, )"
        R"(Infrastructure incidents","group":"Sự cố hạ tầng đô thị"})");
  CHECK(services[1]["metadata"] == true);
  for (const char* code :
       {"", "HATANG", "HATANG.CU", "KHANCAP.114", "CBCC.CHAMTRE", "hatang.nuoc"}) {
    CAPTURE(code);
    CHECK(FaultsOf([&] { TheService(province, code); }) == "SERVICE_UNKNOWN");
  }
}

TEST_CASE("open311: a definition lists the questions of a service in their order", "[portal]") {
  const Province province = TheProvince();
  const Json definition = ServiceDefinition(TheService(province, "HATANG.NUOC"));
  CHECK(definition["service_code"] == "HATANG.NUOC");
  REQUIRE(definition["attributes"].size() == 2);
  const Json& first = definition["attributes"][0];
  CHECK(first["variable"] == true);
  CHECK(first["code"] == "loai");
  CHECK(first["datatype"] == "multivaluelist");
  CHECK(first["required"] == true);
  CHECK(first["order"] == 1);
  CHECK(first["values"].dump() == R"([{"key":"ngap","name":""},{"key":"vo_ong","name":""}])");
  CHECK(definition["attributes"][1]["datatype"] == "datetime");
  CHECK(definition["attributes"][1]["order"] == 2);
  CHECK_FALSE(definition["attributes"][1].contains("values"));
}

TEST_CASE("open311: the changeset rises with every change of a category", "[portal]") {
  Province province = TheProvince();
  const Json before = Discovery(province, "https://1022.example.vn", "api@example.vn");
  CHECK(before["endpoints"][0]["url"] == "https://1022.example.vn/open311/v2");
  CHECK(before["endpoints"][0]["formats"].dump() == R"(["text/xml","application/json"])");
  province.categories.back().set_version(4);
  const Json after = Discovery(province, "https://1022.example.vn", "api@example.vn");
  CHECK(before["changeset"].get<std::string>() < after["changeset"].get<std::string>());
}

TEST_CASE("open311: a list is of 90 days, unless it is asked for less", "[portal]") {
  const base::Time now = base::ParseTime("2019-07-10T00:00:00Z");
  const auto range = [&](const Values& query) {
    const auto list = ReadListQuery(query, TheProvince(), now).request;
    return base::FormatTime(journal::ToTime(list.opened_from())).substr(0, 19) + "/" +
           base::FormatTime(journal::ToTime(list.opened_to()));
  };
  CHECK(range({}) == "2019-04-11T00:00:00/2019-07-10T00:00:00.000001Z");
  CHECK(range(Of({{"start_date", ""}, {"end_date", ""}})) == range({}));
  CHECK(range(Of({{"start_date", "2018-01-01T07:00:00+07:00"}})) ==
        "2018-01-01T00:00:00/2018-04-01T00:00:00.000001Z");
  CHECK(range(Of({{"end_date", "2018-04-01T00:00:00Z"}})) ==
        "2018-01-01T00:00:00/2018-04-01T00:00:00.000001Z");
  CHECK(range(Of({{"start_date", "2018-01-01T00:00:00Z"}, {"end_date", "2018-01-01T00:00:00Z"}})) ==
        "2018-01-01T00:00:00/2018-01-01T00:00:00.000001Z");
  CHECK(
      ListFaults(Of({{"start_date", "2018-01-01T00:00:00Z"}, {"end_date", "2018-04-01T00:00:00Z"}}))
          .empty());
  CHECK(ListFaults(Of({{"start_date", "2018-01-01T00:00:00Z"},
                       {"end_date", "2018-04-01T00:00:01Z"}})) == "end_date|");
  CHECK(ListFaults(Of({{"start_date", "2018-01-01T00:00:01Z"},
                       {"end_date", "2018-01-01T00:00:00Z"}})) == "end_date|");
  CHECK(ListFaults(Of({{"start_date", "2018-01-01"}, {"end_date", "yesterday"}})) ==
        "start_date|end_date|");
  const char* const day = "2018-01-01T00:00:00Z";
  CHECK(ListFaults(Of({{"start_date", day}, {"start_date", day}})) == "start_date|");
  CHECK(ListFaults(Of({{"page", "1"}, {"end_date", day}, {"page", "1"}, {"end_date", day}})) ==
        "end_date|page|");
}

TEST_CASE("open311: filters of a list", "[portal]") {
  const base::Time now = base::ParseTime("2019-07-10T00:00:00Z");
  const auto read = [&](const Values& query) { return ReadListQuery(query, TheProvince(), now); };
  CHECK_FALSE(read({}).request.has_answered());
  CHECK_FALSE(read(Of({{"status", "open,closed"}})).request.has_answered());
  CHECK_FALSE(read(Of({{"status", "open"}, {"status", "closed"}})).request.has_answered());
  CHECK(read(Of({{"status", "closed"}})).request.answered());
  CHECK(read(Of({{"status", "open"}})).request.has_answered());
  CHECK_FALSE(read(Of({{"status", "open"}})).request.answered());
  CHECK(ListFaults(Of({{"status", "Open"}})) == "status|");

  const auto some = read(Of({{"service_code", "HATANG.NUOC, HATANG.CU,,X"}}));
  CHECK(some.request.category_ids_size() == 2);
  CHECK_FALSE(some.is_empty);
  CHECK(read(Of({{"service_code", "X"}})).is_empty);
  CHECK_FALSE(read(Of({{"service_code", ","}})).is_empty);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X,";
  CHECK(ListFaults(Of({{"service_code", many}})) == "service_code|");
}

TEST_CASE("open311: pages of a list", "[portal]") {
  const base::Time now = base::ParseTime("2019-07-10T00:00:00Z");
  const auto read = [&](const char* page, const char* size) {
    const auto list = ReadListQuery(Of({{"page", page}, {"page_size", size}}), TheProvince(), now);
    return std::array<std::size_t, 3>{list.skip, list.take,
                                      static_cast<std::size_t>(list.request.page_size())};
  };
  CHECK(read("", "") == std::array<std::size_t, 3>{0, 1000, 1000});
  CHECK(read("1", "7") == std::array<std::size_t, 3>{0, 7, 7});
  CHECK(read("3", "50") == std::array<std::size_t, 3>{100, 50, 150});
  CHECK(read("20", "5000") == std::array<std::size_t, 3>{19000, 1000, 1000});
  for (const auto& [page, size] :
       std::initializer_list<std::pair<const char*, const char*>>{{"21", "1000"},
                                                                  {"0", "1"},
                                                                  {"-1", "1"},
                                                                  {"x", "1"},
                                                                  {"1.5", "1"},
                                                                  {"20001", "1"},
                                                                  {"99999999999999999999", "1"}}) {
    CAPTURE(page);
    CHECK(ListFaults(Of({{"page", page}, {"page_size", size}})) == "page|");
  }
  CHECK(ListFaults(Of({{"page_size", "0"}})) == "page_size|");
}

TEST_CASE("open311: a request shows what everybody may know", "[portal]") {
  const Province province = TheProvince();
  hotline::PublicTicket ticket;
  ticket.set_id(kId);
  ticket.set_category_id("HATANG.CHIEUSANG");
  ticket.set_commune_code("25747");
  ticket.add_place_names("Ủy ban nhân dân phường Phú Cường");
  ticket.add_place_names("Ủy ban nhân dân thành phố Thủ Dầu Một");
  ticket.set_standing(hotline::REPORT_STANDING_HANDLED);
  journal::SetTime(ticket.mutable_opened_at(), base::ParseTime("2019-07-10T00:30:00Z"));
  journal::SetTime(ticket.mutable_updated_at(), base::ParseTime("2019-07-10T00:45:00Z"));
  CHECK(ServiceRequest(ticket, province, "https://o").dump() ==
        R"({"service_request_id":"0190a5b0-0000-7000-8000-000000000001","status":"open",)"
        R"("status_notes":null,"service_name":"Chiếu sáng công cộng",)"
        R"("service_code":"HATANG.CHIEUSANG","description":null,"agency_responsible":null,)"
        R"("service_notice":null,"requested_datetime":"2019-07-10T07:30:00+07:00",)"
        R"("updated_datetime":"2019-07-10T07:45:00+07:00","expected_datetime":null,)"
        R"("address":"Phường Phú Cường, Thành phố Thủ Dầu Một","address_id":"25747",)"
        R"("zipcode":null,"lat":null,"long":null,)"
        R"("media_url":null})");
  journal::SetTime(ticket.mutable_answered_at(), base::ParseTime("2019-07-11T00:30:00Z"));
  journal::SetTime(ticket.mutable_published_at(), base::ParseTime("2019-07-12T00:30:00Z"));
  journal::SetTime(ticket.mutable_updated_at(), base::ParseTime("2019-07-12T01:00:00Z"));
  ticket.set_text("Đèn tắt");
  ticket.set_answer("Đã sửa");
  ticket.add_unit_ids("H09.718.25747");
  ticket.add_unit_ids("H09.gone");
  ticket.add_unit_ids("H09.718");
  ticket.set_photos(2);
  const Json shown = ServiceRequest(ticket, province, "https://o");
  CHECK(shown["status"] == "closed");
  CHECK(shown["status_notes"] == "Đã sửa");
  CHECK(shown["description"] == "Đèn tắt");
  CHECK(shown["agency_responsible"] == "Phường Phú Cường, Thành phố Thủ Dầu Một");
  CHECK(shown["updated_datetime"] == "2019-07-12T08:00:00+07:00");
  CHECK(shown["media_url"] == std::string("https://o/vi/answers/") + kId + "/photos/1");
  // As it was when the report came, whatever has the code today.
  ticket.mutable_place_names()->RemoveLast();
  ticket.set_place_names(0, "Ủy ban nhân dân phường Cũ");
  CHECK(ServiceRequest(ticket, province, "https://o")["address"] == "Phường Cũ");
  ticket.clear_place_names();
  CHECK(ServiceRequest(ticket, province, "https://o")["address"].is_null());
}

TEST_CASE("open311: what was refused before has the form of the standard", "[portal]") {
  Request request;
  request.method = "GET";
  request.path = "/open311/v2/services.json";
  const Response shown = Open311::Refuse(request, 429, std::chrono::seconds(7));
  CHECK(shown.status == 429);
  CHECK(shown.content_type == "application/json; charset=utf-8");
  CHECK(Json::parse(shown.body)[0]["code"] == 429);
  CHECK(shown.headers == std::vector<std::pair<std::string, std::string>>{
                             {"Retry-After", "7"}, {"Access-Control-Allow-Origin", "*"}});
}

TEST_CASE("open311: each refusal says what it is for", "[portal]") {
  Request request;
  request.method = "POST";
  request.path = "/open311/v2/requests.json";
  const auto words = [&](int status) {
    const Response refused = Open311::Refuse(request, status);
    CHECK(refused.status == status);
    CHECK(Json::parse(refused.body)[0]["code"] == status);
    return Json::parse(refused.body)[0]["description"].get<std::string>();
  };
  std::set<std::string> told;
  for (const int status : {400, 413, 415, 429, 500, 503}) told.insert(words(status));
  CHECK(told.size() == 6);
  CHECK(words(400) == "The request is malformed.");
  request.fault = "GET takes no body";
  CHECK(words(400) == "The request is malformed: GET takes no body.");
  request.method = "PUT";
  CHECK(words(405) == "This URL does not take PUT; it takes GET, HEAD, POST.");
}

TEST_CASE("open311: whether a URL takes POST is told before what is wrong with the body",
          "[portal]") {
  Request request;
  request.method = "POST";
  for (const char* path : {"discovery", "services", "services/x", "requests/x", "tokens/x"}) {
    request.path = std::string("/open311/v2/") + path + ".json";
    for (const int status : {405, 413, 415}) {
      const Response refused = Open311::Refuse(request, status);
      CAPTURE(path, status);
      CHECK(refused.status == 405);
      CHECK(refused.headers ==
            std::vector<std::pair<std::string, std::string>>{{"Allow", "GET, HEAD"}});
      CHECK(Json::parse(refused.body)[0]["description"] ==
            "This URL does not take POST; it takes GET, HEAD.");
    }
    CHECK(Open311::Refuse(request, 400).status == 400);
    CHECK(Open311::Refuse(request, 503).status == 503);
  }
}

}  // namespace
}  // namespace lienthong::portal::open311
