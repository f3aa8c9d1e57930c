#include "document/service_rights.hpp"

#include <algorithm>

namespace lienthong::document {
namespace {

/// Rights that are there of closed units which `unit` continues, or of those beside it.
std::vector<ReadingRight> Continued(pg::Tx& tx, const DocumentId& document, const std::string& unit,
                                    const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(unit);
  std::vector<std::string> ids;
  for (const auto& [closed, continued_by] : sharing.Successions()) {
    const bool is_near = heir != nullptr && continued_by == heir->id();
    if (is_near && closed != unit) ids.push_back(ReadingRight{document, closed, {}}.Id());
  }
  if (heir != nullptr && heir->id() != unit) {
    ids.push_back(ReadingRight{document, heir->id(), {}}.Id());
  }
  return ids.empty() ? std::vector<ReadingRight>() : SelectReadingRights(tx, ids);
}

void Put(pg::Tx& tx, const ReadingRight& right, const access::Sharing& sharing, Changes& changes) {
  UpsertReadingRight(tx, right);
  changes.push_back(Answer("ReadersSet", ToRecord(right, sharing)));
}

}  // namespace

void AddRightKeys(pg::Tx& tx, const DocumentId& document, const std::string& unit,
                  const access::Sharing& sharing, std::vector<journal::Key>& keys) {
  keys.push_back({kReadingRightType, ReadingRight{document, unit, {}}.Id(), true});
  for (const ReadingRight& right : Continued(tx, document, unit, sharing)) {
    keys.push_back({kReadingRightType, right.Id()});
  }
}

void SetReaders(pg::Tx& tx, const ReadingRight& right, const access::Sharing& sharing,
                Changes& changes) {
  Put(tx, right, sharing, changes);
  for (ReadingRight& other : Continued(tx, right.document_id, right.unit_id, sharing)) {
    if (other.readers.empty()) continue;
    other.readers.clear();
    Put(tx, other, sharing, changes);
  }
}

void ChangeReaders(pg::Tx& tx, ReadingRight right, const std::vector<std::string>& gone,
                   const std::vector<std::string>& come, const access::Sharing& sharing,
                   Changes& changes) {
  std::vector<std::string> names;
  for (const std::string& official : gone) {
    if (official.empty() || HasTask(tx, right.document_id, right.unit_id, official)) continue;
    names.push_back("official/" + official);
  }
  const auto take_away = [&](std::vector<std::string>& readers) {
    return std::erase_if(readers, [&](const std::string& reader) {
      return std::find(names.begin(), names.end(), reader) != names.end();
    });
  };
  right.readers = SelectReaders(tx, right.document_id, right.unit_id);
  const std::vector<std::string> before = right.readers;
  take_away(right.readers);
  for (const std::string& official : come) right.readers.push_back("official/" + official);
  std::sort(right.readers.begin(), right.readers.end());
  right.readers.erase(std::unique(right.readers.begin(), right.readers.end()), right.readers.end());
  if (right.readers != before) Put(tx, right, sharing, changes);
  if (names.empty()) return;
  for (ReadingRight& other : Continued(tx, right.document_id, right.unit_id, sharing)) {
    if (take_away(other.readers) > 0) Put(tx, other, sharing, changes);
  }
}

}  // namespace lienthong::document
