// Work whose official has left, and what each official has, on a real PostgreSQL.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Ids = std::vector<std::string>;

/// The unit's assignment of a new ticket.
std::string Given(HotlineOwner& owner, const std::string& unit,
                  const std::string& category = "HATANG.GIAOTHONG") {
  const std::string id = Opened(owner, Appeal(owner, category)).ticket().id();
  Routed(owner, id, {unit});
  return AssignmentOf(owner, id, unit).id();
}

void Started(HotlineOwner& owner, const std::string& assignment, const std::string& official) {
  owner.Step(&Assignments::StartAssignment, official,
             [&](auto& request) { request.set_assignment_id(assignment); });
}

/// All pages.
Ids Left(HotlineOwner& owner, const std::string& official, int page_size = 0) {
  Ids ids;
  v1::ListLeftAssignmentsRequest request;
  request.set_page_size(page_size);
  do {
    const auto page = owner.Do(&Assignments::ListLeftAssignments, request, official);
    CHECK((page_size == 0 || page.assignments_size() <= page_size));
    for (const auto& one : page.assignments()) ids.push_back(one.id());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return ids;
}

/// Holds no position any more.
void Leaves(HotlineOwner& owner, const std::string& official) {
  directory::v1::Official gone;
  gone.set_id(official);
  gone.set_full_name("Cán bộ đã chuyển công tác");
  owner.Publish("official", official, gone);
}

Outcome HandOver(HotlineOwner& owner, const std::string& assignment, const std::string& to) {
  return owner.TryStep(&Assignments::HandOverAssignment, kTransportHead, [&](auto& request) {
    request.set_assignment_id(assignment);
    request.set_official_id(to);
  });
}

}  // namespace

TEST_CASE("hotline: when an official leaves, open assignments stand in the head's list") {
  HotlineOwner owner;
  const std::string open = Given(owner, kTransport), done = Given(owner, kTransport),
                    of_head = Given(owner, kTransport);
  Given(owner, kTransport);  // nobody's yet
  Started(owner, open, kTransportHandler);
  Started(owner, of_head, kTransportHead);
  owner.Step(&Assignments::AnswerAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(done);
    request.set_answer("Đã xử lý.");
  });
  CHECK(Left(owner, kTransportHead).empty());
  Leaves(owner, kTransportHandler);
  CHECK(Left(owner, kTransportHead) == Ids{open});
  CHECK(Left(owner, "H09.08/head").empty());
  CHECK(HandOver(owner, open, kTransportHandler) == kFieldInvalid);
  CHECK(HandOver(owner, open, "H09.09/named") == kDone);
  CHECK(Left(owner, kTransportHead).empty());
  CHECK(AssignmentBy(owner, open, kTransportHead).official_id() == "H09.09/named");
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: what was left and what a split unit had stand in one list, by their deadlines") {
  HotlineOwner owner;
  const std::string last = Given(owner, kTransport),
                    first = Given(owner, kTransport, "HATANG.KHAN");
  owner.MoveClockTo("2019-07-10T01:30:00Z");
  const std::string second = Given(owner, kHomeAffairs, "HATANG.KHAN");
  Started(owner, last, kTransportHandler);
  Started(owner, first, kTransportHandler);
  Leaves(owner, kTransportHandler);
  owner.CloseUnit(kHomeAffairs, {kTransport, kInspector});
  const Ids all{first, second, last};
  CHECK(Left(owner, kTransportHead) == all);
  CHECK(Left(owner, kTransportHead, 1) == all);
  CHECK(Left(owner, kTransportHead, 2) == all);
  CHECK(Left(owner, "H09.18/head") == Ids{second});
  // What is the unit's own is handed over, not taken over.
  const auto take = [&](const std::string& id) {
    return owner.TryStep(&Assignments::TakeOverAssignment, kTransportHead,
                         [&](auto& request) { request.set_assignment_id(id); });
  };
  CHECK(take(first) == Outcome{grpc::FAILED_PRECONDITION, "ASSIGNMENT_STATE"});
  CHECK(take(second) == kDone);
  CHECK(HandOver(owner, first, kTransportHead) == kDone);
  CHECK(Left(owner, kTransportHead) == Ids{last});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a unit lists what one of its officials handles") {
  HotlineOwner owner;
  const std::string own = Given(owner, kTransport), of_head = Given(owner, kTransport);
  const std::string ended = Given(owner, kTransport);
  for (const std::string& id : {own, ended}) Started(owner, id, kTransportHandler);
  Started(owner, of_head, kTransportHead);
  const std::string done = AssignmentBy(owner, ended, kTransportHandler).id();
  REQUIRE(Answer(owner, done, kTransport) == kDone);
  v1::ListAssignmentsRequest request;
  const auto listed = [&](const std::string& official) {
    Ids ids;
    const auto page = owner.Do(&Assignments::ListAssignments, request, official);
    for (const auto& one : page.assignments()) ids.push_back(one.id());
    return ids;
  };
  request.set_official_id(kTransportHandler);
  CHECK(listed(kTransportHead) == Ids{own});
  CHECK(listed("H09.08/head").empty());
  request.add_states(v1::ASSIGNMENT_STATE_ANSWERED);
  CHECK(listed(kTransportHead) == Ids{done});
  request.clear_states();
  request.set_kept(true);
  CHECK(owner.Try(&Assignments::ListAssignments, request, kTransportHead) == kFieldInvalid);
  request.clear_kept();
  request.set_official_id(kTransportHead);
  CHECK(listed(kTransportHead) == Ids{of_head});
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
