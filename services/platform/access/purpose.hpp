#pragma once

#include <cstddef>
#include <string>

namespace lienthong::access {

inline constexpr std::size_t kPurposeCharactersMax = 500;

/// The purpose a read of a person's record names, as it is kept: trimmed, NFC, at most
/// kPurposeCharactersMax (Nghị định 13/2023/NĐ-CP, Điều 3: personal data are processed for a stated
/// purpose). Throws PURPOSE_MISSING without one, FIELD_INVALID.
std::string CheckPurpose(const std::string& text);

}  // namespace lienthong::access
