#include "hotline/service_requests.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "platform/base/text.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

constexpr std::size_t kCodeCharactersMax = 64;
constexpr std::size_t kCategoryNameCharactersMax = 200;
constexpr std::size_t kQuestionCharactersMax = 500;
constexpr std::size_t kAnswersMax = 60;
constexpr std::size_t kEscalationsMax = 10;
constexpr std::size_t kCallNumberCharactersMax = 40;
constexpr int kLimitMinutesMax = 366 * 24 * 60;
constexpr int kLimitDaysMax = 366;
constexpr int kTransferSecondsMax = 3600;
constexpr int kWindowDaysMax = 366;
constexpr int kReopensMax = 20;
constexpr int kRatingsMax = 20;
constexpr int kNearMetresMax = 10'000, kNearHoursMax = 30 * 24;
constexpr int kPublicContactsMax = 1000;
constexpr const char* kNoCommune = "-";  ///< the id of no unit

void RequireBetween(std::int64_t value, std::int64_t least, std::int64_t most,
                    const std::string& field) {
  if (value >= least && value <= most) return;
  throw base::InvalidField(field,
                           "must be " + std::to_string(least) + " to " + std::to_string(most));
}

calendar::Limit ToLimit(const v1::Limit& message, const std::string& field) {
  RequireBetween(message.amount(), 0,
                 message.unit() == v1::LIMIT_UNIT_WORKING_DAYS ? kLimitDaysMax : kLimitMinutesMax,
                 field + ".amount");
  switch (message.unit()) {
    case v1::LIMIT_UNIT_CLOCK_MINUTES:
      return {message.amount(), calendar::LimitUnit::kClockMinutes};
    case v1::LIMIT_UNIT_WORKING_MINUTES:
      return {message.amount(), calendar::LimitUnit::kWorkingMinutes};
    case v1::LIMIT_UNIT_WORKING_DAYS:
      return {message.amount(), calendar::LimitUnit::kWorkingDays};
    default:
      break;
  }
  throw base::InvalidField(field + ".unit", "is required");
}

/// A code: letters, digits and what `further` has.
std::string CheckCode(const std::string& text, const std::string& field, const char* further) {
  const std::string code = base::CheckText(text, field, kCodeCharactersMax, true);
  const bool valid = std::all_of(code.begin(), code.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(further).find(c) != std::string_view::npos;
  });
  if (!valid) {
    throw base::InvalidField(field, std::string("must be letters, digits and ") + further);
  }
  return code;
}

Question ToQuestion(const v1::Question& message, const std::string& field) {
  Question question;
  question.code = CheckCode(message.code(), field + ".code", "_-");
  question.text = base::CheckText(message.text(), field + ".text", kQuestionCharactersMax, true);
  question.text_en =
      base::CheckText(message.text_en(), field + ".text_en", kQuestionCharactersMax, false);
  if (message.type() == v1::QUESTION_TYPE_UNSPECIFIED) {
    throw base::InvalidField(field + ".type", "is required");
  }
  question.type = static_cast<QuestionType>(message.type());
  question.required = message.required();
  const bool is_list = question.type == QuestionType::kSingleValueList ||
                       question.type == QuestionType::kMultiValueList;
  if (is_list != (message.values_size() > 0) ||
      message.values_size() > static_cast<int>(kValuesMax)) {
    throw base::InvalidField(field + ".values", "1 to 100 of a list, none of others");
  }
  std::set<std::string> keys;
  for (int i = 0; i < message.values_size(); ++i) {
    const std::string at = field + ".values[" + std::to_string(i) + "]";
    question.values.push_back(
        {base::CheckText(message.values(i).key(), at + ".key", kCodeCharactersMax, true),
         base::CheckText(message.values(i).name(), at + ".name", kQuestionCharactersMax, true),
         base::CheckText(message.values(i).name_en(), at + ".name_en", kQuestionCharactersMax,
                         false)});
    if (!keys.insert(question.values.back().key).second) {
      throw base::InvalidField(at + ".key", "is there twice");
    }
  }
  return question;
}

std::vector<std::string> ToPublicContacts(
    const google::protobuf::RepeatedPtrField<std::string>& messages, const std::string& field) {
  if (messages.size() > kPublicContactsMax) throw base::InvalidField(field, "at most 1000");
  std::vector<std::string> contacts;
  std::set<std::string> known;
  for (int i = 0; i < messages.size(); ++i) {
    const std::string at = field + "[" + std::to_string(i) + "]";
    contacts.push_back(CheckPublicContact(messages.Get(i), at));
    if (!known.insert(contacts.back()).second) throw base::InvalidField(at, "is there twice");
  }
  return contacts;
}

}  // namespace

std::string CheckReason(const std::string& text, const std::string& field) {
  return base::CheckLines(text, field, kReasonCharactersMax, true);
}

std::string CheckLongText(const std::string& text, const std::string& field) {
  return base::CheckLines(text, field, kTextCharactersMax, true);
}

