// Answers, deadlines and authorities where cases meet, through the generated stubs, on a real
// PostgreSQL.
#include "platform/journal/times.hpp"
#include "support/document_working_files.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kWardClerk = "H09.718.25747/clerk";
constexpr const char* kWardHead = "H09.718.25747/head";
constexpr const char* kWardExpert = "H09.718.25747/expert";

v1::DeliveryState Answered(DocumentOwner& owner, const std::string& delivery, bool accept) {
  return owner
      .Step(&Incomings::AnswerChange, kWardClerk,
            [&](auto& request) {
              request.set_delivery_id(delivery);
              request.set_accept(accept);
              request.set_reason("Đã xem");
            })
      .state();
}

void Recall(DocumentOwner& owner, const v1::Document& document) {
  owner.Step(&Documents::RecallDocument, ClerkOf(kDepartment), [&](auto& request) {
    request.set_document_id(document.id());
    request.set_reason("Nhầm");
  });
}

std::string Assigned(DocumentOwner& owner, const std::string& delivery, const std::string& unit,
                     const std::string& official, const std::string& by) {
  owner.Step(&Incomings::AssignDelivery, by, [&](auto& request) {
    request.set_delivery_id(delivery);
    auto* const lead = request.add_assignments();
    lead->set_unit_id(unit);
    lead->set_official_id(official);
    lead->set_role(v1::TASK_ROLE_LEAD);
  });
  return owner.Value("SELECT id::text FROM task WHERE delivery_id = '" + delivery +
                     "' ORDER BY id DESC LIMIT 1");
}

/// How often the timer told of a record.
std::string ToldOf(DocumentOwner& owner, const std::string& id) {
  return owner.Value(
      "SELECT coalesce(string_agg(event, ' ' ORDER BY id), '') FROM journal"
      " WHERE event LIKE 'Deadline%' AND record_id = '" +
      id + "'");
}

}  // namespace

TEST_CASE(
    "document: work that begins without an assignment has the day that the sender asked for") {
  DocumentOwner owner;
  Scheduled scheduled(owner);
  v1::DraftContent content = ContentTo({kWard});
  content.set_due_date("2019-07-20");
  const v1::Delivery entered = Entered(owner, Issued(owner, content), kWard);
  owner.Step(&Incomings::ProcessDelivery, kWardExpert,
             [&](auto& request) { request.set_delivery_id(entered.id()); });
  v1::GetIncomingRequest get;
  get.set_delivery_id(entered.id());
  const auto due = owner.Do(&Incomings::GetIncoming, get, kWardClerk).due();
  CHECK(due.kind() == v1::DEADLINE_KIND_HANDLING);
  CHECK(base::FormatTime(journal::ToTime(due.at())) == "2019-07-20T16:59:59.000000Z");
  owner.MoveClockTo("2019-07-21T01:00:00Z");
  scheduled.Run();
  CHECK(ToldOf(owner, entered.id()) == "DeadlinePassed");
}

TEST_CASE("document: a task's deadline that is set to what it was is told of once") {
  DocumentOwner owner;
  Scheduled scheduled(owner);
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  const std::string task = Assigned(owner, entered.id(), "", kWardExpert, kWardHead);
  const auto set = [&](const std::string& time) {
    owner.Step(&Incomings::SetTaskDeadline, kWardHead, [&](auto& request) {
      request.set_task_id(task);
      request.set_reason("Bổ sung số liệu");
      journal::SetTime(request.mutable_deadline(), base::ParseTime(time));
    });
  };
  set("2019-07-20T03:00:00Z");
  owner.MoveClockTo("2019-07-19T03:00:00Z");
  scheduled.Run();
  CHECK(ToldOf(owner, task) == "DeadlineNear");
  set("2019-07-20T03:00:00Z");
  scheduled.Run();
  CHECK(ToldOf(owner, task) == "DeadlineNear");
  set("2019-07-20T04:00:00Z");  // another moment counts anew
  owner.MoveClockTo("2019-07-20T03:30:00Z");
  scheduled.Run();
  CHECK(ToldOf(owner, task) == "DeadlineNear DeadlineNear");
}

