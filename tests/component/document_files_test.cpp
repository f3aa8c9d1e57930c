// Files of documents through the generated stubs, on a real PostgreSQL and a real directory.
#include <chrono>
#include <thread>

#include "platform/base/hash.hpp"
#include "support/document_files.hpp"

namespace lienthong::document {
namespace {

std::string HashOf(const std::string& content) { return base::ToHex(base::Sha256Of(content)); }

}  // namespace

TEST_CASE("files: an attachment goes up, with the document to its receivers, and down again") {
  DocumentOwner owner;
  const std::string content = Pdf(1'500'000);
  const v1f::Upload upload = Uploaded(owner, "Báo cáo.pdf", content);
  CHECK(upload.sha256() == HashOf(content));
  CHECK(upload.media_type() == "application/pdf");
  const v1::Document document = Issued(owner, WithFile(ContentTo({kWard}), upload.id()));
  REQUIRE(document.attachments_size() == 1);
  CHECK(document.attachments(0).name() == "Báo cáo.pdf");
  CHECK(document.attachments(0).size_bytes() == 1'500'000);

  const auto request = DownloadRequest("document", document.id(), upload.sha256());
  std::string received;
  CHECK(Download(owner, request, "H09.718.25747/guest", &received) == kDone);
  CHECK(received == content);
  auto rest = request;
  rest.set_offset_bytes(1'400'000);
  received.clear();
  CHECK(Download(owner, rest, "H09.718.25747/guest", &received) == kDone);
  CHECK(received == content.substr(1'400'000));
  // Knowing the hash gives nothing.
  CHECK(Download(owner, request, "H09.718.25750/guest", &received) == kNotFound);
  const v1::Document other = Issued(owner, ContentTo({kOtherWard}));
  CHECK(Download(owner, DownloadRequest("document", other.id(), upload.sha256()),
                 "H09.718.25750/guest", &received) == kNotFound);
  CHECK(owner.Count("upload") == "0");
  CHECK(owner.Defects().empty());
}

TEST_CASE("files: an upload goes on where it was interrupted, and belongs to its official") {
  DocumentOwner owner;
  const std::string content = Pdf(300'000);
  auto create = CreateRequest(owner, "a.pdf", content.size());
  const v1f::Upload announced = owner.Do(&FileStub::CreateUpload, create, kExpert);
  CHECK(owner.Do(&FileStub::CreateUpload, create, kExpert).id() == announced.id());
  v1f::Upload upload;
  CHECK(Write(owner, announced.id(), content.substr(0, 200'000), 0, &upload) == kDone);
  CHECK(upload.received_bytes() == 200'000);
  CHECK(upload.sha256().empty());

  v1f::GetUploadRequest get;
  get.set_upload_id(announced.id());
  CHECK(owner.Do(&FileStub::GetUpload, get, kExpert).received_bytes() == 200'000);
  CHECK(owner.Try(&FileStub::GetUpload, get, "H09.15/clerk") == kNotFound);
  CHECK(Write(owner, announced.id(), "x", 0, &upload) == Outcome{grpc::ABORTED, "UPLOAD_OFFSET"});
  // Before all of it is there no record takes it.
  auto draft = owner.New<v1::CreateDraftRequest>();
  *draft.mutable_content() = WithFile(ContentTo({}), announced.id());
  CHECK(owner.Try(&Drafts::CreateDraft, draft, kExpert) ==
        Outcome{grpc::FAILED_PRECONDITION, "UPLOAD_UNFINISHED"});
  CHECK(Write(owner, announced.id(), content.substr(200'000), 200'000, &upload) == kDone);
  CHECK(upload.sha256() == HashOf(content));
  // A repeat of the last piece, whose answer was lost.
  CHECK(Write(owner, announced.id(), content.substr(200'000), 200'000, &upload) == kDone);
  CHECK(upload.sha256() == HashOf(content));
  CHECK(owner.Try(&Drafts::CreateDraft, draft, "H09.15/clerk") == kNotFound);
  CHECK(owner.Try(&Drafts::CreateDraft, draft, kExpert) == kDone);
}

TEST_CASE("files: what lies about its type, has a path for a name or is too long is refused") {
  DocumentOwner owner;
  const auto announce = [&](const std::string& name, std::size_t bytes) {
    return owner.Try(&FileStub::CreateUpload, CreateRequest(owner, name, bytes), kExpert);
  };
  CHECK(announce("../x.pdf", 10) == kFieldInvalid);
  CHECK(announce("a/x.pdf", 10) == kFieldInvalid);
  CHECK(announce("x.exe", 10) == Outcome{grpc::INVALID_ARGUMENT, "FILE_TYPE_REFUSED"});
  CHECK(announce("x.pdf", 0) == kFieldInvalid);
  CHECK(announce("x.pdf", 100ULL * 1024 * 1024 + 1) == kFieldInvalid);

  const std::string id = Announced(owner, "x.pdf", 7).id();
  v1f::Upload upload;
  CHECK(Write(owner, id, "MZ\x90 abc", 0, &upload) ==
        Outcome{grpc::INVALID_ARGUMENT, "FILE_TYPE_MISMATCH"});
  CHECK(owner.Count("upload") == "0");
  const std::string longer = Announced(owner, "x.pdf", 20).id();
  CHECK(Write(owner, longer, Pdf(21), 0, &upload) == kFieldInvalid);
}

TEST_CASE("files: unfinished uploads count against a quota, until they are cancelled or end") {
  DocumentOwner owner;
  for (int i = 0; i < kPendingUploadsMax; ++i) Announced(owner, "a.pdf", 100);
  CHECK(owner.Try(&FileStub::CreateUpload, CreateRequest(owner, "a.pdf", 100), kExpert) ==
        Outcome{grpc::RESOURCE_EXHAUSTED, "UPLOAD_QUOTA"});
  v1f::CancelUploadRequest cancel;
  cancel.set_upload_id(owner.Value("SELECT id FROM upload LIMIT 1"));
  CHECK(owner.Try(&FileStub::CancelUpload, cancel, "H09.15/clerk") == kNotFound);
  owner.Do(&FileStub::CancelUpload, cancel, kExpert);
  CHECK(owner.Try(&FileStub::CancelUpload, cancel, kExpert) == kNotFound);
  // It counts as long as its bytes may be there.
  CHECK(owner.Try(&FileStub::CreateUpload, CreateRequest(owner, "a.pdf", 100), kExpert) ==
        Outcome{grpc::RESOURCE_EXHAUSTED, "UPLOAD_QUOTA"});
  CHECK(owner.AllFiles().Clean() == 1);
  CHECK(owner.Try(&FileStub::CreateUpload, CreateRequest(owner, "a.pdf", 100), kExpert) == kDone);
  CHECK(owner.Try(&FileStub::CreateUpload, CreateRequest(owner, "a.pdf", 100),
                  "H09.718.25747/expert") == kDone);
  owner.clock_.Advance(std::chrono::hours(24));
  owner.snapshots_.Verified(owner.clock_.MachineNow());
  CHECK(owner.AllFiles().Clean() == kPendingUploadsMax + 1);
  CHECK(owner.Count("upload") == "0");
  CHECK(owner.Try(&FileStub::CreateUpload, CreateRequest(owner, "a.pdf", 100), kExpert) == kDone);
}

TEST_CASE("files: bytes that are known already go up like new ones, and are stored once") {
  DocumentOwner owner;
  const std::string content = Pdf(5000);
  const v1f::Upload first = Uploaded(owner, "a.pdf", content);
  const v1f::Upload second = Uploaded(owner, "b.pdf", content, "H09.718.25747/expert");
  CHECK(second.received_bytes() == 5000);
  CHECK(second.sha256() == first.sha256());
  CHECK(owner.Count("file") == "1");
  // The one goes, the other stays.
  owner.Value("DELETE FROM upload WHERE id = '" + first.id() + "' RETURNING id");
  CHECK(owner.AllFiles().Clean() == 0);
  owner.Value("DELETE FROM upload RETURNING id");
  CHECK(owner.AllFiles().Clean() == 1);
  CHECK(owner.Count("file") == "0");
  CHECK(owner.AllFiles().Compare().unknown.empty());
}

TEST_CASE("files: a file is refused as soon as its record is out of sight, also in mid-stream") {
  DocumentOwner owner;
  const std::string content = Pdf(20'000'000);  // more than fits into the buffers of a connection
  const v1f::Upload upload = Uploaded(owner, "a.pdf", content);
  const v1::Document document = Issued(owner, WithFile(ContentTo({kWard}), upload.id()));
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", "H09.718.25747/clerk");
  const auto reader =
      StubFor(owner, "H09.718.25747/clerk")
          .DownloadFile(&context, DownloadRequest("document", document.id(), upload.sha256()));
  v1f::FileChunk chunk;
  REQUIRE(reader->Read(&chunk));
  owner.Step(&Documents::RecallDocument, "H09.15/clerk", [&](auto& request) {
    request.set_document_id(document.id());
    request.set_reason("Sai");
  });
  owner.Step(&Incomings::AnswerChange, "H09.718.25747/clerk", [&](auto& request) {
    request.set_delivery_id(DeliveryTo(owner, document, kWard).id());
    request.set_accept(true);
  });
  std::size_t received = chunk.data().size();
  while (reader->Read(&chunk)) received += chunk.data().size();
  CHECK(support::OutcomeOf(reader->Finish()) == kNotFound);
  CHECK(received < content.size());
}

TEST_CASE("files: rows without bytes and bytes without a row are found") {
  DocumentOwner owner;
  const v1f::Upload upload = Uploaded(owner, "a.pdf", Pdf(5000));
  CHECK(owner.AllFiles().Compare().missing.empty());
  const auto place = owner.Folder() / "files" / upload.sha256().substr(0, 2);
  const std::string stray = upload.sha256().substr(0, 2) + std::string(62, 'a');
  std::filesystem::copy_file(place / upload.sha256(), place / stray);
  std::filesystem::remove(place / upload.sha256());
  const auto findings = owner.AllFiles().Compare();
  CHECK(findings.missing == std::vector<std::string>{upload.sha256()});
  CHECK(findings.unknown == std::vector<std::string>{stray});
}

TEST_CASE("files: a draft keeps some of its files and gives up others") {
  DocumentOwner owner;
  const v1f::Upload kept = Uploaded(owner, "a.pdf", Pdf(100, 'a'));
  const v1f::Upload dropped = Uploaded(owner, "b.pdf", Pdf(100, 'b'));
  const v1::Draft draft =
      Created(owner, WithFile(WithFile(ContentTo({}), kept.id()), dropped.id()));
  auto update = owner.New<v1::UpdateDraftRequest>();
  update.set_draft_id(draft.id());
  *update.mutable_content() = ContentTo({});
  update.mutable_content()->add_attachments()->set_sha256(kept.sha256());
  CHECK(owner.Do(&Drafts::UpdateDraft, update, kExpert).attachments_size() == 1);
  std::string received;
  CHECK(Download(owner, DownloadRequest("draft", draft.id(), kept.sha256()), "H09.15/guest",
                 &received) == kDone);
  CHECK(Download(owner, DownloadRequest("draft", draft.id(), dropped.sha256()), "H09.15/guest",
                 &received) == kNotFound);
  CHECK(owner.AllFiles().Clean() == 1);
  update.set_request_id(owner.NewId());
  update.mutable_content()->mutable_attachments(0)->set_sha256(dropped.sha256());
  CHECK(owner.Try(&Drafts::UpdateDraft, update, kExpert) == kFieldInvalid);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
