// The queue of calls that share transactions, against a model, without a database.
#include <catch2/catch.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/journal/shared_commit.hpp"
#include "support/clock.hpp"

namespace lienthong::journal {
namespace {

constexpr int kBatches = 10'000;
constexpr int kThreads = 16;
constexpr int kLanes = 40;
constexpr std::chrono::seconds kPatience{20};

/// What runs now, and what has run: each lane at most once at a time.
class Model {
 public:
  explicit Model(int batches_max) : batches_max_(batches_max) {}

  void BeginBatch() {
    if (++batches_ > batches_max_) Wrong();
  }
  void EndBatch() { --batches_; }
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
  const int batches_max_;
  std::atomic<int> batches_ = 0;
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
  constexpr int kBatchesMax = 2;
  Model model(kBatchesMax);
  std::atomic<int> batches = 0, sent_away = 0, late = 0, left_over = 0;
  std::atomic<unsigned> next_seed = 1;
  SharedCommit::Options options{.calls_max = 8, .batches_max = kBatchesMax};
  options.time_left_min = std::chrono::milliseconds(1);
  SharedCommit commits(options, [&](const std::vector<SharedCommit::Member*>& members) {
    thread_local std::mt19937 random(next_seed++);
    ++batches;
    model.BeginBatch();
    if (members.size() > options.calls_max) model.Wrong();
    for (SharedCommit::Member* member : members) model.Begin(static_cast<Call*>(member)->lanes);
    if (random() % 2 == 0) commits.SetCommits(*members.front(), true);
    std::this_thread::yield();
    const bool is_split = random() % 10 == 0;
    for (SharedCommit::Member* member : members) {
      Call& call = *static_cast<Call*>(member);
      model.End(call.lanes);
      call.SetLeftOver(member != members.front() && random() % 10 == 0);
      if (call.IsLeftOver() && !is_split) {
        ++left_over;
        continue;
      }
      ++call.runs;
      if (!is_split && random() % 20 != 0) continue;
      call.is_sent_away = true;
      call.SendAlone();
    }
    model.EndBatch();
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
          if (!call.is_sent_away) model.BeginBatch(), model.Begin(lanes);
          if (random() % 2 == 0) commits.SetCommits(call, true);
          ++call.alone;
          if (!call.is_sent_away) model.End(lanes), model.EndBatch();
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
  CHECK(sent_away > 0);
  CHECK(late > 0);
  CHECK(left_over > 0);
}

TEST_CASE("calls that a batch left over are the first of the next one, in their order") {
  std::vector<std::vector<int>> batches;
  std::mutex mutex;
  std::promise<void> began, queued;
  SharedCommit::Options options{.batches_max = 1};
  struct Numbered : SharedCommit::Member {
    Numbered(int number, SharedCommit::Deadline deadline)
        : Member({std::to_string(number)}, deadline), number(number) {}
    int number;
  };
  SharedCommit commits(options, [&](const std::vector<SharedCommit::Member*>& members) {
    const std::lock_guard lock(mutex);
    batches.emplace_back();
    for (SharedCommit::Member* member : members) {
      // The first batch begins its first two only.
      member->SetLeftOver(batches.size() == 1 && batches.back().size() == 2);
      if (!member->IsLeftOver()) {
        batches.back().push_back(static_cast<Numbered*>(member)->number);
      }
    }
  });
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  {
    std::vector<std::jthread> threads;
    const auto join = [&](int number) {
      Numbered call(number, deadline);
      commits.Join(call, [&] {
        if (number != 0) return;
        began.set_value();
        queued.get_future().wait();
      });
    };
    threads.emplace_back(join, 0);
    began.get_future().wait();
    for (int number = 1; number <= 5; ++number) {
      threads.emplace_back(join, number);
      REQUIRE(support::Eventually(
          kPatience, [&] { return commits.Waiting() == static_cast<std::size_t>(number); }));
    }
    queued.set_value();
  }
  CHECK(batches == std::vector<std::vector<int>>{{1, 2}, {3, 4, 5}});
}

TEST_CASE("a call whose lane is free again does not wait for a slow batch of other lanes") {
  SharedCommit::Options options{.calls_max = 8, .batches_max = 4};
  options.patience = std::chrono::milliseconds(100);
  SharedCommit commits(options, [](const std::vector<SharedCommit::Member*>&) {});
  std::promise<void> first_ends, second_ends;
  std::atomic<bool> first_runs = false, second_runs = false, third_ran = false;
  const auto join = [&](const std::string& lane, const std::function<void()>& work) {
    return std::jthread([&commits, lane, work] {
      Call call({lane}, std::chrono::steady_clock::now() + std::chrono::seconds(60));
      commits.Join(call, work);
    });
  };
  const auto first = join("a", [&] {
    first_runs = true;
    first_ends.get_future().wait();
  });
  REQUIRE(support::Eventually(kPatience, [&] { return first_runs.load(); }));
  const auto third = join("a", [&] { third_ran = true; });
  REQUIRE(support::Eventually(kPatience, [&] { return commits.Waiting() == 1; }));
  // It has lost patience, found its lane taken, and goes on waiting.
  std::this_thread::sleep_for(2 * options.patience);
  const auto second = join("b", [&] {
    second_runs = true;
    second_ends.get_future().wait();
  });
  REQUIRE(support::Eventually(kPatience, [&] { return second_runs.load(); }));
  first_ends.set_value();
  CHECK(support::Eventually(kPatience, [&] { return third_ran.load(); }));
  second_ends.set_value();
}

TEST_CASE("a call is called when its lane is free, however long the batches of strangers take") {
  SharedCommit::Options options{.calls_max = 8, .batches_max = 4};
  options.patience = std::chrono::milliseconds(50);
  std::atomic<std::size_t> shared = 0;
  SharedCommit commits(options, [&](const std::vector<SharedCommit::Member*>& members) {
    shared += members.size();
  });
  std::promise<void> first_ends, stranger_ends;
  std::atomic<bool> first_runs = false, stranger_runs = false;
  const auto join = [&](const std::vector<std::string>& lanes, const std::function<void()>& work) {
    return std::jthread([&commits, lanes, work] {
      Call call({lanes.begin(), lanes.end()},
                std::chrono::steady_clock::now() + std::chrono::seconds(60));
      commits.Join(call, work);
    });
  };
  const auto first = join({"a", "b"}, [&] {
    first_runs = true;
    first_ends.get_future().wait();
  });
  REQUIRE(support::Eventually(kPatience, [&] { return first_runs.load(); }));
  std::atomic<int> ran = 0;
  const auto behind_a = join({"a"}, [&] { ++ran; });
  REQUIRE(support::Eventually(kPatience, [&] { return commits.Waiting() == 1; }));
  const auto behind_b = join({"b"}, [&] { ++ran; });
  REQUIRE(support::Eventually(kPatience, [&] { return commits.Waiting() == 2; }));
  const auto stranger = join({"c"}, [&] {
    stranger_runs = true;
    stranger_ends.get_future().wait();
  });
  REQUIRE(support::Eventually(kPatience, [&] { return stranger_runs.load(); }));
  first_ends.set_value();
  CHECK(support::Eventually(kPatience, [&] { return ran + shared == 2; }));
  stranger_ends.set_value();
}

TEST_CASE("a batch that only waits for its commit lets the next one begin") {
  SharedCommit::Options options{.calls_max = 8, .batches_max = 2};
  options.patience = std::chrono::hours(1);
  SharedCommit commits(options, [](const std::vector<SharedCommit::Member*>&) {});
  std::promise<void> may_commit, may_end;
  std::atomic<bool> first_runs = false, second_ran = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const std::jthread first([&] {
    Call call({"a"}, deadline);
    commits.Join(call, [&] {
      first_runs = true;
      may_commit.get_future().wait();
      commits.SetCommits(call, true);
      may_end.get_future().wait();
    });
  });
  REQUIRE(support::Eventually(kPatience, [&] { return first_runs.load(); }));
  const std::jthread second([&] {
    Call call({"b"}, deadline);
    commits.Join(call, [&] { second_ran = true; });
  });
  REQUIRE(support::Eventually(kPatience, [&] { return commits.Waiting() == 1; }));
  CHECK_FALSE(second_ran);
  may_commit.set_value();
  CHECK(support::Eventually(kPatience, [&] { return second_ran.load(); }));
  may_end.set_value();
}

}  // namespace lienthong::journal
