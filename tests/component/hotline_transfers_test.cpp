// Warm transfers of emergencies to 113, 114 and 115, on a real PostgreSQL.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

v1::Ticket TransferBegun(HotlineOwner& owner, const std::string& id, const std::string& service) {
  return owner.Step(&Tickets::StartTransfer, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_service(service);
  });
}

v1::Ticket TransferEnded(HotlineOwner& owner, const std::string& id, bool taken) {
  return owner.Step(&Tickets::EndTransfer, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_taken(taken);
  });
}

std::int64_t Late(HotlineOwner& owner) {
  return owner.pool_.Transact([](pg::Tx& tx) { return CountLateTransfers(tx); });
}

}  // namespace

TEST_CASE("hotline: a transfer that nobody has taken after 60 seconds alarms the shift once") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  CHECK(At(DeadlineOf(TicketOf(owner, id), v1::DEADLINE_KIND_TRANSFER)->at()) ==
        "2019-07-10T01:01:00.000000Z");
  TransferBegun(owner, id, "113");
  owner.RunClockAt("2019-07-10T01:00:59Z");
  CHECK(owner.Events(id) == "TicketOpened TransferStarted");
  owner.RunClockAt("2019-07-10T01:01:00Z");
  owner.RunClock();
  CHECK(owner.Events(id) == "TicketOpened TransferStarted DeadlinePassed");
  CHECK(owner.SeenBy(id) == "H09.03");
  TransferEnded(owner, id, false);
  // The second is taken in time.
  TransferBegun(owner, id, "114");
  owner.MoveClockTo("2019-07-10T01:01:30Z");
  const v1::Ticket taken = TransferEnded(owner, id, true);
  CHECK(taken.state() == v1::TICKET_STATE_TRANSFERRED);
  REQUIRE(taken.transfers_size() == 2);
  CHECK(taken.transfers(0).service() == "113");
  CHECK(At(taken.transfers(0).at()) == "2019-07-10T01:00:00.000000Z");
  CHECK(taken.transfers(0).official_id() == kOperatorOfCentre);
  CHECK(taken.transfers(0).has_taken());
  CHECK_FALSE(taken.transfers(0).taken());
  CHECK(taken.transfers(1).service() == "114");
  CHECK(taken.transfers(1).taken());
  CHECK(At(taken.transfers(1).taken_at()) == "2019-07-10T01:01:30.000000Z");
  owner.RunClockAt("2019-07-10T02:00:00Z");
  const std::string events =
      "TicketOpened TransferStarted DeadlinePassed TransferFailed TransferStarted"
      " TicketTransferred";
  CHECK(owner.Events(id) == events);
  owner.RunClockAt("2019-07-17T01:01:30Z");
  CHECK(owner.Events(id) == events + " TicketClosed");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: only the transfer of an emergency is due, nothing when units have it") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  const std::string open = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  TransferBegun(owner, id, "113");
  TransferEnded(owner, id, true);
  Routed(owner, id, {kWard});  // what is left to do after the call
  const v1::Assignment given = AssignmentOf(owner, id, kWard);
  CHECK(given.deadlines().empty());
  CHECK_FALSE(given.has_due_at());
  owner.RunClockAt("2019-09-10T01:00:00Z");
  CHECK(owner.Events(given.id()) == "TicketAssigned");
  CHECK(owner.Events(open) == "TicketOpened DeadlinePassed");  // nobody has taken it
  v1::Category category =
      HotlineOwner::NewCategory("KHANCAP.113", v1::CATEGORY_KIND_INCIDENT, 5, kWard);
  category.set_kind(v1::CATEGORY_KIND_EMERGENCY);  // with limits
  CHECK(owner.TryStep(&Categories::SetCategory, "", [&](auto& request) {
    *request.mutable_category() = category;
  }) == kFieldInvalid);
  // It does not end while a unit has it.
  CHECK(owner.Events(id) == "TicketOpened TransferStarted TicketTransferred TicketRouted");
  CHECK(owner.Value("SELECT count(*) FROM ticket WHERE look_at <= '2019-09-10'") == "0");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a transfer goes on while units have the emergency") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  TransferBegun(owner, id, "114");
  owner.MoveClockTo("2019-07-10T01:00:10Z");
  Routed(owner, id, {kWard});  // that it is informed does not take the call
  owner.RunClockAt("2019-07-10T01:00:59Z");
  CHECK(owner.Events(id) == "TicketOpened TransferStarted TicketRouted");
  owner.RunClockAt("2019-07-10T01:01:00Z");
  const std::string alarmed = "TicketOpened TransferStarted TicketRouted DeadlinePassed";
  CHECK(owner.Events(id) == alarmed);
  CHECK(Late(owner) == 1);
  const v1::Ticket taken = TransferEnded(owner, id, true);
  CHECK(taken.state() == v1::TICKET_STATE_ROUTED);
  CHECK(taken.transfers(0).taken());
  CHECK(taken.deadlines().empty());
  CHECK(Late(owner) == 0);
  // The operator calls others too; that they do not come is known, and units have it.
  TransferBegun(owner, id, "115");
  CHECK_FALSE(TransferEnded(owner, id, false).transfers(1).taken());
  TransferBegun(owner, id, "113");
  CHECK(Answer(owner, AssignmentOf(owner, id, kWard).id(), kWard) == kDone);
  owner.RunClockAt("2019-07-10T02:00:00Z");
  CHECK(Late(owner) == 0);
  // What comes after the answer is recorded all the same.
  CHECK(TransferEnded(owner, id, true).state() == v1::TICKET_STATE_ANSWERED);
  CHECK(owner.Events(id) == alarmed +
                                " TicketTransferred TransferStarted TransferFailed"
                                " TransferStarted TicketAnswered TicketTransferred");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: an emergency is joined to an emergency, also one that was taken") {
  HotlineOwner owner;
  const auto open = [&](const char* category) {
    return Opened(owner, Appeal(owner, category)).ticket().id();
  };
  const auto join = [&](const std::string& id, const std::string& into) {
    return owner.TryStep(&Tickets::JoinTicket, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_into_ticket_id(into);
    });
  };
  const Outcome differ{grpc::INVALID_ARGUMENT, "TICKETS_DIFFER"};
  const std::string fire = open("KHANCAP.113"), second = open("KHANCAP.113");
  const std::string pothole = open("HATANG.GIAOTHONG");
  CHECK(join(second, pothole) == differ);
  CHECK(join(pothole, fire) == differ);
  TransferBegun(owner, second, "114");
  CHECK(join(second, fire) == differ);  // its alarm would be lost
  TransferEnded(owner, second, false);
  TransferBegun(owner, fire, "114");
  TransferEnded(owner, fire, true);
  v1::FindDuplicatesRequest find;
  find.set_category_id("KHANCAP.113");
  find.mutable_place()->set_commune_code("25747");
  find.set_ticket_id(second);
  const auto found = owner.Do(&Tickets::FindDuplicates, find, kOperatorOfCentre);
  REQUIRE(found.duplicates_size() == 1);
  CHECK(found.duplicates(0).ticket().id() == fire);
  CHECK(join(second, fire) == kDone);
  CHECK(TicketOf(owner, fire).state() == v1::TICKET_STATE_TRANSFERRED);
  owner.RunClockAt("2019-07-10T02:00:00Z");
  CHECK(Late(owner) == 0);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
