// Who reported, and what is handled together: reports of the hotline, on a real PostgreSQL.
#include "support/hotline_files.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const Outcome kDifferent{grpc::INVALID_ARGUMENT, "TICKETS_DIFFER"};
const Outcome kTicketState{grpc::FAILED_PRECONDITION, "TICKET_STATE"};

v1::JoinTicketRequest Joining(HotlineOwner& owner, const std::string& id, const std::string& into) {
  auto request = owner.New<v1::JoinTicketRequest>();
  request.set_ticket_id(id);
  request.set_into_ticket_id(into);
  return request;
}

Outcome Join(HotlineOwner& owner, const std::string& id, const std::string& into,
             const std::string& official = kOperatorOfCentre) {
  return owner.Try(&Tickets::JoinTicket, Joining(owner, id, into), official);
}

Outcome Separate(HotlineOwner& owner, const std::string& id) {
  return owner.TryStep(&Tickets::SeparateTicket, kOperatorOfCentre,
                       [&](auto& request) { request.set_ticket_id(id); });
}

/// Ids of the reports that are handled in a ticket.
std::vector<std::string> ReportsOf(HotlineOwner& owner, const std::string& ticket_id) {
  v1::ListReportsRequest list;
  list.set_ticket_id(ticket_id);
  std::vector<std::string> ids;
  const auto listed = owner.Do(&Tickets::ListReports, list, kOperatorOfCentre);
  for (const v1::Report& report : listed.reports()) ids.push_back(report.id());
  return ids;
}

v1::GetReporterRequest Reading(const std::string& report_id,
                               const std::string& purpose = "Gọi lại hỏi vị trí") {
  v1::GetReporterRequest request;
  request.set_report_id(report_id);
  request.set_purpose(purpose);
  return request;
}

Outcome TryRead(HotlineOwner& owner, const std::string& report_id, const std::string& official) {
  return owner.Try(&Tickets::GetReporter, Reading(report_id), official);
}

/// A call with everything that could be told of who called, a photo and a recording.
v1::OpenTicketRequest FullCall(HotlineOwner& owner, v1::OpenTicketRequest request,
                               const std::string& uploader = kOperatorOfCentre) {
  request.mutable_caller()->set_full_name("Đoàn Văn Kín");
  request.mutable_caller()->set_phone("0908 777 666");
  request.mutable_caller()->set_email("Kin.Doan@Example.com");
  request.mutable_call()->set_number("02743777666");
  journal::SetTime(request.mutable_call()->mutable_started_at(),
                   base::ParseTime("2019-07-10T00:55:00Z"));
  request.add_attachment_upload_ids(Uploaded(owner, "ho.pdf", Pdf("photo"), uploader));
  request.add_recording_upload_ids(Uploaded(owner, "goi.pdf", Pdf("voice"), uploader));
  return request;
}

}  // namespace

