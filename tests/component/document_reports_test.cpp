// Registers, reports and indicators through the generated stubs, on a real PostgreSQL.

#include <sstream>

#include "document/register.hpp"
#include "document/table.hpp"
#include "support/document_owner.hpp"
#include "support/pdf.hpp"

namespace lienthong::document {
namespace {

using support::TextOfPdf, support::WithoutSpaces;

/// The bytes of a register.
std::string Exported(DocumentOwner& owner, const v1::ExportRegisterRequest& request,
                     const std::string& official) {
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  const auto reader = owner.StubOf<Reports>("unit-" + official.substr(0, official.find('/')))
                          .ExportRegister(&context, request);
  v1::ReportChunk chunk;
  std::string text;
  while (reader->Read(&chunk)) text += chunk.data();
  REQUIRE(support::OutcomeOf(reader->Finish()) == kDone);
  return text;
}

v1::ExportRegisterRequest RegisterRequest(v1::RegisterKind kind, v1::ReportFormat format) {
  v1::ExportRegisterRequest request;
  request.set_kind(kind);
  request.set_year(2019);
  request.set_format(format);
  return request;
}

/// Lines of a register without its end-of-line characters.
std::vector<std::string> LinesOf(const std::string& text) {
  REQUIRE(text.substr(0, 3) == "\xEF\xBB\xBF");
  std::istringstream lines(text.substr(3));
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(line.back() == '\r');
    found.push_back(line.substr(0, line.size() - 1));
  }
  return found;
}

std::vector<std::string> Register(DocumentOwner& owner, v1::RegisterKind kind,
                                  const std::string& official) {
  return LinesOf(Exported(owner, RegisterRequest(kind, v1::REPORT_FORMAT_CSV), official));
}

v1::DraftContent Named(const std::string& subject, const std::string& unit) {
  v1::DraftContent content = ContentTo({unit});
  content.set_subject(subject);
  return content;
}

}  // namespace

TEST_CASE("document: the register of outgoing documents has every number, formulas harmless") {
  DocumentOwner owner;
  auto reserve = owner.New<v1::ReserveNumbersRequest>();
  reserve.set_series("di");
  reserve.set_year(2019);
  reserve.set_count(1);
  reserve.set_reason("Họp sáng thứ hai");
  owner.Do(&Books::ReserveNumbers, reserve, "H09.15/clerk");
  Issued(owner, Named("=HYPERLINK(\"x\")", kWard));
  v1::DraftContent closed = Named("Kỷ luật cán bộ", kWard);
  closed.set_restricted(true);
  Issued(owner, closed);
  const auto lines = Register(owner, v1::REGISTER_KIND_OUTGOING, "H09.15/guest");
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].rfind("\"Số, ký hiệu văn bản\",\"Ngày tháng văn bản\",", 0) == 0);
  CHECK(lines[1] ==
        "\"01\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"Số dự trữ: Họp sáng thứ hai\"");
  CHECK(lines[2] ==
        "\"02/QĐ-STTTT\",\"10/07/2019\",\"Quyết định =HYPERLINK(\"\"x\"\")\",\"Cán bộ head\","
        "\"Đơn vị H09.718.25747\",\"\",\"\",\"10/07/2019\",\"\",\"\"");
  // Who may not read it sees the number and the date.
  CHECK(lines[3] ==
        "\"03/QĐ-STTTT\",\"10/07/2019\",\"\",\"\",\"\",\"\",\"\",\"10/07/2019\",\"\",\"\"");
  CHECK(Register(owner, v1::REGISTER_KIND_OUTGOING, "H09.15/clerk")[3].find("Kỷ luật") !=
        std::string::npos);
  CHECK(CsvLine({"=1+1", "-2", "@x", "+y", "a,\"b\""}) ==
        "\"'=1+1\",\"'-2\",\"'@x\",\"'+y\",\"a,\"\"b\"\"\"\r\n");
}

