// What citizens answer to what units ask: by the page, or to an operator.
#include "support/hotline_messages.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using std::chrono::hours;

struct Asked {
  explicit Asked(MessageStage& given) : stage(given), portal(given.owner) {
    opened = stage.Open();
    id = opened.ticket().id();
    Routed(stage.owner, id, {kTransport, kWard});
    for (const char* unit : {kTransport, kWard}) {
      Accepted(stage.owner, AssignmentOf(stage.owner, id, unit).id(), unit);
    }
    stage.Ask(id);
  }
  v1::ReplyToQuestionRequest Reply(const std::string& text = "Trước số 15,\nphía bên phải") {
    auto request = stage.owner.New<v1::ReplyToQuestionRequest>();
    request.set_code(opened.code());
    request.set_contact(kPhone);
    request.set_text(text);
    return request;
  }
  v1::Assignment OfTransport() { return AssignmentOf(stage.owner, id, kTransport); }

  MessageStage& stage;
  Portal portal;
  v1::OpenTicketResponse opened;
  std::string id;
};

}  // namespace

TEST_CASE("hotline: a citizen's reply ends the wait, and who asked has it", "[hotline]") {
  MessageStage stage;
  Asked asked(stage);
  CHECK(asked.portal.Followed(asked.opened.code(), kPhone).standing() ==
        v1::REPORT_STANDING_WAITING);
  const std::string due = At(asked.OfTransport().due_at());
  stage.owner.MoveClockTo("2019-07-11T01:00:00Z");
  const auto request = asked.Reply();
  const auto seen = asked.portal.Do(&Portal::Stub::ReplyToQuestion, request);
  CHECK(seen.standing() != v1::REPORT_STANDING_WAITING);
  CHECK_FALSE(seen.has_question());
  const v1::Assignment resumed = asked.OfTransport();
  CHECK(resumed.state() == v1::ASSIGNMENT_STATE_IN_PROGRESS);
  CHECK(resumed.reply() == "Trước số 15,\nphía bên phải");
  // The clock stood still for a working day.
  CHECK(At(resumed.due_at()) > due);
  CHECK(AssignmentOf(stage.owner, asked.id, kWard).reply().empty());
  CHECK(stage.owner.Events(resumed.id()).ends_with("AssignmentPaused AssignmentResumed"));
  CHECK(stage.owner.Events(asked.id).ends_with("CitizenReplied"));
  // Sent twice it is one; another one finds nothing that waits.
  asked.portal.Do(&Portal::Stub::ReplyToQuestion, request);
  CHECK(stage.owner.Events(resumed.id()).ends_with("AssignmentPaused AssignmentResumed"));
  CHECK(asked.portal.Try(&Portal::Stub::ReplyToQuestion, asked.Reply("Nữa")) ==
        Outcome{grpc::FAILED_PRECONDITION, "TICKET_STATE"});
  // Asked again, there is no reply yet.
  stage.Ask(asked.id);
  CHECK(asked.OfTransport().reply().empty());
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline: when two units ask, the citizen reads both questions and answers both",
          "[hotline]") {
  MessageStage stage;
  Asked asked(stage);
  const auto question = [&] {
    return asked.portal.Followed(asked.opened.code(), kPhone).question();
  };
  CHECK(question() == "CANARY-7431 ở đâu?");
  const auto of_ward = [&] { return AssignmentOf(stage.owner, asked.id, kWard); };
  stage.owner.Step(&Assignments::PauseAssignment, std::string(kWard) + "/handler",
                   [&](auto& request) {
                     request.set_assignment_id(of_ward().id());
                     request.set_reason("Từ bao giờ?");
                   });
  CHECK(question() == "Đơn vị H09.09:\nCANARY-7431 ở đâu?\n\nĐơn vị H09.718.25747:\nTừ bao giờ?");
  const std::string reply = "Trước số 15, từ tuần trước";
  const auto seen = asked.portal.Do(&Portal::Stub::ReplyToQuestion, asked.Reply(reply));
  CHECK(seen.standing() == v1::REPORT_STANDING_HANDLED);
  CHECK_FALSE(seen.has_question());
  for (const v1::Assignment& resumed : {asked.OfTransport(), of_ward()}) {
    CHECK(resumed.state() == v1::ASSIGNMENT_STATE_IN_PROGRESS);
    CHECK(resumed.reply() == reply);
  }
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline: an operator records what a citizen says on the telephone", "[hotline]") {
  MessageStage stage;
  Asked asked(stage);
  const auto record = [&](const std::string& official, const std::string& text) {
    return stage.owner.TryStep(&Tickets::RecordReply, official, [&](auto& request) {
      request.set_ticket_id(asked.id);
      request.set_text(text);
    });
  };
  CHECK(record(kOperator, "") == kFieldInvalid);
  CHECK(record("H09.09/operator", "Ở đây") == kNotFound);  // who does not keep it
  CHECK(record(kOperator, "Ở ngã tư") == kDone);
  CHECK(asked.OfTransport().reply() == "Ở ngã tư");
  CHECK(record(kOperator, "Ở ngã tư") == Outcome{grpc::FAILED_PRECONDITION, "TICKET_STATE"});
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline: only who reported, with the contact, replies; nothing leaves of a complaint",
          "[hotline]") {
  MessageStage stage;
  Asked asked(stage);
  auto stranger = asked.Reply();
  stranger.set_contact("0987654321");
  CHECK(asked.portal.Try(&Portal::Stub::ReplyToQuestion, stranger) == kNotFound);
  CHECK(asked.portal.Try(&Portal::Stub::ReplyToQuestion, asked.Reply("")) == kFieldInvalid);
  CHECK(asked.portal.Try(&Portal::Stub::ReplyToQuestion, asked.Reply(std::string(2001, 'a'))) ==
        kFieldInvalid);
  CHECK(asked.OfTransport().state() == v1::ASSIGNMENT_STATE_WAITING);

  const std::string id = Opened(stage.owner, Complaint(stage.owner, kWard)).ticket().id();
  Routed(stage.owner, id, {kInspector});
  const std::string given = AssignmentOf(stage.owner, id, kInspector).id();
  Accepted(stage.owner, given, kInspector);
  stage.owner.Step(&Assignments::PauseAssignment, "H09.18/handler", [&](auto& request) {
    request.set_assignment_id(given);
    request.set_reason("Ai?");
  });
  stage.owner.Step(&Tickets::RecordReply, kOperator, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_text("zqreply");
  });
  CHECK(stage.owner.Value("SELECT reply FROM assignment WHERE id = '" + given + "'") == "zqreply");
  CHECK(stage.owner.Value("SELECT count(*) FROM journal j WHERE j::text LIKE '%zqreply%'") == "0");
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("hotline replies: who left no address is asked nothing, and no clock stands still",
          "[hotline]") {
  MessageStage stage;
  auto request = Appeal(stage.owner);
  request.mutable_caller()->set_anonymous(true);
  request.mutable_caller()->clear_full_name(), request.mutable_caller()->clear_phone();
  const std::string id = Opened(stage.owner, request).ticket().id();
  Routed(stage.owner, id, {kTransport});
  const std::string part = AssignmentOf(stage.owner, id, kTransport).id();
  Accepted(stage.owner, part, kTransport);
  const auto ask = [&] {
    return stage.owner.TryStep(&Assignments::PauseAssignment, kTransportHandler, [&](auto& r) {
      r.set_assignment_id(part);
      r.set_reason("Ở đâu?");
    });
  };
  CHECK(ask() == Outcome{grpc::FAILED_PRECONDITION, "NOBODY_TO_ASK"});
  CHECK_FALSE(AssignmentBy(stage.owner, part, kOperatorOfCentre).has_waiting_since());
  // Of several one is enough.
  auto further = Appeal(stage.owner);
  further.set_join_ticket_id(id);
  Opened(stage.owner, further);
  CHECK(ask() == kDone);
  CHECK(stage.owner.Defects().empty());
}

}  // namespace lienthong::hotline