Category ToCategory(const v1::Category& message, const std::string& field) {
  Category category;
  category.id = CheckCode(message.id(), field + ".id", "._-");
  if (!message.parent_id().empty()) {
    category.parent_id = CheckCode(message.parent_id(), field + ".parent_id", "._-");
  }
  category.name =
      base::CheckText(message.name(), field + ".name", kCategoryNameCharactersMax, true);
  category.name_en =
      base::CheckText(message.name_en(), field + ".name_en", kCategoryNameCharactersMax, true);
  if (message.kind() == v1::CATEGORY_KIND_UNSPECIFIED) {
    throw base::InvalidField(field + ".kind", "is required");
  }
  category.kind = static_cast<CategoryKind>(message.kind());
  category.restricted = message.restricted();
  if (category.restricted != (category.kind == CategoryKind::kConduct)) {
    throw base::InvalidField(field + ".restricted", "conduct complaints are, others are not");
  }
  if (message.has_first_response()) {
    category.first_response = ToLimit(message.first_response(), field + ".first_response");
  }
  if (message.has_resolution()) {
    category.resolution = ToLimit(message.resolution(), field + ".resolution");
  }
  if (message.has_resolution() && !message.has_waiting()) {
    throw base::InvalidField(field + ".waiting", "is required with a resolution");
  }
  if (message.has_waiting() && !message.has_resolution()) {
    throw base::InvalidField(field + ".waiting",
                             "stops the clock of a resolution, which is missing");
  }
  if (message.has_waiting()) category.waiting = ToLimit(message.waiting(), field + ".waiting");
  if (category.kind == CategoryKind::kEmergency &&
      (category.first_response || category.resolution)) {
    throw base::InvalidField(field + ".resolution", "emergencies have no deadline");
  }
  category.default_unit_id = message.default_unit_id();
  if (message.questions_size() > static_cast<int>(kQuestionsMax)) {
    throw base::InvalidField(field + ".questions", "at most 30");
  }
  std::set<std::string> codes;
  for (int i = 0; i < message.questions_size(); ++i) {
    const std::string at = field + ".questions[" + std::to_string(i) + "]";
    category.questions.push_back(ToQuestion(message.questions(i), at));
    if (!codes.insert(category.questions.back().code).second) {
      throw base::InvalidField(at + ".code", "is there twice");
    }
  }
  category.closed = message.closed();
  return category;
}

Centre ToCentre(const v1::Centre& message, const std::string& field) {
  Centre centre;
  centre.unit_id = message.unit_id();
  centre.inspector_unit_id = message.inspector_unit_id();
  centre.office_unit_id = message.office_unit_id();
  centre.forwarding = ToLimit(message.forwarding(), field + ".forwarding");
  if (message.has_answering())
    centre.answering = ToLimit(message.answering(), field + ".answering");
  RequireBetween(message.transfer_alarm_seconds(), 1, kTransferSecondsMax,
                 field + ".transfer_alarm_seconds");
  centre.transfer_alarm_seconds = message.transfer_alarm_seconds();
  if (message.escalations_size() > static_cast<int>(kEscalationsMax)) {
    throw base::InvalidField(field + ".escalations", "at most 10");
  }
  for (int i = 0; i < message.escalations_size(); ++i) {
    const std::string at = field + ".escalations[" + std::to_string(i) + "]";
    const v1::EscalationStep& step = message.escalations(i);
    centre.escalations.push_back({ToLimit(step.after(), at + ".after"), step.unit_id()});
    if (i == 0) continue;
    const calendar::Limit &before = centre.escalations[i - 1].after,
                          &after = centre.escalations[i].after;
    if (before.unit != after.unit || before.amount >= after.amount) {
      throw base::InvalidField(at + ".after", "must be later than the step before, in its unit");
    }
  }
  RequireBetween(message.reopen_window_days(), 1, kWindowDaysMax, field + ".reopen_window_days");
  centre.reopen_window_days = message.reopen_window_days();
  RequireBetween(message.reopens_max(), 0, kReopensMax, field + ".reopens_max");
  centre.reopens_max = message.reopens_max();
  RequireBetween(message.ratings_max(), 1, kRatingsMax, field + ".ratings_max");
  centre.ratings_max = message.ratings_max();
  centre.public_contacts = ToPublicContacts(message.public_contacts(), field + ".public_contacts");
  RequireBetween(message.duplicates_metres(), 1, kNearMetresMax, field + ".duplicates_metres");
  centre.duplicates_metres = message.duplicates_metres();
  RequireBetween(message.duplicates_hours(), 1, kNearHoursMax, field + ".duplicates_hours");
  centre.duplicates_hours = message.duplicates_hours();
  return centre;
}

namespace {

/// That has the code, or had it last; nullptr = none.
const directory::v1::Unit* FindCommuneOf(const std::string& code, const access::Sharing& sharing) {
  const auto* const unit = code.empty() ? nullptr : sharing.FindByGsoCode(code);
  const bool is_commune = unit != nullptr && unit->kind() == directory::v1::UNIT_KIND_COMMUNE;
  return is_commune ? unit : nullptr;
}

}  // namespace

