// What the hotline refuses, on a real PostgreSQL.
#include <cmath>
#include <set>

#include "lienthong/hotline/v1/reason.pb.h"
#include "support/hotline_files.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const Outcome kTicketState{grpc::FAILED_PRECONDITION, "TICKET_STATE"};
const Outcome kAssignmentState{grpc::FAILED_PRECONDITION, "ASSIGNMENT_STATE"};

Outcome Invalid(const std::string& reason) { return {grpc::INVALID_ARGUMENT, reason}; }
Outcome Failed(const std::string& reason) { return {grpc::FAILED_PRECONDITION, reason}; }

/// `count` letters that take more than a byte.
std::string Letters(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "ổ";
  return text;
}

template <class Set>
Outcome Open(HotlineOwner& owner, const Set& set,
             const std::string& category = "HATANG.GIAOTHONG") {
  auto request = Appeal(owner, category);
  set(request);
  return owner.Try(&Tickets::OpenTicket, request, kOperatorOfCentre);
}

Outcome Publish(HotlineOwner& owner, const std::string& id, const std::string& text) {
  return owner.TryStep(&Tickets::PublishTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_public_text(text);
    request.set_public_answer("Đã xong");
  });
}

}  // namespace

TEST_CASE("hotline: every reason of the core is answered where it applies") {
  HotlineOwner owner;
  Portal portal(owner);
  std::set<std::string> provoked;
  const auto expect = [&](const Outcome& outcome, const Outcome& expected) {
    INFO(expected);
    CHECK(outcome == expected);
    provoked.insert("REASON_" + expected.reason);
  };
  const auto open = [&](const auto& set, const char* category = "HATANG.GIAOTHONG") {
    return Open(owner, set, category);
  };
  // Intake.
  expect(open([](auto& r) { r.set_category_id("KHONG"); }), Invalid("CATEGORY_UNKNOWN"));
  expect(open([](auto& r) { r.set_category_id("HATANG"); }), Invalid("CATEGORY_CLOSED"));
  v1::Category closed =
      HotlineOwner::NewCategory("HATANG.CU", v1::CATEGORY_KIND_INCIDENT, 5, kTransport);
  closed.set_closed(true);
  owner.SetCategory(closed);
  expect(open([](auto& r) { r.set_category_id("HATANG.CU"); }), Invalid("CATEGORY_CLOSED"));
  expect(open([](auto& r) { r.add_question_answers()->set_code("khong"); }),
         Invalid("ANSWER_INVALID"));
  // A district has a code of the statistics office, but is no commune.
  for (const char* code : {"99999", "718"}) {
    expect(open([&](auto& r) { r.mutable_place()->set_commune_code(code); }),
           Invalid("COMMUNE_UNKNOWN"));
  }
  expect(open([](auto& r) { r.mutable_caller()->set_phone("12"); }), Invalid("PHONE_INVALID"));
  expect(open([](auto&) {}, "CBCC.CHAMTRE"), Invalid("CONCERNED_UNIT_MISSING"));
  expect(open([](auto& r) { r.set_concerned_unit_id("H09.99"); }, "CBCC.CHAMTRE"),
         Invalid("UNIT_UNKNOWN"));
  CHECK(open([](auto& r) { r.set_concerned_unit_id(kWard); }) == kFieldInvalid);
  // Routing.
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  owner.CloseUnit(kConstruction, {});
  expect(Route(owner, id, {"H09.99"}), Invalid("UNIT_UNKNOWN"));
  expect(Route(owner, id, {kConstruction}), Invalid("UNIT_CLOSED"));
  const auto complaint = Opened(owner, Complaint(owner, kWard));
  expect(Route(owner, complaint.ticket().id(), {kWard}), Invalid("UNIT_CONCERNED"));
  Routed(owner, id, {kTransport});
  expect(Route(owner, id, {kTransport}), Outcome{grpc::ALREADY_EXISTS, "UNIT_ASSIGNED"});
  const std::string assignment = AssignmentOf(owner, id, kTransport).id();
  expect(owner.TryStep(&Assignments::ResumeAssignment, kTransportHandler,
                       [&](auto& r) { r.set_assignment_id(assignment); }),
         kAssignmentState);
  expect(owner.TryStep(&Tickets::StartTransfer, kOperatorOfCentre,
                       [&](auto& r) {
                         r.set_ticket_id(id);
                         r.set_service("113");
                       }),
         Invalid("NOT_AN_EMERGENCY"));
  // Answers.
  expect(owner.TryStep(&Tickets::AnswerTicket, kOperatorOfCentre,
                       [&](auto& r) {
                         r.set_ticket_id(id);
                         r.set_answer("Xong");
                       }),
         Failed("ASSIGNMENTS_OPEN"));
  expect(owner.TryStep(&Tickets::ApproveTicket, kApproverOfCentre,
                       [&](auto& r) { r.set_ticket_id(id); }),
         kTicketState);
  CHECK(Answer(owner, assignment, kTransport) == kDone);
  Approved(owner, id);
  expect(Publish(owner, id, "Gọi 0912345678"), Invalid("PERSONAL_DATA_FOUND"));
  auto hidden = Appeal(owner);
  hidden.set_confidential(true);
  expect(Publish(owner, ApprovedTicket(owner, hidden), "Việc"), Failed("NOT_TO_PUBLISH"));
  Published(owner, id);
  v1::GetReporterRequest read;
  read.set_report_id(complaint.report().id());
  read.set_purpose("Xác minh");
  expect(owner.Try(&Tickets::GetReporter, read, kOperatorOfCentre),
         Outcome{grpc::PERMISSION_DENIED, "TICKET_RESTRICTED"});
  expect(owner.TryStep(&Tickets::JoinTicket, kOperatorOfCentre,
                       [&](auto& r) {
                         r.set_ticket_id(complaint.ticket().id());
                         r.set_into_ticket_id(id);
                       }),
         Invalid("TICKETS_DIFFER"));
  for (int i = 0; i < 10; ++i) portal.TryFollow("0000-0000-0000", "");
  expect(portal.TryFollow("0000-0000-0000", ""),
         Outcome{grpc::RESOURCE_EXHAUSTED, "TRIES_USED_UP"});
  const std::string late = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, late, {kTransport});
  const std::string of_late = AssignmentOf(owner, late, kTransport).id();
  Accepted(owner, of_late, kTransport);
  owner.MoveClockTo("2019-07-17T11:00:00Z");
  expect(owner.TryStep(&Assignments::PauseAssignment, kTransportHandler,
                       [&](auto& r) {
                         r.set_assignment_id(of_late);
                         r.set_reason("Hỏi thêm");
                       }),
         Failed("DEADLINE_PASSED"));
  expect(owner.TryStep(&Tickets::ReopenTicket, kOperatorOfCentre,
                       [&](auto& r) {
                         r.set_ticket_id(id);
                         r.set_reason("Chưa xong");
                       }),
         Failed("REOPEN_OVER"));
  CHECK(owner.Defects().empty());
  owner.Value("DELETE FROM centre RETURNING id");
  expect(open([](auto&) {}), Failed("CENTRE_MISSING"));

  // Those of the knowledge base begin at 40.
  const auto& reasons = *v1::Reason_descriptor();
  for (int i = 0; i < reasons.value_count(); ++i) {
    const int number = reasons.value(i)->number();
    if (number == 0 || number >= 40) continue;
    INFO(reasons.value(i)->name());
    CHECK(provoked.contains(reasons.value(i)->name()));
  }
}

