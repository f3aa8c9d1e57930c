#include "platform/pg/result.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

#include <pqxx/except>

namespace lienthong::pg {
namespace {

template <class Number>
Number ToNumber(const Field& field) {
  Number number{};
  const char* const end = field.c_str() + field.size();
  const auto [stop, error] = std::from_chars(field.c_str(), end, number);
  if (field.is_null() || error != std::errc() || stop != end) {
    throw pqxx::conversion_error("a column holds no number of this size");
  }
  return number;
}

}  // namespace

template <>
std::string Field::as<std::string>() const {
  if (is_null()) throw pqxx::conversion_error("a column is NULL");
  return std::string(view());
}

template <>
bool Field::as<bool>() const {
  const std::string_view text = view();
  if (text != "t" && text != "f") throw pqxx::conversion_error("a column holds no boolean");
  return text == "t";
}

template <>
std::int64_t Field::as<std::int64_t>() const {
  return ToNumber<std::int64_t>(*this);
}

template <>
int Field::as<int>() const {
  return ToNumber<int>(*this);
}

template <>
std::size_t Field::as<std::size_t>() const {
  return ToNumber<std::size_t>(*this);
}

template <>
double Field::as<double>() const {
  return ToNumber<double>(*this);
}

Field Row::operator[](const char* column) const {
  const int number = PQfnumber(result_.get(), column);
  if (number < 0) throw std::invalid_argument(std::string("no column ") + column);
  return {result_.get(), row_, number};
}

Row Result::operator[](std::size_t row) const {
  if (row >= size()) throw std::out_of_range("a result has no such row");
  return {result_, static_cast<int>(row)};
}

std::string Result::ErrorField(int field) const {
  const char* const text = PQresultErrorField(result_.get(), field);
  return text == nullptr ? "" : text;
}

std::size_t Result::affected_rows() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t rows = 0;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

}  // namespace lienthong::pg
