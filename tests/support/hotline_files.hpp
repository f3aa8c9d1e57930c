#pragma once

#include <string>

#include "support/hotline_owner.hpp"

/// Uploads and downloads, for tests of the hotline.
namespace lienthong::hotline {

namespace v1f = files::v1;

/// Something that begins like a PDF.
inline std::string Pdf(const std::string& content) { return "%PDF-1.7\n" + content; }

/// Announces a file and sends it, for the official if there is one; `id` becomes the upload's.
inline Outcome TryUpload(HotlineOwner& owner, const std::string& system,
                         const std::string& official, v1f::CreateUploadRequest create,
                         const std::string& content, std::string* id) {
  auto& stub = owner.StubOf<FileStub>(system);
  create.set_size_bytes(static_cast<std::int64_t>(content.size()));
  v1f::Upload upload;
  const Outcome made = support::CallAs(stub, &FileStub::CreateUpload, create, &upload, official);
  if (made != kDone) return made;
  *id = upload.id();
  grpc::ClientContext context;
  if (!official.empty()) context.AddMetadata("lienthong-official", official);
  const auto writer = stub.WriteUpload(&context, &upload);
  v1f::WriteUploadRequest message;
  message.set_upload_id(*id);
  message.set_data(content);
  writer->Write(message);
  writer->WritesDone();
  return support::OutcomeOf(writer->Finish());
}

/// The id of a whole upload of the official.
inline std::string Uploaded(HotlineOwner& owner, const std::string& name,
                            const std::string& content, const std::string& official) {
  auto create = owner.New<v1f::CreateUploadRequest>();
  create.set_name(name);
  const std::string system = "unit-" + official.substr(0, official.find('/'));
  std::string id;
  REQUIRE(TryUpload(owner, system, official, create, content, &id) == kDone);
  return id;
}

/// What comes of a download, and its bytes.
inline Outcome Download(HotlineOwner& owner, const std::string& type, const std::string& id,
                        const std::string& sha256, const std::string& official,
                        std::string* content = nullptr) {
  v1f::DownloadFileRequest request;
  request.set_record_type(type);
  request.set_record_id(id);
  request.set_sha256(sha256);
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  const std::string system = "unit-" + official.substr(0, official.find('/'));
  const auto reader = owner.StubOf<FileStub>(system).DownloadFile(&context, request);
  v1f::FileChunk chunk;
  std::string bytes;
  while (reader->Read(&chunk)) bytes += chunk.data();
  if (content != nullptr) *content = bytes;
  return support::OutcomeOf(reader->Finish());
}

}  // namespace lienthong::hotline
