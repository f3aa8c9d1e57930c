#include "portal/pages.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "platform/base/config.hpp"
#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "portal/page.hpp"
#include "portal/pages_answers.hpp"
#include "portal/pages_follow.hpp"
#include "portal/pages_report.hpp"
#include "portal/pages_state.hpp"
#include "portal/shown.hpp"

namespace lienthong::portal {
namespace {

constexpr std::size_t kMapBytesMax = 48 * 1024;
constexpr std::string_view kStatic = "/static/";
constexpr std::chrono::seconds kRetryAfter{60};  // when nobody says

/// What a path is answered by. Without `show` or `take`: 405. `keep` makes the form as it was
/// typed, with why it was not taken.
struct Route {
  std::string_view path;
  Response (*show)(const Visit& visit, Backend& backend);
  Response (*take)(const Visit& visit, Backend& backend);
  Response (*keep)(const Visit& visit, Backend& backend, const FormErrors& why, int status);
};

Response ShowHome(const Visit& visit, Backend&) {
  return Page(visit, "home.html", visit.Text("home.title")).Finish();
}

constexpr Route kRoutes[] = {
    {"", ShowHome, nullptr, nullptr},
    {"/report", ShowReport, TakeReport, KeepReport},
    {"/report/sent", nullptr, [](const Visit& visit, Backend&) { return ShowSentAgain(visit); },
     nullptr},
    {"/follow", [](const Visit& visit, Backend&) { return ShowFollow(visit); }, TakeFollow,
     KeepFollow},
    {"/rate", nullptr, TakeRate, KeepSteps},
    {"/reopen", nullptr, TakeReopen, KeepSteps},
    {"/reply", nullptr, TakeReply, KeepSteps},
    {"/answers", ShowAnswers, nullptr, nullptr},
    {"/state", ShowState, nullptr, nullptr}};

/// Of what is refused before it is read, or fails unexpectedly.
constexpr int kAtOnce[] = {400, 405, 413, 415, 500, 503};

const Route* FindRoute(std::string_view path) {
  const auto* const found = std::ranges::find(kRoutes, path, &Route::path);
  return found == std::end(kRoutes) ? nullptr : found;
}

/// What is said above a form that comes back.
const char* WhyKept(int status) {
  switch (status) {
    case 403:
      return "kept.expired";
    case 429:
      return "kept.too_many";
    case 500:
      return "kept.failed";
    case 503:
      return "kept.busy";
    default:
      return "wrong.other";
  }
}

/// How the form of a request is made once more; nullptr: it has none, or another site wrote it,
/// which is not shown as if the citizen had.
const Route* FormOf(const Visit& visit) {
  const Route* const route = visit.request.method == "POST" ? FindRoute(visit.path) : nullptr;
  if (route == nullptr || route->keep == nullptr) return nullptr;
  return visit.tokens.IsFromElsewhere(visit.request) ? nullptr : route;
}

/// A page of errors; for a form the form itself, and when nothing is known to make that from, a
/// page that has what was typed.
Response Refused(const Visit& visit, Backend& backend, int status,
                 std::optional<std::chrono::seconds> retry_after) {
  const Route* const form = FormOf(visit);
  if (form == nullptr) return ErrorPage(visit, status, retry_after);
  if (status == 404) status = 422;
  if (status == 429 && !retry_after) retry_after = kRetryAfter;
  const std::string time = retry_after ? ShowDuration(visit, *retry_after) : "";
  const FormErrors why{{"", WhyKept(status), time}};
  Response kept;
  const auto refused = Attempt([&] { kept = form->keep(visit, backend, why, status); });
  if (refused) return ErrorPage(visit, status, retry_after, /*keeps=*/true);
  return retry_after ? WithRetryAfter(std::move(kept), *retry_after) : kept;
}

/// "/answers/ID" and "/answers/ID/photos/NUMBER".
Response AnswerBelow(const Visit& visit, Backend& backend) {
  constexpr std::string_view kAnswers = "/answers/", kPhotos = "/photos/";
  const std::string_view path = visit.path;
  if (!path.starts_with(kAnswers)) return ErrorPage(visit, 404);
  const std::string id(
      path.substr(kAnswers.size(), path.find('/', kAnswers.size()) - kAnswers.size()));
  const std::string_view rest = path.substr(kAnswers.size() + id.size());
  if (rest.empty()) return ShowAnswer(visit, backend, id);
  if (!rest.starts_with(kPhotos)) return ErrorPage(visit, 404);
  return ShowPhoto(visit, backend, id, std::string(rest.substr(kPhotos.size())));
}

Response NotAllowed(const Visit& visit, const char* allowed) {
  return ErrorPage(visit, 405).With("Allow", allowed);
}

Response Dispatch(const Visit& visit, Backend& backend) {
  const Route* const route = FindRoute(visit.path);
  if (visit.request.method != "POST") {
    if (route == nullptr) return AnswerBelow(visit, backend);
    return route->show == nullptr ? NotAllowed(visit, "POST") : route->show(visit, backend);
  }
  if (route == nullptr || route->take == nullptr) return NotAllowed(visit, "GET, HEAD");
  // The switch of languages sends the form as it is: nothing is taken.
  const bool is_switch = route->keep != nullptr && visit.request.fields.Has("again");
  if (is_switch && !visit.tokens.IsFromElsewhere(visit.request)) {
    return route->keep(visit, backend, {}, 200);
  }
  const bool is_ours = visit.tokens.IsOurs(visit.request, visit.clock.MachineNow());
  return is_ours ? route->take(visit, backend) : Refused(visit, backend, 403, std::nullopt);
}

/// What a citizen is told when a service of ours refuses.
int StatusOf(const base::Error& error, const Request& request) {
  switch (error.kind) {
    case base::ErrorKind::kNotFound:
      return 404;
    case base::ErrorKind::kInvalid:
      return request.method == "POST" ? 422 : 404;
    case base::ErrorKind::kConflict:
    case base::ErrorKind::kTransition:
      return 422;
    case base::ErrorKind::kExhausted:
      return 429;
    case base::ErrorKind::kAborted:
    case base::ErrorKind::kUnavailable:
    case base::ErrorKind::kDeadline:
    case base::ErrorKind::kCancelled:
      return 503;
    case base::ErrorKind::kDenied:
    case base::ErrorKind::kUnauthenticated:
      return 500;
  }
  throw std::logic_error("an error of no kind");
}

/// The language of a path, and what is behind it; absent = it names none.
std::optional<std::pair<Language, std::string>> SplitPath(const std::string& path) {
  if (path.empty() || path == "/") return std::pair(Language::kVietnamese, std::string());
  for (const Language language : kLanguages) {
    const std::string prefix = "/" + std::string(NameOf(language));
    if (path == prefix || path == prefix + "/") return std::pair(language, std::string());
    if (path.starts_with(prefix + "/")) return std::pair(language, path.substr(prefix.size()));
  }
  return std::nullopt;
}

}  // namespace

std::optional<base::Error> Attempt(const std::function<void()>& call) {
  try {
    call();
    return std::nullopt;
  } catch (const base::Error& error) {
    return error;
  }
}

std::optional<std::chrono::seconds> RetryAfterOf(const base::Error& error) {
  if (error.retry_after.count() == 0) return std::nullopt;
  return std::max(std::chrono::ceil<std::chrono::seconds>(error.retry_after),
                  std::chrono::seconds(1));
}

struct Pages::Impl {
  Visit VisitOf(const Request& request) {
    const auto split = SplitPath(request.path);
    const auto& [language, path] = split ? *split : std::pair(Language::kVietnamese, std::string());
    return {site, request, tokens, limits, clock, ids, language, path};
  }
  void MakeRefusals();

