#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

namespace lienthong::rpc {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;          ///< 0 = any
  int metrics_port = 0;  ///< plaintext, loopback; 0 = none
  std::string ca;        ///< file paths
  std::string certificate;
  std::string key;
  /// Between NOT_SERVING and the end of accepting calls: balancers notice.
  std::chrono::milliseconds drain_grace{1'000};
  std::chrono::milliseconds drain_limit{20'000};
  /// After the grace, before the drain: Serve::Drain of each service, so that nothing waits on.
  std::function<void()> on_drain{};
  int message_bytes_max = 4 * 1024 * 1024;
};

/// The gRPC server of a process: mutual TLS, health per service, reflection, /metrics. Owned by
/// main; Run returns after SIGTERM or SIGINT.
class Server {
 public:
  /// `is_ready` is asked every second (database answers, ...): the health of every service follows.
  Server(ServerOptions options, std::vector<grpc::Service*> services,
         std::function<bool()> is_ready);
  ~Server();

  /// Serves until SIGTERM or SIGINT, then: NOT_SERVING, drain with a limit. Calls that still wait
  /// for the database at that limit are cut off from it, and work in the background soon after.
  void Run();
  /// For tests: starts without waiting; Stop drains. Start throws std::runtime_error when a file
  /// cannot be read or a port is taken.
  void Start();
  void Stop();
  int Port() const;

  /// Blocks SIGTERM and SIGINT in this and all later threads, so that Run can wait for them. Call
  /// first in main.
  static void BlockSignals();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lienthong::rpc
