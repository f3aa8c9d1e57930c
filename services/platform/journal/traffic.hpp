#pragma once

#include <cstdint>
#include <string>

#include <prometheus/counter.h>

#include "platform/kafka/catalogue.hpp"

namespace lienthong::journal {

/// What the relays of this process have had acknowledged of one topic:
/// lienthong_relay_{messages,bytes}_total{topic}; the same counters for everyone who asks. Any
/// thread.
class Traffic {
 public:
  explicit Traffic(const std::string& topic);

  /// A message, with the bytes of its key and value.
  void Add(std::uint64_t bytes) {
    messages_.Increment();
    bytes_.Increment(static_cast<double>(bytes));
  }

 private:
  prometheus::Counter& messages_;
  prometheus::Counter& bytes_;
};

/// Shows 0 of every topic that the service writes. Throws std::out_of_range for a service that the
/// catalogue lacks.
void ShowTraffic(const kafka::Catalogue& catalogue, const std::string& service);

}  // namespace lienthong::journal
