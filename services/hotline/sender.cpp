#include "hotline/sender.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include "platform/base/hash.hpp"
#include "platform/base/log.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

constexpr std::size_t kRunMax = 1000;
constexpr std::chrono::seconds kMeasureInterval{15};
constexpr std::chrono::milliseconds kWait{1000};
/// An official can have a message sent again for that long.
constexpr std::chrono::days kAddressKept{30};

const char* NameOf(Medium medium) { return medium == Medium::kSms ? "sms" : "email"; }

const char* NameOf(SendResult result) {
  switch (result) {
    case SendResult::kSent:
      return "sent";
    case SendResult::kRefused:
      return "refused";
    case SendResult::kNotReached:
      return "not_reached";
    case SendResult::kDoubtful:
      return "doubtful";
  }
  throw std::logic_error("unknown result");
}

void Count(Medium medium, const char* outcome) {
  static auto& family =
      prometheus::BuildCounter()
          .Name("lienthong_hotline_messages_total")
          .Help("Attempts to send a message, and messages given up or postponed, by outcome.")
          .Register(*rpc::MetricsRegistry());
  family.Add({{"medium", NameOf(medium)}, {"outcome", outcome}}).Increment();
}

/// `step` again and again until it is to stop; after a true one it rests.
template <class Step>
void Repeat(const std::stop_token& stop, std::chrono::milliseconds rest, const Step& step) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stop.stop_requested()) {
    bool rests = true;
    try {
      rests = step();
    } catch (const std::exception& error) {
      base::LogWarning("the sender of messages was interrupted", {{"error", pg::CauseOf(error)}});
    }
    if (!rests) continue;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, rest, [] { return false; });
  }
}

}  // namespace

Sender::Sender(SenderOptions options, pg::Pool& pool, const base::Clock& clock, base::Ids& ids,
               Providers providers)
    : options_(std::move(options)), pool_(pool), clock_(clock), ids_(ids) {
  if (providers.sms != nullptr) lines_.push_back({Medium::kSms, *providers.sms});
  if (providers.mail != nullptr) lines_.push_back({Medium::kEmail, *providers.mail});
}

void Sender::Start() {
  threads_.emplace_back([this](const std::stop_token& stop) {
    Repeat(stop, kMeasureInterval, [&] { return Measure(), true; });
  });
  for (Line& line : lines_) {
    threads_.emplace_back([this, &line](const std::stop_token& stop) {
      Repeat(stop, kWait, [&] { return RunDue(line, stop) < kRunMax; });
    });
  }
}

Sender::Fate Sender::Decide(Tx& tx, const DueMessage& due, const std::string& claim,
                            base::Time now) {
  const Day today = base::DayInVietnam(now);
  if (due.claim_ended) {
    EndClaim(tx, due.id);
    if (due.superseded || !NextTry(due.tried_at.value(), due.tries, now)) return Fate::kLeft;
  }
  // A message is counted once a day, however often it is tried.
  const std::string hash = base::HmacSha256(options_.address_key, due.address);
  if (!due.counted && !CountMessage(tx, hash, today, options_.messages_per_day_max)) {
    PostponeMessage(tx, due.id, NextMorning(now));
    return Fate::kPostponed;
  }
  ClaimMessage(tx, due.id, claim, now, now + options_.claim, today);
  return Fate::kClaimed;
}

std::optional<Sender::Attempt> Sender::Claim(Medium medium) {
  const base::Time now = clock_.BusinessNow();
  const std::string claim = ids_.New();
  for (;;) {
    Fate fate = Fate::kLeft;
    const auto due = pool_.Transact([&](Tx& tx) {
      auto found = SelectDueMessage(tx, medium, now, base::DayInVietnam(now));
      if (found) fate = Decide(tx, *found, claim, now);
      return found;
    });
    if (!due) return std::nullopt;
    if (due->claim_ended) Count(medium, NameOf(SendResult::kDoubtful));
    if (fate == Fate::kClaimed) return Attempt{*due, claim};
    if (fate == Fate::kPostponed) Count(medium, "postponed");
  }
}

void Sender::Store(const Attempt& attempt, const SendOutcome& outcome) {
  const MessageId& id = attempt.message.id;
  const base::Time now = clock_.BusinessNow();
  bool given_up = false;
  pool_.Transact([&](Tx& tx) {
    given_up = false;
    const auto held = SelectClaimed(tx, id, attempt.claim);
    if (held) {
      const NextStep next = After(outcome.result, held->is_doubtful, held->superseded,
                                  held->tried_at, held->tries, now);
      given_up = next.state == MessageState::kGivenUp;
      StoreOutcome(tx, id, outcome, next, now);
      if (given_up || next.state == MessageState::kFailed) QueueByEmail(tx, id, now);
    } else if (outcome.result == SendResult::kSent) {
      // It took longer than the claim, and another attempt has begun: the provider has it.
      StoreOutcome(tx, id, outcome, {MessageState::kSent, std::nullopt}, now);
    }
  });
  Count(attempt.message.medium, NameOf(outcome.result));
  if (given_up) Count(attempt.message.medium, "given_up");
  if (outcome.result == SendResult::kSent) return;
  base::LogWarning("a message was not sent", {{"message_id", id.text},
                                              {"medium", NameOf(attempt.message.medium)},
                                              {"outcome", NameOf(outcome.result)},
                                              {"error", outcome.error}});
}

bool Sender::Sent(Line& line) {
  const auto attempt = Claim(line.medium);
  if (!attempt) return false;
  const DueMessage& due = attempt->message;
  const SendOutcome outcome =
      line.provider.Send({due.id, due.address, due.subject,
                          Render(due.text, due.code, due.date, due.language), clock_.MachineNow()});
  Store(*attempt, outcome);
  const bool answered =
      outcome.result == SendResult::kSent || outcome.result == SendResult::kRefused;
  // The others keep their attempts for when it is back.
  if (!answered) line.rests_until = clock_.BusinessNow() + options_.rest;
  return true;
}

std::size_t Sender::RunDue(const std::stop_token& stop) {
  std::size_t attempts = 0;
  for (Line& line : lines_) attempts += RunDue(line, stop);
  return attempts;
}

std::size_t Sender::RunDue(Line& line, const std::stop_token& stop) {
  std::size_t attempts = 0;
  while (attempts < kRunMax && !stop.stop_requested()) {
    const bool rests = line.rests_until && clock_.BusinessNow() < *line.rests_until;
    if (rests || !Sent(line)) break;
    ++attempts;
  }
  return attempts;
}

void Sender::Measure() {
  static prometheus::Gauge& waiting = rpc::AddGauge(
      "lienthong_hotline_messages_waiting", "Messages that wait to be sent, of all copies.", {});
  static prometheus::Gauge& doubtful =
      rpc::AddGauge("lienthong_hotline_messages_doubtful",
                    "Messages that the provider may have, of all copies.", {});
  const base::Time now = clock_.BusinessNow();
  const auto open = pool_.Transact([&](Tx& tx) {
    DeleteMessageDays(tx, base::DayInVietnam(now));
    ForgetAddresses(tx, now - kAddressKept);
    return CountOpenMessages(tx);
  });
  waiting.Set(static_cast<double>(open.waiting));
  doubtful.Set(static_cast<double>(open.doubtful));
}

}  // namespace lienthong::hotline
