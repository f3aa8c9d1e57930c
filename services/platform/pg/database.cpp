#include "platform/pg/database.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

#include "platform/base/error.hpp"
#include "platform/base/log.hpp"

namespace lienthong::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBackoffMin{5};
constexpr milliseconds kStatementTimeoutFloor{10};
/// Above this, time limits of statements are rounded up to whole steps, so that most transactions
/// find the limit they need already set on their connection.
constexpr milliseconds kStatementTimeoutStep{1000};
/// What the server may take beyond its own limit, to say so.
constexpr milliseconds kAnswerGrace{1000};
constexpr milliseconds kPingTimeout{1000};

constexpr Statement kBegin{"pg_begin", "BEGIN"};
constexpr Statement kCommit{"pg_commit", "COMMIT"};
/// Two names in turn: to undo a part whose savepoint was not reached is an error then, and not the
/// end of the part before it.
struct Savepoint {
  Statement set, release, undo;
};
constexpr std::array<Savepoint, 2> kSavepoints{{{{"pg_savepoint_a", "SAVEPOINT part_a"},
                                                 {"pg_release_a", "RELEASE SAVEPOINT part_a"},
                                                 {"pg_undo_a", "ROLLBACK TO SAVEPOINT part_a"}},
                                                {{"pg_savepoint_b", "SAVEPOINT part_b"},
                                                 {"pg_release_b", "RELEASE SAVEPOINT part_b"},
                                                 {"pg_undo_b", "ROLLBACK TO SAVEPOINT part_b"}}}};
constexpr Statement kPing{"pg_ping", "SELECT 1"};
/// How a statement begins that changes nothing.
constexpr std::string_view kReadBegins = "SELECT";

base::Error DatabaseAway() {
  return base::Unavailable("DATABASE_UNAVAILABLE", "the database does not answer; repeat the call");
}

base::Error TooLate() {
  return {base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED", "the deadline has passed"};
}

milliseconds StatementTimeout(Deadline deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  if (left <= milliseconds(0)) throw TooLate();
  if (left < kStatementTimeoutStep) return std::max(left, kStatementTimeoutFloor);
  return (left + kStatementTimeoutStep - milliseconds(1)) / kStatementTimeoutStep *
         kStatementTimeoutStep;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Class 08: connection; 57P0x: shut down by the administrator or crash; 25P03: idle too long;
/// 53: out of resources.
bool MeansAway(const std::string& state) {
  return StartsWith(state, "08") || StartsWith(state, "57P") || StartsWith(state, "53") ||
         state == "25P03";
}

}  // namespace

void Tx::Open(std::string_view sql) {
  if (!begun_) {
    connection_.QueueCommand(kBegin);
    begun_ = true;
  }
  if (!in_part_ || part_writes_ || StartsWith(sql, kReadBegins)) return;
  part_writes_ = true;
  if (parts_ == Parts::kTrusted) return;
  if (savepoints_ > 0) connection_.QueueCommand(kSavepoints[savepoints_ % 2].release);
  ++savepoints_;
  connection_.QueueCommand(kSavepoints[savepoints_ % 2].set);
}

void Tx::BeginPart(Parts parts) {
  parts_ = parts;
  in_part_ = true;
  part_writes_ = false;
}

void Tx::EndPart() {
  in_part_ = false;
  if (!connection_.HasQueued()) return;
  if (parts_ == Parts::kTrusted) {
    if (part_writes_) connection_.Send();
  } else {
    connection_.Flush();  // errors belong to the part
  }
}

bool Tx::UndoPart() {
  in_part_ = false;
  if (!connection_.IsOpen()) return false;
  if (parts_ == Parts::kTrusted) return !part_writes_ && !connection_.IsFailed();
  if (!part_writes_) return !connection_.HasQueued() && !connection_.IsFailed();
  connection_.Discard();
  if (!connection_.IsOpen()) return false;
  connection_.QueueCommand(kSavepoints[savepoints_ % 2].undo);
  connection_.Flush();
  return true;
}

std::vector<Result> Tx::Commit() {
  if (!begun_) return {};
  connection_.Queue(kCommit);
  std::vector<Result> results;
  try {
    results = connection_.Flush();
  } catch (const pqxx::broken_connection& error) {
    throw pqxx::in_doubt_error(error.what());  // what was lost may be the answer to COMMIT
  }
  begun_ = false;
  if (results.back().CommandTag() != "COMMIT") {
    throw std::logic_error("a failure was overlooked: the transaction cannot be committed");
  }
  results.pop_back();
  return results;
}

Pool::Pool(PoolOptions options) : options_(std::move(options)) {}

Pool::~Pool() = default;

std::unique_ptr<Connection> Pool::Acquire(Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    const auto limit = std::min(deadline, steady_clock::now() + options_.acquire_timeout_ms);
    const auto is_free = [&] { return !idle_.empty() || open_ < options_.connections_max; };
    if (!freed_.wait_until(lock, limit, is_free)) {
      throw base::Unavailable("DATABASE_UNAVAILABLE", "all database connections are busy");
    }
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    ++open_;
  }
  try {
    return std::make_unique<Connection>(options_.conninfo);
  } catch (...) {
    Release(nullptr, false);
    throw;
  }
}

