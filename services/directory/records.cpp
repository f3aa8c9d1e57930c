#include "directory/records.hpp"

#include <memory>

#include "platform/base/clock.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::directory {
namespace {

constexpr const char* kFullView = "full";

template <class Message>
journal::Record MakeRecord(const char* type, Message message) {
  journal::Record record;
  record.key = {type, message.id()};
  record.views.push_back({kFullView, std::make_unique<Message>(std::move(message))});
  return record;
}

template <class Message>
journal::Record ForEveryone(const char* type, Message message) {
  journal::Record record = MakeRecord(type, std::move(message));
  record.audience.emplace(journal::kEveryone, kFullView);
  record.sharing_mark = kNoSharingMark;
  return record;
}

}  // namespace

v1::Unit ToMessage(const Unit& unit, std::int64_t version) {
  v1::Unit message;
  message.set_id(unit.code.text);
  message.set_version(version);
  message.set_name(unit.name);
  message.set_kind(static_cast<v1::UnitKind>(unit.kind));
  message.set_parent_id(unit.parent.text);
  message.set_carrier_id(unit.carrier.text);
  message.set_gso_code(unit.gso_code);
  message.set_code102(unit.code102);
  message.set_valid_from(base::FormatDay(unit.valid_from));
  if (unit.valid_to) message.set_valid_to(base::FormatDay(*unit.valid_to));
  for (const UnitCode& successor : unit.successors) message.add_successor_ids(successor.text);
  message.set_synthetic(unit.synthetic);
  message.set_closed(unit.closed);
  return message;
}

v1::Official ToMessage(const Official& official, std::int64_t version) {
  v1::Official message;
  message.set_id(official.id.text);
  message.set_version(version);
  message.set_full_name(official.full_name);
  for (const Appointment& appointment : official.appointments) {
    v1::Appointment* item = message.add_appointments();
    item->set_unit_id(appointment.unit.text);
    item->set_position_id(appointment.position.text);
    journal::SetTime(item->mutable_starts_at(), appointment.starts_at);
    if (appointment.ends_at) journal::SetTime(item->mutable_ends_at(), *appointment.ends_at);
  }
  return message;
}

v1::Position ToMessage(const Position& position, std::int64_t version) {
  v1::Position message;
  message.set_id(position.code.text);
  message.set_version(version);
  message.set_name(position.name);
  for (const std::string& permission : position.permissions) message.add_permissions(permission);
  return message;
}

v1::Agreement ToMessage(const Agreement& agreement, std::int64_t version) {
  v1::Agreement message;
  message.set_id(agreement.id.text);
  message.set_version(version);
  message.set_consumer_unit_id(agreement.consumer.text);
  message.set_record_type(agreement.record_type);
  message.set_view(agreement.view);
  message.set_purpose(agreement.purpose);
  message.set_legal_basis(agreement.legal_basis);
  journal::SetTime(message.mutable_starts_at(), agreement.starts_at);
  if (agreement.ends_at) journal::SetTime(message.mutable_ends_at(), *agreement.ends_at);
  message.set_state(static_cast<v1::AgreementState>(agreement.state));
  for (const std::string& field : agreement.view_fields) message.add_view_fields(field);
  message.set_ended_because(agreement.ended_because);
  return message;
}

v1::CalendarDay ToMessage(const CalendarDay& day, std::int64_t version) {
  v1::CalendarDay message;
  message.set_id(base::FormatDay(day.day));
  message.set_version(version);
  message.set_kind(static_cast<v1::DayKind>(day.kind));
  message.set_name(day.name);
  message.set_certain(day.certain);
  return message;
}

journal::Record ToRecord(const Unit& unit) { return ForEveryone(kUnitType, ToMessage(unit, 0)); }

journal::Record ToRecord(const Position& position) {
  return ForEveryone(kPositionType, ToMessage(position, 0));
}

journal::Record ToRecord(const Agreement& agreement) {
  return ForEveryone(kAgreementType, ToMessage(agreement, 0));
}

journal::Record ToRecord(const CalendarDay& day) {
  return ForEveryone(kCalendarDayType, ToMessage(day, 0));
}

journal::Record ToRecord(const Official& official, const OfficialSharing& sharing) {
  journal::Record record = MakeRecord(kOfficialType, ToMessage(official, 0));
  for (const std::string& service : sharing.service_feeds) {
    record.audience.emplace(service, kFullView);
  }
  for (const Appointment& appointment : official.appointments) {
    if (appointment.ended) continue;
    record.audience.emplace(sharing.carriers.at(appointment.unit).text, kFullView);
  }
  record.sharing_mark = sharing.sequence;
  return record;
}

}  // namespace lienthong::directory
