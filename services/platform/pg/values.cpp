#include "platform/pg/values.hpp"

#include <stdexcept>

#include <pqxx/array>

#include "platform/base/hash.hpp"

namespace lienthong::pg {
namespace {

// pg_type.dat of PostgreSQL.
constexpr std::uint32_t kBytesOid = 17;
constexpr std::uint32_t kNumberOid = 20;
constexpr std::uint32_t kTextOid = 25;
/// Where in an array stands how many dimensions and how many elements it has.
constexpr std::size_t kDimensionsAt = 0;
constexpr std::size_t kCountAt = 12;
// COPY, "Binary Format".
constexpr std::size_t kCopySignatureBytes = 11;
constexpr std::uint32_t kNull = 0xffffffff;
constexpr std::uint16_t kEndOfRows = 0xffff;

std::string_view Take(std::string_view& rest, std::uint32_t count) {
  if (count > rest.size()) throw std::invalid_argument("a text[] is cut short or holds NULL");
  const std::string_view taken = rest.substr(0, count);
  rest.remove_prefix(count);
  return taken;
}

/// Big-endian.
std::uint32_t TakeNumber(std::string_view& rest) {
  std::uint32_t number = 0;
  for (const char byte : Take(rest, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

/// Big-endian.
template <class Number>
void AppendNumber(std::string& bytes, Number number) {
  for (int shift = 8 * (sizeof(Number) - 1); shift >= 0; shift -= 8) {
    bytes += static_cast<char>(number >> shift & 0xff);
  }
}

void Overwrite(std::string& bytes, std::size_t at, std::uint32_t number) {
  std::string encoded;
  AppendNumber(encoded, number);
  bytes.replace(at, encoded.size(), encoded);
}

std::uint32_t OidOf(BinaryArray::Of of) {
  if (of == BinaryArray::Of::kText) return kTextOid;
  return of == BinaryArray::Of::kBytes ? kBytesOid : kNumberOid;
}

}  // namespace

void AppendQuoted(std::string& array, std::string_view text) {
  array += array.size() > 1 ? ",\"" : "\"";
  for (;;) {
    const std::size_t special = text.find_first_of("\"\\");
    array += text.substr(0, special);
    if (special == std::string_view::npos) break;
    array += '\\';
    array += text[special];
    text.remove_prefix(special + 1);
  }
  array += '"';
}

BinaryArray::BinaryArray(Of of) {
  AppendNumber(encoded_, std::uint32_t{0});  // dimensions
  AppendNumber(encoded_, std::uint32_t{0});  // no NULLs
  AppendNumber(encoded_, OidOf(of));
}

void BinaryArray::Begin(std::size_t size) {
  if (count_++ == 0) {
    Overwrite(encoded_, kDimensionsAt, 1);
    AppendNumber(encoded_, count_);
    AppendNumber(encoded_, std::uint32_t{1});  // the first one's number
  } else {
    Overwrite(encoded_, kCountAt, count_);
  }
  AppendNumber(encoded_, static_cast<std::uint32_t>(size));
}

void BinaryArray::Add(std::string_view text_or_bytes) {
  Begin(text_or_bytes.size());
  encoded_ += text_or_bytes;
}

void BinaryArray::Add(std::int64_t number) {
  Begin(sizeof number);
  AppendNumber(encoded_, static_cast<std::uint64_t>(number));
}

CopyRows::CopyRows() : encoded_("PGCOPY\n\377\r\n\0", kCopySignatureBytes) {
  AppendNumber(encoded_, std::uint32_t{0});  // flags
  AppendNumber(encoded_, std::uint32_t{0});  // no extension of the header
}

void CopyRows::BeginRow(std::uint16_t columns) { AppendNumber(encoded_, columns); }

void CopyRows::Add(std::string_view text_or_bytes) {
  AppendNumber(encoded_, static_cast<std::uint32_t>(text_or_bytes.size()));
  encoded_ += text_or_bytes;
}

void CopyRows::Add(std::int64_t number) {
  AppendNumber(encoded_, static_cast<std::uint32_t>(sizeof number));
  AppendNumber(encoded_, static_cast<std::uint64_t>(number));
}

void CopyRows::Add(bool value) {
  AppendNumber(encoded_, std::uint32_t{1});
  encoded_ += value ? '\1' : '\0';
}

void CopyRows::AddNull() { AppendNumber(encoded_, kNull); }

std::string_view CopyRows::Finish() {
  AppendNumber(encoded_, kEndOfRows);
  return encoded_;
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

std::vector<std::string_view> TextArrayViews(const Field& field) {
  std::vector<std::string_view> values;
  if (field.is_null()) return values;
  std::string_view rest = field.view();
  const std::uint32_t dimensions = TakeNumber(rest);
  TakeNumber(rest);  // are there NULLs?
  if (TakeNumber(rest) != kTextOid || dimensions > 1) {
    throw std::invalid_argument("a column holds no text[]");
  }
  if (dimensions == 0) return values;
  const std::uint32_t count = TakeNumber(rest);
  TakeNumber(rest);  // the first one's number
  for (std::uint32_t i = 0; i < count; ++i) values.push_back(Take(rest, TakeNumber(rest)));
  return values;
}

std::string ParseBytes(const Field& field) {
  if (field.is_null()) return {};
  const std::string_view text = field.view();
  if (text.substr(0, 2) != "\\x") throw std::invalid_argument("bytea is not in hex format");
  return base::FromHex(text.substr(2));
}

std::string BytesLiteral(std::string_view bytes) { return "\\x" + base::ToHex(bytes); }

}  // namespace lienthong::pg
