#include "portal/report_form.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "platform/base/hash.hpp"
#include "platform/base/id.hpp"
#include "platform/base/text.hpp"

namespace lienthong::portal {
namespace {

// As the hotline has them.
constexpr std::size_t kTextMax = 4000, kAddressMax = 500, kNameMax = 200, kPhoneMax = 40,
                      kEmailMax = 254, kAnswerMax = 1000;

/// Fields of SubmitReportRequest, those of the form that they are made of, and what is said there.
struct Field {
  std::string_view field;
  const char *form_field, *key;
};
constexpr Field kFields[] = {{"text", "text", "wrong.text_missing"},
                             {"concerned_unit_id", "unit", "wrong.unit"},
                             {"place.commune_code", "commune", "wrong.commune"},
                             {"place.address", "address", "wrong.other"},
                             {"place", "latitude", "wrong.coordinates"},
                             {"caller.full_name", "name", "wrong.name"},
                             {"caller.email", "email", "wrong.email"},
                             {"caller.phone", "phone", "wrong.phone"}};
constexpr std::string_view kAnswers = "question_answers.", kAttachments = "attachment_upload_ids";

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\n") == text.npos; }

/// Also with a comma, as in Vietnamese.
std::optional<double> ReadNumber(std::string text) {
  for (char& c : text) c = c == ',' ? '.' : c;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return {};
  return number;
}

/// By its first bytes: the extension, or nullptr for what is neither.
const char* KindOf(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return "jpg";
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return "png";
  return nullptr;
}

/// The same for the same photo of the same form.
std::string UploadId(const std::string& form, std::size_t number, std::string_view bytes) {
  return base::UuidOf(form + "/" + std::to_string(number) + "/" + base::Sha256Of(bytes));
}

/// As the hotline takes an answer: a number with a point, a time with its zone.
std::string ToAnswer(const hotline::Question& question, const std::string& typed) {
  std::string answer = OneLine(typed);
  if (question.type() == hotline::QUESTION_TYPE_NUMBER) {
    for (char& c : answer) c = c == ',' ? '.' : c;
  }
  // "2026-11-27T16:05" of <input type="datetime-local">, with or without seconds.
  const bool is_time = question.type() == hotline::QUESTION_TYPE_DATETIME;
  if (is_time && answer.size() == 16) answer += ":00";
  if (is_time && answer.size() == 19) answer += "+07:00";
  return answer;
}

void CheckQuestions(const ReportForm& form, hotline::SubmitReportRequest& request,
                    FormErrors& errors) {
  if (form.category == nullptr) return;
  for (const hotline::Question& question : form.category->questions()) {
    const std::string field = "q-" + question.code();
    hotline::QuestionAnswer answer;
    answer.set_code(question.code());
    const auto typed = form.answers.find(question.code());
    if (typed != form.answers.end()) {
      for (const std::string& value : typed->second) {
        const std::string text = ToAnswer(question, value);
        if (base::CountCharacters(text) > kAnswerMax) errors.push_back({field, "wrong.long"});
        if (!text.empty()) answer.add_values(text);
      }
    }
    if (answer.values().empty() && question.required()) {
      errors.push_back({field, "wrong.answer_missing"});
    }
    if (!answer.values().empty()) *request.add_question_answers() = answer;
  }
}

void CheckPlace(const ReportForm& form, const Province& province, hotline::Place& place,
                FormErrors& errors) {
  const bool is_commune = form.commune.empty() || province.FindCommune(form.commune) != nullptr;
  if (!is_commune) errors.push_back({"commune", "wrong.commune"});
  place.set_commune_code(form.commune);
  if (base::CountCharacters(form.address) > kAddressMax) {
    errors.push_back({"address", "wrong.long"});
  }
  place.set_address(form.address);
  if (form.latitude.empty() && form.longitude.empty()) return;
  const auto latitude = ReadNumber(form.latitude), longitude = ReadNumber(form.longitude);
  const bool on_earth =
      latitude && longitude && std::abs(*latitude) <= 90 && std::abs(*longitude) <= 180;
  if (!on_earth) {
    errors.push_back({"latitude", "wrong.coordinates"});
    return;
  }
  place.set_latitude(*latitude), place.set_longitude(*longitude);
}

void CheckCaller(const ReportForm& form, hotline::Caller& caller, FormErrors& errors) {
  caller.set_anonymous(form.anonymous);
  // Who stays anonymous leaves nothing, whatever is in the fields.
  if (form.anonymous) return;
  if (form.name.empty()) errors.push_back({"name", "wrong.name"});
  if (base::CountCharacters(form.name) > kNameMax) errors.push_back({"name", "wrong.long"});
  if (form.phone.empty() && form.email.empty()) errors.push_back({"phone", "wrong.contact"});
  if (form.phone.size() > kPhoneMax) errors.push_back({"phone", "wrong.phone"});
  if (form.email.size() > kEmailMax) errors.push_back({"email", "wrong.email"});
  caller.set_full_name(form.name), caller.set_phone(form.phone), caller.set_email(form.email);
}

}  // namespace

std::string WithUnixLines(std::string_view text) {
  std::string lines;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      lines += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      lines += '\n';
    }
  }
  return lines;
}

std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) line += c == '\r' || c == '\n' || c == '\t' ? ' ' : c;
  const std::size_t first = line.find_first_not_of(' ');
  if (first == line.npos) return "";
  return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

