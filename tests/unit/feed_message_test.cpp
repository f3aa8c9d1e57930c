#include <catch2/catch.hpp>

#include <stdexcept>

#include "platform/access/snapshot.hpp"
#include "platform/feed/keeper.hpp"
#include "platform/feed/message.hpp"

namespace lienthong::feed {
namespace {

constexpr const char* kId = "019a2b3c-0000-7000-8000-000000000001";

kafka::Message CitizenMessage() {
  kafka::Message message;
  message.topic = "lienthong.feed.H09.718";
  message.key = std::string("citizen/") + kId;
  message.value = R"({"id":"x","fullName":"Nguyễn Thị Đào"})";
  message.headers = {{"ce_source", "/lienthong/registry"},
                     {"ce_sequence", "48213"},
                     {"ce_recordversion", "3"},
                     {"ce_view", "limited"},
                     {"ce_epoch", "2"}};
  return message;
}

void SetHeader(kafka::Message& message, const std::string& name, const std::string& value) {
  for (auto& header : message.headers) {
    if (header.first == name) header.second = value;
  }
}

kafka::Message BarrierMessage(const std::string& value) {
  kafka::Message message;
  message.key = "barrier/registry";
  message.value = value;
  return message;
}

constexpr const char* kBarrier =
    R"({"owner":"registry","epoch":"2","complete":"1","sequence":"48213",)"
    R"("time":"2019-07-10T00:30:00.000001Z","types":{"citizen":)"
    R"({"count":"2","digest":"2dc2c44cd45dde60da6717534e06c9f3"},)"
    R"("enterprise":{"count":"0","digest":"00000000000000000000000000000000"}}})";

}  // namespace

TEST_CASE("a record message is read from its key, headers and value") {
  const kafka::Message message = CitizenMessage();
  const auto record = std::get<RecordMessage>(Parse(message));
  CHECK(record.owner == "registry");
  CHECK(record.key == RowKey{"citizen", kId});
  CHECK(record.position == Position{2, 48213});
  CHECK(record.version == 3);
  CHECK(record.view == "limited");
  CHECK(record.value == *message.value);
}

TEST_CASE("a value that the service could not read is set aside, its neighbours are not") {
  std::vector<kafka::Message> messages(3, CitizenMessage());
  messages[0].key = "unit/H09.718";
  messages[0].value = R"({"id":{"not":"a text"}})";
  messages[1].key = "unit/H09.719";
  messages[1].value = R"({"id":"H09.719","ofALaterRelease":1})";
  messages[2].key = "unit/H09.718";
  messages[2].value.reset();
  ReaderOptions options;
  options.check = access::CheckDirectoryValue;
  const auto decoded = Decode(messages, options);
  REQUIRE(decoded.size() == 3);
  CHECK(std::holds_alternative<Unreadable>(decoded[0].content));
  CHECK(std::get<Unreadable>(decoded[0].content).owner == "registry");
  CHECK(std::holds_alternative<RecordMessage>(decoded[1].content));
  CHECK(std::holds_alternative<RecordMessage>(decoded[2].content));
  for (const char* type : {"official", "position", "agreement", "calendar-day"}) {
    CHECK_THROWS_AS(access::CheckDirectoryValue(type, R"({"id":[1]})"), std::invalid_argument);
  }
  for (const char* value :
       {R"({"id":"2019-02-30","kind":"DAY_KIND_OFF"})", R"({"id":"2019-04-29"})"}) {
    CHECK_THROWS_AS(access::CheckDirectoryValue("calendar-day", value), std::invalid_argument);
  }
  CHECK_NOTHROW(access::CheckDirectoryValue("of-another-owner", R"({"id":[1]})"));
}

TEST_CASE("a tombstone needs neither version nor view") {
  kafka::Message message = CitizenMessage();
  message.value.reset();
  message.headers = {{"ce_source", "/lienthong/registry"}, {"ce_sequence", "0"}, {"ce_epoch", "1"}};
  const auto record = std::get<RecordMessage>(Parse(message));
  CHECK_FALSE(record.value.has_value());
  CHECK(record.version == 0);
}

TEST_CASE("an unreadable envelope or key is refused with a reason") {
  kafka::Message message = CitizenMessage();
  const auto [header, value] =
      GENERATE(table<std::string, std::string>({{"ce_source", "/other/registry"},
                                                {"ce_source", "/lienthong/Registry"},
                                                {"ce_sequence", ""},
                                                {"ce_sequence", "12x"},
                                                {"ce_sequence", "-1"},
                                                {"ce_sequence", "99999999999999999999"},
                                                {"ce_epoch", "0"},
                                                {"ce_recordversion", "0"},
                                                {"ce_view", ""}}));
  SetHeader(message, header, value);
  CHECK_THROWS_AS(Parse(message), std::invalid_argument);
}

TEST_CASE("a key that names no record is refused") {
  kafka::Message message = CitizenMessage();
  message.key = GENERATE(std::string(""), std::string("citizen"), std::string("citizen/"),
                         std::string("/x"), std::string("Citizen/x"), std::string("citizen/\xff"),
                         "citizen/" + std::string(600, 'x'), std::string("citizen/a\0b", 11));
  CHECK_THROWS_AS(Parse(message), std::invalid_argument);
}

TEST_CASE("a value that jsonb would refuse is refused") {
  kafka::Message message = CitizenMessage();
  message.value = GENERATE(std::string(""), std::string("[]"), std::string("1"),
                           std::string("null"), std::string("{\"a\":1"), std::string("{\"a\":1}x"),
                           std::string("{\"a\":\"\\u0000\"}"), std::string("{\"a\\u0000\":1}"),
                           std::string("{\"a\":\"\xc3\"}"), std::string("{\"a\":\"\\ud800\"}"),
                           std::string("{\"a\":1e999}"),
                           "{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}");
  CHECK_THROWS_AS(Parse(message), std::invalid_argument);
}

TEST_CASE("escaped text is not mistaken for U+0000") {
  kafka::Message message = CitizenMessage();
  message.value = R"({"a":"\\u0000"})";
  CHECK_NOTHROW(Parse(message));
}

TEST_CASE("a barrier is read") {
  const auto barrier = std::get<Barrier>(Parse(BarrierMessage(kBarrier)));
  CHECK(barrier.owner == "registry");
  CHECK(barrier.position == Position{2, 48213});
  CHECK(barrier.complete == 1);
  CHECK(barrier.time == base::ParseTime("2019-07-10T00:30:00.000001Z"));
  REQUIRE(barrier.types.size() == 2);
  CHECK(barrier.types.at("citizen").count == 2);
  CHECK(barrier.types.at("citizen").digest.Hex() == "2dc2c44cd45dde60da6717534e06c9f3");
}

TEST_CASE("a broken barrier is refused") {
  std::string value = kBarrier;
  const auto [from, to] =
      GENERATE(table<std::string, std::string>({{"\"registry\"", "\"directory\""},
                                                {"\"2\",\"complete\"", "2,\"complete\""},
                                                {"48213", "x"},
                                                {"00:30", "99:30"},
                                                {"2dc2", "2d"},
                                                {"\"types\":", "\"kinds\":"},
                                                {"{\"owner\"", "[\"owner\""}}));
  value.replace(value.find(from), from.size(), to);
  CHECK_THROWS_AS(Parse(BarrierMessage(value)), std::invalid_argument);
}

}  // namespace lienthong::feed
