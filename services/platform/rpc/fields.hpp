#pragma once

#include <cstddef>

#include <google/protobuf/message.h>

namespace lienthong::rpc {

/// The longest text field of any request.
inline constexpr std::size_t kFieldBytesMax = 64 * 1024;

/// What holds for every request, whatever its type: text is UTF-8 without U+0000 and at most
/// 64 KiB, enum values are known (proto3 enums are open: an unknown number arrives as itself),
/// messages nest at most 32 deep. Throws base::Error FIELD_INVALID with the path of the first
/// field at fault: "citizens[3].full_name".
void CheckFields(const google::protobuf::Message& request);

}  // namespace lienthong::rpc
