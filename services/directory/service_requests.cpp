#include "directory/service_requests.hpp"

#include <algorithm>

#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "platform/base/text.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::directory {
namespace {

/// A word of the API: a record type or the name of a view.
std::string CheckWord(const std::string& text, const std::string& field) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  if (text.empty() || text.size() > 63 || !plain) {
    throw base::InvalidField(field, "must be a word of a-z and hyphens");
  }
  return text;
}

}  // namespace

Unit ToUnit(const v1::Unit& message, Day today, const std::string& field) {
  Unit unit;
  unit.code = ParseUnitCode(message.id(), field + ".id");
  unit.name = base::CheckText(message.name(), field + ".name", kUnitNameLengthMax, true);
  const auto kind = ToUnitKind(message.kind(), field + ".kind");
  if (!kind) throw base::InvalidField(field + ".kind", "is required");
  unit.kind = *kind;
  if (!message.parent_id().empty()) {
    unit.parent = ParseUnitCode(message.parent_id(), field + ".parent_id");
  }
  if (!message.carrier_id().empty() && message.carrier_id() != message.id()) {
    unit.carrier = ParseUnitCode(message.carrier_id(), field + ".carrier_id");
  }
  unit.gso_code = message.gso_code();
  unit.code102 = ParseCode102(message.code102(), field + ".code102");
  unit.valid_from = message.valid_from().empty()
                        ? today
                        : base::CheckDay(message.valid_from(), field + ".valid_from");
  if (!message.valid_to().empty()) {
    unit.valid_to = base::CheckDay(message.valid_to(), field + ".valid_to");
  }
  unit.synthetic = message.synthetic();
  CheckUnit(unit, field);
  return unit;
}

Official ToOfficial(const v1::Official& message, const std::string& field) {
  Official official;
  if (!message.id().empty()) official.id = {ToUuid(message.id(), field + ".id")};
  official.full_name =
      base::CheckText(message.full_name(), field + ".full_name", kOfficialNameLengthMax, true);
  return official;
}

Appointment ToAppointment(const v1::Appointment& message, base::Time now,
                          const std::string& field) {
  Appointment appointment;
  appointment.unit = ParseUnitCode(message.unit_id(), field + ".unit_id");
  appointment.position = ParsePositionCode(message.position_id(), field + ".position_id");
  appointment.starts_at =
      message.has_starts_at() ? journal::CheckTime(message.starts_at(), field + ".starts_at") : now;
  if (message.has_ends_at())
    appointment.ends_at = journal::CheckTime(message.ends_at(), field + ".ends_at");
  return appointment;
}

Position ToPosition(const v1::Position& message, const std::string& field) {
  Position position;
  position.code = ParsePositionCode(message.id(), field + ".id");
  position.name = base::CheckText(message.name(), field + ".name", kPositionNameLengthMax, true);
  position.permissions = CheckPermissions(
      {message.permissions().begin(), message.permissions().end()}, field + ".permissions");
  return position;
}

Agreement ToAgreement(const v1::Agreement& message, base::Time now, const std::string& field) {
  Agreement agreement;
  agreement.consumer = ParseUnitCode(message.consumer_unit_id(), field + ".consumer_unit_id");
  agreement.record_type = CheckWord(message.record_type(), field + ".record_type");
  agreement.view = CheckWord(message.view(), field + ".view");
  agreement.purpose =
      base::CheckText(message.purpose(), field + ".purpose", kPurposeLengthMax, true);
  agreement.legal_basis =
      base::CheckText(message.legal_basis(), field + ".legal_basis", kLegalBasisLengthMax, true);
  agreement.starts_at =
      message.has_starts_at() ? journal::CheckTime(message.starts_at(), field + ".starts_at") : now;
  if (message.has_ends_at())
    agreement.ends_at = journal::CheckTime(message.ends_at(), field + ".ends_at");
  return agreement;
}

CalendarDay ToCalendarDay(const v1::CalendarDay& message, const std::string& field) {
  CalendarDay day;
  day.day = base::CheckDay(message.id(), field + ".id");
  switch (message.kind()) {
    case v1::DAY_KIND_OFF:
      day.kind = DayKind::kOff;
      break;
    case v1::DAY_KIND_WORK:
      day.kind = DayKind::kWork;
      break;
    case v1::DAY_KIND_HALF:
      day.kind = DayKind::kHalf;
      break;
    default:
      throw base::InvalidField(field + ".kind", "must be OFF, WORK or HALF");
  }
  day.name = base::CheckText(message.name(), field + ".name", kDayNameLengthMax, false);
  day.certain = message.certain();
  return day;
}

std::string ToUuid(const std::string& text, const std::string& field) {
  if (!base::IsUuid(text)) throw base::InvalidField(field, "must be a UUID");
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::optional<UnitKind> ToUnitKind(int kind, const std::string& field) {
  switch (kind) {
    case v1::UNIT_KIND_UNSPECIFIED:
      return std::nullopt;
    case v1::UNIT_KIND_PROVINCE:
      return UnitKind::kProvince;
    case v1::UNIT_KIND_DEPARTMENT:
      return UnitKind::kDepartment;
    case v1::UNIT_KIND_DISTRICT:
      return UnitKind::kDistrict;
    case v1::UNIT_KIND_COMMUNE:
      return UnitKind::kCommune;
    case v1::UNIT_KIND_OFFICE:
      return UnitKind::kOffice;
    default:
      throw base::InvalidField(field, "is not a kind of unit");
  }
}

std::optional<AgreementState> ToAgreementState(int state, const std::string& field) {
  switch (state) {
    case v1::AGREEMENT_STATE_UNSPECIFIED:
      return std::nullopt;
    case v1::AGREEMENT_STATE_PLANNED:
      return AgreementState::kPlanned;
    case v1::AGREEMENT_STATE_ACTIVE:
      return AgreementState::kActive;
    case v1::AGREEMENT_STATE_ENDED:
      return AgreementState::kEnded;
    default:
      throw base::InvalidField(field, "is not a state of agreements");
  }
}

}  // namespace lienthong::directory
