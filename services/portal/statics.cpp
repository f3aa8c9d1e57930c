#include "portal/statics.hpp"

#include <algorithm>

#include "platform/base/hash.hpp"
#include "portal/templates.hpp"

namespace lienthong::portal {
namespace {

constexpr std::string_view kStaticPrefix = "/static/";
constexpr std::size_t kHashLetters = 16;
constexpr std::pair<const char*, const char*> kFiles[] = {
    {"style.css", "text/css; charset=utf-8"},
    {"page.js", "text/javascript; charset=utf-8"},
    {"icon.svg", "image/svg+xml"}};

}  // namespace

Statics::Statics(const std::string& directory) {
  for (const auto& [name, media_type] : kFiles) {
    const std::string bytes = ReadWhole(directory + "/" + name);
    files_[name] = {bytes, base::ToHex(base::Sha256Of(bytes)).substr(0, kHashLetters), media_type};
  }
}

std::string Statics::Url(const std::string& name) const {
  return std::string(kStaticPrefix) + name + "?v=" + files_.at(name).hash;
}

Response Statics::Answer(const Request& request) const {
  const std::string_view path = request.path;
  const auto found = files_.find(path.substr(std::min(kStaticPrefix.size(), path.size())));
  Response response;
  if (found == files_.end()) {
    response.status = 404;
    return response;
  }
  const File& file = found->second;
  const std::string tag = "\"" + file.hash + "\"";
  // Another release's address: what is here now is not what it means.
  const bool is_current = request.query.First("v") == file.hash;
  response.headers = {
      {"ETag", tag},
      {"Cache-Control", is_current ? "public, max-age=31536000, immutable" : "no-cache"}};
  response.content_type = file.media_type;
  if (request.headers.First("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  response.body = file.bytes;
  return response;
}

}  // namespace lienthong::portal
