#include "directory/records.hpp"
#include "directory/service.hpp"
#include "directory/service_checks.hpp"
#include "directory/service_records.hpp"
#include "directory/service_requests.hpp"
#include "directory/store.hpp"
#include "platform/base/error.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::directory {
namespace {

journal::Key KeyOf(const OfficialId& id) { return {kOfficialType, id.text}; }

/// The official of a locked head.
Official SelectOfficial(pg::Tx& tx, const OfficialId& id) {
  return SelectOfficials(tx, {id}).at(0);
}

}  // namespace

v1::Official DirectoryService::CreateOfficial(const rpc::Call& call,
                                              const v1::CreateOfficialRequest& request) {
  Official official = ToOfficial(request.official(), "official");
  for (const v1::Appointment& appointment : request.official().appointments()) {
    Appoint(official, ToAppointment(appointment, call.time, "official.appointments"), call.time,
            "official.appointments");
  }
  std::vector<journal::Key> keys;
  if (official.id.empty()) {
    official.id = {ids_.New()};
  } else {
    keys.push_back({kOfficialType, official.id.text, true});
  }
  // Any audience: an id in use is answered as such also to a unit that may not see the official.
  return journal_.Change<v1::Official>(
      call, request, keys,
      [&](pg::Tx& tx, const journal::Heads& heads) {
        if (!heads.empty() && heads.begin()->second.version > 0) {
          throw base::Conflict("OFFICIAL_EXISTS", "this id has been given to an official");
        }
        CheckAppointments(tx, official.appointments, call.time, "official.appointments");
        InsertOfficials(tx, {official});
        return Only("OfficialCreated", ToRecord(official, ReadOfficialSharing(tx, {official})));
      },
      journal::Visibility::kAny);
}

v1::Official DirectoryService::GetOfficial(const rpc::Call& call,
                                           const v1::GetOfficialRequest& request) {
  return Read<v1::Official>(call, {kOfficialType, ToUuid(request.official_id(), "official_id")});
}

v1::Official DirectoryService::AppointOfficial(const rpc::Call& call,
                                               const v1::AppointOfficialRequest& request) {
  const OfficialId id{ToUuid(request.official_id(), "official_id")};
  const Appointment appointment = ToAppointment(request.appointment(), call.time, "appointment");
  return journal_.Change<v1::Official>(
      call, request, {KeyOf(id)}, [&](pg::Tx& tx, const journal::Heads&) {
        Official official = SelectOfficial(tx, id);
        Appoint(official, appointment, call.time, "appointment");
        CheckAppointments(tx, {appointment}, call.time, "appointment");
        UpdateAppointments(tx, official);
        return Only("OfficialAppointed", ToRecord(official, ReadOfficialSharing(tx, {official})));
      });
}

v1::Official DirectoryService::EndAppointment(const rpc::Call& call,
                                              const v1::EndAppointmentRequest& request) {
  const OfficialId id{ToUuid(request.official_id(), "official_id")};
  const UnitCode unit = ParseUnitCode(request.unit_id(), "unit_id");
  const PositionCode position = ParsePositionCode(request.position_id(), "position_id");
  const base::Time ends_at =
      request.has_ends_at() ? journal::CheckTime(request.ends_at(), "ends_at") : call.time;
  return journal_.Change<v1::Official>(
      call, request, {KeyOf(id)}, [&](pg::Tx& tx, const journal::Heads&) {
        Official official = SelectOfficial(tx, id);
        directory::EndAppointment(official, unit, position, ends_at, call.time);
        UpdateAppointments(tx, official);
        const char* event = ends_at <= call.time ? "AppointmentEnded" : "AppointmentEndPlanned";
        return Only(event, ToRecord(official, ReadOfficialSharing(tx, {official})));
      });
}

v1::Position DirectoryService::SetPosition(const rpc::Call& call,
                                           const v1::SetPositionRequest& request) {
  const Position position = ToPosition(request.position(), "position");
  const journal::Key key{kPositionType, position.code.text, true};
  return journal_.Change<v1::Position>(
      call, request, {key}, [&](pg::Tx& tx, const journal::Heads& heads) {
        UpsertPositions(tx, {position});
        const char* event = heads.at(key).version == 0 ? "PositionCreated" : "PositionChanged";
        return Only(event, ToRecord(position));
      });
}

}  // namespace lienthong::directory
