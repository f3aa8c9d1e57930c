// What the reorganisation of 2025 does to documents: units and successors are those of the
// province's data (deploy/provinces/binh-duong), on a real PostgreSQL.
#include "document/schedule.hpp"
#include "platform/journal/times.hpp"
#include "support/document_working_files.hpp"
#include "support/province_files.hpp"

namespace lienthong::document {
namespace {

const std::string kSender = "H09.15";

using support::RowOf, support::Rows;

/// Everything a unit may have open: a document to handle with a task, a draft, a file.
struct Work {
  Work(DocumentOwner& owner, const std::string& unit)
      : unit(unit),
        got(Issued(owner, ContentTo({unit}), kSender)),
        sent(Issued(owner, ContentTo({kSender}), unit)) {
    const v1::Delivery entered = Entered(owner, got, unit);
    delivery = entered.id();
    auto assign = owner.New<v1::AssignDeliveryRequest>();
    assign.set_delivery_id(delivery);
    auto* const lead = assign.add_assignments();
    lead->set_official_id(unit + "/expert");
    lead->set_role(v1::TASK_ROLE_LEAD);
    journal::SetTime(lead->mutable_deadline(), base::ParseTime(kDeadline));
    owner.Do(&Incomings::AssignDelivery, assign, unit + "/head");
    task = owner.Value("SELECT id::text FROM task WHERE delivery_id = '" + delivery + "'");
    draft = Created(owner, ContentTo({kSender}), unit).id();
    file = Opened(owner, PlanRequest(owner, "01"), unit).id();
    owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, sent.id()), unit + "/expert");
  }

  static constexpr const char* kDeadline = "2019-08-20T03:00:00Z";
  std::string unit;
  v1::Document got, sent;
  std::string delivery, task, draft, file;
};

/// Units of the province as they were before, each with its work.
struct Province {
  Province(const std::vector<std::string>& closing, const std::vector<std::string>& successors)
      : owner(Listed(closing) + Listed(successors)), scheduled(owner) {}

  static std::string Listed(const std::vector<std::string>& units) {
    std::string list;
    for (const std::string& unit : units) list += ", " + unit;
    return list;
  }
  void Add(const std::string& code, directory::v1::UnitKind kind, const std::string& parent,
           const std::string& gso_code, const std::string& name, const std::string& abbreviation) {
    owner.AddUnit(code, kind, parent, gso_code, "", name);
    owner.Staff(code, abbreviation);
  }
  std::string LeftBehind(const std::string& unit) {
    std::set<std::string> items;
    const auto answer =
        owner.Do(&Incomings::ListLeftBehind, v1::ListLeftBehindRequest(), unit + "/head");
    for (const auto& item : answer.items())
      items.insert(item.record_type() + ":" + item.record_id());
    std::string text;
    for (const std::string& item : items) text += item + " ";
    return text;
  }
  /// The work is the successor's, as it was.
  void CheckMoved(const Work& work, const std::string& successor, const std::string& old_name) {
    const std::string clerk = successor + "/clerk";
    const auto delivery = DeliveriesOf(owner, work.got.id(), clerk).at(work.unit);
    CHECK(delivery.holder_unit_id() == successor);
    CHECK(delivery.receiver_name() == old_name);
    v1::ListTasksRequest open;
    open.set_open(true);
    const auto tasks = owner.Do(&Incomings::ListTasks, open, successor + "/head");
    const auto task = std::find_if(tasks.tasks().begin(), tasks.tasks().end(),
                                   [&](const v1::Task& one) { return one.id() == work.task; });
    REQUIRE(task != tasks.tasks().end());
    CHECK(task->deadline().seconds() ==
          base::ParseTime(Work::kDeadline).time_since_epoch().count() / 1'000'000);
    CHECK(FileOf(owner, work.file, clerk).unit_id() == successor);
    CHECK(owner.SeenBy(work.file + ":" + work.sent.id()) == successor);
    v1::GetDraftRequest draft;
    draft.set_draft_id(work.draft);
    CHECK(owner.Do(&Drafts::GetDraft, draft, successor + "/expert").id() == work.draft);
    // What was issued keeps the old name.
    CHECK(owner.Do(&Documents::GetDocument, GetRequest(work.sent.id()), clerk).sender_name() ==
          old_name);
  }

  DocumentOwner owner;
  Scheduled scheduled;
};

