#include "platform/redis/limiter.hpp"

#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <hiredis/hiredis.h>

#include "platform/base/log.hpp"
#include "platform/redis/window.hpp"

namespace lienthong::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A call never waits longer than this for its turn, nor for the answer.
constexpr milliseconds kAnswerTimeout{50};
/// For the connection, and again for the script to be loaded.
constexpr milliseconds kConnectTimeout{25};
constexpr milliseconds kRetryInterval{1000};
/// Of a high limit a process takes this part at once and serves calls from it for a slice of the
/// window: what is left then counts as used.
constexpr std::int64_t kLeasesOfLimit = 100;
/// Names counted in this process; further ones share one count.
constexpr std::size_t kLocalNamesMax = 10'000;
constexpr const char* kOverflowName = "*";

/// Sliding window in slices (window.hpp) by the clock of Redis, which all copies share: one hash
/// per name, slice -> calls. KEYS[1]; ARGV: calls_max, milliseconds a slice, slices, calls.
/// Answers the milliseconds to wait, 0 = allowed.
constexpr const char* kTake = R"lua(
local max, width, slices, calls =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local slice = math.floor(now / width)
local sum, taken = calls, {}
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
  local at, count = tonumber(stored[i]), tonumber(stored[i + 1])
  if at < slice - slices then
    redis.call('HDEL', KEYS[1], stored[i])
  else
    sum = sum + count
    taken[#taken + 1] = {at, count}
  end
end
if sum <= max then
  redis.call('HINCRBY', KEYS[1], string.format('%d', slice), calls)
  redis.call('PEXPIRE', KEYS[1], width * (slices + 2))
  return 0
end
table.sort(taken, function(a, b) return a[1] < b[1] end)
for _, entry in ipairs(taken) do
  sum = sum - entry[2]
  if sum <= max then return math.max(1, (entry[1] + slices + 1) * width - now) end
end
return width * slices
)lua";

