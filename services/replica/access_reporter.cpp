#include "replica/access_reporter.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <google/protobuf/util/time_util.h>

#include "lienthong/registry/v1/registry.grpc.pb.h"
#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/rpc/client.hpp"
#include "replica/store.hpp"

namespace lienthong::replica {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kBatchRows = 500;
constexpr milliseconds kInterval{2000};
constexpr milliseconds kBackoffMin{2000};
constexpr milliseconds kBackoffMax{60'000};
constexpr std::chrono::seconds kCallLimit{5};
constexpr std::chrono::hours kCleanInterval{1};
constexpr int kKeptDays = 90;

}  // namespace

AccessReporter::AccessReporter(const Units& units, std::string registry)
    : units_(units),
      registry_(std::move(registry)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void AccessReporter::Run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    const bool clean = steady_clock::now() >= clean_at_;
    if (clean) clean_at_ = steady_clock::now() + kCleanInterval;
    for (const Unit& unit : units_.All()) {
      if (stop.stop_requested()) return;
      Backoff& backoff = backoffs_[unit.code];
      try {
        if (clean) Clean(unit, stop);
        if (steady_clock::now() < backoff.next) continue;
        Report(unit, stop);
        backoff.wait = milliseconds(0);
      } catch (const std::exception& error) {
        backoff.wait = std::clamp(backoff.wait * 2, kBackoffMin, kBackoffMax);
        backoff.next = steady_clock::now() + backoff.wait;
        base::LogWarning("access rows cannot be reported now; tried again later",
                         {{"unit", unit.code}, {"error", pg::CauseOf(error)}});
      }
    }
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

void AccessReporter::Clean(const Unit& unit, const std::stop_token& stop) {
  while (!stop.stop_requested() &&
         unit.pool->Transact([](pg::Tx& tx) { return DeleteSentAccess(tx, kKeptDays); })) {
  }
}

void AccessReporter::Report(const Unit& unit, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto rows =
        unit.pool->Transact([](pg::Tx& tx) { return SelectUnsentAccess(tx, kBatchRows); });
    if (rows.empty()) return;
    SendOrSetAside(unit, rows, stop);
    if (rows.size() < static_cast<std::size_t>(kBatchRows)) return;
  }
}

void AccessReporter::SendOrSetAside(const Unit& unit, const std::vector<UnsentAccess>& rows,
                                    const std::stop_token& stop) {
  const std::string refusal = Send(unit, rows, stop);
  if (refusal.empty()) {
    unit.pool->Transact([&](pg::Tx& tx) { MarkAccessSent(tx, rows); });
  } else if (rows.size() > 1) {
    for (const UnsentAccess& row : rows) SendOrSetAside(unit, {row}, stop);
  } else {
    base::LogError("the registry refuses an access row",
                   {{"unit", unit.code}, {"id", rows[0].id}, {"reason", refusal}});
    unit.pool->Transact([&](pg::Tx& tx) { MarkAccessRefused(tx, rows[0], refusal); });
  }
}

std::string AccessReporter::Send(const Unit& unit, const std::vector<UnsentAccess>& rows,
                                 const std::stop_token& stop) {
  registry::v1::ReportAccessRequest request;
  for (const UnsentAccess& row : rows) {
    auto& entry = *request.add_entries();
    entry.set_id(row.id);
    *entry.mutable_read_at() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
        row.read_at.time_since_epoch().count());
    entry.set_citizen_id(row.citizen_id);
    entry.set_system(row.system);
    entry.set_unit_id(row.unit);
    entry.set_purpose(row.purpose);
    entry.set_source(row.source);
  }
  const auto stub = registry::v1::RegistryService::NewStub(rpc::OpenChannel(
      registry_, {unit.identity.ca, unit.identity.certificate, unit.identity.key}));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallLimit);
  const std::stop_callback cancel(stop, [&] { context.TryCancel(); });
  google::protobuf::Empty answer;
  const grpc::Status status = stub->ReportAccess(&context, request, &answer);
  if (status.error_code() == grpc::INVALID_ARGUMENT) return status.error_message();
  if (!status.ok()) {
    throw base::Unavailable("OWNER_UNAVAILABLE", "ReportAccess: status " +
                                                     std::to_string(status.error_code()) + " " +
                                                     status.error_message());
  }
  return {};
}

}  // namespace lienthong::replica
