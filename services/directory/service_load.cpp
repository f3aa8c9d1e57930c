#include <set>

#include "directory/records.hpp"
#include "directory/service.hpp"
#include "directory/service_checks.hpp"
#include "directory/service_records.hpp"
#include "directory/service_requests.hpp"
#include "directory/store.hpp"
#include "platform/base/error.hpp"

namespace lienthong::directory {
namespace {

constexpr std::size_t kChunkRecordsMax = 500;

/// A chunk, checked field by field.
struct Chunk {
  std::vector<Unit> units;
  std::vector<Position> positions;
  std::vector<Official> officials;
  std::vector<Agreement> agreements;
  std::vector<CalendarDay> days;
};

std::string Path(const char* name, std::size_t index) {
  return std::string(name) + "[" + std::to_string(index) + "]";
}

Official ToLoadedOfficial(const v1::Official& message, base::Time now, const std::string& field) {
  Official official = ToOfficial(message, field);
  if (official.id.empty()) throw base::InvalidField(field + ".id", "is required in a load");
  for (const v1::Appointment& appointment : message.appointments()) {
    const std::string path = field + ".appointments";
    Appoint(official, ToAppointment(appointment, now, path), now, path);
  }
  return official;
}

Agreement ToLoadedAgreement(const v1::Agreement& message, base::Time now,
                            const std::string& field) {
  Agreement agreement = ToAgreement(message, now, field);
  agreement.id = {ToUuid(message.id(), field + ".id")};
  Begin(agreement, now, true, field);
  return agreement;
}

Chunk ToChunk(const v1::LoadDirectoryRequest& request, base::Time now) {
  Chunk chunk;
  for (const v1::Unit& unit : request.units()) {
    const std::string path = Path("units", chunk.units.size());
    chunk.units.push_back(ToUnit(unit, base::DayInVietnam(now), path));
  }
  for (const v1::Position& position : request.positions()) {
    chunk.positions.push_back(ToPosition(position, Path("positions", chunk.positions.size())));
  }
  for (const v1::Official& official : request.officials()) {
    const std::string path = Path("officials", chunk.officials.size());
    chunk.officials.push_back(ToLoadedOfficial(official, now, path));
  }
  for (const v1::Agreement& agreement : request.agreements()) {
    const std::string path = Path("agreements", chunk.agreements.size());
    chunk.agreements.push_back(ToLoadedAgreement(agreement, now, path));
  }
  for (const v1::CalendarDay& day : request.days()) {
    chunk.days.push_back(ToCalendarDay(day, Path("days", chunk.days.size())));
  }
  return chunk;
}

journal::Key KeyOf(const Unit& unit) { return {kUnitType, unit.code.text, true}; }
journal::Key KeyOf(const Position& position) { return {kPositionType, position.code.text, true}; }
journal::Key KeyOf(const Official& official) { return {kOfficialType, official.id.text, true}; }
journal::Key KeyOf(const Agreement& agreement) { return {kAgreementType, agreement.id.text, true}; }
journal::Key KeyOf(const CalendarDay& day) {
  return {kCalendarDayType, base::FormatDay(day.day), true};
}

template <class Item>
void AddKeys(const std::vector<Item>& items, const char* field, std::set<journal::Key>& keys) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!keys.insert(KeyOf(items[i])).second) {
      throw base::InvalidField(Path(field, i), "is in the chunk twice");
    }
  }
}

std::vector<journal::Key> KeysOf(const Chunk& chunk) {
  std::set<journal::Key> keys;
  AddKeys(chunk.units, "units", keys);
  AddKeys(chunk.positions, "positions", keys);
  AddKeys(chunk.officials, "officials", keys);
  AddKeys(chunk.agreements, "agreements", keys);
  AddKeys(chunk.days, "days", keys);
  return {keys.begin(), keys.end()};
}

/// Those that do not exist yet.
template <class Item>
std::vector<Item> NewOf(const std::vector<Item>& items, const journal::Heads& heads) {
  std::vector<Item> fresh;
  for (const Item& item : items) {
    if (heads.at(KeyOf(item)).version == 0) fresh.push_back(item);
  }
  return fresh;
}

