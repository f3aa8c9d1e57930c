#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hotline/api_key.hpp"
#include "hotline/service_parts.hpp"
#include "platform/journal/timer.hpp"

namespace lienthong::hotline {

/// What happens to records by itself. Time: a deadline comes near (DeadlineNear), passes
/// (DeadlinePassed) and goes up step by step (DeadlineEscalated), each once for a record, kind and
/// deadline; of several that came while the service was down only the last; a wait for the citizen
/// ends (AssignmentResumed); the time of rating and reopening ends (TicketClosed). The directory:
/// what closed units kept and had goes to the one unit that continues it (TicketMoved, WorkMoved),
/// with its deadlines, as do articles, templates and categories that name them; of a unit split
/// among several it waits for a person, what it kept until there is a centre again. A complaint
/// leaves a keeper who may not have it any more at once. Partners' keys are the centre's. For
/// journal::Timer.
class Schedule final : public journal::Schedule {
 public:
  explicit Schedule(const Parts& parts) : parts_(parts) {}

  std::vector<journal::DueItem> SelectDue(pg::Tx& tx, base::Time now,
                                          const std::vector<std::string>& passed_over,
                                          int items_max) override;
  std::optional<base::Time> SelectNext(pg::Tx& tx, base::Time now) override;
  Changes Change(pg::Tx& tx, const journal::DueItem& item, base::Time now) override;

 private:
  Changes MarkTicket(pg::Tx& tx, const TicketId& id, DeadlineKind kind, base::Time now);
  Changes MarkAssignment(pg::Tx& tx, const AssignmentId& id, DeadlineKind kind, base::Time now);
  Changes MoveTicket(pg::Tx& tx, const journal::DueItem& item, base::Time now);
  template <class Id>
  Changes MoveKnowledge(pg::Tx& tx, const Id& id, const char* event);
  Changes MoveApiKey(pg::Tx& tx, const ApiKeyId& id);
  Changes MoveCategory(pg::Tx& tx, const std::string& id);
  Changes MoveCentre(pg::Tx& tx);
  Changes MoveAssignment(pg::Tx& tx, const AssignmentId& id, const std::string& from);

  const Parts parts_;
};

}  // namespace lienthong::hotline
