#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ctemplate/template.h>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "portal/form_tokens.hpp"
#include "portal/limits.hpp"
#include "portal/map.hpp"
#include "portal/request.hpp"
#include "portal/statics.hpp"
#include "portal/templates.hpp"
#include "portal/texts.hpp"

namespace lienthong::portal {

/// What all pages are made from. Made once; any thread.
struct Site {
  /// Reads the directory services/portal/web; throws base::ConfigError.
  Site(const std::string& directory, std::string province, std::string hotline);

  std::string province;  ///< "Bình Dương"
  std::string hotline;   ///< "1022"
  Texts texts;
  Templates templates;
  Statics statics;
  Map map;  ///< without shapes when there are no boundaries
};

/// A request for a page, in its language. Lives as long as the request.
struct Visit {
  const Site& site;
  const Request& request;
  const FormTokens& tokens;
  Limits& limits;
  const base::Clock& clock;
  base::Ids& ids;
  Language language = Language::kVietnamese;
  std::string path;  ///< behind the language: "/report", "" for the home

  const std::string& Text(std::string_view key) const { return site.texts.Get(key, language); }
};

/// What is wrong with a form.
struct FormError {
  std::string field;   ///< id of the field; empty = of none
  std::string key;     ///< of the text
  std::string time{};  ///< {{TIME}} of the text: when trying again helps
};
using FormErrors = std::vector<FormError>;

using Dictionary = ctemplate::TemplateDictionary;
using Hidden = std::vector<std::pair<std::string, std::string>>;

/// One page while it is put together: the frame with the title, ways around and the switch of
/// languages, and the body, a template of its own. One thread.
class Page {
 public:
  /// `title` is a text itself, not its key.
  Page(const Visit& visit, const std::string& body, const std::string& title);

  Dictionary& Body() { return *body_; }
  /// A template inside the body, at its marker.
  Dictionary& Insert(const std::string& marker, const std::string& name);
  /// The summary of errors, and at each field what is wrong with it: sections <FIELD>_ERROR.
  void ShowErrors(const FormErrors& errors);
  /// The page has a form, or something that concerns one person: it gets a token, and is not
  /// stored.
  void Protect();

  /// Where the other language of this page is when it is no link: the path behind the language to
  /// post to, with fields.
  void SwitchByForm(const std::string& path, const Hidden& fields);
  /// By sending the form of this id there, as it is filled in.
  void SwitchByButton(const std::string& path, const std::string& form);

  /// Takes the page apart: once, last.
  Response Finish(int status = 200);

 private:
  void SetGlobals(const std::string& title);
  std::string OtherUrl() const;

  const Visit& visit_;
  Dictionary frame_;
  Dictionary* body_;
  std::string token_;
  bool is_switched_ = false;
  std::vector<std::pair<std::string, std::string>> headers_;
};

/// A section that is shown once, with one value.
void ShowValue(Dictionary& dictionary, const std::string& section, const std::string& name,
               const std::string& value);

/// Shows an option or a box, chosen or not.
struct Choice {
  std::string value, name;
  bool chosen = false;
  int number = 0;               ///< of a box, from 1
  std::string language = "vi";  ///< of the name
};
void AddChoice(Dictionary& dictionary, const std::string& section, const Choice& choice);

/// Runs a call of the backend; what it refuses is answered, not thrown.
std::optional<base::Error> Attempt(const std::function<void()>& call);

/// When trying again helps, in whole seconds; absent = it does not.
std::optional<std::chrono::seconds> RetryAfterOf(const base::Error& error);

/// The page for a status from 400 on. `retry_after`: when trying again helps. With `keeps` it has
/// what was typed into the form of the request, unseen, and sends it again.
Response ErrorPage(const Visit& visit, int status,
                   std::optional<std::chrono::seconds> retry_after = std::nullopt,
                   bool keeps = false);

/// Retry-After (RFC 9110, section 10.2.3).
Response WithRetryAfter(Response response, std::chrono::seconds retry_after);

/// Keys of the texts that the code names itself.
std::vector<std::string_view> TextsOfCode();

}  // namespace lienthong::portal