TEST_CASE("document: recalls that are refused again and again leave the replacement waiting") {
  DocumentOwner owner;
  const v1::Document earlier = Issued(owner, ContentTo({kWard}));
  v1::DraftContent content = ContentTo({kWard});
  content.set_changed_document_id(earlier.id());
  content.set_change_kind(v1::CHANGE_KIND_REPLACE);
  const v1::Document later = Issued(owner, content);
  const std::string id = DeliveryTo(owner, later, kWard).id();
  for (int round = 0; round < 3; ++round) {
    Recall(owner, later);
    Answered(owner, id, false);
    const v1::ChangeRequest waiting = DeliveryTo(owner, later, kWard).change();
    CHECK(waiting.kind() == v1::CHANGE_KIND_REPLACE);
    CHECK(waiting.answer() == v1::CHANGE_ANSWER_PENDING);
  }
  Answered(owner, id, true);
  CHECK(DeliveryTo(owner, earlier, kWard).replaced_by_delivery_id() == id);
  // Answered, it waits no more.
  Recall(owner, later);
  Answered(owner, id, false);
  CHECK(DeliveryTo(owner, later, kWard).change().kind() == v1::CHANGE_KIND_RECALL);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: who asked is answered with a document that went there and stands") {
  DocumentOwner owner;
  const auto answer = [&](const std::string& delivery, const v1::Document& with) {
    auto request = owner.New<v1::CompleteDeliveryRequest>();
    request.set_delivery_id(delivery);
    request.set_answering_document_id(with.id());
    return owner.Try(&Incomings::CompleteDelivery, request, kWardClerk);
  };
  const Outcome none{grpc::INVALID_ARGUMENT, "NOT_AN_ANSWER"};
  const v1::Delivery first = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  CHECK(answer(first.id(), Issued(owner, ContentTo({kDistrict}), kWard)) == none);
  const v1::Document recalled = Issued(owner, ContentTo({kDepartment}), kWard);
  owner.Step(&Documents::RecallDocument, kWardClerk, [&](auto& request) {
    request.set_document_id(recalled.id());
    request.set_reason("Nhầm");
  });
  CHECK(answer(first.id(), recalled) == none);
  CHECK(answer(first.id(), Issued(owner, ContentTo({kDepartment}), kWard)) == kDone);
  // One that names it may go another way.
  const v1::Delivery second = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  v1::DraftContent naming = ContentTo({kDistrict});
  naming.add_response_for()->set_document_id(second.document_id());
  CHECK(answer(second.id(), Issued(owner, naming, kWard)) == kDone);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: an authority is given and used inside the agency alone") {
  DocumentOwner owner;
  auto grant = owner.New<v1::GrantAuthorisationRequest>();
  grant.set_to_official_id("H09.13/expert");
  grant.set_content("Ký quyết định");
  grant.set_valid_from("2019-01-01");
  grant.set_valid_to("2019-12-31");
  CHECK(owner.Try(&Drafts::GrantAuthorisation, grant, "H09.15/head") ==
        Outcome{grpc::INVALID_ARGUMENT, "OFFICIAL_NOT_OF_UNIT"});
  grant.set_request_id(owner.NewId());
  grant.set_to_official_id(kExpert);
  const std::string id = owner.Do(&Drafts::GrantAuthorisation, grant, "H09.15/head").id();
  const v1::Draft draft = Submitted(owner, ContentTo({}), kDepartment, kExpert);
  // The expert goes to another agency.
  directory::v1::Official moved;
  moved.set_id(kExpert);
  moved.set_full_name("Cán bộ expert");
  moved.add_appointments()->set_unit_id(kOtherDepartment);
  moved.mutable_appointments(0)->set_position_id("expert");
  moved.mutable_appointments(0)->mutable_starts_at()->set_seconds(1);
  owner.Publish("official", kExpert, moved);
  auto sign = owner.New<v1::SignDraftRequest>();
  sign.set_draft_id(draft.id());
  sign.set_authority(v1::SIGNING_AUTHORITY_AUTHORISED);
  sign.set_authorisation_id(id);
  v1::Draft signed_draft;
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", kExpert);
  const auto status = owner.StubOf<Drafts>("unit-H09.13").SignDraft(&context, sign, &signed_draft);
  CHECK(support::OutcomeOf(status) == Outcome{grpc::PERMISSION_DENIED, "AUTHORISATION_INVALID"});
}

