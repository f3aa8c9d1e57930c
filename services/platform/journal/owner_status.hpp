#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lienthong/journal/v1/journal.pb.h"
#include "platform/base/clock.hpp"
#include "platform/journal/relay.hpp"
#include "platform/journal/sweeper.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"

namespace lienthong::journal {

/// What the parts of an owner's process know of themselves; nothing is asked after the server has
/// drained.
struct StatusSources {
  std::function<RelayStatus()> relay;
  std::function<SweepStatus()> sweep;
  std::function<std::int64_t(std::chrono::steady_clock::time_point deadline)> stale_audiences;
  /// Messages of the service's own feed that could not be applied.
  std::function<std::int64_t()> parked = [] { return 0; };
  /// The time 0 = nothing of the directory is known yet.
  std::function<base::Time()> directory_verified_at;
};

/// GetOwnerStatus of JournalService. Any thread; lives as long as the service.
class OwnerStatus {
 public:
  OwnerStatus(std::string service, pg::Pool& pool, StatusSources sources)
      : service_(std::move(service)), pool_(pool), sources_(std::move(sources)) {}

  v1::OwnerStatus GetOwnerStatus(const rpc::Call& call, const v1::GetOwnerStatusRequest& request);

 private:
  std::string service_;
  pg::Pool& pool_;
  StatusSources sources_;
};

}  // namespace lienthong::journal
