#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "hotline/providers.hpp"
#include "hotline/store_messages.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/id.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::hotline {

struct SenderOptions {
  int messages_per_day_max = 10;  ///< to one address
  std::string address_key;        ///< of the hashes in message_day
  /// Longer than any attempt takes: an attempt that has not ended by then is taken for lost.
  std::chrono::minutes claim{5};
  /// How long a provider that did not answer is left alone, with all that waits for it.
  std::chrono::seconds rest{30};
};

/// nullptr = none: its messages wait.
struct Providers {
  Provider* sms = nullptr;
  Provider* mail = nullptr;
};

/// Sends what is due, one message at a time: claimed in one transaction, sent in none, its outcome
/// stored in another. What is due is asked of the database each time, so nothing is lost while the
/// service is down; several copies of the service never send a message at once; after a crash in
/// between it is sent again under the same id, and counted as doubtful. Whom a provider refuses an
/// SMS for good, or does not reach, gets an e-mail if there is an address. A thread for each
/// provider, so that none waits for another; the providers outlive them.
class Sender {
 public:
  Sender(SenderOptions options, pg::Pool& pool, const base::Clock& clock, base::Ids& ids,
         Providers providers);

  void Start();

  /// Sends what is due now, at most 1,000 messages of each provider; returns how many attempts it
  /// made.
  std::size_t RunDue(const std::stop_token& stop = {});
  /// Counts what waits and what is doubtful, for the metrics, and forgets the days gone by, and
  /// whom old messages were for that were never sent.
  void Measure();

 private:
  struct Attempt {
    DueMessage message;
    std::string claim;
  };
  /// What becomes of one that is due: kLeft = as it is, kPostponed = not today.
  enum class Fate { kClaimed, kLeft, kPostponed };
  Fate Decide(pg::Tx& tx, const DueMessage& due, const std::string& claim, base::Time now);
  /// The next one that is to be sent; nullopt = none is due.
  std::optional<Attempt> Claim(Medium medium);
  /// A provider, and until when it is left alone. Of one thread.
  struct Line {
    Medium medium;
    Provider& provider;
    std::optional<base::Time> rests_until{};
  };
  bool Sent(Line& line);
  std::size_t RunDue(Line& line, const std::stop_token& stop);
  void Store(const Attempt& attempt, const SendOutcome& outcome);

  SenderOptions options_;
  pg::Pool& pool_;
  const base::Clock& clock_;
  base::Ids& ids_;
  std::vector<Line> lines_;
  std::vector<std::jthread> threads_;
};

}  // namespace lienthong::hotline
