#pragma once

#include <vector>

#include "document/service_access.hpp"
#include "document/service_parts.hpp"

/// What the answer to an update or a replacement does to the deliveries of the earlier documents.
namespace lienthong::document {

/// Deliveries, to the same receiver, of the documents that the delivered one updates or replaces.
std::vector<DeliveryId> EarlierOf(pg::Tx& tx, const Content& delivered, const Delivery& delivery);

/// After an answer that accepts: the earlier ones are replaced by `delivery`, or, when it is given
/// back, no longer; replaced they are due for nothing. `answered`: what was asked of it. Adds the
/// records that changed; their keys are the caller's.
void SettleEarlier(pg::Tx& tx, const Delivery& delivery, ChangeKind answered,
                   const std::vector<DeliveryId>& earlier, base::Time now,
                   const access::Sharing& sharing, Changes& changes);

}  // namespace lienthong::document
