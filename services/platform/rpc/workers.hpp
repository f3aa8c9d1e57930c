#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace lienthong::rpc {

/// A bounded queue in front of a fixed number of threads. Any thread posts; destroyed after the
/// server has drained.
class Workers {
 public:
  Workers(int threads, std::size_t queue_max);
  ~Workers();

  /// False when the queue is full.
  bool Post(std::function<void()> task);

 private:
  void Work(std::stop_token stop);

  std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable_any posted_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace lienthong::rpc
