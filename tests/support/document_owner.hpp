#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include "document/api.hpp"
#include "document/service_attachments.hpp"
#include "document/service_source.hpp"
#include "document/settings.hpp"
#include "lienthong/document/v1/books.grpc.pb.h"
#include "lienthong/document/v1/documents.grpc.pb.h"
#include "lienthong/document/v1/drafts.grpc.pb.h"
#include "lienthong/document/v1/exchange.grpc.pb.h"
#include "lienthong/document/v1/incoming.grpc.pb.h"
#include "lienthong/document/v1/reports.grpc.pb.h"
#include "lienthong/document/v1/working_files.grpc.pb.h"
#include "lienthong/files/v1/files.grpc.pb.h"
#include "lienthong/journal/v1/journal.grpc.pb.h"
#include "platform/files/api.hpp"
#include "support/caller_stage.hpp"

/// The document service as tests of its APIs see it.
namespace lienthong::document {

using google::protobuf::util::MessageDifferencer;
using support::Outcome, support::kDone, support::kNotFound, support::kFieldInvalid;

inline constexpr int kPendingUploadsMax = 20;  ///< the quota of a unit in tests
inline constexpr const char* kDepartment = "H09.15";
inline constexpr const char* kOtherDepartment = "H09.13";
inline constexpr const char* kDistrict = "H09.718";
inline constexpr const char* kWard = "H09.718.25747";
inline constexpr const char* kOtherWard = "H09.718.25750";
inline constexpr const char* kOffice = "H09.718.P01";  ///< of the district, without a system

using Books = v1::BookService::Stub;
using Drafts = v1::DraftService::Stub;
using Documents = v1::DocumentService::Stub;
using Incomings = v1::IncomingService::Stub;
using Reports = v1::ReportService::Stub;
using Exchanges = v1::ExchangeService::Stub;
using WorkingFiles = v1::WorkingFileService::Stub;
using FileStub = files::v1::FileService::Stub;

/// The document service with its database, served in this process. In each unit the officials
/// `<unit>/head`, `/deputy`, `/clerk` (văn thư), `/expert` and `/guest` (who only reads). Every
/// unit has the series "di" for all types.
class DocumentOwner final : public support::CallerStage {
 public:
  /// `further`: units with a system that the test adds to the directory, ", H09.07, H09.10".
  explicit DocumentOwner(const std::string& further = "")
      : CallerStage("document", Migrations(),
                    "H09, H09.13, H09.15, H09.718, H09.718.25747, H09.718.25750" + further) {
    Carry(kOffice, kDistrict);
    FillDirectory();
    std::vector<owner::Api> apis = Apis(services_);
    apis.push_back(files::ApiOf(files_));
    Serve(apis);
    for (const auto& [unit, abbreviation] : kAbbreviations) SetSeries(unit, abbreviation);
  }
  ~DocumentOwner() override {
    StopServing();
    std::filesystem::remove_all(folder_);
  }

  files::Files& AllFiles() { return files_; }
  /// Where the bytes of files lie.
  const std::filesystem::path& Folder() const { return folder_; }

  /// The usual officials of a unit, and its series.
  void Staff(const std::string& unit, const std::string& abbreviation) {
    for (const char* name : {"head", "deputy", "clerk", "expert", "guest"}) {
      Appoint(unit, name, name);
    }
    SetSeries(unit, abbreviation);
  }

 protected:
  journal::RecordSource& Source() override { return source_; }

 private:
  static constexpr std::pair<const char*, const char*> kAbbreviations[] = {
      {"H09", "UBND"}, {kDepartment, "STTTT"}, {kOtherDepartment, "SYT"}, {kDistrict, "UBND"},
      {kWard, "UBND"}, {kOtherWard, "UBND"},   {kOffice, "PNV"}};

  void SetSeries(const std::string& unit, const std::string& abbreviation) {
    auto request = New<v1::SetSeriesRequest>();
    request.mutable_series()->set_series("di");
    request.mutable_series()->set_direction(v1::BOOK_DIRECTION_OUTGOING);
    request.mutable_series()->set_title("Sổ văn bản đi");
    request.mutable_series()->set_agency_abbreviation(abbreviation);
    Do(&Books::SetSeries, request, unit + "/clerk");
  }

