#include "document/records.hpp"
#include "platform/base/clock.hpp"
#include "platform/journal/times.hpp"

// The numbers of these enums are those of the API.
namespace lienthong::document {

v1::WorkingFile ToMessage(const WorkingFile& file, std::int64_t version, const std::string& view) {
  v1::WorkingFile message;
  message.set_id(file.id.text);
  message.set_version(version);
  message.set_unit_id(file.unit_id);
  message.set_year(file.year);
  message.set_notation(file.notation);
  message.set_restricted(file.restricted);
  message.set_state(static_cast<v1::FileState>(static_cast<int>(file.state)));
  if (view != kFullView) return message;
  message.set_title(file.title);
  message.mutable_retention()->set_permanent(file.retention.permanent);
  message.mutable_retention()->set_years(file.retention.years);
  message.set_construction(file.construction);
  message.set_official_id(file.official_id);
  for (const std::string& reader : file.readers) message.add_readers(reader);
  if (file.start_date) message.set_start_date(base::FormatDay(*file.start_date));
  if (file.end_date) message.set_end_date(base::FormatDay(*file.end_date));
  message.set_document_count(file.document_count);
  message.set_page_count(file.page_count);
  if (file.due) *message.mutable_due() = ToMessage(*file.due);
  if (file.kept_back_until) message.set_kept_back_until(base::FormatDay(*file.kept_back_until));
  message.set_kept_back_reason(file.kept_back_reason);
  if (file.hold) {
    message.mutable_hold()->set_official_id(file.hold->official_id);
    journal::SetTime(message.mutable_hold()->mutable_set_at(), file.hold->at);
    message.mutable_hold()->set_reason(file.hold->text);
  }
  if (file.archived_at) {
    journal::SetTime(message.mutable_archived_at(), *file.archived_at);
    message.set_archived_by_official_id(file.archived_by_official_id);
  }
  if (!file.destruction_id.empty()) message.set_destruction_id(file.destruction_id);
  if (file.destroyed_at) journal::SetTime(message.mutable_destroyed_at(), *file.destroyed_at);
  return message;
}

v1::FileItem ToMessage(const FileItem& item, std::int64_t version, const std::string& view) {
  v1::FileItem message;
  message.set_version(version);
  message.set_file_id(item.file_id.text);
  message.set_unit_id(item.unit_id);
  message.set_ordinal(item.ordinal);
  message.set_state(static_cast<v1::FileItemState>(static_cast<int>(item.state)));
  message.set_id(item.id.text);
  if (view != kFullView) return message;
  if (item.document_id) message.set_document_id(item.document_id->text);
  message.set_title(item.title);
  if (item.date) message.set_date(base::FormatDay(*item.date));
  message.set_page_count(item.page_count);
  if (item.attachment) {
    v1::Attachment* const attachment = message.mutable_attachment();
    attachment->set_sha256(item.attachment->sha256);
    attachment->set_name(item.attachment->name);
    attachment->set_media_type(item.attachment->media_type);
    attachment->set_size_bytes(item.attachment->size_bytes);
  }
  message.set_added_by_official_id(item.added_by_official_id);
  journal::SetTime(message.mutable_added_at(), item.added_at);
  message.set_removal_reason(item.removal_reason);
  return message;
}

v1::Destruction ToMessage(const Destruction& destruction, std::int64_t version,
                          const std::string& view) {
  v1::Destruction message;
  message.set_id(destruction.id.text);
  message.set_version(version);
  message.set_unit_id(destruction.unit_id);
  message.set_state(static_cast<v1::DestructionState>(static_cast<int>(destruction.state)));
  message.set_restricted(destruction.restricted);
  if (view != kFullView) return message;
  for (const FileId& id : destruction.file_ids) message.add_file_ids(id.text);
  message.set_reason(destruction.reason);
  message.set_proposed_by_official_id(destruction.proposed_by_official_id);
  journal::SetTime(message.mutable_proposed_at(), destruction.proposed_at);
  if (destruction.decided_at) {
    message.set_decided_by_official_id(destruction.decided_by_official_id);
    journal::SetTime(message.mutable_decided_at(), *destruction.decided_at);
  }
  message.set_decision_reason(destruction.decision_reason);
  return message;
}

}  // namespace lienthong::document
