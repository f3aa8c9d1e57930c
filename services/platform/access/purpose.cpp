#include "platform/access/purpose.hpp"

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::access {
std::string CheckPurpose(const std::string& text) {
  std::string purpose = base::CheckText(text, "purpose", kPurposeCharactersMax, false);
  if (purpose.empty()) {
    throw base::Invalid("PURPOSE_MISSING", "purpose", "a read of a person names its purpose");
  }
  return purpose;
}

}  // namespace lienthong::access
