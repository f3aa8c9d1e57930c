#include "platform/journal/digest.hpp"

#include <charconv>
#include <stdexcept>

#include "platform/base/hash.hpp"

namespace lienthong::journal {
namespace {

void PutBigEndian(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((number >> shift) & 0xff);
}

std::uint64_t GetBigEndian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::uint64_t NumberFromHex(std::string_view hex) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
  if (error != std::errc() || end != hex.data() + hex.size()) {
    throw std::invalid_argument("not a hex digit");
  }
  return number;
}

}  // namespace

Digest& Digest::operator+=(const Digest& other) {
  low += other.low;
  high += other.high + (low < other.low ? 1 : 0);
  return *this;
}

Digest& Digest::operator-=(const Digest& other) {
  const std::uint64_t borrow = low < other.low ? 1 : 0;
  low -= other.low;
  high -= other.high + borrow;
  return *this;
}

std::string Digest::Bytes() const {
  std::string bytes;
  PutBigEndian(bytes, high);
  PutBigEndian(bytes, low);
  return bytes;
}

std::string Digest::Hex() const { return base::ToHex(Bytes()); }

Digest Digest::FromBytes(std::string_view bytes) {
  if (bytes.size() != 16) throw std::invalid_argument("a digest has 16 bytes");
  return {GetBigEndian(bytes.substr(0, 8)), GetBigEndian(bytes.substr(8))};
}

Digest Digest::FromHex(std::string_view hex) {
  if (hex.size() != 32) throw std::invalid_argument("a digest has 32 hex digits");
  return {NumberFromHex(hex.substr(0, 16)), NumberFromHex(hex.substr(16))};
}

Digest ViewHash(std::string_view key, std::int64_t version, std::string_view value) {
  const std::string number = std::to_string(version);
  const std::string_view zero("\0", 1);
  base::Sha256 hash;
  hash.Add(key).Add(zero).Add(number).Add(zero).Add(value);
  return Digest::FromBytes(std::string_view(hash.Finish()).substr(0, 16));
}

int BucketOf(std::string_view key) {
  return static_cast<unsigned char>(base::Sha256Of(key).front());
}

}  // namespace lienthong::journal
