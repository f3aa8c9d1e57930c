#include <memory>

#include "document/api.hpp"
#include "lienthong/document/v1/working_files.grpc.pb.h"

namespace lienthong::document {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

class WorkingFileApi final : public v1::WorkingFileService::CallbackService {
  using Service = document::WorkingFileService;

 public:
  WorkingFileApi(rpc::Serve& serve, Service& service) : serve_(serve), service_(service) {}

  Reactor* PlanFile(Context* context, const v1::PlanFileRequest* request,
                    v1::WorkingFile* answer) override {
    return serve_.Run<&Service::PlanFile>(service_, __func__, context, request, answer);
  }
  Reactor* OpenFile(Context* context, const v1::OpenFileRequest* request,
                    v1::WorkingFile* answer) override {
    return serve_.Run<&Service::OpenFile>(service_, __func__, context, request, answer);
  }
  Reactor* AddToFile(Context* context, const v1::AddToFileRequest* request,
                     v1::FileItem* answer) override {
    return serve_.Run<&Service::AddToFile>(service_, __func__, context, request, answer);
  }
  Reactor* RemoveFromFile(Context* context, const v1::RemoveFromFileRequest* request,
                          v1::FileItem* answer) override {
    return serve_.Run<&Service::RemoveFromFile>(service_, __func__, context, request, answer);
  }
  Reactor* CloseFile(Context* context, const v1::CloseFileRequest* request,
                     v1::WorkingFile* answer) override {
    return serve_.Run<&Service::CloseFile>(service_, __func__, context, request, answer);
  }
  Reactor* ReassignFile(Context* context, const v1::ReassignFileRequest* request,
                        v1::WorkingFile* answer) override {
    return serve_.Run<&Service::ReassignFile>(service_, __func__, context, request, answer);
  }
  Reactor* SetFileReaders(Context* context, const v1::SetFileReadersRequest* request,
                          v1::WorkingFile* answer) override {
    return serve_.Run<&Service::SetFileReaders>(service_, __func__, context, request, answer);
  }
  Reactor* ExtendRetention(Context* context, const v1::ExtendRetentionRequest* request,
                           v1::WorkingFile* answer) override {
    return serve_.Run<&Service::ExtendRetention>(service_, __func__, context, request, answer);
  }
  Reactor* KeepBackFile(Context* context, const v1::KeepBackFileRequest* request,
                        v1::WorkingFile* answer) override {
    return serve_.Run<&Service::KeepBackFile>(service_, __func__, context, request, answer);
  }
  Reactor* ArchiveFile(Context* context, const v1::ArchiveFileRequest* request,
                       v1::WorkingFile* answer) override {
    return serve_.Run<&Service::ArchiveFile>(service_, __func__, context, request, answer);
  }
  Reactor* HoldFile(Context* context, const v1::HoldFileRequest* request,
                    v1::WorkingFile* answer) override {
    return serve_.Run<&Service::HoldFile>(service_, __func__, context, request, answer);
  }
  Reactor* ReleaseFile(Context* context, const v1::ReleaseFileRequest* request,
                       v1::WorkingFile* answer) override {
    return serve_.Run<&Service::ReleaseFile>(service_, __func__, context, request, answer);
  }
  Reactor* ProposeDestruction(Context* context, const v1::ProposeDestructionRequest* request,
                              v1::Destruction* answer) override {
    return serve_.Run<&Service::ProposeDestruction>(service_, __func__, context, request, answer);
  }
  Reactor* DecideDestruction(Context* context, const v1::DecideDestructionRequest* request,
                             v1::Destruction* answer) override {
    return serve_.Run<&Service::DecideDestruction>(service_, __func__, context, request, answer);
  }
  Reactor* GetFile(Context* context, const v1::GetFileRequest* request,
                   v1::WorkingFile* answer) override {
    return serve_.Run<&Service::GetFile>(service_, __func__, context, request, answer);
  }
  Reactor* ListFiles(Context* context, const v1::ListFilesRequest* request,
                     v1::ListFilesResponse* answer) override {
    return serve_.Run<&Service::ListFiles>(service_, __func__, context, request, answer);
  }
  Reactor* ListFileItems(Context* context, const v1::ListFileItemsRequest* request,
                         v1::ListFileItemsResponse* answer) override {
    return serve_.Run<&Service::ListFileItems>(service_, __func__, context, request, answer);
  }
  Reactor* ListDestructions(Context* context, const v1::ListDestructionsRequest* request,
                            v1::ListDestructionsResponse* answer) override {
    return serve_.Run<&Service::ListDestructions>(service_, __func__, context, request, answer);
  }
  Reactor* TakeOverFile(Context* context, const v1::TakeOverFileRequest* request,
                        v1::WorkingFile* answer) override {
    return serve_.Run<&Service::TakeOverFile>(service_, __func__, context, request, answer);
  }
  grpc::ServerWriteReactor<v1::FileExportChunk>* ExportFile(
      Context* context, const v1::ExportFileRequest* request) override {
    return serve_.ServerStream<v1::ExportFileRequest, v1::FileExportChunk>(
        __func__, context, request, [this](const v1::ExportFileRequest& asked) {
          return
              [made = std::make_shared<Service::Export>(service_.ExportFile(asked))](
                  const Call& call, v1::FileExportChunk* chunk) { return made->Next(call, chunk); };
        });
  }

 private:
  rpc::Serve& serve_;
  Service& service_;
};

}  // namespace

owner::Api ApiOf(WorkingFileService& service) {
  return owner::ApiOf<WorkingFileApi, v1::GetFileRequest>(service);
}

}  // namespace lienthong::document
