#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace lienthong::base {

/// Microseconds since the epoch, UTC: the resolution of PostgreSQL and of the wire.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// Vietnam has one zone without daylight saving: +07:00.
inline constexpr std::chrono::hours kVietnamOffset{7};

/// Two times, never mixed. Machine time: deadlines, lag, barriers, certificates. Business time
/// (machine time plus a configured offset): validity of units, deadlines of cases.
/// Called from any thread; lives as long as the process.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time MachineNow() const = 0;
  virtual Time BusinessNow() const = 0;
};

class SystemClock final : public Clock {
 public:
  explicit SystemClock(std::chrono::seconds business_offset) : business_offset_(business_offset) {}
  Time MachineNow() const override;
  Time BusinessNow() const override { return MachineNow() + business_offset_; }

 private:
  std::chrono::seconds business_offset_;
};

/// The calendar day in Vietnam at a time.
std::chrono::year_month_day DayInVietnam(Time time);
/// First moment of a day in Vietnam.
Time StartOfDay(std::chrono::year_month_day day);

/// RFC 3339 UTC with microseconds: "2019-07-10T00:30:00.000000Z".
std::string FormatTime(Time time);
/// Accepts what FormatTime writes, fewer fractional digits and a zone offset. Throws
/// std::invalid_argument.
Time ParseTime(std::string_view text);

/// ISO 8601 calendar day, "2019-07-10".
std::string FormatDay(std::chrono::year_month_day day);
/// Throws std::invalid_argument unless exactly YYYY-MM-DD and a day that exists.
std::chrono::year_month_day ParseDay(std::string_view text);

/// A day of a request: YYYY-MM-DD, exists, between 1900 and 2199. Throws InvalidField(`field`).
std::chrono::year_month_day CheckDay(std::string_view text, const std::string& field);

}  // namespace lienthong::base
