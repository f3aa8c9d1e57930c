#include "portal/templates.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>

#include "platform/base/config.hpp"
#include "platform/base/file.hpp"

namespace lienthong::portal {
namespace {

constexpr std::string_view kEscaping = "{{%AUTOESCAPE context=\"HTML\"}}";
constexpr auto kStrip = ctemplate::STRIP_BLANK_LINES;

}  // namespace

std::string ReadWhole(const std::string& path) {
  std::optional<std::string> text = base::ReadFile(path);
  if (!text) throw base::ConfigError(path + " cannot be read");
  return *std::move(text);
}

Templates::Templates(const std::string& directory, const Texts& texts) {
  for (auto& cache : caches_) cache = std::make_unique<ctemplate::TemplateCache>();
  if (!std::filesystem::is_directory(directory)) {
    throw base::ConfigError(directory + " is not a directory of templates");
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".html") continue;
    const std::string name = entry.path().filename().string(), page = ReadWhole(entry.path());
    if (!page.starts_with(kEscaping)) throw base::ConfigError(name + ": does not escape by itself");
    for (const Language language : kLanguages) {
      const std::string filled = texts.PutInto(page, language);
      if (!caches_[static_cast<std::size_t>(language)]->StringToTemplateCache(name, filled,
                                                                              kStrip)) {
        throw base::ConfigError(name + ": is no template");
      }
    }
  }
  // From here on they only read what is there.
  for (const auto& cache : caches_) cache->Freeze();
}

std::string Templates::Fill(const std::string& name, Language language,
                            const ctemplate::TemplateDictionary& values) const {
  std::string page;
  const auto& cache = *caches_[static_cast<std::size_t>(language)];
  if (!cache.ExpandNoLoad(name, kStrip, &values, nullptr, &page)) {
    throw std::logic_error("no template " + name);
  }
  return page;
}

}  // namespace lienthong::portal
