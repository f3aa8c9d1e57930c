#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/any_rpc.hpp"

/// Every RPC of the document service, and how it is asked for what the caller may not know.
namespace lienthong::document {

enum class Expect {
  kRefused,    ///< NOT_FOUND or PERMISSION_DENIED, as for what does not exist, whatever version
  kTakenOver,  ///< the same; only a part of a unit that was split has the right
  kAsUnknown,  ///< a detail of an own call: whatever comes of it, the same as for what is not there
  kSilent,     ///< answers without a word or an id of what is restricted
  kHidden,     ///< the same, where who has the right is shown some
  kOfUnit,     ///< silent for who is of the unit, refused for others
  kOfParties,  ///< silent for who is of the unit or its partner, refused for others
  kOfFeed,     ///< ids for the systems of the parties, whose feeds have the view `limited`
};

/// One way to ask: a request in protobuf's text format. "$document" stands for the id of each
/// restricted document in turn and so on (Secrets::ids); "$my_file" is the caller's own.
struct Ask {
  Expect expect;
  std::string request;
};
using Asks = std::vector<Ask>;
/// By "<service>.<method>".
using RightsTable = std::vector<std::pair<std::string, Asks>>;

inline RightsTable BooksAndDrafts() {
  using enum Expect;
  const std::string content =
      " type { name: 'Quyết định' abbreviation: 'QĐ' } subject: 'Việc khác'"
      " recipients { unit_id: '$partner' } ";
  const std::string change = "changed_document_id: '$document' change_kind: CHANGE_KIND_UPDATE";
  const std::string answer =
      "response_for { document_id: '$document' code: '1' document_date: '2019-07-10' }";
  return {
      {"BookService.SetSeries",
       {{kSilent,
         "series { series: 'thu' direction: BOOK_DIRECTION_OUTGOING title: 'Sổ thư'"
         " agency_abbreviation: 'ZZ' type_codes: 'TB' }"}}},
      {"BookService.ListDocumentTypes", {{kSilent, ""}}},
      {"BookService.ReserveNumbers",
       {{kSilent, "series: 'di' year: 2022 count: 1 reason: 'Họp'"},
        {kSilent, "series: '$word' year: 2022 count: 1 reason: 'Họp'"}}},
      {"BookService.VoidNumber", {{kRefused, "book_id: '$book' number: 1 reason: 'Thừa'"}}},
      // How many numbers a book has says nothing of what they were given to.
      {"BookService.ListBooks", {{kSilent, ""}}},
      // Every number has its line: of what is restricted without record and reason.
      {"BookService.ListNumbers", {{kOfUnit, "book_id: '$book'"}}},
      {"DraftService.CreateDraft",
       {{kAsUnknown, "content {" + content + change + "}"},
        {kAsUnknown, "content {" + content + answer + "}"},
        {kAsUnknown, "content {" + content + "attachments { upload_id: '$upload' } }"},
        {kAsUnknown, "content {" + content + "attachments { sha256: '$sha' } }"}}},
      {"DraftService.UpdateDraft",
       {{kRefused, "draft_id: '$draft' content {" + content + "}"},
        {kAsUnknown, "draft_id: '$my_draft' content {" + content + change + "}"},
        {kAsUnknown,
         "draft_id: '$my_draft' content {" + content + "attachments { upload_id: '$upload' } }"},
        {kAsUnknown,
         "draft_id: '$my_draft' content {" + content + "attachments { sha256: '$sha' } }"}}},
      {"DraftService.GiveOpinion", {{kRefused, "draft_id: '$draft' text: 'Đồng ý'"}}},
      {"DraftService.SubmitDraft", {{kRefused, "draft_id: '$draft' official_id: '$unit/head'"}}},
      {"DraftService.ReturnDraft", {{kRefused, "draft_id: '$draft' reason: 'Sai'"}}},
      {"DraftService.SignDraft", {{kRefused, "draft_id: '$draft'"}}},
      {"DraftService.ReopenDraft", {{kRefused, "draft_id: '$draft' reason: 'Sai'"}}},
      {"DraftService.NumberDraft", {{kRefused, "draft_id: '$draft'"}}},
      {"DraftService.TakeOverDraft", {{kTakenOver, "draft_id: '$draft'"}}},
      {"DraftService.WithdrawDraft", {{kRefused, "draft_id: '$draft' reason: 'Thôi'"}}},
      {"DraftService.GetDraft", {{kRefused, "draft_id: '$draft'"}}},
      {"DraftService.ListDrafts",
       {{kHidden, ""},
        {kHidden, "state: DRAFT_STATE_SUBMITTED"},
        {kSilent, "submitted_to_me: true"}}},
      {"DraftService.GrantAuthorisation",
       {{kSilent,
         "to_official_id: '$unit/expert' content: 'Ký thay' valid_from: '2022-03-01'"
         " valid_to: '2022-04-01'"}}},
      {"DraftService.RevokeAuthorisation", {{kAsUnknown, "authorisation_id: '$draft'"}}},
      {"DraftService.ListAuthorisations", {{kSilent, ""}}},
  };
}

inline RightsTable DocumentsAndReports() {
  using enum Expect;
  const std::string period = " date_from: '2019-01-01' date_to: '2022-12-31'";
  RightsTable table{
      {"DocumentService.IssueDocument", {{kRefused, "draft_id: '$draft'"}}},
      {"DocumentService.SendDocument",
       {{kRefused, "document_id: '$document' recipients { unit_id: 'H09.718' }"}}},
      {"DocumentService.RecallDocument", {{kRefused, "document_id: '$document' reason: 'Nhầm'"}}},
      {"DocumentService.SetReaders",
       {{kRefused, "document_id: '$document' readers: 'position/guest'"}}},
      {"DocumentService.TakeOverDocument", {{kTakenOver, "document_id: '$document'"}}},
      {"DocumentService.GetDocument",
       {{kRefused, "document_id: '$document'"}, {kOfParties, "document_id: '$plain_document'"}}},
      {"DocumentService.FindDocuments",
       {{kHidden, "page_size: 100"},
        {kHidden, "text: '$word'"},
        {kHidden, "text: 'zq'"},
        {kHidden, "book_id: '$book' page_size: 100"},
        {kHidden, "direction: BOOK_DIRECTION_INCOMING delivery_state: DELIVERY_STATE_REFUSED"},
        {kHidden, "deadline_from: '2019-01-01' deadline_to: '2022-12-31'"}}},
      // What an ordinary document was answered or replaced by is shown by id and number.
      {"DocumentService.ListDeliveries",
       {{kRefused, "document_id: '$document'"}, {kOfParties, "document_id: '$plain_document'"}}},
      {"ReportService.GetStatusReport",
       {{kSilent, "direction: BOOK_DIRECTION_INCOMING" + period},
        {kSilent, "direction: BOOK_DIRECTION_OUTGOING" + period}}},
      {"ReportService.GetIndicators", {{kSilent, period}}},
  };
  // Of a restricted document a register has number and date, of a restricted file its notation:
  // neither is among the words. An empty unit_id is the caller's own.
  Asks exports;
  for (const char* format : {"REPORT_FORMAT_CSV", "REPORT_FORMAT_PDF"}) {
    const std::string as = std::string(" format: ") + format;
    for (const char* kind : {"OUTGOING", "INCOMING", "HANDLING", "FILES"}) {
      const std::string year = std::string("kind: REGISTER_KIND_") + kind + " year: 2019" + as;
      exports.push_back({kHidden, year});
      exports.push_back({kOfUnit, year + " unit_id: '$unit'"});
    }
    for (const char* kind : {"STATUS_OUTGOING", "STATUS_INCOMING"}) {
      exports.push_back({kSilent, std::string("kind: REGISTER_KIND_") + kind + as + period});
    }
    const std::string of_file = "kind: REGISTER_KIND_FILE_DOCUMENTS" + as;
    exports.push_back({kRefused, of_file + " file_id: '$file'"});
    exports.push_back({kOfUnit, of_file + " file_id: '$plain_file'"});
  }
  table.push_back({"ReportService.ExportRegister", exports});
  return table;
}

inline RightsTable ArrivalsAndTasks() {
  using enum Expect;
  const std::string lead = " assignments { role: TASK_ROLE_LEAD }";
  const std::string later = " deadline { seconds: 1700000000 }";
  return {
      {"IncomingService.RefuseDelivery", {{kRefused, "delivery_id: '$delivery' reason: 'Nhầm'"}}},
      {"IncomingService.EnterDelivery", {{kRefused, "delivery_id: '$delivery'"}}},
      {"IncomingService.RegisterIncoming",
       {{kAsUnknown,
         "sender_name: '$word' code: '77/BNV' document_date: '2019-07-01'"
         " type { name: 'Công văn' } subject: 'Việc khác'"
         " attachments { upload_id: '$upload' }"}}},
      {"IncomingService.AssignDelivery", {{kRefused, "delivery_id: '$delivery'" + lead}}},
      {"IncomingService.ProcessDelivery", {{kRefused, "delivery_id: '$delivery'"}}},
      {"IncomingService.CompleteDelivery",
       {{kRefused, "delivery_id: '$delivery'"},
        {kRefused, "delivery_id: '$my_delivery' answering_document_id: '$document'"}}},
      {"IncomingService.AnswerChange",
       {{kRefused, "delivery_id: '$delivery' accept: false reason: 'Không'"}}},
      {"IncomingService.GetIncoming",
       {{kRefused, "delivery_id: '$delivery'"}, {kOfUnit, "delivery_id: '$plain_delivery'"}}},
      {"IncomingService.ListIncoming",
       {{kHidden, ""}, {kHidden, "state: DELIVERY_STATE_PROCESSING"}}},
      {"IncomingService.StartTask", {{kRefused, "task_id: '$task'"}}},
      {"IncomingService.ReportTask", {{kRefused, "task_id: '$task' text: 'Xong'"}}},
      {"IncomingService.CompleteTask", {{kRefused, "task_id: '$task'"}}},
      {"IncomingService.HandOverTask", {{kRefused, "task_id: '$task' official_id: '$me'"}}},
      {"IncomingService.SetTaskDeadline", {{kRefused, "task_id: '$task' reason: 'Chậm'" + later}}},
      {"IncomingService.WithdrawTask", {{kRefused, "task_id: '$task' reason: 'Thôi'"}}},
      {"IncomingService.ListDeadlines",
       {{kHidden, ""},
        {kHidden, "mark: DEADLINE_MARK_OVERDUE"},
        {kHidden, "official_id: '$unit/expert'"},
        {kHidden, "mine: true"}}},
      {"IncomingService.ListLeftBehind", {{kHidden, ""}}},
      {"IncomingService.TakeOverDelivery", {{kTakenOver, "delivery_id: '$delivery'"}}},
      {"IncomingService.TakeOverTask", {{kTakenOver, "task_id: '$task'"}}},
      {"IncomingService.ListTasks",
       {{kHidden, ""},
        {kHidden, "open: true"},
        {kHidden, "official_id: '$unit/expert'"},
        {kHidden, "delivery_id: '$delivery'"},
        {kHidden, "mine: true"}}},
      // A restricted document does not go into the exchange: there is no packet of one.
      {"ExchangeService.ImportPacket",
       {{kAsUnknown, "upload_id: '$upload'"}, {kAsUnknown, "upload_id: '$packet'"}}},
      {"ExchangeService.ListPackets", {{kSilent, ""}, {kSilent, "state: TRANSPORT_STATE_SENT"}}},
      {"ExchangeService.ListDocumentPackets", {{kRefused, "document_id: '$document'"}}},
      {"ExchangeService.ExportPacket", {{kAsUnknown, "packet_id: '$delivery'"}}},
      {"ExchangeService.SetPacketState",
       {{kAsUnknown, "packet_id: '$delivery' state: TRANSPORT_STATE_SENT"}}},
  };
}

inline RightsTable Files() {
  using enum Expect;
  return {
      {"WorkingFileService.PlanFile",
       {{kSilent, "year: 2019 notation: 'ZQ.open' title: 'Khác' retention { years: 10 }"}}},
      {"WorkingFileService.OpenFile", {{kRefused, "file_id: '$file'"}}},
      {"WorkingFileService.AddToFile",
       {{kRefused, "file_id: '$file' document_id: '$document'"},
        {kRefused, "file_id: '$my_file' document_id: '$document'"},
        {kAsUnknown, "file_id: '$my_file' material { title: 'Tệp' upload_id: '$upload' }"}}},
      {"WorkingFileService.RemoveFromFile", {{kRefused, "item_id: '$item' reason: 'Bỏ'"}}},
      {"WorkingFileService.CloseFile", {{kRefused, "file_id: '$file'"}}},
      {"WorkingFileService.ReassignFile", {{kRefused, "file_id: '$file' official_id: '$me'"}}},
      {"WorkingFileService.SetFileReaders",
       {{kRefused, "file_id: '$file' readers: 'official/$me'"}}},
      {"WorkingFileService.ExtendRetention",
       {{kRefused, "file_id: '$file' retention { years: 70 }"}}},
      {"WorkingFileService.KeepBackFile",
       {{kRefused, "file_id: '$file' until: '2022-06-30' reason: 'Cần'"}}},
      {"WorkingFileService.ArchiveFile", {{kRefused, "file_id: '$file'"}}},
      {"WorkingFileService.ExportFile",
       {{kRefused, "file_id: '$file'"}, {kOfUnit, "file_id: '$plain_file'"}}},
      {"WorkingFileService.HoldFile", {{kRefused, "file_id: '$file' reason: 'Tố tụng'"}}},
      {"WorkingFileService.ReleaseFile", {{kRefused, "file_id: '$file'"}}},
      {"WorkingFileService.ProposeDestruction",
       {{kRefused, "file_ids: '$file' reason: 'Hết hạn'"},
        {kRefused, "file_ids: '$my_file' file_ids: '$file' reason: 'Hết hạn'"}}},
      {"WorkingFileService.DecideDestruction",
       {{kRefused, "destruction_id: '$destruction' approve: true"}}},
      {"WorkingFileService.GetFile", {{kRefused, "file_id: '$file'"}}},
      {"WorkingFileService.ListFiles",
       {{kHidden, ""},
        {kHidden, "year: 2019 state: FILE_STATE_CLOSED"},
        {kHidden, "expired: true"},
        {kHidden, "mark: DEADLINE_MARK_OVERDUE"},
        {kHidden, "mine: true"}}},
      {"WorkingFileService.ListFileItems",
       {{kRefused, "file_id: '$file'"}, {kOfUnit, "file_id: '$plain_file'"}}},
      {"WorkingFileService.ListDestructions", {{kHidden, ""}}},
      {"WorkingFileService.TakeOverFile", {{kTakenOver, "file_id: '$file'"}}},
      {"FileService.CreateUpload", {{kSilent, "name: 'Việc khác.pdf' size_bytes: 10"}}},
      {"FileService.GetUpload", {{kRefused, "upload_id: '$upload'"}}},
      {"FileService.WriteUpload", {{kRefused, "upload_id: '$upload' data: 'x'"}}},
      {"FileService.DownloadFile", {{kRefused, "$use"}}},
      {"FileService.CancelUpload", {{kRefused, "upload_id: '$upload'"}}},
  };
}

inline RightsTable Journal() {
  using enum Expect;
  Asks buckets, digests;
  for (const auto& [type, name] : std::map<std::string, std::string>{{"draft", "draft"},
                                                                     {"document", "document"},
                                                                     {"delivery", "delivery"},
                                                                     {"task", "task"},
                                                                     {"file", "file"},
                                                                     {"file-item", "item"}}) {
    const std::string ask = "record_type: '" + type + "' feed: FEED_OWN";
    digests.push_back({kSilent, ask});
    buckets.push_back({kOfFeed, ask + " bucket: $" + name + "_bucket"});
  }
  return {
      {"JournalService.ListRecordHistory",
       {{kRefused, "record_type: 'draft' record_id: '$draft'"},
        {kRefused, "record_type: 'document' record_id: '$document'"},
        {kRefused, "record_type: 'delivery' record_id: '$delivery'"},
        {kRefused, "record_type: 'incoming' record_id: '$delivery'"},
        {kRefused, "record_type: 'task' record_id: '$task'"},
        {kRefused, "record_type: 'deadline-notice' record_id: '$delivery'"},
        {kRefused, "record_type: 'file' record_id: '$file'"},
        {kRefused, "record_type: 'file-item' record_id: '$item'"},
        {kRefused, "record_type: 'destruction' record_id: '$destruction'"},
        {kRefused, "record_type: 'reading-right' record_id: '$right'"},
        {kOfUnit, "record_type: 'file-item' record_id: '$plain_item'"},
        {kOfParties, "record_type: 'delivery' record_id: '$plain_delivery'"},
        {kOfParties, "record_type: 'document' record_id: '$plain_document'"},
        // Counts of a book, and what a series is called.
        {kOfUnit, "record_type: 'book' record_id: '$book'"},
        {kOfUnit, "record_type: 'series' record_id: '$unit:di'"},
        {kAsUnknown, "record_type: 'authorisation' record_id: '$draft'"}}},
      {"JournalService.ListBucketDigests", digests},
      {"JournalService.ListBucket", buckets},
      {"JournalService.Republish",
       {{kAsUnknown, "feed: FEED_OWN keys: 'document/$document'"},
        {kAsUnknown, "feed: FEED_ALL keys: 'document/$document'"}}},
      {"JournalService.VerifySeals", {{kSilent, ""}}},
      {"JournalService.RaiseEpoch", {{kSilent, "current_epoch: 1"}}},
      {"JournalService.ListParkedEvents", {{kSilent, ""}}},
      {"JournalService.ReplayParkedEvents", {{kSilent, ""}}},
      {"JournalService.GetOwnerStatus", {{kSilent, ""}}},
      {"JournalService.RecordOperation",
       {{kSilent, "kind: OPERATION_KIND_SILENCE_UNIT reason: 'Sai' operator: 'x'"}}},
      {"JournalService.EndOperation",
       {{kSilent, "operation_id: '$document' outcome: OPERATION_OUTCOME_FAILED"}}},
      {"JournalService.ListOperations", {{kSilent, ""}}},
  };
}

inline RightsTable AllRpcs() {
  RightsTable all;
  for (const RightsTable& part :
       {BooksAndDrafts(), ArrivalsAndTasks(), DocumentsAndReports(), Files(), Journal()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

using support::Filled, support::Values;

/// A way to ask, and who asks.
struct Question {
  const std::string& method;
  const std::string& official;
  const Ask& ask;
};

inline std::string KeyOf(const Question& question) {
  return question.method + " " + question.ask.request;
}

}  // namespace lienthong::document