TEST_CASE("document: the registers of arrivals say who has it, until when, and the answer") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  const v1::Delivery entered = Entered(owner, document, kWard);
  auto complete = owner.New<v1::CompleteDeliveryRequest>();
  complete.set_delivery_id(entered.id());
  complete.set_answering_document_id(Issued(owner, ContentTo({kDepartment}), kWard).id());
  owner.Do(&Incomings::CompleteDelivery, complete, "H09.718.25747/clerk");
  const auto incoming = Register(owner, v1::REGISTER_KIND_INCOMING, "H09.718.25747/guest");
  REQUIRE(incoming.size() == 2);
  CHECK(incoming[1] ==
        "\"10/07/2019\",\"01\",\"Đơn vị H09.15\",\"01/QĐ-STTTT\",\"10/07/2019\",\"Quyết định Về"
        " việc kiểm tra công tác văn thư\",\"\",\"\",\"\",\"\"");
  const auto handling = Register(owner, v1::REGISTER_KIND_HANDLING, "H09.718.25747/guest");
  REQUIRE(handling.size() == 2);
  CHECK(handling[1] ==
        "\"01\",\"Quyết định, 01/QĐ-STTTT, 10/07/2019, Đơn vị H09.15\",\"\",\"\",\"Hoàn thành\","
        "\"01/QĐ-UBND\",\"\"");
  CHECK(Register(owner, v1::REGISTER_KIND_INCOMING, "H09.718.25750/guest").size() == 1);
}

TEST_CASE("document: the registers of arrivals name who has the work") {
  DocumentOwner owner;
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kDistrict})), kDistrict);
  auto assign = owner.New<v1::AssignDeliveryRequest>();
  assign.set_delivery_id(entered.id());
  const auto add = [&](const std::string& unit, const std::string& official, v1::TaskRole role) {
    auto* const assignment = assign.add_assignments();
    assignment->set_unit_id(unit);
    assignment->set_official_id(official);
    assignment->set_role(role);
  };
  add("", "H09.718/expert", v1::TASK_ROLE_LEAD);
  add(kWard, "", v1::TASK_ROLE_COORDINATE);
  add(kOtherWard, "H09.718.25750/expert", v1::TASK_ROLE_INFORM);
  owner.Do(&Incomings::AssignDelivery, assign, "H09.718/head");
  const auto lines = Register(owner, v1::REGISTER_KIND_INCOMING, "H09.718/guest");
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].find("\"Cán bộ expert; Đơn vị H09.718.25747; Cán bộ expert (Đơn vị"
                      " H09.718.25750)\"") != std::string::npos);
}

TEST_CASE("document: restricted documents count for who may read them; late is late") {
  DocumentOwner owner;
  v1::DraftContent closed = ContentTo({kWard});
  closed.set_restricted(true);
  Issued(owner, closed);
  const v1::Delivery late = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  auto assign = owner.New<v1::AssignDeliveryRequest>();
  assign.set_delivery_id(late.id());
  assign.mutable_deadline()->set_seconds(
      base::ParseTime("2019-07-12T00:00:00Z").time_since_epoch().count() / 1'000'000);
  assign.add_assignments()->set_role(v1::TASK_ROLE_LEAD);
  owner.Do(&Incomings::AssignDelivery, assign, "H09.718.25747/head");
  owner.MoveClockTo("2019-07-15T01:00:00Z");
  FinishTask(owner, late.id(), "H09.718.25747/expert");
  owner.Step(&Incomings::CompleteDelivery, "H09.718.25747/clerk",
             [&](auto& request) { request.set_delivery_id(late.id()); });
  const auto counted = [&](v1::BookDirection direction, const std::string& official) {
    v1::GetStatusReportRequest request;
    request.set_direction(direction);
    request.set_date_from("2019-07-01");
    request.set_date_to("2019-07-31");
    std::int64_t sum = 0;
    const auto report = owner.Do(&Reports::GetStatusReport, request, official);
    for (const auto& count : report.counts()) sum += count.count();
    return sum;
  };
  auto report = RegisterRequest(v1::REGISTER_KIND_STATUS_INCOMING, v1::REPORT_FORMAT_CSV);
  report.set_date_from("2019-07-01");
  report.set_date_to("2019-07-31");
  const auto lines = LinesOf(Exported(owner, report, "H09.718.25747/clerk"));
  CHECK(lines == std::vector<std::string>{"\"Trạng thái\",\"Số văn bản\"", "\"Đã đến\",\"1\"",
                                          "\"Hoàn thành\",\"1\"", "\"Trong đó: quá hạn\",\"0\""});
  report.set_format(v1::REPORT_FORMAT_PDF);
  report.set_kind(v1::REGISTER_KIND_STATUS_OUTGOING);
  const std::string text = TextOfPdf(Exported(owner, report, "H09.15/clerk"));
  CHECK(text.find("BÁO CÁO TÌNH HÌNH GỬI VĂN BẢN ĐI Từ 01/07/2019 đến 31/07/2019") !=
        std::string::npos);
  CHECK(text.find("Hoàn thành 1") != std::string::npos);
  CHECK(counted(v1::BOOK_DIRECTION_OUTGOING, "H09.15/clerk") == 2);
  CHECK(counted(v1::BOOK_DIRECTION_OUTGOING, "H09.15/guest") == 1);
  CHECK(counted(v1::BOOK_DIRECTION_INCOMING, "H09.718.25747/clerk") == 2);
  CHECK(counted(v1::BOOK_DIRECTION_INCOMING, "H09.718.25747/guest") == 1);
  v1::GetIndicatorsRequest ask;
  ask.set_date_from("2019-07-01");
  ask.set_date_to("2019-07-31");
  const auto of = [&](const std::string& official, const std::string& code) {
    const auto answer = owner.Do(&Reports::GetIndicators, ask, official);
    for (const auto& one : answer.indicators()) {
      if (one.code() == code) return one;
    }
    return v1::Indicator();
  };
  CHECK(of("H09.718.25747/guest", "DOCUMENT_OVERDUE_SHARE").denominator() == 1);
  CHECK(of("H09.718.25747/guest", "DOCUMENT_OVERDUE_SHARE").numerator() == 1);
  CHECK(of("H09.718.25747/clerk", "DOCUMENT_OVERDUE_SHARE").denominator() == 2);
  CHECK(of("H09.15/guest", "DOCUMENT_ELECTRONIC_SHARE").denominator() == 1);
}

