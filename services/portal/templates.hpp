#pragma once

#include <array>
#include <memory>
#include <string>

#include <ctemplate/template.h>

#include "portal/texts.hpp"

namespace lienthong::portal {

/// A file, whole. Throws base::ConfigError.
std::string ReadWhole(const std::string& path);

/// The templates of the pages (ctemplate, every value escaped for where it stands), with their
/// texts, in every language. Read once; any thread.
class Templates {
 public:
  /// All *.html of the directory. Throws base::ConfigError naming the one that cannot be read, does
  /// not escape by itself, or names a text that is not there.
  Templates(const std::string& directory, const Texts& texts);

  /// Throws std::logic_error for a template that is not there.
  std::string Fill(const std::string& name, Language language,
                   const ctemplate::TemplateDictionary& values) const;

 private:
  std::array<std::unique_ptr<ctemplate::TemplateCache>, kLanguages.size()> caches_;
};

}  // namespace lienthong::portal
