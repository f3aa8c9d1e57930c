#include "registry/name_search.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "platform/base/text.hpp"

namespace lienthong::registry {
namespace {

/// Marks a key with diacritics. Folded keys never begin with a space.
constexpr char kAccentedMark = ' ';

/// The greatest code point, in UTF-8: above everything that can follow in a key.
constexpr std::string_view kGreatest = "\xF4\x8F\xBF\xBF";

/// Two ways to write one syllable, "hoà" and "hòa": the tone mark is brought to the first vowel.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTonePlaces{{
    {"oà", "òa"},
    {"oá", "óa"},
    {"oả", "ỏa"},
    {"oã", "õa"},
    {"oạ", "ọa"},
    {"oè", "òe"},
    {"oé", "óe"},
    {"oẻ", "ỏe"},
    {"oẽ", "õe"},
    {"oẹ", "ọe"},
    {"uỳ", "ùy"},
    {"uý", "úy"},
    {"uỷ", "ủy"},
    {"uỹ", "ũy"},
    {"uỵ", "ụy"},
}};

std::string WithDiacritics(const std::string& text) {
  std::string lower = base::ToLower(text);
  for (const auto& [from, to] : kTonePlaces) {
    for (std::size_t at = lower.find(from); at != std::string::npos; at = lower.find(from, at)) {
      lower.replace(at, from.size(), to);
    }
  }
  return lower;
}

/// Adds every suffix of `words` that begins at a word, behind `mark`.
void AddSuffixes(std::string_view words, const std::string& mark, std::vector<std::string>& keys) {
  while (true) {
    keys.push_back(mark + std::string(words));
    const std::size_t space = words.find(' ');
    if (space == std::string_view::npos) return;
    words.remove_prefix(space + 1);
  }
}

}  // namespace

std::vector<std::string> SearchKeysOf(const std::string& name) {
  std::vector<std::string> keys;
  const std::string folded = base::Fold(name);
  AddSuffixes(folded, "", keys);
  std::vector<std::string> accented;
  AddSuffixes(WithDiacritics(name), std::string(1, kAccentedMark), accented);
  for (std::string& key : accented) {
    const std::string plain = key.substr(1);
    if (std::find(keys.begin(), keys.end(), plain) == keys.end()) keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

KeyRange RangeOf(const std::string& text) {
  const std::string accented = WithDiacritics(text);
  const std::string folded = base::Fold(text);
  const std::string first = folded == accented ? folded : kAccentedMark + accented;
  return {first, first + std::string(kGreatest)};
}

bool Matches(const std::string& name, const KeyRange& range) {
  const std::vector<std::string> keys = SearchKeysOf(name);
  return std::any_of(keys.begin(), keys.end(), [&range](const std::string& key) {
    return key >= range.first && key < range.last;
  });
}

}  // namespace lienthong::registry
