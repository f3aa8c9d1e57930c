// What stays of a text without the personal data in it.
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "hotline/report.hpp"

namespace lienthong::hotline {
namespace {

const std::vector<std::string> kReporterNames{"Nguyễn Văn Thử", "An", "Trần Thị Mẫu", "Thị Mẫu Đơn",
                                              "Lê An"};
const std::vector<std::string> kOpenContacts{"+842743822825", "1900*",
                                             "ubnd.phucuong@binhduong.gov.vn"};

std::string Removed(const std::string& text) {
  return WithoutPersonalData(text, kReporterNames, kOpenContacts);
}

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("hotline: personal data are taken out of a text, and the rest stays as it is") {
  for (const auto& [text, kept] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"Gọi 0912345678.", "Gọi [...]."},
           {"Ông Nguyễn Văn Thử, 0912 345 678, đã nhận.", "Ông [...], [...], đã nhận."},
           {"ong NGUYEN VAN THU bao", "ong [...] bao"},
           {"Của nguyễn\nvăn  thử:\nđèn tắt", "Của [...]:\nđèn tắt"},
           {"Thư a.b@example.com, CCCD 001 098 000 123", "Thư [...], CCCD [...]"},
           {"CMND 281234567, CMND 281234568", "CMND [...], CMND [...]"},
           {"hộ chiếu B1234567, C01234567.", "hộ chiếu [...], [...]."},
           {"mã AB1234567, lô B12345678X", "mã AB1234567, lô B12345678X"},
           {"Trần Thị Mẫu Trần Thị Mẫu", "[...] [...]"},
           // Two names share words.
           {"Bà Trần Thị Mẫu Đơn.", "Bà [...]."},
           // What stood between the parts of a name is out, and the name is found.
           {"Nguyễn 0912345678 Văn Thử báo", "[...] báo"},
           // Offices, amounts, one word alone.
           {"Gọi (0274) 3822825 hoặc 0912345678", "Gọi (0274) 3822825 hoặc [...]"},
           {"An ở số 15, tổng đài 1900 54 54 64", "An ở số 15, tổng đài 1900 54 54 64"},
           {"Viết cho ubnd.phucuong@binhduong.gov.vn, 50.000.000 đồng",
            "Viết cho ubnd.phucuong@binhduong.gov.vn, 50.000.000 đồng"}}) {
    CAPTURE(text);
    CHECK(Removed(text) == kept);
  }
}

TEST_CASE("hotline: nothing is found in a text that personal data were taken out of") {
  for (const std::string& text : {
           std::string("0912345678 0987654321 (0912345678) [0912345678]"),
           std::string("+84 912-345-678/0274 3777 666; 0274.3777.666"),
           std::string("a@example.vn@example.com,b@example.vn;c@example.vn"),
           std::string("079123456789 079.123.456.789 079 123 456 789 281 234 567 281234567"),
           std::string("281234567 281234568 281234569,281234560. 190012345"),
           std::string("(0274) 3822825 ext 0912345678, 1900 54 54 64 0912345678"),
           std::string("Nguyễn a@example.vn Văn 0912345678 Thử Trần Thị Mẫu Đơn Lê An An"),
           std::string("NGUYỄN-VĂN-THỬ nguyen.van.thu/Lê–An\nLê\nAn"),
           std::string("091 [...] 2345678 Nguyễn [...] Văn [...] Thử"),
           // Each name that is out leaves another one.
           Repeated("Lê ", 5) + Repeated("An ", 5),
           Repeated("Lê ", 50) + Repeated("An ", 50),
       }) {
    CAPTURE(text);
    REQUIRE_FALSE(FindPersonalData(text, kReporterNames, kOpenContacts).empty());
    const std::string kept = Removed(text);
    CAPTURE(kept);
    CHECK(FindPersonalData(kept, kReporterNames, kOpenContacts).empty());
    CHECK(Removed(kept) == kept);
    CHECK(kept.find("[...]") != std::string::npos);
  }
}

}  // namespace lienthong::hotline
