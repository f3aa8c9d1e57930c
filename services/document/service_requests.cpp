#include "document/service_requests.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "document/book.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/text.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::document {
namespace {

constexpr std::size_t kUnitCodeCharactersMax = 35;
constexpr std::size_t kSeriesCodeCharactersMax = 20;
constexpr int kSteeringTypeMax = 3;
constexpr std::size_t kFileIdBytesMax = 120;
constexpr int kYearMin = 2000, kYearMax = 2199;

int CheckRange(int value, int max, const std::string& field) {
  if (value < 0 || value > max) {
    throw base::InvalidField(field, "must be between 0 and " + std::to_string(max));
  }
  return value;
}

/// Enums of requests are known values (rpc::CheckFields); 0 = `fallback`.
template <class Enum>
Enum ToEnum(int value, Enum fallback) {
  return value == 0 ? fallback : static_cast<Enum>(value);
}

void RefuseSecrets(v1::SecrecyLevel level, const std::string& field) {
  if (level == v1::SECRECY_LEVEL_UNSPECIFIED || level == v1::SECRECY_LEVEL_NONE) return;
  throw base::Invalid("SECRET_REFUSED", field,
                      "documents with a level of secrecy must not travel on this system");
}

/// A code of an organisation in the exchange: as received, printable ASCII.
std::string CheckOrganId(const std::string& text, const std::string& field) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!plain || text.size() > kOrganIdCharactersMax) {
    throw base::InvalidField(field, "must be the code of an organisation");
  }
  return text;
}

Recipient ToRecipient(const v1::Recipient& message, const std::string& field) {
  Recipient recipient;
  recipient.unit_id =
      base::CheckText(message.unit_id(), field + ".unit_id", kUnitCodeCharactersMax, false);
  recipient.organ_id = CheckOrganId(message.organ_id(), field + ".organ_id");
  recipient.for_information = message.for_information();
  const bool is_unit = !recipient.unit_id.empty();
  if (is_unit && !recipient.organ_id.empty()) {
    throw base::InvalidField(field + ".organ_id", "a unit has no other code here");
  }
  // The name of a unit is the directory's.
  if (!is_unit) {
    recipient.name = base::CheckText(message.name(), field + ".name", kNameCharactersMax, true);
  }
  return recipient;
}

Reference ToReference(const v1::DocumentReference& message, const std::string& field) {
  Reference reference;
  if (!message.document_id().empty()) {
    if (!base::IsRecordId(message.document_id())) {
      throw base::InvalidField(field + ".document_id", "no such document");
    }
    reference.document_id = message.document_id();
  }
  reference.code = base::CheckText(message.code(), field + ".code", kCodeCharactersMax,
                                   reference.document_id.empty());
  reference.document_date =
      message.document_date().empty()
          ? std::string()
          : base::FormatDay(base::CheckDay(message.document_date(), field + ".document_date"));
  reference.organ_id = CheckOrganId(message.organ_id(), field + ".organ_id");
  return reference;
}

std::string CheckAbbreviation(const std::string& text, const std::string& field, bool required) {
  std::string checked = base::CheckText(text, field, kAbbreviationCharactersMax, required);
  // It becomes part of "15/QĐ-UBND" and of file names.
  if (checked.find_first_of("/ \\:") != std::string::npos) {
    throw base::InvalidField(field, "must be a word without slashes");
  }
  return checked;
}

void ToChange(const v1::DraftContent& message, const std::string& field, Content& content) {
  if (message.changed_document_id().empty() !=
      (message.change_kind() == v1::CHANGE_KIND_UNSPECIFIED)) {
    throw base::InvalidField(field + ".change_kind", "goes with changed_document_id");
  }
  if (message.changed_document_id().empty()) {
    if (message.also_changed_document_ids_size() == 0) return;
    throw base::InvalidField(field + ".changed_document_id", "is the first of them");
  }
  if (message.change_kind() == v1::CHANGE_KIND_RECALL) {
    throw base::InvalidField(field + ".change_kind", "a recall is RecallDocument");
  }
  if (!base::IsRecordId(message.changed_document_id())) {
    throw base::InvalidField(field + ".changed_document_id", "no such document");
  }
  if (message.also_changed_document_ids_size() >= static_cast<int>(kChangedMax)) {
    throw base::InvalidField(field + ".also_changed_document_ids", "too many documents");
  }
  content.changed_documents.push_back({message.changed_document_id()});
  for (const std::string& id : message.also_changed_document_ids()) {
    const auto& known = content.changed_documents;
    if (!base::IsRecordId(id) ||
        std::find(known.begin(), known.end(), DocumentId{id}) != known.end()) {
      throw base::InvalidField(field + ".also_changed_document_ids", "no such document, or twice");
    }
    content.changed_documents.push_back({id});
  }
  content.change_kind = static_cast<ChangeKind>(message.change_kind());
}

}  // namespace

