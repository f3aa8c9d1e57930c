#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/any_rpc.hpp"

/// Every RPC of the hotline, and how it is asked for what the caller may not know.
namespace lienthong::hotline {

enum class Expect {
  kRefused,    ///< NOT_FOUND or PERMISSION_DENIED, as for what does not exist, whatever version
  kAsUnknown,  ///< a detail of an own call: whatever comes of it, the same as for what is not there
  kSilent,     ///< answers without a word or an id of what is hidden
  kHidden,     ///< the same, where who has the right is shown some
};

/// One way to ask: a request in protobuf's text format. "$ticket" stands for the id of each hidden
/// ticket in turn and so on (Secrets::ids).
struct Ask {
  Expect expect;
  std::string request;
};
using Asks = std::vector<Ask>;
/// By "<service>.<method>".
using RightsTable = std::vector<std::pair<std::string, Asks>>;

inline RightsTable OfTickets() {
  using enum Expect;
  const std::string ticket = "ticket_id: '$ticket'";
  const std::string reason = ticket + " reason: 'Sai'";
  const std::string caller =
      "channel: CHANNEL_PHONE text: 'Việc khác' caller { full_name: 'Lê Văn Khác'"
      " phone: '0911222333' } category_id: 'HATANG.GIAOTHONG' ";
  return {
      {"TicketService.OpenTicket",
       {{kSilent, caller},
        {kAsUnknown, caller + "join_ticket_id: '$ticket'"},
        {kAsUnknown, caller + "attachment_upload_ids: '$upload'"}}},
      {"TicketService.FindDuplicates",
       {{kSilent, "category_id: 'CBCC.CHAMTRE' place { commune_code: '25747' }"}}},
      {"TicketService.ClassifyTicket",
       {{kRefused, ticket + " category_id: 'HATANG.GIAOTHONG'"},
        {kRefused, ticket + " category_id: 'KHONG'"}}},
      {"TicketService.JoinTicket",
       {{kRefused, ticket + " into_ticket_id: '$ticket'"},
        {kRefused, ticket + " into_ticket_id: '$plain_ticket'"}}},
      {"TicketService.SeparateTicket", {{kRefused, ticket}}},
      {"TicketService.RouteTicket",
       {{kRefused, ticket}, {kRefused, ticket + " routes { unit_id: '$unit' }"}}},
      {"TicketService.ReferTicket", {{kRefused, reason}}},
      {"TicketService.StartTransfer", {{kRefused, ticket + " service: '113'"}}},
      {"TicketService.EndTransfer", {{kRefused, ticket + " taken: true"}}},
      {"TicketService.AnswerTicket",
       {{kRefused, ticket + " answer: 'Xong'"},
        {kRefused, ticket + " answer: 'Xong' attachment_upload_ids: '$upload'"}}},
      {"TicketService.ApproveTicket", {{kRefused, ticket}}},
      {"TicketService.ReturnAnswer", {{kRefused, reason}}},
      {"TicketService.DraftPublication", {{kRefused, ticket}}},
      {"TicketService.PublishTicket",
       {{kRefused, ticket + " public_text: 'Việc' public_answer: 'Xong'"},
        {kRefused, ticket + " public_text: 'Việc' public_answer: 'Xong' public_photos: 'a'"}}},
      {"TicketService.WithdrawPublication", {{kRefused, reason}}},
      {"TicketService.KeepPrivate", {{kRefused, ticket}}},
      {"TicketService.RejectTicket", {{kRefused, reason}}},
      {"TicketService.WithdrawAssignment",
       {{kRefused, "assignment_id: '$assignment' reason: 'Sai'"}}},
      {"TicketService.RateTicket", {{kRefused, ticket + " satisfaction: SATISFACTION_NEUTRAL"}}},
      {"TicketService.ReopenTicket", {{kRefused, reason}}},
      {"TicketService.RecordReply", {{kRefused, ticket + " text: 'Ở ngã tư'"}}},
      {"TicketService.GetTicket", {{kRefused, ticket}}},
      {"TicketService.ListTickets",
       {{kHidden, "page_size: 200"},
        {kSilent, "text: 'zq'"},
        {kSilent, "text: '$word'"},
        {kHidden, "category_id: 'CBCC'"},
        {kSilent, "unit_id: '$unit'"},
        {kHidden, "unit_id: 'H09.01'"},
        {kHidden, "states: TICKET_STATE_JOINED"},
        {kHidden, "commune_code: '25747'"},
        {kHidden, "channel: CHANNEL_PHONE"},
        {kSilent, "waits_for_keeper: true"}}},
      {"TicketService.ListReports", {{kRefused, ticket}}},
      {"TicketService.GetReporter", {{kRefused, "report_id: '$report' purpose: 'Liên hệ'"}}},
      {"TicketService.ListReporterAccess", {{kRefused, "report_id: '$report'"}}},
  };
}

inline RightsTable OfAssignments() {
  using enum Expect;
  const std::string assignment = "assignment_id: '$assignment'";
  return {
      {"AssignmentService.AcceptAssignment", {{kRefused, assignment}}},
      {"AssignmentService.ReturnAssignment", {{kRefused, assignment + " reason: 'Sai'"}}},
      {"AssignmentService.StartAssignment", {{kRefused, assignment}}},
      {"AssignmentService.PauseAssignment", {{kRefused, assignment + " reason: 'Chờ'"}}},
      {"AssignmentService.ResumeAssignment", {{kRefused, assignment}}},
      {"AssignmentService.ExtendAssignment",
       {{kRefused, assignment + " reason: 'Chờ' due_at { seconds: 1700000000 }"}}},
      {"AssignmentService.AnswerAssignment",
       {{kRefused, assignment + " answer: 'Xong'"},
        {kRefused, assignment + " answer: 'Xong' attachment_upload_ids: '$upload'"}}},
      {"AssignmentService.HandOverAssignment",
       {{kRefused, assignment + " official_id: '$unit/boss'"}}},
      {"AssignmentService.GetAssignment", {{kRefused, assignment}}},
      {"AssignmentService.ListAssignments",
       {{kSilent, ""},
        {kRefused, "ticket_id: '$ticket'"},
        {kSilent, "mark: DEADLINE_MARK_NEAR"},
        {kSilent, "official_id: '$unit/named'"}}},
      {"AssignmentService.ListLeftAssignments", {{kSilent, ""}}},
      {"AssignmentService.TakeOverAssignment", {{kRefused, assignment}}},
  };
}

inline RightsTable OfTheRest() {
  using enum Expect;
  const std::string period = "from { seconds: 1546300800 } to { seconds: 1577836800 }";
  const std::string following = "code: '$code' contact: '0912345678'";
  return {
      {"CategoryService.SetCategory", {{kSilent, "category { id: 'MOI' }"}}},
      {"CategoryService.SetCentre", {{kSilent, "centre { unit_id: '$unit' }"}}},
      {"CategoryService.ListCategories", {{kSilent, ""}}},
      {"CategoryService.GetCentre", {{kSilent, ""}}},
      {"IndicatorService.GetIndicators",
       {{kSilent, period}, {kSilent, period + " unit_id: '$unit'"}}},
      {"IndicatorService.GetPublicIndicators", {{kSilent, period}}},
      // For the portal alone; who reported follows with the contact given then.
      {"CitizenService.SubmitReport", {{kSilent, "channel: CHANNEL_WEB text: 'Việc khác'"}}},
      {"CitizenService.FollowReport", {{kSilent, following}, {kSilent, "code: '$code'"}}},
      {"CitizenService.RateReport", {{kSilent, following + " satisfaction: SATISFACTION_NEUTRAL"}}},
      {"CitizenService.ReopenReport", {{kSilent, following + " reason: 'Chưa xong'"}}},
      {"CitizenService.ReplyToQuestion", {{kSilent, following + " text: 'Ở ngã tư'"}}},
      {"CitizenService.ListPublicTickets",
       {{kSilent, "page_size: 1000"},
        {kSilent, "text: 'zq'"},
        {kSilent, "text: '$word'"},
        {kSilent, "category_ids: 'CBCC.CHAMTRE' category_ids: ''"},
        {kSilent, "published: true"},
        {kSilent, "answered: true"}}},
      {"CitizenService.GetPublicTicket", {{kRefused, "ticket_id: '$ticket'"}}},
      {"CitizenService.GetPublicPhoto", {{kRefused, "ticket_id: '$ticket' number: 1"}}},
      {"ApiKeyService.CreateApiKey", {{kSilent, "name: 'Đối tác'"}}},
      {"ApiKeyService.RevokeApiKey", {{kRefused, "api_key_id: '$ticket' reason: 'Sai'"}}},
      {"ApiKeyService.ListApiKeys", {{kSilent, ""}}},
      {"ApiKeyService.CheckApiKey", {{kRefused, "key: '$code'"}}},
      {"MessageService.ListMessages", {{kSilent, ""}, {kRefused, "ticket_id: '$ticket'"}}},
      {"MessageService.RetryMessage", {{kRefused, "message_id: '$message'"}}},
      {"KnowledgeService.SaveArticle",
       {{kSilent, "article { category_id: 'HATANG.GIAOTHONG' question: 'a' answer: 'b' }"}}},
      {"KnowledgeService.PublishArticle", {{kAsUnknown, "article_id: '$ticket'"}}},
      {"KnowledgeService.RetireArticle", {{kAsUnknown, "article_id: '$ticket'"}}},
      {"KnowledgeService.GetArticle", {{kAsUnknown, "article_id: '$ticket'"}}},
      {"KnowledgeService.FindArticles", {{kSilent, ""}, {kSilent, "text: '$word'"}}},
      {"KnowledgeService.SaveTemplate", {{kSilent, "answer_template { title: 'a' text: 'b' }"}}},
      {"KnowledgeService.PublishTemplate", {{kAsUnknown, "template_id: '$ticket'"}}},
      {"KnowledgeService.RetireTemplate", {{kAsUnknown, "template_id: '$ticket'"}}},
      {"KnowledgeService.ListTemplates", {{kSilent, ""}}},
      {"KnowledgeService.RenderTemplate",
       {{kRefused, "template_id: '$plain_template' ticket_id: '$ticket'"}}},
      {"FileService.CreateUpload", {{kSilent, "name: 'Việc khác.pdf' size_bytes: 10"}}},
      {"FileService.GetUpload", {{kRefused, "upload_id: '$upload'"}}},
      {"FileService.WriteUpload", {{kRefused, "upload_id: '$upload' data: 'x'"}}},
      {"FileService.DownloadFile", {{kRefused, "$use"}}},
      {"FileService.CancelUpload", {{kRefused, "upload_id: '$upload'"}}},
  };
}

inline RightsTable OfTheJournal() {
  using enum Expect;
  Asks histories, digests, buckets, keys;
  for (const auto& [type, name] : std::map<std::string, std::string>{
           {"ticket", "ticket"}, {"assignment", "assignment"}, {"report", "report"}}) {
    histories.push_back({kRefused, "record_type: '" + type + "' record_id: '$" + name + "'"});
    const std::string ask = "record_type: '" + type + "' feed: FEED_OWN";
    digests.push_back({kSilent, ask});
    buckets.push_back({kSilent, ask + " bucket: $" + name + "_bucket"});
    keys.push_back({kAsUnknown, "feed: FEED_OWN keys: '" + type + "/$" + name + "'"});
    keys.push_back({kAsUnknown, "feed: FEED_ALL keys: '" + type + "/$" + name + "'"});
  }
  histories.push_back({kSilent, "record_type: 'category' record_id: 'CBCC'"});
  histories.push_back({kSilent, "record_type: 'centre' record_id: 'centre'"});
  histories.push_back({kAsUnknown, "record_type: 'api-key' record_id: '$ticket'"});
  histories.push_back({kAsUnknown, "record_type: 'article' record_id: '$ticket'"});
  histories.push_back({kAsUnknown, "record_type: 'answer-template' record_id: '$ticket'"});
  return {
      {"JournalService.ListRecordHistory", histories},
      {"JournalService.ListBucketDigests", digests},
      {"JournalService.ListBucket", buckets},
      {"JournalService.Republish", keys},
      {"JournalService.VerifySeals", {{kSilent, ""}}},
      {"JournalService.RaiseEpoch", {{kSilent, "current_epoch: 1"}}},
      {"JournalService.ListParkedEvents", {{kSilent, ""}}},
      {"JournalService.ReplayParkedEvents", {{kSilent, ""}}},
      {"JournalService.GetOwnerStatus", {{kSilent, ""}}},
      {"JournalService.RecordOperation",
       {{kSilent, "kind: OPERATION_KIND_SILENCE_UNIT reason: 'Sai' operator: 'x'"}}},
      {"JournalService.EndOperation",
       {{kSilent, "operation_id: '$ticket' outcome: OPERATION_OUTCOME_FAILED"}}},
      {"JournalService.ListOperations", {{kSilent, ""}}},
  };
}

inline RightsTable AllRpcs() {
  RightsTable all;
  for (const RightsTable& part : {OfTickets(), OfAssignments(), OfTheRest(), OfTheJournal()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

using support::Filled, support::Values;

}  // namespace lienthong::hotline
