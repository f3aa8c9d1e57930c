#include "document/service_attachments.hpp"

#include <algorithm>

#include "document/service_access.hpp"
#include "platform/files/files.hpp"

namespace lienthong::document {

std::vector<Attachment> TakeAttachments(pg::Tx& tx, const Call& call,
                                        const std::vector<NewAttachment>& wanted,
                                        const std::vector<Attachment>& before,
                                        const journal::Key& owner, const std::string& field) {
  if (!before.empty()) files::DeleteUses(tx, owner.type, owner.id);
  std::vector<Attachment> attachments;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const NewAttachment& one = wanted[i];
    if (!one.upload_id.empty()) {
      const auto taken = files::Files::Take(tx, call, one.upload_id, owner.type, owner.id);
      attachments.push_back({taken.file.sha256, taken.name, taken.file.media_type,
                             taken.file.size_bytes, one.description});
      continue;
    }
    const auto kept = std::find_if(before.begin(), before.end(),
                                   [&](const Attachment& had) { return had.sha256 == one.sha256; });
    if (kept == before.end()) {
      throw base::InvalidField(field + "[" + std::to_string(i) + "].sha256",
                               "the draft has no such file");
    }
    files::Files::Share(tx, kept->sha256, owner.type, owner.id);
    attachments.push_back(*kept);
    attachments.back().description = one.description;
  }
  return attachments;
}

void ShareAttachments(pg::Tx& tx, const Content& content, const DocumentId& id) {
  for (const Attachment& attachment : content.attachments) {
    files::Files::Share(tx, attachment.sha256, kDocumentType, id.text);
  }
}

bool MayReadFile(pg::Tx& tx, const Call& call, const Parts& parts, const journal::Key& key,
                 const std::string& sha256) {
  if (key.type != kFileItemType && !base::IsRecordId(key.id)) return false;
  if (!files::HasUse(tx, sha256, key.type, key.id)) return false;
  if (key.type == kDraftType) {
    const auto found = SelectDrafts(tx, {{key.id}});
    if (found.empty() || found.front().value.erased) return false;
  }
  return Sight(tx, call, parts).ViewOf(key).has_value();
}

}  // namespace lienthong::document
