// What officials look for and have to do: searches, lists and who deals with what, on a real
// PostgreSQL.
#include "platform/journal/times.hpp"
#include "support/document_owner.hpp"

namespace lienthong::document {
namespace {

const std::string kWardHead = "H09.718.25747/head", kWardClerk = "H09.718.25747/clerk",
                  kWardExpert = "H09.718.25747/expert", kSecond = "H09.718.25747/second";

v1::AssignDeliveryRequest AssignWithin(DocumentOwner& owner, const std::string& delivery_id,
                                       const std::string& official,
                                       const std::string& deadline = "") {
  auto request = owner.New<v1::AssignDeliveryRequest>();
  request.set_delivery_id(delivery_id);
  request.add_assignments()->set_official_id(official);
  request.mutable_assignments(0)->set_role(v1::TASK_ROLE_LEAD);
  if (deadline.empty()) return request;
  journal::SetTime(request.mutable_deadline(), base::ParseTime(deadline));
  journal::SetTime(request.mutable_assignments(0)->mutable_deadline(), base::ParseTime(deadline));
  return request;
}

std::string TaskOf(DocumentOwner& owner, const std::string& delivery_id) {
  return owner.Value("SELECT id::text FROM task WHERE delivery_id = '" + delivery_id + "'");
}

/// The documents that a search finds, by their codes, in order.
std::string CodesFound(DocumentOwner& owner, v1::FindDocumentsRequest find,
                       const std::string& official) {
  std::string codes;
  for (;;) {
    const auto page = owner.Do(&Documents::FindDocuments, find, official);
    for (const auto& document : page.documents()) codes += document.code() + " ";
    if (page.next_page_token().empty()) return codes;
    find.set_page_token(page.next_page_token());
  }
}

}  // namespace

TEST_CASE("document: documents are found by their book and by their deadline") {
  DocumentOwner owner;
  std::vector<v1::Document> documents;
  for (const char* due : {"", "2019-08-01", "2019-09-01"}) {
    v1::DraftContent content = ContentTo({kWard});
    content.set_due_date(due);
    documents.push_back(Issued(owner, content));
  }
  Issued(owner, ContentTo({kDepartment}), kOtherDepartment);
  // The ward enters two of them and has until 20/07 for the one, 21/07 in Vietnam for the other.
  const char* deadlines[] = {"2019-07-20T03:00:00Z", "2019-07-20T18:00:00Z"};
  for (int i : {0, 1}) {
    const v1::Delivery entered = Entered(owner, documents[i], kWard);
    owner.Do(&Incomings::AssignDelivery,
             AssignWithin(owner, entered.id(), kWardExpert, deadlines[i]), kWardHead);
  }
  const auto by_book = [&](const std::string& book, const std::string& official) {
    v1::FindDocumentsRequest find;
    find.set_book_id(book);
    find.set_page_size(2);
    return CodesFound(owner, find, official);
  };
  CHECK(by_book("H09.15:2019:di", "H09.15/guest") == "03/QĐ-STTTT 02/QĐ-STTTT 01/QĐ-STTTT ");
  CHECK(by_book("H09.718.25747:2019:den", kWardExpert) == "02/QĐ-STTTT 01/QĐ-STTTT ");
  CHECK(by_book("H09.718.25747:2018:den", kWardExpert).empty());
  v1::FindDocumentsRequest foreign;
  foreign.set_book_id("H09.15:2019:di");
  CHECK(owner.Try(&Documents::FindDocuments, foreign, kWardExpert) == kNotFound);

  const auto by_deadline = [&](const std::string& from, const std::string& to,
                               const std::string& official, const std::string& book = "",
                               const std::string& text = "") {
    v1::FindDocumentsRequest find;
    find.set_deadline_from(from);
    find.set_deadline_to(to);
    find.set_book_id(book);
    find.set_text(text);
    return CodesFound(owner, find, official);
  };
  CHECK(by_deadline("2019-07-20", "2019-07-20", kWardExpert) == "01/QĐ-STTTT ");
  CHECK(by_deadline("2019-07-21", "2019-07-31", kWardExpert) == "02/QĐ-STTTT ");
  CHECK(by_deadline("", "2019-07-21", kWardExpert) == "02/QĐ-STTTT 01/QĐ-STTTT ");
  CHECK(by_deadline("2019-07-21", "", kWardExpert, "H09.718.25747:2019:den") == "02/QĐ-STTTT ");
  CHECK(by_deadline("2019-07-22", "2019-08-31", kWardExpert).empty());
  // Not assigned yet: what its sender asks for.
  CHECK(by_deadline("2019-09-01", "2019-09-01", kWardExpert) == "03/QĐ-STTTT ");
  CHECK(by_deadline("", "2019-07-21", kWardExpert, "", "kiem tra 01") == "01/QĐ-STTTT ");
  // The sender's is the day by which it asks for an answer.
  CHECK(by_deadline("2019-08-01", "2019-08-31", "H09.15/guest") == "02/QĐ-STTTT ");
  CHECK(by_deadline("2019-08-01", "", "H09.15/guest", "H09.15:2019:di") ==
        "03/QĐ-STTTT 02/QĐ-STTTT ");
  CHECK(by_deadline("2019-08-01", "", "H09.13/guest").empty());
  v1::FindDocumentsRequest wrong;
  wrong.set_deadline_from("hôm nay");
  CHECK(owner.Try(&Documents::FindDocuments, wrong, kWardExpert) == kFieldInvalid);
}

TEST_CASE("document: a leader sees what a named official has to do") {
  DocumentOwner owner;
  owner.Appoint(kWard, "second", "expert");
  for (const std::string& official : {kWardExpert, kSecond}) {
    const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
    owner.Do(&Incomings::AssignDelivery,
             AssignWithin(owner, entered.id(), official, "2019-08-20T03:00:00Z"), kWardHead);
  }
  v1::ListTasksRequest tasks;
  CHECK(owner.Do(&Incomings::ListTasks, tasks, kWardHead).tasks_size() == 2);
  tasks.set_official_id(kSecond);
  const auto of_second = owner.Do(&Incomings::ListTasks, tasks, kWardHead);
  REQUIRE(of_second.tasks_size() == 1);
  CHECK(of_second.tasks(0).assignee_official_id() == kSecond);
  v1::ListDeadlinesRequest due;
  due.set_official_id(kSecond);
  const auto items = owner.Do(&Incomings::ListDeadlines, due, kWardHead);
  REQUIRE(items.items_size() == 1);
  CHECK(items.items(0).record_id() == of_second.tasks(0).id());
  due.set_mine(true);
  CHECK(owner.Try(&Incomings::ListDeadlines, due, kWardHead) == kFieldInvalid);
  tasks.set_mine(true);
  CHECK(owner.Try(&Incomings::ListTasks, tasks, kWardHead) == kFieldInvalid);
}

TEST_CASE("document: who has the work deals with it, and it ends when the work has") {
  DocumentOwner owner;
  owner.Appoint(kWard, "second", "expert");
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  owner.Do(&Incomings::AssignDelivery, AssignWithin(owner, entered.id(), kWardExpert), kWardHead);
  const auto process = [&](const std::string& official) {
    auto request = owner.New<v1::ProcessDeliveryRequest>();
    request.set_delivery_id(entered.id());
    return owner.Try(&Incomings::ProcessDelivery, request, official);
  };
  const auto complete = [&](const std::string& official) {
    auto request = owner.New<v1::CompleteDeliveryRequest>();
    request.set_delivery_id(entered.id());
    return owner.Try(&Incomings::CompleteDelivery, request, official);
  };
  const Outcome kNotAssigned{grpc::PERMISSION_DENIED, "NOT_ASSIGNED"};
  CHECK(process(kSecond) == kNotAssigned);
  CHECK(process(kWardExpert) == kDone);
  const Outcome kTasksOpen{grpc::FAILED_PRECONDITION, "TASKS_OPEN"};
  CHECK(complete(kWardClerk) == kTasksOpen);
  FinishTask(owner, entered.id(), kWardExpert);
  // That somebody has not read what it is told of holds up nothing.
  auto inform = AssignWithin(owner, entered.id(), kSecond);
  inform.mutable_assignments(0)->set_role(v1::TASK_ROLE_INFORM);
  owner.Do(&Incomings::AssignDelivery, inform, kWardHead);
  CHECK(complete(kWardClerk) == kDone);
  CHECK(CodesOf(DeliveriesOf(owner, entered.document_id(), kWardClerk).at(kWard)) ==
        "01 03 04 05 06");
}

TEST_CASE("document: work that goes to another official takes the right to read with it") {
  DocumentOwner owner;
  owner.Appoint(kWard, "second", "expert");
  v1::DraftContent content = ContentTo({kWard});
  content.set_restricted(true);
  const v1::Document document = Issued(owner, content);
  const v1::Delivery entered = Entered(owner, document, kWard);
  owner.Do(&Incomings::AssignDelivery, AssignWithin(owner, entered.id(), kWardExpert), kWardHead);
  const auto reads = [&](const std::string& official) {
    return owner.Try(&Documents::GetDocument, GetRequest(document.id()), official) == kDone;
  };
  CHECK(reads(kWardExpert));
  CHECK_FALSE(reads(kSecond));
  const std::string task = TaskOf(owner, entered.id());
  auto hand = owner.New<v1::HandOverTaskRequest>();
  hand.set_task_id(task);
  hand.set_official_id(kSecond);
  owner.Do(&Incomings::HandOverTask, hand, kWardHead);
  CHECK_FALSE(reads(kWardExpert));
  CHECK(reads(kSecond));
  owner.Step(&Incomings::WithdrawTask, kWardHead, [&](auto& request) {
    request.set_task_id(task);
    request.set_reason("Giao nhầm");
  });
  CHECK_FALSE(reads(kSecond));
  CHECK(owner.Events(document.id() + ":" + kWard) == "ReadersSet ReadersSet ReadersSet");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: the history of a record is shown to whom the record is") {
  DocumentOwner owner;
  owner.Appoint(kDepartment, "second", "expert");
  const auto history = [&](const std::string& type, const std::string& id,
                           const std::string& official) {
    lienthong::journal::v1::ListRecordHistoryRequest request;
    request.set_record_type(type);
    request.set_record_id(id);
    lienthong::journal::v1::ListRecordHistoryResponse answer;
    lienthong::journal::v1::JournalService::Stub stub(
        owner.Channel("unit-" + official.substr(0, official.find('/'))));
    return support::CallAs(stub, &lienthong::journal::v1::JournalService::Stub::ListRecordHistory,
                           request, &answer, official) == kDone
               ? answer.changes(0).state()
               : "";
  };
  v1::DraftContent closed = ContentTo({kWard});
  closed.set_restricted(true);
  const v1::Draft draft = Created(owner, closed);
  CHECK(history("draft", draft.id(), "H09.15/expert").find("văn thư") != std::string::npos);
  CHECK(history("draft", draft.id(), "H09.15/second").empty());
  CHECK(history("draft", draft.id(), "H09.13/head").empty());
  const v1::Document document = Issued(owner, closed);
  CHECK(history("document", document.id(), "H09.15/head").find("văn thư") != std::string::npos);
  CHECK(history("document", document.id(), "H09.15/second").empty());
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  CHECK_FALSE(history("incoming", entered.id(), kWardHead).empty());
  CHECK(history("incoming", entered.id(), "H09.15/head").empty());
  // The sender reads of a delivery what its view has.
  owner.Do(&Incomings::AssignDelivery,
           AssignWithin(owner, entered.id(), kWardExpert, "2019-08-20T03:00:00Z"), kWardHead);
  CHECK(history("delivery", entered.id(), kWardHead).find("2019-08-20") != std::string::npos);
  const std::string of_sender = history("delivery", entered.id(), "H09.15/head");
  CHECK_FALSE(of_sender.empty());
  CHECK(of_sender.find("2019-08-20") == std::string::npos);
}

TEST_CASE("document: office hours are those that are valid on each day") {
  DocumentOwner owner;
  const auto due_of = [&] {
    v1::GetIncomingRequest get;
    get.set_delivery_id(DeliveryTo(owner, Issued(owner, ContentTo({kWard})), kWard).id());
    return journal::ToTime(owner.Do(&Incomings::GetIncoming, get, kWardClerk).due().at());
  };
  owner.MoveClockTo("2019-07-10T02:00:00Z");
  const base::Time usual = due_of();  // the end of office hours of the same day
  CHECK(base::FormatTime(usual) == "2019-07-10T10:00:00.000000Z");
  owner.Value("UPDATE office_hours SET valid_to = '2019-07-10' RETURNING 1");
  owner.Value(
      "INSERT INTO office_hours (starts, ends, valid_from)"
      " VALUES ('07:00', '11:00', '2019-07-11'), ('13:00', '16:00', '2019-07-11') RETURNING 1");
  CHECK(due_of() == usual);
  // Presented by the end of the next working day.
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  v1::GetIncomingRequest get;
  get.set_delivery_id(entered.id());
  const auto due = owner.Do(&Incomings::GetIncoming, get, kWardClerk).due();
  CHECK(due.kind() == v1::DEADLINE_KIND_PRESENTATION);
  CHECK(base::FormatTime(journal::ToTime(due.at())) == "2019-07-11T09:00:00.000000Z");
  owner.MoveClockTo("2019-07-11T02:00:00Z");
  CHECK(base::FormatTime(due_of()) == "2019-07-11T09:00:00.000000Z");
}

TEST_CASE("document: who gave a document back may get it again") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard, kOtherWard}));
  const auto send = [&] {
    auto request = owner.New<v1::SendDocumentRequest>();
    request.set_document_id(document.id());
    request.add_recipients()->set_unit_id(kWard);
    return owner.Try(&Documents::SendDocument, request, "H09.15/clerk");
  };
  CHECK(send() == Outcome{grpc::ALREADY_EXISTS, "ALREADY_SENT"});
  const std::string first = DeliveryTo(owner, document, kWard).id();
  owner.Step(&Documents::RecallDocument, "H09.15/clerk", [&](auto& request) {
    request.set_document_id(document.id());
    request.set_reason("Gửi nhầm");
    request.add_delivery_ids(first);
  });
  owner.Step(&Incomings::AnswerChange, kWardClerk, [&](auto& request) {
    request.set_delivery_id(first);
    request.set_accept(true);
  });
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718.25750");
  CHECK(send() == kDone);
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718.25747 H09.718.25750");
  CHECK(send() == Outcome{grpc::ALREADY_EXISTS, "ALREADY_SENT"});
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "document: the history of a shared document names the officials of the own agency alone") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard, kOtherWard}));
  owner.Step(&Documents::RecallDocument, "H09.15/clerk", [&](auto& request) {
    request.set_document_id(document.id());
    request.set_reason("Nhầm");
  });
  owner.Step(&Incomings::AnswerChange, "H09.718.25750/clerk", [&](auto& request) {
    request.set_delivery_id(DeliveryTo(owner, document, kOtherWard).id());
    request.set_accept(true);
  });
  const auto seen_by = [&](const std::string& official) {
    lienthong::journal::v1::ListRecordHistoryRequest request;
    request.set_record_type("document");
    request.set_record_id(document.id());
    lienthong::journal::v1::ListRecordHistoryResponse answer;
    lienthong::journal::v1::JournalService::Stub stub(
        owner.Channel("unit-" + official.substr(0, official.find('/'))));
    REQUIRE(support::CallAs(stub, &lienthong::journal::v1::JournalService::Stub::ListRecordHistory,
                            request, &answer, official) == kDone);
    std::string events;
    for (const auto& change : answer.changes()) {
      events += change.event() + "=" + change.official_id() + change.unit() + change.system() + " ";
    }
    return events;
  };
  CHECK(seen_by("H09.15/head") ==
        "DocumentRecalled=H09.15/clerkH09.15unit-H09.15"
        " DocumentIssued=H09.15/clerkH09.15unit-H09.15 ");
  CHECK(seen_by(kWardHead) == "DocumentRecalled= DocumentIssued= ");
}

