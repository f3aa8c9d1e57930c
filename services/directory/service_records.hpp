#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "directory/official.hpp"
#include "directory/records.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::directory {

/// What the audience of these officials depends on, as of this transaction.
OfficialSharing ReadOfficialSharing(pg::Tx& tx, const std::vector<Official>& officials);

/// Business tables -> records, for the audience sweep and the scrub. Stateless.
class DirectoryRecords final : public journal::RecordSource {
 public:
  std::vector<std::string> Types() const override;
  std::vector<journal::Record> Load(pg::Tx& tx, const std::string& type,
                                    const std::vector<std::string>& ids) override;
  /// Of officials: raised when the list of services with a feed changes. The carriers it also
  /// depends on never change. All other records are for everyone: constant.
  std::int64_t SharingMark(pg::Tx& tx, const std::string& type) override;
};

}  // namespace lienthong::directory
