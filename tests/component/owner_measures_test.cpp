// What an owner's process shows of its database, its relay and the clocks of others, on a real
// PostgreSQL and a real Kafka.
#include <catch2/catch.hpp>

#include "platform/journal/measures.hpp"
#include "support/measured.hpp"
#include "support/relay_stage.hpp"

namespace lienthong::journal {
namespace {

/// The machine's clock, wrong by a number of seconds.
class WrongClock final : public base::Clock {
 public:
  explicit WrongClock(std::chrono::seconds by) : right_(by), by_(by) {}
  base::Time MachineNow() const override { return right_.MachineNow() + by_; }
  base::Time BusinessNow() const override { return right_.BusinessNow(); }

 private:
  base::SystemClock right_;
  std::chrono::seconds by_;
};

double OfService(const std::string& name, const std::string& service) {
  return support::Measured(name, {{"service", service}}).value();
}
double OfTopic(const std::string& name, const std::string& topic) {
  return support::Measured(name, {{"topic", topic}}).value();
}
double OffsetOf(const std::string& peer) {
  return support::Measured("lienthong_clock_offset_seconds", {{"peer", peer}}).value();
}

}  // namespace

TEST_CASE("an owner shows the size of its database and journal, and its epoch") {
  Stage stage;
  Measures measures(stage.service, stage.owner.pool_, stage.clock);
  CHECK(OfService("lienthong_epoch", stage.service) == 0);  // there from the start
  measures.Show();
  CHECK(OfService("lienthong_epoch", stage.service) == 1);
  const double journal = OfService("lienthong_journal_bytes", stage.service);
  CHECK(journal > 0);
  CHECK(OfService("lienthong_database_bytes", stage.service) > journal);
  for (int n = 0; n < 50; ++n) {
    stage.Register(std::string(5'000, 'a') + stage.owner.ids_.New(), {{stage.a, "full"}});
  }
  stage.owner.Count("WITH r AS (UPDATE relay_state SET epoch = 3 RETURNING 1) SELECT 1");
  measures.Show();
  CHECK(OfService("lienthong_journal_bytes", stage.service) > journal);
  CHECK(OfService("lienthong_epoch", stage.service) == 3);
}

TEST_CASE("an owner shows up to when its journal is sealed") {
  constexpr const char* kSealed = "lienthong_seal_timestamp_seconds";
  Stage stage;
  Measures measures(stage.service, stage.owner.pool_, stage.clock);
  measures.Show();
  CHECK(OfService(kSealed, stage.service) == 0);  // nothing is
  const auto relay = stage.StartRelay();
  const auto seconds = [&] {
    const auto now = stage.owner.clock_.MachineNow().time_since_epoch();
    return std::chrono::duration<double>(now).count();
  };
  for (int n = 0; n < 2; ++n) {
    stage.owner.clock_.Advance(60s);
    stage.Register("A" + std::to_string(n), {{stage.a, "full"}});
    CHECK(support::Eventually(kLimit, [&] {
      measures.Show();
      return OfService(kSealed, stage.service) == seconds();
    }));
  }
}

TEST_CASE("what a relay sends counts for its topics, and is there before anything is sent") {
  Stage stage;
  const std::string domain = kafka::DomainTopic(stage.service, "enterprise");
  const std::string feed = kafka::FeedTopic(stage.a), other = kafka::FeedTopic(stage.b);
  constexpr const char* kMessages = "lienthong_relay_messages_total";
  const auto relay =
      std::make_unique<Relay>(stage.options, *stage.catalogue, stage.clock, stage.owner.ids_);
  for (const std::string& topic : {domain, feed, other, kafka::SealTopic(stage.service)}) {
    CHECK(OfTopic(kMessages, topic) == 0);
    CHECK(OfTopic("lienthong_relay_bytes_total", topic) == 0);
  }
  relay->Start();
  for (int n = 0; n < 3; ++n) stage.Register("A" + std::to_string(n), {{stage.a, "full"}});
  CHECK(support::Eventually(kLimit, [&] {
    return OfTopic(kMessages, domain) == 3 && OfTopic(kMessages, feed) > 3 &&
           OfTopic(kMessages, other) > 0 &&  // barriers
           OfTopic(kMessages, kafka::SealTopic(stage.service)) > 0;
  }));
  const double bytes = OfTopic("lienthong_relay_bytes_total", domain);
  CHECK(bytes > 3 * 100);
  CHECK(bytes < 3 * 1000);
}

TEST_CASE("how far the database's clock is from ours is shown") {
  Stage stage;
  Measures(stage.service, stage.owner.pool_, stage.clock).Show();
  CHECK(std::abs(OffsetOf("postgres")) < 5);
  WrongClock slow(-1000s), fast(2000s);
  Measures(stage.service, stage.owner.pool_, slow).Show();
  CHECK(OffsetOf("postgres") == Approx(1000).margin(30));
  Measures(stage.service, stage.owner.pool_, fast).Show();
  CHECK(OffsetOf("postgres") == Approx(-2000).margin(30));
}

TEST_CASE("how far the broker's clock is from ours is shown, by messages of feeds") {
  Stage stage;
  for (const int wrong_by : {0, -1000, 2000}) {
    INFO(wrong_by);
    WrongClock clock{std::chrono::seconds(wrong_by)};
    Relay relay(stage.options, *stage.catalogue, clock, stage.owner.ids_);
    relay.Start();
    CHECK(support::Eventually(kLimit, [&] {
      return relay.Status().active && std::abs(OffsetOf("kafka") + wrong_by) < 30;
    }));
  }
}

}  // namespace lienthong::journal
