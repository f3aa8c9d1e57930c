// What people write at length keeps its lines, on a real PostgreSQL.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Citizens = Portal::Stub;

const std::string kCitizenPhone = "0987654321";  // as Portal::Report
const std::string kTyped = "\r\n  Thợ đến\tmuộn. \r\n\r\nĐèn vẫn tắt.\n";
const std::string kKept = "Thợ đến muộn.\n\nĐèn vẫn tắt.";

struct Stage {
  HotlineOwner owner;
  Portal portal{owner};

  /// A citizen's report that was answered and is published.
  v1::SubmitReportResponse Reported() {
    const auto submitted = portal.Submitted(portal.Report());
    Routed(owner, submitted.ticket_id(), {kTransport});
    AnsweredBy(owner, submitted.ticket_id(), kTransport);
    Approved(owner, submitted.ticket_id());
    Published(owner, submitted.ticket_id());
    return submitted;
  }
};

TEST_CASE("hotline lines: a citizen's comment and reason to reopen keep their lines") {
  Stage stage;
  const auto submitted = stage.Reported();
  auto rate = stage.owner.New<v1::RateReportRequest>();
  rate.set_code(submitted.code());
  rate.set_contact(kCitizenPhone);
  rate.set_satisfaction(v1::SATISFACTION_UNSATISFIED);
  rate.set_comment(kTyped);
  stage.portal.Do(&Citizens::RateReport, rate);
  CHECK(TicketOf(stage.owner, submitted.ticket_id()).satisfaction_comment() == kKept);
  auto reopen = stage.owner.New<v1::ReopenReportRequest>();
  reopen.set_code(submitted.code());
  reopen.set_contact(kCitizenPhone);
  reopen.set_reason(kTyped);
  stage.portal.Do(&Citizens::ReopenReport, reopen);
  CHECK(TicketOf(stage.owner, submitted.ticket_id()).reopen_reason() == kKept);
  // Lines without a word are none.
  reopen.set_reason(" \r\n \n");
  reopen.set_request_id(stage.owner.NewId());
  CHECK(stage.portal.Try(&Citizens::ReopenReport, reopen) == kFieldInvalid);
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline lines: so do those that operators, approvers and units write") {
  Stage stage;
  HotlineOwner& owner = stage.owner;
  const std::string id = stage.Reported().ticket_id();
  const auto rated = owner.Step(&Tickets::RateTicket, kOperatorOfCentre, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_satisfaction(v1::SATISFACTION_NEUTRAL);
    r.set_comment(kTyped);
  });
  CHECK(rated.satisfaction_comment() == kKept);
  const auto reopened = owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_reason(kTyped);
  });
  CHECK(reopened.reopen_reason() == kKept);
  const auto rejected = owner.Step(&Tickets::RejectTicket, kApproverOfCentre, [&](auto& r) {
    r.set_ticket_id(id);
    r.set_reason(kTyped);
  });
  CHECK(rejected.reason() == kKept);

  const auto submitted = stage.portal.Submitted(stage.portal.Report());
  owner.Step(&Tickets::RouteTicket, kOperatorOfCentre, [&](auto& r) {
    r.set_ticket_id(submitted.ticket_id());
    r.add_routes()->set_unit_id(kTransport);
    r.mutable_routes(0)->set_instruction(kTyped);
  });
  const v1::Assignment given = AssignmentOf(owner, submitted.ticket_id(), kTransport);
  CHECK(given.instruction() == kKept);
  const std::string& assignment = given.id();
  Accepted(owner, assignment, kTransport);
  owner.Step(&Assignments::PauseAssignment, kTransportHandler, [&](auto& r) {
    r.set_assignment_id(assignment);
    r.set_reason(kTyped);
  });
  // As the citizen is asked.
  CHECK(stage.portal.Followed(submitted.code(), kCitizenPhone).question() == kKept);
  CHECK(owner.Defects().empty());
}

}  // namespace
}  // namespace lienthong::hotline
