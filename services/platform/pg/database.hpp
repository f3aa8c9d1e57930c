#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/pg/connection.hpp"
#include "platform/pg/values.hpp"

namespace lienthong::pg {

/// An open transaction, or one that begins with its first statement; given to a closure, which must
/// not keep it. BEGIN and COMMIT travel with the statements they stand next to.
class Tx {
 public:
  explicit Tx(Connection& connection) : connection_(connection) {}
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  template <class... Args>
  Result Exec(const Statement& statement, const Args&... args) {
    Queue(statement, args...);
    return connection_.Flush().back();
  }
  /// A write whose result nobody wants: waited for at once, and its errors are thrown here, unless
  /// parts are not waited for (BeginPart).
  template <class... Args>
  void Write(const Statement& statement, const Args&... args) {
    Queue(statement, args...);
    if (parts_ != Parts::kTrusted) connection_.Flush();
  }
  /// Goes with the next statement or the commit, whichever comes first, and so do its errors: for
  /// what nobody waits for. Small results only (Connection).
  template <class... Args>
  void Queue(const Statement& statement, const Args&... args) {
    Open(statement.sql);
    connection_.Queue(statement, args...);
  }
  /// Sends what is queued; the results of all of it.
  std::vector<Result> Flush() { return connection_.Flush(); }
  /// SQL without parameters, or made by us from trusted parts.
  Result ExecText(const std::string& sql) {
    Open(sql);
    return connection_.ExecText(sql);
  }

  /// See Connection::Copy.
  void Copy(const char* sql, CopyRows& rows) {
    Open(sql);
    connection_.Copy(sql, rows);
  }

  /// What was made under this key before in this transaction; else what `make` returns, kept until
  /// the end of the transaction.
  template <class T, class Make>
  std::shared_ptr<const T> Once(const void* key, const Make& make) {
    std::shared_ptr<const void>& kept = once_[key];
    if (kept == nullptr) kept = make();
    return std::static_pointer_cast<const T>(kept);
  }

  enum class Parts {
    /// Each can be undone alone: its savepoint travels with its first write, so that a part that
    /// only reads costs nothing; it has been waited for when it ends.
    kCareful,
    /// Expected to succeed: no savepoints, and the server works on what one has written while the
    /// next one goes on. The failure of one is met by whoever waits next, perhaps the commit, and
    /// costs all of the transaction, which can then be repeated with careful parts.
    kTrusted,
  };
  /// From here to EndPart or UndoPart: a part of the transaction, one call's among those of others.
  /// Until then, and without parts, kCareful holds.
  void BeginPart(Parts parts);
  void EndPart();
  /// False when all of the transaction is lost: the connection is gone, a read has failed, or what
  /// the part wrote has no savepoint.
  bool UndoPart();

  /// Returns the results of what was queued. Throws pqxx::in_doubt_error when the connection was
  /// lost meanwhile. Once it is committed another Commit does nothing.
  std::vector<Result> Commit();
  /// False when the connection is of no use any more.
  bool RollBack() noexcept { return connection_.RollBack(); }

 private:
  /// Makes ready for a statement: begins the transaction, sets the savepoint of the part.
  void Open(std::string_view sql);

  Connection& connection_;
  bool begun_ = false;
  Parts parts_ = Parts::kCareful;
  bool in_part_ = false;
  bool part_writes_ = false;    ///< its savepoint is set, if it has one
  std::size_t savepoints_ = 0;  ///< set so far; only the newest is kept
  std::map<const void*, std::shared_ptr<const void>> once_;
};

struct PoolOptions {
  std::string conninfo;
  int connections_max = 8;
  std::chrono::milliseconds acquire_timeout_ms{2000};
  int retries_max = 3;  ///< of serialisation failures and deadlocks
};

/// When a transaction has to be done: becomes statement_timeout; a server that does not keep to it
/// is given up soon after. Machine time.
using Deadline = std::chrono::steady_clock::time_point;

/// A bounded pool of connections. Any thread; lives as long as the process.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();

  /// Runs `fn(Tx&)` in one READ COMMITTED transaction and commits it. `fn` may run more than once
  /// (serialisation failure, deadlock), so it has no effect outside the transaction.
  /// Throws what `fn` throws; base::Error kUnavailable DATABASE_UNAVAILABLE when the connection is
  /// lost, none is free or the commit is in doubt; kDeadline on a statement timeout; kAborted
  /// CONCURRENT_CHANGE when the retries are used up.
  template <class Fn>
  auto Transact(Deadline deadline, Fn&& fn) -> std::invoke_result_t<Fn, Tx&> {
    using Result = std::invoke_result_t<Fn, Tx&>;
    if constexpr (std::is_void_v<Result>) {
      Run(
          deadline, [&](Tx& tx) { fn(tx); }, options_.retries_max);
    } else {
      std::optional<Result> result;
      Run(
          deadline, [&](Tx& tx) { result.emplace(fn(tx)); }, options_.retries_max);
      return std::move(*result);
    }
  }
  /// The same, once: a serialisation failure or deadlock is thrown as kAborted at once.
  void TransactOnce(Deadline deadline, const std::function<void(Tx&)>& fn) { Run(deadline, fn, 0); }
  /// With a limit of 30 s: background work.
  template <class Fn>
  auto Transact(Fn&& fn) -> std::invoke_result_t<Fn, Tx&> {
    return Transact(std::chrono::steady_clock::now() + std::chrono::seconds(30),
                    std::forward<Fn>(fn));
  }

  /// Does the database answer? False instead of throwing. On a connection of its own: calls that
  /// hold all others say nothing about the database.
  bool Ping();

 private:
  void Run(Deadline deadline, const std::function<void(Tx&)>& fn, int retries_max);
  void RunOnce(Deadline deadline, const std::function<void(Tx&)>& fn);
  std::unique_ptr<Connection> Acquire(Deadline deadline);
  void Release(std::unique_ptr<Connection> connection, bool usable);
  /// After a lost connection the others are most likely dead too.
  void DropIdle();
  static base::Error Contended();

  PoolOptions options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int open_ = 0;
  std::mutex ping_mutex_;
  std::unique_ptr<Connection> ping_;
};

/// Does the error cost all of its transaction, not just the statement: serialisation failure,
/// deadlock, time limit, lost connection, a server that goes away?
bool EndsTransaction(const std::exception& error);

/// What went wrong, for the log: never the database's own text, which quotes rows, and rows are
/// personal.
std::string CauseOf(const std::exception& error);

}  // namespace lienthong::pg
