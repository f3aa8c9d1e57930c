#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lienthong::files {

/// A name of a file in a request: NFC, without folders, at most 200 characters. Throws
/// FIELD_INVALID, and FILE_TYPE_REFUSED (INVALID_ARGUMENT) for an ending that is not accepted, both
/// for `field`.
std::string CheckFileName(const std::string& name, const std::string& field);

/// Bytes at the beginning of a file that tell what kind of container it is.
inline constexpr std::size_t kFirstBytes = 256;

/// Are files with the ending of this name, which CheckFileName accepted, ZIP containers?
bool IsZipFormat(const std::string& name);

/// Do they have this content? A ZIP container under the name of an office document (ECMA-376,
/// OpenDocument) begins like one.
bool IsContentOf(const std::string& name, const std::string& media_type,
                 std::string_view first_bytes);

}  // namespace lienthong::files
