#include "registry/service_requests.hpp"

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "platform/base/text.hpp"

namespace lienthong::registry {
namespace {

std::string CheckRecordId(const std::string& text) {
  if (!base::IsRecordId(text)) throw base::NotFound();
  return text;
}

std::optional<CitizenId> ToParent(bool given, const std::string& text, const std::string& field) {
  if (!given) return std::nullopt;
  if (!base::IsRecordId(text)) throw base::InvalidField(field, "no such person");
  return CitizenId{text};
}

Sex ToSex(v1::Sex sex, const std::string& field) {
  switch (sex) {
    case v1::SEX_MALE:
      return Sex::kMale;
    case v1::SEX_FEMALE:
      return Sex::kFemale;
    default:  // also values that a newer caller may know
      throw base::InvalidField(field, "must be SEX_MALE or SEX_FEMALE");
  }
}

}  // namespace

Day Today(const rpc::Call& call) { return base::DayInVietnam(call.time); }

CitizenId ToCitizenId(const std::string& text) { return {CheckRecordId(text)}; }
CorrectionId ToCorrectionId(const std::string& text) { return {CheckRecordId(text)}; }
EnterpriseId ToEnterpriseId(const std::string& text) { return {CheckRecordId(text)}; }

std::string CheckReason(const std::string& text, bool required) {
  return base::CheckText(text, "reason", kReasonCharactersMax, required);
}

Address ToAddress(const v1::Address& message, const std::string& field, Day today) {
  return CheckAddress(message.text(), message.commune_code(), message.commune_date(), field, today);
}

Citizen ToCitizen(const v1::Citizen& message, const std::string& field, Day today) {
  Citizen citizen;
  citizen.full_name = CheckName(message.full_name(), field + ".full_name");
  citizen.birth_date = CheckDay(message.birth_date(), field + ".birth_date", today);
  citizen.sex = ToSex(message.sex(), field + ".sex");
  if (message.has_identity_number()) {
    citizen.identity_number =
        CheckIdentityNumber(message.identity_number(), field + ".identity_number");
  }
  citizen.old_identity_numbers = CheckOldIdentityNumbers(
      {message.old_identity_numbers().begin(), message.old_identity_numbers().end()},
      field + ".old_identity_numbers");
  citizen.address = ToAddress(message.address(), field + ".address", today);
  if (message.has_death_date()) {
    throw base::InvalidField(field + ".death_date", "a death is recorded by RecordDeath");
  }
  citizen.mother_id = ToParent(message.has_mother_id(), message.mother_id(), field + ".mother_id");
  citizen.father_id = ToParent(message.has_father_id(), message.father_id(), field + ".father_id");
  CompareIdentity(citizen);
  return citizen;
}

Enterprise ToEnterprise(const v1::Enterprise& message, const std::string& field, Day today) {
  Enterprise enterprise;
  enterprise.name = CheckName(message.name(), field + ".name");
  enterprise.tax_number = CheckTaxNumber(message.tax_number(), field + ".tax_number", today);
  enterprise.address = ToAddress(message.address(), field + ".address", today);
  if (message.has_representative_name()) {
    enterprise.representative_name =
        CheckName(message.representative_name(), field + ".representative_name");
  }
  enterprise.registered_on =
      CheckDayOrToday(message.registered_on(), field + ".registered_on", today);
  if (message.has_dissolved_on()) {
    throw base::InvalidField(field + ".dissolved_on",
                             "a dissolution is recorded by DissolveEnterprise");
  }
  return enterprise;
}

CorrectedFields ToCorrectedFields(const v1::RequestCorrectionRequest& request, Day today) {
  CorrectedFields fields;
  if (request.has_full_name()) fields.full_name = CheckName(request.full_name(), "full_name");
  if (request.has_birth_date()) {
    fields.birth_date = CheckDay(request.birth_date(), "birth_date", today);
  }
  if (request.has_sex()) fields.sex = ToSex(request.sex(), "sex");
  if (request.has_identity_number()) {
    fields.identity_number = CheckIdentityNumber(request.identity_number(), "identity_number");
  }
  if (fields.Empty()) {
    throw base::InvalidField("full_name", "at least one field to correct is required");
  }
  return fields;
}

}  // namespace lienthong::registry
