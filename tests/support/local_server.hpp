#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lienthong::support {

/// One connection of a LocalServer. Reading ends when the server stops.
class Peer {
 public:
  Peer(int socket, const std::atomic<bool>& stops) : socket_(socket), stops_(stops) {}

  void Write(const std::string& text) {
    (void)!::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  /// Up to and with `end`; what came when the peer has gone.
  std::string ReadTo(const std::string& end) {
    while (read_.find(end) == std::string::npos && More()) {
    }
    const std::size_t at = read_.find(end);
    return Take(at == std::string::npos ? read_.size() : at + end.size());
  }
  std::string Read(std::size_t count) {
    while (read_.size() < count && More()) {
    }
    return Take(count);
  }
  /// Until the peer has gone or the server stops.
  void Hang() {
    while (More()) {
    }
  }

 private:
  std::string Take(std::size_t count) {
    std::string text = read_.substr(0, count);
    read_.erase(0, count);
    return text;
  }
  bool More() {
    pollfd waits{socket_, POLLIN, 0};
    while (!stops_) {
      if (::poll(&waits, 1, 20) <= 0) continue;
      char bytes[4096];
      const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) return false;
      read_.append(bytes, static_cast<std::size_t>(count));
      return true;
    }
    return false;
  }

  int socket_;
  const std::atomic<bool>& stops_;
  std::string read_;
};

/// A server on 127.0.0.1 with a port of its own; `serve` has one connection after the other, on the
/// server's thread.
class LocalServer {
 public:
  explicit LocalServer(std::function<void(Peer&)> serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
      throw std::runtime_error("no port for a local server");
    }
    port_ = ::ntohs(address.sin_port);
    thread_ = std::jthread([this] { Run(); });
  }
  ~LocalServer() {
    stops_ = true;
    thread_.join();
    ::close(listener_);
  }
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  std::string Address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void Run() {
    pollfd waits{listener_, POLLIN, 0};
    while (!stops_) {
      if (::poll(&waits, 1, 20) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      Peer peer(socket, stops_);
      serve_(peer);
      ::close(socket);
    }
  }

  std::function<void(Peer&)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stops_ = false;
  std::jthread thread_;
};

/// The port of a server that has gone: nothing listens there.
inline std::string NobodysAddress() {
  return LocalServer([](Peer&) {}).Address();
}

}  // namespace lienthong::support
