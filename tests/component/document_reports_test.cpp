// Registers, reports and indicators through the generated stubs, on a real PostgreSQL.
#include <sstream>

#include "document/register.hpp"
#include "support/document_owner.hpp"

namespace lienthong::document {
namespace {

/// Lines of a register without its end-of-line characters.
std::vector<std::string> Register(DocumentOwner& owner, v1::RegisterKind kind,
                                  const std::string& official) {
  v1::ExportRegisterRequest request;
  request.set_kind(kind);
  request.set_year(2019);
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  const auto reader = owner.StubOf<Reports>("unit-" + official.substr(0, official.find('/')))
                          .ExportRegister(&context, request);
  v1::ReportChunk chunk;
  std::string text;
  while (reader->Read(&chunk)) text += chunk.data();
  REQUIRE(support::OutcomeOf(reader->Finish()) == kDone);
  REQUIRE(text.substr(0, 3) == "\xEF\xBB\xBF");
  std::istringstream lines(text.substr(3));
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    REQUIRE(line.back() == '\r');
    found.push_back(line.substr(0, line.size() - 1));
  }
  return found;
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

}  // namespace lienthong::document
