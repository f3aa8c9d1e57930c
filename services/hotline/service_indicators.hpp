#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "hotline/service_access.hpp"
#include "hotline/service_parts.hpp"
#include "lienthong/hotline/v1/indicators.pb.h"

namespace lienthong::hotline {

/// Public figures, kept for all visitors of the next 5 minutes, by what was asked. One caller
/// computes, others that ask the same meanwhile wait for it. Any thread.
class KeptIndicators {
 public:
  using Compute = std::function<v1::PublicIndicators()>;
  /// Throws what `compute` throws, which is not kept, and kDeadline when it waits too long.
  v1::PublicIndicators Get(const std::string& asked, const Call& call, const Compute& compute);

 private:
  struct Kept {
    std::timed_mutex mutex;  ///< held while one computes
    std::optional<v1::PublicIndicators> answer;
    base::Time at{};
  };
  std::shared_ptr<Kept> Find(const std::string& asked);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Kept>> kept_;
};

/// The use cases of IndicatorService, one method per RPC. Any thread; lives as long as the process.
class IndicatorService {
 public:
  explicit IndicatorService(const Parts& parts) : parts_(parts) {}

  v1::Indicators GetIndicators(const Call& call, const v1::GetIndicatorsRequest& request);
  v1::PublicIndicators GetPublicIndicators(const Call& call,
                                           const v1::GetPublicIndicatorsRequest& request);

 private:
  const Parts parts_;
  KeptIndicators kept_;
};

}  // namespace lienthong::hotline