  void FillDirectory() {
    AddPosition("head", {"document.lead", "document.read", "document.sign", "document.sign.head",
                         "document.work", "file.read", "journal.history"});
    AddPosition("deputy", {"document.lead", "document.read", "document.sign",
                           "document.sign.deputy", "document.work"});
    AddPosition("acting",
                {"document.lead", "document.read", "document.sign", "document.sign.acting"});
    AddPosition("clerk", {"document.clerk", "document.draft", "document.read", "document.work",
                          "file.read", "file.upload"});
    AddPosition("expert", {"document.draft", "document.read", "document.sign", "document.work",
                           "file.read", "file.upload", "journal.history"});
    AddPosition("guest", {"document.read", "file.read"});
    AddPosition("gateway", {"document.gateway", "document.read", "file.read", "file.upload"});
    AddUnit("H09", directory::v1::UNIT_KIND_PROVINCE, "", "74");
    AddUnit(kDepartment, directory::v1::UNIT_KIND_DEPARTMENT, "H09");
    AddUnit(kOtherDepartment, directory::v1::UNIT_KIND_DEPARTMENT, "H09");
    AddUnit(kDistrict, directory::v1::UNIT_KIND_DISTRICT, "H09", "718");
    AddUnit(kWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25747");
    AddUnit(kOtherWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25750");
    AddUnit(kOffice, directory::v1::UNIT_KIND_OFFICE, kDistrict, "", kDistrict);
    for (const auto& [unit, abbreviation] : kAbbreviations) {
      for (const char* name : {"head", "deputy", "clerk", "expert", "guest"}) {
        Appoint(unit, name, name);
      }
      Appoint(unit, "acting", "acting"), Appoint(unit, "gateway", "gateway");
    }
    VerifyDirectory();
  }

  const Parts parts_{pool_, journal_, sharing_, snapshots_, tokens_, ids_};
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("lienthong-files-" + ids_.New());
  std::unique_ptr<files::Bytes> bytes_ = files::BytesInDirectory(folder_);
  files::Files files_{{.uploads = {.pending_max = kPendingUploadsMax},
                       .sight_interval = std::chrono::milliseconds(0)},
                      *bytes_,
                      pool_,
                      clock_,
                      ids_,
                      [this](pg::Tx& tx, const rpc::Call& call, const std::string& type,
                             const std::string& id, const std::string& sha256) {
                        return MayReadFile(tx, call, parts_, {type, id}, sha256);
                      }};
  Services services_{parts_, files_};
  document::Source source_{sharing_};
};

/// What a draft of a quyết định to units says.
inline v1::DraftContent ContentTo(const std::vector<std::string>& units) {
  v1::DraftContent content;
  content.mutable_type()->set_name("Quyết định");
  content.mutable_type()->set_abbreviation("QĐ");
  content.set_subject("Về việc kiểm tra công tác văn thư");
  for (const std::string& unit : units) content.add_recipients()->set_unit_id(unit);
  return content;
}

inline v1::Draft Created(DocumentOwner& owner, const v1::DraftContent& content,
                         const std::string& unit = kDepartment) {
  return owner.Step(&Drafts::CreateDraft, unit + "/expert",
                    [&](auto& request) { *request.mutable_content() = content; });
}

inline v1::Draft Submitted(DocumentOwner& owner, const v1::DraftContent& content,
                           const std::string& unit = kDepartment, const std::string& signer = "") {
  const v1::Draft draft = Created(owner, content, unit);
  return owner.Step(&Drafts::SubmitDraft, unit + "/expert", [&](auto& request) {
    request.set_draft_id(draft.id());
    request.set_official_id(signer.empty() ? unit + "/head" : signer);
  });
}

inline v1::Draft Signed(DocumentOwner& owner, const v1::DraftContent& content,
                        const std::string& unit = kDepartment) {
  const v1::Draft draft = Submitted(owner, content, unit);
  return owner.Step(&Drafts::SignDraft, unit + "/head",
                    [&](auto& request) { request.set_draft_id(draft.id()); });
}

inline v1::Document IssuedOf(DocumentOwner& owner, const v1::Draft& draft) {
  return owner.Step(&Documents::IssueDocument, draft.unit_id() + "/clerk",
                    [&](auto& request) { request.set_draft_id(draft.id()); });
}
inline v1::Document Issued(DocumentOwner& owner, const v1::DraftContent& content,
                           const std::string& unit = kDepartment) {
  return IssuedOf(owner, Signed(owner, content, unit));
}

inline v1::NumberDraftRequest NumberRequest(DocumentOwner& owner, const v1::Draft& draft) {
  auto request = owner.New<v1::NumberDraftRequest>();
  request.set_draft_id(draft.id());
  return request;
}
inline std::string ClerkOf(const std::string& unit) { return unit + "/clerk"; }

/// Deliveries of a document that an official sees, by receiver.
inline std::map<std::string, v1::Delivery> DeliveriesOf(DocumentOwner& owner,
                                                        const std::string& document_id,
                                                        const std::string& official) {
  v1::ListDeliveriesRequest request;
  request.set_document_id(document_id);
  std::map<std::string, v1::Delivery> deliveries;
  const auto answer = owner.Do(&Documents::ListDeliveries, request, official);
  for (const v1::Delivery& delivery : answer.deliveries()) {
    deliveries[delivery.receiver_unit_id()] = delivery;
  }
  return deliveries;
}
inline v1::Delivery DeliveryTo(DocumentOwner& owner, const v1::Document& document,
                               const std::string& unit) {
  return DeliveriesOf(owner, document.id(), unit + "/clerk").at(unit);
}

inline v1::Delivery Entered(DocumentOwner& owner, const v1::Document& document,
                            const std::string& unit) {
  return owner.Step(&Incomings::EnterDelivery, unit + "/clerk", [&](auto& request) {
    request.set_delivery_id(DeliveryTo(owner, document, unit).id());
  });
}

/// The one task of a delivery is begun (05) and done by its official.
inline void FinishTask(DocumentOwner& owner, const std::string& delivery_id,
                       const std::string& official) {
  const std::string task =
      owner.Value("SELECT id::text FROM task WHERE delivery_id = '" + delivery_id + "'");
  owner.Step(&Incomings::StartTask, official, [&](auto& request) { request.set_task_id(task); });
  owner.Step(&Incomings::CompleteTask, official, [&](auto& request) { request.set_task_id(task); });
}

inline v1::GetDocumentRequest GetRequest(const std::string& id) {
  v1::GetDocumentRequest request;
  request.set_document_id(id);
  return request;
}

/// "01 03 04"
inline std::string CodesOf(const v1::Delivery& delivery) {
  std::string codes;
  for (const auto& step : delivery.steps()) codes += (codes.empty() ? "" : " ") + step.code();
  return codes;
}

}  // namespace lienthong::document
