#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "document/signing.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::document {

using Day = std::chrono::year_month_day;

inline constexpr std::size_t kSubjectCharactersMax = 500;  ///< NĐ 30/2020, App. VI: Subject S500
inline constexpr std::size_t kSummaryCharactersMax = 5000;
inline constexpr std::size_t kCodeCharactersMax = 60;
inline constexpr std::size_t kNameCharactersMax = 200;  ///< of an organisation: OrganName S200
inline constexpr std::size_t kOfficialIdCharactersMax = 70;
inline constexpr std::size_t kBookIdCharactersMax = 70;  ///< "<unit>:<year>:<series>"
inline constexpr std::size_t kReasonCharactersMax = 1000;
inline constexpr std::size_t kAbbreviationCharactersMax = 20;
inline constexpr std::size_t kOrganIdCharactersMax = 35;  ///< QĐ 20/2020, art. 4
inline constexpr std::size_t kRecipientsMax = 450;  ///< with the document below a change's rows
inline constexpr std::size_t kReferencesMax = 20;
inline constexpr std::size_t kChangedMax = 20;  ///< documents that one updates or replaces
inline constexpr std::size_t kPlaceCharactersMax = 100;
inline constexpr std::size_t kReadersMax = 50;
inline constexpr std::size_t kAttachmentsMax = 50;
inline constexpr int kPagesMax = 100'000;

/// UUID, lower case.
struct DocumentId {
  std::string text;
  auto operator<=>(const DocumentId&) const = default;
};

/// Mức độ khẩn; numbers of the exchange plus 1 (as in the API).
enum class Urgency { kNormal = 1, kUrgent, kVeryUrgent, kExpress, kExpressTimed };
/// Mức độ lưu hành.
enum class Circulation { kOrdinary = 1, kReturnAfterReading, kInternal };
/// What a document does to an earlier one; kNone = nothing.
enum class ChangeKind { kNone = 0, kRecall, kUpdate, kReplace };

/// Tên loại văn bản.
struct DocumentType {
  std::string name;
  std::string abbreviation;  ///< "QĐ"; empty for công văn and thư công
  bool normative = false;    ///< văn bản quy phạm pháp luật
};

/// Nơi nhận: a unit, or an organisation outside the province.
struct Recipient {
  std::string unit_id;
  std::string organ_id;
  std::string name;
  bool for_information = false;
};

struct Reference {
  std::string document_id;  ///< empty = not in this system
  std::string code;
  std::string document_date;
  std::string organ_id;
};

/// A file of a document (tệp đính kèm).
struct Attachment {
  std::string sha256;
  std::string name;
  std::string media_type;  ///< by content
  std::int64_t size_bytes = 0;
  std::string description;
};

/// A file that a request wants a draft to have: an upload, or one that it has already.
struct NewAttachment {
  std::string upload_id;
  std::string sha256;
  std::string description;
};

/// The place of a document in its book.
struct Numbered {
  std::string book_id;
  int number = 0;
  std::string letter;  ///< of an inserted number: "a"
  std::string code;    ///< số và ký hiệu: "15/QĐ-UBND"
  Day document_date;
};

/// What a document says: written while it is a draft, fixed once it is issued.
struct Content {
  std::string id;  ///< UUID of the draft it began as
  DocumentType type;
  std::string drafting_abbreviation;  ///< "CNTT" of "123/STTTT-CNTT"
  std::string subject;
  std::string summary;
  Urgency urgency = Urgency::kNormal;
  Circulation circulation = Circulation::kOrdinary;
  std::optional<Day> due_date;
  std::vector<Recipient> recipients;
  int page_count = 0;
  int copy_count = 0;
  int steering_type = 0;
  std::vector<Reference> response_for;
  std::string place;                          ///< địa danh: where it was issued
  std::vector<DocumentId> changed_documents;  ///< that it updates or replaces
  ChangeKind change_kind = ChangeKind::kNone;
  bool restricted = false;
  std::vector<Attachment> attachments;
  std::optional<Signer> signer;
  std::optional<Numbered> numbered;
};

}  // namespace lienthong::document