TEST_CASE("hotline: fields have limits, in characters") {
  HotlineOwner owner;
  const auto open = [&](const auto& set) { return Open(owner, set); };
  CHECK(open([](auto& r) { r.set_text(Letters(4000)); }) == kDone);
  CHECK(open([](auto& r) { r.set_text(Letters(4001)); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.set_text(" \n "); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.set_text("dòng một\nhai\tba"); }) == kDone);
  CHECK(open([](auto& r) { r.set_text("chuông \a"); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.mutable_caller()->set_full_name(Letters(200)); }) == kDone);
  CHECK(open([](auto& r) { r.mutable_caller()->set_full_name(Letters(201)); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.mutable_caller()->clear_full_name(); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.mutable_caller()->clear_phone(); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.mutable_caller()->set_email("a@b"); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.mutable_place()->set_address(Letters(500)); }) == kDone);
  CHECK(open([](auto& r) { r.mutable_place()->set_address(Letters(501)); }) == kFieldInvalid);
  const auto at = [&](double latitude, double longitude) {
    return open([&](auto& r) {
      r.mutable_place()->set_latitude(latitude);
      r.mutable_place()->set_longitude(longitude);
    });
  };
  CHECK(at(10.98, 106.65) == kDone);
  CHECK(at(90.01, 106.65) == kFieldInvalid);
  CHECK(at(10.98, -180.01) == kFieldInvalid);
  CHECK(at(std::nan(""), 106.65) == kFieldInvalid);
  CHECK(open([](auto& r) { r.mutable_place()->set_latitude(10); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.clear_channel(); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.set_channel(static_cast<v1::Channel>(99)); }) == kFieldInvalid);
  CHECK(open([](auto& r) { r.mutable_call()->set_number(std::string(41, '1')); }) == kFieldInvalid);
  std::vector<std::string> uploads;
  for (int i = 0; i < 11; ++i) {
    uploads.push_back(Uploaded(owner, "a.pdf", Pdf(std::to_string(i)), kOperatorOfCentre));
  }
  const auto with = [&](std::size_t count) {
    return open([&](auto& r) {
      for (std::size_t i = 0; i < count; ++i) r.add_attachment_upload_ids(uploads[i]);
    });
  };
  CHECK(with(11) == kFieldInvalid);
  CHECK(with(10) == kDone);
  CHECK(with(1) == kNotFound);  // taken

  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  CHECK(Route(owner, id, {kTransport, kTransport}) == kFieldInvalid);
  CHECK(Route(owner, id, std::vector<std::string>(21, kTransport)) == kFieldInvalid);
  CHECK(owner.TryStep(&Tickets::RouteTicket, kOperatorOfCentre, [&](auto& r) {
    r.set_ticket_id(id);
    r.add_routes()->set_unit_id(kTransport);
    r.mutable_routes(0)->set_instruction(Letters(2001));
  }) == kFieldInvalid);
  Routed(owner, id, {kTransport});
  const std::string assignment = AssignmentOf(owner, id, kTransport).id();
  CHECK(Return(owner, assignment, kTransport, "") == kFieldInvalid);
  CHECK(Return(owner, assignment, kTransport, Letters(2001)) == kFieldInvalid);
  CHECK(Answer(owner, assignment, kTransport, "") == kFieldInvalid);
  CHECK(Answer(owner, assignment, kTransport, Letters(4001)) == kFieldInvalid);
  CHECK(Answer(owner, assignment, kTransport, Letters(4000)) == kDone);
  v1::GetReporterRequest read;
  read.set_report_id(owner.Value("SELECT id::text FROM report LIMIT 1"));
  read.set_purpose(Letters(501));
  CHECK(owner.Try(&Tickets::GetReporter, read, kOperatorOfCentre).code == grpc::INVALID_ARGUMENT);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a ticket has so many assignments, transfers, extensions and reports at most") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(Route(owner, id, {kTransport}) == kDone);
    REQUIRE(Return(owner, AssignmentOf(owner, id, kTransport).id(), kTransport) == kDone);
  }
  CHECK(Route(owner, id, {kTransport}) == kFieldInvalid);

  const std::string emergency = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  const auto transfer = [&](const std::string& service) {
    return owner.TryStep(&Tickets::StartTransfer, kOperatorOfCentre, [&](auto& r) {
      r.set_ticket_id(emergency);
      r.set_service(service);
    });
  };
  CHECK(transfer("116") == kFieldInvalid);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(transfer("115") == kDone);
    owner.Step(&Tickets::EndTransfer, kOperatorOfCentre, [&](auto& r) {
      r.set_ticket_id(emergency);
      r.set_taken(false);
    });
  }
  CHECK(transfer("115") == kFieldInvalid);

  const std::string slow = Opened(owner, Appeal(owner)).ticket().id();
  Routed(owner, slow, {kTransport});
  const std::string assignment = AssignmentOf(owner, slow, kTransport).id();
  Accepted(owner, assignment, kTransport);
  const auto extend = [&](int day) {
    return owner.TryStep(&Assignments::ExtendAssignment, kTransportHead, [&](auto& r) {
      r.set_assignment_id(assignment);
      r.set_reason("Chờ vật tư");
      journal::SetTime(r.mutable_due_at(),
                       base::ParseTime("2019-08-01T10:00:00Z") + std::chrono::days(day));
    });
  };
  for (int i = 0; i < 20; ++i) REQUIRE(extend(i) == kDone);
  CHECK(extend(20) == kFieldInvalid);
  CHECK(owner.Defects().empty());

  owner.Value("UPDATE ticket SET report_count = 1000 WHERE id = '" + slow + "' RETURNING id");
  auto joining = Appeal(owner);
  joining.set_join_ticket_id(slow);
  CHECK(owner.Try(&Tickets::OpenTicket, joining, kOperatorOfCentre) == Invalid("TICKETS_DIFFER"));
}

}  // namespace lienthong::hotline
