#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <microhttpd.h>

#include "portal/http.hpp"
#include "portal/request.hpp"

namespace lienthong::portal {

/// One request on its way. Made by the thread of the server; a worker has it while the connection
/// is suspended.
struct Arrival {
  enum class State { kHeaders, kBody, kAnswering, kAnswered };

  std::string target;
  State state = State::kHeaders;
  Request request;
  MHD_PostProcessor* form = nullptr;
  std::size_t arrived_bytes = 0;  ///< of the body
  std::size_t kept_bytes = 0;     ///< of these, what counts against HttpOptions::bodies_bytes_max
  bool is_kept = false;           ///< the file that is coming: further ones are read, not kept
  int refusal = 0;
  bool is_awaited = false;  ///< the end of the server waits until it is over
  Response response;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();

  ~Arrival() {
    if (form != nullptr) MHD_destroy_post_processor(form);
  }
};

/// A browser that is still sending does not read an answer: a body that is too large is read up to
/// here and thrown away.
inline std::uint64_t ReadBytesMax(const HttpOptions& options) { return 4 * options.body_bytes_max; }

/// Reads request line, headers, cookies and the client's address, and prepares for a form. Answers
/// the status to refuse it with, 0 = go on. On the thread of the server.
int ReadHeaders(MHD_Connection* connection, Arrival& arrival, const char* method,
                const HttpOptions& options);

}  // namespace lienthong::portal
