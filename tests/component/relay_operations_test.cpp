// Records of operators on the wire: on their domain topic, in no feed, under the seals.
#include <catch2/catch.hpp>

#include "platform/journal/operations.hpp"
#include "platform/journal/queries.hpp"
#include "support/relay_stage.hpp"

namespace lienthong::journal {

TEST_CASE("an operation goes to its domain topic and no feed, and seals cover it") {
  Stage stage;
  rpc::PageTokens tokens("secret of the test");
  Operations operations(stage.owner.journal_, stage.owner.pool_, tokens, stage.owner.ids_);
  Queries queries({stage.service, stage.options.kafka, {"enterprise"}, {}}, stage.owner.pool_,
                  stage.clock, tokens, nullptr, {}, {});
  rpc::Call ops = stage.owner.CallFrom("ops", "");
  ops.system = "ops";
  ops.system_kind = rpc::SystemKind::kOps;
  const auto relay = stage.StartRelay();

  stage.Register("A", {{stage.a, "full"}});
  v1::RecordOperationRequest request;
  request.set_request_id(stage.owner.ids_.New());
  request.set_kind(v1::OPERATION_KIND_REPAIR_UNIT);
  request.set_unit_id(stage.a);
  request.set_operator_("tructram");
  const v1::Operation made = operations.RecordOperation(ops, request);

  Tail topic(kafka::DomainTopic(stage.service, "operation"));
  REQUIRE(topic.Until([](const auto& messages) { return !messages.empty(); }));
  CHECK(topic.messages.front().key == made.id());
  v1::Operation published;
  FromJson(*topic.messages.front().value, &published);
  CHECK(published.SerializeAsString() == made.SerializeAsString());
  for (const std::string& member : {stage.a, stage.b}) {
    Tail feed(kafka::FeedTopic(member));
    REQUIRE(feed.UntilBarrier(2));
    for (const kafka::Message& message : feed.messages) {
      CHECK(message.key.rfind("operation/", 0) != 0);
      CHECK((!message.value || message.value->find("\"operation\"") == std::string::npos));
    }
  }

  const auto intact = [&] { return queries.VerifySeals(ops, {}); };
  REQUIRE(support::Eventually(kLimit, [&] {
    return stage.owner.Count("SELECT coalesce(max(to_id), 0) FROM seal WHERE published") >= 2;
  }));
  CHECK(intact().intact());
  CHECK(intact().rows_checked() == 2);
  stage.owner.pool_.Transact([](pg::Tx& tx) {
    tx.ExecText("UPDATE journal SET unit = 'another' WHERE record_type = 'operation'");
  });
  CHECK_FALSE(intact().intact());
}

}  // namespace lienthong::journal
