// What is refused before it does harm, and the rights that end with their ground, on a real
// PostgreSQL.
#include "platform/journal/times.hpp"
#include "support/document_working_files.hpp"

namespace lienthong::document {
namespace {

const std::string kExpertOfWard = "H09.718.25747/expert", kHeadOfWard = "H09.718.25747/head",
                  kClerkOfWard = "H09.718.25747/clerk", kClerkOfDistrict = "H09.718/clerk";

Outcome SubmitTo(DocumentOwner& owner, const v1::DraftContent& content) {
  auto request = owner.New<v1::SubmitDraftRequest>();
  request.set_draft_id(Created(owner, content).id());
  request.set_official_id(kHead);
  return owner.Try(&Drafts::SubmitDraft, request, "H09.15/expert");
}

bool Reads(DocumentOwner& owner, const v1::Document& document, const std::string& official) {
  return owner.Try(&Documents::GetDocument, GetRequest(document.id()), official) == kDone;
}

v1::AssignDeliveryRequest AssignTo(DocumentOwner& owner, const std::string& delivery_id,
                                   const std::string& official, const std::string& unit = "") {
  auto request = owner.New<v1::AssignDeliveryRequest>();
  request.set_delivery_id(delivery_id);
  auto* const lead = request.add_assignments();
  lead->set_official_id(official);
  lead->set_unit_id(unit);
  lead->set_role(v1::TASK_ROLE_LEAD);
  return request;
}

v1::SendDocumentRequest SendToNamed(DocumentOwner& owner, const v1::Document& document, int count) {
  auto request = owner.New<v1::SendDocumentRequest>();
  request.set_document_id(document.id());
  for (int i = 1; i <= count; ++i)
    request.add_recipients()->set_name("Cơ quan " + std::to_string(i));
  return request;
}

v1::Deadline DueOf(DocumentOwner& owner, const std::string& delivery_id) {
  v1::GetIncomingRequest get;
  get.set_delivery_id(delivery_id);
  return owner.Do(&Incomings::GetIncoming, get, kClerkOfWard).due();
}

}  // namespace

TEST_CASE("document: what no system would take, or should not leave, is not signed for") {
  DocumentOwner owner;
  CHECK(SubmitTo(owner, ContentTo({"H09"})) ==
        Outcome{grpc::INVALID_ARGUMENT, "UNIT_WITHOUT_SYSTEM"});
  v1::DraftContent outside = ContentTo({});
  outside.add_recipients()->set_name("Văn phòng Chính phủ");
  outside.mutable_recipients(0)->set_organ_id("000.00.00.G22");
  CHECK(SubmitTo(owner, outside) == kDone);
  outside.set_circulation(v1::CIRCULATION_INTERNAL);
  CHECK(SubmitTo(owner, outside) == kFieldInvalid);
  outside.clear_circulation();
  outside.set_restricted(true);
  CHECK(SubmitTo(owner, outside) == kFieldInvalid);
  // On paper, by hand, it goes.
  outside.mutable_recipients(0)->clear_organ_id();
  CHECK(SubmitTo(owner, outside) == kDone);
  v1::DraftContent inside = ContentTo({kWard});
  inside.set_restricted(true);
  auto send = owner.New<v1::SendDocumentRequest>();
  send.set_document_id(Issued(owner, inside).id());
  send.add_recipients()->set_organ_id("000.00.00.G22");
  send.mutable_recipients(0)->set_name("Văn phòng Chính phủ");
  CHECK(owner.Try(&Documents::SendDocument, send, kClerk) == kFieldInvalid);
}

TEST_CASE("document: a draft is its author's, and names readers of the unit") {
  DocumentOwner owner;
  owner.Appoint(kDepartment, "second", "expert");
  const v1::Draft draft = Created(owner, ContentTo({kWard}));
  auto update = owner.New<v1::UpdateDraftRequest>();
  update.set_draft_id(draft.id());
  *update.mutable_content() = ContentTo({kWard});
  update.mutable_content()->set_subject("Bị sửa");
  CHECK(owner.Try(&Drafts::UpdateDraft, update, "H09.15/second") == kNotAssigned);
  const auto create = [&](const std::string& reader) {
    auto request = owner.New<v1::CreateDraftRequest>();
    *request.mutable_content() = ContentTo({kWard});
    request.mutable_content()->set_restricted(true);
    request.mutable_content()->add_readers(reader);
    return owner.Try(&Drafts::CreateDraft, request, "H09.15/expert");
  };
  CHECK(create("official/H09.15/second") == kDone);
  CHECK(create("official/H09.13/expert") == kFieldInvalid);
  CHECK(create("position/guest") == kDone);
  CHECK(create("position/nobody") == kFieldInvalid);
  // A document that the drafter may not read is none to refer to.
  v1::DraftContent closed = ContentTo({kWard});
  closed.set_restricted(true);
  const v1::Document secret = Issued(owner, closed);
  v1::DraftContent reply = ContentTo({kWard});
  reply.add_response_for()->set_document_id(secret.id());
  auto request = owner.New<v1::CreateDraftRequest>();
  *request.mutable_content() = reply;
  CHECK(owner.Try(&Drafts::CreateDraft, request, "H09.15/second") == kFieldInvalid);
  request.set_request_id(owner.NewId());
  CHECK(owner.Try(&Drafts::CreateDraft, request, "H09.15/expert") == kDone);
  reply.clear_response_for();
  reply.set_changed_document_id(secret.id());
  reply.set_change_kind(v1::CHANGE_KIND_REPLACE);
  *request.mutable_content() = reply;
  request.set_request_id(owner.NewId());
  CHECK(owner.Try(&Drafts::CreateDraft, request, "H09.15/second") ==
        Outcome{grpc::INVALID_ARGUMENT, "NOT_OF_UNIT"});
}

TEST_CASE("document: an authority ends with the office of who gave it") {
  DocumentOwner owner;
  auto grant = owner.New<v1::GrantAuthorisationRequest>();
  grant.set_to_official_id("H09.15/expert");
  grant.set_content("Ký quyết định");
  grant.set_valid_from("2019-01-01");
  grant.set_valid_to("2019-08-31");
  const std::string id = owner.Do(&Drafts::GrantAuthorisation, grant, kHead).id();
  const auto sign = [&](const v1::Draft& draft) {
    auto request = owner.New<v1::SignDraftRequest>();
    request.set_draft_id(draft.id());
    request.set_authority(v1::SIGNING_AUTHORITY_AUTHORISED);
    request.set_authorisation_id(id);
    return owner.Try(&Drafts::SignDraft, request, "H09.15/expert");
  };
  const Outcome kInvalid{grpc::PERMISSION_DENIED, "AUTHORISATION_INVALID"};
  const v1::Draft first = Submitted(owner, ContentTo({}), kDepartment, "H09.15/expert");
  const v1::Draft second = Submitted(owner, ContentTo({}), kDepartment, "H09.15/expert");
  SECTION("he has left") {
    CHECK(sign(first) == kDone);
    directory::v1::Official gone;
    gone.set_id(kHead);
    gone.set_full_name("Cán bộ head");
    owner.Publish("official", kHead, gone);
    CHECK(sign(second) == kInvalid);
  }
  SECTION("its time is over") {
    owner.MoveClockTo("2019-08-31T10:00:00Z");
    CHECK(sign(first) == kDone);
    owner.MoveClockTo("2019-08-31T17:00:00Z");  // 1 September in Vietnam
    CHECK(sign(second) == kInvalid);
  }
}

TEST_CASE("document: the day that a sender asks for is the deadline until another is set") {
  DocumentOwner owner;
  v1::DraftContent content = ContentTo({kWard});
  content.set_due_date("2019-07-20");
  const v1::Delivery entered = Entered(owner, Issued(owner, content), kWard);
  owner.Do(&Incomings::AssignDelivery, AssignTo(owner, entered.id(), kExpertOfWard), kHeadOfWard);
  const auto at = [&] {
    return base::FormatTime(journal::ToTime(DueOf(owner, entered.id()).at()));
  };
  CHECK(at() == "2019-07-20T16:59:59.000000Z");  // the end of the day in Vietnam
  // The leader gives more time, and nobody is assigned anew.
  auto longer = owner.New<v1::AssignDeliveryRequest>();
  longer.set_delivery_id(entered.id());
  CHECK(owner.Try(&Incomings::AssignDelivery, longer, kHeadOfWard) == kFieldInvalid);
  journal::SetTime(longer.mutable_deadline(), base::ParseTime("2019-07-25T03:00:00Z"));
  owner.Do(&Incomings::AssignDelivery, longer, kHeadOfWard);
  CHECK(at() == "2019-07-25T03:00:00.000000Z");
  CHECK(owner.Count("task") == "1");
  auto task = owner.New<v1::SetTaskDeadlineRequest>();
  task.set_task_id(
      owner.Value("SELECT id::text FROM task WHERE delivery_id = '" + entered.id() + "'"));
  journal::SetTime(task.mutable_deadline(), base::ParseTime("2019-07-24T03:00:00Z"));
  CHECK(owner.Try(&Incomings::SetTaskDeadline, task, kHeadOfWard) == kFieldInvalid);  // no reason
  task.set_reason("Bổ sung số liệu");
  const v1::Task set = owner.Do(&Incomings::SetTaskDeadline, task, kHeadOfWard);
  CHECK(base::FormatTime(journal::ToTime(set.deadline())) == "2019-07-24T03:00:00.000000Z");
  CHECK(set.reports(0).text() == "Bổ sung số liệu");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: letters without a number are entered, each for itself") {
  DocumentOwner owner;
  const auto enter = [&](const std::string& code) {
    auto request = owner.New<v1::RegisterIncomingRequest>();
    request.set_sender_name("Nguyễn Văn A");
    request.set_code(code);
    request.set_document_date("2019-07-01");
    request.mutable_type()->set_name("Đơn");
    request.set_subject("Đề nghị xác nhận");
    return owner.Try(&Incomings::RegisterIncoming, request, kClerkOfWard);
  };
  CHECK(enter("") == kDone);
  CHECK(enter("") == kDone);
  CHECK(enter("12/A") == kDone);
  CHECK(enter("12/A") == Outcome{grpc::ALREADY_EXISTS, "ALREADY_REGISTERED"});
  v1::FindDocumentsRequest find;
  CHECK(owner.Do(&Documents::FindDocuments, find, kClerkOfWard).documents_size() == 3);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: the register says what was taken back and what was replaced") {
  DocumentOwner owner;
  const v1::Document first = Issued(owner, ContentTo({}));  // to nobody yet
  owner.Step(&Documents::RecallDocument, kClerk, [&](auto& request) {
    request.set_document_id(first.id());
    request.set_reason("Ban hành nhầm");
  });
  const v1::Document second = Issued(owner, ContentTo({kWard}));
  v1::DraftContent better = ContentTo({kWard});
  better.set_changed_document_id(second.id());
  better.set_change_kind(v1::CHANGE_KIND_REPLACE);
  Issued(owner, better);
  v1::ExportRegisterRequest request;
  request.set_kind(v1::REGISTER_KIND_OUTGOING);
  request.set_year(2019);
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", kClerk);
  const auto reader = owner.StubOf<Reports>("unit-H09.15").ExportRegister(&context, request);
  v1::ReportChunk chunk;
  std::string text;
  while (reader->Read(&chunk)) text += chunk.data();
  CHECK(reader->Finish().ok());
  CHECK(text.find("Đã thu hồi") != std::string::npos);
  CHECK(text.find("Được thay thế bởi 03/QĐ-STTTT") != std::string::npos);
}

TEST_CASE("document: a file gives no sight of what was given back or taken away") {
  DocumentOwner owner;
  // The ward has the document by a task of the district alone, and files it.
  const v1::Document document = Issued(owner, ContentTo({kDistrict}));
  const v1::Delivery entered = Entered(owner, document, kDistrict);
  owner.Do(&Incomings::AssignDelivery, AssignTo(owner, entered.id(), kExpertOfWard, kWard),
           "H09.718/head");
  const std::string file = Opened(owner, PlanRequest(owner, "01"), kWard).id();
  owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, document.id()), kExpertOfWard);
  CHECK(Reads(owner, document, kClerkOfWard));
  owner.Step(&Incomings::WithdrawTask, "H09.718/head", [&](auto& request) {
    request.set_task_id(
        owner.Value("SELECT id::text FROM task WHERE delivery_id = '" + entered.id() + "'"));
    request.set_reason("Giao nhầm");
  });
  CHECK_FALSE(Reads(owner, document, kClerkOfWard));
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: who worked on a restricted document that was given back reads it no more") {
  DocumentOwner owner;
  v1::DraftContent content = ContentTo({kWard});
  content.set_restricted(true);
  const v1::Document document = Issued(owner, content);
  const v1::Delivery entered = Entered(owner, document, kWard);
  owner.Do(&Incomings::AssignDelivery, AssignTo(owner, entered.id(), kExpertOfWard), kHeadOfWard);
  CHECK(Reads(owner, document, kExpertOfWard));
  owner.Step(&Documents::RecallDocument, kClerk, [&](auto& request) {
    request.set_document_id(document.id());
    request.set_reason("Gửi nhầm");
    request.add_delivery_ids(entered.id());
  });
  owner.Step(&Incomings::AnswerChange, kClerkOfWard, [&](auto& request) {
    request.set_delivery_id(entered.id());
    request.set_accept(true);
  });
  owner.Step(&Documents::SendDocument, kClerk, [&](auto& request) {
    request.set_document_id(document.id());
    request.add_recipients()->set_unit_id(kWard);
  });
  CHECK(Reads(owner, document, kClerkOfWard));
  CHECK_FALSE(Reads(owner, document, kExpertOfWard));
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: positions of a closed unit read nothing in the one that goes on") {
  DocumentOwner owner;
  Scheduled scheduled(owner);
  v1::DraftContent closed = ContentTo({kDepartment});
  closed.set_restricted(true);
  closed.add_readers("position/guest");
  const v1::Draft draft = Created(owner, closed, kOtherWard);
  auto plan = PlanRequest(owner, "01");
  plan.set_restricted(true);
  plan.set_official_id(std::string(kOtherWard) + "/expert");
  const std::string file = Opened(owner, plan, kOtherWard).id();
  owner.Value("UPDATE working_file SET readers = '{position/guest}' RETURNING 1");
  owner.CloseUnit(kOtherWard, {kWard});
  const std::string guest = std::string(kWard) + "/guest";
  const auto sees = [&] {
    v1::GetDraftRequest get;
    get.set_draft_id(draft.id());
    v1::GetFileRequest get_file;
    get_file.set_file_id(file);
    v1::ListDraftsRequest list;
    return owner.Try(&Drafts::GetDraft, get, guest) == kDone ||
           owner.Try(&WorkingFiles::GetFile, get_file, guest) == kDone ||
           owner.Do(&Drafts::ListDrafts, list, guest).drafts_size() > 0;
  };
  CHECK_FALSE(sees());
  scheduled.Run();
  // With its next step the draft is the successor's own.
  owner.Step(&Drafts::GiveOpinion, kHeadOfWard, [&](auto& request) {
    request.set_draft_id(draft.id());
    request.set_text("Tiếp tục");
  });
  CHECK_FALSE(sees());
}

