// Deadlines of documents: the working calendar, marks by the timer, on a real PostgreSQL.
#include <thread>

#include <chrono>
#include <stdexcept>

#include "document/schedule.hpp"
#include "platform/journal/times.hpp"
#include "support/document_owner.hpp"

namespace lienthong::document {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const std::string kWardHead = "H09.718.25747/head";

/// The document service with its timer, which the test runs.
struct Stage {
  DocumentOwner owner;
  Schedule schedule{owner.sharing_};
  journal::Timer timer{owner.pool_, owner.journal_, owner.clock_, schedule};

  void Move(const std::string& time) { owner.MoveClockTo(time); }
};

/// What the ward has to do with a document next.
v1::Deadline DueOfWard(DocumentOwner& owner, const v1::Document& document) {
  v1::GetIncomingRequest get;
  get.set_delivery_id(DeliveryTo(owner, document, kWard).id());
  return owner.Do(&Incomings::GetIncoming, get, "H09.718.25747/clerk").due();
}

std::string At(const v1::Deadline& due) { return base::FormatTime(journal::ToTime(due.at())); }

v1::AssignDeliveryRequest AssignUntil(DocumentOwner& owner, const std::string& delivery_id,
                                      const std::string& deadline) {
  auto request = owner.New<v1::AssignDeliveryRequest>();
  request.set_delivery_id(delivery_id);
  auto* const lead = request.add_assignments();
  lead->set_official_id("H09.718.25747/expert");
  lead->set_role(v1::TASK_ROLE_LEAD);
  journal::SetTime(lead->mutable_deadline(), base::ParseTime(deadline));
  return request;
}

/// A further task of the ward, and with it another deadline for its own work; "" = the same.
void SetDeadline(DocumentOwner& owner, const std::string& delivery_id,
                 const std::string& deadline) {
  owner.Step(&Incomings::AssignDelivery, kWardHead, [&](auto& request) {
    request.set_delivery_id(delivery_id);
    auto* const more = request.add_assignments();
    more->set_official_id("H09.718.25747/clerk");
    more->set_role(v1::TASK_ROLE_COORDINATE);
    if (deadline.empty()) return;
    journal::SetTime(request.mutable_deadline(), base::ParseTime(deadline));
  });
}

/// Entered by the ward and assigned on 10 July 2019, 07:30, with a deadline of the ward's own.
v1::Delivery AssignedUntil(DocumentOwner& owner, const std::string& deadline) {
  const v1::Delivery entered = Entered(owner, Issued(owner, ContentTo({kWard})), kWard);
  owner.Step(&Incomings::AssignDelivery, kWardHead, [&](auto& request) {
    request.set_delivery_id(entered.id());
    auto* const lead = request.add_assignments();
    lead->set_official_id("H09.718.25747/expert");
    lead->set_role(v1::TASK_ROLE_LEAD);
    journal::SetTime(request.mutable_deadline(), base::ParseTime(deadline));
  });
  return entered;
}

/// "DeadlineNear 2019-07-20 DeadlinePassed 2019-07-20": what was told of a delivery, in order.
std::string ToldOf(DocumentOwner& owner, const std::string& delivery_id) {
  return owner.Value(
      "SELECT string_agg(event || ' ' || substr(states[1]::json -> 'due' ->> 'at', 1, 10), ' '"
      " ORDER BY id) FROM journal WHERE record_type = 'deadline-notice' AND record_id = '" +
      delivery_id + "'");
}

std::string MarksOf(DocumentOwner& owner, const std::string& mark, const std::string& official) {
  v1::ListDeadlinesRequest list;
  if (mark == "overdue") list.set_mark(v1::DEADLINE_MARK_OVERDUE);
  if (mark == "soon") list.set_mark(v1::DEADLINE_MARK_SOON);
  std::string kinds;
  const auto answer = owner.Do(&Incomings::ListDeadlines, list, official);
  for (const auto& item : answer.items()) {
    kinds += (kinds.empty() ? "" : " ") + item.record_type();
  }
  return kinds;
}

}  // namespace

