#include <google/protobuf/repeated_field.h>

#include "hotline/records.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

using google::protobuf::RepeatedPtrField;
using journal::SetTime;

// Enums of the rules have the numbers of the proto.
template <class To, class From>
To Same(From value) {
  return static_cast<To>(static_cast<int>(value));
}

/// Of the rules; LimitUnit has an order of its own there.
v1::LimitUnit ToMessage(calendar::LimitUnit unit) {
  switch (unit) {
    case calendar::LimitUnit::kWorkingDays:
      return v1::LIMIT_UNIT_WORKING_DAYS;
    case calendar::LimitUnit::kWorkingMinutes:
      return v1::LIMIT_UNIT_WORKING_MINUTES;
    case calendar::LimitUnit::kClockMinutes:
      break;
  }
  return v1::LIMIT_UNIT_CLOCK_MINUTES;
}

void SetLimit(v1::Limit* message, const calendar::Limit& limit) {
  message->set_amount(limit.amount);
  message->set_unit(ToMessage(limit.unit));
}

template <class Set>
void IfTime(const std::optional<base::Time>& time, const Set& mutable_time) {
  if (time) SetTime(mutable_time(), *time);
}

void AddDeadlines(const Deadlines& deadlines, RepeatedPtrField<v1::Deadline>* messages) {
  for (const Deadline& deadline : deadlines) {
    v1::Deadline* const message = messages->Add();
    message->set_kind(Same<v1::DeadlineKind>(deadline.kind));
    SetTime(message->mutable_at(), deadline.at);
    IfTime(deadline.near_at, [&] { return message->mutable_near_at(); });
    message->set_mark(Same<v1::DeadlineMark>(MarkOf(deadline)));
    message->set_escalation_level(LevelOf(deadline));
  }
}

void AddAttachments(const std::vector<Attachment>& attachments,
                    RepeatedPtrField<v1::Attachment>* messages) {
  for (const Attachment& attachment : attachments) *messages->Add() = ToMessage(attachment);
}

void SetPlace(const Place& place, v1::Place* message) {
  message->set_commune_code(place.commune_code);
  message->set_commune_unit_id(place.commune_unit_id);
  message->set_address(place.address);
  if (!place.point) return;
  message->set_latitude(place.point->latitude);
  message->set_longitude(place.point->longitude);
}

void AddTransfers(const Ticket& ticket, v1::Ticket& message) {
  for (const Transfer& transfer : ticket.transfers) {
    v1::Transfer* const one = message.add_transfers();
    one->set_service(transfer.service);
    SetTime(one->mutable_at(), transfer.at);
    one->set_official_id(transfer.official_id);
    if (transfer.taken) one->set_taken(*transfer.taken);
    IfTime(transfer.taken_at, [&] { return one->mutable_taken_at(); });
  }
}

void SetTimes(const Ticket& ticket, v1::Ticket& message) {
  SetTime(message.mutable_opened_at(), ticket.opened_at);
  IfTime(ticket.classified_at, [&] { return message.mutable_classified_at(); });
  IfTime(ticket.forwarded_at, [&] { return message.mutable_forwarded_at(); });
  IfTime(ticket.responded_at, [&] { return message.mutable_responded_at(); });
  IfTime(ticket.answered_at, [&] { return message.mutable_answered_at(); });
  IfTime(ticket.approved_at, [&] { return message.mutable_approved_at(); });
  IfTime(ticket.published_at, [&] { return message.mutable_published_at(); });
  IfTime(ticket.closed_at, [&] { return message.mutable_closed_at(); });
  IfTime(ticket.reopened_at, [&] { return message.mutable_reopened_at(); });
  if (ticket.forwarded_in_time) message.set_forwarded_in_time(*ticket.forwarded_in_time);
  if (ticket.responded_in_time) message.set_responded_in_time(*ticket.responded_in_time);
  if (ticket.answered_in_time) message.set_answered_in_time(*ticket.answered_in_time);
}

