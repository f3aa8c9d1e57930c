#include "portal/texts.hpp"

#include <stdexcept>

#include <yaml-cpp/yaml.h>

#include "platform/base/config.hpp"
#include "platform/base/text.hpp"
#include "portal/templates.hpp"

namespace lienthong::portal {
namespace {

constexpr std::string_view kOpen = "[[", kClose = "]]";

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

/// Calls `each` with every mark's key, and what stands before it; answers what stands after all.
template <typename Each>
std::string_view ForMarks(std::string_view page, const Each& each) {
  for (;;) {
    const std::size_t open = page.find(kOpen);
    const std::size_t close = open == page.npos ? open : page.find(kClose, open);
    if (close == page.npos) return page;
    each(page.substr(0, open), page.substr(open + kOpen.size(), close - open - kOpen.size()));
    page.remove_prefix(close + kClose.size());
  }
}

std::string ReadText(const YAML::Node& node, const std::string& key, Language language) {
  const YAML::Node text = node.IsMap() ? node[std::string(NameOf(language))] : YAML::Node();
  const bool valid = text && text.IsScalar() && !text.Scalar().empty() &&
                     base::IsText(text.Scalar()) && base::ToNfc(text.Scalar()) == text.Scalar();
  if (valid) return text.Scalar();
  throw base::ConfigError("texts.yaml: " + key + " is missing in " + std::string(NameOf(language)) +
                          ", or not in NFC");
}

}  // namespace

std::string_view NameOf(Language language) {
  return language == Language::kVietnamese ? "vi" : "en";
}

Language OtherThan(Language language) {
  return language == Language::kVietnamese ? Language::kEnglish : Language::kVietnamese;
}

Texts::Texts(const std::string& path) {
  const YAML::Node root = YAML::Load(ReadWhole(path));
  if (!root.IsMap()) throw base::ConfigError("texts.yaml: no map of texts");
  for (const auto& entry : root) {
    const auto key = entry.first.as<std::string>();
    const bool is_new = texts_.try_emplace(key).second;
    if (!is_new) throw base::ConfigError("texts.yaml: " + key + " is there twice");
    for (const Language language : kLanguages) {
      texts_[key][static_cast<std::size_t>(language)] = ReadText(entry.second, key, language);
    }
  }
}

const std::string& Texts::Get(std::string_view key, Language language) const {
  const auto found = texts_.find(key);
  if (found == texts_.end()) throw std::logic_error("no text " + std::string(key));
  return found->second[static_cast<std::size_t>(language)];
}

void Texts::Check(const std::vector<std::string_view>& keys) const {
  std::string missing;
  for (const std::string_view key : keys) {
    if (!texts_.contains(key)) missing += " " + std::string(key);
  }
  if (!missing.empty()) throw base::ConfigError("texts.yaml: missing:" + missing);
}

std::string Texts::PutInto(std::string_view page, Language language) const {
  std::string filled;
  const std::string_view rest = ForMarks(page, [&](std::string_view before, std::string_view key) {
    Check({key});
    filled.append(before).append(EscapeHtml(Get(key, language)));
  });
  return filled.append(rest);
}

std::vector<std::string> Texts::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, text] : texts_) keys.push_back(key);
  return keys;
}

std::vector<std::string> MarksOf(std::string_view page) {
  std::vector<std::string> keys;
  ForMarks(page, [&](std::string_view, std::string_view key) { keys.emplace_back(key); });
  return keys;
}

}  // namespace lienthong::portal
