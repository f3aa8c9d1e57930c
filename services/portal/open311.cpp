#include "portal/open311.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "portal/open311_faults.hpp"
#include "portal/open311_requests.hpp"
#include "portal/open311_services.hpp"
#include "portal/open311_submit.hpp"
#include "portal/report_form.hpp"

namespace lienthong::portal {
namespace {

using base::ErrorKind;
using open311::Format;
using open311::Json;
using std::chrono::seconds;

constexpr std::string_view kPrefix = "/open311/v2/";
constexpr std::size_t kIdsMax = 50;
constexpr const char* kKeyRefused = "API_KEY_INVALID";
constexpr const char* kAway = "The service does not answer now; try again.";
constexpr const char* kOverloaded = "The service has too much to do now; try again.";
constexpr const char* kUnexpected = "An unexpected error; please tell us.";
constexpr const char* kTooLarge =
    "The request is too large: a body has at most 48 MiB, a field 64 KiB, a form 300 fields.";
constexpr const char* kNoForm =
    "Send the arguments in the body as application/x-www-form-urlencoded or multipart/form-data; "
    "JSON bodies are not taken.";
constexpr const char* kInUrl = "The arguments of POST belong into its body, not into the URL.";
constexpr const char* kTooMany = "Too many calls; try again later.";
constexpr const char* kManyMessages =
    "Too many reports with a phone or email in 24 hours; without both it is taken.";
constexpr const char* kManyPhotos =
    "Too many bytes of photos in 24 hours; without photos it is taken.";
constexpr const char* kRequests = "service_requests";

/// What is answered instead of what was asked for.
struct Failure {
  int status = 0;
  std::vector<std::string> descriptions;
  seconds retry_after{0};  ///< 0 = nothing is said of it
};

/// The standard: 404 for what does not exist, 403 for the key, 400 for any other refusal. Beyond
/// it: 429 and 503 with Retry-After, 500. What a service says of itself (that the portal may not
/// call it) is none of the client's business.
int StatusOf(const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kConflict:
      return 400;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kDenied:
      return error.reason == kKeyRefused ? 403 : 500;
    case ErrorKind::kUnauthenticated:
      return 500;
    case ErrorKind::kExhausted:
      return 429;
    case ErrorKind::kTransition:
    case ErrorKind::kAborted:
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadline:
    case ErrorKind::kCancelled:
      return 503;
  }
  return 500;
}

Failure Unexpected(const char* what) {
  base::LogError("open311: a request failed", {{"error", what}});
  return {500, {kUnexpected}, seconds(0)};
}

Failure ToFailure(const base::Error& error) {
  Failure failure{StatusOf(error), {}, seconds(0)};
  if (failure.status == 500) return Unexpected(error.what());
  if (failure.status == 503 || failure.status == 429) {
    failure.retry_after = std::max(seconds(1), std::chrono::ceil<seconds>(error.retry_after));
    failure.descriptions = {failure.status == 503 ? kAway : kTooMany};
    return failure;
  }
  const std::string reason = error.reason == "FIELD_INVALID" ? "" : " (" + error.reason + ")";
  for (const base::FieldViolation& violation : error.violations) {
    failure.descriptions.push_back(open311::ArgumentOf(violation.field) + ": " +
                                   violation.description + reason);
  }
  if (failure.descriptions.empty()) failure.descriptions = {error.what()};
  return failure;
}

/// What `work` gives; nullopt when it is refused or fails, then `failure` says why.
template <class Work>
std::optional<std::invoke_result_t<Work>> Try(Work work, Failure& failure) {
  try {
    return work();
  } catch (const base::Error& error) {
    failure = ToFailure(error);
  } catch (const std::exception& error) {
    failure = Unexpected(error.what());
  }
  return std::nullopt;
}

Response ToResponse(const Json& value, const char* root, Format format) {
  Response response;
  response.content_type = open311::ContentType(format);
  response.body = open311::Write(value, root, format);
  return response;
}

Response ToResponse(const Failure& failure, Format format) {
  Json errors = Json::array();
  for (const std::string& description : failure.descriptions) {
    errors.push_back({{"code", failure.status}, {"description", description}});
  }
  Response response = ToResponse(errors, "errors", format);
  response.status = failure.status;
  if (failure.retry_after == seconds(0)) return response;
  return std::move(response).With("Retry-After", std::to_string(failure.retry_after.count()));
}

/// Clients that run in the pages of others may read answers to GET (Fetch standard, CORS).
Response ForEverybody(Response response, const Request& request) {
  if (request.method != "GET") return response;
  return std::move(response).With("Access-Control-Allow-Origin", "*");
}

/// What is said of a request that was refused before it came here.
std::string WhyRefused(const Request& request, int status) {
  switch (status) {
    case 400:
      return "The request is malformed" +
             (request.fault.empty() ? "." : ": " + request.fault + ".");
    case 413:
      return kTooLarge;
    case 415:
      return kNoForm;
    case 429:
      return kTooMany;
    case 503:
      return kOverloaded;
    default:
      return kUnexpected;
  }
}

base::Error NotThere(const char* description) {
  return {ErrorKind::kNotFound, "RECORD_NOT_FOUND", description};
}

/// A ticket that everybody may see; otherwise `failure`, with 404 for one that there is not.
std::optional<hotline::PublicTicket> FindTicket(Backend& backend, const std::string& id,
                                                Backend::Deadline deadline, Failure& failure) {
  return Try(
      [&] {
        if (!base::IsRecordId(id)) throw base::NotFound();
        return backend.GetPublicTicket(id, deadline);
      },
      failure);
}

}  // namespace

