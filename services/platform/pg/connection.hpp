#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include <libpq-fe.h>
#include <pqxx/except>

#include "platform/pg/result.hpp"
#include "platform/pg/values.hpp"

namespace lienthong::pg {

/// A statement, prepared on a connection when it is first used there. Names are unique in a
/// process.
struct Statement {
  const char* name;
  const char* sql;
  /// The result comes in binary: text as it is, text[] for TextArrayViews, NULL; cast the rest to
  /// text. For states, which are all quotes in an array as text.
  bool binary = false;
};

/// One parameter, as text but for arrays in binary. Valid as long as what it was made of.
class Parameter {
 public:
  Parameter(const std::string& text) : text_(Checked(text)) {}
  Parameter(const char* text) : text_(text) {}
  Parameter(bool value) : text_(value ? "t" : "f") {}
  Parameter(const BinaryArray& array)
      : text_(array.Encoded().data()), bytes_(static_cast<int>(array.Encoded().size())) {}
  template <class Number,
            class = std::enable_if_t<std::is_integral_v<Number> && !std::is_same_v<Number, bool>>>
  Parameter(Number number) {
    *std::to_chars(digits_.data(), digits_.data() + digits_.size() - 1, number).ptr = '\0';
  }
  const char* Value() const { return text_ == nullptr ? digits_.data() : text_; }
  /// 0 for text.
  int Bytes() const { return bytes_; }

 private:
  static const char* Checked(const std::string& text);

  const char* text_ = nullptr;  ///< nullptr: digits_
  int bytes_ = 0;
  std::array<char, 24> digits_{};
};

/// A connection with its prepared statements, in libpq's pipeline mode: statements are queued and
/// travel together, one round trip for as many as wait. One thread at a time.
///
/// The results of all statements but the last of a round trip must be small: libpq blocks while it
/// sends, and so does a server whose answers nobody reads.
class Connection {
 public:
  /// Throws pqxx::broken_connection.
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

  /// Sent by the next Flush. Throws pqxx::broken_connection.
  template <class... Args>
  void Queue(const Statement& statement, const Args&... args) {
    constexpr std::size_t kCount = sizeof...(Args);
    const std::array<Parameter, kCount> parameters{Parameter(args)...};
    std::array<const char*, kCount + 1> values{};
    std::array<int, kCount + 1> lengths{}, formats{};
    for (std::size_t i = 0; i < kCount; ++i) {
      values[i] = parameters[i].Value();
      lengths[i] = parameters[i].Bytes();
      formats[i] = lengths[i] > 0 ? 1 : 0;
    }
    Require(SendStatement(statement, {kCount, values.data(), lengths.data(), formats.data()},
                          Kind::kResult));
  }
  /// A statement without parameters whose result nobody wants: BEGIN, SAVEPOINT.
  void QueueCommand(const Statement& statement);
  /// The next statements' time limit; nothing is sent when it is the one that holds already.
  void QueueStatementTimeout(std::chrono::milliseconds timeout);
  bool HasQueued() const { return !queued_.empty(); }
  /// Sends what is queued without waiting: the server works on it while we do something else. Its
  /// results come with the next Flush.
  void Send();

  /// Sends what is queued, waits for all of it and returns the results of Queue in order. After a
  /// statement has failed those behind it are not executed. Throws the exceptions of libpqxx, whose
  /// `query()` is the statement's name.
  std::vector<Result> Flush();
  template <class... Args>
  Result Exec(const Statement& statement, const Args&... args) {
    Queue(statement, args...);
    return Flush().back();
  }
  /// One or more statements as text, without parameters; what is queued goes before. Returns the
  /// last one's result.
  Result ExecText(const std::string& sql);
  /// `COPY ... FROM STDIN (FORMAT binary)`: many new rows for half of what INSERT costs the server.
  /// What is queued goes before; its results are dropped. Two round trips.
  void Copy(const char* sql, CopyRows& rows);

  /// False once the server has been lost.
  bool IsOpen() const { return PQstatus(connection_.get()) == CONNECTION_OK; }
  /// The open transaction has failed and accepts nothing but ROLLBACK (TO).
  bool IsFailed() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INERROR; }
  /// Sends what is queued and takes no notice of what becomes of it.
  void Discard();
  /// Rolls an open transaction back, whatever is queued; false when the connection is of no use.
  bool RollBack() noexcept;

 private:
  enum class Kind { kResult, kCommand, kPrepare, kSync };
  struct Queued {
    Kind kind;
    const char* name;
  };
  struct Failure {
    std::string message;
    std::string sqlstate;
    std::string statement;
  };

  /// As libpq wants them.
  struct Parameters {
    int count = 0;
    const char* const* values = nullptr;
    const int* lengths = nullptr;
    const int* formats = nullptr;
  };

  /// False when the connection is lost.
  bool SendStatement(const Statement& statement, const Parameters& parameters, Kind kind);
  static void Require(bool sent);
  /// Sends, reads to the end of the pipeline; the first failure, if any.
  std::optional<Failure> Drain(std::vector<Result>& results);
  [[noreturn]] static void Throw(const Failure& failure);

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  int socket_;  ///< the connection's, under a number that is ours until the end
  std::vector<Queued> queued_;
  std::chrono::milliseconds statement_timeout_{0};
  std::unordered_set<std::string_view> prepared_;
};

}  // namespace lienthong::pg