TEST_CASE("hotline: a report is joined to a ticket, and a wrong join is undone") {
  HotlineOwner owner;
  const auto first = Opened(owner, Appeal(owner));
  const auto second = Opened(owner, Appeal(owner));
  const std::string into = first.ticket().id(), id = second.ticket().id();
  Routed(owner, into, {kTransport});
  const auto joining = Joining(owner, id, into);
  const v1::Ticket joined = owner.Do(&Tickets::JoinTicket, joining, kOperatorOfCentre);
  CHECK(joined.state() == v1::TICKET_STATE_JOINED);
  CHECK(joined.joined_ticket_id() == into);
  CHECK(joined.deadlines().empty());
  CHECK(owner.Do(&Tickets::JoinTicket, joining, kOperatorOfCentre).version() == joined.version());
  CHECK(TicketOf(owner, into).report_count() == 2);
  CHECK(ReportsOf(owner, into) == std::vector{first.report().id(), second.report().id()});
  CHECK(ReportsOf(owner, id).empty());
  CHECK(owner.Events(second.report().id()) == "ReportReceived ReportMoved");

  // A third comes with the call.
  auto third = Appeal(owner);
  third.set_join_ticket_id(into);
  const auto opened = Opened(owner, third);
  CHECK(opened.ticket().state() == v1::TICKET_STATE_JOINED);
  CHECK(opened.report().ticket_id() == into);
  CHECK(opened.report().own_ticket_id() == opened.ticket().id());
  CHECK(Opened(owner, third).code() == opened.code());
  CHECK(TicketOf(owner, into).report_count() == 3);
  CHECK(owner.Count("report") == "3");

  owner.MoveClockTo("2019-07-10T02:00:00Z");
  CHECK(Separate(owner, id) == kDone);
  const v1::Ticket separated = TicketOf(owner, id);
  CHECK(separated.state() == v1::TICKET_STATE_CLASSIFIED);
  CHECK(separated.joined_ticket_id().empty());
  CHECK(separated.report_count() == 1);
  CHECK(At(DeadlineOf(separated, v1::DEADLINE_KIND_FORWARDING)->at()) ==
        "2019-07-10T02:05:00.000000Z");
  CHECK(TicketOf(owner, into).report_count() == 2);
  CHECK(ReportsOf(owner, id) == std::vector{second.report().id()});
  CHECK(ReportsOf(owner, into) == std::vector{first.report().id(), opened.report().id()});
  CHECK(Separate(owner, id) == kTicketState);
  CHECK(Separate(owner, into) == kTicketState);
  CHECK(owner.Events(into) ==
        "TicketOpened TicketRouted ReportJoined ReportJoined ReportSeparated");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: only tickets of the same kind that are being handled are joined") {
  HotlineOwner owner;
  const auto open = [&](const v1::OpenTicketRequest& request) {
    return Opened(owner, request).ticket().id();
  };
  const std::string one = open(Appeal(owner)), other = open(Appeal(owner));
  CHECK(Join(owner, one, one) == kDifferent);
  CHECK(Join(owner, one, owner.NewId()) == kNotFound);
  // Not with a complaint, nor complaints about different units, nor one nobody has classified.
  const std::string complaint = open(Complaint(owner, kWard));
  const std::string elsewhere = open(Complaint(owner, kConstruction));
  const std::string unclassified = open(Appeal(owner, ""));
  CHECK(Join(owner, one, complaint) == kDifferent);
  CHECK(Join(owner, complaint, one) == kDifferent);
  CHECK(Join(owner, complaint, elsewhere) == kDifferent);
  CHECK(Join(owner, unclassified, one) == kDifferent);
  CHECK(Join(owner, complaint, open(Complaint(owner, kWard))) == kDone);
  // Neither to one that is joined itself, nor one that others are joined to.
  const std::string third = open(Appeal(owner));
  CHECK(Join(owner, other, one) == kDone);
  CHECK(Join(owner, third, other) == kDifferent);
  CHECK(Join(owner, one, third) == kDifferent);
  CHECK(Join(owner, other, third) == kTicketState);
  // Nor to one that has ended, nor when units have it already.
  Routed(owner, third, {kTransport});
  CHECK(Join(owner, third, one) == kTicketState);
  const std::string rejected = open(Appeal(owner)), fourth = open(Appeal(owner));
  owner.Step(&Tickets::RejectTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(rejected);
    request.set_reason("Thư rác");
  });
  CHECK(Join(owner, fourth, rejected) == kDifferent);
  CHECK(TicketOf(owner, one).report_count() == 2);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: all who reported hear the outcome of what they were joined to") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto first = Opened(owner, Appeal(owner));
  auto later = portal.Report();
  const auto second = portal.Submitted(later);
  Join(owner, second.ticket_id(), first.ticket().id());
  Routed(owner, first.ticket().id(), {kTransport});
  AnsweredBy(owner, first.ticket().id(), kTransport, "Đã lắp đèn mới.");
  Approved(owner, first.ticket().id());
  const auto heard = portal.Followed(second.code(), later.caller().phone());
  CHECK(heard.standing() == v1::REPORT_STANDING_ANSWERED);
  CHECK(heard.answer() == "Đã lắp đèn mới.");
  CHECK(heard.text() == later.text());  // its own words
  CHECK(portal.Followed(first.code(), "0912345678").answer() == "Đã lắp đèn mới.");
  // Of neither a name is published.
  CHECK(owner.TryStep(&Tickets::PublishTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(first.ticket().id());
    request.set_public_text("Bà Tran Thi Mau báo đèn hỏng");
    request.set_public_answer("Đã lắp");
  }) == Outcome{grpc::INVALID_ARGUMENT, "PERSONAL_DATA_FOUND"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: who reported is read for a purpose, and every read leaves a row") {
  HotlineOwner owner;
  const auto opened = Opened(owner, FullCall(owner, Appeal(owner)));
  const std::string report = opened.report().id();
  const v1::Reporter reporter = owner.Do(&Tickets::GetReporter, Reading(report), kOperatorOfCentre);
  CHECK(reporter.full_name() == "Đoàn Văn Kín");
  CHECK(reporter.phone() == "+84908777666");
  CHECK(reporter.email() == "kin.doan@example.com");
  CHECK(reporter.text() == "Ổ gà lớn trước số 15 đường Hùng Vương");
  CHECK(reporter.call().number() == "02743777666");
  CHECK(At(reporter.call().started_at()) == "2019-07-10T00:55:00.000000Z");
  CHECK(reporter.recordings_size() == 1);
  owner.Do(&Tickets::GetReporter, Reading(report, "Xác minh"), kApproverOfCentre);

  // What is refused leaves none.
  CHECK(owner.Try(&Tickets::GetReporter, Reading(report, ""), kOperatorOfCentre) ==
        Outcome{grpc::INVALID_ARGUMENT, "PURPOSE_MISSING"});
  CHECK(TryRead(owner, report, "H09.03/guest") ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(TryRead(owner, report, kTransportHead) == kNotFound);
  CHECK(TryRead(owner, owner.NewId(), kOperatorOfCentre) == kNotFound);
  CHECK(owner.Count("reporter_access") == "2");

  v1::ListReporterAccessRequest list;
  list.set_report_id(report);
  list.set_page_size(1);
  const auto first = owner.Do(&Tickets::ListReporterAccess, list, kApproverOfCentre);
  REQUIRE(first.entries_size() == 1);
  CHECK(first.entries(0).purpose() == "Xác minh");
  CHECK(first.entries(0).official_id() == kApproverOfCentre);
  list.set_page_token(first.next_page_token());
  const auto second = owner.Do(&Tickets::ListReporterAccess, list, kApproverOfCentre);
  REQUIRE(second.entries_size() == 1);
  CHECK(second.entries(0).purpose() == "Gọi lại hỏi vị trí");
  CHECK(second.entries(0).official_id() == kOperatorOfCentre);
  CHECK(second.entries(0).unit_id() == kCentreUnit);
  CHECK(second.entries(0).system() == "unit-H09.03");
  CHECK(second.entries(0).has_read_at());
  CHECK(second.next_page_token().empty());
  CHECK(owner.Try(&Tickets::ListReporterAccess, list, kOperatorOfCentre) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  list.clear_page_token();
  CHECK(owner.Try(&Tickets::ListReporterAccess, list, "H09.09/approver") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: who reported is known to the centre and the lead unit, not to a second one") {
  HotlineOwner owner;
  const auto opened = Opened(owner, Appeal(owner));
  const std::string id = opened.ticket().id(), report = opened.report().id();
  const std::string second = std::string(kWard) + "/head";
  CHECK(TryRead(owner, report, kTransportHead) == kNotFound);
  Routed(owner, id, {kTransport, kWard});
  CHECK(TryRead(owner, report, kOperatorOfCentre) == kDone);
  CHECK(TryRead(owner, report, kTransportHead) == kDone);
  CHECK(TryRead(owner, report, kTransportHandler) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(TryRead(owner, report, second) == kNotFound);
  CHECK(TryRead(owner, report, "H09.718/head") == kNotFound);
  v1::ListReportsRequest list;
  list.set_ticket_id(id);
  CHECK(owner.Do(&Tickets::ListReports, list, kTransportHead).reports(0).id() == report);
  CHECK(owner.Try(&Tickets::ListReports, list, second) == kNotFound);
  // The lead gives it back: the other leads.
  owner.Step(&Assignments::ReturnAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, id, kTransport).id());
    request.set_reason("Không thuộc thẩm quyền");
  });
  CHECK(TryRead(owner, report, kTransportHead) == kNotFound);
  CHECK(TryRead(owner, report, second) == kDone);
  CHECK(owner.Try(&Tickets::ListReports, list, kTransportHead) == kNotFound);
  CHECK(owner.Do(&Tickets::ListReports, list, second).reports_size() == 1);

  // Who complains about an official is known to named positions alone.
  const auto complaint = Opened(owner, Complaint(owner, kWard));
  owner.Step(&Tickets::RouteTicket, "H09.03/named",
             [&](auto& request) { request.set_ticket_id(complaint.ticket().id()); });
  const Outcome restricted{grpc::PERMISSION_DENIED, "TICKET_RESTRICTED"};
  CHECK(TryRead(owner, complaint.report().id(), kOperatorOfCentre) == restricted);
  CHECK(TryRead(owner, complaint.report().id(), "H09.01/head") == restricted);
  CHECK(TryRead(owner, complaint.report().id(), "H09.03/named") == kDone);
  CHECK(TryRead(owner, complaint.report().id(), "H09.01/named") == kDone);
  CHECK(TryRead(owner, complaint.report().id(), std::string(kWard) + "/named") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: reopened and routed anew, who reported is known to the new unit alone") {
  HotlineOwner owner;
  const auto opened = Opened(owner, Appeal(owner));
  const std::string id = opened.ticket().id(), ward_head = std::string(kWard) + "/head";
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport);
  Approved(owner, id);
  Published(owner, id);
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Lại hỏng");
  });
  CHECK(TryRead(owner, opened.report().id(), kTransportHead) == kDone);  // until it is routed
  owner.clock_.Advance(std::chrono::minutes(1));
  Routed(owner, id, {kWard});
  auto joining = Appeal(owner);
  joining.set_join_ticket_id(id);
  for (const std::string& report : {opened.report().id(), Opened(owner, joining).report().id()}) {
    CHECK(TryRead(owner, report, ward_head) == kDone);
    CHECK(TryRead(owner, report, kTransportHead) == kNotFound);
  }
  CHECK(Return(owner, AssignmentOf(owner, id, kWard).id(), kWard) == kDone);
  CHECK(TryRead(owner, opened.report().id(), ward_head) == kNotFound);
  CHECK(TryRead(owner, opened.report().id(), kTransportHead) == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: photos go with a ticket to its units, recordings only where the caller is known") {
  HotlineOwner owner;
  const auto opened = Opened(owner, FullCall(owner, Appeal(owner)));
  const std::string id = opened.ticket().id(), report = opened.report().id();
  REQUIRE(opened.ticket().attachments_size() == 1);
  const std::string photo = opened.ticket().attachments(0).sha256();
  const std::string voice =
      owner.Do(&Tickets::GetReporter, Reading(report), kOperatorOfCentre).recordings(0).sha256();
  std::string content;
  CHECK(Download(owner, "ticket", id, photo, "H09.03/guest", &content) == kDone);
  CHECK(content == Pdf("photo"));
  CHECK(Download(owner, "ticket", id, photo, "H09.09/guest") == kNotFound);
  Routed(owner, id, {kTransport, kWard});
  CHECK(Download(owner, "ticket", id, photo, "H09.09/guest") == kDone);
  CHECK(Download(owner, "ticket", id, photo, std::string(kWard) + "/guest") == kDone);
  CHECK(Download(owner, "ticket", id, photo, "H09.08/guest") == kNotFound);

  CHECK(Download(owner, "report", report, voice, kOperatorOfCentre, &content) == kDone);
  CHECK(content == Pdf("voice"));
  // A voice is heard by who has just said what for.
  CHECK(Download(owner, "report", report, voice, kTransportHead) == kNotFound);
  CHECK(TryRead(owner, report, kTransportHead) == kDone);
  CHECK(Download(owner, "report", report, voice, kTransportHead) == kDone);
  CHECK(Download(owner, "report", report, voice, "H09.03/guest") == kNotFound);
  CHECK(Download(owner, "report", report, voice, "H09.09/guest") == kNotFound);
  CHECK(Download(owner, "report", report, voice, std::string(kWard) + "/head") == kNotFound);
  // Not by another record, nor what another record has.
  CHECK(Download(owner, "ticket", id, voice, kOperatorOfCentre) == kNotFound);
  CHECK(Download(owner, "report", report, photo, kOperatorOfCentre) == kNotFound);
  CHECK(Download(owner, "report", owner.NewId(), voice, kOperatorOfCentre) == kNotFound);

  // The only answer's file is the ticket's too.
  const std::string other = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, other, {kTransport});
  const std::string assignment = AssignmentOf(owner, other, kTransport).id();
  const v1::Assignment answered =
      owner.Step(&Assignments::AnswerAssignment, kTransportHandler, [&](auto& request) {
        request.set_assignment_id(assignment);
        request.set_answer("Đã vá");
        request.add_attachment_upload_ids(
            Uploaded(owner, "sau.pdf", Pdf("after"), kTransportHandler));
      });
  const std::string after = answered.answer_attachments(0).sha256();
  CHECK(Download(owner, "assignment", assignment, after, "H09.03/guest") == kDone);
  CHECK(Download(owner, "ticket", other, after, "H09.03/guest") == kDone);
  CHECK(Download(owner, "assignment", assignment, after, "H09.08/guest") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: files of a complaint are read by named positions of its units alone") {
  HotlineOwner owner;
  const auto opened = Opened(owner, FullCall(owner, Complaint(owner, kWard)));
  const std::string id = opened.ticket().id(), report = opened.report().id();
  owner.Step(&Tickets::RouteTicket, "H09.03/named",
             [&](auto& request) { request.set_ticket_id(id); });
  const std::string photo = TicketOf(owner, id, "H09.03/named").attachments(0).sha256();
  const std::string voice =
      owner.Do(&Tickets::GetReporter, Reading(report), "H09.03/named").recordings(0).sha256();
  for (const auto& [official, outcome] : std::map<std::string, Outcome>{
           {"H09.03/named", kDone},
           {"H09.01/named", kDone},
           {"H09.03/operator", kNotFound},
           {"H09.01/head", kNotFound},
           {"H09.02/named", kNotFound},
           {std::string(kWard) + "/named", kNotFound},
       }) {
    CAPTURE(official);
    TryRead(owner, report, official);
    CHECK(Download(owner, "ticket", id, photo, official) == outcome);
    CHECK(Download(owner, "report", report, voice, official) == outcome);
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: nothing of who reported is in the journal, and so in no feed") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto opened = Opened(owner, FullCall(owner, Appeal(owner)));
  const std::string id = opened.ticket().id();
  auto submitted = portal.Report();
  submitted.mutable_caller()->set_full_name("Đoàn Văn Kín");
  submitted.mutable_caller()->set_phone("0908777666");
  const auto second = portal.Submitted(submitted);
  Join(owner, second.ticket_id(), id);
  Routed(owner, id, {kTransport});
  owner.Do(&Tickets::GetReporter, Reading(opened.report().id(), "Lý do kín"), kOperatorOfCentre);
  AnsweredBy(owner, id, kTransport);
  Approved(owner, id);
  Published(owner, id);
  Separate(owner, second.ticket_id());
  const std::string recording =
      owner.Value("SELECT sha256 FROM file_use WHERE record_type = 'report'");
  REQUIRE(recording.size() == 64);
  std::string code = opened.code();
  std::erase(code, '-');
  CHECK(owner.SeenBy(opened.report().id()).empty());
  REQUIRE(owner.Count("journal") != "0");
  for (const std::string& hidden :
       {std::string("Đoàn Văn Kín"), std::string("908777666"), std::string("908 777 666"),
        std::string("kin.doan"), std::string("2743777666"), std::string("goi.pdf"),
        std::string("Lý do kín"), recording, code, opened.code()}) {
    INFO(hidden);
    CHECK(owner.Value("SELECT count(*) FROM journal j WHERE j::text ILIKE '%" + hidden + "%'") ==
          "0");
    CHECK(owner.Value("SELECT count(*) FROM head h WHERE h::text ILIKE '%" + hidden + "%'") == "0");
  }
  // It is there to be found: what the ticket says is in the journal.
  CHECK(owner.Value("SELECT count(*) FROM journal j WHERE j::text ILIKE '%Hùng Vương%'") != "0");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
