#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace lienthong::hotline {

/// A piece of a file from an offset on, empty at its end. Throws FILES_UNAVAILABLE.
using ReadPiece = std::function<std::string(const std::string& sha256, std::int64_t at)>;

struct PhotoOptions {
  int encoded_max = 2;                             ///< at once: each takes a core and up to 400 MB
  int waiting_max = 8;                             ///< calls that wait for that hold a worker each
  std::chrono::milliseconds encoding_max{10'000};  ///< what takes longer is given up
  std::chrono::milliseconds again_after{30'000};   ///< nor is it tried again before
  std::size_t kept_max = 64;
};

/// Photos as everybody may see them, the last ones asked for kept in memory. Does not know who may
/// see what. Any thread; lives as long as the process.
class Photos {
 public:
  explicit Photos(ReadPiece read, PhotoOptions options = {})
      : read_(std::move(read)), options_(options) {}

  /// Throws NotFound for what cannot be shown; PHOTOS_BUSY also for what was given up, as it may be
  /// the machine that is slow; kDeadline.
  std::string Jpeg(const std::string& sha256, const std::string& media_type,
                   std::chrono::steady_clock::time_point deadline);

 private:
  struct Kept {
    std::string sha256;
    std::string jpeg;  ///< empty = cannot be shown
    /// It was given up, and is kept until then.
    std::optional<std::chrono::steady_clock::time_point> again_at;
  };
  class Turn;
  /// nullptr = not kept; else the first of `kept_` now. Under the lock, as the next two.
  const Kept* Find(const std::string& sha256);
  void Await(std::unique_lock<std::mutex>& lock, std::chrono::steady_clock::time_point deadline);
  void Keep(Kept photo);
  static std::string Shown(const Kept& photo);
  Kept Encode(const std::string& sha256, const std::string& media_type,
              std::chrono::steady_clock::time_point deadline) const;

  const ReadPiece read_;
  const PhotoOptions options_;
  std::mutex mutex_;
  std::condition_variable left_;
  int encoded_ = 0;
  int waiting_ = 0;
  std::list<Kept> kept_;  ///< the last one asked for first
};

}  // namespace lienthong::hotline