  Site site;
  const FormTokens& tokens;
  Limits& limits;
  Backend& backend;
  const base::Clock& clock;
  base::RandomIds ids;
  /// By status, language, and path behind it; those of no route as those of the home.
  std::map<std::tuple<int, Language, std::string_view>, Response> refusals;
};

void Pages::Impl::MakeRefusals() {
  for (const Route& route : kRoutes) {
    for (const Language language : kLanguages) {
      Request request;
      request.method = "GET";
      request.path = "/" + std::string(NameOf(language)) + std::string(route.path);
      for (const int status : kAtOnce) {
        refusals[{status, language, route.path}] = ErrorPage(VisitOf(request), status);
      }
    }
  }
}

Pages::Pages(Options options, const FormTokens& tokens, Limits& limits, Backend& backend,
             const base::Clock& clock)
    : impl_(new Impl{.site = Site(options.directory, options.province, options.hotline),
                     .tokens = tokens,
                     .limits = limits,
                     .backend = backend,
                     .clock = clock,
                     .ids = {},
                     .refusals = {}}) {
  impl_->MakeRefusals();
  if (options.boundaries.empty()) return;
  impl_->site.map = ToMap(ReadWhole(options.boundaries), kMapBytesMax);
}

Pages::~Pages() = default;

Response Pages::Answer(const Request& request) {
  if (std::string_view(request.path).starts_with(kStatic)) {
    return impl_->site.statics.Answer(request);
  }
  if (!SplitPath(request.path)) return Refuse(request, 404);
  const Visit visit = impl_->VisitOf(request);
  Response response;
  const auto refused = Attempt([&] { response = Dispatch(visit, impl_->backend); });
  if (!refused) return response;
  return Refused(visit, impl_->backend, StatusOf(*refused, request), RetryAfterOf(*refused));
}

Response Pages::Refuse(const Request& request, int status, std::chrono::seconds retry_after,
                       Form form) const {
  const auto again = retry_after.count() > 0 ? std::optional(retry_after) : std::nullopt;
  const Visit visit = impl_->VisitOf(request);
  if (form == Form::kShown) return Refused(visit, impl_->backend, status, again);
  return ErrorPage(visit, status, again, /*keeps=*/FormOf(visit) != nullptr);
}

Response Pages::RefuseAtOnce(const Request& request, int status) const {
  const Visit visit = impl_->VisitOf(request);
  const Route* const route = FindRoute(visit.path);
  const auto found =
      impl_->refusals.find({status, visit.language, route == nullptr ? "" : route->path});
  return found == impl_->refusals.end() ? ErrorPage(visit, status) : found->second;
}

}  // namespace lienthong::portal
