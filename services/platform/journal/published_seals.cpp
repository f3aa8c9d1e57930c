#include "platform/journal/published_seals.hpp"

#include <algorithm>

#include "platform/base/error.hpp"
#include "platform/journal/envelope.hpp"
#include "platform/kafka/catalogue.hpp"

namespace lienthong::journal {
namespace {

constexpr std::chrono::milliseconds kWait{5000};
constexpr int kMessagesPerPoll = 1000;

base::Error NoAnswer() {
  return base::Unavailable("TOPIC_UNAVAILABLE", "the seal topic does not answer");
}

}  // namespace

PublishedSeals::PublishedSeals(const kafka::ConnectOptions& options, const std::string& service)
    : consumer_(options, "service-" + service), topic_(kafka::SealTopic(service)) {
  const auto marks = consumer_.Watermarks(topic_, kWait);
  if (!marks) throw NoAnswer();
  low_ = marks->first;
  end_ = marks->second;
}

PublishedSeals::PublishedSeals(const kafka::ConnectOptions& options, const std::string& service,
                               std::optional<base::Time> since)
    : PublishedSeals(options, service) {
  const auto offset = since ? consumer_.OffsetOf(topic_, *since, kWait) : std::optional(low_);
  if (!offset) throw NoAnswer();
  ReadFrom(*offset);
}

void PublishedSeals::ReadFrom(std::int64_t offset) {
  next_ = std::max(offset, low_);
  consumer_.Assign({{topic_, next_}});
}

bool PublishedSeals::HasMore() {
  const auto marks = consumer_.Watermarks(topic_, kWait);
  if (!marks) throw NoAnswer();
  end_ = marks->second;
  return next_ < end_;
}

std::optional<SealRow> PublishedSeals::Next() {
  if (next_ >= end_ && !HasMore()) return std::nullopt;
  if (read_.empty()) {
    for (kafka::Message& message : consumer_.Poll(kMessagesPerPoll, kWait)) {
      read_.push_back(std::move(message));
    }
  }
  if (read_.empty()) throw NoAnswer();
  next_ = read_.front().offset + 1;
  const SealRow seal = ParseSealValue(read_.front().value.value_or("{}"));
  read_.pop_front();
  return seal;
}

std::optional<SealRow> PublishedSeals::Last(const kafka::ConnectOptions& options,
                                            const std::string& service) {
  PublishedSeals seals(options, service);
  seals.ReadFrom(seals.end_ - 1);
  std::optional<SealRow> last;
  while (auto seal = seals.Next()) last = std::move(seal);
  return last;
}

}  // namespace lienthong::journal
