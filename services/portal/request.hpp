#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lienthong::portal {

/// Names with values, in the order in which they came; a name may come several times. UTF-8.
class Values {
 public:
  void Add(std::string name, std::string value) {
    pairs_.emplace_back(std::move(name), std::move(value));
  }
  /// The same, in place of an empty value of that name that was added last.
  void AddOrFill(std::string name, std::string value) {
    const bool fills = !pairs_.empty() && pairs_.back().first == name && LastSize() == 0;
    if (fills) pairs_.pop_back();
    Add(std::move(name), std::move(value));
  }
  /// Continues the value that was added last.
  void Extend(std::string_view more) { pairs_.back().second += more; }
  std::size_t LastSize() const { return pairs_.back().second.size(); }
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  /// The first of that name, empty when there is none.
  std::string_view First(std::string_view name) const {
    const std::string* found = Find(name);
    return found == nullptr ? std::string_view() : *found;
  }
  std::vector<std::string> All(std::string_view name) const;
  auto begin() const { return pairs_.begin(); }
  auto end() const { return pairs_.end(); }
  std::size_t size() const { return pairs_.size(); }

 private:
  const std::string* Find(std::string_view name) const;

  std::vector<std::pair<std::string, std::string>> pairs_;
};

/// A file of a form (multipart/form-data, RFC 7578).
struct Upload {
  std::string field;
  std::string name;  ///< as the client calls it
  std::string bytes;
};

/// An HTTP request that has arrived whole and is well-formed: every text is UTF-8 without control
/// characters (but tab and line ends in fields), within the limits of HttpOptions.
struct Request {
  std::string method;  ///< "GET" (also for HEAD) or "POST"
  std::string path;    ///< percent-decoded, "/vi/report"; no empty, "." or ".." segments
  Values query;
  Values fields;  ///< of a form, urlencoded or multipart
  std::vector<Upload> uploads;
  Values headers;  ///< names in lower case
  Values cookies;
  std::string address;  ///< of the client, "203.0.113.7": personal, for counting alone
  std::chrono::system_clock::time_point deadline;  ///< by when the answer has to be there
  /// Of one that is refused as malformed: what is wrong with it, in English; empty = not known.
  std::string fault;
};

/// A file that holds something: a browser sends one without a name when none is chosen.
bool HasFiles(const Request& request);

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones

  Response&& With(std::string name, std::string value) &&;
};

/// 303: the browser asks for `location` next.
Response SeeOther(std::string location);

}  // namespace lienthong::portal
