#include "registry/records.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include "platform/base/clock.hpp"

namespace lienthong::registry {
namespace {

v1::Sex ToProto(Sex sex) { return sex == Sex::kMale ? v1::SEX_MALE : v1::SEX_FEMALE; }

v1::CitizenState ToProto(CitizenState state) {
  switch (state) {
    case CitizenState::kLiving:
      return v1::CITIZEN_STATE_LIVING;
    case CitizenState::kDeceased:
      return v1::CITIZEN_STATE_DECEASED;
    case CitizenState::kMerged:
      return v1::CITIZEN_STATE_MERGED;
  }
  throw std::logic_error("unknown state of a citizen");
}

v1::CorrectionState ToProto(CorrectionState state) {
  switch (state) {
    case CorrectionState::kRequested:
      return v1::CORRECTION_STATE_REQUESTED;
    case CorrectionState::kApproved:
      return v1::CORRECTION_STATE_APPROVED;
    case CorrectionState::kRejected:
      return v1::CORRECTION_STATE_REJECTED;
  }
  throw std::logic_error("unknown state of a correction");
}

v1::IdentityWarning ToProto(IdentityWarning warning) {
  return warning == IdentityWarning::kBirthYearDiffers ? v1::IDENTITY_WARNING_BIRTH_YEAR_DIFFERS
                                                       : v1::IDENTITY_WARNING_SEX_DIFFERS;
}

void ToProto(const Address& address, bool with_text, v1::Address* message) {
  if (with_text) message->set_text(address.text);
  message->set_commune_code(address.commune_code);
  message->set_commune_date(base::FormatDay(address.commune_date));
}

journal::Audience AudienceOf(const std::string& record_type, const std::string& commune_code,
                             const access::Sharing& sharing) {
  journal::Audience audience = TerritoryOf(commune_code, sharing);
  sharing.AddAgreements(record_type, audience, kViewsWidestFirst);
  return audience;
}

journal::Record NewRecord(const std::string& type, const std::string& id,
                          const std::string& commune_code, const access::Sharing& sharing) {
  journal::Record record;
  record.key = {type, id};
  record.audience = AudienceOf(type, commune_code, sharing);
  record.sharing_mark = sharing.Mark(type);
  return record;
}

template <class Message>
void AddView(journal::Record& record, const char* name, Message message) {
  record.views.push_back({name, std::make_unique<Message>(std::move(message))});
}

void AddFullOnly(const Citizen& citizen, v1::Citizen& message) {
  if (citizen.identity_number) message.set_identity_number(*citizen.identity_number);
  for (const std::string& number : citizen.old_identity_numbers) {
    message.add_old_identity_numbers(number);
  }
  if (citizen.mother_id) message.set_mother_id(citizen.mother_id->text);
  if (citizen.father_id) message.set_father_id(citizen.father_id->text);
}

}  // namespace

journal::Audience TerritoryOf(const std::string& commune_code, const access::Sharing& sharing) {
  journal::Audience audience;
  sharing.AddTerritory(commune_code, kFullView, audience, kViewsWidestFirst);
  return audience;
}

journal::Record ToRecord(const Citizen& citizen, const access::Sharing& sharing) {
  journal::Record record =
      NewRecord(kCitizenType, citizen.id.text, citizen.address.commune_code, sharing);
  for (const char* view : {kFullView, kLimitedView}) {
    AddView(record, view, ToMessage(citizen, 0, view));
  }
  return record;
}

journal::Record ToRecord(const Enterprise& enterprise, const access::Sharing& sharing) {
  journal::Record record =
      NewRecord(kEnterpriseType, enterprise.id.text, enterprise.address.commune_code, sharing);
  for (const char* view : {kFullView, kLimitedView}) {
    AddView(record, view, ToMessage(enterprise, 0, view));
  }
  return record;
}

journal::Record ToRecord(const Correction& correction, const access::Sharing& sharing) {
  journal::Record record;
  record.key = {kCorrectionType, correction.id.text};
  record.audience = TerritoryOf(correction.commune_code, sharing);
  sharing.AddAgreements(kCorrectionType, record.audience, {kFullView});
  record.sharing_mark = sharing.Mark(kCorrectionType);

  v1::Correction message;
  message.set_id(correction.id.text);
  message.set_citizen_id(correction.citizen_id.text);
  message.set_citizen_version(correction.citizen_version);
  const CorrectedFields& fields = correction.fields;
  if (fields.full_name) message.set_full_name(*fields.full_name);
  if (fields.birth_date) message.set_birth_date(base::FormatDay(*fields.birth_date));
  if (fields.sex) message.set_sex(ToProto(*fields.sex));
  if (fields.identity_number) message.set_identity_number(*fields.identity_number);
  message.set_reason(correction.reason);
  message.set_state(ToProto(correction.state));
  message.set_requested_by_official_id(correction.requested_by_official_id);
  message.set_requested_by_unit_id(correction.requested_by_unit_id);
  if (correction.decided_by_official_id) {
    message.set_decided_by_official_id(*correction.decided_by_official_id);
  }
  if (correction.decision_reason) message.set_decision_reason(*correction.decision_reason);
  AddView(record, kFullView, std::move(message));
  return record;
}

std::optional<std::string> ViewFor(const std::string& caller, const std::string& record_type,
                                   const std::string& commune_code,
                                   const access::Sharing& sharing) {
  return journal::ViewOf(AudienceOf(record_type, commune_code, sharing), caller);
}

v1::Citizen ToMessage(const Citizen& citizen, std::int64_t version, const std::string& view) {
  const bool full = view == kFullView;
  v1::Citizen message;
  message.set_id(citizen.id.text);
  message.set_version(version);
  message.set_full_name(citizen.full_name);
  message.set_birth_date(base::FormatDay(citizen.birth_date));
  message.set_sex(ToProto(citizen.sex));
  if (full) AddFullOnly(citizen, message);
  ToProto(citizen.address, full, message.mutable_address());
  message.set_state(ToProto(citizen.state));
  if (citizen.death_date) message.set_death_date(base::FormatDay(*citizen.death_date));
  if (citizen.merged_into_id) message.set_merged_into_id(citizen.merged_into_id->text);
  for (const IdentityWarning warning : citizen.identity_warnings) {
    message.add_identity_warnings(ToProto(warning));
  }
  return message;
}

v1::Enterprise ToMessage(const Enterprise& enterprise, std::int64_t version,
                         const std::string& view) {
  const bool full = view == kFullView;
  v1::Enterprise message;
  message.set_id(enterprise.id.text);
  message.set_version(version);
  message.set_name(enterprise.name);
  message.set_tax_number(enterprise.tax_number);
  ToProto(enterprise.address, full, message.mutable_address());
  if (full && enterprise.representative_name) {
    message.set_representative_name(*enterprise.representative_name);
  }
  message.set_registered_on(base::FormatDay(enterprise.registered_on));
  message.set_state(enterprise.state == EnterpriseState::kActive ? v1::ENTERPRISE_STATE_ACTIVE
                                                                 : v1::ENTERPRISE_STATE_DISSOLVED);
  if (enterprise.dissolved_on) {
    message.set_dissolved_on(base::FormatDay(*enterprise.dissolved_on));
  }
  return message;
}

}  // namespace lienthong::registry
