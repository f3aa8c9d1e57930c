// The pure parts of rpc: page tokens, traceparent, statuses, checks of every request.
#include <catch2/catch.hpp>

#include <set>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "lienthong/directory/v1/directory.pb.h"
#include "lienthong/journal/v1/journal.pb.h"
#include "platform/base/error.hpp"
#include "platform/rpc/fields.hpp"
#include "platform/rpc/page.hpp"
#include "platform/rpc/serve_core.hpp"
#include "platform/rpc/status.hpp"
#include "platform/rpc/trace.hpp"

namespace lienthong::rpc {
namespace {

using namespace std::chrono_literals;

Call CallOf(const std::string& caller) {
  Call call;
  call.rpc = "/lienthong.journal.v1.JournalService/ListRecordHistory";
  call.caller = caller;
  return call;
}

/// "reason field" of what is thrown.
template <class Fn>
std::string Thrown(Fn&& fn) {
  try {
    fn();
    return "nothing";
  } catch (const base::Error& error) {
    return error.reason +
           (error.violations.empty() ? std::string() : " " + error.violations[0].field);
  }
}

TEST_CASE("page_size: 0 is the default, above the maximum is the maximum, negative is an error") {
  CHECK(PageSize(0, 50, 500) == 50);
  CHECK(PageSize(1, 50, 500) == 1);
  CHECK(PageSize(501, 50, 500) == 500);
  CHECK(Thrown([] { PageSize(-1, 50, 500); }) == "FIELD_INVALID page_size");
}

TEST_CASE("a page is full by rows or by bytes, and holds at least one row") {
  PageRoom rows(2);
  CHECK(rows.Take(0));
  CHECK(rows.Take(10));
  CHECK_FALSE(rows.Take(0));
  constexpr std::size_t kMegabyte = 1024 * 1024;
  PageRoom bytes(100);
  CHECK(bytes.Take(kMegabyte));
  CHECK(bytes.Take(2 * kMegabyte));
  CHECK_FALSE(bytes.Take(1));
  CHECK(PageRoom(100).Take(4 * kMegabyte));
}

TEST_CASE("a page token leads on for the same caller and arguments, and for nobody else") {
  const PageTokens tokens("secret");
  journal::v1::ListRecordHistoryRequest request;
  CHECK(tokens.Read(CallOf("H09.718"), request).empty());
  request.set_record_type("citizen");
  request.set_page_size(10);
  const std::string position("42\0x", 4);
  const std::string token = tokens.Make(CallOf("H09.718"), request, position);
  request.set_page_token(token);
  request.set_page_size(20);  // may change from page to page
  CHECK(tokens.Read(CallOf("H09.718"), request) == position);

  const std::string bad = "PAGE_TOKEN_INVALID page_token";
  CHECK(Thrown([&] { tokens.Read(CallOf("H09.02"), request); }) == bad);
  Call other_rpc = CallOf("H09.718");
  other_rpc.rpc = "/other";
  CHECK(Thrown([&] { tokens.Read(other_rpc, request); }) == bad);
  CHECK(Thrown([&] { PageTokens("other").Read(CallOf("H09.718"), request); }) == bad);
  for (const std::string& forged :
       {std::string("x"), token + "A", token.substr(0, 22), "A" + token.substr(1),
        std::string(5000, 'A'), std::string("!!!"), "x" + token}) {
    if (forged == token) continue;
    request.set_page_token(forged);
    CHECK(Thrown([&] { tokens.Read(CallOf("H09.718"), request); }) == bad);
  }
  request.set_page_token(token);
  request.set_record_type("enterprise");
  CHECK(Thrown([&] { tokens.Read(CallOf("H09.718"), request); }) == bad);
}

TEST_CASE("a valid traceparent is kept, anything else is replaced by a new one") {
  const std::string valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  CHECK(AcceptTraceparent(valid) == valid);
  CHECK(AcceptTraceparent("cc" + valid.substr(2) + "-more") == valid);
  CHECK(TraceId(valid) == "0af7651916cd43dd8448eb211c80319c");
  std::set<std::string> made;
  for (const std::string& bad :
       {std::string(), valid + "-more", "ff" + valid.substr(2), valid.substr(0, 54),
        "00-" + std::string(32, '0') + valid.substr(35),
        valid.substr(0, 36) + std::string(16, '0') + "-01",
        std::string("00-0AF7651916cd43dd8448eb211c80319c") + valid.substr(35),
        std::string(4096, 'a')}) {
    const std::string text = AcceptTraceparent(bad);
    INFO(bad);
    CHECK(text != bad);
    CHECK(AcceptTraceparent(text) == text);
    made.insert(text);
  }
  CHECK(made.size() == 8);
}

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  REQUIRE(details.ParseFromString(status.error_details()));
  return details;
}

TEST_CASE("every kind of error has its status, with one ErrorInfo that names domain and reason") {
  using base::ErrorKind;
  const std::pair<ErrorKind, grpc::StatusCode> table[] = {
      {ErrorKind::kInvalid, grpc::StatusCode::INVALID_ARGUMENT},
      {ErrorKind::kNotFound, grpc::StatusCode::NOT_FOUND},
      {ErrorKind::kDenied, grpc::StatusCode::PERMISSION_DENIED},
      {ErrorKind::kUnauthenticated, grpc::StatusCode::UNAUTHENTICATED},
      {ErrorKind::kConflict, grpc::StatusCode::ALREADY_EXISTS},
      {ErrorKind::kTransition, grpc::StatusCode::FAILED_PRECONDITION},
      {ErrorKind::kAborted, grpc::StatusCode::ABORTED},
      {ErrorKind::kUnavailable, grpc::StatusCode::UNAVAILABLE},
      {ErrorKind::kExhausted, grpc::StatusCode::RESOURCE_EXHAUSTED},
      {ErrorKind::kDeadline, grpc::StatusCode::DEADLINE_EXCEEDED},
      {ErrorKind::kCancelled, grpc::StatusCode::CANCELLED}};
  for (const auto& [kind, code] : table) {
    const grpc::Status status = ToStatus(base::Error(kind, "SOME_REASON", "text"), "registry");
    CHECK(status.error_code() == code);
    CHECK(status.error_message() == "text");
    const google::rpc::Status details = Details(status);
    CHECK(details.code() == code);
    REQUIRE(details.details_size() == 1);
    google::rpc::ErrorInfo info;
    REQUIRE(details.details(0).UnpackTo(&info));
    CHECK(info.domain() == "registry");
    CHECK(info.reason() == "SOME_REASON");
  }
}

TEST_CASE("field violations and the time to wait travel with the error") {
  const grpc::Status status = ToStatus(base::InvalidField("citizen.birth_date", "before 1900")
                                           .With("min", "1900-01-01")
                                           .RetryAfter(1500ms),
                                       "registry");
  const google::rpc::Status details = Details(status);
  REQUIRE(details.details_size() == 3);
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  REQUIRE(details.details(0).UnpackTo(&info));
  REQUIRE(details.details(1).UnpackTo(&bad_request));
  REQUIRE(details.details(2).UnpackTo(&retry));
  CHECK(info.metadata().at("min") == "1900-01-01");
  CHECK(bad_request.field_violations(0).field() == "citizen.birth_date");
  CHECK(bad_request.field_violations(0).description() == "before 1900");
  CHECK(retry.retry_delay().seconds() == 1);
  CHECK(retry.retry_delay().nanos() == 500'000'000);
}

TEST_CASE("the details of an error fit into a header block, whatever is put into them") {
  base::Error error = base::InvalidField(std::string(9999, 'f'), std::string(199, 'd') + "ễễễ");
  for (int i = 0; i < 1000; ++i) std::move(error).Field(std::string(999, 'x'), "y");
  CHECK(ToStatus(error, "registry").error_details().size() < 5500);
}

TEST_CASE("a defect answers a fixed text and the trace id") {
  const grpc::Status status = InternalStatus("registry", "0af7");
  CHECK(status.error_code() == grpc::StatusCode::INTERNAL);
  google::rpc::ErrorInfo info;
  REQUIRE(Details(status).details(0).UnpackTo(&info));
  CHECK(info.reason() == "INTERNAL");
  CHECK(info.metadata().at("trace_id") == "0af7");
}

TEST_CASE("requests are refused with the path of a text or enum that cannot be") {
  journal::v1::RepublishRequest request;
  request.set_feed(journal::v1::FEED_OWN);
  request.add_keys("citizen/Đào");
  request.add_keys(std::string(kFieldBytesMax, 'x'));
  CHECK(Thrown([&] { CheckFields(request); }) == "nothing");
  request.set_keys(1, std::string("a\0b", 3));
  CHECK(Thrown([&] { CheckFields(request); }) == "FIELD_INVALID keys[1]");
  request.set_keys(1, "a\xff");
  CHECK(Thrown([&] { CheckFields(request); }) == "FIELD_INVALID keys[1]");
  request.set_keys(1, std::string(kFieldBytesMax + 1, 'x'));
  CHECK(Thrown([&] { CheckFields(request); }) == "FIELD_INVALID keys[1]");
  request.set_keys(1, "b");
  request.set_feed(static_cast<journal::v1::Feed>(77));
  CHECK(Thrown([&] { CheckFields(request); }) == "FIELD_INVALID feed");
}

TEST_CASE("the path leads into messages within messages") {
  journal::v1::ListRecordHistoryResponse message;
  message.add_changes();
  message.add_changes()->set_state("a\xc0\x80");
  CHECK(Thrown([&] { CheckFields(message); }) == "FIELD_INVALID changes[1].state");
}

TEST_CASE("a message that was read, whole or broken, has lost the mark of an unread one") {
  journal::v1::RepublishRequest request;
  MarkUnread(&request, 7);
  CHECK(IsUnread(request, 7));
  CHECK_FALSE(IsUnread(request, 8));
  CHECK(request.ParseFromString(""));
  CHECK_FALSE(IsUnread(request, 7));
  MarkUnread(&request, 7);
  CHECK_FALSE(request.ParseFromString("\x12\x01\xff"));  // keys: one byte that is not UTF-8
  CHECK_FALSE(IsUnread(request, 7));
}

}  // namespace
}  // namespace lienthong::rpc
