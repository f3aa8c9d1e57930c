// Working files whose time is over, through the generated stubs, on a real PostgreSQL and a real
// directory.
#include <thread>

#include "platform/journal/erasure.hpp"
#include "support/document_working_files.hpp"

namespace lienthong::document {
namespace {

v1::ProposeDestructionRequest ProposeRequest(DocumentOwner& owner,
                                             const std::vector<std::string>& files) {
  auto request = owner.New<v1::ProposeDestructionRequest>();
  for (const std::string& file : files) request.add_file_ids(file);
  request.set_reason("Hết thời hạn bảo quản");
  return request;
}
v1::DecideDestructionRequest DecideRequest(DocumentOwner& owner, const std::string& id,
                                           bool approve = true) {
  auto request = owner.New<v1::DecideDestructionRequest>();
  request.set_destruction_id(id);
  request.set_approve(approve);
  if (!approve) request.set_reason("Còn giá trị");
  return request;
}

/// Files of the department with a document each, closed; what they were made of is in `documents`.
struct Expired {
  DocumentOwner owner;
  Scheduled scheduled{owner};
  std::vector<std::string> documents;

  std::string Make(const std::string& notation, const v1::DraftContent& content, int years = 2) {
    const std::string file = Opened(owner, PlanRequest(owner, notation, years)).id();
    documents.push_back(Issued(owner, content).id());
    owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, documents.back()), kExpert);
    Closed(owner, file);
    return file;
  }
  std::string Propose(const std::vector<std::string>& files) {
    return owner.Do(&WorkingFiles::ProposeDestruction, ProposeRequest(owner, files), kClerk).id();
  }
};

}  // namespace

TEST_CASE("working files: destroyed when their time is over, by two officials, never under hold") {
  Expired stage;
  DocumentOwner& owner = stage.owner;
  const std::string file = stage.Make("01", ContentTo({}));
  const std::string longer = stage.Make("02", ContentTo({}), 10);
  const Outcome not_expired{grpc::FAILED_PRECONDITION, "FILE_NOT_EXPIRED"};
  // Kept until the end of 2021.
  owner.MoveClockTo("2021-12-31T16:59:59Z");
  CHECK(owner.Try(&WorkingFiles::ProposeDestruction, ProposeRequest(owner, {file}), kClerk) ==
        not_expired);
  owner.MoveClockTo("2021-12-31T17:00:00Z");
  v1::ListFilesRequest expired;
  expired.set_expired(true);
  CHECK(FoundBy(owner, expired) == "01");
  CHECK(owner.Try(&WorkingFiles::ProposeDestruction, ProposeRequest(owner, {file, longer}),
                  kClerk) == not_expired);

  auto hold = owner.New<v1::HoldFileRequest>();
  hold.set_file_id(file);
  hold.set_reason("Đang tố tụng");
  owner.Do(&WorkingFiles::HoldFile, hold, kHead);
  const Outcome on_hold{grpc::FAILED_PRECONDITION, "FILE_ON_HOLD"};
  CHECK(owner.Try(&WorkingFiles::ProposeDestruction, ProposeRequest(owner, {file}), kClerk) ==
        on_hold);
  CHECK(FoundBy(owner, expired).empty());
  const auto release = [&] {
    owner.Step(&WorkingFiles::ReleaseFile, kHead,
               [&](auto& request) { request.set_file_id(file); });
  };
  release();
  const std::string id = stage.Propose({file});
  CHECK(owner.Try(&WorkingFiles::ProposeDestruction, ProposeRequest(owner, {file}), kClerk) ==
        Outcome{grpc::FAILED_PRECONDITION, "FILE_STATE"});  // one waits for its decision
  // A hold that comes between proposal and decision counts.
  hold.set_request_id(owner.NewId());
  owner.Do(&WorkingFiles::HoldFile, hold, kHead);
  CHECK(owner.Try(&WorkingFiles::DecideDestruction, DecideRequest(owner, id), kHead) == on_hold);
  release();
  // Who proposed does not decide, even when appointed a leader since.
  owner.Appoint(kDepartment, "clerk", "head");
  CHECK(owner.Try(&WorkingFiles::DecideDestruction, DecideRequest(owner, id), kClerk) ==
        Outcome{grpc::PERMISSION_DENIED, "SAME_OFFICIAL"});
  CHECK(owner.Try(&WorkingFiles::DecideDestruction, DecideRequest(owner, id), "H09.13/head") ==
        kNotFound);
  owner.Do(&WorkingFiles::DecideDestruction, DecideRequest(owner, id, false), kHead);
  CHECK(owner.Try(&WorkingFiles::DecideDestruction, DecideRequest(owner, id), kHead) ==
        Outcome{grpc::FAILED_PRECONDITION, "DESTRUCTION_STATE"});
  stage.scheduled.Run();
  CHECK(FileOf(owner, file, kHead).state() == v1::FILE_STATE_CLOSED);
  CHECK(owner.Do(&WorkingFiles::ListDestructions, v1::ListDestructionsRequest(), kHead)
            .destructions_size() == 1);
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "working files: of two officials who decide at once one decides; a step loses against it") {
  Expired stage;
  DocumentOwner& owner = stage.owner;
  const std::string file = stage.Make("01", ContentTo({}));
  owner.MoveClockTo("2022-03-01T01:00:00Z");
  const std::string id = stage.Propose({file});
  const auto approve = DecideRequest(owner, id), refuse = DecideRequest(owner, id, false);
  auto hold = owner.New<v1::HoldFileRequest>();
  hold.set_file_id(file);
  hold.set_reason("Đang tố tụng");
  Outcome approved, refused, held;
  std::vector<std::thread> officials;
  officials.emplace_back(
      [&] { approved = owner.Try(&WorkingFiles::DecideDestruction, approve, kHead); });
  officials.emplace_back(
      [&] { refused = owner.Try(&WorkingFiles::DecideDestruction, refuse, "H09.15/deputy"); });
  officials.emplace_back([&] { held = owner.Try(&WorkingFiles::HoldFile, hold, kHead); });
  for (std::thread& official : officials) official.join();
  CAPTURE(approved, refused, held);
  CHECK((approved == kDone) != (refused == kDone));
  // On hold and destroyed at once it never is.
  stage.scheduled.Run();
  const v1::WorkingFile now = FileOf(owner, file);
  CHECK(now.has_hold() == (held == kDone));
  CHECK((now.state() == v1::FILE_STATE_DESTROYED) == (approved == kDone));
  CHECK_FALSE((approved == kDone && held == kDone));
  CHECK(owner.Defects().empty());
}

