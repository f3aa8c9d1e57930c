// Open311 GeoReport v2: forms that become reports to the hotline.
#include <catch2/catch.hpp>

#include "platform/base/id.hpp"
#include "portal/open311_submit.hpp"
#include "support/portal_province.hpp"

namespace lienthong::portal::open311 {
namespace {

using support::FaultsOf;
using support::kId;
using support::Of;
using support::TheProvince;

hotline::SubmitReportRequest Submit(const Values& fields) {
  base::RandomIds ids;
  return ReadSubmission(fields, TheProvince(), ids);
}

std::string SubmitFaults(const Values& fields) {
  return FaultsOf([&] { Submit(fields); });
}

TEST_CASE("open311: a form becomes a report", "[portal]") {
  const auto report = Submit(Of({{"service_code", "HATANG.NUOC"},
                                 {"attribute[loai][]", "ngap"},
                                 {"attribute[loai][]", "vo_ong"},
                                 {"attribute[luc]", "2019-07-10T07:30+07:00"},
                                 {"attribute[khac]", ""},
                                 {"lat", "10.98"},
                                 {"long", "106.65"},
                                 {"address_string", "Số 1"},
                                 {"address_id", "25747"},
                                 {"first_name", "Văn An"},
                                 {"last_name", "Nguyễn"},
                                 {"phone", "0912345678"},
                                 {"description", "Vỡ ống\nở ngã tư"},
                                 {"media_url", "https://a.vn/1.jpg"},
                                 {"device_id", "x"},
                                 {"account_id", "y"},
                                 {"request_id", "0190A5B0-0000-7000-8000-000000000001"}}));
  CHECK(report.request_id() == kId);
  CHECK(report.category_id() == "HATANG.NUOC");
  CHECK(report.text() == "Vỡ ống\nở ngã tư\nTệp kèm theo: https://a.vn/1.jpg");
  REQUIRE(report.question_answers_size() == 2);
  CHECK(report.question_answers(0).values_size() == 2);
  CHECK(report.question_answers(1).values(0) == "2019-07-10T00:30:00.000000Z");
  CHECK(report.place().latitude() == 10.98);
  CHECK(report.place().longitude() == 106.65);
  CHECK(report.place().address() == "Số 1");
  CHECK(report.place().commune_code() == "25747");
  CHECK(report.caller().full_name() == "Nguyễn Văn An");
  CHECK_FALSE(report.caller().anonymous());

  const auto least = Submit(Of({{"service_code", "HATANG.CHIEUSANG"}, {"address_id", "25747"}}));
  CHECK(least.text() == "Chiếu sáng công cộng");
  CHECK(least.caller().anonymous());
  CHECK(least.caller().full_name().empty());
  CHECK(base::IsRecordId(least.request_id()));
  CHECK_FALSE(least.place().has_latitude());
  const auto nameless = Submit(Of(
      {{"service_code", "HATANG.CHIEUSANG"}, {"address_string", "x"}, {"email", "a@example.vn"}}));
  CHECK(nameless.caller().full_name() == "(không nêu tên)");
}

TEST_CASE("open311: all that is wrong with a form is told at once", "[portal]") {
  const auto with = [](std::initializer_list<std::pair<const char*, std::string>> further) {
    Values fields = Of({{"service_code", "HATANG.CHIEUSANG"}});
    for (const auto& [name, value] : further) fields.Add(name, value);
    return SubmitFaults(fields);
  };
  CHECK(SubmitFaults({}) == "service_code|lat, long|");
  CHECK(SubmitFaults(Of({{"service_code", "KHANCAP.114"}})) == "SERVICE_UNKNOWN");
  CHECK(SubmitFaults(Of({{"service_code", "HATANG.NUOC"}, {"address_id", "25747"}})) ==
        "attribute[loai]|");
  CHECK(with({}) == "lat, long|");
  CHECK(with({{"lat", "1"}}) == "long|");
  CHECK(with({{"long", "1"}, {"address_string", "x"}}) == "lat|");
  for (const char* wrong : {"90.1", "-91", "nan", "inf", "1,5", "0x1p3", "1 ", "1e999", "north"}) {
    CAPTURE(wrong);
    CHECK(with({{"lat", wrong}, {"long", "106"}}) == "lat|");
  }
  CHECK(with({{"lat", "-90"}, {"long", "180"}}).empty());
  CHECK(with({{"lat", "1"}, {"long", "180.5"}}) == "long|");
  CHECK(with({{"address_id", "99999"}}) == "address_id|");
  CHECK(with({{"address_id", "718"}}) == "address_id|");  // a district
  CHECK(with({{"address_string", "x"}, {"attribute[khac]", "1"}}) == "attribute|");
  CHECK(with({{"address_string", "x"}, {"attribute[", "1"}}) == "attribute|");
  CHECK(with({{"address_string", "x"}, {"attribute[a]b", "1"}}) == "attribute|");
  CHECK(with({{"address_string", "x"}, {"request_id", "1"}}) == "request_id|");
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "đ";
  CHECK(with({{"address_string", "x"}, {"description", text}}).empty());
  CHECK(with({{"address_string", "x"}, {"description", text + "."}}) == "description|");
  CHECK(with({{"address_string", "x"}, {"description", text}, {"media_url", "http://a.vn"}}) ==
        "media_url|");
  CHECK(with({{"address_string", "x"}, {"media_url", "ftp://a.vn"}}) == "media_url|");
}

TEST_CASE("open311: what comes once in a form comes once", "[portal]") {
  const Values report = Of({{"service_code", "HATANG.NUOC"},
                            {"address_id", "25747"},
                            {"attribute[loai]", "ngap"},
                            {"attribute[loai]", "vo_ong"}});
  CHECK(SubmitFaults(report).empty());
  for (const char* name : {"account_id", "api_key", "description", "device_id", "first_name",
                           "last_name", "phone", "zipcode"}) {
    Values twice = report;
    twice.Add(name, "1"), twice.Add(name, "1");
    CAPTURE(name);
    CHECK(SubmitFaults(twice) == (name == std::string("zipcode") ? "" : name + std::string("|")));
  }
  Values twice = report;
  twice.Add("service_code", "HATANG.NUOC"), twice.Add("address_id", "25747");
  CHECK(SubmitFaults(twice) == "address_id|service_code|");
}

TEST_CASE("open311: arguments of a form are known when they stand in the URL", "[portal]") {
  CHECK(HasArguments(Of({{"x", "1"}, {"api_key", "1"}})));
  CHECK(HasArguments(Of({{"attribute[loai]", "1"}})));
  CHECK_FALSE(HasArguments({}));
  CHECK_FALSE(HasArguments(Of({{"jurisdiction_id", "x"}, {"utm_source", "x"}})));
}

TEST_CASE("open311: photos come in parts named media, as the page takes them", "[portal]") {
  const std::string jpeg = "\xFF\xD8\xFF.", png = "\x89PNG\r\n\x1A\n.";
  const auto read = [](std::vector<Upload> uploads) {
    Request request;
    request.uploads = std::move(uploads);
    std::vector<std::string> names;
    for (const Photo& photo : ReadMedia(request, {})) names.push_back(photo.name);
    return names;
  };
  CHECK(read({}).empty());
  CHECK(read({{"media", "a", jpeg}, {"media", "", ""}, {"media", "b", png}}) ==
        std::vector<std::string>{"anh-1.jpg", "anh-2.png"});
  CHECK(FaultsOf([&] { read({{"media", "a.gif", "GIF89a"}}); }) == "media|");
  CHECK(FaultsOf([&] {
          read({{"media", "a", jpeg + std::string(kPhotoBytesMax, 'x')}});
        }) == "media|");
  CHECK(FaultsOf([&] {
          read(std::vector<Upload>(kPhotosMax + 1, {"media", "a", jpeg}));
        }) == "media|");
  CHECK(FaultsOf([&] { read({{"photos", "a", jpeg}}); }) == "photos|");
}

TEST_CASE("open311: a report that is corrected has other uploads, the same one the same",
          "[portal]") {
  Request request;
  request.uploads = {{"media", "a", "\xFF\xD8\xFF."}};
  const auto id = [&](const char* phone) {
    hotline::SubmitReportRequest submission;
    submission.set_request_id(kId);
    submission.mutable_caller()->set_phone(phone);
    return ReadMedia(request, submission).at(0).upload_id;
  };
  CHECK(id("1") == id("1"));
  CHECK(id("1") != id("0912345678"));
}

TEST_CASE("open311: what a media_url is", "[portal]") {
  CHECK(IsWebAddress("http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg"));
  CHECK(IsWebAddress("HTTPS://a.vn?x=%20#y"));
  for (const char* wrong :
       {"", "http://", "https://", "https:///x", "javascript:alert(1)", "https://a.vn/ x",
        "https://a.vn/<b>", "https://a.vn/đ", "//a.vn", "httpss://a.vn", "https://@a.vn"}) {
    CAPTURE(wrong);
    CHECK_FALSE(IsWebAddress(wrong));
  }
  CHECK(IsWebAddress("http://" + std::string(1993, 'a')));
  CHECK_FALSE(IsWebAddress("http://" + std::string(1994, 'a')));
}

TEST_CASE("open311: refusals of the hotline name the argument of the standard", "[portal]") {
  CHECK(ArgumentOf("caller.phone") == "phone");
  CHECK(ArgumentOf("text") == "description");
  CHECK(ArgumentOf("place.commune_code") == "address_id");
  CHECK(ArgumentOf("question_answers.tinh_trang") == "attribute[tinh_trang]");
  CHECK(ArgumentOf("question_answers") == "attribute");
  CHECK(ArgumentOf("attachment_upload_ids") == "media");
  CHECK(ArgumentOf("lat") == "lat");
}

TEST_CASE("open311: who reports without a contact is told that it is not shown", "[portal]") {
  hotline::SubmitReportRequest submitted;
  const std::string plain = NoticeOf(submitted, false, "ABCD-EFGH-JKMN");
  CHECK(plain.find("ABCD-EFGH-JKMN") != std::string::npos);
  CHECK(plain.find("anonymous") == std::string::npos);
  CHECK(plain.find("media_url") == std::string::npos);
  submitted.mutable_caller()->set_anonymous(true);
  const std::string both = NoticeOf(submitted, true, "ABCD-EFGH-JKMN");
  CHECK(both.find("ẩn danh") != std::string::npos);
  CHECK(both.find("anonymous") != std::string::npos);
  CHECK(both.find("media_url") != std::string::npos);
}

}  // namespace
}  // namespace lienthong::portal::open311
