#include "platform/pg/values.hpp"

#include <stdexcept>

#include <pqxx/array>

#include "platform/base/hash.hpp"

namespace lienthong::pg {

void AppendQuoted(std::string& array, std::string_view text) {
  array += array.size() > 1 ? ",\"" : "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') array += '\\';
    array += character;
  }
  array += '"';
}

std::string TextArray(const std::vector<std::string>& values) {
  return TextArray(values, [](const std::string& value) -> const std::string& { return value; });
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

std::vector<std::string> ParseTextArray(const Field& field) {
  std::vector<std::string> values;
  if (field.is_null()) return values;
  pqxx::array_parser parser(field.c_str());
  for (auto item = parser.get_next(); item.first != pqxx::array_parser::done;
       item = parser.get_next()) {
    if (item.first == pqxx::array_parser::string_value) values.push_back(std::move(item.second));
  }
  return values;
}

std::string ParseBytes(const Field& field) {
  if (field.is_null()) return {};
  const std::string_view text(field.c_str(), field.size());
  if (text.substr(0, 2) != "\\x") throw std::invalid_argument("bytea is not in hex format");
  return base::FromHex(text.substr(2));
}

std::string BytesLiteral(std::string_view bytes) { return "\\x" + base::ToHex(bytes); }

}  // namespace lienthong::pg
