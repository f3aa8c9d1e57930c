// Documents and their deliveries through the generated stubs, on a real PostgreSQL.
#include <future>

#include "support/document_owner.hpp"

namespace lienthong::document {
namespace {

const Outcome kDeliveryState{grpc::FAILED_PRECONDITION, "DELIVERY_STATE"};

v1::Delivery Refused(DocumentOwner& owner, const v1::Document& document, const std::string& unit) {
  return owner.Step(&Incomings::RefuseDelivery, ClerkOf(unit), [&](auto& request) {
    request.set_delivery_id(DeliveryTo(owner, document, unit).id());
    request.set_reason("Gửi nhầm đơn vị");
  });
}

v1::AssignDeliveryRequest AssignRequest(DocumentOwner& owner, const std::string& delivery_id,
                                        const std::string& official) {
  auto request = owner.New<v1::AssignDeliveryRequest>();
  request.set_delivery_id(delivery_id);
  request.set_opinion("Giao chuyên viên xử lý");
  auto* const lead = request.add_assignments();
  lead->set_official_id(official);
  lead->set_role(v1::TASK_ROLE_LEAD);
  lead->set_instruction("Báo cáo trước thứ sáu");
  return request;
}

v1::CompleteDeliveryRequest CompleteRequest(DocumentOwner& owner, const std::string& delivery_id) {
  auto request = owner.New<v1::CompleteDeliveryRequest>();
  request.set_delivery_id(delivery_id);
  return request;
}

v1::RecallDocumentRequest RecallRequest(DocumentOwner& owner, const v1::Document& document) {
  auto request = owner.New<v1::RecallDocumentRequest>();
  request.set_document_id(document.id());
  request.set_reason("Sai số liệu");
  return request;
}

v1::AnswerChangeRequest AnswerRequest(DocumentOwner& owner, const std::string& delivery_id,
                                      bool accept) {
  auto request = owner.New<v1::AnswerChangeRequest>();
  request.set_delivery_id(delivery_id);
  request.set_accept(accept);
  request.set_reason("Đã triển khai");
  return request;
}

}  // namespace

TEST_CASE("document: a receiver enters, assigns, works on and answers a document") {
  DocumentOwner owner;
  const std::string ward = kWard;
  const v1::Document document = Issued(owner, ContentTo({kWard, kOtherWard}));
  const v1::Delivery arrived = DeliveryTo(owner, document, kWard);
  CHECK(arrived.state() == v1::DELIVERY_STATE_ARRIVED);
  CHECK(CodesOf(arrived) == "01");
  CHECK(owner.SeenBy(arrived.id()) == "H09.15 H09.718.25747");

  const v1::Delivery entered = Entered(owner, document, kWard);
  CHECK(entered.arrival_code() == "01");
  CHECK(entered.arrival_date() == "2019-07-10");
  const v1::Delivery assigned =
      owner.Do(&Incomings::AssignDelivery, AssignRequest(owner, entered.id(), ward + "/expert"),
               ward + "/head");
  CHECK(assigned.state() == v1::DELIVERY_STATE_ASSIGNED);

  v1::GetIncomingRequest get;
  get.set_delivery_id(entered.id());
  const v1::IncomingDocument incoming = owner.Do(&Incomings::GetIncoming, get, ward + "/guest");
  CHECK(incoming.incoming().opinion() == "Giao chuyên viên xử lý");
  CHECK(incoming.document().subject() == document.subject());
  REQUIRE(incoming.tasks_size() == 1);
  const std::string task = incoming.tasks(0).id();
  CHECK(owner.SeenBy(task) == kWard);

  owner.Step(&Incomings::StartTask, ward + "/expert",
             [&](auto& request) { request.set_task_id(task); });
  CHECK(DeliveryTo(owner, document, kWard).state() == v1::DELIVERY_STATE_PROCESSING);
  owner.Step(&Incomings::ReportTask, ward + "/expert", [&](auto& request) {
    request.set_task_id(task);
    request.set_text("Đã tổng hợp");
  });
  owner.Step(&Incomings::CompleteTask, ward + "/expert",
             [&](auto& request) { request.set_task_id(task); });

  const v1::Document answer = Issued(owner, ContentTo({kDepartment}), kWard);
  auto complete = CompleteRequest(owner, entered.id());
  complete.set_answering_document_id(answer.id());
  const v1::Delivery completed = owner.Do(&Incomings::CompleteDelivery, complete, ClerkOf(ward));
  CHECK(CodesOf(completed) == "01 03 04 05 06");
  CHECK(completed.steps(2).official_id() == ward + "/head");

  // The sender sees where it is, and nothing of how it was handled.
  const auto seen = DeliveriesOf(owner, document.id(), ClerkOf(kDepartment));
  CHECK(seen.size() == 2);
  CHECK(CodesOf(seen.at(kWard)) == "01 03 04 05 06");
  CHECK(seen.at(kWard).arrival_code() == "01");
  CHECK(seen.at(kWard).answering_code() == "01/QĐ-UBND");
  for (const auto& step : seen.at(kWard).steps()) CHECK(step.official_id().empty());
  CHECK(CodesOf(seen.at(kOtherWard)) == "01");
  // Of the delivery, and of the arrival that has the same id.
  CHECK(owner.Events(entered.id()) ==
        "DocumentSent DeliveryEntered ArrivalEntered DeliveryAssigned OpinionGiven"
        " DeliveryProcessed DeliveryCompleted");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: no state is skipped, and none comes twice") {
  DocumentOwner owner;
  const std::string ward = kWard;
  const v1::Document document = Issued(owner, ContentTo({kWard, kOtherWard}));
  const std::string id = DeliveryTo(owner, document, kWard).id();
  CHECK(owner.Try(&Incomings::AssignDelivery, AssignRequest(owner, id, ward + "/expert"),
                  ward + "/head") == kDeliveryState);
  CHECK(owner.Try(&Incomings::CompleteDelivery, CompleteRequest(owner, id), ClerkOf(ward)) ==
        kDeliveryState);
  auto process = owner.New<v1::ProcessDeliveryRequest>();
  process.set_delivery_id(id);
  CHECK(owner.Try(&Incomings::ProcessDelivery, process, ward + "/expert") == kDeliveryState);

  Entered(owner, document, kWard);
  auto enter = owner.New<v1::EnterDeliveryRequest>();
  enter.set_delivery_id(id);
  CHECK(owner.Try(&Incomings::EnterDelivery, enter, ClerkOf(ward)) == kDeliveryState);
  auto refuse = owner.New<v1::RefuseDeliveryRequest>();
  refuse.set_delivery_id(id);
  refuse.set_reason("Muộn");
  CHECK(owner.Try(&Incomings::RefuseDelivery, refuse, ClerkOf(ward)) == kDeliveryState);
  CHECK(owner.Value("SELECT last_number FROM book WHERE series = 'den'") == "1");

  const v1::Delivery refused = Refused(owner, document, kOtherWard);
  CHECK(refused.refusal_reason() == "Gửi nhầm đơn vị");
  enter.set_request_id(owner.NewId());
  enter.set_delivery_id(refused.id());
  CHECK(owner.Try(&Incomings::EnterDelivery, enter, ClerkOf(kOtherWard)) == kDeliveryState);
}

TEST_CASE("document: two clerks who enter a delivery at once use up one number") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  const std::string id = DeliveryTo(owner, document, kWard).id();
  const auto enter = [&] {
    auto request = owner.New<v1::EnterDeliveryRequest>();
    request.set_delivery_id(id);
    return owner.Try(&Incomings::EnterDelivery, request, ClerkOf(kWard));
  };
  auto first = std::async(std::launch::async, enter);
  const Outcome second = enter();
  CHECK((first.get() == kDone) != (second == kDone));
  CHECK(owner.Value("SELECT last_number FROM book WHERE series = 'den'") == "1");
  CHECK(owner.Count("incoming") == "1");
}

