#include "platform/files/api.hpp"

#include <memory>

#include "lienthong/files/v1/files.grpc.pb.h"

namespace lienthong::files {
namespace {

class FileApi final : public v1::FileService::CallbackService {
  using Context = grpc::CallbackServerContext;

 public:
  FileApi(rpc::Serve& serve, Files& files) : serve_(serve), files_(files) {}

  grpc::ServerUnaryReactor* CreateUpload(Context* context, const v1::CreateUploadRequest* request,
                                         v1::Upload* answer) override {
    return serve_.Run<&Files::CreateUpload>(files_, __func__, context, request, answer);
  }
  grpc::ServerUnaryReactor* GetUpload(Context* context, const v1::GetUploadRequest* request,
                                      v1::Upload* answer) override {
    return serve_.Run<&Files::GetUpload>(files_, __func__, context, request, answer);
  }
  grpc::ServerUnaryReactor* CancelUpload(Context* context, const v1::CancelUploadRequest* request,
                                         v1::Upload* answer) override {
    return serve_.Run<&Files::CancelUpload>(files_, __func__, context, request, answer);
  }
  grpc::ServerReadReactor<v1::WriteUploadRequest>* WriteUpload(Context* context,
                                                               v1::Upload* answer) override {
    return serve_.ClientStream<v1::WriteUploadRequest>(
        __func__, context, answer,
        [writer = std::make_shared<Files::Writer>(files_)](
            const rpc::Call& call, const v1::WriteUploadRequest& message, v1::Upload* upload) {
          writer->Write(call, message, upload);
        });
  }
  grpc::ServerWriteReactor<v1::FileChunk>* DownloadFile(
      Context* context, const v1::DownloadFileRequest* request) override {
    return serve_.ServerStream<v1::DownloadFileRequest, v1::FileChunk>(
        __func__, context, request, [this](const v1::DownloadFileRequest& asked) {
          return [reader = std::make_shared<Files::Reader>(files_, asked)](const rpc::Call& call,
                                                                           v1::FileChunk* chunk) {
            return reader->Next(call, chunk);
          };
        });
  }

 private:
  rpc::Serve& serve_;
  Files& files_;
};

}  // namespace

owner::Api ApiOf(Files& files) {
  return {*v1::Upload::descriptor()->file()->service(0),
          [&files](rpc::Serve& serve) { return std::make_unique<FileApi>(serve, files); }};
}

}  // namespace lienthong::files
