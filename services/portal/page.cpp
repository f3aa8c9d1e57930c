#include "portal/page.hpp"

#include <algorithm>
#include <cctype>

#include "portal/shown.hpp"

namespace lienthong::portal {
namespace {

constexpr int kStatuses[] = {400, 403, 404, 405, 413, 422, 429, 500, 503};
/// Of a form that is sent back: more than any of ours holds.
constexpr std::size_t kKeptBytesMax = 64 * 1024, kKeptFieldsMax = 300;

// Checked at the start, so that no page finds one missing.
constexpr std::string_view kTextsOfCode[] = {"answers.title",
                                             "answers.words_many",
                                             "categories.title",
                                             "communes.all",
                                             "error.400.text",
                                             "error.400.title",
                                             "error.403.text",
                                             "error.403.title",
                                             "error.404.text",
                                             "error.404.title",
                                             "error.405.text",
                                             "error.405.title",
                                             "error.413.text",
                                             "error.413.title",
                                             "error.422.text",
                                             "error.422.title",
                                             "error.429.text",
                                             "error.429.title",
                                             "error.500.text",
                                             "error.500.title",
                                             "error.503.text",
                                             "error.503.title",
                                             "follow.title",
                                             "follow.wrong",
                                             "followed.not_allowed",
                                             "followed.title",
                                             "home.title",
                                             "kept.busy",
                                             "kept.expired",
                                             "kept.failed",
                                             "kept.too_many",
                                             "rate.missing",
                                             "reopen.missing",
                                             "reply.missing",
                                             "report.title",
                                             "report.unclassified",
                                             "satisfaction.neutral",
                                             "satisfaction.satisfied",
                                             "satisfaction.unsatisfied",
                                             "satisfaction.very_satisfied",
                                             "sent.title",
                                             "standing.answered",
                                             "standing.closed",
                                             "standing.handled",
                                             "standing.received",
                                             "standing.rejected",
                                             "standing.transferred",
                                             "standing.waiting",
                                             "state.differs",
                                             "state.equal",
                                             "state.few",
                                             "state.few_ratings",
                                             "state.no_copy",
                                             "state.not_known",
                                             "state.title",
                                             "time.hours",
                                             "time.minutes",
                                             "time.seconds",
                                             "unit_kind.commune",
                                             "unit_kind.department",
                                             "unit_kind.district",
                                             "unit_kind.office",
                                             "unit_kind.province",
                                             "wrong.answer",
                                             "wrong.answer_missing",
                                             "wrong.category",
                                             "wrong.commune",
                                             "wrong.contact",
                                             "wrong.coordinates",
                                             "wrong.email",
                                             "wrong.long",
                                             "wrong.messages_day",
                                             "wrong.name",
                                             "wrong.other",
                                             "wrong.phone",
                                             "wrong.photo_kind",
                                             "wrong.photo_large",
                                             "wrong.photos_again",
                                             "wrong.photos_day",
                                             "wrong.photos_many",
                                             "wrong.sent_before",
                                             "wrong.step_sent_before",
                                             "wrong.text_long",
                                             "wrong.text_missing",
                                             "wrong.unavailable",
                                             "wrong.unit"};

/// The nearest status that there is a text for.
int KnownStatus(int status) {
  if (std::ranges::count(kStatuses, status) > 0) return status;
  if (status == 414 || status == 431) return 400;
  return status < 500 ? 400 : status == 502 || status == 504 ? 503 : 500;
}

/// The page that leads to what was refused; empty = none does.
std::string PathBack(const std::string& path, int status) {
  if (status == 404 || status == 405) return "";
  if (path == "/rate" || path == "/reopen" || path == "/reply") return "/follow";
  return path == "/report/sent" ? "/report" : path;
}

/// What templates fill in themselves.
std::string With(std::string text, std::string_view mark, const std::string& value) {
  if (const std::size_t at = text.find(mark); at != text.npos) text.replace(at, mark.size(), value);
  return text;
}

/// Beside what was typed: the token, and what only this request asked for.
bool IsTyped(std::string_view name) {
  return name != "token" && name != "again" && name != "photos_left";
}

/// Answers of the portal stay small, whatever was sent.
bool IsMuch(const Values& fields) {
  std::size_t bytes = 0, count = 0;
  for (const auto& [name, value] : fields) bytes += name.size() + value.size(), ++count;
  return count > kKeptFieldsMax || bytes > kKeptBytesMax;
}

/// What was typed into a form, with a new token.
void KeepFields(Page& page, const Visit& visit) {
  page.Protect();
  page.SwitchByButton(visit.path, "kept");
  Dictionary* const kept = page.Body().AddSectionDictionary("KEPT");
  kept->SetValue("URL", "/" + std::string(NameOf(visit.language)) + EncodePath(visit.path));
  if (HasFiles(visit.request)) kept->ShowSection("FILES");
  for (const auto& [name, value] : visit.request.fields) {
    if (!IsTyped(name)) continue;
    Dictionary* const field = kept->AddSectionDictionary("FIELD");
    field->SetValue("NAME", name), field->SetValue("VALUE", value);
  }
}

std::string UpperCase(std::string text) {
  for (char& c : text) {
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

}  // namespace

Site::Site(const std::string& directory, std::string province, std::string hotline)
    : province(std::move(province)),
      hotline(std::move(hotline)),
      texts(directory + "/texts.yaml"),
      templates(directory, texts),
      statics(directory) {
  texts.Check(TextsOfCode());
}

Page::Page(const Visit& visit, const std::string& body, const std::string& title)
    : visit_(visit), frame_("frame") {
  body_ = &Insert("BODY", body);
  SetGlobals(title);
}

void Page::SetGlobals(const std::string& title) {
  const Site& site = visit_.site;
  const std::string language(NameOf(visit_.language));
  const std::pair<const char*, std::string> globals[] = {
      {"TITLE", title},
      {"LANG", language},
      {"HOME", visit_.language == Language::kVietnamese ? "/" : "/" + language},
      {"OTHER", std::string(NameOf(OtherThan(visit_.language)))},
      {"PROVINCE", site.province},
      {"HOTLINE", site.hotline},
      {"STYLE_URL", site.statics.Url("style.css")},
      {"SCRIPT_URL", site.statics.Url("page.js")},
      {"ICON_URL", site.statics.Url("icon.svg")}};
  for (const auto& [name, value] : globals) frame_.SetTemplateGlobalValue(name, value);
  for (const char* const place : {"report", "follow", "answers", "state"}) {
    const std::string at = std::string("/") + place;
    if (visit_.path == at || visit_.path.starts_with(at + "/")) {
      frame_.ShowSection("AT_" + UpperCase(place));
    }
  }
}

Dictionary& Page::Insert(const std::string& marker, const std::string& name) {
  Dictionary& owner = marker == "BODY" ? frame_ : *body_;
  Dictionary* const inserted = owner.AddIncludeDictionary(marker);
  inserted->SetFilename(name);
  return *inserted;
}

void Page::ShowErrors(const FormErrors& errors) {
  if (errors.empty()) return;
  frame_.ShowSection("HAS_ERRORS");
  Dictionary& summary = Insert("ERRORS", "errors.html");
  for (const FormError& error : errors) {
    const std::string message = With(
        With(visit_.Text(error.key), "{{HOTLINE}}", visit_.site.hotline), "{{TIME}}", error.time);
    Dictionary* const line = summary.AddSectionDictionary("ERROR");
    line->SetValue("MESSAGE", message);
    line->SetValue("FIELD", error.field);
    line->ShowSection(error.field.empty() ? "UNLINKED" : "LINKED");
    if (error.field.empty()) continue;
    ShowValue(*body_, UpperCase(error.field) + "_ERROR", "MESSAGE", message);
  }
}

void Page::Protect() {
  const FormTokens::Issued issued = visit_.tokens.Issue(visit_.request, visit_.clock.MachineNow());
  token_ = issued.token;
  frame_.SetTemplateGlobalValue("TOKEN", token_);
  headers_.emplace_back("Cache-Control", "no-store");
  if (issued.set_cookie) headers_.emplace_back("Set-Cookie", *issued.set_cookie);
}

void Page::SwitchByForm(const std::string& path, const Hidden& fields) {
  is_switched_ = true;
  Dictionary* const form = frame_.AddSectionDictionary("OTHER_FORM");
  form->SetValue("URL", "/" + std::string(NameOf(OtherThan(visit_.language))) + path);
  Hidden all = fields;
  all.emplace_back("token", token_);
  for (const auto& [name, value] : all) {
    Dictionary* const field = form->AddSectionDictionary("HIDDEN");
    field->SetValue("NAME", name), field->SetValue("VALUE", value);
  }
}

void Page::SwitchByButton(const std::string& path, const std::string& form) {
  is_switched_ = true;
  Dictionary* const button = frame_.AddSectionDictionary("OTHER_BUTTON");
  button->SetValue("URL", "/" + std::string(NameOf(OtherThan(visit_.language))) + path);
  button->SetValue("FORM", form);
}

std::string Page::OtherUrl() const {
  const Language other = OtherThan(visit_.language);
  if (visit_.path.empty() && other == Language::kVietnamese) return "/";
  std::string url = "/" + std::string(NameOf(other)) + EncodePath(visit_.path);
  if (visit_.request.method != "GET") return url;
  return url + QueryOf(visit_.request.query);
}

Response Page::Finish(int status) {
  if (!is_switched_) ShowValue(frame_, "OTHER_LINK", "URL", OtherUrl());
  Response response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.headers = headers_;
  response.headers.emplace_back("Content-Language", NameOf(visit_.language));
  if (headers_.empty()) response.headers.emplace_back("Cache-Control", "no-cache");
  response.body = visit_.site.templates.Fill("frame.html", visit_.language, frame_);
  return response;
}

void ShowValue(Dictionary& dictionary, const std::string& section, const std::string& name,
               const std::string& value) {
  dictionary.AddSectionDictionary(section)->SetValue(name, value);
}

void AddChoice(Dictionary& dictionary, const std::string& section, const Choice& choice) {
  Dictionary* const added = dictionary.AddSectionDictionary(section);
  added->SetValue("VALUE", choice.value);
  added->SetValue("NAME", choice.name);
  added->SetValue("NAME_LANG", choice.language);
  if (choice.number > 0) added->SetIntValue("NUMBER", choice.number);
  if (choice.chosen) added->ShowSection("CHOSEN");
}

Response ErrorPage(const Visit& visit, int status, std::optional<std::chrono::seconds> retry_after,
                   bool keeps) {
  const std::string key = "error." + std::to_string(KnownStatus(status));
  Page page(visit, "error.html", visit.Text(key + ".title"));
  page.Body().SetValue("MESSAGE", visit.Text(key + ".text"));
  const std::string back = PathBack(visit.path, status);
  if (keeps && !IsMuch(visit.request.fields)) {
    KeepFields(page, visit);
  } else if (!back.empty()) {
    ShowValue(page.Body(), "BACK", "URL",
              "/" + std::string(NameOf(visit.language)) + EncodePath(back));
  }
  if (retry_after) {
    ShowValue(page.Body(), "RETRY", "TIME", ShowDuration(visit, *retry_after));
  }
  Response response = page.Finish(status);
  std::erase_if(response.headers,
                [](const auto& header) { return header.first == "Cache-Control"; });
  response.headers.emplace_back("Cache-Control", "no-store");
  return retry_after ? WithRetryAfter(std::move(response), *retry_after) : response;
}

Response WithRetryAfter(Response response, std::chrono::seconds retry_after) {
  return std::move(response).With("Retry-After", std::to_string(retry_after.count()));
}

std::vector<std::string_view> TextsOfCode() {
  return {std::begin(kTextsOfCode), std::end(kTextsOfCode)};
}

}  // namespace lienthong::portal
