#include "document/service_attachments.hpp"

#include <algorithm>

#include "document/service_access.hpp"
#include "document/store_files.hpp"
#include "platform/files/files.hpp"

namespace lienthong::document {
namespace {

bool Has(const std::vector<Attachment>& attachments, const std::string& sha256) {
  return std::any_of(attachments.begin(), attachments.end(),
                     [&](const Attachment& one) { return one.sha256 == sha256; });
}

}  // namespace

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
  Sight sight(tx, call, parts);
  if (key.type == kFileItemType) {
    const auto found = SelectFileItems(tx, {{key.id}});
    return !found.empty() && found.front().value.attachment &&
           found.front().value.attachment->sha256 == sha256 && sight.ViewOf(key).has_value();
  }
  if (!base::IsRecordId(key.id)) return false;
  if (key.type == kDocumentType) {
    const auto found = SelectDocuments(tx, {{key.id}});
    if (found.empty()) return false;
    const Document& document = found.front().value;
    const bool has = document.packet_sha256 == sha256 || Has(document.content.attachments, sha256);
    return has && sight.MaySee(document);
  }
  if (key.type == kDraftType) {
    const auto found = SelectDrafts(tx, {{key.id}});
    return !found.empty() && !found.front().value.erased &&
           Has(found.front().value.content.attachments, sha256) && sight.ViewOf(key).has_value();
  }
  return false;
}

}  // namespace lienthong::document
