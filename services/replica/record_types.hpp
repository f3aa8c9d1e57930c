#pragma once

#include <map>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "platform/kafka/catalogue.hpp"

namespace lienthong::replica {

/// Records that concern the unit: lienthong.access.v1.SqlSelection.
struct Selection {
  std::string sql_view;
  std::string unit_field;
  std::string through_view;  ///< empty = a field of the record itself
  std::string through_field;
};

/// A kind of record that a feed may bring, as its message says (lienthong.access.v1.record).
struct RecordType {
  std::string name;       ///< "citizen"
  std::string sql_view;   ///< "citizens"
  bool personal = false;  ///< reads name a purpose and leave an access row
  const google::protobuf::Descriptor* message = nullptr;
  /// JSON name of the field that names the person of a personal record; empty = the record is the
  /// person.
  std::string person_field;
  std::vector<Selection> selections;
};

/// All record types of the linked APIs, by name.
const std::map<std::string, RecordType>& RecordTypes();

/// Throws std::runtime_error when the catalogue has a record type that this build does not know.
void CheckRecordTypes(const kafka::Catalogue& catalogue);

}  // namespace lienthong::replica