Open311::Address Open311::ReadAddress(const std::string& path) {
  Address address;
  std::string_view rest = path;
  if (!rest.starts_with(kPrefix)) return address;
  rest.remove_prefix(kPrefix.size());
  const std::size_t point = rest.rfind('.');
  if (point == std::string_view::npos) return address;
  const std::string_view format = rest.substr(point + 1);
  if (format != "xml" && format != "json") return address;
  address.format = format == "xml" ? Format::kXml : Format::kJson;
  rest = rest.substr(0, point);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  address.resource = rest.substr(0, slash);
  if (slash < rest.size()) address.id = rest.substr(slash);  // with its slash: "" is none
  return address;
}

Response Open311::Answer(const Request& request) {
  const Address address = ReadAddress(request.path);
  Failure failure;
  std::optional<Response> response = Try([&] { return Route(request, address); }, failure);
  if (!response) response = ToResponse(failure, address.format);
  return ForEverybody(*std::move(response), request);
}

Response Open311::Refuse(const Request& request, int status, seconds retry_after) {
  const Address address = ReadAddress(request.path);
  const Place* const place = FindPlace(address);
  // Whether a POST is taken there is judged before its body.
  const bool is_of_body = status == 413 || status == 415;
  const bool is_post_wrong = is_of_body && place != nullptr && place->post == nullptr;
  if (status == 405 || is_post_wrong) {
    return ForEverybody(RefuseMethod(request, address), request);
  }
  const Failure failure{status, {WhyRefused(request, status)}, retry_after};
  return ForEverybody(ToResponse(failure, address.format), request);
}

const Open311::Place* Open311::FindPlace(const Address& address) {
  static constexpr std::array<Place, 6> kPlaces{{
      {"discovery", false, &Open311::GetDiscovery, nullptr},
      {"services", false, &Open311::GetServices, nullptr},
      {"services", true, &Open311::GetDefinition, nullptr},
      {"requests", false, &Open311::GetRequests, &Open311::PostRequest},
      {"requests", true, &Open311::GetRequest, nullptr},
      {"tokens", true, &Open311::GetToken, nullptr},
  }};
  for (const Place& place : kPlaces) {
    if (place.resource == address.resource && place.has_id != address.id.empty()) return &place;
  }
  return nullptr;
}

Response Open311::RefuseMethod(const Request& request, const Address& address) {
  const Place* const place = FindPlace(address);
  const bool only_gets = place != nullptr && place->post == nullptr;
  const std::string allowed = only_gets ? "GET, HEAD" : "GET, HEAD, POST";
  const std::string words = "This URL does not take " + request.method + "; it takes " + allowed;
  const Failure failure{405, {words + "."}, seconds(0)};
  return ToResponse(failure, address.format).With("Allow", allowed);
}

Response Open311::Route(const Request& request, const Address& address) {
  const Place* const place = FindPlace(address);
  if (place == nullptr) {
    throw NotThere("There is nothing at this URL; see /open311/v2/discovery.xml.");
  }
  const bool is_get = request.method == "GET", is_post = request.method == "POST";
  const Handler handler = is_get ? place->get : is_post ? place->post : nullptr;
  if (handler == nullptr) return RefuseMethod(request, address);
  CheckJurisdiction(request.query);
  CheckJurisdiction(request.fields);
  Address below = address;
  if (place->has_id) below.id.erase(0, 1);
  return (this->*handler)(request, below);
}

void Open311::CheckJurisdiction(const Values& values) const {
  open311::Faults faults;
  open311::CheckOnce(values, "jurisdiction_id", faults);
  faults.Check();
  const std::string_view asked = values.First("jurisdiction_id");
  if (asked.empty() || asked == options_.jurisdiction_id) return;
  throw NotThere("jurisdiction_id was not found");
}

Response Open311::GetDiscovery(const Request& request, const Address& address) {
  const auto province = backend_.GetProvince(request.deadline);
  return ToResponse(open311::Discovery(*province, options_.origin, options_.contact), "discovery",
                    address.format);
}

Response Open311::GetServices(const Request& request, const Address& address) {
  const auto province = backend_.GetProvince(request.deadline);
  return ToResponse(open311::ServiceList(*province), "services", address.format);
}

Response Open311::GetDefinition(const Request& request, const Address& address) {
  const auto province = backend_.GetProvince(request.deadline);
  return ToResponse(open311::ServiceDefinition(open311::TheService(*province, address.id)),
                    "service_definition", address.format);
}

