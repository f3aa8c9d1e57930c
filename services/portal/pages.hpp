#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "platform/base/clock.hpp"
#include "portal/backend.hpp"
#include "portal/form_tokens.hpp"
#include "portal/limits.hpp"
#include "portal/request.hpp"

namespace lienthong::portal {

/// The web pages: /, /vi/..., /en/... and /static/.... Any thread.
class Pages {
 public:
  struct Options {
    std::string directory;   ///< templates, texts, style: services/portal/web
    std::string province;    ///< its name, "Bình Dương"
    std::string hotline;     ///< the number to call, "1022"
    std::string boundaries;  ///< GeoJSON of the communes for the map; empty = no map
  };
  /// Reads and checks all files; throws base::ConfigError naming what is wrong, of boundaries
  /// std::invalid_argument.
  Pages(Options options, const FormTokens& tokens, Limits& limits, Backend& backend,
        const base::Clock& clock);
  ~Pages();

  /// Answers any request that is not Open311's; an error of the backend becomes a page.
  Response Answer(const Request& request);

  /// The page for a request that is refused; in the language of its path, Vietnamese when that
  /// says nothing. A form comes back as it was typed, to be sent again: with the same `request_id`,
  /// so that it counts once. It says when to try again, if that is given, in Retry-After too.
  /// kHidden: with what was typed, but unseen: who sends a flood gets nothing that takes time.
  enum class Form { kShown, kHidden };
  Response Refuse(const Request& request, int status, std::chrono::seconds retry_after = {},
                  Form form = Form::kShown) const;

  /// The same without what was typed, made at the start: for what is refused before it was read,
  /// by a thread that has no time.
  Response RefuseAtOnce(const Request& request, int status) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lienthong::portal
