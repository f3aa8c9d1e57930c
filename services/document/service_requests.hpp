#pragma once

#include <optional>
#include <string>
#include <vector>

#include "document/book.hpp"
#include "document/content.hpp"
#include "document/delivery.hpp"
#include "document/draft.hpp"
#include "document/task.hpp"
#include "document/working_file.hpp"
#include "lienthong/document/v1/drafts.pb.h"
#include "lienthong/document/v1/incoming.pb.h"
#include "lienthong/document/v1/records.pb.h"
#include "lienthong/document/v1/working_files.pb.h"
#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "platform/owner/parts.hpp"
#include "platform/rpc/call.hpp"

/// From requests to values that cannot be invalid: every check of a field, in one place. All throw
/// base::Error kInvalid with the field at fault, below `field`.
namespace lienthong::document {

/// Business day of a call.
Day Today(const rpc::Call& call);

using owner::ToId;

/// "<unit>:<year>:<notation>". Throws NotFound for what cannot be one.
FileId ToFileId(const std::string& text);
/// What an entry of the yearly list says; without its unit.
WorkingFile ToFile(const v1::PlanFileRequest& request);
/// Throws FIELD_INVALID.
Retention ToRetention(const v1::Retention& message, const std::string& field);

std::string CheckReason(const std::string& text, const std::string& field = "reason");
std::optional<Day> ToOptionalDay(const std::string& text, const std::string& field);

DocumentType ToDocumentType(const v1::DocumentType& message, const std::string& field);
/// Units are named by their code alone: whether they exist is checked when it is sent. Each once.
std::vector<Recipient> ToRecipients(
    const google::protobuf::RepeatedPtrField<v1::Recipient>& messages, const std::string& field);
/// Each names an upload or, where `kept` may be named, a file; not both.
std::vector<NewAttachment> ToAttachments(
    const google::protobuf::RepeatedPtrField<v1::NewAttachment>& messages, bool kept,
    const std::string& field);
/// Without id, files, sign-off and number. Throws SECRET_REFUSED.
Content ToContent(const v1::DraftContent& message, const std::string& field);
/// What a document from outside says, with its code and date.
Content ToContent(const v1::RegisterIncomingRequest& request, Day today);

/// A word of a-z, 0-9 and hyphens.
std::string CheckSeriesCode(const std::string& text, const std::string& field);
/// A new series; `unit_id` is not checked.
Series ToSeries(const v1::Series& message, const std::string& field);

/// An assignment without the records it belongs to: `unit_id` may be empty.
Task ToTask(const v1::Assignment& message, const std::string& field);

}  // namespace lienthong::document
