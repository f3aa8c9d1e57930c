#include "platform/pg/database.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/log.hpp"
#include "platform/pg/watchdog.hpp"

namespace lienthong::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBackoffMin{5};
constexpr milliseconds kStatementTimeoutFloor{10};
/// Above this, time limits of statements are rounded up to whole steps, so that most transactions
/// find the limit they need already set on their connection.
constexpr milliseconds kStatementTimeoutStep{5000};
/// What the server may take beyond its own limit, to say so.
constexpr milliseconds kAnswerGrace{1000};
constexpr milliseconds kPingTimeout{1000};

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

bool StartsWith(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

/// Class 08: connection; 57P0x: shut down by the administrator or crash; 25P03: idle too long;
/// 53: out of resources.
bool MeansAway(const std::string& state) {
  return StartsWith(state, "08") || StartsWith(state, "57P") || StartsWith(state, "53") ||
         state == "25P03";
}

}  // namespace

Connection::Connection(const std::string& conninfo)
    : connection_(conninfo), socket_(::fcntl(connection_.sock(), F_DUPFD_CLOEXEC, 0)) {
  if (socket_ < 0) throw std::system_error(errno, std::generic_category(), "dup of a socket");
}

Connection::~Connection() { ::close(socket_); }

Connection::Limit::Limit(Connection& connection, milliseconds time)
    : socket_(connection.socket_), limit_(steady_clock::now() + time) {
  Watchdog::Instance().Watch(socket_, limit_);
}

Connection::Limit::~Limit() { Watchdog::Instance().Release(socket_, limit_); }

void Connection::Prepare(const Statement& statement) {
  if (!prepared_.insert(statement.name).second) return;
  connection_.prepare(statement.name, statement.sql);
}

void Connection::SetStatementTimeout(milliseconds timeout) {
  if (timeout == statement_timeout_) return;
  pqxx::nontransaction session(connection_);
  session.exec("SET statement_timeout = " + std::to_string(timeout.count()));
  statement_timeout_ = timeout;
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
    Pool& pool;
    std::unique_ptr<Connection> connection;
    bool usable = false;
    ~Lease() { pool.Release(std::move(connection), usable); }
  } lease{*this, Acquire(deadline)};

  Connection& connection = *lease.connection;
  const milliseconds timeout = StatementTimeout(deadline);
  const Connection::Limit limit(connection, timeout + kAnswerGrace);
  connection.SetStatementTimeout(timeout);
  try {
    pqxx::work work(connection.Raw());
    Tx tx(connection, work);
    fn(tx);
    work.commit();
    lease.usable = true;
  } catch (const pqxx::broken_connection&) {
    throw;
  } catch (const pqxx::in_doubt_error&) {
    throw;
  } catch (const pqxx::sql_error& error) {
    lease.usable = !MeansAway(error.sqlstate());
    throw;
  } catch (...) {
    lease.usable = connection.Raw().is_open();
    throw;
  }
}

void Pool::Run(Deadline deadline, const std::function<void(Tx&)>& fn) {
  milliseconds backoff = kBackoffMin;
  for (int attempt = 0;; ++attempt) {
    try {
      return RunOnce(deadline, fn);
    } catch (const pqxx::serialization_failure&) {
      if (attempt >= options_.retries_max) throw Contended();
    } catch (const pqxx::deadlock_detected&) {
      if (attempt >= options_.retries_max) throw Contended();
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
    pqxx::nontransaction(ping_->Raw()).exec("SELECT 1");
    return true;
  } catch (const std::exception&) {
    ping_.reset();
    return false;
  }
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

std::string TextArray(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char character : value) {
      if (character == '"' || character == '\\') text += '\\';
      text += character;
    }
    text += '"';
  }
  return text += '}';
}

std::string NumberArray(const std::vector<std::int64_t>& values) {
  std::string text = "{";
  for (const std::int64_t value : values) {
    if (text.size() > 1) text += ',';
    text += std::to_string(value);
  }
  return text += '}';
}

std::string BytesArray(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    text += "\"\\\\x" + base::ToHex(value) + '"';
  }
  return text += '}';
}

std::vector<std::string> ParseTextArray(const pqxx::field& field) {
  std::vector<std::string> values;
  if (field.is_null()) return values;
  pqxx::array_parser parser(field.c_str());
  for (auto item = parser.get_next(); item.first != pqxx::array_parser::done;
       item = parser.get_next()) {
    if (item.first == pqxx::array_parser::string_value) values.push_back(std::move(item.second));
  }
  return values;
}

std::string ParseBytes(const pqxx::field& field) {
  if (field.is_null()) return {};
  const std::string_view text(field.c_str(), field.size());
  if (text.substr(0, 2) != "\\x") throw std::invalid_argument("bytea is not in hex format");
  return base::FromHex(text.substr(2));
}

std::string BytesLiteral(std::string_view bytes) { return "\\x" + base::ToHex(bytes); }

}  // namespace lienthong::pg