Day Today(const rpc::Call& call) { return base::DayInVietnam(call.time); }

std::string CheckReason(const std::string& text, const std::string& field) {
  return base::CheckText(text, field, kReasonCharactersMax, true);
}

std::optional<Day> ToOptionalDay(const std::string& text, const std::string& field) {
  if (text.empty()) return std::nullopt;
  return base::CheckDay(text, field);
}

DocumentType ToDocumentType(const v1::DocumentType& message, const std::string& field) {
  return {base::CheckText(message.name(), field + ".name", kNameCharactersMax / 2, true),
          CheckAbbreviation(message.abbreviation(), field + ".abbreviation", false),
          message.normative()};
}

std::vector<Recipient> ToRecipients(
    const google::protobuf::RepeatedPtrField<v1::Recipient>& messages, const std::string& field) {
  if (messages.size() > static_cast<int>(kRecipientsMax)) {
    throw base::InvalidField(field, "more recipients than one call can send to");
  }
  std::vector<Recipient> recipients;
  std::set<std::string> seen;
  for (int i = 0; i < messages.size(); ++i) {
    const std::string at = field + "[" + std::to_string(i) + "]";
    Recipient recipient = ToRecipient(messages[i], at);
    const std::string who = recipient.unit_id + "\n" + recipient.organ_id + "\n" + recipient.name;
    if (!seen.insert(who).second) throw base::InvalidField(at, "is there twice");
    recipients.push_back(std::move(recipient));
  }
  return recipients;
}

std::vector<NewAttachment> ToAttachments(
    const google::protobuf::RepeatedPtrField<v1::NewAttachment>& messages, bool kept,
    const std::string& field) {
  if (messages.size() > static_cast<int>(kAttachmentsMax)) {
    throw base::InvalidField(field, "too many files");
  }
  std::vector<NewAttachment> attachments;
  for (int i = 0; i < messages.size(); ++i) {
    const std::string at = field + "[" + std::to_string(i) + "]";
    const v1::NewAttachment& message = messages[i];
    if (message.upload_id().empty() == message.sha256().empty()) {
      throw base::InvalidField(at + ".upload_id", "either an upload or a file to keep");
    }
    if (!kept && message.upload_id().empty()) {
      throw base::InvalidField(at + ".sha256", "there is no file to keep");
    }
    attachments.push_back({message.upload_id(), message.sha256(),
                           base::CheckText(message.description(), at + ".description",
                                           kSubjectCharactersMax, false)});
  }
  return attachments;
}

Content ToContent(const v1::DraftContent& message, const std::string& field) {
  RefuseSecrets(message.secrecy(), field + ".secrecy");
  Content content;
  content.type = ToDocumentType(message.type(), field + ".type");
  content.drafting_abbreviation =
      CheckAbbreviation(message.drafting_abbreviation(), field + ".drafting_abbreviation", false);
  content.subject =
      base::CheckText(message.subject(), field + ".subject", kSubjectCharactersMax, true);
  content.summary =
      base::CheckText(message.summary(), field + ".summary", kSummaryCharactersMax, false);
  content.urgency = ToEnum(message.urgency(), Urgency::kNormal);
  content.circulation = ToEnum(message.circulation(), Circulation::kOrdinary);
  content.due_date = ToOptionalDay(message.due_date(), field + ".due_date");
  content.recipients = ToRecipients(message.recipients(), field + ".recipients");
  content.page_count = CheckRange(message.page_count(), kPagesMax, field + ".page_count");
  content.copy_count = CheckRange(message.copy_count(), kPagesMax, field + ".copy_count");
  content.steering_type =
      CheckRange(message.steering_type(), kSteeringTypeMax, field + ".steering_type");
  if (message.response_for_size() > static_cast<int>(kReferencesMax)) {
    throw base::InvalidField(field + ".response_for", "too many documents");
  }
  for (int i = 0; i < message.response_for_size(); ++i) {
    content.response_for.push_back(
        ToReference(message.response_for(i), field + ".response_for[" + std::to_string(i) + "]"));
  }
  content.place = base::CheckText(message.place(), field + ".place", kPlaceCharactersMax, false);
  ToChange(message, field, content);
  content.restricted = message.restricted();
  if (!message.restricted() && message.readers_size() > 0) {
    throw base::InvalidField(field + ".readers", "goes with restricted");
  }
  return content;
}

