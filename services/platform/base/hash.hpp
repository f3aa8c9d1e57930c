#pragma once

#include <string>
#include <string_view>

namespace lienthong::base {

/// SHA-256 (FIPS 180-4) of pieces. One owner, one thread.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& Add(std::string_view bytes);
  /// 32 bytes; starts over.
  std::string Finish();

 private:
  void* context_;
};

/// 32 bytes.
std::string Sha256Of(std::string_view bytes);
/// HMAC-SHA-256 (RFC 2104), 32 bytes.
std::string HmacSha256(std::string_view key, std::string_view bytes);

std::string ToHex(std::string_view bytes);
/// Throws std::invalid_argument on anything but pairs of hex digits.
std::string FromHex(std::string_view hex);

/// URL-safe base64 without padding (RFC 4648, section 5).
std::string ToBase64Url(std::string_view bytes);
/// Throws std::invalid_argument.
std::string FromBase64Url(std::string_view text);

}  // namespace lienthong::base