TEST_CASE("document: no file on hold loses a document by what another unit does") {
  DocumentOwner owner;
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kDistrict})), kDistrict);
  const std::string task = Assigned(owner, entered.id(), kWard, "", "H09.718/head");
  const std::string file = Opened(owner, PlanRequest(owner, "01"), kWard).id();
  owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, entered.document_id()), kWardExpert);
  owner.Step(&WorkingFiles::HoldFile, kWardHead, [&](auto& request) {
    request.set_file_id(file);
    request.set_reason("Tố tụng");
  });
  auto withdraw = owner.New<v1::WithdrawTaskRequest>();
  withdraw.set_task_id(task);
  withdraw.set_reason("Thôi");
  const Outcome held{grpc::FAILED_PRECONDITION, "FILE_ON_HOLD"};
  CHECK(owner.Try(&Incomings::WithdrawTask, withdraw, "H09.718/head") == held);
  v1::GetDocumentRequest get = GetRequest(entered.document_id());
  Recall(owner, owner.Do(&Documents::GetDocument, get, ClerkOf(kDepartment)));
  auto give_back = owner.New<v1::AnswerChangeRequest>();
  give_back.set_delivery_id(entered.id());
  give_back.set_accept(true);
  CHECK(owner.Try(&Incomings::AnswerChange, give_back, "H09.718/clerk") == held);
  owner.Step(&WorkingFiles::ReleaseFile, kWardHead,
             [&](auto& request) { request.set_file_id(file); });
  withdraw.set_request_id(owner.NewId());
  CHECK(owner.Try(&Incomings::WithdrawTask, withdraw, "H09.718/head") == kDone);
  CHECK(owner.Try(&Documents::GetDocument, get, kWardHead) == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: all tasks of a delivery are found, whoever has them") {
  DocumentOwner owner;
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kDistrict})), kDistrict);
  const std::string lead = Assigned(owner, entered.id(), kWard, "", "H09.718/head");
  owner.Step(&Incomings::WithdrawTask, "H09.718/head", [&](auto& request) {
    request.set_task_id(lead);
    request.set_reason("Thôi");
  });
  const std::string again = Assigned(owner, entered.id(), kOtherWard, "", "H09.718/head");
  const v1::Delivery other = Entered(owner, Issued(owner, ContentTo({kDistrict})), kDistrict);
  Assigned(owner, other.id(), kWard, "", "H09.718/head");
  v1::ListTasksRequest list;
  list.set_delivery_id(entered.id());
  const auto found = owner.Do(&Incomings::ListTasks, list, "H09.718/clerk");
  REQUIRE(found.tasks_size() == 2);
  CHECK(found.tasks(0).id() == lead);
  CHECK(found.tasks(1).id() == again);
  CHECK(owner.Do(&Incomings::ListTasks, list, "H09.718.25750/clerk").tasks_size() == 1);
  CHECK(owner.Do(&Incomings::ListTasks, list, "H09.15/clerk").tasks_size() == 0);
}

TEST_CASE("document: what was replaced asks for no work any more, and the register says by what") {
  DocumentOwner owner;
  const v1::Document earlier = Issued(owner, ContentTo({kWard}));
  const v1::Delivery entered = Entered(owner, earlier, kWard);
  v1::DraftContent content = ContentTo({kWard});
  content.set_changed_document_id(earlier.id());
  content.set_change_kind(v1::CHANGE_KIND_REPLACE);
  const v1::Document later = Issued(owner, content);
  const auto deadlines = [&] {
    return owner.Do(&Incomings::ListDeadlines, v1::ListDeadlinesRequest(), kWardClerk).items_size();
  };
  CHECK(deadlines() == 2);
  Answered(owner, DeliveryTo(owner, later, kWard).id(), true);
  CHECK(deadlines() == 1);
  v1::ExportRegisterRequest request;
  request.set_kind(v1::REGISTER_KIND_INCOMING);
  request.set_year(2019);
  request.set_format(v1::REPORT_FORMAT_CSV);
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", kWardClerk);
  const auto reader =
      owner.StubOf<Reports>(std::string("unit-") + kWard).ExportRegister(&context, request);
  v1::ReportChunk chunk;
  std::string text;
  while (reader->Read(&chunk)) text += chunk.data();
  CHECK(text.find("Được thay thế bởi 02/QĐ-STTTT") != std::string::npos);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: signs alone are no words to look for") {
  DocumentOwner owner;
  v1::FindDocumentsRequest request;
  request.set_text("%_()&|!*:");
  CHECK(owner.Try(&Documents::FindDocuments, request, kWardClerk) == kFieldInvalid);
}

}  // namespace lienthong::document