ReportForm ReadReportForm(const Request& request, const hotline::Category* category,
                          base::Ids& ids) {
  ReportForm form;
  const auto field = [&](const char* name) { return OneLine(request.fields.First(name)); };
  form.category = category;
  form.request_id = request.fields.First("request_id");
  if (!base::IsRecordId(form.request_id)) form.request_id = ids.New();
  form.text = WithUnixLines(request.fields.First("text"));
  form.unit = field("unit"), form.commune = field("commune"), form.address = field("address");
  form.latitude = field("latitude"), form.longitude = field("longitude");
  form.name = field("name"), form.phone = field("phone"), form.email = field("email");
  form.anonymous = request.fields.Has("anonymous");
  form.confidential = request.fields.Has("confidential");
  if (category == nullptr) return form;
  for (const hotline::Question& question : category->questions()) {
    const bool several = question.type() == hotline::QUESTION_TYPE_MULTI_VALUE_LIST;
    form.answers[question.code()] =
        request.fields.All("q-" + question.code() + (several ? "[]" : ""));
  }
  return form;
}

std::vector<Photo> ReadPhotos(const Request& request, std::string_view field,
                              const std::string& form, FormErrors& errors) {
  std::vector<Photo> photos;
  const char* wrong = nullptr;
  for (const Upload& upload : request.uploads) {
    // A browser sends one without a name when none is chosen.
    if (upload.field != field || upload.bytes.empty()) continue;
    const char* const kind = KindOf(upload.bytes);
    const std::size_t number = photos.size() + 1;
    if (kind == nullptr) wrong = "wrong.photo_kind";
    if (upload.bytes.size() > kPhotoBytesMax) wrong = "wrong.photo_large";
    if (number > kPhotosMax) wrong = "wrong.photos_many";
    if (wrong != nullptr) break;
    photos.push_back({UploadId(form, number, upload.bytes),
                      "anh-" + std::to_string(number) + "." + kind, &upload.bytes});
  }
  if (wrong != nullptr) errors.push_back({std::string(field), wrong});
  return photos;
}

std::int64_t BytesOf(const std::vector<Photo>& photos) {
  std::int64_t bytes = 0;
  for (const Photo& photo : photos) bytes += static_cast<std::int64_t>(photo.bytes->size());
  return bytes;
}

bool IsInDoubt(const base::Error& error) {
  return error.kind == base::ErrorKind::kUnavailable || error.kind == base::ErrorKind::kDeadline ||
         error.kind == base::ErrorKind::kExhausted || error.kind == base::ErrorKind::kAborted;
}

hotline::SubmitReportResponse SendReport(Backend& backend, hotline::SubmitReportRequest call,
                                         const std::vector<Photo>& photos,
                                         Backend::Deadline deadline) {
  hotline::SubmitReportResponse sent;
  const auto refused = Attempt([&] {
    for (const Photo& photo : photos) {
      const auto upload =
          backend.CreateUpload(photo.upload_id, photo.name, photo.bytes->size(), deadline);
      call.add_attachment_upload_ids(upload.id());
      const auto missed = Attempt([&] { backend.WriteUpload(upload, *photo.bytes, deadline); });
      // Not there any more: an equal form was quicker, and this report is a repeat of its.
      if (missed && missed->kind != base::ErrorKind::kNotFound) throw *missed;
    }
    sent = backend.SubmitReport(call, deadline);
  });
  if (!refused) return sent;
  if (!IsInDoubt(*refused) || refused->kind == base::ErrorKind::kExhausted) {
    for (const std::string& id : call.attachment_upload_ids()) backend.CancelUpload(id);
  }
  throw *refused;
}

hotline::SubmitReportRequest CheckReportForm(const ReportForm& form, const Province& province,
                                             FormErrors& errors) {
  hotline::SubmitReportRequest request;
  request.set_request_id(form.request_id);
  request.set_channel(hotline::CHANNEL_WEB);
  request.set_confidential(form.confidential);
  request.set_text(form.text);
  if (form.category != nullptr) request.set_category_id(form.category->id());
  if (form.category != nullptr && form.category->kind() == hotline::CATEGORY_KIND_CONDUCT) {
    if (province.FindUnit(form.unit) == nullptr) errors.push_back({"unit", "wrong.unit"});
    request.set_concerned_unit_id(form.unit);
  }
  if (IsBlank(form.text)) errors.push_back({"text", "wrong.text_missing"});
  if (base::CountCharacters(form.text) > kTextMax) errors.push_back({"text", "wrong.text_long"});
  CheckQuestions(form, request, errors);
  CheckPlace(form, province, *request.mutable_place(), errors);
  CheckCaller(form, *request.mutable_caller(), errors);
  return request;
}

FormErrors ErrorsOf(const base::Error& error) {
  if (error.reason == "REQUEST_ID_REUSED") return {{"", "wrong.sent_before"}};
  FormErrors errors;
  for (const base::FieldViolation& violation : error.violations) {
    const std::string_view field = violation.field;
    const auto* const found =
        std::ranges::find_if(kFields, [&](const Field& known) { return field == known.field; });
    if (found != std::end(kFields)) {
      errors.push_back({found->form_field, found->key});
    } else if (field.starts_with(kAnswers)) {
      errors.push_back({"q-" + std::string(field.substr(kAnswers.size())), "wrong.answer"});
    } else if (field.starts_with(kAttachments)) {
      errors.push_back({"photos", "wrong.photo_kind"});
    }
  }
  if (errors.empty()) errors.push_back({"", "wrong.other"});
  return errors;
}

}  // namespace lienthong::portal
