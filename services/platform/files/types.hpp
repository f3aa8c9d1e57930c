#pragma once

#include <string>

namespace lienthong::files {

/// A name of a file in a request: NFC, without folders, at most 200 characters. Throws
/// FIELD_INVALID, and FILE_TYPE_REFUSED (INVALID_ARGUMENT) for an ending that is not accepted, both
/// for `field`.
std::string CheckFileName(const std::string& name, const std::string& field);

/// Do files with the ending of this name, which CheckFileName accepted, have this content?
bool IsContentOf(const std::string& name, const std::string& media_type);

}  // namespace lienthong::files
