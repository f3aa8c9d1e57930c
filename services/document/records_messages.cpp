#include <utility>

#include "document/records.hpp"
#include "platform/base/clock.hpp"
#include "platform/journal/times.hpp"

// The numbers of these enums are those of the API.
namespace lienthong::document {
namespace {

template <class Proto, class Enum>
Proto ToProto(Enum value) {
  return static_cast<Proto>(static_cast<int>(value));
}

void Fill(const Signer& signer, v1::Signer* message) {
  message->set_authority(ToProto<v1::SigningAuthority>(signer.authority));
  message->set_as_deputy(signer.as_deputy);
  message->set_official_id(signer.official_id);
  message->set_full_name(signer.full_name);
  message->set_position(signer.position);
  if (signer.authorisation_id) message->set_authorisation_id(signer.authorisation_id->text);
  journal::SetTime(message->mutable_signed_at(), signer.signed_at);
}

/// Fields that drafts and documents have under the same names.
template <class Message>
void FillContent(const Content& content, Message& message) {
  *message.mutable_type() = ToMessage(content.type);
  message.set_subject(content.subject);
  message.set_summary(content.summary);
  message.set_urgency(ToProto<v1::Urgency>(content.urgency));
  message.set_circulation(ToProto<v1::Circulation>(content.circulation));
  if (content.signer) Fill(*content.signer, message.mutable_signer());
  if (content.due_date) message.set_due_date(base::FormatDay(*content.due_date));
  for (const Recipient& recipient : content.recipients) {
    v1::Recipient* const added = message.add_recipients();
    added->set_unit_id(recipient.unit_id);
    added->set_organ_id(recipient.organ_id);
    added->set_name(recipient.name);
    added->set_for_information(recipient.for_information);
  }
  message.set_page_count(content.page_count);
  message.set_copy_count(content.copy_count);
  message.set_steering_type(content.steering_type);
  for (const Reference& reference : content.response_for) {
    v1::DocumentReference* const added = message.add_response_for();
    added->set_document_id(reference.document_id);
    added->set_code(reference.code);
    added->set_document_date(reference.document_date);
    added->set_organ_id(reference.organ_id);
  }
  for (const Attachment& attachment : content.attachments) {
    v1::Attachment* const added = message.add_attachments();
    added->set_sha256(attachment.sha256);
    added->set_name(attachment.name);
    added->set_media_type(attachment.media_type);
    added->set_size_bytes(attachment.size_bytes);
    added->set_description(attachment.description);
  }
  message.set_place(content.place);
  for (const DocumentId& changed : content.changed_documents) {
    if (!message.has_changed_document_id()) {
      message.set_changed_document_id(changed.text);
    } else {
      message.add_also_changed_document_ids(changed.text);
    }
  }
  message.set_change_kind(ToProto<v1::ChangeKind>(content.change_kind));
}

/// The same for a number.
template <class Message>
void FillNumbered(const Numbered& numbered, Message& message) {
  message.set_document_date(base::FormatDay(numbered.document_date));
  message.set_code(numbered.code);
  message.set_book_id(numbered.book_id);
  message.set_number(numbered.number);
  message.set_number_letter(numbered.letter);
}

void Fill(const ChangeRequest& change, bool with_reason, v1::ChangeRequest* message) {
  message->set_kind(ToProto<v1::ChangeKind>(change.kind));
  message->set_answer(ToProto<v1::ChangeAnswer>(change.answer));
  if (with_reason) message->set_reason(change.reason);
  journal::SetTime(message->mutable_requested_at(), change.requested_at);
  if (change.answered_at) journal::SetTime(message->mutable_answered_at(), *change.answered_at);
}

}  // namespace

v1::DocumentType ToMessage(const DocumentType& type) {
  v1::DocumentType message;
  message.set_name(type.name);
  message.set_abbreviation(type.abbreviation);
  message.set_normative(type.normative);
  return message;
}

v1::Deadline ToMessage(const Deadline& due) {
  v1::Deadline message;
  message.set_kind(ToProto<v1::DeadlineKind>(due.kind));
  journal::SetTime(message.mutable_at(), due.at);
  message.set_mark(ToProto<v1::DeadlineMark>(due.mark));
  return message;
}

v1::Authorisation ToMessage(const Authorisation& authorisation, std::int64_t version) {
  v1::Authorisation message;
  message.set_id(authorisation.id.text);
  message.set_version(version);
  message.set_unit_id(authorisation.unit_id);
  message.set_from_official_id(authorisation.from_official_id);
  message.set_to_official_id(authorisation.to_official_id);
  message.set_content(authorisation.content);
  for (const std::string& name : authorisation.type_names) message.add_type_names(name);
  message.set_valid_from(base::FormatDay(authorisation.valid_from));
  message.set_valid_to(base::FormatDay(authorisation.valid_to));
  message.set_state(authorisation.revoked ? v1::AUTHORISATION_STATE_REVOKED
                                          : v1::AUTHORISATION_STATE_GRANTED);
  return message;
}

v1::Book ToMessage(const Book& book, std::int64_t version) {
  v1::Book message;
  message.set_id(book.Id());
  message.set_version(version);
  message.set_unit_id(book.unit_id);
  message.set_direction(ToProto<v1::BookDirection>(book.direction));
  message.set_year(book.year);
  message.set_series(book.series);
  message.set_title(book.title);
  message.set_last_number(book.last_number);
  message.set_document_count(book.document_count);
  message.set_reserved_count(book.reserved_count);
  message.set_void_count(book.void_count);
  return message;
}

v1::Series ToMessage(const Series& series, std::int64_t version) {
  v1::Series message;
  message.set_id(series.Id());
  message.set_version(version);
  message.set_unit_id(series.unit_id);
  message.set_series(series.code);
  message.set_direction(ToProto<v1::BookDirection>(series.direction));
  message.set_title(series.title);
  message.set_agency_abbreviation(series.agency_abbreviation);
  for (const std::string& code : series.type_codes) message.add_type_codes(code);
  message.set_digits(series.digits);
  return message;
}

v1::Document ToMessage(const Document& document, std::int64_t version, const std::string& view) {
  v1::Document message;
  const Numbered& numbered = document.content.numbered.value();
  message.set_id(document.id.text);
  message.set_version(version);
  message.set_sender_unit_id(document.sender_unit_id);
  message.set_code(numbered.code);
  message.set_document_date(base::FormatDay(numbered.document_date));
  message.set_restricted(document.content.restricted);
  if (view != kFullView) return message;
  message.set_sender_organ_id(document.sender_organ_id);
  message.set_sender_name(document.sender_name);
  FillContent(document.content, message);
  journal::SetTime(message.mutable_issued_at(), document.issued_at);
  message.set_state(document.erased     ? v1::DOCUMENT_STATE_ERASED
                    : document.recalled ? v1::DOCUMENT_STATE_RECALLED
                                        : v1::DOCUMENT_STATE_ISSUED);
  if (document.recall_reason) message.set_recall_reason(*document.recall_reason);
  FillNumbered(numbered, message);
  if (!document.packet_sha256.empty()) {
    message.set_packet_sha256(document.packet_sha256);
    message.set_packet_signature(document.packet_signed ? v1::PACKET_SIGNATURE_NOT_VERIFIED
                                                        : v1::PACKET_SIGNATURE_NONE);
  }
  return message;
}

v1::Delivery ToMessage(const Delivery& delivery, std::int64_t version, const std::string& view) {
  const bool full = view == kFullView;
  const bool with_reasons = view != kLimitedView;
  v1::Delivery message;
  message.set_id(delivery.id.text);
  message.set_version(version);
  message.set_document_id(delivery.document_id.text);
  message.set_sender_unit_id(delivery.sender_unit_id);
  message.set_receiver_unit_id(delivery.receiver_unit_id);
  message.set_receiver_organ_id(delivery.receiver_organ_id);
  message.set_receiver_name(delivery.receiver_name);
  message.set_holder_unit_id(delivery.holder_unit_id);
  message.set_for_information(delivery.for_information);
  message.set_state(ToProto<v1::DeliveryState>(delivery.state));
  journal::SetTime(message.mutable_sent_at(), delivery.sent_at);
  if (delivery.arrival_code) message.set_arrival_code(*delivery.arrival_code);
  if (delivery.arrival_date) message.set_arrival_date(base::FormatDay(*delivery.arrival_date));
  if (delivery.answering_document_id) {
    message.set_answering_document_id(delivery.answering_document_id->text);
  }
  if (delivery.answering_code) message.set_answering_code(*delivery.answering_code);
  if (delivery.change) Fill(*delivery.change, with_reasons, message.mutable_change());
  if (delivery.replaced_by_id) message.set_replaced_by_delivery_id(delivery.replaced_by_id->text);
  if (full && delivery.deadline) journal::SetTime(message.mutable_deadline(), *delivery.deadline);
  for (const Step& step : delivery.steps) {
    v1::DeliveryStep* const added = message.add_steps();
    added->set_code(step.code);
    journal::SetTime(added->mutable_at(), step.at);
    if (full) added->set_official_id(step.official_id);
    if (!with_reasons) continue;
    added->set_reason(step.reason);
    if (step.code == "02") message.set_refusal_reason(step.reason);
  }
  return message;
}

v1::Draft ToMessage(const Draft& draft, std::int64_t version, const std::string& view) {
  v1::Draft message;
  message.set_id(draft.id.text);
  message.set_version(version);
  message.set_unit_id(draft.unit_id);
  message.set_state(ToProto<v1::DraftState>(draft.state));
  message.set_restricted(draft.content.restricted);
  if (view != kFullView) return message;
  if (draft.erased) {
    if (draft.content.numbered) FillNumbered(*draft.content.numbered, message);
    return message;
  }
  message.set_author_official_id(draft.author_official_id);
  message.set_drafting_abbreviation(draft.content.drafting_abbreviation);
  FillContent(draft.content, message);
  for (const Remark& opinion : draft.opinions) {
    v1::Opinion* const added = message.add_opinions();
    added->set_official_id(opinion.official_id);
    journal::SetTime(added->mutable_given_at(), opinion.at);
    added->set_text(opinion.text);
  }
  if (draft.submitted_to_official_id) {
    message.set_submitted_to_official_id(*draft.submitted_to_official_id);
  }
  if (draft.return_reason) message.set_return_reason(*draft.return_reason);
  if (draft.content.numbered) FillNumbered(*draft.content.numbered, message);
  if (draft.document_id) message.set_document_id(draft.document_id->text);
  for (const std::string& reader : draft.readers) message.add_readers(reader);
  if (draft.due) *message.mutable_due() = ToMessage(*draft.due);
  return message;
}

v1::Incoming ToMessage(const Incoming& incoming, std::int64_t version, const std::string& view) {
  v1::Incoming message;
  message.set_id(incoming.id.text);
  message.set_version(version);
  message.set_document_id(incoming.document_id.text);
  message.set_unit_id(incoming.unit_id);
  message.set_book_id(incoming.book_id);
  message.set_arrival_number(incoming.arrival_number);
  message.set_arrival_code(incoming.arrival_code);
  message.set_arrival_date(base::FormatDay(incoming.arrival_date));
  message.set_entered_by_official_id(incoming.entered_by_official_id);
  message.set_restricted(incoming.restricted);
  if (incoming.opinion && view == kFullView) {
    message.set_opinion(incoming.opinion->text);
    message.set_opinion_official_id(incoming.opinion->official_id);
    journal::SetTime(message.mutable_opinion_at(), incoming.opinion->at);
  }
  return message;
}

v1::Task ToMessage(const Task& task, std::int64_t version, const std::string& view) {
  v1::Task message;
  message.set_id(task.id.text);
  message.set_version(version);
  message.set_document_id(task.document_id.text);
  message.set_delivery_id(task.delivery_id.text);
  message.set_unit_id(task.unit_id);
  message.set_assigned_by_official_id(task.assigned_by_official_id);
  message.set_assignee_unit_id(task.assignee_unit_id);
  message.set_assignee_official_id(task.assignee_official_id);
  message.set_role(ToProto<v1::TaskRole>(task.role));
  message.set_state(ToProto<v1::TaskState>(task.state));
  if (task.deadline) journal::SetTime(message.mutable_deadline(), *task.deadline);
  journal::SetTime(message.mutable_assigned_at(), task.assigned_at);
  if (task.completed_at) journal::SetTime(message.mutable_completed_at(), *task.completed_at);
  if (task.due) *message.mutable_due() = ToMessage(*task.due);
  if (view != kFullView) return message;
  message.set_instruction(task.instruction);
  for (const Remark& report : task.reports) {
    v1::TaskReport* const added = message.add_reports();
    added->set_official_id(report.official_id);
    journal::SetTime(added->mutable_reported_at(), report.at);
    added->set_text(report.text);
  }
  return message;
}

v1::DeadlineNotice ToMessage(const DeadlineNotice& notice, std::int64_t version) {
  v1::DeadlineNotice message;
  message.set_id(notice.delivery_id.text);
  message.set_version(version);
  message.set_unit_id(notice.unit_id);
  *message.mutable_due() = ToMessage(notice.due);
  return message;
}

v1::ReadingRight ToMessage(const ReadingRight& right, std::int64_t version,
                           const std::string& view) {
  v1::ReadingRight message;
  message.set_id(right.Id());
  message.set_version(version);
  message.set_document_id(right.document_id.text);
  message.set_unit_id(right.unit_id);
  if (view != kFullView) return message;
  for (const std::string& reader : right.readers) message.add_readers(reader);
  return message;
}

}  // namespace lienthong::document
