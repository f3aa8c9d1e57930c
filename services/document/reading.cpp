#include "document/reading.hpp"

#include <algorithm>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kOfficial = "official/";
constexpr const char* kPosition = "position/";
constexpr std::size_t kReaderCharactersMax = 100;

bool HasName(const std::string& reader) {
  for (const std::string prefix : {kOfficial, kPosition}) {
    if (reader.rfind(prefix, 0) == 0 && reader.size() > prefix.size()) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> NamesOf(const Reader& reader) {
  std::vector<std::string> names{kOfficial + reader.official_id};
  for (const std::string& position : reader.positions) names.push_back(kPosition + position);
  return names;
}

bool MayReadRestricted(const Reader& reader, const std::vector<std::string>& readers) {
  if (reader.is_clerk || reader.is_leader) return true;
  const std::vector<std::string> names = NamesOf(reader);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(readers.begin(), readers.end(), name) != readers.end();
  });
}

bool MayRead(const Reader& reader, const Draft& draft) {
  const bool signs =
      draft.submitted_to_official_id == reader.official_id ||
      (draft.content.signer && draft.content.signer->official_id == reader.official_id);
  if (draft.unit_id != reader.unit_id) return signs;  // the head of a subordinate unit: TL.
  return !draft.content.restricted || signs || draft.author_official_id == reader.official_id ||
         MayReadRestricted(reader, draft.readers);
}

bool MayDecide(const Reader& reader, const Draft& draft) {
  return draft.author_official_id == reader.official_id || reader.is_clerk || reader.is_leader;
}

void ForgetPositions(const std::string& from_unit, const std::string& to_unit,
                     std::vector<std::string>& readers) {
  if (from_unit == to_unit) return;
  std::erase_if(readers, [](const std::string& reader) { return reader.rfind(kPosition, 0) == 0; });
}

std::vector<std::string> CheckReaders(const std::vector<std::string>& readers,
                                      const std::string& field) {
  if (readers.size() > kReadersMax) throw base::InvalidField(field, "too many readers");
  std::vector<std::string> checked;
  for (const std::string& reader : readers) {
    checked.push_back(base::CheckText(reader, field, kReaderCharactersMax, true));
    if (!HasName(checked.back())) {
      throw base::InvalidField(field, "must be official/<id> or position/<code>");
    }
  }
  std::sort(checked.begin(), checked.end());
  checked.erase(std::unique(checked.begin(), checked.end()), checked.end());
  return checked;
}

}  // namespace lienthong::document