/// Lines of a register of a closed unit, as an official of another one reads it.
std::string RegisterOf(DocumentOwner& owner, const std::string& unit, v1::RegisterKind kind,
                       const std::string& official) {
  v1::ExportRegisterRequest request;
  request.set_kind(kind);
  request.set_year(2019);
  request.set_unit_id(unit);
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  const auto reader = owner.StubOf<Reports>("unit-" + official.substr(0, official.find('/')))
                          .ExportRegister(&context, request);
  v1::ReportChunk chunk;
  std::string text;
  while (reader->Read(&chunk)) text += chunk.data();
  const Outcome outcome = support::OutcomeOf(reader->Finish());
  return outcome == kDone ? text : outcome == kNotFound ? "not found" : "failed";
}

}  // namespace

TEST_CASE("2025: departments that are merged leave their work to the new one") {
  const std::string new_name = "Sở Nông nghiệp và Môi trường", successor = "H09.NNMT";
  std::map<std::string, std::string> old;
  for (const auto& row : Rows("reorganisation_2025.csv")) {
    if (row.at(1) == new_name) old[RowOf("agencies.csv", 1, row.at(0)).at(0)] = row.at(0);
  }
  REQUIRE(old.size() == 2);
  Province province({old.begin()->first, old.rbegin()->first}, {successor});
  DocumentOwner& owner = province.owner;
  std::vector<Work> works;
  for (const auto& [code, name] : old) {
    province.Add(code, directory::v1::UNIT_KIND_DEPARTMENT, "H09", "", name, "SOCU");
    works.emplace_back(owner, code);
  }
  province.Add(successor, directory::v1::UNIT_KIND_DEPARTMENT, "H09", "", new_name, "SNNMT");
  for (const auto& [code, name] : old) owner.CloseUnit(code, {successor});
  province.scheduled.Run();
  for (const Work& work : works) province.CheckMoved(work, successor, old.at(work.unit));
  // Reports and lists of books go over what it continues.
  v1::GetStatusReportRequest report;
  report.set_direction(v1::BOOK_DIRECTION_INCOMING);
  report.set_date_from("2019-01-01");
  report.set_date_to("2019-12-31");
  std::int64_t arrived = 0;
  const auto counts = owner.Do(&Reports::GetStatusReport, report, successor + "/clerk").counts();
  for (const auto& count : counts) arrived += count.count();
  CHECK(arrived == 2);
  v1::ListBooksRequest books;
  CHECK(owner.Do(&Books::ListBooks, books, successor + "/clerk").books_size() == 4);
  // New books start; both old ones stay as they were.
  CHECK(Issued(owner, ContentTo({kSender}), successor).code() == "01/QĐ-SNNMT");
  for (const auto& [code, name] : old) {
    CHECK(owner.Value("SELECT last_number FROM book WHERE id = '" + code + ":2019:di'") == "1");
  }
  // Officials of the old departments are not the new one's: its head gives tasks and files on.
  for (const Work& work : works) {
    CHECK(province.LeftBehind(successor).find("task:" + work.task) != std::string::npos);
    CHECK(province.LeftBehind(successor).find("file:" + work.file) != std::string::npos);
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("2025: a commune that is merged whole leaves its work to the new one") {
  const auto row = RowOf("commune_successors.csv", 1, "Phú Hòa");
  REQUIRE(row.at(4) == "false");
  const std::string old = "H09.718.PH", successor = "H09." + row.at(2);
  Province province({old}, {successor});
  province.Add(old, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "", "UBND phường Phú Hòa", "UBND");
  const Work work(province.owner, old);
  province.Add(successor, directory::v1::UNIT_KIND_COMMUNE, "H09", "", "UBND phường " + row.at(3),
               "UBND");
  province.owner.CloseUnit(old, {successor});
  province.scheduled.Run();
  province.CheckMoved(work, successor, "UBND phường Phú Hòa");
  // Its books are closed and stay readable for who goes on with them.
  for (const auto kind : {v1::REGISTER_KIND_INCOMING, v1::REGISTER_KIND_OUTGOING}) {
    CHECK(RegisterOf(province.owner, old, kind, successor + "/guest").find("01/QĐ-") !=
          std::string::npos);
    CHECK(RegisterOf(province.owner, old, kind, "H09.15/guest") == "not found");
  }
  CHECK(RegisterOf(province.owner, old, v1::REGISTER_KIND_FILES, successor + "/guest")
            .find("\"1\"") == std::string::npos);  // files have moved
  CHECK(province.owner.Defects().empty());
}

TEST_CASE("2025: the work of a commune that is split waits for a part of it") {
  // The data name one part; the other one went to the neighbour.
  const auto row = RowOf("commune_successors.csv", 1, "Hiệp Thành");
  REQUIRE(row.at(4) == "true");
  const std::string old = "H09.718.HT", one = "H09." + row.at(2),
                    other = "H09." + RowOf("communes_2025.csv", 1, "Thủ Dầu Một").at(0);
  Province province({old}, {one, other});
  DocumentOwner& owner = province.owner;
  province.Add(old, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "", "UBND phường Hiệp Thành",
               "UBND");
  const Work work(owner, old);
  owner.Step(&Books::ReserveNumbers, old + "/clerk", [](auto& request) {
    request.set_series("di");
    request.set_year(2019);
    request.set_count(1);
    request.set_reason("Họp");
  });
  for (const std::string& unit : {one, other}) {
    province.Add(unit, directory::v1::UNIT_KIND_COMMUNE, "H09", "", "UBND phường mới", "UBND");
  }
  owner.CloseUnit(old, {one, other});
  province.scheduled.Run();
  const std::string sent = "document:" + work.sent.id() + " ";
  const std::string draft = "draft:" + work.draft + " ";
  const std::string waiting = "delivery:" + work.delivery + " " + sent + draft +
                              "file:" + work.file + " task:" + work.task + " ";
  CHECK(province.LeftBehind(one) == waiting);
  CHECK(province.LeftBehind(other) == waiting);
  owner.Step(&Incomings::TakeOverDelivery, one + "/head",
             [&](auto& request) { request.set_delivery_id(work.delivery); });
  owner.Step(&Incomings::TakeOverTask, one + "/head",
             [&](auto& request) { request.set_task_id(work.task); });
  CHECK(owner.Value("SELECT unit_id FROM task WHERE id = '" + work.task + "'") == one);
  CHECK(province.LeftBehind(other) == sent + draft + "file:" + work.file + " ");
  auto take_draft = owner.New<v1::TakeOverDraftRequest>();
  take_draft.set_draft_id(work.draft);
  CHECK(owner.Try(&Drafts::TakeOverDraft, take_draft, "H09.15/head") == kNotFound);
  CHECK(owner.Do(&Drafts::TakeOverDraft, take_draft, one + "/head").unit_id() == one);
  auto annul = owner.New<v1::VoidNumberRequest>();
  annul.set_book_id(old + ":2019:di");
  annul.set_number(2);
  annul.set_reason("Đơn vị đã giải thể");
  CHECK(owner.Do(&Books::VoidNumber, annul, other + "/clerk").reserved_count() == 0);
  // What it sent: a part goes on as its sender, under the old name.
  const auto take = [&](const std::string& official) {
    auto request = owner.New<v1::TakeOverDocumentRequest>();
    request.set_document_id(work.sent.id());
    return owner.Try(&Documents::TakeOverDocument, request, official);
  };
  CHECK(take("H09.15/head") == kNotFound);
  CHECK(owner.Try(&Documents::GetDocument, GetRequest(work.sent.id()), one + "/clerk") ==
        kNotFound);
  CHECK(take(one + "/head") == kDone);
  CHECK(take(other + "/head") == kNotFound);
  CHECK(
      owner.Do(&Documents::GetDocument, GetRequest(work.sent.id()), one + "/clerk").sender_name() ==
      "UBND phường Hiệp Thành");
  CHECK(DeliveriesOf(owner, work.sent.id(), one + "/clerk").at(kSender).sender_unit_id() == one);
  owner.Step(&Documents::RecallDocument, one + "/clerk", [&](auto& request) {
    request.set_document_id(work.sent.id());
    request.set_reason("Ban hành nhầm");
  });
  CHECK(province.LeftBehind(other) == "file:" + work.file + " ");
  owner.Step(&WorkingFiles::TakeOverFile, other + "/head",
             [&](auto& request) { request.set_file_id(work.file); });
  province.scheduled.Run();
  CHECK(province.LeftBehind(other).empty());
  CHECK(FileOf(owner, work.file, other + "/clerk").unit_id() == other);
  CHECK(DeliveriesOf(owner, work.got.id(), one + "/clerk").at(old).holder_unit_id() == one);
  for (const std::string& part : {one, other}) {
    CHECK(RegisterOf(owner, old, v1::REGISTER_KIND_INCOMING, part + "/guest").find("01/QĐ-") !=
          std::string::npos);
  }
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
