#include "platform/base/file.hpp"

#include <fstream>
#include <sstream>

namespace lienthong::base {

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();  // of an empty file nothing comes, and `text` fails
  if (file.bad()) return std::nullopt;
  return std::move(text).str();
}

}  // namespace lienthong::base