/// What was written or asked, by anyone.
void SetTexts(const Ticket& ticket, bool of_keeper, v1::Ticket& message) {
  message.set_text(ticket.text);
  for (const QuestionAnswer& answer : ticket.question_answers) {
    v1::QuestionAnswer* const one = message.add_question_answers();
    one->set_code(answer.code);
    for (const std::string& value : answer.values) one->add_values(value);
  }
  message.mutable_place()->set_address(ticket.place.address);
  AddAttachments(ticket.attachments, message.mutable_attachments());
  AddAttachments(ticket.joined_attachments, message.mutable_attachments());
  AddAttachments(ticket.answer_attachments, message.mutable_answer_attachments());
  if (!ticket.answer_article.id.empty()) {
    message.set_answer_article_id(ticket.answer_article.id);
    message.set_answer_article_version(ticket.answer_article.version);
  }
  if (!ticket.answer_template.id.empty()) {
    message.set_answer_template_id(ticket.answer_template.id);
    message.set_answer_template_version(ticket.answer_template.version);
  }
  const auto set = [](const std::string& text, const auto& put) {
    if (!text.empty()) put(text);
  };
  set(ticket.answer, [&](const auto& text) { message.set_answer(text); });
  set(ticket.public_text, [&](const auto& text) { message.set_public_text(text); });
  set(ticket.public_answer, [&](const auto& text) { message.set_public_answer(text); });
  for (const std::string& sha256 : ticket.public_photos) message.add_public_photos(sha256);
  set(ticket.reopen_reason, [&](const auto& text) { message.set_reopen_reason(text); });
  if (!of_keeper) return;
  set(ticket.reason, [&](const auto& text) { message.set_reason(text); });
  set(ticket.satisfaction_comment,
      [&](const auto& text) { message.set_satisfaction_comment(text); });
}

}  // namespace

v1::Attachment ToMessage(const Attachment& attachment) {
  v1::Attachment message;
  message.set_sha256(attachment.sha256);
  message.set_name(attachment.name);
  message.set_media_type(attachment.media_type);
  message.set_size_bytes(attachment.size_bytes);
  return message;
}

v1::Ticket ToMessage(const Ticket& ticket, std::int64_t version, const std::string& view,
                     bool with_texts) {
  v1::Ticket message;
  message.set_id(ticket.id.text);
  message.set_version(version);
  message.set_state(Same<v1::TicketState>(ticket.state));
  message.set_category_id(ticket.category_id);
  message.set_kind(Same<v1::CategoryKind>(ticket.kind));
  message.set_restricted(ticket.restricted);
  message.set_anonymous(ticket.anonymous);
  message.set_confidential(ticket.confidential);
  message.set_keeper_unit_id(ticket.keeper_unit_id);
  if (view != kHandlingView && !ticket.concerned_unit_id.empty()) {
    message.set_concerned_unit_id(ticket.concerned_unit_id);
  }
  message.set_channel(Same<v1::Channel>(ticket.channel));
  SetPlace(ticket.place, message.mutable_place());
  message.mutable_place()->clear_address();
  for (const std::string& unit : ticket.unit_ids) message.add_unit_ids(unit);
  for (const std::string& unit : ticket.escalated_unit_ids) message.add_escalated_unit_ids(unit);
  message.set_kept_private(ticket.kept_private);
  message.set_waits_for_keeper(ticket.WaitsForKeeper());
  AddDeadlines(ticket.deadlines, message.mutable_deadlines());
  SetTimes(ticket, message);
  AddTransfers(ticket, message);
  if (ticket.joined_ticket_id) message.set_joined_ticket_id(ticket.joined_ticket_id->text);
  message.set_report_count(ticket.report_count);
  message.set_satisfaction(Same<v1::Satisfaction>(ticket.satisfaction));
  message.set_reopen_count(ticket.reopen_count);
  const bool is_open = !ticket.IsWithheld() && view != kLimitedView;
  if (is_open || with_texts) SetTexts(ticket, view == kFullView || with_texts, message);
  if (!is_open && !with_texts) message.mutable_place()->clear_latitude();
  if (!is_open && !with_texts) message.mutable_place()->clear_longitude();
  return message;
}

v1::Assignment ToMessage(const Assignment& assignment, std::int64_t version,
                         const std::string& view, bool with_texts) {
  v1::Assignment message;
  message.set_id(assignment.id.text);
  message.set_version(version);
  message.set_ticket_id(assignment.ticket_id.text);
  message.set_unit_id(assignment.unit_id);
  message.set_keeper_unit_id(assignment.keeper_unit_id);
  message.set_role(Same<v1::AssignmentRole>(assignment.role));
  message.set_state(Same<v1::AssignmentState>(assignment.state));
  message.set_restricted(assignment.restricted);
  message.set_category_id(assignment.category_id);
  SetTime(message.mutable_assigned_at(), assignment.assigned_at);
  message.set_assigned_by_official_id(assignment.assigned_by_official_id);
  message.set_official_id(assignment.official_id);
  IfTime(assignment.accepted_at, [&] { return message.mutable_accepted_at(); });
  IfTime(assignment.ended_at, [&] { return message.mutable_ended_at(); });
  IfTime(assignment.due_at, [&] { return message.mutable_due_at(); });
  if (assignment.answered_in_time) message.set_answered_in_time(*assignment.answered_in_time);
  AddDeadlines(assignment.deadlines, message.mutable_deadlines());
  IfTime(assignment.waiting_since, [&] { return message.mutable_waiting_since(); });
  message.set_extension_count(assignment.extension_count);
  for (const std::string& unit : assignment.escalated_unit_ids) {
    message.add_escalated_unit_ids(unit);
  }
  if ((assignment.restricted || view == kLimitedView) && !with_texts) return message;
  const auto set = [](const std::string& text, const auto& put) {
    if (!text.empty()) put(text);
  };
  set(assignment.instruction, [&](const auto& text) { message.set_instruction(text); });
  set(assignment.reason, [&](const auto& text) { message.set_reason(text); });
  set(assignment.reply, [&](const auto& text) { message.set_reply(text); });
  set(assignment.answer, [&](const auto& text) { message.set_answer(text); });
  AddAttachments(assignment.answer_attachments, message.mutable_answer_attachments());
  return message;
}

