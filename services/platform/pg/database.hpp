#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"

namespace lienthong::pg {

/// A statement, prepared on a connection when it is first used there. Names are unique in a
/// process.
struct Statement {
  const char* name;
  const char* sql;
};

/// A connection with its prepared statements. One thread at a time.
class Connection {
 public:
  explicit Connection(const std::string& conninfo);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// While it lives: a server that has not answered after `time` is given up, its connection lost.
  class Limit {
   public:
    Limit(Connection& connection, std::chrono::milliseconds time);
    ~Limit();
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

   private:
    int socket_;
    std::chrono::steady_clock::time_point limit_;
  };

  pqxx::connection& Raw() { return connection_; }
  void Prepare(const Statement& statement);
  /// For the statements to come; costs a round trip only when it changes.
  void SetStatementTimeout(std::chrono::milliseconds timeout);

 private:
  pqxx::connection connection_;
  int socket_;  ///< the connection's, under a number that is ours until the end
  std::chrono::milliseconds statement_timeout_{0};
  std::unordered_set<std::string_view> prepared_;
};

/// An open transaction; given to a closure, which must not keep it.
class Tx {
 public:
  Tx(Connection& connection, pqxx::dbtransaction& transaction)
      : connection_(connection), transaction_(transaction) {}

  template <class... Args>
  pqxx::result Exec(const Statement& statement, Args&&... args) {
    connection_.Prepare(statement);
    return transaction_.exec_prepared(statement.name, std::forward<Args>(args)...);
  }
  /// SQL without parameters, or made by us from trusted parts.
  pqxx::result ExecText(const std::string& sql) { return transaction_.exec(sql); }

  pqxx::dbtransaction& Raw() { return transaction_; }

 private:
  Connection& connection_;
  pqxx::dbtransaction& transaction_;
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
      Run(deadline, [&](Tx& tx) { fn(tx); });
    } else {
      std::optional<Result> result;
      Run(deadline, [&](Tx& tx) { result.emplace(fn(tx)); });
      return std::move(*result);
    }
  }
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
  void Run(Deadline deadline, const std::function<void(Tx&)>& fn);
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

/// What went wrong, for the log: never the database's own text, which quotes rows, and rows are
/// personal.
std::string CauseOf(const std::exception& error);

/// PostgreSQL array literals for `unnest($1::text[])` and the like: one round trip for many rows.
std::string TextArray(const std::vector<std::string>& values);
std::string NumberArray(const std::vector<std::int64_t>& values);
/// Bytes as a bytea[] literal.
std::string BytesArray(const std::vector<std::string>& values);
/// Elements of a text[] result field.
std::vector<std::string> ParseTextArray(const pqxx::field& field);
/// Bytes of a bytea result field.
std::string ParseBytes(const pqxx::field& field);
/// One bytea parameter ('\x...').
std::string BytesLiteral(std::string_view bytes);

}  // namespace lienthong::pg
