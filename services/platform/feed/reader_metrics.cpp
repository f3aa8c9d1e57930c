#include "platform/feed/reader_metrics.hpp"

#include <chrono>

#include "platform/rpc/metrics.hpp"

namespace lienthong::feed {
namespace {

prometheus::Family<prometheus::Gauge>& FamilyOf(const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*rpc::MetricsRegistry());
}

}  // namespace

ReaderMetrics::ReaderMetrics(const std::string& member)
    : member_(member),
      lag_(FamilyOf("lienthong_feed_lag_seconds",
                    "Age of the newest message applied while newer "
                    "ones wait; 0 when none waits.")
               .Add({{"unit", member}})),
      verified_(FamilyOf("lienthong_feed_verified_timestamp_seconds",
                         "Everything acknowledged before this time is in the copy; 0 = not yet.")
                    .Add({{"unit", member}})),
      parked_(FamilyOf("lienthong_parked_events", "Messages that could not be applied.")
                  .Add({{"consumer", member}})),
      records_(rpc::AddGauge("lienthong_feed_records",
                             "Records in the copy, of the own feed and of that for everyone.",
                             {{"unit", member}})),
      messages_(rpc::AddCounter("lienthong_feed_messages_total",
                                "Messages applied, of the own feed and of that for everyone.",
                                {{"unit", member}})),
      divergent_family_(FamilyOf("lienthong_feed_divergent_records",
                                 "Records known to differ from their owner's.")) {}

void ReaderMetrics::Show(const Consistency& state, double lag_seconds) {
  lag_.Set(lag_seconds);
  parked_.Set(static_cast<double>(state.parked));
  const auto verified = state.verified_at
                            ? std::chrono::duration<double>(state.verified_at->time_since_epoch())
                            : std::chrono::duration<double>(0);
  verified_.Set(verified.count());
  std::map<std::string, std::int64_t> divergent;
  std::int64_t records = 0;
  for (const OwnerState& owner : state.owners) {
    for (const auto& [type, total] : owner.types) {
      divergent[type] += total.divergent;
      records += total.count;
    }
  }
  records_.Set(static_cast<double>(records));
  for (const auto& [type, count] : divergent) {
    prometheus::Gauge*& gauge = divergent_[type];
    if (gauge == nullptr) gauge = &divergent_family_.Add({{"unit", member_}, {"type", type}});
    gauge->Set(static_cast<double>(count));
  }
}

}  // namespace lienthong::feed
