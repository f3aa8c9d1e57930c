#pragma once

#include <memory>

#include <microhttpd.h>

#include "portal/request.hpp"

namespace lienthong::portal {

struct MhdResponseDeleter {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using MhdResponse = std::unique_ptr<MHD_Response, MhdResponseDeleter>;

/// The answer as libmicrohttpd sends it, with the headers that tell browsers what a page may do;
/// nothing is kept of it that does not say so. `is_secure`: clients speak TLS. nullptr when there
/// is no memory.
MhdResponse ToMhd(const Response& response, bool is_secure);

/// What every refusal of this status says besides.
Response WithAdvice(Response response, int status);

}  // namespace lienthong::portal
