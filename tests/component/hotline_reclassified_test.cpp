// What a new category does to clocks that run, and what citizens hear of it.
#include "support/hotline_messages.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const std::string kPartGiven = "TicketAssigned AssignmentAccepted";
const std::string kInFiveDays = "2019-07-17T10:00:00.000000Z";

void PutAnew(HotlineOwner& owner, const std::string& ticket, const std::string& category) {
  owner.Step(&Tickets::ClassifyTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(ticket);
    request.set_category_id(category);
  });
}

/// A part of a ticket: the transport department's since Wednesday, 08:00, for five working days.
struct ClockedPart {
  explicit ClockedPart(HotlineOwner& given) : owner(given) {
    ticket = Opened(owner, Appeal(owner)).ticket().id();
    Routed(owner, ticket, {kTransport});
    id = AssignmentOf(owner, ticket, kTransport).id();
    Accepted(owner, id, kTransport);
  }
  void Into(const std::string& category) { PutAnew(owner, ticket, category); }
  v1::Assignment Now() { return AssignmentBy(owner, id, kOperatorOfCentre); }
  /// "" = it has none.
  std::string Due() {
    const v1::Assignment part = Now();
    const v1::Deadline* const due = DeadlineOf(part, v1::DEADLINE_KIND_RESOLUTION);
    REQUIRE(part.has_due_at() == (due != nullptr));
    if (due == nullptr) return "";
    CHECK(At(due->at()) == At(part.due_at()));
    return At(part.due_at());
  }
  v1::DeadlineMark Mark() { return DeadlineOf(Now(), v1::DEADLINE_KIND_RESOLUTION)->mark(); }
  void Pause() {
    owner.Step(&Assignments::PauseAssignment, kTransportHandler, [&](auto& request) {
      request.set_assignment_id(id);
      request.set_reason("Ở đâu?");
    });
  }
  void Resume() {
    owner.Step(&Assignments::ResumeAssignment, kTransportHandler,
               [&](auto& request) { request.set_assignment_id(id); });
  }
  void Extend(const std::string& until) {
    owner.Step(&Assignments::ExtendAssignment, kTransportHead, [&](auto& request) {
      request.set_assignment_id(id);
      request.set_reason("Chờ vật tư");
      journal::SetTime(request.mutable_due_at(), base::ParseTime(until));
    });
  }
  /// New dates that citizens are told.
  std::string Told() {
    return owner.Value(
        "SELECT coalesce(string_agg(date::text, ' '), '') FROM message"
        " WHERE kind = 3 AND state <> 5");
  }

  HotlineOwner& owner;
  std::string ticket, id;
};

/// An emergency, or what becomes one, as the shift sees it.
struct Alarmed {
  explicit Alarmed(HotlineOwner& given, const std::string& category = "KHANCAP.113")
      : owner(given), id(Opened(owner, Appeal(owner, category)).ticket().id()) {}
  void Start() {
    owner.Step(&Tickets::StartTransfer, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_service("113");
    });
  }
  void End(bool taken) {
    owner.Step(&Tickets::EndTransfer, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_taken(taken);
    });
  }
  /// When the shift is alarmed; "" = not.
  std::string At() {
    const v1::Ticket ticket = TicketOf(owner, id);
    const v1::Deadline* const due = DeadlineOf(ticket, v1::DEADLINE_KIND_TRANSFER);
    return due == nullptr ? "" : hotline::At(due->at());
  }
  std::int64_t Late() {
    return owner.pool_.Transact([](pg::Tx& tx) { return CountLateTransfers(tx); });
  }

  HotlineOwner& owner;
  std::string id;
};

}  // namespace

