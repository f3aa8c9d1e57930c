#include "replica/units.hpp"

#include <algorithm>

#include "platform/kafka/catalogue.hpp"

namespace lienthong::replica {
namespace {

/// The reader, and calls or a repair beside it.
constexpr int kConnectionsMax = 2;

}  // namespace

Units::Units(const Settings& settings, base::Clock& clock,
             const std::map<std::string, std::vector<std::string>>& types) {
  std::vector<std::string> codes = settings.units;
  std::sort(codes.begin(), codes.end());
  const auto scrub_pace = std::make_shared<feed::Pace>(settings.scrub_rows_per_second_max);
  for (const std::string& code : codes) {
    Unit& unit = units_.emplace_back();
    unit.code = code;
    unit.sets = {kafka::FeedTopic(code), kafka::FeedTopic("*")};
    unit.identity = settings.Identity(code);
    unit.pool =
        std::make_unique<pg::Pool>(pg::PoolOptions{settings.Conninfo(code), kConnectionsMax});
    feed::ReaderOptions options;
    options.member = code;
    options.kafka = unit.identity;
    options.owners = settings.owners;
    options.scrub_interval = settings.scrub_interval;
    options.scrub_pace = scrub_pace;
    options.wants_values = false;
    options.types = types;
    unit.reader = std::make_unique<feed::Reader>(
        options, *unit.pool, clock,
        [this, code](const std::vector<feed::Applied>&) { Applied(code); });
  }
}

const Unit* Units::Find(const std::string& code) const {
  const auto found = std::lower_bound(
      units_.begin(), units_.end(), code,
      [](const Unit& unit, const std::string& wanted) { return unit.code < wanted; });
  return found == units_.end() || found->code != code ? nullptr : &*found;
}

void Units::SetCallback(OnApplied on_applied) {
  const std::lock_guard lock(callback_mutex_);
  on_applied_ = std::move(on_applied);
}

void Units::Applied(const std::string& unit) {
  const std::lock_guard lock(callback_mutex_);
  if (on_applied_) on_applied_(unit);
}

Units::Running::Running(Units& units, OnApplied on_applied) : units_(units) {
  units_.SetCallback(std::move(on_applied));
  for (const Unit& unit : units_.All()) unit.reader->Start();
}

Units::Running::~Running() {
  units_.SetCallback({});
  for (const Unit& unit : units_.All()) unit.reader->AskToStop();
}

}  // namespace lienthong::replica