Response Open311::PostRequest(const Request& request, const Address& address) {
  const Values& fields = request.fields;
  const std::string key(fields.First("api_key"));
  const bool has_query = open311::HasArguments(request.query);
  if (key.empty()) {
    throw base::Denied(kKeyRefused,
                       "Missing api_key." + (has_query ? std::string(" ") + kInUrl : ""));
  }
  Failure failure;
  const auto known = Try([&] { return backend_.CheckApiKey(key, request.deadline); }, failure);
  if (!known && failure.status == 404) {
    throw base::Denied(kKeyRefused,
                       "Invalid api_key received -- can't proceed with create_request.");
  }
  if (!known) return ToResponse(failure, address.format);
  if (has_query) throw base::Error(ErrorKind::kInvalid, "FIELD_INVALID", kInUrl);
  const auto province = backend_.GetProvince(request.deadline);
  auto submission = open311::ReadSubmission(fields, *province, ids_);
  submission.set_api_key_id(known->id());
  submission.set_channel(known->channel());
  const auto media = open311::ReadMedia(request, submission);
  const bool is_counted = limits_.IsCounted(submission.request_id());  // it is sent again
  if (!media.empty() && !is_counted) {
    const auto wait = limits_.WaitOfKey(known->id(), Limits::Kind::kPhotoByte, BytesOf(media));
    if (wait) return ToResponse(Failure{429, {kManyPhotos}, *wait}, address.format);
  }
  if (!submission.caller().anonymous() && !is_counted) {
    const auto wait = limits_.WaitOfKey(known->id(), Limits::Kind::kMessage);
    if (wait) return ToResponse(Failure{429, {kManyMessages}, *wait}, address.format);
  }
  const auto submitted = SendReport(backend_, submission, media, request.deadline);
  if (!media.empty() && !submitted.repeated()) {
    limits_.TakeOfKey(known->id(), Limits::Kind::kPhotoByte, BytesOf(media));
  }
  if (!submission.caller().anonymous() && !submitted.repeated()) {
    limits_.TakeOfKey(known->id(), Limits::Kind::kMessage);
  }
  if (!submitted.repeated()) limits_.SetCounted(submission.request_id());
  const bool has_media = !fields.First("media_url").empty();
  Json made{{"service_request_id", submitted.ticket_id()},
            {"service_notice", open311::NoticeOf(submission, has_media, submitted.code())},
            {"account_id", Json()},
            {"follow_code", submitted.code()}};
  return ToResponse(Json::array({std::move(made)}), kRequests, address.format);
}

Response Open311::GetRequests(const Request& request, const Address& address) {
  const auto ids = open311::ListOf(request.query, "service_request_id");
  if (!ids.empty()) return RequestsById(ids, request, address);
  const auto province = backend_.GetProvince(request.deadline);
  auto query = open311::ReadListQuery(request.query, *province, clock_.BusinessNow());
  Json found = Json::array();
  // A page of the hotline may hold fewer than it was asked for.
  for (int walked = 0; walked < open311::kPagesWalkedMax && !query.is_empty; ++walked) {
    const auto page = backend_.ListPublicTickets(query.request, request.deadline);
    for (const hotline::PublicTicket& ticket : page.tickets()) {
      if (query.skip > 0) {
        --query.skip;
      } else if (found.size() < query.take) {
        found.push_back(open311::ServiceRequest(ticket, *province, options_.origin));
      }
    }
    query.is_empty = found.size() == query.take || page.next_page_token().empty();
    query.request.set_page_token(page.next_page_token());
  }
  if (!query.is_empty) throw base::InvalidField("page", "is too far; ask for a shorter time");
  return ToResponse(found, kRequests, address.format);
}

Response Open311::RequestsById(const std::vector<std::string>& ids, const Request& request,
                               const Address& address) {
  if (ids.size() > kIdsMax) throw base::InvalidField("service_request_id", "at most 50 at once");
  const auto province = backend_.GetProvince(request.deadline);
  Json found = Json::array();
  for (const std::string& id : ids) {
    Failure failure;
    const auto ticket = FindTicket(backend_, id, request.deadline, failure);
    if (ticket) {
      found.push_back(open311::ServiceRequest(*ticket, *province, options_.origin));
    } else if (failure.status != 404) {
      return ToResponse(failure, address.format);
    }
  }
  if (found.empty()) throw NotThere("service_request_id was not found");
  return ToResponse(found, kRequests, address.format);
}

Response Open311::GetRequest(const Request& request, const Address& address) {
  return RequestsById({address.id}, request, address);
}

Response Open311::GetToken(const Request& request, const Address& address) {
  // POST answers the id at once, so that no token is ever given; the id stands for its own.
  Failure failure;
  const auto ticket = FindTicket(backend_, address.id, request.deadline, failure);
  if (!ticket && failure.status == 404) throw NotThere("token was not found");
  if (!ticket) return ToResponse(failure, address.format);
  Json known{{"service_request_id", ticket->id()}, {"token", address.id}};
  return ToResponse(Json::array({std::move(known)}), kRequests, address.format);
}

}  // namespace lienthong::portal
