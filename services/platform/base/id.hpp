#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace lienthong::base {

/// Makes identifiers. Called from any thread; lives as long as the process.
class Ids {
 public:
  virtual ~Ids() = default;
  /// UUID version 7 (RFC 9562), lower case: rises with time.
  virtual std::string New() = 0;
};

class RandomIds final : public Ids {
 public:
  std::string New() override;

 private:
  std::atomic<std::uint64_t> last_{0};  ///< time bits of the newest id
};

/// True for 8-4-4-4-12 hex digits, any case.
bool IsUuid(std::string_view text);

/// The same in our own form: lower case. Identifiers of records are written so.
bool IsRecordId(std::string_view text);

/// A UUID of version 8 (RFC 9562) made of a hash: the same for the same bytes.
std::string UuidOf(std::string_view bytes);

/// Cryptographically secure random bytes.
std::string RandomBytes(std::size_t count);

}  // namespace lienthong::base
