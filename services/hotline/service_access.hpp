#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hotline/service_parts.hpp"
#include "hotline/store_knowledge.hpp"

/// Who is calling, and what that official may see. What may not be seen is answered as what does
/// not exist.
namespace lienthong::hotline {

/// A unit that can be given work, or be complained about; `field` names it in the request. Throws
/// UNIT_UNKNOWN, UNIT_CLOSED.
void RequireActive(const std::string& unit_id, const Call& call, const access::Sharing& sharing,
                   const access::Snapshot& snapshot, const std::string& field);

/// One call's look at the rights, inside its transaction.
class Sight {
 public:
  Sight(pg::Tx& tx, const Call& call, const Parts& parts);

  const access::Sharing& Sharing() const { return *sharing_; }
  const access::Snapshot& Directory() const { return *snapshot_; }
  const Rules& TheRules() const { return *rules_; }
  /// What a step needs to know, with `actor` taking it.
  Step StepBy(Actor actor) const;
  /// The unit of the call, and those that it continues.
  std::vector<std::string> Units() const { return access::OwnUnits(call_, *sharing_); }
  /// May the official read what is restricted?
  bool MayReadWithheld() const { return reads_withheld_; }

  /// Each throws NotFound when the official may not see it.
  Stored<Ticket> FindKept(const TicketId& id);
  Stored<Ticket> FindTicket(const TicketId& id);
  /// One of the official's unit.
  Stored<Assignment> FindOwn(const AssignmentId& id);
  Stored<Assignment> FindAssignment(const AssignmentId& id);
  /// Of a ticket that the unit keeps.
  Stored<Report> FindReport(const ReportId& id);

  /// Is it a complaint about the unit of the call, or one near to it?
  bool IsKeptFrom(const std::string& concerned_unit_id) const;
  bool Keeps(const Ticket& ticket) const;
  /// Who reported what is handled in the ticket is known to who keeps it, and to the unit that has
  /// handled it longest of those that have it since it was routed last.
  bool KnowsReporters(const Ticket& ticket) const;
  /// Does the call come from who runs the hotline, or from `ops`?
  bool IsCentre() const;
  /// Of what the hotline knows: published, or the centre's.
  bool Sees(const Article& article) const { return Sees(article.state, article.keeper_unit_id); }
  bool Sees(const AnswerTemplate& one) const { return Sees(one.state, one.keeper_unit_id); }
  /// View in which the official sees a record; nullopt = none.
  std::optional<std::string> ViewOf(const Ticket& ticket) const;
  std::optional<std::string> ViewOf(const Assignment& assignment) const;
  std::optional<std::string> ViewOf(const journal::Key& key);
  /// With what is withheld from the feeds where the official may read it.
  v1::Ticket Shown(const Stored<Ticket>& stored) const;
  v1::Assignment Shown(const Stored<Assignment>& stored) const;

 private:
  bool Sees(KnowledgeState state, const std::string& keeper_unit_id) const;
  bool IsOwn(const std::string& unit_id) const { return access::IsOwn(unit_id, call_, *sharing_); }

  pg::Tx& tx_;
  const Call& call_;
  std::shared_ptr<const access::Sharing> sharing_;
  std::shared_ptr<const access::Snapshot> snapshot_;
  std::shared_ptr<const Rules> rules_;
  calendar::Calendar calendar_;
  bool reads_withheld_;
  bool operates_;
};

/// Does a record that the official may see now have this file? For files::MayRead.
bool MayReadFile(pg::Tx& tx, const Call& call, const Parts& parts, const journal::Key& key,
                 const std::string& sha256);

}  // namespace lienthong::hotline
