#pragma once

#include <set>
#include <string>
#include <vector>

#include "document/draft.hpp"

namespace lienthong::document {

/// Who of a unit may read a restricted document, beside its clerks and leaders.
struct ReadingRight {
  DocumentId document_id;
  std::string unit_id;
  std::vector<std::string> readers;
  bool limited = true;  ///< in feeds: written before they had the view, it is as it was

  /// Of the record: "<document>:<unit>".
  std::string Id() const { return document_id.text + ":" + unit_id; }
};

/// An official who wants to read, with what counts of the positions held in the unit.
struct Reader {
  std::string unit_id;
  /// The unit and those that it alone continues: what they had is in its lists.
  std::vector<std::string> units;
  std::string official_id;
  std::set<std::string> positions;
  bool is_clerk = false;   ///< văn thư of the unit
  bool is_leader = false;  ///< head or deputy
};

/// What readers are named by: "official/<id>" and "position/<code>" of the positions held.
std::vector<std::string> NamesOf(const Reader& reader);

/// May the official read a restricted document of the unit: its clerks, its leaders, and who is
/// named ("official/<id>", "position/<code>")?
bool MayReadRestricted(const Reader& reader, const std::vector<std::string>& readers);

/// May the official read a draft: everyone of its unit; of a restricted one also its author and who
/// is to sign it, and else as MayReadRestricted?
bool MayRead(const Reader& reader, const Draft& draft);

/// May the official decide about a draft of the unit: submit or withdraw it, or who may read it?
/// Its author, its clerks and leaders.
bool MayDecide(const Reader& reader, const Draft& draft);

/// What goes from one unit to another keeps the officials who are named for it: positions of the
/// one are none of the other.
void ForgetPositions(const std::string& from_unit, const std::string& to_unit,
                     std::vector<std::string>& readers);

/// Sorted, without repeats. Throws FIELD_INVALID on anything but "official/..." and
/// "position/...", and on more than kReadersMax.
std::vector<std::string> CheckReaders(const std::vector<std::string>& readers,
                                      const std::string& field);

}  // namespace lienthong::document