TEST_CASE("document: normative types have a series each") {
  DocumentOwner owner;
  const auto set = [&](const std::string& code, const std::vector<std::string>& types) {
    auto request = owner.New<v1::SetSeriesRequest>();
    request.mutable_series()->set_series(code);
    request.mutable_series()->set_direction(v1::BOOK_DIRECTION_OUTGOING);
    request.mutable_series()->set_title("Sổ");
    request.mutable_series()->set_agency_abbreviation("UBND");
    for (const std::string& type : types) request.mutable_series()->add_type_codes(type);
    return owner.Try(&Books::SetSeries, request, kClerkOfDistrict);
  };
  CHECK(set("hai", {"QPPL-QĐ", "QPPL-NQ"}) == kFieldInvalid);
  CHECK(set("lan", {"QPPL-QĐ", "CT"}) == kFieldInvalid);
  CHECK(set("qd", {"QPPL-QĐ"}) == kDone);
  CHECK(set("ct", {"CT", "KH"}) == kDone);
}

TEST_CASE("document: it goes to 450 recipients; with one more than that it goes to nobody") {
  DocumentOwner owner;
  constexpr int kMax = 450;
  v1::DraftContent units = ContentTo({});
  for (int i = 1; i <= kMax; ++i) {
    const std::string unit = "H09.R" + std::to_string(i);
    owner.AddUnit(unit, directory::v1::UNIT_KIND_DEPARTMENT, "H09");
    units.add_recipients()->set_unit_id(unit);
  }
  const v1::Document issued = Issued(owner, units);
  CHECK(owner.Value("SELECT count(DISTINCT receiver_unit_id) FROM delivery") == "450");
  CHECK(owner.Value("SELECT count(*) FROM head, json_object_keys(audience::json) k"
                    " WHERE record_id = '" +
                    issued.id() + "'") == "451");  // and who sent it
  const Outcome kTooMany{grpc::INVALID_ARGUMENT, "TOO_MANY_RECIPIENTS"};
  CHECK(owner.Try(&Documents::SendDocument, SendToNamed(owner, issued, 1), kClerk) == kTooMany);
  const v1::Document sent = Issued(owner, ContentTo({kWard}));
  CHECK(owner.Try(&Documents::SendDocument, SendToNamed(owner, sent, kMax), kClerk) == kTooMany);
  CHECK(owner.Try(&Documents::SendDocument, SendToNamed(owner, sent, kMax + 1), kClerk) ==
        kFieldInvalid);
  CHECK(owner.Count("delivery") == "451");
  CHECK(owner.Events(sent.id()) == "DocumentIssued");
  CHECK(owner.Try(&Documents::SendDocument, SendToNamed(owner, sent, kMax - 1), kClerk) == kDone);
  CHECK(owner.Count("delivery") == "900");
  CHECK(DeliveriesOf(owner, sent.id(), kClerk).at("").state() == v1::DELIVERY_STATE_SENT);
  // A draft neither.
  units.add_recipients()->set_unit_id(kWard);
  auto create = owner.New<v1::CreateDraftRequest>();
  *create.mutable_content() = units;
  CHECK(owner.Try(&Drafts::CreateDraft, create, kExpert) == kFieldInvalid);
  CHECK(owner.Count("draft") == "2");
  owner.Step(&Documents::RecallDocument, kClerk, [&](auto& request) {
    request.set_document_id(issued.id());
    request.set_reason("Gửi nhầm");
  });
  CHECK(owner.Value("SELECT count(*) FROM delivery WHERE change_kind IS NOT NULL") == "450");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
