#include "replica/record_types.hpp"

#include <stdexcept>

#include "lienthong/access/v1/access.pb.h"
#include "lienthong/directory/v1/records.pb.h"
#include "lienthong/document/v1/file_records.pb.h"
#include "lienthong/document/v1/records.pb.h"
#include "lienthong/hotline/v1/api_keys.pb.h"
#include "lienthong/hotline/v1/category_records.pb.h"
#include "lienthong/hotline/v1/knowledge.pb.h"
#include "lienthong/hotline/v1/records.pb.h"
#include "lienthong/registry/v1/records.pb.h"

namespace lienthong::replica {
namespace {

/// One message of each file of records, which links the file.
std::vector<const google::protobuf::FileDescriptor*> RecordFiles() {
  return {
      directory::v1::Unit::descriptor()->file(),    registry::v1::Citizen::descriptor()->file(),
      document::v1::Document::descriptor()->file(), document::v1::WorkingFile::descriptor()->file(),
      hotline::v1::Ticket::descriptor()->file(),    hotline::v1::Article::descriptor()->file(),
      hotline::v1::ApiKey::descriptor()->file(),    hotline::v1::Category::descriptor()->file()};
}

std::map<std::string, RecordType> Collect() {
  std::map<std::string, RecordType> types;
  for (const auto* file : RecordFiles()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const auto* message = file->message_type(i);
      if (!message->options().HasExtension(access::v1::record)) continue;
      const auto& option = message->options().GetExtension(access::v1::record);
      RecordType type{option.name(), option.sql_view(), option.personal(), message, {}, {}};
      for (const auto& selection : option.selections()) {
        type.selections.push_back({selection.sql_view(), selection.unit_field(),
                                   selection.through_view(), selection.through_field()});
      }
      const auto* person = message->FindFieldByName("citizen_id");
      if (person != nullptr) type.person_field = person->json_name();
      types.emplace(type.name, type);
    }
  }
  return types;
}

}  // namespace

const std::map<std::string, RecordType>& RecordTypes() {
  static const std::map<std::string, RecordType> types = Collect();
  return types;
}

void CheckRecordTypes(const kafka::Catalogue& catalogue) {
  for (const auto& [service, names] : catalogue.Services()) {
    for (const std::string& name : names) {
      if (RecordTypes().contains(name)) continue;
      throw std::runtime_error("record type " + name +
                               " of the catalogue is unknown to this build");
    }
  }
}

}  // namespace lienthong::replica