Place ToPlace(const v1::Place& message, const access::Sharing& sharing,
              const Boundaries& boundaries, const std::string& field, const Place& known) {
  Place place;
  const auto put_commune = [&](const std::string& code) {
    const auto* const unit = FindCommuneOf(code, sharing);
    if (unit == nullptr || unit->closed()) return;
    place.commune_code = code, place.commune_unit_id = unit->id();
  };
  if (message.commune_code() == known.commune_code) {
    place.commune_code = known.commune_code, place.commune_unit_id = known.commune_unit_id;
  } else {
    put_commune(message.commune_code());
  }
  if (place.commune_code != message.commune_code()) {
    throw base::Invalid("COMMUNE_UNKNOWN", field + ".commune_code", "no commune of today");
  }
  place.address =
      base::CheckText(message.address(), field + ".address", kAddressCharactersMax, false);
  if (message.has_latitude() != message.has_longitude()) {
    throw base::InvalidField(field, "both coordinates or none");
  }
  if (!message.has_latitude()) return place;
  place.point = Place::Point{message.latitude(), message.longitude()};
  const bool valid =
      std::isfinite(place.point->latitude) && std::isfinite(place.point->longitude) &&
      std::abs(place.point->latitude) <= 90 && std::abs(place.point->longitude) <= 180;
  if (!valid) throw base::InvalidField(field, "not a place on earth (WGS 84, degrees)");
  if (!place.commune_code.empty()) return place;
  put_commune(boundaries.CommuneOf(*place.point));
  return place;
}

std::vector<std::string> CommunesShownWith(const std::string& unit_id,
                                           const access::Sharing& sharing) {
  std::vector<std::string> units = sharing.SplitInto(unit_id);
  units.push_back(unit_id);
  for (const auto& [closed, heir] : sharing.Successions()) {
    if (heir == unit_id) units.push_back(closed);
  }
  return units;
}

std::vector<std::string> ToCommunes(const std::string& commune_code,
                                    const access::Sharing& sharing) {
  if (commune_code.empty()) return {};
  const auto* const unit = FindCommuneOf(commune_code, sharing);
  if (unit == nullptr) return {kNoCommune};
  return CommunesShownWith(unit->id(), sharing);
}

std::vector<QuestionAnswer> ToAnswers(
    const google::protobuf::RepeatedPtrField<v1::QuestionAnswer>& messages,
    const std::string& field) {
  if (messages.size() > static_cast<int>(kAnswersMax)) {
    throw base::InvalidField(field, "too many");
  }
  std::vector<QuestionAnswer> answers;
  for (const v1::QuestionAnswer& message : messages) {
    if (message.values_size() > static_cast<int>(kValuesMax)) {
      throw base::InvalidField(field, "too many values");
    }
    answers.push_back({message.code(), {message.values().begin(), message.values().end()}});
  }
  return answers;
}

std::vector<std::string> ToUploads(const google::protobuf::RepeatedPtrField<std::string>& ids,
                                   const std::string& field) {
  if (ids.size() > static_cast<int>(kAttachmentsMax)) {
    throw base::InvalidField(field, "at most 10");
  }
  std::vector<std::string> uploads(ids.begin(), ids.end());
  if (std::set<std::string>(uploads.begin(), uploads.end()).size() != uploads.size()) {
    throw base::InvalidField(field, "is there twice");
  }
  return uploads;
}

Reporter ToReporter(const v1::Caller& caller) {
  Reporter reporter;
  reporter.full_name =
      base::CheckText(caller.full_name(), "caller.full_name", kNameCharactersMax, false);
  reporter.phone = CheckPhone(caller.phone(), "caller.phone");
  reporter.takes_sms = TakesSms(reporter.phone);
  reporter.email = CheckEmail(caller.email(), "caller.email");
  reporter.language = CheckLanguage(caller.language(), "caller.language");
  if (!caller.anonymous() && reporter.phone.empty() && reporter.email.empty()) {
    throw base::InvalidField("caller", "a telephone number or an e-mail address, or anonymous");
  }
  if (!caller.anonymous() && reporter.full_name.empty()) {
    throw base::InvalidField("caller.full_name", "is required unless anonymous");
  }
  return reporter;
}

void ReadCall(const v1::OpenTicketRequest& request, Reporter& reporter) {
  if (!request.has_call()) return;
  const v1::CallRecord& call = request.call();
  reporter.call_number =
      base::CheckText(call.number(), "call.number", kCallNumberCharactersMax, false);
  if (call.has_started_at()) {
    reporter.call_started_at = journal::CheckTime(call.started_at(), "call.started_at");
  }
  if (call.has_ended_at()) {
    reporter.call_ended_at = journal::CheckTime(call.ended_at(), "call.ended_at");
    if (reporter.call_started_at && *reporter.call_ended_at < *reporter.call_started_at) {
      throw base::InvalidField("call.ended_at", "is before the start");
    }
  }
}

}  // namespace lienthong::hotline
