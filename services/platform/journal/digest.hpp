#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace lienthong::journal {

/// A number modulo 2^128: a view hash, or the sum of a set of them (PROTOCOL, Digest).
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  Digest& operator+=(const Digest& other);
  Digest& operator-=(const Digest& other);
  auto operator<=>(const Digest&) const = default;

  /// 32 lower-case hex digits.
  std::string Hex() const;
  /// 16 bytes, big-endian.
  std::string Bytes() const;
  /// Throw std::invalid_argument on a wrong length or digit.
  static Digest FromHex(std::string_view hex);
  static Digest FromBytes(std::string_view bytes);
};

/// First 16 bytes of SHA-256(key || 0x00 || decimal version || 0x00 || value).
Digest ViewHash(std::string_view key, std::int64_t version, std::string_view value);

inline constexpr int kBuckets = 256;
/// First byte of SHA-256(key).
int BucketOf(std::string_view key);

/// How many live messages, and their digest.
struct SetDigest {
  std::int64_t count = 0;
  Digest digest;

  void Add(const Digest& hash) { ++count, digest += hash; }
  void Remove(const Digest& hash) { --count, digest -= hash; }
  auto operator<=>(const SetDigest&) const = default;
};

}  // namespace lienthong::journal
