#include "document/service_source.hpp"

#include <stdexcept>

#include "document/records.hpp"
#include "document/store.hpp"
#include "document/store_files.hpp"
#include "platform/owner/parts.hpp"

namespace lienthong::document {
namespace {

using owner::ToIds;

template <class Value>
std::vector<journal::Record> RecordsOf(const std::vector<Stored<Value>>& stored,
                                       const access::Sharing& sharing) {
  std::vector<journal::Record> records;
  for (const auto& [value, version] : stored) records.push_back(ToRecord(value, sharing));
  return records;
}

template <class Value>
std::vector<journal::Record> RecordsOf(const std::vector<Value>& values,
                                       const access::Sharing& sharing) {
  std::vector<journal::Record> records;
  for (const Value& value : values) records.push_back(ToRecord(value, sharing));
  return records;
}

}  // namespace

std::vector<std::string> Source::Types() const {
  return {kAuthorisationType, kBookType,     kDeadlineNoticeType, kDeliveryType,
          kDestructionType,   kDocumentType, kDraftType,          kFileItemType,
          kFileType,          kIncomingType, kReadingRightType,   kSeriesType,
          kTaskType};
}

std::vector<journal::Record> Source::Load(pg::Tx& tx, const std::string& type,
                                          const std::vector<std::string>& ids) {
  const auto sharing = sharing_.Read(tx);
  if (type == kAuthorisationType) {
    return RecordsOf(SelectAuthorisations(tx, ToIds<AuthorisationId>(ids)), *sharing);
  }
  if (type == kBookType) return RecordsOf(SelectBooks(tx, ids), *sharing);
  if (type == kDeadlineNoticeType) {
    return RecordsOf(SelectDeadlineNotices(tx, ToIds<DeliveryId>(ids)), *sharing);
  }
  if (type == kDeliveryType) {
    return RecordsOf(SelectDeliveries(tx, ToIds<DeliveryId>(ids)), *sharing);
  }
  if (type == kDestructionType) {
    return RecordsOf(SelectDestructions(tx, ToIds<DestructionId>(ids)), *sharing);
  }
  if (type == kFileItemType) {
    return RecordsOf(SelectFileItems(tx, ToIds<FileItemId>(ids)), *sharing);
  }
  if (type == kFileType) return RecordsOf(SelectFiles(tx, ToIds<FileId>(ids)), *sharing);
  if (type == kDocumentType) {
    return RecordsOf(SelectDocuments(tx, ToIds<DocumentId>(ids)), *sharing);
  }
  if (type == kDraftType) return RecordsOf(SelectDrafts(tx, ToIds<DraftId>(ids)), *sharing);
  if (type == kIncomingType) {
    return RecordsOf(SelectIncoming(tx, ToIds<DeliveryId>(ids)), *sharing);
  }
  if (type == kReadingRightType) return RecordsOf(SelectReadingRights(tx, ids), *sharing);
  if (type == kSeriesType) return RecordsOf(SelectSeries(tx, ids), *sharing);
  if (type == kTaskType) return RecordsOf(SelectTasks(tx, ToIds<TaskId>(ids)), *sharing);
  throw std::logic_error("not a record type of the document service: " + type);
}

std::int64_t Source::SharingMark(pg::Tx& tx, const std::string& type) {
  return sharing_.Read(tx)->Mark(type);
}

}  // namespace lienthong::document