TEST_CASE("document: registers as PDF say in right Vietnamese what the CSV says") {
  DocumentOwner owner;
  // Every vowel with every tone, in both cases.
  const std::string alphabet =
      "ÀẢÃÁẠ ẰẲẴẮẶ ẦẨẪẤẬ ÈẺẼÉẸ ỀỂỄẾỆ ÌỈĨÍỊ ÒỎÕÓỌ ỒỔỖỐỘ ỜỞỠỚỢ ÙỦŨÚỤ ỪỬỮỨỰ ỲỶỸÝỴ Đ"
      " àảãáạ ằẳẵắặ ầẩẫấậ èẻẽéẹ ềểễếệ ìỉĩíị òỏõóọ ồổỗốộ ờởỡớợ ùủũúụ ừửữứự ỳỷỹýỵ đ";
  Issued(owner, Named(alphabet, kWard));
  const auto request = RegisterRequest(v1::REGISTER_KIND_OUTGOING, v1::REPORT_FORMAT_PDF);
  const std::string pdf = Exported(owner, request, "H09.15/clerk");
  CHECK(pdf.rfind("%PDF-", 0) == 0);
  const std::string text = TextOfPdf(pdf);
  CHECK(text.find("Đơn vị H09.15 SỔ ĐĂNG KÝ VĂN BẢN ĐI Năm 2019") != std::string::npos);
  CHECK(text.find("Tên loại và trích yếu nội dung văn bản") != std::string::npos);
  // A code may be broken at its hyphen.
  CHECK(WithoutSpaces(text).find("01/QĐ-STTTT10/07/2019") != std::string::npos);
  CHECK(text.find("Quyết định ÀẢÃÁẠ") != std::string::npos);
  std::istringstream words(alphabet);
  for (std::string word; words >> word;) {
    INFO(word);
    CHECK(text.find(word) != std::string::npos);
  }
}

TEST_CASE("document: a PDF of many lines, and of one longer than a page, is whole") {
  DocumentOwner owner;
  std::string numbers;
  for (int i = 1; i <= 3000; ++i) numbers += "n" + std::to_string(i) + " ";
  const auto table = PdfTable("Sổ", {{"Số", 1}, {"Trích yếu", 1}, {"Ghi chú", 3}});
  table->Add({"dài", numbers, ""});
  for (int i = 1; i <= 500; ++i) table->Add({"s" + std::to_string(i), "x", ""});
  table->End();
  const std::string text = TextOfPdf(table->Written());
  for (int i = 1; i <= 3000; ++i) {
    REQUIRE(text.find("n" + std::to_string(i) + " ") != std::string::npos);
  }
  for (int i = 1; i <= 500; ++i) {
    REQUIRE(text.find("s" + std::to_string(i) + " ") != std::string::npos);
  }
}

