// What comes of two who do the same at once, on a real PostgreSQL.
#include <future>
#include <latch>
#include <set>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

constexpr int kRounds = 6;

const Outcome kTicketState{grpc::FAILED_PRECONDITION, "TICKET_STATE"};
const Outcome kAssignmentState{grpc::FAILED_PRECONDITION, "ASSIGNMENT_STATE"};

/// Two calls that begin together, and what comes of each.
template <class First, class Second>
std::pair<Outcome, Outcome> AtOnce(const First& first, const Second& second) {
  std::latch both(2);
  auto other = std::async(std::launch::async, [&] {
    both.arrive_and_wait();
    return first();
  });
  both.arrive_and_wait();
  const Outcome outcome = second();
  return {other.get(), outcome};
}

v1::TicketState StateOf(HotlineOwner& owner, const std::string& id) {
  return TicketOf(owner, id, "H09.03/named").state();
}

}  // namespace

TEST_CASE("hotline: twenty equal reports at once are one ticket with one code") {
  HotlineOwner owner;
  const auto request = Appeal(owner);
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      v1::OpenTicketResponse answer;
      const Outcome outcome = owner.Call(&Tickets::OpenTicket, request, &answer, kOperatorOfCentre);
      return outcome == kDone ? answer.SerializeAsString() : outcome.reason;
    }));
  }
  std::set<std::string> different;
  for (auto& answer : answers) different.insert(answer.get());
  CHECK(different.size() == 1);
  for (const char* table : {"ticket", "report", "reporter"}) {
    INFO(table);
    CHECK(owner.Count(table) == "1");
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: of two units that return or answer at once both are heard") {
  HotlineOwner owner;
  for (int round = 0; round < kRounds; ++round) {
    struct Pair {
      std::string ticket, first, second;
    };
    const auto routed = [&] {
      const std::string id = Opened(owner, Appeal(owner)).ticket().id();
      Routed(owner, id, {kTransport, kWard});
      return Pair{id, AssignmentOf(owner, id, kTransport).id(),
                  AssignmentOf(owner, id, kWard).id()};
    };
    const auto done = std::pair(kDone, kDone);
    {
      const Pair of = routed();
      CHECK(AtOnce([&] { return Return(owner, of.first, kTransport); },
                   [&] { return Return(owner, of.second, kWard); }) == done);
      CHECK(StateOf(owner, of.ticket) == v1::TICKET_STATE_CLASSIFIED);
      CHECK(TicketOf(owner, of.ticket).unit_ids().empty());
    }
    {
      const Pair of = routed();
      CHECK(AtOnce([&] { return Answer(owner, of.first, kTransport); },
                   [&] { return Answer(owner, of.second, kWard); }) == done);
      CHECK(StateOf(owner, of.ticket) == v1::TICKET_STATE_ROUTED);  // the centre puts them together
    }
    {
      const Pair of = routed();
      CHECK(AtOnce([&] { return Answer(owner, of.first, kTransport); },
                   [&] { return Return(owner, of.second, kWard); }) == done);
      const v1::Ticket ticket = TicketOf(owner, of.ticket);
      CHECK(ticket.state() != v1::TICKET_STATE_CLASSIFIED);
      REQUIRE(ticket.unit_ids_size() == 1);
      CHECK(ticket.unit_ids(0) == kTransport);
    }
    {  // the same one by two officials
      const Pair of = routed();
      const auto [one, other] = AtOnce([&] { return Answer(owner, of.first, kTransport); },
                                       [&] { return Return(owner, of.first, kTransport); });
      CHECK((one == kDone) != (other == kDone));
      CHECK((one == kDone ? other : one) == kAssignmentState);
    }
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: of two steps that exclude each other one is taken") {
  HotlineOwner owner;
  for (int round = 0; round < kRounds; ++round) {
    const std::string into = Opened(owner, Appeal(owner)).ticket().id();
    const std::string id = Opened(owner, Appeal(owner)).ticket().id();
    const auto [joined, routed] = AtOnce(
        [&] {
          return owner.TryStep(&Tickets::JoinTicket, kOperatorOfCentre, [&](auto& r) {
            r.set_ticket_id(id);
            r.set_into_ticket_id(into);
          });
        },
        [&] { return Route(owner, id, {kTransport}); });
    CHECK((joined == kDone) != (routed == kDone));
    CHECK((joined == kDone ? routed : joined) == kTicketState);
    CHECK(TicketOf(owner, into).report_count() == (joined == kDone ? 2 : 1));

    // A report that turns out to be a complaint never reaches the unit that it is about.
    const std::string turning = Opened(owner, Appeal(owner)).ticket().id();
    const auto [classified, given] = AtOnce(
        [&] {
          return owner.TryStep(&Tickets::ClassifyTicket, kOperatorOfCentre, [&](auto& r) {
            r.set_ticket_id(turning);
            r.set_category_id("CBCC.CHAMTRE");
            r.set_concerned_unit_id(kTransport);
          });
        },
        [&] { return Route(owner, turning, {kTransport}); });
    CHECK((classified == kDone) != (given == kDone));
    const Outcome changed_meanwhile{grpc::ABORTED, "CONCURRENT_CHANGE"};
    CHECK((classified == kDone ? given : classified) ==
          (classified == kDone ? Outcome{grpc::INVALID_ARGUMENT, "UNIT_CONCERNED"}
                               : changed_meanwhile));
    CHECK(owner.SeenBy(turning) == (classified == kDone ? "H09.03" : "H09.03 H09.09"));
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: who is separated from a case meanwhile takes no step in it") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string into = Opened(owner, Appeal(owner)).ticket().id();
  auto report = portal.Report();
  const auto submitted = portal.Submitted(report);
  owner.Step(&Tickets::JoinTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(submitted.ticket_id());
    request.set_into_ticket_id(into);
  });
  Routed(owner, into, {kTransport});
  AnsweredBy(owner, into, kTransport, "zqanswer");
  Approved(owner, into);
  Published(owner, into);
  auto rating = owner.New<v1::RateReportRequest>();
  rating.set_code(submitted.code());
  rating.set_contact(report.caller().phone());
  rating.set_satisfaction(v1::SATISFACTION_UNSATISFIED);

  pqxx::connection connection(owner.database_.Conninfo());
  pqxx::work other(connection);
  other.exec("SELECT 1 FROM head WHERE record_id = '" + into + "' FOR UPDATE");
  auto separated = std::async(std::launch::async, [&] {
    return owner.TryStep(&Tickets::SeparateTicket, kOperatorOfCentre,
                         [&](auto& request) { request.set_ticket_id(submitted.ticket_id()); });
  });
  const std::chrono::seconds limit(20);
  REQUIRE(support::Eventually(limit, [&] {
    return owner.Value(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
               " AND datname = current_database()") == "1";
  }));
  auto rated =
      std::async(std::launch::async, [&] { return portal.Try(&Portal::Stub::RateReport, rating); });
  // It has found the ticket of the report, and waits for the separation to end.
  REQUIRE(support::Eventually(limit, [&] { return owner.journal_.Waiting() == 1; }));
  other.commit();
  CHECK(separated.get() == kDone);
  CHECK(rated.get() == Outcome{grpc::ABORTED, "CONCURRENT_CHANGE"});
  CHECK(TicketOf(owner, into).state() == v1::TICKET_STATE_PUBLISHED);
  const auto seen = portal.Followed(submitted.code(), report.caller().phone());
  CHECK(seen.standing() == v1::REPORT_STANDING_RECEIVED);
  CHECK(seen.answer().empty());
  // Repeated it finds its own, which is not answered.
  CHECK(portal.Try(&Portal::Stub::RateReport, rating) == kTicketState);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
