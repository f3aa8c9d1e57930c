#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::replica {

/// The two sets of a unit's copy; where both hold a record, the own feed's is read.
struct Sets {
  std::string own_topic;
  std::string all_topic;
};

/// A live record of the copy.
struct StoredRecord {
  std::string id;
  std::int64_t version = 0;
  std::string view;
  std::string json;
  std::string person_id;  ///< the person a personal record is about
};

/// What the copy knows of a record.
struct Found {
  std::int64_t version = 0;            ///< 0 = nothing was ever heard of it
  std::optional<StoredRecord> record;  ///< none: at that version it was gone, or out of sight
  bool is_unknown = false;             ///< its owner said that there is nothing to see of it
};
/// `person_field` is the JSON name of the field that names the person; empty = the record itself.
Found FindRecord(pg::Tx& tx, const Sets& sets, const std::string& type, const std::string& id,
                 const std::string& person_field);
/// By id, those after `after`.
std::vector<StoredRecord> SelectRecords(pg::Tx& tx, const Sets& sets, const std::string& type,
                                        const std::string& after, int rows_max,
                                        const std::string& person_field);

/// A read of persons' records.
struct Access {
  std::string record_type;
  std::string system;
  std::string unit;
  std::string purpose;
  std::string source;
  base::Time read_at{};  ///< machine time
};
/// One row for each record.
void InsertAccess(pg::Tx& tx, const Access& access, const std::vector<StoredRecord>& records);

/// An access row the registry does not know yet.
struct UnsentAccess {
  std::string id;
  base::Time read_at{};
  std::string citizen_id;
  std::string system;
  std::string unit;
  std::string purpose;
  std::string source;
};
/// Oldest first.
std::vector<UnsentAccess> SelectUnsentAccess(pg::Tx& tx, int rows_max);
void MarkAccessSent(pg::Tx& tx, const std::vector<UnsentAccess>& rows);
/// The registry will never take it: it is kept here, and not sent again.
void MarkAccessRefused(pg::Tx& tx, const UnsentAccess& row, const std::string& reason);
/// Of rows sent more than `days` ago, at most 10,000: true when there may be more.
bool DeleteSentAccess(pg::Tx& tx, int days);

}  // namespace lienthong::replica
