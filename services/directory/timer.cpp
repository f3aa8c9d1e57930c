#include "directory/timer.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "directory/records.hpp"
#include "directory/service.hpp"
#include "directory/service_records.hpp"
#include "platform/base/log.hpp"

namespace lienthong::directory {
namespace {

using std::chrono::milliseconds;

constexpr int kChunkMax = 100;
constexpr milliseconds kWaitMin{10};
constexpr milliseconds kWaitMax{1000};

journal::Journal::Changes CloseUnit(pg::Tx& tx, const UnitCode& code, Day today) {
  Unit unit = LockUnit(tx, code).value();
  if (!IsClosureDue(unit, today)) return {};
  unit.closed = true;
  UpdateUnit(tx, unit);
  return Only("UnitClosed", ToRecord(unit));
}

journal::Journal::Changes ChangeAgreement(pg::Tx& tx, const AgreementId& id, base::Time now) {
  Agreement agreement = SelectAgreements(tx, {id}).at(0);
  const auto event = ApplyTime(agreement, now);
  if (!event) return {};
  UpdateAgreement(tx, agreement);
  return Only(*event, ToRecord(agreement));
}

journal::Journal::Changes EndAppointments(pg::Tx& tx, const OfficialId& id, base::Time now) {
  Official official = SelectOfficials(tx, {id}).at(0);
  if (!EndDueAppointments(official, now)) return {};
  UpdateAppointments(tx, official);
  return Only("AppointmentEnded", ToRecord(official, ReadOfficialSharing(tx, {official})));
}

}  // namespace

void Timer::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Loop(stop); });
}

std::size_t Timer::RunDue() {
  const base::Time now = clock_.BusinessNow();
  std::vector<std::string> failed;
  for (;;) {
    const std::vector<DueItem> items = pool_.Transact([&](pg::Tx& tx) {
      return SelectDueItems(tx, now, base::DayInVietnam(now), failed, kChunkMax);
    });
    std::size_t done = 0;
    for (const DueItem& item : items) {
      try {
        Handle(item);
        ++done;
      } catch (const std::exception& error) {
        // The others must not wait for one that fails, nor those behind a chunk of such.
        failed.push_back(item.type + "/" + item.id);
        base::LogError("timer: an item failed",
                       {{"key", failed.back()}, {"error", pg::CauseOf(error)}});
      }
    }
    if (done > 0 || items.size() < static_cast<std::size_t>(kChunkMax)) return done;
  }
}

void Timer::Handle(const DueItem& item) {
  const std::string occasion = item.type + "/" + item.id + "/" + item.occasion;
  journal_.ChangeBySystem(occasion, {{item.type, item.id}}, [&](pg::Tx& tx, const journal::Heads&) {
    const base::Time now = clock_.BusinessNow();
    if (item.type == kUnitType) return CloseUnit(tx, {item.id}, base::DayInVietnam(now));
    if (item.type == kAgreementType) return ChangeAgreement(tx, {item.id}, now);
    if (item.type == kOfficialType) return EndAppointments(tx, {item.id}, now);
    throw std::logic_error("nothing is ever due for " + item.type);
  });
}

milliseconds Timer::UntilNext() {
  const base::Time now = clock_.BusinessNow();
  const auto next =
      pool_.Transact([&](pg::Tx& tx) { return SelectNextDue(tx, now, base::DayInVietnam(now)); });
  if (!next) return kWaitMax;
  return std::clamp(std::chrono::ceil<milliseconds>(*next - now), kWaitMin, kWaitMax);
}

void Timer::Loop(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    milliseconds wait = kWaitMax;
    try {
      wait = RunDue() == 0 ? UntilNext() : kWaitMin;
    } catch (const std::exception& error) {
      base::LogWarning("timer interrupted", {{"error", pg::CauseOf(error)}});
    }
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, wait, [] { return false; });
  }
}

}  // namespace lienthong::directory
