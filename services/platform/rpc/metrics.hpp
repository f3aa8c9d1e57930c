#pragma once

#include <memory>

#include <prometheus/registry.h>

namespace lienthong::rpc {

/// The metrics of the process, shown at /metrics. Resolve children once and keep them.
std::shared_ptr<prometheus::Registry> MetricsRegistry();

}  // namespace lienthong::rpc
