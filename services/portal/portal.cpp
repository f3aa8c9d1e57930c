#include "portal/portal.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

namespace lienthong::portal {
namespace {

constexpr std::string_view kOpen311 = "/open311/";
constexpr std::string_view kReports = "/open311/v2/requests.";
constexpr std::int64_t kWorkMax = 50;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kWrong = 422;
constexpr int kTooManyRequests = 429;
constexpr int kBusy = 503;
constexpr std::chrono::seconds kBusyRetryAfter{5};

/// Forms that say a code.
bool IsTry(const Request& request) {
  return request.path.ends_with("/follow") || request.path.ends_with("/rate") ||
         request.path.ends_with("/reopen") || request.path.ends_with("/reply");
}

/// A list by ids, or a page far behind, asks the hotline as often as so many requests.
std::int64_t WorkOf(const Request& request) {
  const std::string_view ids = request.query.First("service_request_id");
  const std::string page(request.query.First("page"));
  const std::int64_t work = std::max<std::int64_t>(1 + std::count(ids.begin(), ids.end(), ','),
                                                   std::strtoll(page.c_str(), nullptr, 10));
  return std::clamp<std::int64_t>(work, 1, kWorkMax);
}

}  // namespace

Response Portal::Answer(const Request& request) {
  if (request.path.starts_with(kOpen311)) return AnswerPartner(request);
  const bool is_try = request.method == "POST" && IsTry(request);
  std::optional<std::chrono::seconds> wait = limits_.Take(request, Limits::Kind::kRequest);
  if (wait) return pages_.Refuse(request, kTooManyRequests, *wait, Pages::Form::kHidden);
  if (request.method == "POST") wait = limits_.Take(request, Limits::Kind::kForm);
  if (!wait && is_try) wait = limits_.Wait(request, Limits::Kind::kTry);
  if (wait) return TellToWait(request, kTooManyRequests, *wait);
  Response response = pages_.Answer(request);
  if (is_try && (response.status == kNotFound || response.status == kWrong)) {
    limits_.Take(request, Limits::Kind::kTry);
  }
  return response;
}

/// What comes with a key is counted by the key; who tries keys is counted by address.
Response Portal::AnswerPartner(const Request& request) {
  const bool has_key = request.method == "POST" && request.path.starts_with(kReports) &&
                       request.fields.Has("api_key");
  const auto wait = has_key ? limits_.Wait(request, Limits::Kind::kTry)
                            : limits_.Take(request, Limits::Kind::kRequest, WorkOf(request));
  if (wait) return TellToWait(request, kTooManyRequests, *wait);
  Response response = open311_.Answer(request);
  if (has_key && response.status == kForbidden) limits_.Take(request, Limits::Kind::kTry);
  return response;
}

Response Portal::AnswerBusy(const Request& request) {
  return TellToWait(request, kBusy, kBusyRetryAfter);
}

Response Portal::Refuse(const Request& request, int status) {
  if (request.path.starts_with(kOpen311)) return open311_.Refuse(request, status);
  return pages_.RefuseAtOnce(request, status);
}

Response Portal::TellToWait(const Request& request, int status, std::chrono::seconds retry_after) {
  if (request.path.starts_with(kOpen311)) return open311_.Refuse(request, status, retry_after);
  return pages_.Refuse(request, status, retry_after);
}

}  // namespace lienthong::portal
