// Rules of the hotline that need no database: deadlines, codes, contacts, personal data, answers.
#include <chrono>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "hotline/assignment.hpp"
#include "hotline/category.hpp"
#include "hotline/deadline.hpp"
#include "hotline/report.hpp"
#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "support/reason.hpp"

namespace lienthong::hotline {
namespace {

using support::ReasonOf;

using namespace std::chrono_literals;
using calendar::Limit;
using calendar::LimitUnit;

base::Time At(const char* time) { return base::ParseTime(time); }

calendar::Calendar Office() {
  return {calendar::RulesOf({{7h + 30min, 11h + 30min}, {13h, 17h}}), {}};
}

/// Ten hours of the clock from 08:00 on Wednesday, and steps an hour and three hours later.
Deadline TenHours() {
  return DeadlineBy(DeadlineKind::kResolution, {600, LimitUnit::kClockMinutes},
                    At("2019-07-10T01:00:00Z"),
                    {{180, LimitUnit::kClockMinutes}, {60, LimitUnit::kClockMinutes}}, Office());
}

Category Asking(QuestionType type, bool required = false) {
  Question question;
  question.code = "q";
  question.type = type;
  question.required = required;
  if (type == QuestionType::kSingleValueList || type == QuestionType::kMultiValueList) {
    question.values = {{"a", "Một"}, {"b", "Hai"}};
  }
  Category category;
  category.questions = {question};
  return category;
}

/// "a b": what is kept of the answers to the only question; "!" = they are refused.
std::string Kept(const Category& category, const std::vector<std::string>& values) {
  std::vector<QuestionAnswer> checked;
  const std::string reason = ReasonOf([&] {
    checked = CheckAnswers(category, {{"q", values}}, "question_answers");
  });
  if (!reason.empty()) return reason == "ANSWER_INVALID" ? "!" : reason;
  std::string kept;
  for (const QuestionAnswer& answer : checked) {
    for (const std::string& value : answer.values) kept += (kept.empty() ? "" : " ") + value;
  }
  return kept;
}

}  // namespace

TEST_CASE("hotline: a deadline comes near at 80 %, passes, and goes up step by step") {
  Deadline deadline = TenHours();
  CHECK(deadline.at == At("2019-07-10T11:00:00Z"));
  CHECK(deadline.near_at == At("2019-07-10T09:00:00Z"));
  struct Moment {
    const char* time;
    DeadlineMark mark;
    int level;
  };
  for (const Moment& moment : {Moment{"2019-07-10T09:00:00Z", DeadlineMark::kNear, 0},
                               Moment{"2019-07-10T11:00:00Z", DeadlineMark::kPassed, 0},
                               Moment{"2019-07-10T12:00:00Z", DeadlineMark::kEscalated, 1},
                               Moment{"2019-07-10T14:00:00Z", DeadlineMark::kEscalated, 2}}) {
    CAPTURE(moment.time);
    CHECK(NextLook(deadline) == At(moment.time));
    CHECK_FALSE(Advance(deadline, At(moment.time) - 1us));
    CHECK(Advance(deadline, At(moment.time)));
    CHECK_FALSE(Advance(deadline, At(moment.time)));  // once
    CHECK(MarkOf(deadline) == moment.mark);
    CHECK(LevelOf(deadline) == moment.level);
  }
  CHECK_FALSE(NextLook(deadline));
  CHECK_FALSE(Advance(deadline, At("2030-01-01T00:00:00Z")));
}

TEST_CASE("hotline: of several moments that have come only the last is told") {
  Deadline deadline = TenHours();
  CHECK(Advance(deadline, At("2019-07-10T12:30:00Z")));
  CHECK(MarkOf(deadline) == DeadlineMark::kEscalated);
  CHECK(LevelOf(deadline) == 1);
  CHECK(NextLook(deadline) == At("2019-07-10T14:00:00Z"));
  // Of one moment nothing is told before.
  Deadline moment = Moment(DeadlineKind::kTransfer, At("2019-07-10T01:01:00Z"));
  CHECK_FALSE(Advance(moment, At("2019-07-10T01:00:59Z")));
  CHECK(MarkOf(moment) == DeadlineMark::kNone);
  CHECK(Advance(moment, At("2019-07-10T01:01:00Z")));
  CHECK(MarkOf(moment) == DeadlineMark::kPassed);
  CHECK(LevelOf(moment) == 0);
}

TEST_CASE("hotline: limits run by the clock, by office hours and by working days") {
  const auto end = [](int amount, LimitUnit unit, const char* begins) {
    return DeadlineBy(DeadlineKind::kResolution, {amount, unit}, At(begins), {}, Office()).at;
  };
  // Friday, 16:30.
  CHECK(end(60, LimitUnit::kClockMinutes, "2019-07-12T09:30:00Z") == At("2019-07-12T10:30:00Z"));
  CHECK(end(60, LimitUnit::kWorkingMinutes, "2019-07-12T09:30:00Z") == At("2019-07-15T01:00:00Z"));
  CHECK(end(1, LimitUnit::kWorkingDays, "2019-07-12T09:30:00Z") == At("2019-07-15T10:00:00Z"));
}

TEST_CASE("hotline: while it waits a deadline shifts by what was left of it") {
  Deadline clock = TenHours();
  Shift(clock, At("2019-07-10T03:00:00Z"), At("2019-07-10T05:00:00Z"), Office());
  CHECK(clock.at == At("2019-07-10T13:00:00Z"));
  CHECK(clock.near_at == At("2019-07-10T11:00:00Z"));
  CHECK(clock.escalations == std::vector{At("2019-07-10T14:00:00Z"), At("2019-07-10T16:00:00Z")});

  Deadline working = DeadlineBy(DeadlineKind::kResolution, {120, LimitUnit::kWorkingMinutes},
                                At("2019-07-12T08:30:00Z"), {}, Office());
  CHECK(working.at == At("2019-07-15T01:00:00Z"));  // Monday, 08:00
  CHECK(working.near_at == At("2019-07-15T00:36:00Z"));
  // From 16:00 on Friday to 10:00 on Monday: an hour and a half was left.
  Shift(working, At("2019-07-12T09:00:00Z"), At("2019-07-15T03:00:00Z"), Office());
  CHECK(working.at == At("2019-07-15T04:30:00Z"));
  CHECK(working.near_at == At("2019-07-15T04:06:00Z"));

  // What had passed before stays.
  Deadline passed = TenHours();
  Shift(passed, At("2019-07-10T11:30:00Z"), At("2019-07-10T12:30:00Z"), Office());
  CHECK(passed.at == At("2019-07-10T11:00:00Z"));
  CHECK(passed.near_at == At("2019-07-10T09:00:00Z"));
  CHECK(passed.escalations.front() == At("2019-07-10T13:00:00Z"));
}

TEST_CASE("hotline: while an assignment waits only the end of the wait is looked at") {
  Assignment assignment;
  Set(assignment.deadlines, TenHours());
  CHECK(NextLook(assignment) == At("2019-07-10T09:00:00Z"));
  assignment.waiting_since = At("2019-07-10T02:00:00Z");
  CHECK_FALSE(NextLook(assignment));
  Set(assignment.deadlines, Moment(DeadlineKind::kWaiting, At("2019-07-15T10:00:00Z")));
  CHECK(NextLook(assignment) == At("2019-07-15T10:00:00Z"));
}

TEST_CASE("hotline: what is done by its deadline is in time, at the moment itself too") {
  Deadlines deadlines;
  Set(deadlines, TenHours());
  Set(deadlines, TenHours());  // in place of the first
  CHECK(deadlines.size() == 1);
  CHECK(Meet(deadlines, DeadlineKind::kResolution, At("2019-07-10T11:00:00Z")) == true);
  CHECK(deadlines.empty());
  CHECK(Meet(deadlines, DeadlineKind::kResolution, At("2019-07-10T11:00:00Z")) == std::nullopt);
  Set(deadlines, TenHours());
  CHECK(Meet(deadlines, DeadlineKind::kResolution, At("2019-07-10T11:00:00.000001Z")) == false);
}

TEST_CASE("hotline: a code has sixty random bits in letters that are not mistaken") {
  CHECK(CodeOf(std::string(8, '\0')) == "000000000000");
  CHECK(CodeOf(std::string(8, '\xff')) == "ZZZZZZZZZZZZ");
  // Each of the last sixty bits counts.
  std::set<std::string> codes{CodeOf(std::string(8, '\0'))};
  for (int bit = 0; bit < 60; ++bit) {
    std::string bytes(8, '\0');
    bytes[7 - bit / 8] = static_cast<char>(1 << bit % 8);
    codes.insert(CodeOf(bytes));
  }
  CHECK(codes.size() == 61);
  std::string letters;
  for (int i = 0; i < 200; ++i) letters += CodeOf(base::RandomBytes(8));
  CHECK(letters.find_first_of("ILOU") == std::string::npos);
  CHECK(letters.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos);
  CHECK_THROWS_AS(CodeOf("1234567"), std::invalid_argument);
}

TEST_CASE("hotline: a code is read however it is typed") {
  CHECK(ShownCode("K7QM2XWD9RTA") == "K7QM-2XWD-9RTA");
  for (const char* typed :
       {"K7QM-2XWD-9RTA", "k7qm2xwd9rta", " K7QM 2XWD 9RTA ", "K-7QM2XWD9RT-A"}) {
    CAPTURE(typed);
    CHECK(ReadCode(typed) == "K7QM2XWD9RTA");
  }
  CHECK(ReadCode("OIl0-0000-000o") == "011000000000");
  for (const char* wrong : {"", "K7QM-2XWD-9RT", "K7QM-2XWD-9RTAA", "K7QM-2XWD-9RTU",
                            "K7QM_2XWD_9RTA", "Đ7QM-2XWD-9RTA"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ReadCode(wrong));
  }
  for (int i = 0; i < 100; ++i) {
    const std::string code = CodeOf(base::RandomBytes(8));
    CHECK(ReadCode(ShownCode(code)) == code);
  }
}

TEST_CASE("hotline: telephone numbers are kept as E.164, whichever way they are dialled") {
  for (const char* typed : {"0912345678", "0912 345 678", "091.234.5678", "+84 912 345 678",
                            "0084912345678", "(091) 234-5678"}) {
    CAPTURE(typed);
    CHECK(CheckPhone(typed, "phone") == "+84912345678");
  }
  CHECK(CheckPhone("0274 3777 666", "phone") == "+842743777666");
  CHECK(CheckPhone("+1 650 253 0000", "phone") == "+16502530000");
  CHECK(CheckPhone("", "phone").empty());
  for (const char* wrong :
       {"113", "12", "abc", "091234567", "09123456789012", "0912345678 ext 5"}) {
    CAPTURE(wrong);
    CHECK(ReasonOf([&] { CheckPhone(wrong, "phone"); }) == "PHONE_INVALID");
    CHECK_FALSE(NormalPhone(wrong));
  }
  CHECK(ReasonOf([] { CheckPhone(std::string(41, '1'), "phone"); }) == "FIELD_INVALID");
}

TEST_CASE("hotline: e-mail addresses are kept in lower case") {
  CHECK(CheckEmail("Van.Thu+1022@Example.COM", "email") == "van.thu+1022@example.com");
  CHECK(CheckEmail("", "email").empty());
  for (const char* wrong : {"a", "a@b", "@example.com", "a b@example.com", "a@-example.com",
                            "a@example..com", "a@example.com\nBcc: b@example.com"}) {
    CAPTURE(wrong);
    CHECK(ReasonOf([&] { CheckEmail(wrong, "email"); }) == "FIELD_INVALID");
  }
  const std::string local(64, 'a'), labels = std::string(60, 'b') + "." + std::string(60, 'b') +
                                             "." + std::string(60, 'b') + ".vn";
  CHECK(CheckEmail(local + "@" + labels, "email").size() == 250);
  CHECK(ReasonOf([&] { CheckEmail("a" + local + "@" + labels, "email"); }) == "FIELD_INVALID");
  CHECK(ReasonOf([&] { CheckEmail(local + "@bbbbb" + labels, "email"); }) == "FIELD_INVALID");
}

TEST_CASE("hotline: personal data are found in what is to be published") {
  const std::vector<std::string> names{"Nguyễn Văn Thử", "An"};
  const auto found = [&](const char* text) { return FindPersonalData(text, names, {}); };
  for (const char* text :
       {"Gọi 0912345678", "Gọi 0912 345 678.", "ĐT: +84 912-345-678", "số 0274 3777 666 nhé"}) {
    CAPTURE(text);
    CHECK(found(text) == "phone");
  }
  for (const char* text : {"Thư a.b@example.com", "<A_B@mail.example.vn>"}) {
    CAPTURE(text);
    CHECK(found(text) == "email");
  }
  for (const char* text :
       {"CCCD 079123456789", "CMND 281234567", "079 123 456 789", "079.123.456.789"}) {
    CAPTURE(text);
    CHECK_FALSE(found(text).empty());
  }
  CHECK(FindPersonalData("CCCD 001 098 000 123", {}, {}) == "identity");
  for (const char* text :
       {"Ông Nguyễn Văn Thử báo", "ong NGUYEN VAN THU bao", "của nguyễn  văn thử"}) {
    CAPTURE(text);
    CHECK(found(text) == "name");
  }
  for (const char* text :
       {"Ổ gà trước số 15 đường Hùng Vương", "Ngày 10/07/2019 lúc 08:00", "Quyết định 1478/QĐ-UBND",
        "Cột đèn 12345, tuyến 1 2 3", "Nguyễn Văn Cừ", "Khoản 50.000.000 đồng",
        "Gọi 113, 114, 115 hoặc 1022", "Tổng đài 0274.1022"}) {
    CAPTURE(text);
    CHECK(found(text).empty());
  }
}

TEST_CASE("hotline: how everybody reaches an office or a service is no personal data") {
  std::vector<std::string> contacts;
  for (const char* contact : {"(0274) 3822 825", "1900*", "UBND.Phucuong@BinhDuong.gov.vn"}) {
    contacts.push_back(CheckPublicContact(contact, "f"));
  }
  CHECK(contacts ==
        std::vector<std::string>{"+842743822825", "1900*", "ubnd.phucuong@binhduong.gov.vn"});
  const std::vector<std::string> names{"Nguyễn Văn Thử"};
  const auto found = [&](const std::string& text) {
    return FindPersonalData(text, names, contacts);
  };
  const std::string office = "Mời Ông/Bà gọi Ủy ban phường, (0274) 3822825 hoặc +84 274 3822 825";
  for (const std::string& text :
       {office, std::string("số 0274.3822.825 máy lẻ 102"), std::string("Tổng đài 1900 54 54 64"),
        std::string("Viết cho ubnd.phucuong@binhduong.gov.vn.")}) {
    CAPTURE(text);
    CHECK(found(text).empty());
    CHECK_FALSE(FindPersonalData(text, names, {}).empty());
  }
  // Beside them, what is a person's is found as before.
  for (const auto& [more, kind] :
       std::map<std::string, std::string>{{" 0912345678", "phone"},
                                          {" - 0274 3777 666", "phone"},
                                          {", ubnd@binhduong.gov.vn", "email"},
                                          {", x.ubnd.phucuong@binhduong.gov.vn", "email"},
                                          {", ubnd.phucuong@binhduong.gov.vn.example.com", "email"},
                                          {", CCCD 001 098 000 123", "identity"},
                                          {", CMND 190012345", "identity"},
                                          {" ext 0912345678", "phone"},
                                          {", ông Nguyễn Văn Thử", "name"}}) {
    CAPTURE(more);
    CHECK(found(office + more) == kind);
    CHECK(found(more + " " + office) == kind);
  }
}

TEST_CASE("hotline: a public contact is an address, a number, or how a service's numbers begin") {
  for (const char* wrong : {"", "091*", "0912*", "+84*", "19*", "190*", "*", "1900**", "19a0*"}) {
    CAPTURE(wrong);
    CHECK(ReasonOf([&] { CheckPublicContact(wrong, "f"); }) == "FIELD_INVALID");
  }
  CHECK(ReasonOf([] { CheckPublicContact("@binhduong.gov.vn", "f"); }) == "FIELD_INVALID");
  CHECK(ReasonOf([] { CheckPublicContact("12", "f"); }) == "PHONE_INVALID");
  CHECK(CheckPublicContact("1800*", "f") == "1800*");
}

TEST_CASE("hotline: SMS go to mobile numbers, also of other countries, not to fixed lines") {
  CHECK(TakesSms("+84912345678"));
  CHECK(TakesSms("+447911123456"));
  CHECK_FALSE(TakesSms("+842743777666"));
  CHECK_FALSE(TakesSms(""));
}

TEST_CASE("hotline: messages are in Vietnamese or English") {
  CHECK(CheckLanguage("", "f") == "vi");
  CHECK(CheckLanguage("vi", "f") == "vi");
  CHECK(CheckLanguage("en", "f") == "en");
  for (const char* wrong : {"fr", "EN", "en-US", " en"}) {
    CHECK(ReasonOf([&] { CheckLanguage(wrong, "f"); }) == "FIELD_INVALID");
  }
}

TEST_CASE("hotline: an answer is of the type of its question") {
  using enum QuestionType;
  for (const QuestionType type : {kString, kText}) {
    CHECK(Kept(Asking(type), {"Trước cổng trường"}) == "Trước cổng trường");
    CHECK(Kept(Asking(type), {"một", "hai"}) == "!");
  }
  CHECK(Kept(Asking(kText), {"Trước cổng\r\n\r\n trường\n"}) == "Trước cổng\n\ntrường");
  CHECK(Kept(Asking(kString), {"Trước cổng\ntrường"}) == "Trước cổng trường");
  for (const char* number : {"0", "-1.5", "3e2", "12"}) {
    CHECK(Kept(Asking(kNumber), {number}) == number);
  }
  for (const char* wrong : {"mười", "1,5", "1 2", "0x", "nan", "inf", "1e999"}) {
    CAPTURE(wrong);
    CHECK(Kept(Asking(kNumber), {wrong}) == "!");
  }
  for (const char* time :
       {"2019-07-10T08:00:00Z", "2019-07-10T08:00:00.123456+07:00", "2020-02-29T23:59:59-05:30"}) {
    CHECK(Kept(Asking(kDatetime), {time}) == time);
  }
  for (const char* wrong :
       {"2019-07-10", "10/07/2019", "2019-02-29T08:00:00Z", "2019-13-01T08:00:00Z",
        "2019-07-10T24:00:00Z", "2019-07-10T08:00:00", "2019-07-10 08:00:00Z"}) {
    CAPTURE(wrong);
    CHECK(Kept(Asking(kDatetime), {wrong}) == "!");
  }
  CHECK(Kept(Asking(kSingleValueList), {"a"}) == "a");
  CHECK(Kept(Asking(kSingleValueList), {"c"}) == "!");
  CHECK(Kept(Asking(kSingleValueList), {"a", "b"}) == "!");
  CHECK(Kept(Asking(kMultiValueList), {"b", "a"}) == "b a");
  CHECK(Kept(Asking(kMultiValueList), {"a", "Một"}) == "!");
}

TEST_CASE("hotline: required questions are answered, and only those that are asked") {
  using enum QuestionType;
  for (const auto type : {kString, kNumber, kDatetime, kText, kSingleValueList, kMultiValueList}) {
    CHECK(Kept(Asking(type, true), {}) == "!");
    CHECK(Kept(Asking(type, true), {""}) == "!");
    CHECK(Kept(Asking(type), {}).empty());
  }
  const Category category = Asking(kString, true);
  CHECK(ReasonOf([&] { CheckAnswers(category, {}, "question_answers"); }) == "ANSWER_INVALID");
  CHECK(ReasonOf([&] {
          CheckAnswers(category, {{"q", {"x"}}, {"khac", {"y"}}}, "question_answers");
        }) == "ANSWER_INVALID");
  CHECK(Kept(category, {std::string(1000, 'x')}).size() == 1000);
  CHECK(Kept(category, {std::string(1001, 'x')}) == "FIELD_INVALID");
}

}  // namespace lienthong::hotline
