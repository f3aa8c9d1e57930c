#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "platform/files/files.hpp"

namespace lienthong::files {

struct KeeperOptions {
  std::string service;
  std::chrono::milliseconds clean_interval{60'000};
  /// Between two looks at everything that is stored.
  std::chrono::milliseconds compare_interval{3'600'000};
};

/// Background work on files: ends uploads, removes files that no record has, and compares rows and
/// bytes (metrics lienthong_files_missing, lienthong_files_unknown). One thread; destroyed before
/// the files.
class Keeper {
 public:
  Keeper(KeeperOptions options, Files& files) : options_(std::move(options)), files_(files) {}

  void Start();

 private:
  void Loop(std::stop_token stop);
  void Compare();

  KeeperOptions options_;
  Files& files_;
  std::chrono::steady_clock::time_point compared_at_{};
  std::jthread thread_;
};

}  // namespace lienthong::files
