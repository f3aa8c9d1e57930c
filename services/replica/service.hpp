#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lienthong/replica/v1/replica.pb.h"
#include "platform/base/error.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"
#include "replica/record_types.hpp"
#include "replica/units.hpp"

namespace lienthong::replica {

/// What units read of their own copies. A unit of another process looks like an absent record. Any
/// thread.
class ReplicaService {
 public:
  ReplicaService(const Units& units, const rpc::PageTokens& tokens)
      : units_(units), tokens_(tokens) {}

  /// nullopt = `min_version` is not there yet.
  std::optional<v1::Record> GetRecord(const rpc::Call& call, const v1::GetRecordRequest& request);
  /// What a call gets for which `min_version` did not come in time: VERSION_NOT_REACHED.
  static base::Error VersionNotReached();
  v1::ListRecordsResponse ListRecords(const rpc::Call& call, const v1::ListRecordsRequest& request);
  v1::GetConsistencyResponse GetConsistency(const rpc::Call& call,
                                            const v1::GetConsistencyRequest& request);
  /// For the portal and for operators.
  v1::ListConsistencyResponse ListConsistency(const rpc::Call& call,
                                              const v1::ListConsistencyRequest& request);
  journal::v1::ListParkedEventsResponse ListParkedEvents(
      const rpc::Call& call, const journal::v1::ListParkedEventsRequest& request);
  journal::v1::ReplayParkedEventsResponse ReplayParkedEvents(
      const rpc::Call& call, const journal::v1::ReplayParkedEventsRequest& request);
  /// Both answer at once; a repeat starts nothing anew.
  v1::UnitWork RepairUnit(const rpc::Call& call, const v1::RepairUnitRequest& request);
  v1::UnitWork BootstrapUnit(const rpc::Call& call, const v1::BootstrapUnitRequest& request);

 private:
  const Unit& UnitOf(const std::string& code) const;
  /// The unit with that code, or all when it is empty.
  std::vector<const Unit*> UnitsOf(const std::string& code) const;
  template <class Request>
  v1::UnitWork Ask(feed::WorkKind kind, const rpc::Call& call, const Request& request);

  const Units& units_;
  const rpc::PageTokens& tokens_;
};

}  // namespace lienthong::replica
