// Keys of partners that report over Open311, on a real PostgreSQL.
#include <memory>
#include <set>

#include "lienthong/hotline/v1/api_keys.grpc.pb.h"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Keys = v1::ApiKeyService::Stub;
using Citizens = Portal::Stub;

/// Who runs the hotline, with the right to decide about it.
const std::string kChief = "H09.03/chief";

struct Stage {
  HotlineOwner owner;
  std::unique_ptr<Keys> portal = v1::ApiKeyService::NewStub(owner.Channel("service-portal"));

  Stage() {
    owner.AddPosition("chief", {"hotline.read", "hotline.setup", "journal.history"});
    owner.Appoint(kCentreUnit, "chief", "chief");
    owner.Appoint(kTransport, "chief", "chief");
  }
  v1::CreateApiKeyRequest New(int calls = 0) {
    auto request = owner.New<v1::CreateApiKeyRequest>();
    request.set_name("Ứng dụng Bình Dương SmartCity");
    request.set_calls_per_minute(calls);
    return request;
  }
  Outcome Check(const std::string& key) {
    v1::CheckApiKeyRequest request;
    request.set_key(key);
    grpc::ClientContext context;
    v1::ApiKey answer;
    return support::OutcomeOf(portal->CheckApiKey(&context, request, &answer));
  }
};

TEST_CASE("hotline keys: the portal knows a key by itself until it is revoked") {
  Stage stage;
  const auto request = stage.New();
  const auto made = stage.owner.Do(&Keys::CreateApiKey, request, kChief);
  CHECK(made.key().size() == 43);
  CHECK(made.api_key().calls_per_minute() == 60);
  // A repeat has the same key, which is stored nowhere.
  CHECK(stage.owner.Do(&Keys::CreateApiKey, request, kChief).key() == made.key());
  CHECK(stage.owner.Count("api_key") == "1");
  for (const char* table : {"api_key", "journal"}) {
    CHECK(stage.owner.Value("SELECT count(*) FROM " + std::string(table) +
                            " t WHERE t::text LIKE '%" + made.key() + "%'") == "0");
  }
  CHECK(made.api_key().channel() == v1::CHANNEL_OPEN311);
  auto of_application = stage.New();
  of_application.set_channel(v1::CHANNEL_APP);
  CHECK(stage.owner.Do(&Keys::CreateApiKey, of_application, kChief).api_key().channel() ==
        v1::CHANNEL_APP);
  of_application.set_request_id(stage.New().request_id());
  of_application.set_channel(v1::CHANNEL_PHONE);
  CHECK(stage.owner.Try(&Keys::CreateApiKey, of_application, kChief) ==
        Outcome{grpc::INVALID_ARGUMENT, "FIELD_INVALID"});
  CHECK(stage.Check(made.key()) == kDone);
  CHECK(stage.Check(made.key() + "x") == kNotFound);
  CHECK(stage.Check("") == kNotFound);
  CHECK(stage.Check(std::string(5000, 'a')) == kNotFound);
  CHECK(stage.owner.SeenBy(made.api_key().id()) == kCentreUnit);

  const auto revoke = [&](const std::string& official) {
    return stage.owner.TryStep(&Keys::RevokeApiKey, official, [&](auto& r) {
      r.set_api_key_id(made.api_key().id());
      r.set_reason("Hết hợp đồng");
    });
  };
  CHECK(revoke("H09.09/chief") == kNotFound);  // of another unit
  CHECK(revoke(kChief) == kDone);
  CHECK(revoke(kChief) == kNotFound);
  CHECK(stage.Check(made.key()) == kNotFound);
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline keys: a key has so many calls a minute, whatever others do") {
  Stage stage;
  const auto few = stage.owner.Do(&Keys::CreateApiKey, stage.New(3), kChief);
  const auto many = stage.owner.Do(&Keys::CreateApiKey, stage.New(6000), kChief);
  for (int i = 0; i < 3; ++i) CHECK(stage.Check(few.key()) == kDone);
  CHECK(stage.Check(few.key()) == Outcome{grpc::RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED"});
  CHECK(stage.Check(many.key()) == kDone);
  CHECK(stage.owner.Try(&Keys::CreateApiKey, stage.New(6001), kChief) == kFieldInvalid);
  CHECK(stage.owner.Try(&Keys::CreateApiKey, stage.New(-1), kChief) == kFieldInvalid);
}

TEST_CASE("hotline keys: keys are listed by who runs the hotline, page by page") {
  Stage stage;
  std::set<std::string> made, listed;
  for (int i = 0; i < 5; ++i) {
    made.insert(stage.owner.Do(&Keys::CreateApiKey, stage.New(), kChief).api_key().id());
  }
  v1::ListApiKeysRequest request;
  request.set_page_size(2);
  do {
    const auto page = stage.owner.Do(&Keys::ListApiKeys, request, kChief);
    for (const auto& key : page.api_keys()) listed.insert(key.id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  CHECK(listed == made);
  request.clear_page_token();
  CHECK(stage.owner.Do(&Keys::ListApiKeys, request, "H09.09/chief").api_keys_size() == 0);
  // Who runs the systems sees all and may revoke each at once.
  request.set_page_size(10);
  CHECK(stage.owner.Do(&Keys::ListApiKeys, request, "").api_keys_size() == 5);
  CHECK(stage.owner.TryStep(&Keys::RevokeApiKey, "", [&](auto& revoke) {
    revoke.set_api_key_id(*made.begin());
    revoke.set_reason("Lộ khóa");
  }) == kDone);
}

TEST_CASE("hotline keys: keys are those of the centre, whoever that is") {
  Stage stage;
  const auto made = stage.owner.Do(&Keys::CreateApiKey, stage.New(), kChief);
  stage.owner.SetCentreUnit(kTransport);
  stage.owner.RunClock();
  const v1::ListApiKeysRequest request;
  const auto listed = stage.owner.Do(&Keys::ListApiKeys, request, "H09.09/chief");
  REQUIRE(listed.api_keys_size() == 1);
  CHECK(listed.api_keys(0).id() == made.api_key().id());
  CHECK(stage.owner.Do(&Keys::ListApiKeys, request, kChief).api_keys_size() == 0);
  CHECK(stage.owner.SeenBy(made.api_key().id()) == kTransport);
  CHECK(stage.owner.Events(made.api_key().id()) == "ApiKeyCreated ApiKeyMoved");
  CHECK(stage.Check(made.key()) == kDone);
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline keys: a report says with which key it came") {
  Stage stage;
  Portal portal(stage.owner);
  const auto made = stage.owner.Do(&Keys::CreateApiKey, stage.New(), kChief).api_key();
  auto request = stage.owner.New<v1::SubmitReportRequest>();
  request.set_channel(v1::CHANNEL_OPEN311);
  request.mutable_caller()->set_anonymous(true);
  request.set_text("Đèn đường tắt");
  request.set_category_id("HATANG.GIAOTHONG");
  request.set_api_key_id(made.id());
  portal.Do(&Citizens::SubmitReport, request);
  CHECK(stage.owner.Value("SELECT api_key_id FROM report") == made.id());
  stage.owner.Step(&Keys::RevokeApiKey, kChief, [&](v1::RevokeApiKeyRequest& revoke) {
    revoke.set_api_key_id(made.id());
    revoke.set_reason("Hết hợp đồng");
  });
  request.set_request_id(stage.owner.NewId());
  CHECK(portal.Try(&Citizens::SubmitReport, request) == kFieldInvalid);
  CHECK(stage.owner.Count("report") == "1");
  CHECK(stage.owner.Defects().empty());
}

}  // namespace
}  // namespace lienthong::hotline