TEST_CASE("deadlines: reception on the day, presentation and issue on the next working day") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  // Wednesday 10 July 2019, 07:30: a signed draft is issued by Thursday, 17:00.
  const v1::Draft draft = Signed(owner, ContentTo({kWard}));
  CHECK(draft.due().kind() == v1::DEADLINE_KIND_ISSUE);
  CHECK(At(draft.due()) == "2019-07-11T10:00:00.000000Z");
  const v1::Document document = IssuedOf(owner, draft);
  CHECK(DueOfWard(owner, document).kind() == v1::DEADLINE_KIND_RECEPTION);
  CHECK(At(DueOfWard(owner, document)) == "2019-07-10T10:00:00.000000Z");
  Entered(owner, document, kWard);
  CHECK(DueOfWard(owner, document).kind() == v1::DEADLINE_KIND_PRESENTATION);
  CHECK(At(DueOfWard(owner, document)) == "2019-07-11T10:00:00.000000Z");

  // Urgent: within an hour of office time. On Friday at 16:30 half of it is on Monday.
  stage.Move("2019-07-12T09:30:00Z");
  v1::DraftContent urgent = ContentTo({kWard});
  urgent.set_urgency(v1::URGENCY_EXPRESS);
  CHECK(At(DueOfWard(owner, Issued(owner, urgent))) == "2019-07-15T01:00:00.000000Z");
  CHECK(owner.Defects().empty());
}

TEST_CASE("deadlines: each mark comes once, and a later one takes the place of an earlier") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const v1::Document document = Issued(owner, ContentTo({kWard, kOtherWard}));
  const std::string id = DeliveryTo(owner, document, kWard).id();
  CHECK(stage.timer.RunDue() == 0);
  stage.Move("2019-07-10T08:23:59Z");
  CHECK(stage.timer.RunDue() == 0);
  stage.Move("2019-07-10T08:24:00Z");  // 15:24: 80 % of the office time of the day
  CHECK(stage.timer.RunDue() == 2);
  CHECK(stage.timer.RunDue() == 0);
  CHECK(owner.Events(id) == "DocumentSent DeadlineNear");
  // The sender learns nothing of it.
  CHECK(owner.Value(
            "SELECT audience FROM head WHERE record_type = 'deadline-notice' AND record_id = '" +
            id + "'") == "{\"H09.718.25747\":\"full\"}");
  CHECK(DeliveryTo(owner, document, kWard).version() == 1);
  CHECK(MarksOf(owner, "soon", "H09.718.25747/guest") == "delivery");
  stage.Move("2019-07-10T10:00:00Z");
  CHECK(stage.timer.RunDue() == 2);
  CHECK(stage.timer.RunDue() == 0);
  CHECK(owner.Events(id) == "DocumentSent DeadlineNear DeadlinePassed");
  CHECK(MarksOf(owner, "overdue", "H09.718.25747/guest") == "delivery");
  CHECK(DueOfWard(owner, document).mark() == v1::DEADLINE_MARK_OVERDUE);
  // What is done is no longer due.
  Entered(owner, document, kWard);
  CHECK(DueOfWard(owner, document).mark() == v1::DEADLINE_MARK_NONE);
  CHECK(MarksOf(owner, "overdue", "H09.718.25747/guest").empty());
  CHECK(owner.Defects().empty());
}

TEST_CASE("deadlines: after a month of standing still only the highest mark is told") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  const std::string id = DeliveryTo(owner, document, kWard).id();
  stage.Move("2019-08-10T10:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  CHECK(stage.timer.RunDue() == 0);
  CHECK(owner.Events(id) == "DocumentSent DeadlinePassed");
}

