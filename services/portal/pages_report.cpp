#include "portal/pages_report.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "portal/shown.hpp"

namespace lienthong::portal {
namespace {

constexpr std::string_view kUnknown = "-";               ///< in place of a category's code
constexpr std::string_view kPhotosLeft = "photos_left";  ///< by the script, which sends none then
constexpr std::size_t kCodeLettersMax = 20;
constexpr std::pair<directory::UnitKind, const char*> kKinds[] = {
    {directory::UNIT_KIND_PROVINCE, "unit_kind.province"},
    {directory::UNIT_KIND_DEPARTMENT, "unit_kind.department"},
    {directory::UNIT_KIND_DISTRICT, "unit_kind.district"},
    {directory::UNIT_KIND_COMMUNE, "unit_kind.commune"},
    {directory::UNIT_KIND_OFFICE, "unit_kind.office"}};

bool IsEmergency(const hotline::Category* category) {
  return category != nullptr && category->kind() == hotline::CATEGORY_KIND_EMERGENCY;
}

/// Those that reports are taken in by this page, the one that nobody knows as nullptr; absent =
/// none.
std::optional<const hotline::Category*> FindOpen(const Province& province, std::string_view id) {
  if (id == kUnknown) return nullptr;
  const hotline::Category* const category = province.FindCategory(id);
  if (category == nullptr || !IsOpen(*category)) return std::nullopt;
  return category;
}

std::string ShownCategory(const Visit& visit, const Province& province,
                          const hotline::Category* category) {
  if (category == nullptr) return visit.Text("report.unclassified");
  return CategoryName(province, category->id(), visit.language);
}

Response CallPage(const Visit& visit, const Province& province, const hotline::Category& category) {
  const std::string name = CategoryName(province, category.id(), visit.language);
  Page page(visit, "call.html", name);
  page.Body().SetValue("CATEGORY_NAME", name);
  page.Insert("EMERGENCY", "emergency.html");
  return page.Finish();
}

Response SentPage(const Visit& visit, const std::string& code) {
  Page page(visit, "sent.html", visit.Text("sent.title"));
  page.Protect();
  page.SwitchByForm("/report/sent", {{"code", code}});
  page.Body().SetValue("CODE", code);
  return page.Finish();
}

void ListUnits(Dictionary& body, const Visit& visit, const Province& province,
               const std::string& chosen) {
  for (const auto& [kind, key] : kKinds) {
    Dictionary* group = nullptr;
    for (const directory::Unit& unit : province.units) {
      if (unit.kind() != kind) continue;
      if (group == nullptr) {
        group = body.AddSectionDictionary("UNIT_GROUP");
        group->SetValue("GROUP_NAME", visit.Text(key));
      }
      AddChoice(*group, "UNIT", {unit.id(), unit.name(), unit.id() == chosen});
    }
  }
}

/// Words of the province, in the visitor's language if it has them.
struct Words {
  std::string text;
  std::string language;
};
Words InLanguage(const Visit& visit, const std::string& vietnamese, const std::string& english) {
  if (visit.language == Language::kEnglish && !english.empty()) return {english, "en"};
  return {vietnamese, "vi"};
}

/// The choices of a list, or the one answer of the others.
void FillAnswer(Dictionary& shown, const Visit& visit, const hotline::Question& question,
                const std::vector<std::string>& typed) {
  int number = 0;
  for (const hotline::QuestionValue& value : question.values()) {
    const bool chosen = std::ranges::count(typed, value.key()) > 0;
    const auto [name, language] = InLanguage(visit, value.name(), value.name_en());
    AddChoice(shown, "CHOICE", {value.key(), name, chosen, ++number, language});
  }
  shown.SetValue("ANSWER", typed.empty() ? "" : typed.front());
}

const char* SectionOf(hotline::QuestionType type) {
  switch (type) {
    case hotline::QUESTION_TYPE_TEXT:
      return "AS_TEXT";
    case hotline::QUESTION_TYPE_SINGLE_VALUE_LIST:
      return "AS_SELECT";
    case hotline::QUESTION_TYPE_MULTI_VALUE_LIST:
      return "AS_BOXES";
    default:
      return "AS_INPUT";
  }
}

void ListQuestions(Dictionary& body, const Visit& visit, const ReportForm& form,
                   const FormErrors& errors) {
  if (form.category == nullptr) return;
  for (const hotline::Question& question : form.category->questions()) {
    const std::string id = "q-" + question.code();
    Dictionary* const shown =
        body.AddSectionDictionary("QUESTION")->AddSectionDictionary(SectionOf(question.type()));
    shown->SetValue("ID", id);
    const auto [text, language] = InLanguage(visit, question.text(), question.text_en());
    shown->SetValue("QUESTION_TEXT", text), shown->SetValue("QUESTION_LANG", language);
    const bool is_time = question.type() == hotline::QUESTION_TYPE_DATETIME;
    shown->SetValue("TYPE", is_time ? "datetime-local" : "text");
    if (question.type() == hotline::QUESTION_TYPE_NUMBER) shown->ShowSection("NUMERIC");
    if (question.required()) shown->ShowSection("REQUIRED");
    for (const FormError& error : errors) {
      if (error.field == id) ShowValue(*shown, "QUESTION_ERROR", "MESSAGE", visit.Text(error.key));
    }
    const auto typed = form.answers.find(question.code());
    FillAnswer(*shown, visit, question,
               typed == form.answers.end() ? std::vector<std::string>() : typed->second);
  }
}

void ShowMap(Dictionary& body, const Map& map, const Province& province) {
  if (map.shapes.empty()) return;
  Dictionary* const shown = body.AddSectionDictionary("MAP");
  shown->SetValue("VIEW_BOX", map.view_box);
  for (const Map::Shape& shape : map.shapes) {
    // A commune of yesterday's boundaries cannot be chosen.
    if (province.FindCommune(shape.commune_code) == nullptr) continue;
    Dictionary* const one = shown->AddSectionDictionary("SHAPE");
    one->SetValue("CODE", shape.commune_code);
    one->SetValue("PATH", shape.path);
    one->SetValue("NAME", CommuneName(province, shape.commune_code));
  }
}

/// More than one address, or all together, may send in a day; nothing is taken of it then.
Response ShowTooMuch(const Visit& visit, const Province& province, const ReportForm& form,
                     FormError error, std::chrono::seconds wait, bool has_photos) {
  error.time = ShowDuration(visit, wait);
  FormErrors errors{std::move(error)};
  if (has_photos && errors.back().field != "photos") {
    errors.push_back({"photos", "wrong.photos_again"});
  }
  return WithRetryAfter(ReportPage(visit, province, form, errors, 429), wait);
}

/// What the form asks for is within the limits of a day; otherwise what to answer.
std::optional<Response> CheckDay(const Visit& visit, const Province& province,
                                 const ReportForm& form, const hotline::SubmitReportRequest& call,
                                 const std::vector<Photo>& photos) {
  using Kind = Limits::Kind;
  const Request& request = visit.request;
  if (visit.limits.IsCounted(call.request_id())) return std::nullopt;  // it is sent again
  if (!photos.empty()) {
    const auto wait = visit.limits.Wait(request, Kind::kPhotoByte, BytesOf(photos));
    if (wait) {
      return ShowTooMuch(visit, province, form, {"photos", "wrong.photos_day"}, *wait, true);
    }
  }
  if (call.caller().anonymous()) return std::nullopt;  // nobody is told anything
  const auto wait = visit.limits.Wait(request, Kind::kMessage);
  if (!wait) return std::nullopt;
  return ShowTooMuch(visit, province, form, {"phone", "wrong.messages_day"}, *wait,
                     !photos.empty());
}

/// A report that was taken counts.
void CountDay(const Visit& visit, const hotline::SubmitReportRequest& call,
              const std::vector<Photo>& photos) {
  if (!photos.empty()) {
    visit.limits.Take(visit.request, Limits::Kind::kPhotoByte, BytesOf(photos));
  }
  if (!call.caller().anonymous()) visit.limits.Take(visit.request, Limits::Kind::kMessage);
  visit.limits.SetCounted(call.request_id());
}

/// Tells the citizen that nothing is lost, where it is not known whether the report has arrived.
Response ShowRefused(const Visit& visit, const Province& province, ReportForm form,
                     const base::Error& error, bool has_photos) {
  FormErrors errors;
  int status = 422;
  if (IsInDoubt(error)) {
    errors = {{"", "wrong.unavailable"}};
    status = error.kind == base::ErrorKind::kExhausted ? 429 : 503;
  } else if (error.kind == base::ErrorKind::kInvalid) {
    errors = ErrorsOf(error);
  } else {
    throw error;
  }
  // Photos of a form that is refused are given up: those of the next one are others.
  const bool is_refused = error.kind == base::ErrorKind::kInvalid;
  if (is_refused && (has_photos || error.reason == "REQUEST_ID_REUSED")) {
    form.request_id = visit.ids.New();
  }
  if (has_photos) errors.push_back({"photos", "wrong.photos_again"});
  Response page = ReportPage(visit, province, form, errors, status);
  const auto wait = RetryAfterOf(error);
  return wait ? WithRetryAfter(std::move(page), *wait) : page;
}

}  // namespace

Response CategoriesPage(const Visit& visit, const Province& province) {
  Page page(visit, "categories.html", visit.Text("categories.title"));
  page.Insert("EMERGENCY", "emergency.html");
  std::map<std::string, Dictionary*> groups;
  for (const hotline::Category& category : province.categories) {
    if (!IsOpen(category) || IsEmergency(&category)) continue;
    Dictionary*& group = groups[category.parent_id()];
    if (group == nullptr) {
      group = page.Body().AddSectionDictionary("GROUP");
      group->SetValue("GROUP_NAME", CategoryName(province, category.parent_id(), visit.language));
    }
    Dictionary* const one = group->AddSectionDictionary("CATEGORY");
    one->SetValue("ID", Encode(category.id()));
    one->SetValue("NAME", CategoryName(province, category.id(), visit.language));
  }
  return page.Finish();
}

Response ReportPage(const Visit& visit, const Province& province, const ReportForm& form,
                    const FormErrors& errors, int status) {
  Page page(visit, "report.html", visit.Text("report.title"));
  page.Protect();
  page.SwitchByButton("/report", "report");
  page.ShowErrors(errors);
  Dictionary& body = page.Body();
  const std::pair<const char*, std::string> values[] = {
      {"CATEGORY", std::string(form.category == nullptr ? kUnknown : form.category->id())},
      {"CATEGORY_NAME", ShownCategory(visit, province, form.category)},
      {"REQUEST_ID", form.request_id},
      {"TEXT", form.text},
      {"ADDRESS", form.address},
      {"LATITUDE", form.latitude},
      {"LONGITUDE", form.longitude},
      {"NAME", form.name},
      {"PHONE", form.phone},
      {"EMAIL", form.email}};
  for (const auto& [name, value] : values) body.SetValue(name, value);
  if (visit.request.method == "GET") body.ShowSection("FRESH");
  if (form.anonymous) body.ShowSection("ANONYMOUS");
  if (form.confidential) body.ShowSection("CONFIDENTIAL");
  if (form.category != nullptr && form.category->kind() == hotline::CATEGORY_KIND_CONDUCT) {
    body.ShowSection("CONDUCT");
    ListUnits(body, visit, province, form.unit);
  }
  ListQuestions(body, visit, form, errors);
  ListCommunes(page.Insert("COMMUNES", "communes.html"), visit, province, form.commune);
  ShowMap(body, visit.site.map, province);
  return page.Finish(status);
}

Response ShowReport(const Visit& visit, Backend& backend) {
  const auto province = backend.GetProvince(visit.request.deadline);
  const std::string_view id = visit.request.query.First("category");
  if (id.empty()) return CategoriesPage(visit, *province);
  const auto category = FindOpen(*province, id);
  if (!category) return ErrorPage(visit, 404);
  if (IsEmergency(*category)) return CallPage(visit, *province, **category);
  ReportForm form;
  form.category = *category;
  form.request_id = visit.ids.New();
  return ReportPage(visit, *province, form, {}, 200);
}

Response TakeReport(const Visit& visit, Backend& backend) {
  const Request& request = visit.request;
  const auto province = backend.GetProvince(request.deadline);
  const auto category = FindOpen(*province, request.fields.First("category"));
  if (!category) return KeepReport(visit, backend, {}, 422);
  if (IsEmergency(*category)) return CallPage(visit, *province, **category);
  const ReportForm form = ReadReportForm(request, *category, visit.ids);
  FormErrors errors;
  hotline::SubmitReportRequest call = CheckReportForm(form, *province, errors);
  if (!form.anonymous) call.mutable_caller()->set_language(std::string(NameOf(visit.language)));
  const auto photos = ReadPhotos(request, "photos", form.request_id, errors);
  if (!errors.empty()) {
    const bool is_told = errors.back().field == "photos";
    if (!photos.empty() && !is_told) errors.push_back({"photos", "wrong.photos_again"});
    return ReportPage(visit, *province, form, errors, 422);
  }
  if (auto too_much = CheckDay(visit, *province, form, call, photos)) return *std::move(too_much);
  hotline::SubmitReportResponse sent;
  const auto refused = Attempt([&] { sent = SendReport(backend, call, photos, request.deadline); });
  if (refused) return ShowRefused(visit, *province, form, *refused, !photos.empty());
  if (!sent.repeated()) CountDay(visit, call, photos);
  return SentPage(visit, sent.code());
}

Response KeepReport(const Visit& visit, Backend& backend, const FormErrors& why, int status) {
  const Request& request = visit.request;
  const auto province = backend.GetProvince(request.deadline);
  const auto category = FindOpen(*province, request.fields.First("category"));
  if (category && IsEmergency(*category)) return CallPage(visit, *province, **category);
  FormErrors errors = why;
  if (!category) errors.push_back({"", "wrong.category"});
  if (HasFiles(request) || request.fields.Has(kPhotosLeft)) {
    errors.push_back({"photos", "wrong.photos_again"});
  }
  const ReportForm form = ReadReportForm(request, category.value_or(nullptr), visit.ids);
  return ReportPage(visit, *province, form, errors, status);
}

Response ShowSentAgain(const Visit& visit) {
  const std::string code = OneLine(visit.request.fields.First("code"));
  if (code.empty() || code.size() > kCodeLettersMax) return ErrorPage(visit, 404);
  return SentPage(visit, code);
}

}  // namespace lienthong::portal
