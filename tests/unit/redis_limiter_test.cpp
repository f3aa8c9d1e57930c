#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "platform/redis/limiter.hpp"
#include "platform/redis/window.hpp"
#include "support/clock.hpp"

using namespace lienthong::redis;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto kEventually = 10s;

bool Eventually(const std::function<bool()>& predicate) {
  return lienthong::support::Eventually(kEventually, predicate);
}

/// A loopback port that nothing listens on.
int FreePort() {
  const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(::bind(handle, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(handle);
  return ntohs(address.sin_port);
}

/// A redis-server of the test's own, without persistence.
class RedisServer {
 public:
  explicit RedisServer(int port) : port_(port) { Start(); }
  ~RedisServer() { Kill(); }

  std::string Address() const { return "127.0.0.1:" + std::to_string(port_); }

  void Start() {
    const std::string port = std::to_string(port_);
    const std::string directory = std::filesystem::temp_directory_path().string();
    const char* const arguments[] = {
        "redis-server", "--port", port.c_str(), "--bind",          "127.0.0.1", "--save", "",
        "--appendonly", "no",     "--dir",      directory.c_str(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = ::posix_spawnp(&process_, "redis-server", &actions, nullptr,
                                     const_cast<char**>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE(error == 0);
  }

  void Signal(int signal) { ::kill(process_, signal); }
  void Kill() {
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  int port_;
  pid_t process_ = 0;
};

/// Asks, which is what makes a limiter look for Redis again.
bool BecomesShared(Limiter& limiter) {
  return Eventually([&] {
    limiter.Take("probe", {.calls_max = 1'000'000});
    return limiter.IsShared();
  });
}

int Allowed(Limiter& limiter, const std::string& name, const Limit& limit, int calls) {
  int allowed = 0;
  for (int i = 0; i < calls; ++i) allowed += limiter.Take(name, limit).allowed ? 1 : 0;
  return allowed;
}

const Limit kTenAMinute{.calls_max = 10, .window = 60'000ms};

}  // namespace

TEST_CASE("no window of time holds more calls than the limit") {
  const Limit limit{.calls_max = 20, .window = 100ms};
  Window window;
  std::vector<std::int64_t> allowed_at;
  for (std::int64_t now = 1000; now < 3000; ++now) {
    for (int i = 0; i < 3; ++i) {
      if (window.Take(limit, 1, now).allowed) allowed_at.push_back(now);
    }
  }
  for (std::size_t i = 20; i < allowed_at.size(); ++i) {
    REQUIRE(allowed_at[i] - allowed_at[i - 20] >= 100);
  }
  CHECK(allowed_at.size() > 20 * 2000 / 100 * 8 / 10);  // and not much fewer than it allows
}

TEST_CASE("a refused call is told when to try again, and may then") {
  const Limit limit{.calls_max = 3, .window = 1000ms};
  Window window;
  std::int64_t now = 5000;
  for (int i = 0; i < 3; ++i) CHECK(window.Take(limit, 1, now += 130).allowed);
  const auto verdict = window.Take(limit, 1, now);
  REQUIRE_FALSE(verdict.allowed);
  CHECK(verdict.retry_after > 0ms);
  CHECK(verdict.retry_after <= 1100ms);
  CHECK(window.Take(limit, 1, now + verdict.retry_after.count()).allowed);
}

TEST_CASE("more calls at once than the limit are never allowed") {
  Window window;
  const auto verdict = window.Take({.calls_max = 3, .window = 1000ms}, 4, 5000);
  CHECK_FALSE(verdict.allowed);
  CHECK(verdict.retry_after == 1000ms);
}

TEST_CASE("without Redis a limiter counts in its process, and answers at once") {
  Limiter limiter("127.0.0.1:" + std::to_string(FreePort()), "test");
  CHECK_FALSE(limiter.IsShared());
  const auto start = steady_clock::now();
  CHECK(Allowed(limiter, "unit-H09.01", kTenAMinute, 30) == 10);
  CHECK(Allowed(limiter, "unit-H09.718", kTenAMinute, 30) == 10);
  CHECK(steady_clock::now() - start < 1s);
}

TEST_CASE("an address of Redis is host and port") {
  for (const char* address :
       {"", "localhost", "localhost:", ":7179", "localhost:redis", "localhost:717900"}) {
    INFO(address);
    CHECK_THROWS_AS(Limiter(address, "test"), std::invalid_argument);
  }
}

TEST_CASE("copies of a service share a limit, services do not") {
  RedisServer redis(FreePort());
  Limiter first(redis.Address(), "registry");
  Limiter second(redis.Address(), "registry");
  Limiter other(redis.Address(), "directory");
  for (Limiter* limiter : {&first, &second, &other}) REQUIRE(BecomesShared(*limiter));
  CHECK(Allowed(first, "unit-H09.01", kTenAMinute, 6) == 6);
  CHECK(Allowed(second, "unit-H09.01", kTenAMinute, 30) == 4);
  CHECK(Allowed(first, "unit-H09.01", kTenAMinute, 30) == 0);
  CHECK(Allowed(first, "unit-H09.718", kTenAMinute, 30) == 10);
  CHECK(Allowed(other, "unit-H09.01", kTenAMinute, 30) == 10);
}

TEST_CASE("a shared limit says when to try again, and keeps its word") {
  RedisServer redis(FreePort());
  Limiter limiter(redis.Address(), "registry");
  REQUIRE(BecomesShared(limiter));
  const Limit limit{.calls_max = 5, .window = 2s};
  CHECK(Allowed(limiter, "ops", limit, 10) == 5);
  const auto verdict = limiter.Take("ops", limit);
  REQUIRE_FALSE(verdict.allowed);
  CHECK(verdict.retry_after <= 2200ms);
  std::this_thread::sleep_for(verdict.retry_after + 5ms);
  CHECK(limiter.Take("ops", limit).allowed);
}

TEST_CASE("a limiter goes on when Redis dies and shares again when it is back") {
  RedisServer redis(FreePort());
  Limiter limiter(redis.Address(), "registry");
  REQUIRE(BecomesShared(limiter));
  redis.Kill();
  CHECK(Allowed(limiter, "unit-H09.01", kTenAMinute, 30) == 10);
  CHECK_FALSE(limiter.IsShared());
  redis.Start();
  CHECK(BecomesShared(limiter));
  CHECK(Allowed(limiter, "unit-H09.01", kTenAMinute, 30) == 10);
}

TEST_CASE("a Redis that does not answer holds up no call for long") {
  RedisServer redis(FreePort());
  Limiter limiter(redis.Address(), "registry");
  REQUIRE(BecomesShared(limiter));
  redis.Signal(SIGSTOP);
  std::vector<std::chrono::milliseconds> longest(8);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : longest) {
      threads.emplace_back([&limiter, &mine] {
        for (int i = 0; i < 50; ++i) {
          const auto start = steady_clock::now();
          limiter.Take("unit-H09.01", kTenAMinute);
          mine = std::max(
              mine, std::chrono::ceil<std::chrono::milliseconds>(steady_clock::now() - start));
        }
      });
    }
  }
  redis.Signal(SIGCONT);
  for (const auto& mine : longest) CHECK(mine < 500ms);  // 100 ms on an idle machine
  CHECK_FALSE(limiter.IsShared());
  CHECK(BecomesShared(limiter));
}
