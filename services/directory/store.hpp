#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "directory/agreement.hpp"
#include "directory/calendar_day.hpp"
#include "directory/official.hpp"
#include "directory/unit.hpp"
#include "platform/pg/database.hpp"

/// All SQL of the directory. Callers hold the heads of the records they change, so a row needs a
/// lock of its own only where other records depend on it. What does not exist is left out.
namespace lienthong::directory {

// --- units (store_units.cpp)

/// Holds the units against a change of their validity until the transaction ends.
std::map<UnitCode, Unit> ShareUnits(pg::Tx& tx, const std::vector<UnitCode>& codes);
std::vector<Unit> SelectUnits(pg::Tx& tx, const std::vector<UnitCode>& codes);
/// Waits for those who hold the unit by ShareUnits.
std::optional<Unit> LockUnit(pg::Tx& tx, const UnitCode& code);
/// With their first names, in one round trip each; parents and carriers may be among them.
void InsertUnits(pg::Tx& tx, const std::vector<Unit>& units);
/// Name, last day and `closed`.
void UpdateUnit(pg::Tx& tx, const Unit& unit);
/// The unit's name from `day` on.
void UpsertUnitName(pg::Tx& tx, const Unit& unit, Day day);
void ReplaceSuccessors(pg::Tx& tx, const Unit& unit);
/// Units below `code`, or carried by it, that exist after `last_day`.
bool HasUnitsAfter(pg::Tx& tx, const UnitCode& code, Day last_day);

struct UnitFilter {
  UnitCode parent;               ///< empty = all
  std::optional<UnitKind> kind;  ///< absent = all
  Day valid_on;
  UnitCode after;  ///< empty = from the start
  int rows_max = 0;
};
struct ListedUnit {
  Unit unit;  ///< with the name of the day asked for
  std::int64_t version = 0;
};
/// In code order.
std::vector<ListedUnit> ListUnits(pg::Tx& tx, const UnitFilter& filter);

// --- officials and positions (store_officials.cpp)

std::vector<Official> SelectOfficials(pg::Tx& tx, const std::vector<OfficialId>& ids);
void InsertOfficials(pg::Tx& tx, const std::vector<Official>& officials);
/// Replaces the appointments.
void UpdateAppointments(pg::Tx& tx, const Official& official);

std::vector<Position> SelectPositions(pg::Tx& tx, const std::vector<PositionCode>& codes);
void UpsertPositions(pg::Tx& tx, const std::vector<Position>& positions);

/// What the audience of officials depends on besides their appointments.
struct AudienceRule {
  std::int64_t sequence = 0;
  std::vector<std::string> service_feeds;
};
AudienceRule SelectAudienceRule(pg::Tx& tx);
/// At start; another list than before raises the sequence.
void UpdateServiceFeeds(pg::Tx& tx, const std::vector<std::string>& service_feeds);
/// Carrier of each unit.
std::map<UnitCode, UnitCode> SelectCarriers(pg::Tx& tx, const std::vector<UnitCode>& codes);

// --- agreements and calendar days (store_agreements.cpp)

std::vector<Agreement> SelectAgreements(pg::Tx& tx, const std::vector<AgreementId>& ids);
void InsertAgreements(pg::Tx& tx, const std::vector<Agreement>& agreements);
/// State and why it ended.
void UpdateAgreement(pg::Tx& tx, const Agreement& agreement);

struct AgreementFilter {
  UnitCode consumer;                    ///< empty = all
  std::optional<AgreementState> state;  ///< absent = all
  AgreementId after;                    ///< empty = from the start
  int rows_max = 0;
};
struct ListedAgreement {
  Agreement agreement;
  std::int64_t version = 0;
};
/// In order of ids.
std::vector<ListedAgreement> ListAgreements(pg::Tx& tx, const AgreementFilter& filter);

/// Fields of the views that an agreement can name, by (record type, view).
using ViewFields = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;
ViewFields SelectViewFields(pg::Tx& tx);

std::vector<CalendarDay> SelectCalendarDays(pg::Tx& tx, const std::vector<Day>& days);
void UpsertCalendarDays(pg::Tx& tx, const std::vector<CalendarDay>& days);

struct ListedCalendarDay {
  CalendarDay day;
  std::int64_t version = 0;
};
/// In order, both bounds inclusive.
std::vector<ListedCalendarDay> ListCalendarDays(pg::Tx& tx, Day first, Day last, int rows_max);

// --- states for the access snapshot (store_states.cpp)

/// The newest state of a record.
struct RecordState {
  std::string type;
  std::string id;
  std::int64_t journal_id = 0;
  std::optional<std::string> json;  ///< nullopt = erased
};
/// Of all records of these types.
std::vector<RecordState> SelectStates(pg::Tx& tx, const std::vector<std::string>& types);
/// Of those of these types whose newest journal row is above `journal_id`.
std::vector<RecordState> SelectStatesAfter(pg::Tx& tx, std::int64_t journal_id,
                                           const std::vector<std::string>& types);
/// A journal id up to which every row is committed or will never be: all statements after this one
/// see them. nullopt = writers are at work, so there is none that could be told without waiting.
std::optional<std::int64_t> SelectFence(pg::Tx& tx);

// --- what the time changes (store_due.cpp)

/// A record that a moment changes.
struct DueItem {
  std::string type;  ///< record type: "agreement", "official", "unit"
  std::string id;
  std::string occasion;  ///< "ended/2019-07-10T00:30:00.000000Z"
};
/// Oldest first, without those of `passed_over` ("unit/H09.718"). `now` and `today` are business
/// time.
std::vector<DueItem> SelectDueItems(pg::Tx& tx, base::Time now, Day today,
                                    const std::vector<std::string>& passed_over, int rows_max);
/// The next moment at which something will be due; nullopt = none.
std::optional<base::Time> SelectNextDue(pg::Tx& tx, base::Time now, Day today);

}  // namespace lienthong::directory
