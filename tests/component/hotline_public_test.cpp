// What everybody may know of a ticket, and since when.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {

TEST_CASE("hotline: everybody learns when a ticket came to stand where it stands") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  const auto updated = [&] { return At(portal.Public(id).updated_at()); };
  CHECK(updated() == "2019-07-10T01:00:00.000000Z");
  owner.MoveClockTo("2019-07-10T01:02:00Z");
  Routed(owner, id, {kTransport});
  CHECK(updated() == "2019-07-10T01:02:00.000000Z");
  owner.MoveClockTo("2019-07-10T02:00:00Z");
  AnsweredBy(owner, id, kTransport);
  CHECK(updated() == "2019-07-10T01:02:00.000000Z");  // that is not for everybody yet
  owner.MoveClockTo("2019-07-10T03:00:00Z");
  Approved(owner, id);
  CHECK(updated() == "2019-07-10T03:00:00.000000Z");
  owner.MoveClockTo("2019-07-10T04:00:00Z");
  Published(owner, id);
  CHECK(updated() == "2019-07-10T04:00:00.000000Z");
  owner.MoveClockTo("2019-07-11T01:00:00Z");
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_reason("Vẫn còn");
  });
  CHECK(portal.Public(id).standing() == v1::REPORT_STANDING_HANDLED);
  CHECK(updated() == "2019-07-11T01:00:00.000000Z");
  CHECK(At(TicketOf(owner, id).reopened_at()) == "2019-07-11T01:00:00.000000Z");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: an answer behind ten thousand newer ones is found by its words") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string old = ApprovedTicket(owner, Appeal(owner));
  Published(owner, old);
  const auto found = [&](const std::string& words, const std::string& from) {
    v1::ListPublicTicketsRequest request;
    request.set_text(words);
    if (!from.empty()) journal::SetTime(request.mutable_opened_from(), base::ParseTime(from));
    std::vector<std::string> ids;
    const auto page = portal.Do(&Portal::Stub::ListPublicTickets, request);
    for (const v1::PublicTicket& ticket : page.tickets()) ids.push_back(ticket.id());
    return ids;
  };
  REQUIRE(found("Hùng Vương", "") == std::vector{old});

  // The same ticket again and again, a second later each time, without its words.
  owner.pool_.Transact([](pg::Tx& tx) {
    tx.ExecText(R"(DO $$
      DECLARE names text := (SELECT string_agg(column_name, ',') FROM information_schema.columns
        WHERE table_name = 'ticket' AND is_generated = 'NEVER');
      BEGIN
        EXECUTE format('INSERT INTO ticket (%1$s) SELECT %1$s FROM (SELECT r.* FROM ticket t,
          generate_series(1, 10000) AS n, jsonb_populate_record(t, jsonb_build_object(
            ''id'', gen_random_uuid(), ''opened_at'', t.opened_at + n * interval ''1 s'',
            ''public_words'', '''')) AS r) AS copies', names);
      END $$)");
  });
  CHECK(found("Hùng Vương", "") == std::vector{old});
  CHECK(found("Hùng Vương", "2019-07-10T00:59:00Z") == std::vector{old});
  CHECK(found("Hùng Vương", "2019-07-10T01:00:01Z").empty());
}

}  // namespace lienthong::hotline
