#pragma once

#include <string>
#include <vector>

#include "document/service_parts.hpp"

/// Files of drafts and documents: what platform/files asks of this service, and does for it.
namespace lienthong::document {

/// The files that a draft or a document is to have: uploads are taken, those to keep are among
/// `before`; the others go. Throws NotFound for an upload that is not the official's, FIELD_INVALID
/// for a file that is not among `before`, UPLOAD_UNFINISHED; `field` is the list in the request.
std::vector<Attachment> TakeAttachments(pg::Tx& tx, const Call& call,
                                        const std::vector<NewAttachment>& wanted,
                                        const std::vector<Attachment>& before,
                                        const journal::Key& owner, const std::string& field);

/// A document has the files of the draft it was.
void ShareAttachments(pg::Tx& tx, const Content& content, const DocumentId& id);

/// Does a record that the official may see now have this file? For files::MayRead.
bool MayReadFile(pg::Tx& tx, const Call& call, const Parts& parts, const journal::Key& key,
                 const std::string& sha256);

}  // namespace lienthong::document