TEST_CASE("document: a search finds what there is, month by month, page by page") {
  DocumentOwner owner;
  // Two documents a month over a year, of which every third one has the word; and none for a while.
  std::vector<std::string> dates;
  for (int i = 0; i < 24; ++i) {
    const int month = 7 + i / 2;
    const std::string date = (month > 12 ? "2018-" : "2017-") +
                             std::to_string(100 + (month > 12 ? month - 12 : month)).substr(1) +
                             (i % 2 == 0 ? "-10" : "-20");
    const bool has_word = i % 3 == 0;
    owner.Step(&Incomings::RegisterIncoming, kWardClerk, [&](auto& request) {
      request.set_sender_name("Bộ Nội vụ");
      request.set_code(std::to_string(i) + "/BNV");
      request.set_document_date(date);
      request.mutable_type()->set_name("Công văn");
      request.set_subject(has_word ? "Tuyển dụng viên chức" : "Việc khác");
    });
    if (has_word) dates.insert(dates.begin(), date);
  }
  const auto found = [&](int page_size, const std::string& from, const std::string& to) {
    v1::FindDocumentsRequest request;
    request.set_text("tuyen dung");
    request.set_page_size(page_size);
    request.set_date_from(from);
    request.set_date_to(to);
    std::vector<std::string> all;
    do {
      const auto page = owner.Do(&Documents::FindDocuments, request, kWardClerk);
      CHECK(page.documents_size() <= page_size);
      for (const auto& document : page.documents()) all.push_back(document.document_date());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return all;
  };
  for (const int page_size : {1, 2, 3, 20}) {
    INFO(page_size);
    CHECK(found(page_size, "", "") == dates);
    const std::vector<std::string> middle = found(page_size, "2017-09-01", "2018-02-28");
    CHECK(middle ==
          std::vector<std::string>{"2018-02-20", "2018-01-10", "2017-11-20", "2017-10-10"});
    CHECK(found(page_size, "2019-01-01", "").empty());
  }
}

}  // namespace lienthong::document
