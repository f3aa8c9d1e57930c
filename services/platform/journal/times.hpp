#pragma once

#include <string>

#include <google/protobuf/timestamp.pb.h>

#include "platform/base/clock.hpp"

namespace lienthong::journal {

/// Times in messages, to the microsecond.
void SetTime(google::protobuf::Timestamp* timestamp, base::Time time);
base::Time ToTime(const google::protobuf::Timestamp& timestamp);
/// Of a request. Throws InvalidField(`field`) unless it is between 1900 and 2199.
base::Time CheckTime(const google::protobuf::Timestamp& timestamp, const std::string& field);

}  // namespace lienthong::journal
