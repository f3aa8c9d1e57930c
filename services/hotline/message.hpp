#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hotline/ticket.hpp"

/// Rules of outgoing messages (tin nhắn, thư báo cho công dân).
namespace lienthong::hotline {

inline constexpr std::size_t kProofCharactersMax = 200;
inline constexpr std::size_t kRetriesMax = 20;  ///< of a message, by officials

/// UUID; also the key under which the provider knows it.
struct MessageId {
  std::string text;
  auto operator<=>(const MessageId&) const = default;
};

/// What the citizen is told.
enum class MessageKind {
  kReceived = 1,
  kQuestion,
  kExtended,
  kAnswered,
  kRejected,
  kReopened,
  kUnanswered,  ///< the question
};

enum class Medium { kSms = 1, kEmail };

enum class MessageState {
  kWaiting = 1,
  kSent,
  kFailed,   ///< refused for good
  kGivenUp,  ///< not reached for too long
  kDropped,  ///< superseded before it was sent
  kDoubtful,
};

/// What came of one attempt.
enum class SendResult {
  kSent,
  kRefused,     ///< for good
  kNotReached,  ///< the provider does not have it
  kDoubtful,    ///< the provider may have it
};

struct SendOutcome {
  SendResult result = SendResult::kNotReached;
  std::string proof;  ///< the provider's word for it; of kSent
  std::string error;  ///< "HTTP_503"; of the others
};

/// Kinds that say less than `kind`, and are not sent any more once it is to be sent for the same
/// report. The code that RECEIVED carries is always sent.
std::vector<MessageKind> SupersededBy(MessageKind kind);

/// When to try again after the attempt number `tries` (1 = the first), begun at `first`, has not
/// reached the provider: after 1, 5, 15 and 60 minutes, then hourly, for 24 hours. nullopt = no
/// more.
std::optional<base::Time> NextTry(base::Time first, int tries, base::Time now);

/// What comes of a message. `superseded`: a newer one says more.
struct NextStep {
  MessageState state = MessageState::kWaiting;
  std::optional<base::Time> at;  ///< of the next attempt; nullopt = none
};
/// After attempt number `tries`, begun at `first`. `was_doubtful`: the provider may have it from an
/// earlier one; only a clear answer ends that.
NextStep After(SendResult result, bool was_doubtful, bool superseded, base::Time first, int tries,
               base::Time now);

/// When a message goes out whose address has had enough of them today: the next morning in Vietnam.
base::Time NextMorning(base::Time now);

/// `text` with {code} as it is shown and {date} as it is written in the language: "17/07/2019" in
/// Vietnamese, "17 July 2019" in English, whose readers take the day and the month of the first for
/// each other.
std::string Render(const std::string& text, const std::string& code,
                   const std::optional<std::chrono::year_month_day>& date,
                   const std::string& language);

/// What of a provider's word is kept: printable ASCII, not the address, at most
/// kProofCharactersMax.
std::string ProofOf(const std::string& text, const std::string& address);

}  // namespace lienthong::hotline
