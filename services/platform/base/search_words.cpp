#include "platform/base/search_words.hpp"

#include <sstream>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::base {
namespace {

constexpr std::size_t kTextCharactersMax = 500;
constexpr int kWordsMax = 20;

bool IsOfWord(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80;
}

}  // namespace

std::string SearchText(const std::string& text) {
  std::string folded = Fold(text);
  for (char& c : folded) {
    if (!IsOfWord(c)) c = ' ';
  }
  return folded;
}

std::string SearchQuery(const std::string& text, const std::string& field) {
  std::istringstream words(SearchText(CheckText(text, field, kTextCharactersMax, false)));
  std::string query, word;
  for (int count = 0; words >> word; ++count) {
    if (count == kWordsMax) throw InvalidField(field, "too many words");
    if (!query.empty()) query += " & ";
    query += "'" + word + "'";
  }
  if (query.empty() && !text.empty()) throw InvalidField(field, "has no word to look for");
  return query.empty() ? query : query + ":*";
}

}  // namespace lienthong::base
