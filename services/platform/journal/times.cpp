#include "platform/journal/times.hpp"

#include <chrono>

#include "platform/base/error.hpp"

namespace lienthong::journal {
namespace {

using std::chrono::year;

constexpr std::chrono::sys_seconds kTimeMin{std::chrono::sys_days(year(1900) / 1 / 1)};
constexpr std::chrono::sys_seconds kTimeMax{std::chrono::sys_days(year(2200) / 1 / 1)};
constexpr int kNanosMax = 999'999'999;

}  // namespace

void SetTime(google::protobuf::Timestamp* timestamp, base::Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timestamp->set_seconds(seconds.time_since_epoch().count());
  timestamp->set_nanos(static_cast<int>(std::chrono::nanoseconds(time - seconds).count()));
}

base::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return base::Time(std::chrono::seconds(timestamp.seconds()) +
                    std::chrono::microseconds(timestamp.nanos() / 1000));
}

base::Time CheckTime(const google::protobuf::Timestamp& timestamp, const std::string& field) {
  const std::chrono::sys_seconds seconds{std::chrono::seconds(timestamp.seconds())};
  if (timestamp.nanos() < 0 || timestamp.nanos() > kNanosMax || seconds < kTimeMin ||
      seconds >= kTimeMax) {
    throw base::InvalidField(field, "must be a time between 1900 and 2199");
  }
  return ToTime(timestamp);
}

}  // namespace lienthong::journal
