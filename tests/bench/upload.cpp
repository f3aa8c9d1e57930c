// One file up through FileService, as fast as it is taken.
#include <cstdio>
#include <stdexcept>

#include "calls.hpp"
#include "lienthong/files/v1/files.grpc.pb.h"

namespace lienthong::bench {
namespace {

constexpr std::size_t kPieceBytes = 1024 * 1024;
constexpr std::chrono::seconds kDeadline{60};

void Require(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error_message());
}

void Prepare(const Options& options, grpc::ClientContext* context) {
  context->AddMetadata("lienthong-official", options.official);
  context->set_deadline(std::chrono::system_clock::now() + kDeadline);
}

}  // namespace

int MeasureUpload(const Options& options) {
  const auto stub = files::v1::FileService::NewStub(Connect(options, options.address));
  const std::string content = ReadFile(options.names.at(0));
  base::RandomIds ids;
  files::v1::CreateUploadRequest create;
  create.set_request_id(ids.New());
  create.set_name("do toc do.pdf");
  create.set_size_bytes(static_cast<std::int64_t>(content.size()));
  files::v1::Upload upload;
  grpc::ClientContext create_context;
  Prepare(options, &create_context);
  const auto begin = Clock::now();
  Require(stub->CreateUpload(&create_context, create, &upload));
  grpc::ClientContext write_context;
  Prepare(options, &write_context);
  files::v1::Upload done;
  const auto writer = stub->WriteUpload(&write_context, &done);
  files::v1::WriteUploadRequest message;
  message.set_upload_id(upload.id());
  for (std::size_t at = 0; at < content.size(); at += kPieceBytes) {
    message.set_offset_bytes(static_cast<std::int64_t>(at));
    message.set_data(content.substr(at, kPieceBytes));
    if (!writer->Write(message)) break;
  }
  writer->WritesDone();
  Require(writer->Finish());
  const std::chrono::duration<double> spent = Clock::now() - begin;
  files::v1::CancelUploadRequest cancel;
  cancel.set_upload_id(upload.id());
  grpc::ClientContext cancel_context;
  Prepare(options, &cancel_context);
  Require(stub->CancelUpload(&cancel_context, cancel, &upload));
  std::printf("{\"seconds\":%.4f,\"sha256\":\"%s\"}\n", spent.count(), done.sha256().c_str());
  return 0;
}

}  // namespace lienthong::bench
