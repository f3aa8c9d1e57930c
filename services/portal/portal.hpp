#pragma once

#include <chrono>

#include "portal/limits.hpp"
#include "portal/open311.hpp"
#include "portal/pages.hpp"
#include "portal/request.hpp"

namespace lienthong::portal {

/// What answers a request: Open311 or a page, within the limits of its sender. Any thread.
class Portal {
 public:
  Portal(Limits& limits, Open311& open311, Pages& pages)
      : limits_(limits), open311_(open311), pages_(pages) {}

  Response Answer(const Request& request);
  /// The answer to what nothing has looked at because there is too much else to do.
  Response AnswerBusy(const Request& request);
  /// The answer to what was refused before it was read: at once.
  Response Refuse(const Request& request, int status);

 private:
  Response AnswerPartner(const Request& request);
  Response TellToWait(const Request& request, int status, std::chrono::seconds retry_after);

  Limits& limits_;
  Open311& open311_;
  Pages& pages_;
};

}  // namespace lienthong::portal
