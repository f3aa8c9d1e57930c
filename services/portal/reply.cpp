#include "portal/reply.hpp"

#include <algorithm>
#include <utility>

namespace lienthong::portal {
namespace {

constexpr std::pair<const char*, const char*> kSecurity[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action "
     "'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=(self)"}};

bool Says(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.headers,
                             [&](const auto& header) { return header.first == name; });
}

}  // namespace

MhdResponse ToMhd(const Response& response, bool is_secure) {
  MhdResponse sent(MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY));
  if (sent == nullptr) return sent;
  const auto add = [&](const char* name, const char* value) {
    MHD_add_response_header(sent.get(), name, value);
  };
  add("Content-Type", response.content_type.c_str());
  for (const auto& [name, value] : kSecurity) add(name, value);
  if (is_secure) add("Strict-Transport-Security", "max-age=31536000");
  for (const auto& [name, value] : response.headers) add(name.c_str(), value.c_str());
  if (!Says(response, "Cache-Control")) add("Cache-Control", "no-store");
  return sent;
}

Response WithAdvice(Response response, int status) {
  // Nobody else's request stands behind one that could not be read.
  if (status == 400) return std::move(response).With("Connection", "close");
  if (status == 405 && !Says(response, "Allow")) {
    return std::move(response).With("Allow", "GET, HEAD, POST");
  }
  if (status == 503 && !Says(response, "Retry-After")) {
    return std::move(response).With("Retry-After", "5");
  }
  return response;
}

}  // namespace lienthong::portal