TEST_CASE("document: who is not a receiver finds nothing, nor does the unit above one") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  const v1::Delivery delivery = DeliveryTo(owner, document, kWard);
  for (const std::string unit : {kOtherWard, kDistrict, kOtherDepartment}) {
    CHECK(owner.Try(&Documents::GetDocument, GetRequest(document.id()), ClerkOf(unit)) ==
          kNotFound);
    auto enter = owner.New<v1::EnterDeliveryRequest>();
    enter.set_delivery_id(delivery.id());
    CHECK(owner.Try(&Incomings::EnterDelivery, enter, ClerkOf(unit)) == kNotFound);
    v1::FindDocumentsRequest find;
    CHECK(owner.Do(&Documents::FindDocuments, find, ClerkOf(unit)).documents_size() == 0);
  }
  // A receiver does not see the other receivers, and does not act as the sender.
  CHECK(owner.Try(&Documents::RecallDocument, RecallRequest(owner, document), ClerkOf(kWard)) ==
        kNotFound);
}

TEST_CASE("document: closed and unknown units are no recipients, nor signed for") {
  DocumentOwner owner;
  const Outcome kUnknown{grpc::INVALID_ARGUMENT, "UNIT_UNKNOWN"};
  const Outcome kClosed{grpc::INVALID_ARGUMENT, "UNIT_CLOSED"};
  const auto submit = [&](const std::string& unit) {
    auto request = owner.New<v1::SubmitDraftRequest>();
    request.set_draft_id(Created(owner, ContentTo({unit})).id());
    request.set_official_id("H09.15/head");
    return owner.Try(&Drafts::SubmitDraft, request, "H09.15/expert");
  };
  CHECK(submit("H09.999") == kUnknown);
  CHECK(submit(kDepartment) == kFieldInvalid);
  auto issue = owner.New<v1::IssueDocumentRequest>();
  issue.set_draft_id(Signed(owner, ContentTo({kOtherWard})).id());
  owner.CloseUnit(kOtherWard, {kWard});
  CHECK(submit(kOtherWard) == kClosed);
  CHECK(owner.Try(&Documents::IssueDocument, issue, ClerkOf(kDepartment)) == kClosed);
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  auto send = owner.New<v1::SendDocumentRequest>();
  send.set_document_id(document.id());
  send.add_recipients()->set_unit_id("H09.999");
  CHECK(owner.Try(&Documents::SendDocument, send, ClerkOf(kDepartment)) == kUnknown);
  CHECK(owner.Count("document") == "1");
  CHECK(owner.Count("book_number") == "1");
}

