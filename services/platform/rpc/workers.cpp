#include "platform/rpc/workers.hpp"

#include <stdexcept>
#include <utility>

namespace lienthong::rpc {

Workers::Workers(int threads, std::size_t queue_max) : queue_max_(queue_max) {
  if (threads < 1) throw std::invalid_argument("workers need at least one thread");
  threads_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this](std::stop_token stop) { Work(std::move(stop)); });
  }
}

Workers::~Workers() {
  // All at once; then each is joined. What is still queued is run: a call waits for its answer.
  for (std::jthread& thread : threads_) thread.request_stop();
}

bool Workers::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(task));
  }
  posted_.notify_one();
  return true;
}

void Workers::Work(std::stop_token stop) {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      posted_.wait(lock, stop, [this] { return !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace lienthong::rpc
