// The queue of calls that share transactions, against a model, without a database.
#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/journal/shared_commit.hpp"

namespace lienthong::journal {
namespace {

constexpr int kBatches = 10'000;
constexpr int kThreads = 16;
constexpr int kLanes = 40;

/// What runs now, and what has run: each lane at most once at a time.
class Model {
 public:
  void Begin(const std::set<std::string>& lanes) {
    const std::lock_guard lock(mutex_);
    for (const std::string& lane : lanes) {
      if (!running_.insert(lane).second) is_right_ = false;
    }
  }
  void End(const std::set<std::string>& lanes) {
    const std::lock_guard lock(mutex_);
    for (const std::string& lane : lanes) running_.erase(lane);
  }
  void Wrong() { is_right_ = false; }
  bool IsRight() const { return is_right_; }

 private:
  std::mutex mutex_;
  std::set<std::string> running_;
  std::atomic<bool> is_right_ = true;
};

struct Call : SharedCommit::Member {
  Call(const std::set<std::string>& lanes, SharedCommit::Deadline deadline)
      : Member({lanes.begin(), lanes.end()}, deadline), lanes(lanes) {}
  std::set<std::string> lanes;
  int runs = 0;  ///< in a batch
  bool is_sent_away = false;
  int alone = 0;
};

}  // namespace

TEST_CASE("in ten thousand random batches each call runs once and alone in its lanes") {
  Model model;
  std::atomic<int> batches = 0, shared = 0, sent_away = 0, late = 0;
  std::atomic<unsigned> next_seed = 1;
  SharedCommit::Options options{.calls_max = 8, .batches_max = 2};
  options.time_left_min = std::chrono::milliseconds(1);
  SharedCommit commits(options, [&](const std::vector<SharedCommit::Member*>& members) {
    thread_local std::mt19937 random(next_seed++);
    ++batches;
    if (members.size() > 1) ++shared;
    if (members.size() > options.calls_max) model.Wrong();
    for (SharedCommit::Member* member : members) model.Begin(static_cast<Call*>(member)->lanes);
    std::this_thread::yield();
    const bool is_split = random() % 10 == 0;
    for (SharedCommit::Member* member : members) {
      Call& call = *static_cast<Call*>(member);
      ++call.runs;
      model.End(call.lanes);
      if (!is_split && random() % 20 != 0) continue;
      call.is_sent_away = true;
      call.SendAlone();
    }
  });
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    while (batches < kBatches) {
      std::set<std::string> lanes;
      for (unsigned i = random() % 3; i < 3; ++i) lanes.insert(std::to_string(random() % kLanes));
      const bool is_short = random() % 50 == 0;
      Call call(lanes, std::chrono::steady_clock::now() +
                           (is_short ? std::chrono::microseconds(50) : std::chrono::seconds(60)));
      try {
        commits.Join(call, [&] {
          // Alone because it had no company: then its lanes are its own.
          if (!call.is_sent_away) model.Begin(lanes);
          ++call.alone;
          ++batches;
          if (!call.is_sent_away) model.End(lanes);
        });
        if (call.runs + call.alone != (call.is_sent_away ? 2 : 1)) model.Wrong();
        sent_away += call.is_sent_away ? 1 : 0;
      } catch (const base::Error&) {
        if (!is_short || call.runs + call.alone != 0) model.Wrong();
        ++late;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i <= kThreads; ++i) threads.emplace_back(work, 1000 + i);
  }
  CHECK(model.IsRight());
  CHECK(commits.Waiting() == 0);
  CHECK(shared > 100);
  CHECK(sent_away > 0);
}

}  // namespace lienthong::journal
