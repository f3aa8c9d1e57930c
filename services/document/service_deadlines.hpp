#pragma once

#include <memory>
#include <optional>

#include "document/service_parts.hpp"

/// Deadlines by the working calendar, for the services that begin them.
namespace lienthong::document {

/// By when the sender asks for an answer (the last second of that day): the receiver's own deadline
/// until it sets another.
std::optional<base::Time> AskedFor(const Content& content);

/// The rules and the calendar as they are now, with the office hours of each day from a day on,
/// read once in a transaction.
class Limits {
 public:
  Limits(pg::Tx& tx, const access::Snapshot& snapshot, Day day);

  /// nullopt = no rule is valid on that day.
  std::optional<Deadline> By(DeadlineKind kind, Urgency urgency, base::Time begins) const;

 private:
  Limits(LimitData data, const access::Snapshot& snapshot);

  std::vector<DeadlineRule> rules_;
  calendar::Calendar calendar_;
};

}  // namespace lienthong::document
