#include "portal/form_tokens.hpp"

#include <algorithm>
#include <cstdint>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "platform/base/hash.hpp"

namespace lienthong::portal {
namespace {

constexpr std::string_view kCookie = "lienthong-form";
constexpr std::size_t kSessionBytes = 16;
constexpr std::size_t kSessionLetters = 22;  // base64url
constexpr std::int64_t kHoursMax = 24;

std::int64_t HourOf(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::hours>(time.time_since_epoch()).count();
}

bool IsSession(std::string_view text) {
  return text.size() == kSessionLetters && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::string NewSession() {
  std::string bytes(kSessionBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kSessionBytes) != 1) std::abort();
  return base::ToBase64Url(bytes);
}

bool IsSame(const std::string& one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

/// The host part of "https://host:port".
std::string_view HostOf(std::string_view origin) {
  const auto at = origin.find("://");
  return at == std::string_view::npos ? std::string_view() : origin.substr(at + 3);
}

}  // namespace

/// What the browser itself says of who sends the form; older ones say nothing. A proxy may have
/// changed the Host.
bool FormTokens::IsFromElsewhere(const Request& request) const {
  const std::string_view site = request.headers.First("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string_view origin = request.headers.First("origin");
  return !origin.empty() && origin != origin_ && HostOf(origin) != request.headers.First("host");
}

std::string FormTokens::Sign(const std::string& session, std::int64_t hour) const {
  return base::ToBase64Url(base::HmacSha256(secret_, session + " " + std::to_string(hour)));
}

FormTokens::Issued FormTokens::Issue(const Request& request,
                                     std::chrono::system_clock::time_point now) const {
  Issued issued;
  std::string session(request.cookies.First(kCookie));
  if (!IsSession(session)) {
    session = NewSession();
    issued.set_cookie = std::string(kCookie) + "=" + session + "; Path=/; HttpOnly; SameSite=Lax" +
                        (origin_.starts_with("https:") ? "; Secure" : "");
  }
  const std::int64_t hour = HourOf(now);
  issued.token = std::to_string(hour) + "." + Sign(session, hour);
  return issued;
}

bool FormTokens::IsOurs(const Request& request, std::chrono::system_clock::time_point now) const {
  if (IsFromElsewhere(request)) return false;
  const std::string session(request.cookies.First(kCookie));
  const std::string_view token = request.fields.First("token");
  if (!IsSession(session)) return false;
  const std::int64_t this_hour = HourOf(now);
  for (std::int64_t hour = this_hour - kHoursMax; hour <= this_hour; ++hour) {
    if (IsSame(std::to_string(hour) + "." + Sign(session, hour), token)) return true;
  }
  return false;
}

}  // namespace lienthong::portal