TEST_CASE("document: the list of files and the list of what one holds") {
  DocumentOwner owner;
  auto plan = owner.New<v1::PlanFileRequest>();
  plan.set_year(2019);
  plan.set_notation("01.VT");
  plan.set_title("=Kiểm tra công tác văn thư");
  plan.mutable_retention()->set_permanent(true);
  owner.Do(&WorkingFiles::PlanFile, plan, "H09.15/clerk");
  plan.set_request_id(owner.NewId());
  plan.set_notation("02.KL");
  plan.set_title("Kỷ luật");
  plan.set_restricted(true);
  owner.Do(&WorkingFiles::PlanFile, plan, "H09.15/clerk");
  owner.Step(&WorkingFiles::OpenFile, "H09.15/expert",
             [](auto& request) { request.set_file_id("H09.15:2019:01.VT"); });
  v1::DraftContent content = ContentTo({kWard});
  content.set_page_count(4);
  const v1::Document document = Issued(owner, content);
  owner.Step(&WorkingFiles::AddToFile, "H09.15/expert", [&](auto& request) {
    request.set_file_id("H09.15:2019:01.VT");
    request.set_document_id(document.id());
  });

  const auto files = Register(owner, v1::REGISTER_KIND_FILES, "H09.15/guest");
  REQUIRE(files.size() == 3);
  CHECK(files[1] ==
        "\"1\",\"01.VT\",\"'=Kiểm tra công tác văn thư\",\"10/07/2019\",\"Vĩnh viễn\",\"1\",\"4\","
        "\"Đang lập\"");
  CHECK(files[2] == "\"2\",\"02.KL\",\"\",\"\",\"\",\"\",\"\",\"Chưa lập\"");
  CHECK(Register(owner, v1::REGISTER_KIND_FILES, "H09.15/clerk")[2].find("Kỷ luật") !=
        std::string::npos);

  auto request = RegisterRequest(v1::REGISTER_KIND_FILE_DOCUMENTS, v1::REPORT_FORMAT_CSV);
  request.set_file_id("H09.15:2019:01.VT");
  const auto held = LinesOf(Exported(owner, request, "H09.15/guest"));
  REQUIRE(held.size() == 2);
  CHECK(held[1] ==
        "\"1\",\"01/QĐ-STTTT\",\"10/07/2019\",\"Quyết định Về việc kiểm tra công tác văn thư\","
        "\"Đơn vị H09.15\",\"4\",\"\"");
  request.set_format(v1::REPORT_FORMAT_PDF);
  CHECK(TextOfPdf(Exported(owner, request, "H09.15/guest")).find("MỤC LỤC VĂN BẢN, TÀI LIỆU") !=
        std::string::npos);
  // A file of another unit, and one that the official may not read.
  const auto refused = [&](const std::string& file, const std::string& official) {
    request.set_file_id(file);
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", official);
    const auto reader = owner.StubOf<Reports>("unit-" + official.substr(0, official.find('/')))
                            .ExportRegister(&context, request);
    v1::ReportChunk chunk;
    while (reader->Read(&chunk)) {
    }
    return support::OutcomeOf(reader->Finish());
  };
  CHECK(refused("H09.15:2019:01.VT", "H09.13/clerk") == kNotFound);
  CHECK(refused("H09.15:2019:02.KL", "H09.15/guest") == kNotFound);
  CHECK(refused("", "H09.15/guest") == kFieldInvalid);
}

