#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// Photos for everybody: what the camera wrote beside the picture stays behind.
namespace lienthong::hotline {

inline constexpr int kPhotoEdgeMax = 1600;                   ///< pixels, of what comes out
inline constexpr std::int64_t kPhotoPixelsMax = 50'000'000;  ///< of what is read

/// May a file of this type be shown as a photo? JPEG, PNG.
bool IsPhoto(const std::string& media_type);

/// The next bytes of a file, empty at its end. Few at a time: they are decoded before it is asked
/// again, and a byte can stand for much work. What it throws is passed on.
using NextPiece = std::function<std::string()>;

/// The picture alone, encoded anew as JPEG of quality 85: turned as its orientation says (EXIF
/// 2.32, 4.6.4, tag 274), on white where it is transparent, its longer side at most kPhotoEdgeMax.
/// nullopt: not a picture of this type, damaged, or too large.
std::optional<std::string> EncodePhoto(const std::string& media_type, const NextPiece& next);

}  // namespace lienthong::hotline
