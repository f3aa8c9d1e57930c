#include "platform/base/id.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <openssl/rand.h>

#include "platform/base/hash.hpp"

namespace lienthong::base {
namespace {

/// Milliseconds since the epoch and, in 12 bits, the fraction of the millisecond: the first 60
/// bits that a UUID version 7 has for time (RFC 9562, 6.2, method 3).
std::uint64_t TimeBits() {
  using std::chrono::nanoseconds;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto total =
      static_cast<std::uint64_t>(std::chrono::duration_cast<nanoseconds>(now).count());
  const std::uint64_t milliseconds = total / 1'000'000;
  const std::uint64_t rest = total % 1'000'000;
  return milliseconds << 12 | rest * 4096 / 1'000'000;
}

std::string Dashed(const std::string& bytes) {
  std::string text = ToHex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

bool IsHexDigit(char letter) {
  return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
         (letter >= 'A' && letter <= 'F');
}

}  // namespace

std::string RandomIds::New() {
  const std::uint64_t now = TimeBits();
  std::uint64_t last = last_.load();
  std::uint64_t bits = 0;
  // Rises even when two calls fall into one tick or the machine's clock is set back.
  do {
    bits = std::max(now, last + 1);
  } while (!last_.compare_exchange_weak(last, bits));

  std::string bytes(8, '\0');
  const std::uint64_t first = bits >> 12 << 16 | 0x7000 | (bits & 0x0fff);
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(first >> (56 - 8 * i) & 0xff);
  bytes += RandomBytes(8);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return Dashed(bytes);
}

std::string UuidOf(std::string_view bytes) {
  std::string id = Sha256Of(bytes).substr(0, 16);
  id[6] = static_cast<char>((id[6] & 0x0f) | 0x80);
  id[8] = static_cast<char>((id[8] & 0x3f) | 0x80);
  return Dashed(id);
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (is_dash ? text[at] != '-' : !IsHexDigit(text[at])) return false;
  }
  return true;
}

bool IsRecordId(std::string_view text) {
  return IsUuid(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  const int done =
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  if (done != 1) throw std::runtime_error("no random bytes from OpenSSL");
  return bytes;
}

}  // namespace lienthong::base
