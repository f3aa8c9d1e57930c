// What a reader shows of its copy, on a real PostgreSQL.
#include "support/feed_copy.hpp"
#include "support/measured.hpp"

namespace lienthong::feed {
namespace {

double OfMember(const std::string& name) {
  return support::Measured(name, {{"unit", "H09.718"}}).value();
}
double ShownRecords() { return OfMember("lienthong_feed_records"); }
double ShownMessages() { return OfMember("lienthong_feed_messages_total"); }

kafka::Message CitizenAt(const std::string& id, std::int64_t sequence, bool is_gone = false) {
  const std::optional<std::string> value = is_gone ? std::nullopt : std::optional("{}");
  return RecordMessageOf("registry", "citizen/" + id, {1, sequence}, 1, value);
}

}  // namespace

TEST_CASE("a reader shows how many records its copy holds, and counts the messages applied") {
  CopyStage stage;
  CHECK(ShownRecords() == 0);  // there from the start
  const double before = ShownMessages();
  stage.Apply(kOwnTopic, {CitizenAt("1", 1), CitizenAt("2", 2), CitizenAt("3", 3)});
  stage.Apply(kAllTopic, {CitizenAt("4", 4)});
  CHECK(ShownRecords() == 4);
  CHECK(ShownMessages() == before + 4);
  stage.Apply(kOwnTopic, {CitizenAt("2", 5, true), CitizenAt("3", 6)});
  CHECK(ShownRecords() == 3);
  CHECK(ShownMessages() == before + 6);
  stage.Apply(kOwnTopic, {BarrierMessageOf("registry", {1, 6}, 1, stage.clock.MachineNow(),
                                           {{"citizen/1", {1, "{}"}}, {"citizen/3", {1, "{}"}}})});
  CHECK(ShownRecords() == 3);
  CHECK(ShownMessages() == before + 7);
}

TEST_CASE("messages that were applied before are not counted again, and a new process shows all") {
  CopyStage stage;
  stage.Apply(kOwnTopic, {CitizenAt("1", 1), CitizenAt("2", 2)});
  const double before = ShownMessages();
  stage.ends[kOwnTopic] = 0;  // a commit in doubt: they come once more
  stage.Apply(kOwnTopic, {CitizenAt("1", 1), CitizenAt("2", 2)});
  CHECK(ShownMessages() == before);
  { const CopyStage other; }  // an empty copy, shown under the same name
  CHECK(ShownRecords() == 0);
  Keeper keeper(stage.options, stage.pool, stage.clock, {}, {});
  keeper.Load();
  CHECK(ShownRecords() == 2);
}

}  // namespace lienthong::feed
