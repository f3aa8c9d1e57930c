#pragma once

#include <map>
#include <string>

#include "portal/request.hpp"

namespace lienthong::portal {

/// Files that are the same for everybody and may be kept for a year: their URL has a hash of what
/// is in them. Read once; any thread.
class Statics {
 public:
  /// style.css, page.js and icon.svg of a directory. Throws base::ConfigError.
  explicit Statics(const std::string& directory);

  /// "/static/style.css?v=0123456789abcdef". The name is one of the above.
  std::string Url(const std::string& name) const;
  /// Answers a request under /static/; 404 without a body for what is not there.
  Response Answer(const Request& request) const;

 private:
  struct File {
    std::string bytes, hash, media_type;
  };
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace lienthong::portal
