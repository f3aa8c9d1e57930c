#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include <prometheus/gauge.h>

namespace lienthong::portal {

/// What there is of the bodies of requests that are not answered yet: in all and by client
/// (NetworkOf). Thread-safe.
class Bodies {
 public:
  Bodies(std::size_t bytes_max, std::size_t of_client_bytes_max);
  /// False, and nothing is added, when it would be too much.
  bool Add(const std::string& address, std::size_t size);
  /// Of what was added for `address` or its neighbours.
  void Remove(const std::string& address, std::size_t size);

 private:
  const std::size_t bytes_max_;
  const std::size_t of_client_bytes_max_;
  prometheus::Gauge& gauge_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::map<std::string, std::size_t> of_clients_;
};

}  // namespace lienthong::portal
