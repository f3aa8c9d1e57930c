#include "ops/judge.hpp"

#include <algorithm>

#include "ops/show.hpp"

namespace lienthong::ops {
namespace {

constexpr int kBrokenShownMax = 5;

std::string Count(std::int64_t count, const std::string& one, const std::string& more) {
  return std::to_string(count) + " " + (count == 1 ? one : more);
}

void Append(std::string& text, const std::string& more) {
  text += (text.empty() ? "" : ", ") + more;
}

/// Of a copy that differs.
std::string DifferenceOf(const Copy& copy) {
  std::string text;
  if (copy.divergent > 0) {
    Append(text, Count(copy.divergent, "record differs", "records differ"));
  }
  if (copy.suspects > 0) Append(text, Count(copy.suspects, "suspect", "suspects"));
  if (copy.parked > 0) Append(text, Count(copy.parked, "message parked", "messages parked"));
  return text;
}

}  // namespace

const char* NameOf(CopyState state) {
  switch (state) {
    case CopyState::kUnreachable:
      return "unreachable";
    case CopyState::kDiverged:
      return "diverged";
    case CopyState::kBehind:
      return "behind";
    case CopyState::kEqual:
      return "equal";
  }
  return "";
}

Copy JudgeCopy(const replica::v1::UnitConsistency& unit, base::Time now) {
  Copy copy{.unit = unit.unit_id(),
            .verified_at = TimeOf(unit.has_verified_at(), unit.verified_at()),
            .lag_messages = unit.lag_messages(),
            .parked = unit.parked()};
  std::string waiting;
  for (const auto& owner : unit.owners()) {
    copy.suspects += owner.suspects();
    for (const auto& type : owner.types()) copy.divergent += type.divergent();
    if (!owner.equal() && waiting.find(owner.owner()) == std::string::npos) {
      Append(waiting, owner.owner());
    }
  }
  if (copy.divergent > 0 || copy.suspects > 0 || copy.parked > 0) {
    copy.state = CopyState::kDiverged;
    copy.why = DifferenceOf(copy);
  } else if (!unit.equal()) {
    copy.state = CopyState::kBehind;
    copy.why = waiting.empty() ? "no barrier has matched yet" : "no barrier matched of " + waiting;
  } else if (!copy.verified_at || now - *copy.verified_at > kBehindAfter) {
    copy.state = CopyState::kBehind;
    copy.why =
        copy.verified_at ? "no barrier for " + Age(*copy.verified_at, now) : "not verified yet";
  } else {
    copy.state = CopyState::kEqual;
  }
  return copy;
}

std::vector<Copy> Slowest(std::vector<Copy> copies, std::size_t count) {
  std::erase_if(copies, [](const Copy& copy) { return copy.state == CopyState::kUnreachable; });
  std::ranges::stable_sort(copies, [](const Copy& one, const Copy& other) {
    if (one.verified_at != other.verified_at) return one.verified_at < other.verified_at;
    return one.lag_messages > other.lag_messages;
  });
  if (copies.size() > count) copies.resize(count);
  return copies;
}

std::vector<std::string> ProblemsOf(const journal::v1::OwnerStatus& owner, base::Time now) {
  std::vector<std::string> problems;
  if (owner.stopped_by_seals()) {
    problems.emplace_back(
        "the relay has stopped: the seal topic is ahead of the database, or differs from it");
  } else if (!owner.relay_held()) {
    problems.emplace_back("no process has the relay: nothing is published");
  }
  const auto unsent = TimeOf(owner.has_oldest_unsent_at(), owner.oldest_unsent_at());
  if (unsent && now - *unsent > kUnsentAfter) {
    problems.push_back("rows wait to be published since " + LocalTime(*unsent));
  }
  if (owner.complete_epoch() < owner.epoch()) {
    problems.push_back("epoch " + std::to_string(owner.epoch()) +
                       " is not complete: records are being published again");
  }
  for (const auto& feed : owner.broken_feeds()) {
    if (static_cast<int>(problems.size()) >= kBrokenShownMax) break;
    const auto since = TimeOf(feed.has_since(), feed.since());
    problems.push_back(feed.topic() + " cannot be written" +
                       (since ? " since " + LocalTime(*since) : "") + ": " + feed.reason());
  }
  if (owner.broken_feeds_size() > 0) {
    problems.push_back(Count(owner.broken_feeds_size(), "feed", "feeds") + " broken in all");
  }
  if (owner.parked_events() > 0) {
    problems.push_back(Count(owner.parked_events(), "message", "messages") +
                       " parked: lienthong parked list --service " + owner.service());
  }
  if (owner.scrub_defects() > 0) {
    problems.push_back(Count(owner.scrub_defects(), "record is", "records are") +
                       " not what the journal says");
  }
  const auto known = TimeOf(owner.has_directory_verified_at(), owner.directory_verified_at());
  if (owner.service() != "directory" && (!known || now - *known > kDirectoryOldAfter)) {
    problems.push_back(known ? "what it knows of the directory is of " + LocalTime(*known)
                             : "it does not know the directory yet");
  }
  return problems;
}

std::vector<std::string> NotesOf(const journal::v1::OwnerStatus& owner) {
  std::vector<std::string> notes;
  if (owner.stale_audiences() > 0) {
    notes.push_back("the audience of " + Count(owner.stale_audiences(), "record is", "records is") +
                    " to be computed again");
  }
  return notes;
}

}  // namespace lienthong::ops