TEST_CASE("working files: a document that is filed while its other file is destroyed stays") {
  Expired stage;
  DocumentOwner& owner = stage.owner;
  for (int round = 0; round < 5; ++round) {
    owner.MoveClockTo("2019-07-10T01:00:00Z");
    const std::string number = std::to_string(round);
    const std::string file = stage.Make("01." + number, ContentTo({}));
    const std::string document = stage.documents.back();
    const std::string other = Opened(owner, PlanRequest(owner, "02." + number, 70)).id();
    owner.MoveClockTo("2022-03-01T01:00:00Z");
    owner.Do(&WorkingFiles::DecideDestruction, DecideRequest(owner, stage.Propose({file})), kHead);
    const auto add = AddRequest(owner, other, document);
    Outcome added;
    std::thread official([&] { added = owner.Try(&WorkingFiles::AddToFile, add, kExpert); });
    stage.scheduled.Run();
    official.join();
    stage.scheduled.Run();
    CAPTURE(added);
    // Filed in time it is there; too late it was gone already.
    const bool is_there =
        owner.Try(&Documents::GetDocument, GetRequest(document), kExpert) == kDone;
    CHECK(is_there == (added == kDone));
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("working files: nothing leaves a file on hold, and no plan lifts the hold") {
  Expired stage;
  DocumentOwner& owner = stage.owner;
  const std::string file = Opened(owner, PlanRequest(owner, "01"), kWard).id();
  const std::string document = Issued(owner, ContentTo({kWard})).id();
  const auto item =
      owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, document), "H09.718.25747/expert");
  const auto hold = [&](const std::string& id, const std::string& official) {
    owner.Step(&WorkingFiles::HoldFile, official, [&](auto& request) {
      request.set_file_id(id);
      request.set_reason("Đang tố tụng");
    });
  };
  hold(file, "H09.718.25747/head");
  const Outcome on_hold{grpc::FAILED_PRECONDITION, "FILE_ON_HOLD"};
  auto remove = owner.New<v1::RemoveFromFileRequest>();
  remove.set_item_id(item.id());
  remove.set_reason("Bỏ");
  CHECK(owner.Try(&WorkingFiles::RemoveFromFile, remove, "H09.718.25747/expert") == on_hold);
  // Nor is it given back to its sender.
  auto recall = owner.New<v1::RecallDocumentRequest>();
  recall.set_document_id(document);
  recall.set_reason("Nhầm");
  owner.Do(&Documents::RecallDocument, recall, kClerk);
  auto answer = owner.New<v1::AnswerChangeRequest>();
  answer.set_delivery_id(owner.Value("SELECT id::text FROM delivery"));
  answer.set_accept(true);
  CHECK(owner.Try(&Incomings::AnswerChange, answer, "H09.718.25747/clerk") == on_hold);
  auto plan = PlanRequest(owner, "02");
  const std::string planned = owner.Do(&WorkingFiles::PlanFile, plan, kClerk).id();
  hold(planned, kHead);
  plan.set_request_id(owner.NewId());
  CHECK(owner.Try(&WorkingFiles::PlanFile, plan, kClerk) == on_hold);
  CHECK(FileOf(owner, planned).has_hold());
}

