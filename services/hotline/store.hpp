#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hotline/assignment.hpp"
#include "hotline/report.hpp"
#include "hotline/rules.hpp"
#include "hotline/ticket.hpp"
#include "platform/pg/database.hpp"
#include "platform/pg/stored.hpp"

/// All SQL of the hotline. Rows of a record change only under the lock of its head. What is
/// selected by ids comes in any order; what does not exist is left out.
namespace lienthong::hotline {

using pg::Stored;

// store_rules.cpp

/// Another one for other rules.
std::string SelectRulesMark(pg::Tx& tx);
Rules SelectRules(pg::Tx& tx);
void UpsertCategory(pg::Tx& tx, const Category& category);
std::vector<Stored<Category>> SelectCategories(pg::Tx& tx, const std::vector<std::string>& ids);
/// In order of their codes, behind `after`.
std::vector<Stored<Category>> SelectCategoriesBehind(pg::Tx& tx, const std::string& after,
                                                     int limit);
void UpsertCentre(pg::Tx& tx, const Centre& centre);
std::optional<Stored<Centre>> SelectCentre(pg::Tx& tx);

// store_tickets.cpp

void UpsertTicket(pg::Tx& tx, const Ticket& ticket);
std::vector<Stored<Ticket>> SelectTickets(pg::Tx& tx, const std::vector<TicketId>& ids);
/// That are joined to the ticket.
std::vector<TicketId> SelectJoined(pg::Tx& tx, const TicketId& id);

// store_lists.cpp

/// Where a list in order of opening goes on: behind this ticket.
struct ListPlace {
  base::Time opened_at{};
  std::string id;  ///< empty = from the beginning
};

struct TicketQuery {
  std::vector<std::string> units;         ///< of the caller: itself and those that it continues
  bool keeps = false;                     ///< only what they keep
  std::string handler_unit_id;            ///< only what this unit handles of what they keep
  std::vector<int> states;                ///< empty = all
  std::vector<std::string> category_ids;  ///< empty = all
  std::vector<std::string> communes;      ///< their units; empty = all
  int mark = 0;
  int channel = 0;                ///< 0 = all
  bool waits_for_keeper = false;  ///< only those
  std::optional<base::Time> from;
  std::optional<base::Time> to;
  std::string words;  ///< a tsquery; empty = all
  ListPlace after;
  int limit = 0;
};
/// Newest first.
std::vector<TicketId> FindTickets(pg::Tx& tx, const TicketQuery& query);

struct NearQuery {
  std::vector<std::string> units;  ///< that keep them
  std::string category_id;
  Place place;
  std::vector<std::string> communes;  ///< their units: near without coordinates; empty = none
  base::Time opened_after{};
  int metres_max = 0;
  int limit = 0;
};
struct NearTicket {
  TicketId id;
  std::optional<double> metres;
};
/// Being handled, not withheld, neither anonymous nor confidential; nearest first.
std::vector<NearTicket> FindNear(pg::Tx& tx, const NearQuery& query);

// store_assignments.cpp

void UpsertAssignment(pg::Tx& tx, const Assignment& assignment);
std::vector<Stored<Assignment>> SelectAssignments(pg::Tx& tx, const std::vector<AssignmentId>& ids);
/// Oldest first.
std::vector<Stored<Assignment>> SelectAssignmentsOf(pg::Tx& tx, const TicketId& id);

struct AssignmentQuery {
  enum class Of { kUnits, kKeepers, kEscalated };
  Of of = Of::kUnits;  ///< what `units` are to them
  std::vector<std::string> units;
  std::vector<int> states;                ///< empty = open ones
  std::string unit_id;                    ///< only of this one; empty = all
  std::vector<std::string> category_ids;  ///< empty = all
  std::vector<std::string> official_ids;  ///< who handles them, of `units`; empty = all
  int mark = 0;
  std::optional<base::Time> after_due;  ///< with `after_id`: behind this one
  std::string after_id;                 ///< empty = from the beginning
  int limit = 0;
};
/// Nearest deadline first, without one last.
std::vector<AssignmentId> FindAssignments(pg::Tx& tx, const AssignmentQuery& query);
/// Who handles open ones of the unit.
std::vector<std::string> SelectHandlers(pg::Tx& tx, const std::string& unit_id);

// store_reports.cpp

void InsertReport(pg::Tx& tx, const Report& report, const Reporter& reporter);
std::vector<Stored<Report>> SelectReports(pg::Tx& tx, const std::vector<ReportId>& ids);
/// Handled in the ticket, in order, behind `after`.
std::vector<ReportId> SelectReportsOf(pg::Tx& tx, const TicketId& id, const std::string& after,
                                      int limit);
/// That the ticket itself made; there is one.
std::vector<ReportId> SelectOwnReports(pg::Tx& tx, const TicketId& id);
/// Of who made the report, which is handled in the ticket; counted.
void UpdateRating(pg::Tx& tx, const TicketId& ticket_id, const ReportId& id,
                  Satisfaction satisfaction);
/// The ticket has the ratings of the reports that are handled in it.
void CountRatings(pg::Tx& tx, const TicketId& id);
/// There will be another answer: nobody has rated it.
void ClearRatings(pg::Tx& tx, const TicketId& id);
void UpdateReportTicket(pg::Tx& tx, const std::vector<ReportId>& ids, const TicketId& id);
std::optional<Reporter> SelectReporter(pg::Tx& tx, const ReportId& id);
/// Names of those who reported what is handled in the ticket.
std::vector<std::string> SelectNames(pg::Tx& tx, const TicketId& id);
void InsertAccess(pg::Tx& tx, const AccessRow& row);
/// Has the official read who reported since then?
bool HasRead(pg::Tx& tx, const ReportId& id, const std::string& official_id, base::Time since);
/// Newest first, behind `before`.
std::vector<AccessRow> SelectAccess(pg::Tx& tx, const ReportId& id, const std::string& before,
                                    int limit);

// store_due.cpp

struct DueRecord {
  std::string type;
  std::string id;
  Deadlines deadlines;
  bool waits = false;  ///< an assignment whose clock stands
  TicketId ticket_id;
  std::int64_t version = 0;
};
/// Whose next moment has come, oldest first.
std::vector<DueRecord> SelectDue(pg::Tx& tx, base::Time now,
                                 const std::vector<std::string>& passed_over, int limit);
/// The next moment after `now`.
std::optional<base::Time> SelectNextLook(pg::Tx& tx, base::Time now);

/// Emergencies that 113, 114 or 115 has not taken in time, their transfer begun or not.
std::int64_t CountLateTransfers(pg::Tx& tx);

/// A complaint that is not closed.
struct Complaint {
  std::string concerned_unit_id;
  std::string keeper_unit_id;
  std::string category_id;
};
/// Each of these once.
std::vector<Complaint> SelectComplaints(pg::Tx& tx);
/// Tickets that are one of these.
std::int64_t CountComplaints(pg::Tx& tx, const std::vector<Complaint>& complaints);

/// Whose work goes to others.
struct Leavers {
  std::vector<std::string> continued;  ///< closed units, each continued by one
  std::vector<std::string> keepers;    ///< what these keep goes to others
  std::vector<Complaint> complaints;   ///< these go to other keepers
  std::vector<Complaint> unkept;       ///< nobody may keep these: they and their work stay
};
struct OpenWork {
  std::string type;
  std::string id;
  std::string unit_id;
  TicketId ticket_id;  ///< of tickets and assignments
  std::int64_t version = 0;
};
/// What they keep and have, is about them, or names them: tickets that are not closed, open
/// assignments, articles, templates, categories, the centre.
std::vector<OpenWork> SelectOpenWork(pg::Tx& tx, const Leavers& of,
                                     const std::vector<std::string>& passed_over, int limit);

}  // namespace lienthong::hotline
