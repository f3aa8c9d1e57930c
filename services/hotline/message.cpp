#include "hotline/message.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "hotline/report.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::minutes;

constexpr std::array kDelays{minutes(1), minutes(5), minutes(15), minutes(60)};
constexpr std::chrono::hours kTryingMax{24};
/// What the delays allow in that time. Attempts whose process ended come faster than they.
constexpr int kTriesMax = 27;
constexpr minutes kMorning{7 * 60 + 30};

void Replace(std::string& text, const std::string& name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    text.replace(at, name.size(), value);
    at += value.size();
  }
}

constexpr std::array kMonths{"January", "February", "March",     "April",   "May",      "June",
                             "July",    "August",   "September", "October", "November", "December"};

std::string DayIn(const std::string& language, std::chrono::year_month_day day) {
  const std::string iso = base::FormatDay(day);
  const std::string year = iso.substr(0, 4);
  if (language != "en") return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + year;
  const auto month = static_cast<unsigned>(day.month()), number = static_cast<unsigned>(day.day());
  return std::to_string(number) + " " + kMonths.at(month - 1) + " " + year;
}

}  // namespace

std::vector<MessageKind> SupersededBy(MessageKind kind) {
  using enum MessageKind;
  switch (kind) {
    case kReceived:
      return {};
    case kQuestion:
    case kExtended:
      // Of several units one may wait for the citizen while another needs more time.
      return {kind};
    case kUnanswered:
      return {kExtended, kUnanswered};
    case kAnswered:
    case kRejected:
    case kReopened:
      return {kQuestion, kExtended, kAnswered, kRejected, kReopened, kUnanswered};
  }
  throw std::logic_error("unknown kind of message");
}

std::optional<base::Time> NextTry(base::Time first, int tries, base::Time now) {
  if (tries >= kTriesMax) return std::nullopt;
  const auto step = static_cast<std::size_t>(std::max(tries, 1) - 1);
  const base::Time next = now + kDelays[std::min(step, kDelays.size() - 1)];
  if (next > first + kTryingMax) return std::nullopt;
  return next;
}

NextStep After(SendResult result, bool was_doubtful, bool superseded, base::Time first, int tries,
               base::Time now) {
  if (result == SendResult::kSent) return {MessageState::kSent, std::nullopt};
  if (result == SendResult::kRefused) return {MessageState::kFailed, std::nullopt};
  const auto next = superseded ? std::nullopt : NextTry(first, tries, now);
  if (was_doubtful || result == SendResult::kDoubtful) return {MessageState::kDoubtful, next};
  if (superseded) return {MessageState::kDropped, std::nullopt};
  return {next ? MessageState::kWaiting : MessageState::kGivenUp, next};
}

base::Time NextMorning(base::Time now) {
  const std::chrono::sys_days today = base::DayInVietnam(now);
  return base::StartOfDay(today + std::chrono::days(1)) + kMorning;
}

std::string Render(const std::string& text, const std::string& code,
                   const std::optional<std::chrono::year_month_day>& date,
                   const std::string& language) {
  std::string rendered = text;
  Replace(rendered, "{code}", ShownCode(code));
  Replace(rendered, "{date}", date ? DayIn(language, *date) : "");
  return rendered;
}

std::string ProofOf(const std::string& text, const std::string& address) {
  std::string proof;
  std::copy_if(text.begin(), text.end(), std::back_inserter(proof),
               [](char c) { return c >= ' ' && c <= '~'; });
  if (!address.empty()) Replace(proof, address, "...");
  return proof.substr(0, kProofCharactersMax);
}

}  // namespace lienthong::hotline
