#include "portal/open311_submit.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "platform/base/text.hpp"
#include "portal/open311_faults.hpp"
#include "portal/open311_services.hpp"
#include "portal/open311_write.hpp"

namespace lienthong::portal::open311 {
namespace {

constexpr std::size_t kDescriptionCharactersMax = 4000;
constexpr std::size_t kUrlCharactersMax = 2000;
constexpr double kLatitudeMax = 90, kLongitudeMax = 180;
constexpr std::string_view kAttribute = "attribute[";
constexpr const char* kMediaLine = "\nTệp kèm theo: ";
constexpr const char* kNameless = "(không nêu tên)";

/// Fields of the hotline's requests, and the standard's arguments that they are made of.
constexpr std::array<std::pair<std::string_view, const char*>, 13> kArguments{{
    {"attachment_upload_ids", "media"},
    {"caller", "phone"},
    {"caller.email", "email"},
    {"caller.full_name", "first_name, last_name"},
    {"caller.phone", "phone"},
    {"category_id", "service_code"},
    {"opened_from", "start_date"},
    {"opened_to", "end_date"},
    {"place.address", "address_string"},
    {"place.commune_code", "address_id"},
    {"place.latitude", "lat"},
    {"place.longitude", "long"},
    {"text", "description"},
}};
constexpr std::string_view kAnswers = "question_answers";
constexpr std::string_view kMedia = "media";
/// What ReadPhotos says of them.
constexpr std::array<std::pair<std::string_view, const char*>, 3> kMediaFaults{{
    {"wrong.photo_kind", "must be JPEG or PNG"},
    {"wrong.photo_large", "at most 8 MiB each"},
    {"wrong.photos_many", "at most 5"},
}};

/// Arguments of a POST that come once: those of the standard, and `request_id`.
constexpr std::array<const char*, 15> kOnce{
    "account_id", "address_id", "address_string", "api_key",    "description",
    "device_id",  "email",      "first_name",     "last_name",  "lat",
    "long",       "media_url",  "phone",          "request_id", "service_code"};

using Attributes = std::map<std::string, std::vector<std::string>>;

/// "attribute[code]" and "attribute[code][]"; a code may come several times.
Attributes ReadAttributes(const Values& fields, Faults& faults) {
  Attributes attributes;
  for (const auto& [name, value] : fields) {
    if (!name.starts_with(kAttribute)) continue;
    const std::size_t end = name.find(']');
    const std::string rest = end == std::string::npos ? "?" : name.substr(end + 1);
    if (!rest.empty() && rest != "[]") {
      faults.Add("attribute", "is written attribute[code] or attribute[code][]");
      continue;
    }
    auto& values = attributes[name.substr(kAttribute.size(), end - kAttribute.size())];
    if (!value.empty()) values.push_back(value);
  }
  return attributes;
}

/// The standard's ISO 8601 as the hotline takes it, RFC 3339.
std::string Normal(const hotline::Question& question, const std::string& value) {
  if (question.type() != hotline::QUESTION_TYPE_DATETIME) return value;
  const auto time = ReadDate(value);
  return time ? base::FormatTime(*time) : value;
}

void AddAnswers(const Values& fields, const hotline::Category& category,
                hotline::SubmitReportRequest& request, Faults& faults) {
  Attributes attributes = ReadAttributes(fields, faults);
  for (const hotline::Question& question : category.questions()) {
    const auto found = attributes.extract(question.code());
    if (found.empty() || found.mapped().empty()) {
      if (question.required()) faults.Add("attribute[" + question.code() + "]", "is required");
      continue;
    }
    hotline::QuestionAnswer& answer = *request.add_question_answers();
    answer.set_code(question.code());
    for (const std::string& value : found.mapped()) answer.add_values(Normal(question, value));
  }
  for (const auto& [code, values] : attributes) {
    if (!values.empty()) faults.Add("attribute", "has a code that this service does not ask for");
  }
}

std::optional<double> Degrees(const Values& fields, const char* name, double max, Faults& faults) {
  const std::string_view text = fields.First(name);
  if (text.empty()) return std::nullopt;
  double degrees = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, degrees);
  if (error != std::errc() || stop != end || !(std::abs(degrees) <= max)) {
    faults.Add(name, "must be degrees of WGS 84 within " + std::to_string(static_cast<int>(max)));
  }
  return degrees;
}

void AddPlace(const Values& fields, const Province& province, hotline::SubmitReportRequest& request,
              Faults& faults) {
  const auto latitude = Degrees(fields, "lat", kLatitudeMax, faults);
  const auto longitude = Degrees(fields, "long", kLongitudeMax, faults);
  const std::string commune(fields.First("address_id"));
  const std::string address(fields.First("address_string"));
  if (latitude.has_value() != longitude.has_value()) {
    faults.Add(latitude ? "long" : "lat", "lat and long come together");
  } else if (!latitude && commune.empty() && address.empty()) {
    faults.Add("lat, long", "a location is required: lat and long, address_string or address_id");
  }
  if (!commune.empty() && province.FindCommune(commune) == nullptr) {
    faults.Add("address_id", "must be the 5 digits of a commune (General Statistics Office)");
  }
  hotline::Place& place = *request.mutable_place();
  place.set_commune_code(commune);
  place.set_address(address);
  if (latitude && longitude) {
    place.set_latitude(*latitude);
    place.set_longitude(*longitude);
  }
}

void AddCaller(const Values& fields, hotline::Caller& caller) {
  // Family name first, as Vietnamese names are written.
  std::string name(fields.First("last_name"));
  const std::string_view given = fields.First("first_name");
  if (!name.empty() && !given.empty()) name += ' ';
  name += given;
  caller.set_phone(std::string(fields.First("phone")));
  caller.set_email(std::string(fields.First("email")));
  caller.set_anonymous(caller.phone().empty() && caller.email().empty());
  if (name.empty() && !caller.anonymous()) name = kNameless;
  caller.set_full_name(std::move(name));
}

void AddText(const Values& fields, const hotline::Category* category,
             hotline::SubmitReportRequest& request, Faults& faults) {
  std::string text(fields.First("description"));
  if (base::CountCharacters(text) > kDescriptionCharactersMax) {
    faults.Add("description", "at most 4000 characters");
    return;
  }
  if (text.empty() && category != nullptr) text = category->name();
  const std::string_view media = fields.First("media_url");
  if (!media.empty()) {
    if (!IsWebAddress(media)) {
      faults.Add("media_url", "must be a URL of http or https, at most 2000 characters");
      return;
    }
    text += kMediaLine;
    text += media;
    if (base::CountCharacters(text) > kDescriptionCharactersMax) {
      faults.Add("media_url", "with the description more than 4000 characters");
    }
  }
  request.set_text(std::move(text));
}

void AddId(const Values& fields, base::Ids& ids, hotline::SubmitReportRequest& request,
           Faults& faults) {
  std::string id(fields.First("request_id"));
  if (id.empty()) id = ids.New();
  if (!base::IsUuid(id)) faults.Add("request_id", "must be a UUID");
  std::transform(id.begin(), id.end(), id.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  request.set_request_id(std::move(id));
}

}  // namespace

hotline::SubmitReportRequest ReadSubmission(const Values& fields, const Province& province,
                                            base::Ids& ids) {
  hotline::SubmitReportRequest request;
  Faults faults;
  for (const char* const name : kOnce) CheckOnce(fields, name, faults);
  request.set_category_id(std::string(fields.First("service_code")));
  const hotline::Category* category = nullptr;
  if (request.category_id().empty()) {
    faults.Add("service_code", "was not provided");
  } else {
    category = &TheService(province, request.category_id());
    AddAnswers(fields, *category, request, faults);
  }
  AddId(fields, ids, request, faults);
  AddPlace(fields, province, request, faults);
  AddText(fields, category, request, faults);
  AddCaller(fields, *request.mutable_caller());
  faults.Check();
  return request;
}

bool HasArguments(const Values& query) {
  return std::any_of(query.begin(), query.end(), [](const auto& argument) {
    return argument.first.starts_with(kAttribute) ||
           std::find(kOnce.begin(), kOnce.end(), argument.first) != kOnce.end();
  });
}

std::vector<Photo> ReadMedia(const Request& request,
                             const hotline::SubmitReportRequest& submission) {
  Faults faults;
  for (const Upload& upload : request.uploads) {
    if (upload.field != kMedia && !upload.bytes.empty()) {
      faults.Add(upload.field, "is no part for a file; that is media");
    }
  }
  FormErrors errors;
  auto photos = ReadPhotos(request, kMedia, submission.SerializeAsString(), errors);
  for (const FormError& error : errors) {
    for (const auto& [key, words] : kMediaFaults) {
      if (error.key == key) faults.Add(std::string(kMedia), words);
    }
  }
  faults.Check();
  return photos;
}

std::string NoticeOf(const hotline::SubmitReportRequest& submitted, bool has_media,
                     const std::string& code) {
  std::string vietnamese = "Đã tiếp nhận phản ánh; mã tra cứu: " + code + ".";
  std::string english = "The report was received; code to follow it: " + code + ".";
  if (submitted.caller().anonymous()) {
    vietnamese += " Phản ánh ẩn danh không được hiển thị công khai.";
    english += " An anonymous request is not shown.";
  }
  if (has_media) {
    vietnamese += " media_url được ghi vào nội dung, không được tải về.";
    english += " The media_url is kept as text; nothing is fetched from it.";
  }
  return vietnamese + " / " + english;
}

std::string ArgumentOf(std::string_view field) {
  for (const auto& [name, argument] : kArguments) {
    if (name == field) return argument;
  }
  if (!field.starts_with(kAnswers)) return std::string(field);
  field.remove_prefix(kAnswers.size());
  if (!field.starts_with('.')) return "attribute";
  return "attribute[" + std::string(field.substr(1)) + "]";
}

bool IsWebAddress(std::string_view text) {
  const auto begins = [&](std::string_view scheme) {
    if (text.size() <= scheme.size()) return false;
    return std::equal(scheme.begin(), scheme.end(), text.begin(), [](char wanted, char c) {
      return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
    });
  };
  const bool secure = begins("https://");
  if (text.size() > kUrlCharactersMax || (!secure && !begins("http://"))) return false;
  const std::string_view rest = text.substr(secure ? 8 : 7);
  const bool is_allowed = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
  });
  return is_allowed && std::string_view("/?#:@.").find(rest.front()) == std::string_view::npos;
}

}  // namespace lienthong::portal::open311
