#include "document/service_changes.hpp"

namespace lienthong::document {

std::vector<DeliveryId> EarlierOf(pg::Tx& tx, const Content& delivered, const Delivery& delivery) {
  std::vector<DeliveryId> earlier;
  for (const DocumentId& changed : delivered.changed_documents) {
    if (const auto id = SelectDeliveryTo(tx, changed, delivery)) earlier.push_back(*id);
  }
  return earlier;
}

void SettleEarlier(pg::Tx& tx, const Delivery& delivery, ChangeKind answered,
                   const std::vector<DeliveryId>& earlier, base::Time now,
                   const access::Sharing& sharing, Changes& changes) {
  if (answered == ChangeKind::kUpdate) return;  // both stand
  const bool replaces = answered == ChangeKind::kReplace;
  for (auto& [one, version] : SelectDeliveries(tx, earlier)) {
    if (!replaces && one.replaced_by_id != delivery.id) continue;
    one.replaced_by_id = replaces ? std::optional(delivery.id) : std::nullopt;
    if (replaces) {
      one.due.reset();  // it asks for no work any more
    } else if (one.arrival_code && one.deadline) {
      SetDeadline(one, one.deadline, now);
    }
    UpdateDelivery(tx, one);
    changes.push_back(Answer("DeliveryReplaced", ToRecord(one, sharing)));
  }
}

}  // namespace lienthong::document
