#pragma once

#include <string>

#include "support/document_owner.hpp"

/// Uploads, for tests of documents.
namespace lienthong::document {

namespace v1f = files::v1;

inline const std::string kExpert = "H09.15/expert";

inline v1f::CreateUploadRequest CreateRequest(DocumentOwner& owner, const std::string& name,
                                              std::size_t bytes) {
  auto request = owner.New<v1f::CreateUploadRequest>();
  request.set_name(name);
  request.set_size_bytes(static_cast<std::int64_t>(bytes));
  return request;
}

inline v1f::Upload Announced(DocumentOwner& owner, const std::string& name, std::size_t bytes,
                             const std::string& official = kExpert) {
  return owner.Do(&FileStub::CreateUpload, CreateRequest(owner, name, bytes), official);
}

inline FileStub& StubFor(DocumentOwner& owner, const std::string& official) {
  return owner.StubOf<FileStub>("unit-" + official.substr(0, official.find('/')));
}

/// Sends bytes from an offset on, in pieces; what came of it.
inline Outcome Write(DocumentOwner& owner, const std::string& upload_id, const std::string& bytes,
                     std::int64_t offset, v1f::Upload* upload,
                     const std::string& official = kExpert) {
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  const auto writer = StubFor(owner, official).WriteUpload(&context, upload);
  for (std::size_t at = 0; at < bytes.size() || at == 0; at += 100'000) {
    v1f::WriteUploadRequest message;
    message.set_upload_id(upload_id);
    message.set_offset_bytes(offset + static_cast<std::int64_t>(at));
    message.set_data(bytes.substr(at, 100'000));
    if (!writer->Write(message)) break;
  }
  writer->WritesDone();
  return support::OutcomeOf(writer->Finish());
}

inline v1f::Upload Uploaded(DocumentOwner& owner, const std::string& name,
                            const std::string& content, const std::string& official = kExpert) {
  v1f::Upload upload;
  const std::string id = Announced(owner, name, content.size(), official).id();
  REQUIRE(Write(owner, id, content, 0, &upload, official) == kDone);
  return upload;
}

/// Something that begins like a PDF and is as long as asked.
inline std::string Pdf(std::size_t bytes, char filling = 'x') {
  std::string content = "%PDF-1.7\n";
  content.resize(bytes, filling);
  return content;
}

inline v1f::DownloadFileRequest DownloadRequest(const std::string& type, const std::string& id,
                                                const std::string& sha256) {
  v1f::DownloadFileRequest request;
  request.set_record_type(type);
  request.set_record_id(id);
  request.set_sha256(sha256);
  return request;
}

inline Outcome Download(DocumentOwner& owner, const v1f::DownloadFileRequest& request,
                        const std::string& official, std::string* content) {
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  const auto reader = StubFor(owner, official).DownloadFile(&context, request);
  v1f::FileChunk chunk;
  while (reader->Read(&chunk)) *content += chunk.data();
  return support::OutcomeOf(reader->Finish());
}

inline v1::DraftContent WithFile(v1::DraftContent content, const std::string& upload_id) {
  content.add_attachments()->set_upload_id(upload_id);
  return content;
}

}  // namespace lienthong::document