v1::Report ToMessage(const Report& report, std::int64_t version) {
  v1::Report message;
  message.set_id(report.id.text);
  message.set_version(version);
  message.set_ticket_id(report.ticket_id.text);
  message.set_own_ticket_id(report.own_ticket_id.text);
  message.set_channel(Same<v1::Channel>(report.channel));
  SetTime(message.mutable_received_at(), report.received_at);
  message.set_anonymous(report.anonymous);
  message.set_confidential(report.confidential);
  message.set_unit_id(report.unit_id);
  message.set_official_id(report.official_id);
  message.set_api_key_id(report.api_key_id);
  return message;
}

v1::ApiKey ToMessage(const ApiKey& key, std::int64_t version) {
  v1::ApiKey message;
  message.set_id(key.id.text);
  message.set_version(version);
  message.set_name(key.name);
  message.set_calls_per_minute(key.calls_per_minute);
  message.set_keeper_unit_id(key.keeper_unit_id);
  SetTime(message.mutable_created_at(), key.created_at);
  IfTime(key.revoked_at, [&] { return message.mutable_revoked_at(); });
  message.set_revoked_reason(key.revoked_reason);
  message.set_channel(Same<v1::Channel>(key.channel));
  return message;
}

v1::Category ToMessage(const Category& category, std::int64_t version) {
  v1::Category message;
  message.set_id(category.id);
  message.set_version(version);
  message.set_parent_id(category.parent_id);
  message.set_name(category.name);
  message.set_name_en(category.name_en);
  message.set_kind(Same<v1::CategoryKind>(category.kind));
  message.set_restricted(category.restricted);
  if (category.first_response) SetLimit(message.mutable_first_response(), *category.first_response);
  if (category.resolution) SetLimit(message.mutable_resolution(), *category.resolution);
  if (category.waiting) SetLimit(message.mutable_waiting(), *category.waiting);
  message.set_default_unit_id(category.default_unit_id);
  for (const Question& question : category.questions) {
    v1::Question* const one = message.add_questions();
    one->set_code(question.code);
    one->set_text(question.text);
    one->set_text_en(question.text_en);
    one->set_type(Same<v1::QuestionType>(question.type));
    one->set_required(question.required);
    for (const QuestionValue& value : question.values) {
      v1::QuestionValue* const listed = one->add_values();
      listed->set_key(value.key);
      listed->set_name(value.name);
      listed->set_name_en(value.name_en);
    }
  }
  message.set_closed(category.closed);
  return message;
}

v1::Centre ToMessage(const Centre& centre, std::int64_t version) {
  v1::Centre message;
  message.set_id(kCentreId);
  message.set_version(version);
  message.set_unit_id(centre.unit_id);
  message.set_inspector_unit_id(centre.inspector_unit_id);
  message.set_office_unit_id(centre.office_unit_id);
  SetLimit(message.mutable_forwarding(), centre.forwarding);
  message.set_transfer_alarm_seconds(centre.transfer_alarm_seconds);
  for (const EscalationStep& step : centre.escalations) {
    v1::EscalationStep* const one = message.add_escalations();
    SetLimit(one->mutable_after(), step.after);
    one->set_unit_id(step.unit_id);
  }
  message.set_reopen_window_days(centre.reopen_window_days);
  message.set_reopens_max(centre.reopens_max);
  message.set_ratings_max(centre.ratings_max);
  if (centre.answering) SetLimit(message.mutable_answering(), *centre.answering);
  for (const std::string& contact : centre.public_contacts) message.add_public_contacts(contact);
  message.set_duplicates_metres(centre.duplicates_metres);
  message.set_duplicates_hours(centre.duplicates_hours);
  return message;
}

}  // namespace lienthong::hotline
