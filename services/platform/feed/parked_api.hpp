#pragma once

#include <functional>

#include "lienthong/journal/v1/journal.pb.h"
#include "platform/feed/parked.hpp"
#include "platform/feed/reader.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"

namespace lienthong::feed {

/// Listing and replaying what a reader could not apply, as an API offers it.
struct ParkedEvents {
  std::function<journal::v1::ListParkedEventsResponse(const rpc::Call&,
                                                      const journal::v1::ListParkedEventsRequest&)>
      List;
  std::function<journal::v1::ReplayParkedEventsResponse(
      const rpc::Call&, const journal::v1::ReplayParkedEventsRequest&)>
      Replay;
};

/// Without a unit.
journal::v1::ParkedEvent ToParkedEvent(const ParkedMessage& parked);

/// Of one reader and its database, which outlive the result.
ParkedEvents ParkedEventsOf(pg::Pool& pool, Reader& reader, const rpc::PageTokens& tokens);

/// Of a service that reads no feed: an empty list.
ParkedEvents NoParkedEvents();

}  // namespace lienthong::feed
