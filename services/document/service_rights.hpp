#pragma once

#include <string>
#include <vector>

#include "document/service_parts.hpp"

/// Who of a unit may read a restricted document. What a closed unit gave holds on in the one that
/// alone continues it, until that takes it away.
namespace lienthong::document {

/// The right of a unit, and those that are there of units which it continues, for a change.
void AddRightKeys(pg::Tx& tx, const DocumentId& document, const std::string& unit,
                  const access::Sharing& sharing, std::vector<journal::Key>& keys);

/// These alone of the unit read it. Its keys are AddRightKeys.
void SetReaders(pg::Tx& tx, const ReadingRight& right, const access::Sharing& sharing,
                Changes& changes);

/// Officials whose work on a restricted document was taken from them and who have no other read it
/// no longer; who gets work reads it. Its keys are AddRightKeys; without `gone` the right itself.
void ChangeReaders(pg::Tx& tx, ReadingRight right, const std::vector<std::string>& gone,
                   const std::vector<std::string>& come, const access::Sharing& sharing,
                   Changes& changes);

}  // namespace lienthong::document
