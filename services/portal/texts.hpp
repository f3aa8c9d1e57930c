#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lienthong::portal {

enum class Language { kVietnamese, kEnglish };
inline constexpr std::array kLanguages = {Language::kVietnamese, Language::kEnglish};

/// As paths and `lang` have it (BCP 47): "vi", "en".
std::string_view NameOf(Language language);
Language OtherThan(Language language);

/// What the pages say, in all languages. Immutable; any thread.
class Texts {
 public:
  /// Reads YAML: key: {vi: ..., en: ...}. Throws base::ConfigError for a text that is missing in a
  /// language, or twice there.
  explicit Texts(const std::string& path);

  /// Throws std::logic_error for a key that is not there: Check() has been told of all.
  const std::string& Get(std::string_view key, Language language) const;
  /// Throws base::ConfigError naming every key that is missing.
  void Check(const std::vector<std::string_view>& keys) const;
  /// A template with its marks [[key]] replaced by the texts, which are escaped for HTML; markers
  /// {{NAME}} in them stay markers. Throws base::ConfigError for a key that is not there.
  std::string PutInto(std::string_view page, Language language) const;
  std::vector<std::string> Keys() const;

 private:
  std::map<std::string, std::array<std::string, kLanguages.size()>, std::less<>> texts_;
};

/// Keys of the marks in a template, in their order.
std::vector<std::string> MarksOf(std::string_view page);

}  // namespace lienthong::portal