Content ToContent(const v1::RegisterIncomingRequest& request, Day today) {
  RefuseSecrets(request.secrecy(), "secrecy");
  Content content;
  content.type = ToDocumentType(request.type(), "type");
  content.subject = base::CheckText(request.subject(), "subject", kSubjectCharactersMax, true);
  content.summary = base::CheckText(request.summary(), "summary", kSummaryCharactersMax, false);
  content.urgency = ToEnum(request.urgency(), Urgency::kNormal);
  content.due_date = ToOptionalDay(request.due_date(), "due_date");
  content.page_count = CheckRange(request.page_count(), kPagesMax, "page_count");
  content.restricted = request.restricted();
  if (!request.restricted() && request.readers_size() > 0) {
    throw base::InvalidField("readers", "goes with restricted");
  }
  Numbered numbered;
  numbered.code = base::CheckText(request.code(), "code", kCodeCharactersMax, false);
  numbered.document_date = base::CheckDay(request.document_date(), "document_date");
  if (numbered.document_date > today) {
    throw base::InvalidField("document_date", "must not be in the future");
  }
  content.numbered = numbered;
  CheckOrganId(request.sender_organ_id(), "sender_organ_id");
  return content;
}

FileId ToFileId(const std::string& text) {
  if (text.empty() || text.size() > kFileIdBytesMax) throw base::NotFound();
  return {text};
}

WorkingFile ToFile(const v1::PlanFileRequest& request) {
  WorkingFile file;
  file.year = request.year();
  if (file.year < kYearMin || file.year > kYearMax) {
    throw base::InvalidField("year", "must be between 2000 and 2199");
  }
  file.notation = base::CheckText(request.notation(), "notation", kNotationCharactersMax, true);
  // It becomes part of the file's id and of names.
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  if (!std::all_of(file.notation.begin(), file.notation.end(), is_plain)) {
    throw base::InvalidField("notation", "must be of letters, digits, dots and hyphens");
  }
  file.title = base::CheckText(request.title(), "title", kSubjectCharactersMax, true);
  file.retention = ToRetention(request.retention(), "retention");
  file.construction = request.construction();
  file.official_id =
      base::CheckText(request.official_id(), "official_id", kOfficialIdCharactersMax, false);
  file.restricted = request.restricted();
  return file;
}

Retention ToRetention(const v1::Retention& message, const std::string& field) {
  if (message.permanent() && message.years() != 0) {
    throw base::InvalidField(field + ".years", "does not go with permanent");
  }
  if (!message.permanent() && (message.years() < 1 || message.years() > kRetentionYearsMax)) {
    throw base::InvalidField(field + ".years",
                             "must be between 1 and " + std::to_string(kRetentionYearsMax));
  }
  return {message.permanent(), message.years()};
}

std::string CheckSeriesCode(const std::string& text, const std::string& field) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (text.empty() || text.size() > kSeriesCodeCharactersMax ||
      !std::all_of(text.begin(), text.end(), is_plain)) {
    throw base::InvalidField(field, "must be a word of a-z, 0-9 and hyphens");
  }
  return text;
}

Series ToSeries(const v1::Series& message, const std::string& field) {
  Series series;
  series.code = CheckSeriesCode(message.series(), field + ".series");
  if (message.direction() != v1::BOOK_DIRECTION_OUTGOING) {
    throw base::InvalidField(field + ".direction",
                             "must be OUTGOING: every unit has one series of arrivals");
  }
  if (series.code == kArrivalSeries) {
    throw base::InvalidField(field + ".series", "is the series of arrivals");
  }
  series.title = base::CheckText(message.title(), field + ".title", kNameCharactersMax, true);
  series.agency_abbreviation =
      CheckAbbreviation(message.agency_abbreviation(), field + ".agency_abbreviation", true);
  std::set<std::string> codes;
  for (const std::string& code : message.type_codes()) {
    codes.insert(CheckAbbreviation(code, field + ".type_codes", true));
  }
  if (codes.size() > kTypesOfSeriesMax) {
    throw base::InvalidField(field + ".type_codes", "too many types");
  }
  series.type_codes.assign(codes.begin(), codes.end());
  series.digits = message.digits() == 0 ? kDigitsMin : message.digits();
  if (series.digits < kDigitsMin || series.digits > kDigitsMax) {
    throw base::InvalidField(field + ".digits", "must be between 2 and 6");
  }
  return series;
}

Task ToTask(const v1::Assignment& message, const std::string& field) {
  Task task;
  task.assignee_unit_id =
      base::CheckText(message.unit_id(), field + ".unit_id", kUnitCodeCharactersMax, false);
  task.assignee_official_id = base::CheckText(message.official_id(), field + ".official_id",
                                              kOfficialIdCharactersMax, false);
  if (message.role() == v1::TASK_ROLE_UNSPECIFIED) {
    throw base::InvalidField(field + ".role", "is required");
  }
  task.role = static_cast<TaskRole>(message.role());
  if (message.has_deadline()) {
    task.deadline = journal::CheckTime(message.deadline(), field + ".deadline");
  }
  task.instruction = base::CheckText(message.instruction(), field + ".instruction",
                                     kInstructionCharactersMax, false);
  return task;
}

}  // namespace lienthong::document
