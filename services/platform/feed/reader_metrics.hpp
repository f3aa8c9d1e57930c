#pragma once

#include <cstddef>
#include <map>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>

#include "platform/feed/reader.hpp"

namespace lienthong::feed {

/// The gauges of one reader, labelled with its member.
class ReaderMetrics {
 public:
  explicit ReaderMetrics(const std::string& member);

  void Show(const Consistency& state, double lag_seconds);
  /// Messages of both topics were applied, barriers among them.
  void Applied(std::size_t messages) { messages_.Increment(static_cast<double>(messages)); }

 private:
  std::string member_;
  prometheus::Gauge& lag_;
  prometheus::Gauge& verified_;
  prometheus::Gauge& parked_;
  prometheus::Gauge& records_;
  prometheus::Counter& messages_;
  prometheus::Family<prometheus::Gauge>& divergent_family_;
  std::map<std::string, prometheus::Gauge*> divergent_;  ///< by record type
};

}  // namespace lienthong::feed
