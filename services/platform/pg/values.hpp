#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/pg/result.hpp"

namespace lienthong::pg {

/// Appends an element to an array literal that has been begun with '{'.
void AppendQuoted(std::string& array, std::string_view text);
/// PostgreSQL array literals for `unnest($1::text[])` and the like: one round trip for many rows.
std::string TextArray(const std::vector<std::string>& values);
/// The same of one text of each item.
template <class Items, class TextOf>
std::string TextArray(const Items& items, const TextOf& text_of) {
  std::string text = "{";
  for (const auto& item : items) AppendQuoted(text, text_of(item));
  return text += '}';
}
std::string NumberArray(const std::vector<std::int64_t>& values);
/// Bytes as a bytea[] literal.
std::string BytesArray(const std::vector<std::string>& values);
/// A text[], bytea[] or bigint[] parameter in PostgreSQL's binary format: for many or large values,
/// which are neither escaped here nor parsed there. Its type in the statement must be exactly that.
class BinaryArray {
 public:
  enum class Of { kText, kBytes, kNumbers };

  explicit BinaryArray(Of of);
  void Add(std::string_view text_or_bytes);
  void Add(std::int64_t number);
  std::string_view Encoded() const { return encoded_; }

 private:
  void Begin(std::size_t size);

  std::string encoded_;
  std::uint32_t count_ = 0;
};
/// Of one text of each item.
template <class Items, class TextOf>
BinaryArray BinaryTexts(const Items& items, const TextOf& text_of) {
  BinaryArray array(BinaryArray::Of::kText);
  for (const auto& item : items) array.Add(text_of(item));
  return array;
}
/// Rows for Tx::Copy, in PostgreSQL's binary format of COPY. Each column's type must be exactly
/// that of what is added: text or bytea, bigint, boolean.
class CopyRows {
 public:
  CopyRows();
  void BeginRow(std::uint16_t columns);
  void Add(std::string_view text_or_bytes);
  void Add(std::int64_t number);
  void Add(bool value);
  void AddNull();
  /// The last thing that is asked of it.
  std::string_view Finish();

 private:
  std::string encoded_;
};
/// Elements of a text[] result field.
std::vector<std::string> ParseTextArray(const Field& field);
/// Elements of a text[] field of a binary result, as long as its Row; none when it is NULL. Throws
/// std::invalid_argument.
std::vector<std::string_view> TextArrayViews(const Field& field);
/// Bytes of a bytea result field.
std::string ParseBytes(const Field& field);
/// One bytea parameter ('\x...').
std::string BytesLiteral(std::string_view bytes);

}  // namespace lienthong::pg