TEST_CASE("deadlines: two timers at once, and one that begins again, tell a mark once") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  const std::string id = DeliveryTo(owner, document, kWard).id();
  journal::Timer other(owner.pool_, owner.journal_, owner.clock_, stage.schedule);
  stage.Move("2019-07-10T10:00:00Z");
  std::thread first([&] { stage.timer.RunDue(); }), second([&] { other.RunDue(); });
  first.join(), second.join();
  CHECK(owner.Events(id) == "DocumentSent DeadlinePassed");
  CHECK(other.RunDue() == 0);
}

TEST_CASE("deadlines: a task has its own, and a new task counts anew") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  const v1::Delivery entered = Entered(owner, document, kWard);
  owner.Do(&Incomings::AssignDelivery, AssignUntil(owner, entered.id(), "2019-07-12T03:00:00Z"),
           kWardHead);
  v1::ListDeadlinesRequest mine;
  mine.set_mine(true);
  const auto due = owner.Do(&Incomings::ListDeadlines, mine, "H09.718.25747/expert");
  REQUIRE(due.items_size() == 1);
  CHECK(due.items(0).due().kind() == v1::DEADLINE_KIND_TASK);
  const std::string task = due.items(0).record_id();
  stage.Move("2019-07-12T03:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  CHECK(owner.Events(task) == "TaskAssigned DeadlinePassed");
  CHECK(owner.Try(&Incomings::AssignDelivery,
                  AssignUntil(owner, entered.id(), "2019-07-13T03:00:00Z"),
                  kWardHead) == Outcome{grpc::FAILED_PRECONDITION, "LEAD_ASSIGNED"});

  owner.Step(&Incomings::WithdrawTask, kWardHead, [&](auto& request) {
    request.set_task_id(task);
    request.set_reason("Giao lại");
  });
  CHECK(owner.Try(&Incomings::AssignDelivery,
                  AssignUntil(owner, entered.id(), "2019-07-12T03:00:00Z"),
                  kWardHead) == kFieldInvalid);
  owner.Do(&Incomings::AssignDelivery, AssignUntil(owner, entered.id(), "2019-07-13T03:00:00Z"),
           kWardHead);
  stage.Move("2019-07-13T04:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  CHECK(owner.Value("SELECT count(*) FROM journal WHERE event = 'DeadlinePassed'") == "2");
  CHECK(owner.Defects().empty());
}

TEST_CASE("deadlines: one that is changed counts anew, and each of its marks is told once") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  // Five days: it comes near after four.
  const std::string id = AssignedUntil(owner, "2019-07-15T00:30:00Z").id();
  stage.Move("2019-07-14T01:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  CHECK(ToldOf(owner, id) == "DeadlineNear 2019-07-15");
  // Ten more days: near after eight; the old value means nothing any more.
  SetDeadline(owner, id, "2019-07-24T01:00:00Z");
  CHECK(MarksOf(owner, "soon", kWardHead).empty());
  stage.Move("2019-07-15T01:00:00Z");
  CHECK(stage.timer.RunDue() == 0);
  stage.Move("2019-07-22T01:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  CHECK(stage.timer.RunDue() == 0);
  CHECK(ToldOf(owner, id) == "DeadlineNear 2019-07-15 DeadlineNear 2019-07-24");
  CHECK(MarksOf(owner, "soon", kWardHead) == "delivery");
  // The same value again, work that begins, and further tasks without one tell nothing new.
  SetDeadline(owner, id, "2019-07-24T01:00:00Z");
  SetDeadline(owner, id, "");
  owner.Step(&Incomings::ProcessDelivery, "H09.718.25747/expert",
             [&](auto& request) { request.set_delivery_id(id); });
  stage.Move("2019-07-24T00:00:00Z");
  CHECK(stage.timer.RunDue() == 0);
  stage.Move("2019-07-24T01:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  // Overdue, it gets another one: that is told from the start.
  SetDeadline(owner, id, "2019-07-25T01:00:00Z");
  CHECK(MarksOf(owner, "overdue", kWardHead).empty());
  stage.Move("2019-07-24T23:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  stage.Move("2019-07-25T01:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  CHECK(stage.timer.RunDue() == 0);
  CHECK(ToldOf(owner, id) ==
        "DeadlineNear 2019-07-15 DeadlineNear 2019-07-24 DeadlinePassed 2019-07-24"
        " DeadlineNear 2019-07-25 DeadlinePassed 2019-07-25");
  CHECK(owner.Defects().empty());
}

TEST_CASE("deadlines: one that is set back to what it was is told like a new one") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const std::string first = "2019-07-20T01:00:00Z";
  const std::string id = AssignedUntil(owner, first).id();
  stage.Move("2019-07-19T01:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  SetDeadline(owner, id, "2019-08-20T01:00:00Z");
  CHECK(stage.timer.RunDue() == 0);
  SetDeadline(owner, id, first);
  stage.Move("2019-07-20T00:00:00Z");
  CHECK(stage.timer.RunDue() == 1);
  stage.Move(first);
  CHECK(stage.timer.RunDue() == 1);
  CHECK(stage.timer.RunDue() == 0);
  CHECK(ToldOf(owner, id) ==
        "DeadlineNear 2019-07-20 DeadlineNear 2019-07-20 DeadlinePassed 2019-07-20");
}

TEST_CASE("deadlines: after standing still across marks of changed values the highest is told") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const std::string id = AssignedUntil(owner, "2019-07-15T01:00:00Z").id();
  const std::string other = AssignedUntil(owner, "2019-07-15T01:00:00Z").id();
  stage.Move("2019-07-14T05:00:00Z");
  CHECK(stage.timer.RunDue() == 2);
  // From here on the timer stands still, while the service goes on: near by the first value, then
  // near and overdue by the second; of the other, near and overdue by one that is changed again.
  SetDeadline(owner, id, "2019-07-20T01:00:00Z");
  SetDeadline(owner, other, "2019-07-16T01:00:00Z");
  stage.Move("2019-07-17T01:00:00Z");
  SetDeadline(owner, other, "2019-07-27T01:00:00Z");
  stage.Move("2019-07-26T01:00:00Z");
  journal::Timer again(owner.pool_, owner.journal_, owner.clock_, stage.schedule);
  CHECK(again.RunDue() == 2);
  CHECK(again.RunDue() == 0);
  CHECK(ToldOf(owner, id) == "DeadlineNear 2019-07-15 DeadlinePassed 2019-07-20");
  CHECK(ToldOf(owner, other) == "DeadlineNear 2019-07-15 DeadlineNear 2019-07-27");
  stage.Move("2019-09-01T01:00:00Z");
  CHECK(again.RunDue() == 1);
  CHECK(ToldOf(owner, other) ==
        "DeadlineNear 2019-07-15 DeadlineNear 2019-07-27 DeadlinePassed 2019-07-27");
  CHECK(owner.Defects().empty());
}

TEST_CASE("deadlines: nearest first, page by page; restricted ones only for who may read them") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  for (int i = 0; i < 3; ++i) {
    owner.clock_.Advance(minutes(1));
    Issued(owner, ContentTo({kWard}));
  }
  v1::DraftContent restricted = ContentTo({kWard});
  restricted.set_restricted(true);
  Issued(owner, restricted);
  v1::ListDeadlinesRequest list;
  list.set_page_size(2);
  const auto count = [&](const std::string& official) {
    int items = 0;
    list.clear_page_token();
    for (;;) {
      const auto page = owner.Do(&Incomings::ListDeadlines, list, official);
      items += page.items_size();
      if (page.next_page_token().empty()) return items;
      list.set_page_token(page.next_page_token());
    }
  };
  CHECK(count("H09.718.25747/clerk") == 4);
  CHECK(count("H09.718.25747/guest") == 3);
  CHECK(count("H09.718.25750/clerk") == 0);
}

}  // namespace lienthong::document
