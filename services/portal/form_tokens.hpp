#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "portal/request.hpp"

namespace lienthong::portal {

/// Against forms that other sites post (CSRF): a page with a form sets a cookie with a random
/// value, and the form has a hidden field `token`, an HMAC over that value and the hour. Stateless;
/// any thread.
class FormTokens {
 public:
  /// `secret` is the same for all copies of the portal. `origin`: how browsers call it; with https
  /// cookies travel over TLS only.
  FormTokens(std::string secret, std::string origin)
      : secret_(std::move(secret)), origin_(std::move(origin)) {}

  struct Issued {
    std::string token;
    std::optional<std::string> set_cookie;  ///< header to send, when the browser has none yet
  };
  Issued Issue(const Request& request, std::chrono::system_clock::time_point now) const;
  /// The form was ours, for this browser, at most a day ago; and the browser does not say that
  /// another site sends it (Origin, Sec-Fetch-Site).
  bool IsOurs(const Request& request, std::chrono::system_clock::time_point now) const;
  /// The browser says that another site sends it.
  bool IsFromElsewhere(const Request& request) const;

 private:
  std::string Sign(const std::string& session, std::int64_t hour) const;

  std::string secret_;
  std::string origin_;
};

}  // namespace lienthong::portal