template <class Item>
void Report(const char* event, const std::vector<Item>& items, journal::Journal::Changes& changes) {
  for (const Item& item : items) changes.push_back({event, ToRecord(item)});
}

void LoadUnits(pg::Tx& tx, const Chunk& chunk, const journal::Heads& heads,
               journal::Journal::Changes& changes) {
  std::vector<Unit> fresh;
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < chunk.units.size(); ++i) {
    if (heads.at(KeyOf(chunk.units[i])).version > 0) continue;
    fresh.push_back(chunk.units[i]);
    fields.push_back(Path("units", i));
  }
  if (fresh.empty()) return;
  const std::vector<Unit> placed = PlaceUnits(tx, std::move(fresh), fields);
  InsertUnits(tx, placed);
  Report("UnitCreated", placed, changes);
}

void LoadOfficials(pg::Tx& tx, const std::vector<Official>& fresh, base::Time now,
                   journal::Journal::Changes& changes) {
  if (fresh.empty()) return;
  std::vector<Appointment> appointments;
  for (const Official& official : fresh) {
    appointments.insert(appointments.end(), official.appointments.begin(),
                        official.appointments.end());
  }
  CheckAppointments(tx, appointments, now, "officials.appointments");
  InsertOfficials(tx, fresh);
  const OfficialSharing sharing = ReadOfficialSharing(tx, fresh);
  for (const Official& official : fresh) {
    changes.push_back({"OfficialCreated", ToRecord(official, sharing)});
  }
}

/// In the order in which records name each other.
journal::Journal::Changes LoadNew(pg::Tx& tx, const Chunk& chunk, const journal::Heads& heads,
                                  base::Time now) {
  journal::Journal::Changes changes;
  LoadUnits(tx, chunk, heads, changes);
  if (const auto positions = NewOf(chunk.positions, heads); !positions.empty()) {
    UpsertPositions(tx, positions);
    Report("PositionCreated", positions, changes);
  }
  LoadOfficials(tx, NewOf(chunk.officials, heads), now, changes);
  if (auto agreements = NewOf(chunk.agreements, heads); !agreements.empty()) {
    CompleteAgreements(tx, agreements, base::DayInVietnam(now), "agreements");
    InsertAgreements(tx, agreements);
    Report("AgreementCreated", agreements, changes);
  }
  if (const auto days = NewOf(chunk.days, heads); !days.empty()) {
    UpsertCalendarDays(tx, days);
    Report("CalendarDayCreated", days, changes);
  }
  return changes;
}

/// The permission of the RPC is the one for units; an official who has no other must not make
/// positions and officials this way.
void CheckKinds(const rpc::Call& call, const v1::LoadDirectoryRequest& request) {
  const bool only_units = request.positions().empty() && request.officials().empty() &&
                          request.agreements().empty() && request.days().empty();
  if (call.system_kind == rpc::SystemKind::kOps || only_units) return;
  throw base::Denied("PERMISSION_MISSING", "only ops loads more than units");
}

}  // namespace

void DirectoryService::LoadDirectory(const rpc::Call& call, const v1::LoadDirectoryRequest& request,
                                     v1::LoadDirectoryResponse* answer) {
  CheckKinds(call, request);
  const Chunk chunk = ToChunk(request, call.time);
  const std::vector<journal::Key> keys = KeysOf(chunk);
  if (keys.size() > kChunkRecordsMax) {
    throw base::InvalidField("units", "a chunk holds at most 500 records");
  }
  const auto outcome =
      journal_.ChangeMany(call, request, keys, [&](pg::Tx& tx, const journal::Heads& heads) {
        return LoadNew(tx, chunk, heads, call.time);
      });
  const std::int64_t created = outcome.repeated ? 0 : outcome.rows;
  answer->set_chunks(answer->chunks() + 1);
  answer->set_repeated_chunks(answer->repeated_chunks() + (outcome.repeated ? 1 : 0));
  answer->set_created(answer->created() + created);
  answer->set_existing(answer->existing() + static_cast<std::int64_t>(keys.size()) - created);
}

}  // namespace lienthong::directory
