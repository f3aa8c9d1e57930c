#pragma once

#include <optional>
#include <string>

#include "portal/backend.hpp"
#include "portal/page.hpp"

namespace lienthong::portal {

/// What the page of a followed report shows beside it.
struct Followed {
  std::string code, contact;
  std::optional<hotline::FollowedReport> report;  ///< absent = not asked for
  std::string category;                           ///< its name; empty = not told
  enum class Done { kNothing, kRated, kReopened, kReplied } done = Done::kNothing;
  FormErrors errors;
  std::string comment, reason, reply;  ///< as they were typed
  int satisfaction = 0;                ///< as it was chosen
  std::string rate_id, reopen_id,
      reply_id;  ///< of the calls, kept while nobody knows whether one arrived
};

/// "/follow": the form that asks for the code.
Response ShowFollow(const Visit& visit);
/// With the code: how the report stands. The same page for every wrong code and contact.
Response TakeFollow(const Visit& visit, Backend& backend);
/// "/rate", "/reopen" and "/reply": how it stands after it, or why not.
Response TakeRate(const Visit& visit, Backend& backend);
Response TakeReopen(const Visit& visit, Backend& backend);
Response TakeReply(const Visit& visit, Backend& backend);

/// The forms as they were typed, with why they were not taken; status 200 without: in another
/// language. Only then the hotline is asked how the report stands: who is refused tries no codes.
Response KeepFollow(const Visit& visit, Backend& backend, const FormErrors& why, int status);
Response KeepSteps(const Visit& visit, Backend& backend, const FormErrors& why, int status);

// From data alone.
Response FollowPage(const Visit& visit, const FormErrors& errors, int status);
Response FollowedPage(const Visit& visit, const Followed& followed, int status);

}  // namespace lienthong::portal
