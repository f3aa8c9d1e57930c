#include "portal/request.hpp"

#include <algorithm>

namespace lienthong::portal {

std::vector<std::string> Values::All(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [key, value] : pairs_) {
    if (key == name) found.push_back(value);
  }
  return found;
}

const std::string* Values::Find(std::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool HasFiles(const Request& request) {
  return std::ranges::any_of(request.uploads,
                             [](const Upload& upload) { return !upload.bytes.empty(); });
}

Response&& Response::With(std::string name, std::string value) && {
  headers.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

Response SeeOther(std::string location) {
  Response response;
  response.status = 303;
  return std::move(response).With("Location", std::move(location));
}

}  // namespace lienthong::portal