void Pool::Release(std::unique_ptr<Connection> connection, bool usable) {
  {
    const std::lock_guard lock(mutex_);
    if (usable) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  freed_.notify_one();
}

void Pool::RunOnce(Deadline deadline, const std::function<void(Tx&)>& fn) {
  // Gives the connection back whatever happens; it is kept only after a commit or a clean rollback.
  struct Lease {
    Lease(Pool& owner, Deadline until) : pool(owner), connection(owner.Acquire(until)) {}
    ~Lease() { pool.Release(std::move(connection), usable); }
    Pool& pool;
    std::unique_ptr<Connection> connection;
    bool usable = false;
  } lease(*this, deadline);

  Connection& connection = *lease.connection;
  const milliseconds timeout = StatementTimeout(deadline);
  const Connection::Limit limit(connection, timeout + kAnswerGrace);
  connection.QueueStatementTimeout(timeout);
  Tx tx(connection);
  try {
    fn(tx);
    tx.Commit();
    lease.usable = true;
  } catch (const pqxx::sql_error& error) {
    lease.usable = !MeansAway(error.sqlstate()) && tx.RollBack();
    throw;
  } catch (...) {
    lease.usable = tx.RollBack();
    throw;
  }
}

void Pool::Run(Deadline deadline, const std::function<void(Tx&)>& fn, int retries_max) {
  milliseconds backoff = kBackoffMin;
  for (int attempt = 0;; ++attempt) {
    try {
      return RunOnce(deadline, fn);
    } catch (const pqxx::serialization_failure&) {
      if (attempt >= retries_max) throw Contended();
    } catch (const pqxx::deadlock_detected&) {
      if (attempt >= retries_max) throw Contended();
    } catch (const pqxx::in_doubt_error&) {
      base::LogWarning("commit in doubt: connection lost");
      throw DatabaseAway();
    } catch (const pqxx::broken_connection& error) {
      base::LogWarning("database connection lost", {{"error", CauseOf(error)}});
      DropIdle();
      throw DatabaseAway();
    } catch (const pqxx::sql_error& error) {
      const std::string& state = error.sqlstate();
      if (state == "57014") throw TooLate();
      if (state == "55P03") throw Contended();
      if (!MeansAway(state)) throw;
      base::LogWarning("database refuses work", {{"sqlstate", state}});
      DropIdle();
      throw DatabaseAway();
    }
    std::this_thread::sleep_for(backoff);
    backoff *= 2;
  }
}

base::Error Pool::Contended() {
  return base::Aborted("CONCURRENT_CHANGE", "other calls changed the same records; repeat the call")
      .RetryAfter(milliseconds(50));
}

void Pool::DropIdle() {
  std::vector<std::unique_ptr<Connection>> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(idle_);
    open_ -= static_cast<int>(dropped.size());
  }
  freed_.notify_all();
}

bool Pool::Ping() {
  const std::lock_guard lock(ping_mutex_);
  try {
    if (ping_ == nullptr) ping_ = std::make_unique<Connection>(options_.conninfo);
    const Connection::Limit limit(*ping_, kPingTimeout);
    ping_->Exec(kPing);
    return true;
  } catch (const std::exception&) {
    ping_.reset();
    return false;
  }
}

bool EndsTransaction(const std::exception& error) {
  if (const auto* const sql = dynamic_cast<const pqxx::sql_error*>(&error)) {
    const std::string& state = sql->sqlstate();
    return state == "57014" || state == "55P03" || MeansAway(state);
  }
  return dynamic_cast<const pqxx::failure*>(&error) != nullptr;
}

std::string CauseOf(const std::exception& error) {
  if (const auto* const sql = dynamic_cast<const pqxx::sql_error*>(&error)) {
    return "SQL error " + sql->sqlstate();
  }
  if (dynamic_cast<const pqxx::broken_connection*>(&error) != nullptr) {
    return "connection to the database lost";
  }
  if (dynamic_cast<const pqxx::conversion_error*>(&error) != nullptr) {
    return "a column holds another type than expected";
  }
  return error.what();
}

}  // namespace lienthong::pg
