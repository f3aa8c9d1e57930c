#pragma once

#include <functional>

#include "lienthong/journal/v1/journal.pb.h"
#include "platform/base/id.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"

namespace lienthong::journal {

/// What operators do, as records of the owner's journal: the use cases of JournalService that write
/// or list them. The access check lets in `ops` alone. Any thread; lives as long as the service.
class Operations {
 public:
  Operations(Journal& journal, pg::Pool& pool, const rpc::PageTokens& tokens, base::Ids& ids)
      : journal_(journal), pool_(pool), tokens_(tokens), ids_(ids) {}

  v1::Operation RecordOperation(const rpc::Call& call, const v1::RecordOperationRequest& request);
  /// Throws OPERATION_ENDED when its end is known.
  v1::Operation EndOperation(const rpc::Call& call, const v1::EndOperationRequest& request);
  v1::ListOperationsResponse ListOperations(const rpc::Call& call,
                                            const v1::ListOperationsRequest& request);

  /// In one transaction with its record. Throws VERSION_STALE.
  v1::RaiseEpochResponse RaiseEpoch(const rpc::Call& call, const v1::RaiseEpochRequest& request);

  using Replay = std::function<v1::ReplayParkedEventsResponse(
      const rpc::Call&, const v1::ReplayParkedEventsRequest&)>;
  /// Writes down that it begins, replays, writes down what came of it; what `replay` throws leaves
  /// the record without an end.
  v1::ReplayParkedEventsResponse ReplayParkedEvents(const rpc::Call& call,
                                                    const v1::ReplayParkedEventsRequest& request,
                                                    const Replay& replay);

 private:
  Journal& journal_;
  pg::Pool& pool_;
  const rpc::PageTokens& tokens_;
  base::Ids& ids_;
};

}  // namespace lienthong::journal