TEST_CASE("working files: what a unit had that was merged or split is erased like its own") {
  Expired stage;
  DocumentOwner& owner = stage.owner;
  const std::string head = std::string(kWard) + "/head";
  auto plan = PlanRequest(owner, "01", 2);
  const std::string file = Opened(owner, plan, kOtherWard).id();
  v1::DraftContent content = ContentTo({});
  content.set_summary("Nội dung phải hủy");
  const std::string document = Issued(owner, content, kOtherWard).id();
  owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, document),
           std::string(kOtherWard) + "/expert");
  owner.Step(&WorkingFiles::CloseFile, std::string(kOtherWard) + "/expert",
             [&](auto& request) { request.set_file_id(file); });
  const bool is_split = GENERATE(false, true);
  CAPTURE(is_split);
  if (is_split) {
    owner.AddUnit("H09.718.25753", directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25753");
    owner.CloseUnit(kOtherWard, {kWard, "H09.718.25753"});
    owner.Step(&WorkingFiles::TakeOverFile, head,
               [&](auto& request) { request.set_file_id(file); });
  } else {
    owner.CloseUnit(kOtherWard, {kWard});
  }
  stage.scheduled.Run();
  owner.MoveClockTo("2022-03-01T01:00:00Z");
  const auto proposed = owner.Do(&WorkingFiles::ProposeDestruction, ProposeRequest(owner, {file}),
                                 std::string(kWard) + "/clerk");
  owner.Do(&WorkingFiles::DecideDestruction, DecideRequest(owner, proposed.id()), head);
  stage.scheduled.Run();
  CHECK(FileOf(owner, file, head).state() == v1::FILE_STATE_DESTROYED);
  CHECK(owner.Value("SELECT count(*) FROM content WHERE summary LIKE '%phải hủy%'") == "0");
  CHECK(owner.Value("SELECT erased::text FROM document") == "true");
  CHECK(owner.SeenBy(document).empty());
  // The draft it was is a shell, whoever may still look at it.
  CHECK(owner
            .Value("SELECT states::text FROM journal WHERE record_type = 'draft'"
                   " ORDER BY id DESC LIMIT 1")
            .find("phải hủy") == std::string::npos);
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "working files: destruction erases what nobody has any more; registers keep their lines") {
  Expired stage;
  DocumentOwner& owner = stage.owner;
  const auto upload = Uploaded(owner, "Mật khẩu.pdf", Pdf(2000));
  v1::DraftContent content = WithFile(ContentTo({kWard}), upload.id());
  content.set_summary("Nội dung phải hủy");
  const std::string file = stage.Make("01", content);
  const std::string document = stage.documents.front();
  const std::string other = stage.Make("02", ContentTo({}));
  const std::string shared = stage.documents.back();
  const std::string third = Opened(owner, PlanRequest(owner, "03", 2)).id();
  owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, third, shared), kExpert);

  owner.MoveClockTo("2022-03-01T01:00:00Z");
  const std::string id = stage.Propose({file, other});
  owner.Do(&WorkingFiles::DecideDestruction, DecideRequest(owner, id), kHead);
  CHECK(TryStep(owner, &WorkingFiles::ReleaseFile, file, kHead) == kFileState);
  stage.scheduled.Run();
  CHECK(FileOf(owner, file).state() == v1::FILE_STATE_DESTROYED);
  CHECK(FileOf(owner, file).destruction_id() == id);
  // The sender has it no more, by no way; the receiver has it as before.
  CHECK(owner.Try(&Documents::GetDocument, GetRequest(document), kHead) == kNotFound);
  const auto request = DownloadRequest("document", document, upload.sha256());
  std::string received;
  CHECK(Download(owner, request, "H09.15/guest", &received) == kNotFound);
  v1::FindDocumentsRequest find;
  find.set_text("văn thư");
  CHECK(owner.Do(&Documents::FindDocuments, find, kClerk).documents_size() == 1);
  const std::string draft =
      owner.Value("SELECT id::text FROM draft WHERE document_id = '" + document + "'");
  v1::GetDraftRequest get_draft;
  get_draft.set_draft_id(draft);
  const v1::Draft shell = owner.Do(&Drafts::GetDraft, get_draft, kClerk);
  CHECK(shell.summary().empty());
  CHECK(shell.attachments_size() == 0);
  CHECK(shell.code() == "01/QĐ-STTTT");
  CHECK(Download(owner, DownloadRequest("draft", draft, upload.sha256()), kExpert, &received) ==
        kNotFound);
  CHECK(owner.SeenBy(document) == kWard);
  CHECK(owner.Do(&Documents::GetDocument, GetRequest(document), "H09.718.25747/guest").summary() ==
        "Nội dung phải hủy");
  CHECK(Download(owner, request, "H09.718.25747/guest", &received) == kDone);
  // What another file holds stays.
  CHECK(FileOf(owner, other).state() == v1::FILE_STATE_DESTROYED);
  CHECK(owner.Do(&Documents::GetDocument, GetRequest(shared), kExpert).id() == shared);
  CHECK(owner.Value("SELECT string_agg(code, ' ' ORDER BY number) FROM document d JOIN content c"
                    " ON c.id = d.content_id WHERE d.sender_unit_id = 'H09.15'") ==
        "01/QĐ-STTTT 02/QĐ-STTTT");

  // The receiver destroys its copy too: now nothing is left of the body.
  auto plan = PlanRequest(owner, "01", 1);
  plan.set_year(2022);
  const std::string ward_file = Opened(owner, plan, kWard).id();
  owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, ward_file, document),
           "H09.718.25747/expert");
  owner.Step(&WorkingFiles::CloseFile, "H09.718.25747/expert",
             [&](auto& step) { step.set_file_id(ward_file); });
  owner.MoveClockTo("2024-01-01T01:00:00Z");
  const auto proposed = owner.Do(&WorkingFiles::ProposeDestruction,
                                 ProposeRequest(owner, {ward_file}), "H09.718.25747/clerk");
  owner.Do(&WorkingFiles::DecideDestruction, DecideRequest(owner, proposed.id()),
           "H09.718.25747/head");
  stage.scheduled.Run();
  CHECK(owner.SeenBy(document).empty());
  CHECK(owner.Value("SELECT summary FROM content WHERE subject LIKE 'Về việc%' ORDER BY number") ==
        "");
  owner.AllFiles().Clean();
  CHECK(owner.Value("SELECT count(*) FROM file WHERE sha256 = '" + upload.sha256() + "'") == "0");
  // Earlier states go from the journal once they are published, and the seals still hold.
  const std::string told = "SELECT count(*) FROM journal WHERE states::text LIKE '%phải hủy%'";
  CHECK(owner.Value(told) != "0");
  const auto erase = [&] { owner.pool_.Transact([](pg::Tx& tx) { journal::EraseSome(tx); }); };
  erase();
  CHECK(owner.Value(told) != "0");  // nothing is published yet
  owner.Value("UPDATE relay_state SET position = (SELECT max(id) FROM journal) RETURNING 1");
  erase();
  CHECK(owner.Value(told) == "0");
  CHECK(owner.Count("erasure") == "0");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