TEST_CASE("hotline: a part has the limit of a new category, from when it was given out") {
  HotlineOwner owner;
  ClockedPart part(owner);
  CHECK(part.Due() == kInFiveDays);
  owner.MoveClockTo("2019-07-10T05:00:00Z");
  part.Into("HATANG.KHAN");
  CHECK(part.Due() == "2019-07-11T01:00:00.000000Z");  // 24 hours
  CHECK(part.Now().category_id() == "HATANG.KHAN");
  CHECK(part.Told().empty());  // it is sooner
  owner.RunClockAt("2019-07-11T01:00:00Z");
  CHECK(owner.Events(part.id) == kPartGiven + " TicketFollowed DeadlinePassed");
  // Back: nothing is late, and the citizen hears of the later date.
  part.Into("HATANG.GIAOTHONG");
  owner.RunClock();
  CHECK(part.Due() == kInFiveDays);
  CHECK(part.Mark() == v1::DEADLINE_MARK_NONE);
  CHECK(part.Told() == "2019-07-17");
  CHECK(owner.Events(part.id) == kPartGiven + " TicketFollowed DeadlinePassed TicketFollowed");
  // And again: what was told of that deadline is not told twice. The date was not sent, nor is it.
  part.Into("HATANG.KHAN");
  CHECK(part.Told().empty());
  owner.RunClock();
  CHECK(part.Due() == "2019-07-11T01:00:00.000000Z");
  CHECK(part.Mark() == v1::DEADLINE_MARK_PASSED);
  CHECK(owner.Events(part.id) ==
        kPartGiven + " TicketFollowed DeadlinePassed TicketFollowed TicketFollowed");
  // It goes up, as every other.
  owner.RunClockAt("2019-07-15T10:00:00Z");
  CHECK(owner.Events(part.id).ends_with("TicketFollowed DeadlineEscalated"));
  // A later date that is over is no news.
  owner.MoveClockTo("2019-07-18T01:00:00Z");
  part.Into("HATANG.GIAOTHONG");
  CHECK(part.Due() == kInFiveDays);
  CHECK(owner.Value("SELECT count(*) FROM message WHERE kind = 3") == "1");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a citizen who has heard of a date hears of it again only after another one") {
  HotlineOwner owner;
  ClockedPart part(owner);
  const auto send = [&] {
    owner.Value(
        "UPDATE message SET state = 2, address = '', code = '', next_at = NULL"
        " WHERE kind = 3 AND state = 1");
  };
  part.Into("HATANG.KHAN");
  part.Into("HATANG.GIAOTHONG");
  send();
  part.Into("HATANG.KHAN");
  part.Into("HATANG.GIAOTHONG");
  CHECK(part.Told() == "2019-07-17");
  part.Extend("2019-07-30T10:00:00Z");
  CHECK(part.Told() == "2019-07-17 2019-07-30");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: nothing of a part is due in an emergency, nor goes up, until it is none") {
  HotlineOwner owner;
  ClockedPart part(owner);
  owner.RunClockAt("2019-07-17T10:00:00Z");
  const std::string late = owner.Events(part.id);
  CHECK(late == kPartGiven + " DeadlinePassed");
  part.Into("KHANCAP.113");
  CHECK(part.Due().empty());
  CHECK(part.Now().deadlines().empty());
  owner.RunClockAt("2019-07-31T10:00:00Z");
  CHECK(owner.Events(part.id) == late + " TicketFollowed");
  CHECK(owner.SeenBy(part.id) == "H09.03 H09.09");
  CHECK(owner.Value("SELECT mark FROM assignment") == "0");
  part.Into("HATANG.GIAOTHONG");
  CHECK(part.Due() == kInFiveDays);
  CHECK(part.Mark() == v1::DEADLINE_MARK_PASSED);
  owner.RunClock();  // that it has passed is not told again
  CHECK(owner.Events(part.id) == late + " TicketFollowed TicketFollowed DeadlineEscalated");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a part that waits for the citizen waits no more in an emergency") {
  HotlineOwner owner;
  ClockedPart part(owner);
  part.Pause();
  CHECK(owner.Value("SELECT state FROM message WHERE kind = 2") == "1");
  part.Into("KHANCAP.113");
  CHECK(part.Now().state() == v1::ASSIGNMENT_STATE_IN_PROGRESS);
  CHECK_FALSE(part.Now().has_waiting_since());
  CHECK(owner.Value("SELECT state FROM message WHERE kind = 2") == "5");  // nobody asks any more
  owner.RunClockAt("2019-09-10T01:00:00Z");
  CHECK(owner.Events(part.id) == kPartGiven + " AssignmentPaused TicketFollowed");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a wait counts for the clock of each category, a later extension stays") {
  HotlineOwner owner;
  owner.SetCategory(
      HotlineOwner::NewCategory("HATANG.LAU", v1::CATEGORY_KIND_INCIDENT, 30, kTransport));
  ClockedPart part(owner);
  owner.MoveClockTo("2019-07-10T03:00:00Z");  // 10:00
  part.Pause();
  owner.MoveClockTo("2019-07-10T05:00:00Z");
  part.Resume();
  const std::string with_wait = "2019-07-18T02:00:00.000000Z";  // an hour and a half of office time
  CHECK(part.Due() == with_wait);
  part.Into("HATANG.KHAN");
  CHECK(part.Due() == "2019-07-11T03:00:00.000000Z");  // two hours of the clock
  part.Into("HATANG.GIAOTHONG");
  CHECK(part.Due() == with_wait);
  part.Extend("2019-07-30T10:00:00Z");
  for (const char* category : {"HATANG.KHAN", "KHANCAP.113", "HATANG.GIAOTHONG"}) {
    part.Into(category);
    CAPTURE(category);
    CHECK(part.Due() ==
          (category == std::string("KHANCAP.113") ? "" : "2019-07-30T10:00:00.000000Z"));
  }
  part.Into("HATANG.LAU");
  CHECK(part.Due() == "2019-08-22T02:00:00.000000Z");  // that is later
  part.Into("HATANG.KHAN");
  CHECK(part.Due() == "2019-07-30T10:00:00.000000Z");
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: an emergency that nobody takes, its transfer not begun, alarms the shift once") {
  HotlineOwner owner;
  Alarmed emergency(owner);
  CHECK(emergency.At() == "2019-07-10T01:01:00.000000Z");
  owner.RunClockAt("2019-07-10T01:00:59Z");
  CHECK(owner.Events(emergency.id) == "TicketOpened");
  CHECK(emergency.Late() == 0);
  owner.RunClockAt("2019-07-10T01:01:00Z");
  CHECK(owner.Events(emergency.id) == "TicketOpened DeadlinePassed");
  CHECK(emergency.Late() == 1);
  owner.RunClockAt("2019-07-10T03:00:00Z");
  CHECK(owner.Events(emergency.id) == "TicketOpened DeadlinePassed");
  // A transfer that begins has its own time.
  emergency.Start();
  CHECK(emergency.Late() == 0);
  owner.RunClockAt("2019-07-10T03:01:00Z");
  CHECK(owner.Events(emergency.id) == "TicketOpened DeadlinePassed TransferStarted DeadlinePassed");
  CHECK(emergency.Late() == 1);
  emergency.End(true);
  CHECK(emergency.At().empty());
  CHECK(emergency.Late() == 0);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what becomes an emergency alarms the shift, while no unit has it") {
  HotlineOwner owner;
  owner.SetCategory(
      HotlineOwner::NewCategory("KHANCAP.114", v1::CATEGORY_KIND_EMERGENCY, 0, kCentreUnit));
  for (const char* category : {"", "HATANG.GIAOTHONG"}) {
    Alarmed report(owner, category);
    CAPTURE(category);
    CHECK(report.At().empty());
    const base::Time now = owner.clock_.BusinessNow() + std::chrono::minutes(2);
    owner.MoveClockTo(base::FormatTime(now));
    PutAnew(owner, report.id, "KHANCAP.113");
    CHECK(report.At() == base::FormatTime(now + std::chrono::seconds(60)));
    // Another emergency goes on with the same time.
    owner.clock_.Advance(std::chrono::seconds(30));
    PutAnew(owner, report.id, "KHANCAP.114");
    CHECK(report.At() == base::FormatTime(now + std::chrono::seconds(60)));
    // A unit has it, and gives it back.
    Routed(owner, report.id, {kTransport});
    CHECK(report.At().empty());
    CHECK(Return(owner, AssignmentOf(owner, report.id, kTransport).id(), kTransport) == kDone);
    CHECK(report.At() == base::FormatTime(now + std::chrono::seconds(90)));
    PutAnew(owner, report.id, "HATANG.GIAOTHONG");
    CHECK(report.At().empty());
  }
  // What was taken does not alarm when a unit gives back what is left of it.
  Alarmed taken(owner);
  taken.Start();
  taken.End(true);
  Routed(owner, taken.id, {kTransport});
  CHECK(Return(owner, AssignmentOf(owner, taken.id, kTransport).id(), kTransport) == kDone);
  CHECK(TicketOf(owner, taken.id).state() == v1::TICKET_STATE_CLASSIFIED);
  CHECK(taken.At().empty());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline messages: that a question was not answered in time is told, with the new date",
          "[hotline]") {
  MessageStage stage;
  const std::string id = stage.OpenRouted();
  stage.Ask(id);
  stage.owner.RunClockAt("2019-07-12T01:00:00Z");
  stage.sender.RunDue();
  CHECK_FALSE(stage.sms.HasSaid("chưa nhận được thông tin bổ sung"));
  stage.owner.RunClockAt("2019-07-15T10:00:00Z");  // three working days
  stage.sender.RunDue();
  CHECK(stage.sms.HasSaid("chưa nhận được thông tin bổ sung"));
  CHECK(stage.sms.HasSaid("Thời hạn mới: 23/07/2019."));
  CHECK_FALSE(stage.sms.HasSaid("cần thêm thời gian"));
  v1::ListMessagesRequest request;
  request.set_ticket_id(id);
  const v1::ListMessagesResponse listed = stage.List(request);
  REQUIRE(listed.messages_size() == 3);
  CHECK(listed.messages(0).kind() == v1::MESSAGE_KIND_UNANSWERED);
  CHECK(listed.messages(0).date() == "2019-07-23");
  CHECK(stage.owner.Defects().empty());
}

}  // namespace lienthong::hotline
