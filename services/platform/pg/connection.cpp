#include "platform/pg/connection.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "platform/pg/watchdog.hpp"

namespace lienthong::pg {
namespace {

using std::chrono::steady_clock;

/// Our statements find their rows by an index. The planner would read all of a table that is small
/// or has no statistics yet, and a prepared statement keeps that plan while the table grows.
constexpr const char* kSettings = "-c enable_seqscan=off";
/// Seconds; unless the connection string says otherwise.
constexpr const char* kConnectTimeout = "5";
constexpr Statement kRollback{"pg_rollback", "ROLLBACK"};
constexpr Statement kSetTimeout{"pg_statement_timeout",
                                "SELECT set_config('statement_timeout', $1, false)"};
/// A pipeline that failed before its ROLLBACK needs a second one.
constexpr int kRollbacksMax = 2;

PGconn* Connect(const std::string& conninfo) {
  // In this order: what comes later holds, and the first dbname is taken apart.
  const std::array<const char*, 4> names{"connect_timeout", "dbname", "options", nullptr};
  const std::array<const char*, 4> values{kConnectTimeout, conninfo.c_str(), kSettings, nullptr};
  return PQconnectdbParams(names.data(), values.data(), 1);
}

}  // namespace

const char* Parameter::Checked(const std::string& text) {
  if (text.find('\0') != std::string::npos) {
    throw std::invalid_argument("a parameter of SQL contains NUL");
  }
  return text.c_str();
}

Connection::Connection(const std::string& conninfo) : connection_(Connect(conninfo), PQfinish) {
  if (!IsOpen()) throw pqxx::broken_connection("no connection to the database");
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  socket_ = ::fcntl(PQsocket(connection_.get()), F_DUPFD_CLOEXEC, 0);
  if (socket_ < 0) throw std::system_error(errno, std::generic_category(), "dup of a socket");
  PQenterPipelineMode(connection_.get());
}

Connection::~Connection() { ::close(socket_); }

Connection::Limit::Limit(Connection& connection, std::chrono::milliseconds time)
    : socket_(connection.socket_), limit_(steady_clock::now() + time) {
  Watchdog::Instance().Watch(socket_, limit_);
}

Connection::Limit::~Limit() { Watchdog::Instance().Release(socket_, limit_); }

void Connection::Require(bool sent) {
  if (!sent) throw pqxx::broken_connection("the connection to the database was lost");
}

bool Connection::SendStatement(const Statement& statement, const Parameters& parameters,
                               Kind kind) {
  PGconn* const connection = connection_.get();
  if (prepared_.insert(statement.name).second) {
    if (PQsendPrepare(connection, statement.name, statement.sql, 0, nullptr) != 1) return false;
    queued_.push_back({Kind::kPrepare, statement.name});
  }
  queued_.push_back({kind, statement.name});
  return PQsendQueryPrepared(connection, statement.name, parameters.count, parameters.values,
                             parameters.lengths, parameters.formats, statement.binary ? 1 : 0) == 1;
}

void Connection::QueueCommand(const Statement& statement) {
  Require(SendStatement(statement, {}, Kind::kCommand));
}

void Connection::QueueStatementTimeout(std::chrono::milliseconds timeout) {
  if (timeout == statement_timeout_) return;
  const Parameter text(timeout.count());
  const char* const values[] = {text.Value()};
  // A sync of its own: with what follows in one implicit transaction, a rollback would undo it.
  Require(SendStatement(kSetTimeout, {1, values}, Kind::kCommand) &&
          PQpipelineSync(connection_.get()) == 1);
  queued_.push_back({Kind::kSync, kSetTimeout.name});
  statement_timeout_ = timeout;
}

void Connection::Send() {
  Require(PQpipelineSync(connection_.get()) == 1);
  queued_.push_back({Kind::kSync, "pg_sync"});
}

std::optional<Connection::Failure> Connection::Drain(std::vector<Result>& results) {
  PGconn* const connection = connection_.get();
  const std::vector<Queued> sent = std::exchange(queued_, {});
  if (PQpipelineSync(connection) != 1) return Failure{"connection lost", "", ""};
  std::optional<Failure> failure;
  for (const Queued& one : sent) {
    Result result(PQgetResult(connection));
    if (one.kind == Kind::kSync) continue;
    const ExecStatusType status = result.Status();
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (one.kind == Kind::kResult) results.push_back(std::move(result));
    } else {
      // Behind a failure: PGRES_PIPELINE_ABORTED.
      if (one.kind == Kind::kPrepare) prepared_.erase(one.name);
      if (!failure) {
        failure = Failure{result.ErrorField(PG_DIAG_MESSAGE_PRIMARY),
                          result.ErrorField(PG_DIAG_SQLSTATE), one.name};
      }
    }
    if (!IsOpen()) return failure;
    PQgetResult(connection);  // the end of this statement's results
  }
  const Result sync(PQgetResult(connection));
  return failure;
}

void Connection::Throw(const Failure& failure) {
  const std::string& state = failure.sqlstate;
  if (state == "40001") throw pqxx::serialization_failure(failure.message);
  if (state == "40P01") throw pqxx::deadlock_detected(failure.message);
  if (state == "23505") {
    throw pqxx::unique_violation(failure.message, failure.statement, state.c_str());
  }
  throw pqxx::sql_error(failure.message, failure.statement, state.c_str());
}

std::vector<Result> Connection::Flush() {
  std::vector<Result> results;
  const std::optional<Failure> failure = Drain(results);
  Require(IsOpen());
  if (failure) Throw(*failure);
  return results;
}

Result Connection::ExecText(const std::string& sql) {
  if (HasQueued()) Flush();
  PGconn* const connection = connection_.get();
  PQexitPipelineMode(connection);
  Result result(PQexec(connection, sql.c_str()));
  Require(IsOpen() && PQenterPipelineMode(connection) == 1);
  if (result.Status() == PGRES_COMMAND_OK || result.Status() == PGRES_TUPLES_OK) return result;
  Throw({result.ErrorField(PG_DIAG_MESSAGE_PRIMARY), result.ErrorField(PG_DIAG_SQLSTATE), "text"});
}

void Connection::Copy(const char* sql, CopyRows& rows) {
  if (HasQueued()) Flush();
  PGconn* const connection = connection_.get();
  PQexitPipelineMode(connection);
  Result result(PQexec(connection, sql));
  if (result.Status() == PGRES_COPY_IN) {
    const std::string_view bytes = rows.Finish();
    Require(PQputCopyData(connection, bytes.data(), static_cast<int>(bytes.size())) == 1 &&
            PQputCopyEnd(connection, nullptr) == 1);
    result = Result(PQgetResult(connection));
    const Result end(PQgetResult(connection));
  }
  Require(IsOpen() && PQenterPipelineMode(connection) == 1);
  if (result.Status() == PGRES_COMMAND_OK) return;
  Throw({result.ErrorField(PG_DIAG_MESSAGE_PRIMARY), result.ErrorField(PG_DIAG_SQLSTATE), "copy"});
}

void Connection::Discard() {
  std::vector<Result> unwanted;
  if (HasQueued()) Drain(unwanted);
}

bool Connection::RollBack() noexcept {
  for (int i = 0; i < kRollbacksMax && IsOpen(); ++i) {
    if (!HasQueued() && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return true;
    if (!SendStatement(kRollback, {}, Kind::kCommand)) return false;
    Discard();
  }
  return IsOpen() && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

}  // namespace lienthong::pg
