#include "hotline/service_photos.hpp"

#include <algorithm>

#include "hotline/photo.hpp"
#include "platform/base/error.hpp"
#include "platform/base/log.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 4096;
constexpr std::chrono::milliseconds kBusyRetry{1000};

base::Error Late() {
  return {base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED", "the deadline has passed"};
}

base::Error TooBusy(std::chrono::milliseconds retry_after) {
  return base::Exhausted("PHOTOS_BUSY", "too many photos are being encoded", retry_after);
}

}  // namespace

/// One of those that encode; works without the lock.
class Photos::Turn {
 public:
  Turn(Photos& photos, std::unique_lock<std::mutex>& lock) : photos_(photos), lock_(lock) {
    ++photos_.encoded_;
    lock_.unlock();
  }
  ~Turn() {
    lock_.lock();
    --photos_.encoded_;
    photos_.left_.notify_all();  // the first one woken may find that it need not encode
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Photos& photos_;
  std::unique_lock<std::mutex>& lock_;
};

std::string Photos::Jpeg(const std::string& sha256, const std::string& media_type,
                         steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (const Kept* const kept = Find(sha256)) return Shown(*kept);
  if (encoded_ >= options_.encoded_max) {
    Await(lock, deadline);
    // Who was before may have asked for the same.
    if (const Kept* const kept = Find(sha256)) return Shown(*kept);
  }
  Kept made;
  {
    const Turn turn(*this, lock);
    made = Encode(sha256, media_type, deadline);
  }
  Keep(made);
  return Shown(made);
}

std::string Photos::Shown(const Kept& photo) {
  if (photo.again_at) {
    const auto wait = *photo.again_at - steady_clock::now();
    throw TooBusy(std::max(kBusyRetry, std::chrono::ceil<std::chrono::milliseconds>(wait)));
  }
  if (photo.jpeg.empty()) throw base::NotFound();
  return photo.jpeg;
}

const Photos::Kept* Photos::Find(const std::string& sha256) {
  const auto found = std::find_if(kept_.begin(), kept_.end(),
                                  [&](const Kept& one) { return one.sha256 == sha256; });
  if (found == kept_.end()) return nullptr;
  if (found->again_at && *found->again_at <= steady_clock::now()) {
    kept_.erase(found);
    return nullptr;
  }
  kept_.splice(kept_.begin(), kept_, found);
  return &kept_.front();
}

void Photos::Await(std::unique_lock<std::mutex>& lock, steady_clock::time_point deadline) {
  if (waiting_ >= options_.waiting_max) {
    throw TooBusy(kBusyRetry);
  }
  ++waiting_;
  const bool has_turn =
      left_.wait_until(lock, deadline, [&] { return encoded_ < options_.encoded_max; });
  --waiting_;
  if (!has_turn) throw Late();
}

void Photos::Keep(Kept photo) {
  if (const Kept* const kept = Find(photo.sha256)) {  // two encoded the same at once
    if (photo.again_at || !kept->again_at) return;
    kept_.pop_front();
  }
  kept_.push_front(std::move(photo));
  if (kept_.size() > options_.kept_max) kept_.pop_back();
}

Photos::Kept Photos::Encode(const std::string& sha256, const std::string& media_type,
                            steady_clock::time_point deadline) const {
  const auto gives_up_at = steady_clock::now() + options_.encoding_max;
  bool gave_up = false;
  std::string read;
  std::int64_t read_to = 0;
  std::size_t at = 0;
  const auto next = [&] {
    const auto now = steady_clock::now();
    if (now > deadline) throw Late();
    gave_up = now > gives_up_at;
    if (gave_up) return std::string();
    if (at == read.size()) {
      read = read_(sha256, read_to);
      read_to += static_cast<std::int64_t>(read.size());
      at = 0;
    }
    const std::string piece = read.substr(at, kPieceBytes);
    at += piece.size();
    return piece;
  };
  const auto jpeg = EncodePhoto(media_type, next);
  if (!jpeg || gave_up) {
    base::LogWarning(gave_up ? "a photo took too long" : "a photo cannot be shown",
                     {{"sha256", sha256}, {"media_type", media_type}});
  }
  if (gave_up) return {sha256, {}, steady_clock::now() + options_.again_after};
  return {sha256, jpeg.value_or(""), std::nullopt};
}

}  // namespace lienthong::hotline
