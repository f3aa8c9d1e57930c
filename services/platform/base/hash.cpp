#include "platform/base/hash.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace lienthong::base {
namespace {

constexpr std::size_t kSha256Bytes = 32;
constexpr char kHexDigits[] = "0123456789abcdef";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void Require(int ok, const char* what) {
  if (ok != 1) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

/// Fetched once: OpenSSL 3 looks EVP_sha256() up again at every use.
const EVP_MD* Sha256Algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  if (!algorithm) throw std::runtime_error("OpenSSL: no SHA-256");
  return algorithm.get();
}

EVP_MD_CTX* Context(void* context) { return static_cast<EVP_MD_CTX*>(context); }

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// -1 = not a hex digit.
int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  Require(EVP_DigestInit_ex(Context(context_), Sha256Algorithm(), nullptr), "digest init");
}

Sha256::~Sha256() { EVP_MD_CTX_free(Context(context_)); }

Sha256& Sha256::Add(std::string_view bytes) {
  Require(EVP_DigestUpdate(Context(context_), bytes.data(), bytes.size()), "digest update");
  return *this;
}

std::string Sha256::Finish() {
  std::string digest(kSha256Bytes, '\0');
  Require(EVP_DigestFinal_ex(Context(context_), Bytes(digest), nullptr), "digest end");
  Require(EVP_DigestInit_ex(Context(context_), Sha256Algorithm(), nullptr), "digest init");
  return digest;
}

std::string Sha256Of(std::string_view bytes) {
  std::string digest(kSha256Bytes, '\0');
  Require(
      EVP_Digest(bytes.data(), bytes.size(), Bytes(digest), nullptr, Sha256Algorithm(), nullptr),
      "digest");
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string code(kSha256Bytes, '\0');
  // A null key would mean "the key of the call before".
  const char* const key_data = key.empty() ? "" : key.data();
  const unsigned char* const done = HMAC(Sha256Algorithm(), key_data, static_cast<int>(key.size()),
                                         reinterpret_cast<const unsigned char*>(bytes.data()),
                                         bytes.size(), Bytes(code), nullptr);
  Require(done != nullptr ? 1 : 0, "HMAC");
  return code;
}

std::string ToHex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    hex += kHexDigits[static_cast<unsigned char>(byte) >> 4];
    hex += kHexDigits[static_cast<unsigned char>(byte) & 0x0f];
  }
  return hex;
}

std::string FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) throw std::invalid_argument("an odd number of hex digits");
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t at = 0; at < hex.size(); at += 2) {
    const int high = HexValue(hex[at]);
    const int low = HexValue(hex[at + 1]);
    if (high < 0 || low < 0) throw std::invalid_argument("not a hex digit");
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string ToBase64Url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text += kBase64Url[bits >> (count - 6) & 0x3f];
  }
  if (count > 0) text += kBase64Url[bits << (6 - count) & 0x3f];
  return text;
}

std::string FromBase64Url(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const std::size_t value = kBase64Url.find(letter);
    if (value == std::string_view::npos) throw std::invalid_argument("not URL-safe base64");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  // One way to write each text only: a lone letter or bits left over are no encoding of anything.
  if (count >= 6 || (bits & ((1U << count) - 1)) != 0) {
    throw std::invalid_argument("base64 that ends within a byte");
  }
  return bytes;
}

}  // namespace lienthong::base
