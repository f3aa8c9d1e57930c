#pragma once

#include <functional>
#include <future>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "platform/base/error.hpp"
#include "platform/journal/journal.hpp"
#include "support/server.hpp"
#include "support/shop_owner.hpp"

/// Calls that share commits, as their tests see them.
namespace lienthong::journal {

using namespace std::chrono_literals;

inline constexpr const char* kUnit = "H09.718";
/// Rows of one transaction have one xmin.
inline constexpr const char* kTransactions = "SELECT count(DISTINCT xmin::text) FROM journal";

/// One batch at a time, however slow the machine is: a call that is held up gathers all others
/// behind it, and they make one batch.
inline constexpr SharedCommit::Options kOneBatch{.batches_max = 1, .batch_time_max = 20s};

/// An owner of which one batch runs at a time, and calls of all kinds.
struct CommitStage {
  CommitStage() : owner("registry", kOneBatch) {}

  /// What became of a call: "" or the reason of its refusal.
  using Outcome = std::future<std::string>;

  static std::string ReasonOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const base::Error& error) {
      return error.reason;
    } catch (const std::exception& error) {
      return "not an Error";
    }
    return "";
  }

  template <class Call>
  Outcome Start(Call call) {
    return std::async(std::launch::async, [call] { return ReasonOf(call); });
  }

  /// Runs `closure` as a change of its own.
  Outcome Change(const Journal::Closure& closure, std::vector<Key> keys = {},
                 std::chrono::milliseconds time = 20s) {
    return Start([this, closure, keys, time] {
      RegisterEnterpriseRequest request;
      request.set_request_id(owner.ids_.New());
      rpc::Call call = owner.CallFrom(kUnit);
      call.deadline = std::chrono::steady_clock::now() + time;
      owner.journal_.Change<Enterprise>(call, request, keys, closure);
    });
  }

  Outcome Register(const std::string& name) {
    return Start([this, name] { owner.Register(kUnit, owner.ids_.New(), name, kTwoUnits); });
  }

  /// Until Release, later calls wait in the queue, and make one batch then.
  void HoldUp() {
    held_ = Change([this](pg::Tx& tx, const Heads&) {
      barrier.Pass();
      return Made(tx, "held up");
    });
    REQUIRE(barrier.Arrived(1));
  }
  void Release(std::size_t waiting) {
    REQUIRE(support::Eventually(10s, [&] { return owner.journal_.Waiting() == waiting; }));
    barrier.Open();
    CHECK(held_.get() == "");
  }

  Journal::Changes Made(pg::Tx& tx, const std::string& name, const std::string& id = "") {
    const std::string record = id.empty() ? owner.ids_.New() : id;
    tx.Write(kInsert, record, name, kUnit);
    Journal::Changes changes;
    changes.push_back({"EnterpriseRegistered", ToRecord(record, name, kTwoUnits)});
    return changes;
  }

  ShopOwner owner;
  support::Barrier barrier;
  Outcome held_;
};

}  // namespace lienthong::journal
