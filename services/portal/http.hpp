#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "portal/request.hpp"

namespace lienthong::portal {

struct HttpOptions {
  std::string host = "127.0.0.1";
  int port = 0;             ///< 0 = any
  std::string certificate;  ///< files, PEM; empty = plaintext, for loopback and behind a proxy
  std::string key;
  bool is_secure = false;  ///< clients speak TLS, to us or to a proxy
  /// Address of a proxy whose X-Forwarded-For is believed; empty = none is.
  std::string proxy;
  unsigned connections_max = 2000;
  /// By client (NetworkOf), but for the proxy.
  unsigned connections_per_address_max = 200;
  int workers = 16;
  std::size_t queue_max = 256;
  /// A body, and all bodies that are there at the same time.
  std::size_t body_bytes_max = 48 * 1024 * 1024;
  std::size_t bodies_bytes_max = 256 * 1024 * 1024;
  std::size_t bodies_of_address_bytes_max = 96 * 1024 * 1024;
  /// For a request to arrive whole, and a second more for each `arrival_bytes_per_second` of its
  /// body that are there; for an answer to be taken.
  std::chrono::seconds arrival_max{30};
  std::size_t arrival_bytes_per_second = 16 * 1024;
  std::chrono::seconds taking_max{60};
  std::chrono::seconds idle_max{15};
  /// For the answer to be there.
  std::chrono::seconds answer_max{20};
  /// For clients to take the answers that are there when the server ends.
  std::chrono::seconds closing_max{10};
};

/// HTTP/1.1 for browsers and partners, by libmicrohttpd: one thread reads and writes, `workers`
/// answer. What is malformed, too large, too slow or too much is refused here, and no client holds
/// others up: a connection that does not get on is cut off. Adds the headers that tell browsers
/// what a page may do. Owned by main.
class HttpServer {
 public:
  /// Any thread; may throw: the client gets 500 without details.
  using Handler = std::function<Response(const Request&)>;
  /// The answer to what is refused here, with its status; of the request only path and headers may
  /// be there. On the thread of the server: waits for nothing and makes nothing that takes time.
  using Refusal = std::function<Response(const Request&, int status)>;

  /// Serves from here on. `busy` answers, on one thread of its own, what has arrived whole while
  /// all workers have enough to do. Throws std::runtime_error when the port or a file is not to be
  /// had.
  HttpServer(HttpOptions options, Handler handler, Handler busy, Refusal refusal);
  /// Answers what has arrived, then ends; a client that does not take its answer is left after
  /// `closing_max`.
  ~HttpServer();
  int Port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lienthong::portal
