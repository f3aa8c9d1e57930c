// Streams of one upload, through the generated stubs, on a real PostgreSQL and a real directory.
#include "platform/base/hash.hpp"
#include "support/document_exchange.hpp"

namespace lienthong::document {

TEST_CASE("files: while one stream writes an upload another is told to wait, and harms nothing") {
  DocumentOwner owner;
  const std::string content = Pdf(100'000);
  const std::string id = Announced(owner, "a.pdf", content.size()).id();
  v1f::GetUploadRequest get;
  get.set_upload_id(id);
  const auto received = [&] {
    return owner.Do(&FileStub::GetUpload, get, kExpert).received_bytes();
  };
  v1f::Upload upload;
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", kExpert);
  const auto writer = StubFor(owner, kExpert).WriteUpload(&context, &upload);
  const auto write = [&](std::size_t from, std::size_t to) {
    v1f::WriteUploadRequest message;
    message.set_upload_id(id);
    message.set_offset_bytes(static_cast<std::int64_t>(from));
    message.set_data(content.substr(from, to - from));
    return writer->Write(message);
  };
  REQUIRE(write(0, 40'000));
  REQUIRE(support::Eventually(std::chrono::seconds(10), [&] { return received() == 40'000; }));
  v1f::Upload other;
  CHECK(Write(owner, id, content.substr(40'000), 40'000, &other) ==
        Outcome{grpc::ABORTED, "UPLOAD_BUSY"});
  CHECK(received() == 40'000);
  REQUIRE(write(40'000, 70'000));
  REQUIRE(support::Eventually(std::chrono::seconds(10), [&] { return received() == 70'000; }));
  // Once the first one is gone another goes on.
  context.TryCancel();
  CHECK(writer->Finish().error_code() == grpc::CANCELLED);
  Outcome outcome;
  REQUIRE(support::Eventually(std::chrono::seconds(10), [&] {
    outcome = Write(owner, id, content.substr(70'000), 70'000, &other);
    return outcome != Outcome{grpc::ABORTED, "UPLOAD_BUSY"};
  }));
  CHECK(outcome == kDone);
  CHECK(other.sha256() == base::ToHex(base::Sha256Of(content)));
}

TEST_CASE("files: an archive under the name of an office document is none") {
  DocumentOwner owner;
  const auto upload = [&](const std::string& name, const std::string& content) {
    v1f::Upload whole;
    return Write(owner, Announced(owner, name, content.size()).id(), content, 0, &whole);
  };
  const Outcome mismatch{grpc::INVALID_ARGUMENT, "FILE_TYPE_MISMATCH"};
  const std::string archive = Zipped({kPdf});
  CHECK(upload("tap.zip", archive) == kDone);
  CHECK(upload("cong van.docx", archive) == mismatch);
  CHECK(upload("cong van.odt", archive) == mismatch);
}

TEST_CASE("files: of a packet that is refused nothing stays but the packet") {
  DocumentOwner owner;
  edxml::Packet packet = PacketTo({kWard});
  packet.attachments.push_back({"2", "phu luc.docx", "", "application/zip"});
  // The first attachment is taken in before the second one is found to be no such document.
  const std::string zip = Zipped({kPdf});
  edxml::Writer writer(packet, [&](std::size_t at, std::int64_t offset) {
    return offset == 0 ? (at == 0 ? kPdf : zip) : std::string();
  });
  std::string text, piece;
  while (writer.Next(&piece)) text += piece;
  CHECK(owner.Try(&Exchanges::ImportPacket, ImportRequest(owner, text), kGateway) ==
        Outcome{grpc::INVALID_ARGUMENT, "FILE_TYPE_MISMATCH"});
  CHECK(owner.Count("upload") == "1");
  owner.AllFiles().Clean();
  CHECK(owner.Count("file") == "1");
  CHECK(owner.AllFiles().Compare().unknown.empty());
}

}  // namespace lienthong::document
