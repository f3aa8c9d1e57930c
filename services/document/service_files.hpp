#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "document/bag.hpp"
#include "document/service_access.hpp"
#include "document/service_parts.hpp"
#include "document/store_files.hpp"
#include "lienthong/document/v1/working_files.pb.h"
#include "platform/files/files.hpp"

namespace lienthong::document {

/// The use cases of WorkingFileService. Any thread; lives as long as the process.
class WorkingFileService {
 public:
  WorkingFileService(const Parts& parts, files::Files& files) : parts_(parts), files_(files) {}

  v1::WorkingFile PlanFile(const Call& call, const v1::PlanFileRequest& request);
  v1::WorkingFile OpenFile(const Call& call, const v1::OpenFileRequest& request);
  v1::FileItem AddToFile(const Call& call, const v1::AddToFileRequest& request);
  v1::FileItem RemoveFromFile(const Call& call, const v1::RemoveFromFileRequest& request);
  v1::WorkingFile CloseFile(const Call& call, const v1::CloseFileRequest& request);
  v1::WorkingFile ReassignFile(const Call& call, const v1::ReassignFileRequest& request);
  v1::WorkingFile SetFileReaders(const Call& call, const v1::SetFileReadersRequest& request);
  v1::WorkingFile TakeOverFile(const Call& call, const v1::TakeOverFileRequest& request);
  v1::WorkingFile GetFile(const Call& call, const v1::GetFileRequest& request);
  v1::ListFilesResponse ListFiles(const Call& call, const v1::ListFilesRequest& request);
  v1::ListFileItemsResponse ListFileItems(const Call& call,
                                          const v1::ListFileItemsRequest& request);

  // service_archive.cpp
  v1::WorkingFile ExtendRetention(const Call& call, const v1::ExtendRetentionRequest& request);
  v1::WorkingFile KeepBackFile(const Call& call, const v1::KeepBackFileRequest& request);
  v1::WorkingFile ArchiveFile(const Call& call, const v1::ArchiveFileRequest& request);
  v1::WorkingFile HoldFile(const Call& call, const v1::HoldFileRequest& request);
  v1::WorkingFile ReleaseFile(const Call& call, const v1::ReleaseFileRequest& request);
  v1::Destruction ProposeDestruction(const Call& call,
                                     const v1::ProposeDestructionRequest& request);
  v1::Destruction DecideDestruction(const Call& call, const v1::DecideDestructionRequest& request);
  v1::ListDestructionsResponse ListDestructions(const Call& call,
                                                const v1::ListDestructionsRequest& request);

  /// service_file_export.cpp: writes a file as a bag, piece by piece.
  class Export {
   public:
    Export(const Parts& parts, files::Files& files, const v1::ExportFileRequest& request);
    bool Next(const Call& call, v1::FileExportChunk* chunk);

   private:
    std::unique_ptr<Bag> Begin(const Call& call);

    /// After it, sight of the file and of the document that is going out is looked at again.
    static constexpr std::chrono::seconds kSightInterval{10};
    Parts parts_;
    files::Files& files_;
    FileId id_;
    const Call* call_ = nullptr;                     ///< of the message that is being made
    std::map<std::string, DocumentId> document_of_;  ///< path in the bag -> whose file it is
    bool is_seen_ = false;
    std::unique_ptr<Bag> bag_;
    std::chrono::steady_clock::time_point looked_at_{};
  };
  Export ExportFile(const v1::ExportFileRequest& request) const {
    return {parts_, files_, request};
  }

 private:
  /// One step of a file, and nothing else.
  v1::WorkingFile Step(const Call& call, const google::protobuf::Message& request,
                       const std::string& id, const char* event,
                       const std::function<void(pg::Tx&, Sight&, WorkingFile&)>& step);

  Parts parts_;
  files::Files& files_;
};

/// Who keeps the file, its clerks and leaders. Throws PERMISSION_DENIED NOT_ASSIGNED.
void RequireKeeper(const WorkingFile& file, const Sight& sight);

}  // namespace lienthong::document
