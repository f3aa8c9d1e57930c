#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <libpq-fe.h>

namespace lienthong::pg {

/// One value of a result, as text. Valid as long as its Row. Names as in libpqxx.
class Field {
 public:
  Field(const PGresult* result, int row, int column)
      : result_(result), row_(row), column_(column) {}

  bool is_null() const { return PQgetisnull(result_, row_, column_) != 0; }
  /// "" when NULL.
  const char* c_str() const { return PQgetvalue(result_, row_, column_); }
  std::size_t size() const { return static_cast<std::size_t>(PQgetlength(result_, row_, column_)); }
  /// "" when NULL.
  std::string_view view() const { return {c_str(), size()}; }
  /// std::string, bool and numbers; throws pqxx::conversion_error when NULL or of another type.
  template <class T>
  T as() const;
  template <class T>
  T as(T when_null) const {
    return is_null() ? std::move(when_null) : as<T>();
  }

 private:
  const PGresult* result_;
  int row_;
  int column_;
};

template <>
std::string Field::as<std::string>() const;
template <>
bool Field::as<bool>() const;
template <>
std::int64_t Field::as<std::int64_t>() const;
template <>
int Field::as<int>() const;
template <>
std::size_t Field::as<std::size_t>() const;
template <>
double Field::as<double>() const;

/// One row of a result.
class Row {
 public:
  Row(std::shared_ptr<const PGresult> result, int row) : result_(std::move(result)), row_(row) {}

  Field operator[](int column) const { return {result_.get(), row_, column}; }
  /// By the column's name; std::invalid_argument when the result has none of that name.
  Field operator[](const char* column) const;

 private:
  std::shared_ptr<const PGresult> result_;
  int row_;
};

/// What a statement returned. Cheap to copy.
class Result {
 public:
  class Iterator {
   public:
    Iterator(std::shared_ptr<const PGresult> result, int row)
        : result_(std::move(result)), row_(row) {}
    Row operator*() const { return {result_, row_}; }
    Iterator& operator++() {
      ++row_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return row_ != other.row_; }

   private:
    std::shared_ptr<const PGresult> result_;
    int row_;
  };

  explicit Result(PGresult* owned) : result_(owned, PQclear) {}

  std::size_t size() const { return static_cast<std::size_t>(PQntuples(result_.get())); }
  bool empty() const { return size() == 0; }
  /// std::out_of_range when there is no such row.
  Row operator[](std::size_t row) const;
  Row back() const { return (*this)[size() - 1]; }
  Iterator begin() const { return {result_, 0}; }
  Iterator end() const { return {result_, PQntuples(result_.get())}; }
  std::size_t affected_rows() const;
  /// The server's word for what it did: "COMMIT".
  std::string CommandTag() const { return PQcmdStatus(result_.get()); }
  ExecStatusType Status() const { return PQresultStatus(result_.get()); }
  /// PG_DIAG_...; "" when there is none.
  std::string ErrorField(int field) const;

 private:
  std::shared_ptr<PGresult> result_;
};

}  // namespace lienthong::pg
