#include "portal/arrival.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>

#include "portal/address.hpp"
#include "portal/target.hpp"

namespace lienthong::portal {
namespace {

constexpr std::size_t kFormBufferBytes = 32 * 1024;
constexpr std::size_t kFieldsMax = 300;
constexpr std::size_t kFieldBytesMax = 64 * 1024;
constexpr std::size_t kUploadsMax = 12;
constexpr std::size_t kNameBytesMax = 200;

std::string ToLowerAscii(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

/// "203.0.113.7" of "203.0.113.7:5678", "2001:db8::1" of "[2001:db8::1]:5678".
std::string_view WithoutPort(std::string_view address) {
  if (address.starts_with('[')) return address.substr(1, address.find(']') - 1);
  const bool is_six = std::count(address.begin(), address.end(), ':') > 1;
  return is_six ? address : address.substr(0, address.find(':'));
}

/// The client as the proxy saw it: the last address, which the proxy itself wrote.
std::string LastForwarded(std::string_view header) {
  const auto comma = header.rfind(',');
  std::string_view last = comma == std::string_view::npos ? header : header.substr(comma + 1);
  while (!last.empty() && last.front() == ' ') last.remove_prefix(1);
  while (!last.empty() && last.back() == ' ') last.remove_suffix(1);
  const std::string text(WithoutPort(last));
  in6_addr ignored{};
  const bool is_address = inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
                          inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
  return is_address ? text : std::string();
}

/// What a client calls its file is nobody's business but for its ending.
std::string ShortName(std::string_view name) {
  if (name.size() > kNameBytesMax) name.remove_prefix(name.size() - kNameBytesMax);
  return IsFieldText(name) ? std::string(name) : "file";
}

void BeginUpload(Arrival& to, const std::string& field, const char* file_name) {
  std::vector<Upload>& uploads = to.request.uploads;
  if (!uploads.empty() && uploads.back().field == field && uploads.back().bytes.empty()) {
    uploads.pop_back();
  }
  to.is_kept = uploads.size() < kUploadsMax;
  if (to.is_kept) uploads.push_back({field, ShortName(file_name), ""});
}

/// A value whose first piece is empty begins twice: where what has arrived ends just before it.
MHD_Result OnField(void* arrival, MHD_ValueKind, const char* name, const char* file_name,
                   const char*, const char*, const char* data, std::uint64_t offset,
                   std::size_t size) {
  auto& to = *static_cast<Arrival*>(arrival);
  Request& request = to.request;
  const std::string_view bytes(data, size);
  const std::string field = name == nullptr ? "" : name;
  if (field.size() > kNameBytesMax || !IsFieldText(field)) {
    to.refusal = 400;
    request.fault = "the name of a field is no UTF-8 text of at most 200 bytes";
  } else if (file_name != nullptr) {
    if (offset == 0) BeginUpload(to, field, file_name);
    if (to.is_kept) request.uploads.back().bytes += bytes;
  } else if (offset == 0) {
    request.fields.AddOrFill(field, std::string(bytes));
  } else {
    request.fields.Extend(bytes);
  }
  const bool is_too_long = request.fields.size() > 0 && request.fields.LastSize() > kFieldBytesMax;
  if (request.fields.size() > kFieldsMax || is_too_long) to.refusal = 413;
  return to.refusal == 0 ? MHD_YES : MHD_NO;
}

/// What two servers could understand differently (RFC 9112, sections 5.1, 6.1 and 6.3), so that a
/// part of one request would be another one.
bool IsAmbiguous(const Values& headers) {
  const std::vector<std::string> codings = headers.All("transfer-encoding");
  const std::size_t lengths = headers.All("content-length").size();
  const bool is_coded_wrongly = !codings.empty() && (codings.size() > 1 || lengths > 0 ||
                                                     ToLowerAscii(codings[0]) != "chunked");
  return is_coded_wrongly || lengths > 1 || headers.All("host").size() > 1 ||
         std::any_of(headers.begin(), headers.end(), [](const auto& header) {
           return header.first.find_first_of(" \t") != std::string::npos;
         });
}

bool HasBody(const Values& headers) {
  const std::string_view length = headers.First("content-length");
  return headers.Has("transfer-encoding") || (!length.empty() && length != "0");
}

}  // namespace

int ReadHeaders(MHD_Connection* connection, Arrival& arrival, const char* method,
                const HttpOptions& options) {
  Request& request = arrival.request;
  const std::string_view raw = arrival.target;
  std::optional<Target> target = ParseTarget(raw);
  const bool is_malformed = !target;
  // Of a malformed query the path is known still: it says who answers.
  if (is_malformed) target = ParseTarget(raw.substr(0, raw.find('?')));
  request.path = target ? std::move(target->path) : "/";
  if (target) request.query = std::move(target->query);
  const std::string_view verb = method;
  request.method = verb == "HEAD" ? "GET" : std::string(verb);
  const auto add = [](void* values, MHD_ValueKind, const char* name, const char* value) {
    // What is no text is there all the same: one that decides where a request ends, say.
    const bool is_text = value != nullptr && IsFieldText(value);
    static_cast<Values*>(values)->Add(ToLowerAscii(name), is_text ? value : "");
    return MHD_YES;
  };
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add, &request.headers);
  MHD_get_connection_values(connection, MHD_COOKIE_KIND, add, &request.cookies);
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  request.address = AddressText(info->client_addr);
  if (!options.proxy.empty() && request.address == options.proxy) {
    // A proxy may write a header of its own behind those that the client has sent.
    const std::vector<std::string> lines = request.headers.All("x-forwarded-for");
    std::string client = lines.empty() ? "" : LastForwarded(lines.back());
    if (!client.empty()) request.address = std::move(client);
  }
  if (is_malformed) {
    request.fault =
        "the URL is not percent-encoded UTF-8 without control characters such as %00, "
        "or it has more than 100 arguments";
    return 400;
  }
  if (IsAmbiguous(request.headers)) {
    request.fault = "its headers can be understood in several ways";
    return 400;
  }
  if (request.method != "GET" && request.method != "POST") return 405;
  const std::string length(request.headers.First("content-length"));
  // Digits alone: libmicrohttpd has seen to it. Too many are the greatest number of all.
  const std::uint64_t bytes = std::strtoull(length.c_str(), nullptr, 10);
  const bool waits = request.headers.Has("expect");
  if (bytes > (waits ? options.body_bytes_max : ReadBytesMax(options))) return 413;
  if (request.method == "GET") {
    if (!HasBody(request.headers)) return 0;
    request.fault = "GET takes no body";
    return 400;
  }
  if (bytes > options.body_bytes_max) {
    arrival.refusal = 413;
    return 0;
  }
  const std::string type = ToLowerAscii(request.headers.First("content-type"));
  const bool is_form = type.starts_with("application/x-www-form-urlencoded") ||
                       type.starts_with("multipart/form-data");
  if (!is_form) return 415;
  arrival.form = MHD_create_post_processor(connection, kFormBufferBytes, &OnField, &arrival);
  if (arrival.form != nullptr) return 0;
  request.fault = "the Content-Type multipart/form-data names no boundary";
  return 400;
}

}  // namespace lienthong::portal