TEST_CASE("document: a recall reaches who agrees; who refuses or is silent keeps the document") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard, kOtherWard, kOtherDepartment}));
  const std::string given_back = DeliveryTo(owner, document, kWard).id();
  const std::string kept = DeliveryTo(owner, document, kOtherWard).id();
  const v1::Document recalled =
      owner.Do(&Documents::RecallDocument, RecallRequest(owner, document), ClerkOf(kDepartment));
  CHECK(recalled.state() == v1::DOCUMENT_STATE_RECALLED);

  const auto accept = AnswerRequest(owner, given_back, true);
  const v1::Delivery accepted = owner.Do(&Incomings::AnswerChange, accept, ClerkOf(kWard));
  CHECK(accepted.state() == v1::DELIVERY_STATE_RECALLED);
  CHECK(CodesOf(accepted) == "01 13 15");
  const v1::Delivery refused =
      owner.Do(&Incomings::AnswerChange, AnswerRequest(owner, kept, false), ClerkOf(kOtherWard));
  CHECK(refused.state() == v1::DELIVERY_STATE_ARRIVED);
  CHECK(CodesOf(refused) == "01 13 16");

  CHECK(owner.SeenBy(document.id()) == "H09.13 H09.15 H09.718.25750");
  CHECK(owner.Try(&Documents::GetDocument, GetRequest(document.id()), ClerkOf(kWard)) == kNotFound);
  CHECK(owner.Do(&Documents::GetDocument, GetRequest(document.id()), ClerkOf(kOtherDepartment))
            .subject() == document.subject());
  // A repeat of the answer gets the same answer, though the document is gone.
  CHECK(MessageDifferencer::Equals(owner.Do(&Incomings::AnswerChange, accept, ClerkOf(kWard)),
                                   accepted));
  CHECK(owner.Try(&Incomings::AnswerChange, AnswerRequest(owner, kept, true),
                  ClerkOf(kOtherWard)) == Outcome{grpc::FAILED_PRECONDITION, "NOTHING_TO_ANSWER"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: what was dealt with is not recalled any more") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard, kOtherWard}));
  const v1::Delivery entered = Entered(owner, document, kWard);
  owner.Do(&Incomings::CompleteDelivery, CompleteRequest(owner, entered.id()), ClerkOf(kWard));
  auto named = RecallRequest(owner, document);
  named.add_delivery_ids(entered.id());
  const Outcome kTooLate{grpc::FAILED_PRECONDITION, "RECALL_TOO_LATE"};
  CHECK(owner.Try(&Documents::RecallDocument, named, ClerkOf(kDepartment)) == kTooLate);
  owner.Do(&Documents::RecallDocument, RecallRequest(owner, document), ClerkOf(kDepartment));
  CHECK_FALSE(DeliveryTo(owner, document, kWard).has_change());
  CHECK(DeliveryTo(owner, document, kOtherWard).change().answer() == v1::CHANGE_ANSWER_PENDING);
  CHECK(owner.Try(&Documents::RecallDocument, RecallRequest(owner, document),
                  ClerkOf(kDepartment)) == kTooLate);
}

TEST_CASE("document: a document replaces an earlier one for who accepts it") {
  DocumentOwner owner;
  const v1::Document earlier = Issued(owner, ContentTo({kWard, kOtherWard}));
  v1::DraftContent content = ContentTo({kWard, kOtherWard});
  content.set_changed_document_id(earlier.id());
  content.set_change_kind(v1::CHANGE_KIND_REPLACE);
  const v1::Document later = Issued(owner, content);
  CHECK(later.changed_document_id() == earlier.id());
  const v1::Delivery accepted =
      owner.Do(&Incomings::AnswerChange,
               AnswerRequest(owner, DeliveryTo(owner, later, kWard).id(), true), ClerkOf(kWard));
  owner.Do(&Incomings::AnswerChange,
           AnswerRequest(owner, DeliveryTo(owner, later, kOtherWard).id(), false),
           ClerkOf(kOtherWard));
  CHECK(DeliveryTo(owner, earlier, kWard).replaced_by_delivery_id() == accepted.id());
  CHECK_FALSE(DeliveryTo(owner, earlier, kOtherWard).has_replaced_by_delivery_id());
  // What was issued is as it was.
  CHECK(MessageDifferencer::Equals(
      owner.Do(&Documents::GetDocument, GetRequest(earlier.id()), ClerkOf(kWard)), earlier));
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a recall that is refused lets the replacement wait for its answer again") {
  DocumentOwner owner;
  const v1::Document earlier = Issued(owner, ContentTo({kWard}));
  v1::DraftContent content = ContentTo({kWard});
  content.set_changed_document_id(earlier.id());
  content.set_change_kind(v1::CHANGE_KIND_REPLACE);
  const v1::Document later = Issued(owner, content);
  const std::string id = DeliveryTo(owner, later, kWard).id();
  owner.Do(&Documents::RecallDocument, RecallRequest(owner, later), ClerkOf(kDepartment));
  CHECK(owner.Do(&Incomings::AnswerChange, AnswerRequest(owner, id, false), ClerkOf(kWard))
            .change()
            .kind() == v1::CHANGE_KIND_REPLACE);
  owner.Do(&Incomings::AnswerChange, AnswerRequest(owner, id, true), ClerkOf(kWard));
  CHECK(DeliveryTo(owner, earlier, kWard).replaced_by_delivery_id() == id);
  // Given back after all, it replaces nothing.
  owner.Do(&Documents::RecallDocument, RecallRequest(owner, later), ClerkOf(kDepartment));
  owner.Do(&Incomings::AnswerChange, AnswerRequest(owner, id, true), ClerkOf(kWard));
  CHECK_FALSE(DeliveryTo(owner, earlier, kWard).has_replaced_by_delivery_id());
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: it is sent on to further units, to each once") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  auto send = owner.New<v1::SendDocumentRequest>();
  send.set_document_id(document.id());
  send.add_recipients()->set_unit_id(kOtherWard);
  v1::Recipient* const outside = send.add_recipients();
  outside->set_organ_id("000.00.00.G22");
  outside->set_name("Văn phòng Chính phủ");
  owner.Do(&Documents::SendDocument, send, ClerkOf(kDepartment));
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718.25747 H09.718.25750");
  const auto deliveries = DeliveriesOf(owner, document.id(), ClerkOf(kDepartment));
  CHECK(deliveries.at("").state() == v1::DELIVERY_STATE_SENT);
  send.set_request_id(owner.NewId());
  CHECK(owner.Try(&Documents::SendDocument, send, ClerkOf(kDepartment)) ==
        Outcome{grpc::ALREADY_EXISTS, "ALREADY_SENT"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: paper from outside gets a number of arrival, and once") {
  DocumentOwner owner;
  Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  auto paper = owner.New<v1::RegisterIncomingRequest>();
  paper.set_sender_name("Bộ Nội vụ");
  paper.set_code("1234/BNV-CCVC");
  paper.set_document_date("2019-07-01");
  paper.mutable_type()->set_name("Công văn");
  paper.set_subject("Về việc rà soát biên chế");
  const v1::Delivery registered = owner.Do(&Incomings::RegisterIncoming, paper, ClerkOf(kWard));
  CHECK(registered.arrival_code() == "02");
  CHECK(CodesOf(registered) == "01 03");
  CHECK(owner.SeenBy(registered.document_id()) == kWard);
  paper.set_request_id(owner.NewId());
  CHECK(owner.Try(&Incomings::RegisterIncoming, paper, ClerkOf(kWard)) ==
        Outcome{grpc::ALREADY_EXISTS, "ALREADY_REGISTERED"});
  CHECK(owner.Value("SELECT last_number FROM book WHERE series = 'den'") == "2");
  CHECK(owner.Try(&Incomings::RegisterIncoming, paper, ClerkOf(kOtherWard)) == kDone);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a task is given to a unit below, which then sees the document") {
  DocumentOwner owner;
  const std::string district = kDistrict;
  const v1::Document document = Issued(owner, ContentTo({kDistrict}));
  const v1::Delivery entered = Entered(owner, document, kDistrict);
  auto assign = AssignRequest(owner, entered.id(), district + "/expert");
  auto* const ward = assign.add_assignments();
  ward->set_unit_id(kWard);
  ward->set_role(v1::TASK_ROLE_COORDINATE);
  owner.Do(&Incomings::AssignDelivery, assign, district + "/head");
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718 H09.718.25747");
  CHECK(owner.Do(&Documents::GetDocument, GetRequest(document.id()), ClerkOf(kWard)).id() ==
        document.id());

  v1::ListTasksRequest list;
  list.set_open(true);
  const auto tasks = owner.Do(&Incomings::ListTasks, list, ClerkOf(kWard));
  REQUIRE(tasks.tasks_size() == 1);
  CHECK(owner.SeenBy(tasks.tasks(0).id()) == "H09.718 H09.718.25747");
  auto start = owner.New<v1::StartTaskRequest>();
  start.set_task_id(tasks.tasks(0).id());
  CHECK(owner.Try(&Incomings::StartTask, start, district + "/expert") ==
        Outcome{grpc::PERMISSION_DENIED, "NOT_ASSIGNED"});
  CHECK(owner.Try(&Incomings::StartTask, start, std::string(kOtherWard) + "/expert") == kNotFound);

  owner.Step(&Incomings::WithdrawTask, district + "/head", [&](auto& request) {
    request.set_task_id(tasks.tasks(0).id());
    request.set_reason("Không cần phối hợp");
  });
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718");

  // Upwards, sideways, or to somebody of another unit: no.
  assign.set_request_id(owner.NewId());
  assign.mutable_assignments()->erase(assign.assignments().begin());
  assign.mutable_assignments(0)->set_unit_id(kDepartment);
  CHECK(owner.Try(&Incomings::AssignDelivery, assign, district + "/head") ==
        Outcome{grpc::INVALID_ARGUMENT, "UNIT_NOT_BELOW"});
  assign.mutable_assignments(0)->clear_unit_id();
  assign.mutable_assignments(0)->set_official_id(std::string(kWard) + "/expert");
  CHECK(owner.Try(&Incomings::AssignDelivery, assign, district + "/head") ==
        Outcome{grpc::INVALID_ARGUMENT, "OFFICIAL_NOT_OF_UNIT"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a task is handed over within the unit") {
  DocumentOwner owner;
  const std::string ward = kWard;
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  owner.Do(&Incomings::AssignDelivery, AssignRequest(owner, entered.id(), ward + "/expert"),
           ward + "/head");
  v1::ListTasksRequest mine;
  mine.set_mine(true);
  const std::string task = owner.Do(&Incomings::ListTasks, mine, ward + "/expert").tasks(0).id();
  auto hand_over = owner.New<v1::HandOverTaskRequest>();
  hand_over.set_task_id(task);
  hand_over.set_official_id(ward + "/clerk");
  CHECK(owner.Try(&Incomings::HandOverTask, hand_over, ward + "/clerk") ==
        Outcome{grpc::PERMISSION_DENIED, "NOT_ASSIGNED"});
  owner.Do(&Incomings::HandOverTask, hand_over, ward + "/deputy");  // a leader of the unit
  CHECK(owner.Do(&Incomings::ListTasks, mine, ward + "/clerk").tasks_size() == 1);
  CHECK(owner.Do(&Incomings::ListTasks, mine, ward + "/expert").tasks_size() == 0);
}

}  // namespace lienthong::document
