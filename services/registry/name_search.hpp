#pragma once

#include <string>
#include <vector>

namespace lienthong::registry {

/// The keys under which a name is stored, sorted and without repeats: every stretch of its words
/// that goes to the end, folded; and, where that differs, in lower case with its diacritics behind
/// a leading space, which keeps the two kinds apart.
std::vector<std::string> SearchKeysOf(const std::string& name);

/// Keys from `first` on and below `last` (by bytes) begin with the words that are looked for.
struct KeyRange {
  std::string first;
  std::string last;
};

/// A text without diacritics finds names with any; with diacritics, only names that have these.
/// The last word may be a beginning. `text` is not empty.
KeyRange RangeOf(const std::string& text);

/// Does a name have a key in the range?
bool Matches(const std::string& name, const KeyRange& range);

}  // namespace lienthong::registry