struct ContextDeleter {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, ContextDeleter>;

struct ReplyDeleter {
  void operator()(void* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, ReplyDeleter>;

/// hiredis 0.14 writes without MSG_NOSIGNAL: a connection that Redis has closed would end the
/// process. Holds SIGPIPE back in this thread and takes away what came.
class PipeSignalGuard {
 public:
  PipeSignalGuard() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalGuard() {
    const timespec at_once{};
    while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalGuard(const PipeSignalGuard&) = delete;
  PipeSignalGuard& operator=(const PipeSignalGuard&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

timeval ToTimeval(milliseconds duration) {
  return {duration.count() / 1000, duration.count() % 1000 * 1000};
}

std::int64_t NowMilliseconds() {
  const auto now = steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

}  // namespace

/// The connection is used by one call at a time; an answer takes some tens of microseconds. While
/// it is away, one call a second tries again and the others do not wait for that.
struct Limiter::Impl {
  std::string host;
  int port = 0;
  std::string prefix;

  std::timed_mutex connection_mutex;
  Context connection;
  std::string script;  ///< SHA-1 of kTake, as Redis calls it
  std::atomic<bool> shared{false};
  std::atomic<std::int64_t> next_attempt{0};

  struct Local {
    Limit limit;
    Window window;
  };
  std::mutex local_mutex;
  std::unordered_map<std::string, Local> local;

  struct Lease {
    std::int64_t calls = 0;
    std::int64_t until = 0;  ///< milliseconds, as NowMilliseconds
  };
  std::mutex lease_mutex;
  std::unordered_map<std::string, Lease> leases;

  std::string KeyOf(const std::string& name, const Limit& limit) const {
    return prefix + ":" + name + ":" + std::to_string(limit.window.count());
  }
  bool TakeLeased(const std::string& key);
  /// nullopt = Redis does not answer.
  std::optional<Verdict> TakeShared(const std::string& key, const Limit& limit, std::int64_t calls);
  /// Under connection_mutex, with a connection.
  std::optional<Verdict> Ask(const std::string& key, const Limit& limit, std::int64_t calls);
  Verdict TakeLocally(const std::string& key, const Limit& limit, std::int64_t calls);
  bool Connect();
  void TryAgain();
  void GoLocal(const char* why);
};

Limiter::Limiter(const std::string& address, std::string prefix) : impl_(new Impl) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size() ||
      address.find_first_not_of("0123456789", colon + 1) != std::string::npos ||
      address.size() - colon > 6) {
    throw std::invalid_argument("the address of Redis is written host:port");
  }
  impl_->host = address.substr(0, colon);
  impl_->port = std::stoi(address.substr(colon + 1));
  impl_->prefix = std::move(prefix);
  impl_->TryAgain();
}

Limiter::~Limiter() = default;

bool Limiter::IsShared() const { return impl_->shared; }

Limiter::Verdict Limiter::Take(const std::string& name, const Limit& limit, std::int64_t calls) {
  if (calls < 0 || limit.window <= milliseconds(0)) {
    throw std::invalid_argument("a limit needs a window, and calls are counted upwards");
  }
  const std::string key = impl_->KeyOf(name, limit);
  if (impl_->shared) {
    if (calls == 1 && impl_->TakeLeased(key)) return {};
    if (const auto verdict = impl_->TakeShared(key, limit, calls)) return *verdict;
  } else {
    impl_->TryAgain();
  }
  return impl_->TakeLocally(key, limit, calls);
}

bool Limiter::Impl::Connect() {
  connection.reset(redisConnectWithTimeout(host.c_str(), port, ToTimeval(kConnectTimeout)));
  if (!connection || connection->err != 0) return false;
  redisSetTimeout(connection.get(), ToTimeval(kConnectTimeout));
  redisEnableKeepAlive(connection.get());
  const Reply reply(
      static_cast<redisReply*>(redisCommand(connection.get(), "SCRIPT LOAD %s", kTake)));
  if (!reply || reply->type != REDIS_REPLY_STRING) return false;
  script.assign(reply->str, reply->len);
  redisSetTimeout(connection.get(), ToTimeval(kAnswerTimeout));
  return true;
}

/// The call that comes here counts locally all the same, so that it never waits for both the
/// connection and an answer.
void Limiter::Impl::TryAgain() {
  const std::int64_t now = NowMilliseconds();
  std::int64_t due = next_attempt;
  if (now < due || !next_attempt.compare_exchange_strong(due, now + kRetryInterval.count())) return;
  const PipeSignalGuard guard;
  const std::lock_guard lock(connection_mutex);
  if (!Connect()) return;
  shared = true;
  base::LogInfo("Redis answers: limits are shared");
}

void Limiter::Impl::GoLocal(const char* why) {
  // First: `why` may belong to the connection.
  base::LogWarning("Redis is away: limits are counted in this process", {{"error", why}});
  shared = false;
  connection.reset();
  next_attempt = NowMilliseconds() + kRetryInterval.count();
}

bool Limiter::Impl::TakeLeased(const std::string& key) {
  const std::lock_guard lock(lease_mutex);
  const auto lease = leases.find(key);
  if (lease == leases.end()) return false;
  if (lease->second.calls == 0 || lease->second.until < NowMilliseconds()) {
    leases.erase(lease);
    return false;
  }
  --lease->second.calls;
  return true;
}

std::optional<Limiter::Verdict> Limiter::Impl::TakeShared(const std::string& key,
                                                          const Limit& limit, std::int64_t calls) {
  const PipeSignalGuard guard;
  const std::unique_lock lock(connection_mutex, kAnswerTimeout);
  // Others are slow with it, or it went away while this call waited.
  if (!lock || !shared) return std::nullopt;
  const std::int64_t lease = limit.calls_max / kLeasesOfLimit;
  if (calls == 1 && lease > 1) {
    if (TakeLeased(key)) return Verdict{};  // another call has just taken it
    const auto verdict = Ask(key, limit, lease);
    if (!verdict) return std::nullopt;
    if (verdict->allowed) {
      const std::lock_guard lease_lock(lease_mutex);
      const std::int64_t now = NowMilliseconds();
      if (leases.size() >= kLocalNamesMax) {
        std::erase_if(leases, [now](const auto& entry) { return entry.second.until < now; });
      }
      leases[key] = {lease - 1, now + SliceMilliseconds(limit)};
      return verdict;
    }
  }
  return Ask(key, limit, calls);
}

std::optional<Limiter::Verdict> Limiter::Impl::Ask(const std::string& key, const Limit& limit,
                                                   std::int64_t calls) {
  const Reply reply(static_cast<redisReply*>(
      redisCommand(connection.get(), "EVALSHA %s 1 %b %lld %lld %lld %lld", script.c_str(),
                   key.data(), key.size(), static_cast<long long>(limit.calls_max),
                   static_cast<long long>(SliceMilliseconds(limit)),
                   static_cast<long long>(kSlices), static_cast<long long>(calls))));
  if (!reply) {
    GoLocal(connection->errstr);
    return std::nullopt;
  }
  if (reply->type != REDIS_REPLY_INTEGER) {
    // NOSCRIPT after a restart of Redis, LOADING, OOM: connecting anew loads the script again.
    GoLocal(reply->type == REDIS_REPLY_ERROR ? reply->str : "unexpected answer");
    return std::nullopt;
  }
  if (reply->integer == 0) return Verdict{};
  return Verdict{false, milliseconds(reply->integer)};
}

Limiter::Verdict Limiter::Impl::TakeLocally(const std::string& key, const Limit& limit,
                                            std::int64_t calls) {
  const std::int64_t now = NowMilliseconds();
  const std::lock_guard lock(local_mutex);
  if (local.size() >= kLocalNamesMax && !local.contains(key)) {
    std::erase_if(local, [now](const auto& entry) {
      return entry.second.window.IsIdle(entry.second.limit, now);
    });
  }
  const bool has_room = local.size() < kLocalNamesMax || local.contains(key);
  Local& entry = local[has_room ? key : KeyOf(kOverflowName, limit)];
  entry.limit = limit;
  return entry.window.Take(limit, calls, now);
}

}  // namespace lienthong::redis