TEST_CASE("document: a long register comes whole, in order") {
  DocumentOwner owner;
  owner.Value(
      "INSERT INTO book VALUES ('H09.15:2019:di', 'H09.15', 2019, 'di', 'OUTGOING', 'Sổ', 1000, 0,"
      " 0, 1000) RETURNING id");
  owner.Value(
      "WITH made AS (INSERT INTO book_number SELECT 'H09.15:2019:di', n, '', 'VOID', 'x', '', 'o'"
      " FROM generate_series(1, 1000) n RETURNING 1) SELECT count(*) FROM made");
  const auto lines = Register(owner, v1::REGISTER_KIND_OUTGOING, "H09.15/clerk");
  REQUIRE(lines.size() == 1001);
  CHECK(lines[1].substr(0, 5) == "\"01\",");
  CHECK(lines[1000].substr(0, 7) == "\"1000\",");
}

TEST_CASE("document: reports count what is where; what is not known is absent") {
  DocumentOwner owner;
  Issued(owner, ContentTo({kWard, kOtherWard}));
  v1::DraftContent paper = ContentTo({kWard});
  paper.set_copy_count(3);
  const v1::Document second = Issued(owner, paper);
  const v1::Delivery entered = Entered(owner, second, kWard);
  owner.clock_.Advance(std::chrono::minutes(90));
  owner.snapshots_.Verified(owner.clock_.MachineNow());
  owner.Step(&Incomings::CompleteDelivery, "H09.718.25747/clerk",
             [&](auto& request) { request.set_delivery_id(entered.id()); });

  v1::GetStatusReportRequest report;
  report.set_direction(v1::BOOK_DIRECTION_INCOMING);
  report.set_date_from("2019-07-10");
  report.set_date_to("2019-07-10");
  const auto status = owner.Do(&Reports::GetStatusReport, report, "H09.718.25747/guest");
  REQUIRE(status.counts_size() == 2);
  CHECK(status.counts(0).state() == v1::DELIVERY_STATE_ARRIVED);
  CHECK(status.counts(1).state() == v1::DELIVERY_STATE_COMPLETED);
  report.set_direction(v1::BOOK_DIRECTION_OUTGOING);
  CHECK(owner.Do(&Reports::GetStatusReport, report, "H09.15/guest").counts(0).count() == 2);
  report.set_date_to("2019-07-09");
  CHECK(owner.Try(&Reports::GetStatusReport, report, "H09.15/guest") == kFieldInvalid);

  v1::GetIndicatorsRequest ask;
  ask.set_date_from("2019-07-01");
  ask.set_date_to("2019-07-31");
  std::map<std::string, v1::Indicator> of_ward, of_sender;
  const auto ward = owner.Do(&Reports::GetIndicators, ask, "H09.718.25747/guest");
  for (const auto& one : ward.indicators()) of_ward[one.code()] = one;
  const auto sender = owner.Do(&Reports::GetIndicators, ask, "H09.15/guest");
  for (const auto& one : sender.indicators()) of_sender[one.code()] = one;
  CHECK_FALSE(of_sender.at("DOCUMENT_SIGNED_SHARE").has_value());
  CHECK_FALSE(of_sender.at("DOCUMENT_SIGNED_SHARE").has_numerator());
  CHECK(of_sender.at("DOCUMENT_ELECTRONIC_SHARE").value() == 0.5);
  CHECK_FALSE(of_ward.at("DOCUMENT_ELECTRONIC_SHARE").has_value());
  CHECK(of_ward.at("DOCUMENT_COMPLETED_SHARE").value() == 1);
  CHECK(of_ward.at("DOCUMENT_HANDLING_HOURS").value() == 1.5);
  CHECK(of_ward.at("DOCUMENT_OVERDUE_SHARE").numerator() == 0);
}

TEST_CASE("document: registers of a split unit keep what is restricted from its parts") {
  DocumentOwner owner;
  v1::DraftContent content = ContentTo({kOtherWard});
  content.set_restricted(true);
  content.set_subject("Kỷ luật cán bộ");
  Entered(owner, Issued(owner, content), kOtherWard);
  owner.AddUnit("H09.718.25753", directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25753");
  owner.CloseUnit(kOtherWard, {kWard, "H09.718.25753"});
  auto request = RegisterRequest(v1::REGISTER_KIND_INCOMING, v1::REPORT_FORMAT_CSV);
  request.set_unit_id(kOtherWard);
  const auto lines = LinesOf(Exported(owner, request, "H09.718.25747/clerk"));
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].find("01/QĐ-STTTT") != std::string::npos);
  CHECK(lines[1].find("Kỷ luật") == std::string::npos);
}

}  // namespace lienthong::document
