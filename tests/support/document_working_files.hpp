#pragma once

#include <string>

#include "document/schedule.hpp"
#include "support/document_files.hpp"

/// Working files, for tests of documents.
namespace lienthong::document {

inline const std::string kClerk = "H09.15/clerk";
inline const std::string kHead = "H09.15/head";
inline const Outcome kFileState{grpc::FAILED_PRECONDITION, "FILE_STATE"};
inline const Outcome kNotAssigned{grpc::PERMISSION_DENIED, "NOT_ASSIGNED"};

inline v1::PlanFileRequest PlanRequest(DocumentOwner& owner, const std::string& notation,
                                       int years = 10) {
  auto request = owner.New<v1::PlanFileRequest>();
  request.set_year(2019);
  request.set_notation(notation);
  request.set_title("Kiểm tra công tác văn thư năm 2019");
  request.mutable_retention()->set_years(years);
  return request;
}

inline v1::WorkingFile Opened(DocumentOwner& owner, const v1::PlanFileRequest& plan,
                              const std::string& unit = kDepartment) {
  const std::string id = owner.Do(&WorkingFiles::PlanFile, plan, unit + "/clerk").id();
  return owner.Step(&WorkingFiles::OpenFile, unit + "/expert",
                    [&](auto& request) { request.set_file_id(id); });
}

inline v1::AddToFileRequest AddRequest(DocumentOwner& owner, const std::string& file,
                                       const std::string& document) {
  auto request = owner.New<v1::AddToFileRequest>();
  request.set_file_id(file);
  request.set_document_id(document);
  return request;
}

/// A step of a file that names nothing but it.
template <class Request, class Answer>
Outcome TryStep(DocumentOwner& owner,
                grpc::Status (WorkingFiles::*rpc)(grpc::ClientContext*, const Request&, Answer*),
                const std::string& file, const std::string& official) {
  auto request = owner.New<Request>();
  request.set_file_id(file);
  return owner.Try(rpc, request, official);
}
inline v1::WorkingFile Closed(DocumentOwner& owner, const std::string& file) {
  return owner.Step(&WorkingFiles::CloseFile, kExpert,
                    [&](auto& request) { request.set_file_id(file); });
}
inline v1::WorkingFile Archived(DocumentOwner& owner, const std::string& file) {
  return owner.Step(&WorkingFiles::ArchiveFile, kClerk,
                    [&](auto& request) { request.set_file_id(file); });
}

inline v1::WorkingFile FileOf(DocumentOwner& owner, const std::string& file,
                              const std::string& official = kClerk) {
  v1::GetFileRequest request;
  request.set_file_id(file);
  return owner.Do(&WorkingFiles::GetFile, request, official);
}

inline std::string FoundBy(DocumentOwner& owner, const v1::ListFilesRequest& request,
                           const std::string& official = kClerk) {
  std::string found;
  const auto answer = owner.Do(&WorkingFiles::ListFiles, request, official);
  for (const auto& file : answer.files()) found += (found.empty() ? "" : " ") + file.notation();
  return found;
}

/// The timer of the service, run by hand.
struct Scheduled {
  explicit Scheduled(DocumentOwner& owner)
      : schedule(owner.sharing_), timer(owner.pool_, owner.journal_, owner.clock_, schedule) {}
  /// Until nothing is due.
  void Run() {
    while (timer.RunDue() > 0) {
    }
  }
  Schedule schedule;
  journal::Timer timer;
};

}  // namespace lienthong::document
