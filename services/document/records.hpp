#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "document/book.hpp"
#include "document/delivery.hpp"
#include "document/draft.hpp"
#include "document/reading.hpp"
#include "document/signing.hpp"
#include "document/task.hpp"
#include "document/working_file.hpp"
#include "lienthong/document/v1/file_records.pb.h"
#include "lienthong/document/v1/records.pb.h"
#include "platform/access/sharing.hpp"
#include "platform/journal/record.hpp"

/// What the document service publishes: states, views and audiences. Pure.
///
/// Only documents and deliveries reach other units. What an office without a system of its own does
/// with them (drafts, books, tasks, restricted documents) is in no feed: the unit that carries it
/// is not the office.
namespace lienthong::document {

inline constexpr const char* kAuthorisationType = "authorisation";
inline constexpr const char* kBookType = "book";
inline constexpr const char* kDeadlineNoticeType = "deadline-notice";
inline constexpr const char* kDeliveryType = "delivery";
inline constexpr const char* kDestructionType = "destruction";
inline constexpr const char* kDocumentType = "document";
inline constexpr const char* kDraftType = "draft";
inline constexpr const char* kFileItemType = "file-item";
inline constexpr const char* kFileType = "file";
inline constexpr const char* kIncomingType = "incoming";
inline constexpr const char* kReadingRightType = "reading-right";
inline constexpr const char* kSeriesType = "series";
inline constexpr const char* kTaskType = "task";

inline journal::Key KeyOf(const DocumentId& id) { return {kDocumentType, id.text}; }
inline journal::Key KeyOf(const DeliveryId& id) { return {kDeliveryType, id.text}; }
inline journal::Key KeyOf(const TaskId& id) { return {kTaskType, id.text}; }

inline constexpr const char* kFullView = "full";
inline constexpr const char* kLimitedView = "limited";  ///< of what is restricted
inline constexpr const char* kSenderView = "sender";    ///< of a delivery

v1::Authorisation ToMessage(const Authorisation& authorisation, std::int64_t version);
v1::DocumentType ToMessage(const DocumentType& type);
v1::Deadline ToMessage(const Deadline& due);
v1::Book ToMessage(const Book& book, std::int64_t version);
v1::DeadlineNotice ToMessage(const DeadlineNotice& notice, std::int64_t version);
v1::Delivery ToMessage(const Delivery& delivery, std::int64_t version, const std::string& view);
v1::Destruction ToMessage(const Destruction& destruction, std::int64_t version,
                          const std::string& view);
v1::Document ToMessage(const Document& document, std::int64_t version, const std::string& view);
v1::Draft ToMessage(const Draft& draft, std::int64_t version, const std::string& view);
v1::FileItem ToMessage(const FileItem& item, std::int64_t version, const std::string& view);
v1::Incoming ToMessage(const Incoming& incoming, std::int64_t version, const std::string& view);
v1::Series ToMessage(const Series& series, std::int64_t version);
v1::Task ToMessage(const Task& task, std::int64_t version, const std::string& view);
v1::ReadingRight ToMessage(const ReadingRight& right, std::int64_t version,
                           const std::string& view);
v1::WorkingFile ToMessage(const WorkingFile& file, std::int64_t version, const std::string& view);

journal::Record ToRecord(const Authorisation& authorisation, const access::Sharing& sharing);
journal::Record ToRecord(const Book& book, const access::Sharing& sharing);
journal::Record ToRecord(const DeadlineNotice& notice, const access::Sharing& sharing);
journal::Record ToRecord(const Delivery& delivery, const access::Sharing& sharing);
journal::Record ToRecord(const Destruction& destruction, const access::Sharing& sharing);
journal::Record ToRecord(const Document& document, const access::Sharing& sharing);
journal::Record ToRecord(const Draft& draft, const access::Sharing& sharing);
journal::Record ToRecord(const FileItem& item, const access::Sharing& sharing);
journal::Record ToRecord(const Incoming& incoming, const access::Sharing& sharing);
journal::Record ToRecord(const ReadingRight& right, const access::Sharing& sharing);
journal::Record ToRecord(const Series& series, const access::Sharing& sharing);
journal::Record ToRecord(const Task& task, const access::Sharing& sharing);
journal::Record ToRecord(const WorkingFile& file, const access::Sharing& sharing);

}  // namespace lienthong::document
