// Where tickets are when communes of 2025 have the codes of others: units, codes and successors are
// those of the province's data (deploy/provinces/binh-duong), on a real PostgreSQL.
#include "support/hotline_2025.hpp"

namespace lienthong::hotline {
namespace {

using TicketIds = std::set<std::string>;

const Outcome kCommuneUnknown{grpc::INVALID_ARGUMENT, "COMMUNE_UNKNOWN"};

/// Tickets of the last days before the communes changed, and what they became.
struct ChangedCommunes : Province2025 {
  ChangedCommunes() {
    owner.MoveClockTo("2025-06-30T01:00:00Z");
    of_same_code = InCommune("25747"), of_merged = InCommune("25753");
    of_split = InCommune("25741"), of_others = InCommune("25744");
    for (const std::string& id : {of_same_code, of_merged, of_split, of_others}) Answered(id);
    waiting = InCommune("25753");
    Reorganise(closings, kCommunesChange);
    Settle();
  }
  std::string InCommune(const std::string& code) { return Open(ReportFrom(code)); }
  v1::OpenTicketRequest ReportFrom(const std::string& code) {
    auto request = Appeal(owner);
    request.mutable_place()->set_commune_code(code);
    return request;
  }
  void Answered(const std::string& id) {
    RouteTo(id, {"H09.09"});
    AnsweredBy(owner, id, "H09.09");
    Approved(owner, id);
    Published(owner, id);
  }
  /// By each way that the store has to find them.
  void CheckPublic(const std::string& code, const TicketIds& all, const TicketIds& published) {
    INFO("public, " << code);
    v1::ListPublicTicketsRequest request;
    request.set_page_size(1000);
    request.set_commune_code(code);
    CHECK(PublicOf(request) == all);
    request.add_category_ids("HATANG.GIAOTHONG");
    CHECK(PublicOf(request) == all);
    request.set_text("hung vuong");
    CHECK(PublicOf(request) == published);
    request.clear_text(), request.clear_category_ids(), request.set_answered(true);
    CHECK(PublicOf(request) == published);
  }
  void CheckListed(const std::string& code, const TicketIds& all, const TicketIds& published) {
    INFO("of the centre, " << code);
    v1::ListTicketsRequest request;
    request.set_page_size(200);
    request.set_commune_code(code);
    CHECK(ListOf(request) == all);
    request.add_states(v1::TICKET_STATE_PUBLISHED);
    CHECK(ListOf(request) == published);
    request.clear_states(), request.set_text("hung vuong");
    CHECK(ListOf(request) == all);
  }
  TicketIds PublicOf(const v1::ListPublicTicketsRequest& request) {
    TicketIds ids;
    const auto listed = Portal(owner).Do(&Portal::Stub::ListPublicTickets, request);
    for (const auto& ticket : listed.tickets()) ids.insert(ticket.id());
    return ids;
  }
  TicketIds ListOf(const v1::ListTicketsRequest& request) {
    TicketIds ids;
    const auto listed = owner.Do(&Tickets::ListTickets, request, kOperatorOfCentre);
    for (const auto& ticket : listed.tickets()) ids.insert(ticket.id());
    return ids;
  }
  v1::Place PlaceOf(const std::string& id) { return TicketOf(owner, id).place(); }

  const Closings closings = ClosingCommunes();
  std::string of_same_code, of_merged, of_split, of_others, waiting;
};

std::vector<std::string> PlaceNamesOf(HotlineOwner& owner, const std::string& id) {
  const v1::PublicTicket ticket = Portal(owner).Public(id);
  return {ticket.place_names().begin(), ticket.place_names().end()};
}

}  // namespace

TEST_CASE("hotline 2025: tickets are found under the commune that continues theirs") {
  ChangedCommunes province;
  HotlineOwner& owner = province.owner;
  REQUIRE(province.closings.at("H09.718.25753") == Units{NewCommune("25747")});
  const std::string later = province.InCommune("25747");
  const TicketIds published{province.of_same_code, province.of_merged};
  TicketIds all = published;
  all.insert({province.waiting, later});
  province.CheckPublic("25747", all, published);
  province.CheckListed("25747", all, published);
  // What was split is under each part.
  REQUIRE(province.closings.at("H09.718.25741") == Units{NewCommune("25750"), NewCommune("25760")});
  REQUIRE(province.closings.at("H09.718.25744") == Units{NewCommune("25750")});
  const TicketIds of_both{province.of_split, province.of_others}, of_one{province.of_split};
  province.CheckPublic("25750", of_both, of_both);
  province.CheckListed("25750", of_both, of_both);
  province.CheckPublic("25760", of_one, of_one);
  province.CheckListed("25760", of_one, of_one);
  // A code that is no more finds its own, one that never was nothing.
  province.CheckPublic("25753", {province.of_merged, province.waiting}, {province.of_merged});
  province.CheckListed("25753", {province.of_merged, province.waiting}, {province.of_merged});
  province.CheckPublic("99999", {}, {});
  province.CheckListed("99999", {}, {});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline 2025: a ticket tells its commune as it was, figures count it for itself") {
  ChangedCommunes province;
  HotlineOwner& owner = province.owner;
  const std::string later = province.InCommune("25747");
  CHECK(province.PlaceOf(province.of_same_code).commune_code() == "25747");
  CHECK(province.PlaceOf(province.of_same_code).commune_unit_id() == "H09.718.25747");
  CHECK(province.PlaceOf(later).commune_code() == "25747");
  CHECK(province.PlaceOf(later).commune_unit_id() == NewCommune("25747"));
  CHECK(PlaceNamesOf(owner, province.of_same_code) ==
        Units{"Ủy ban nhân dân phường Phú Cường", "Ủy ban nhân dân thành phố Thủ Dầu Một"});
  CHECK(PlaceNamesOf(owner, province.of_merged) ==
        Units{"Ủy ban nhân dân phường Phú Thọ", "Ủy ban nhân dân thành phố Thủ Dầu Một"});
  CHECK(PlaceNamesOf(owner, later) == Units{"Ủy ban nhân dân phường Thủ Dầu Một"});

  std::map<std::string, std::string> counted;
  const v1::Indicators figures = province.Figures(kCentreUnit);
  for (const auto& one : figures.communes()) {
    counted[one.commune_unit_id()] = one.commune_code() + " " + std::to_string(one.count());
  }
  CHECK(counted == std::map<std::string, std::string>{{"H09.718.25741", "25741 1"},
                                                      {"H09.718.25747", "25747 1"},
                                                      {"H09.718.25753", "25753 2"},
                                                      {"H09.718.25744", "25744 1"},
                                                      {NewCommune("25747"), "25747 1"}});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline 2025: a new place names a commune of today, an old one stays") {
  ChangedCommunes province;
  HotlineOwner& owner = province.owner;
  CHECK(owner.Try(&Tickets::OpenTicket, province.ReportFrom("25753"), kOperatorOfCentre) ==
        kCommuneUnknown);
  Portal portal(owner);
  auto report = portal.Report();
  report.mutable_place()->set_commune_code("25753");
  CHECK(portal.Try(&Portal::Stub::SubmitReport, report) == kCommuneUnknown);

  const auto classify = [&](const std::string& code, const char* category) {
    return owner.TryStep(&Tickets::ClassifyTicket, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(province.waiting);
      request.set_category_id(category);
      if (!code.empty()) request.mutable_place()->set_commune_code(code);
    });
  };
  CHECK(classify("25756", "HATANG.NUOC") == kCommuneUnknown);
  for (const char* code : {"", "25753"}) {
    CHECK(classify(code, "HATANG.NUOC") == kDone);
    CHECK(province.PlaceOf(province.waiting).commune_unit_id() == "H09.718.25753");
    CHECK(province.PlaceOf(province.waiting).commune_code() == "25753");
  }

  // Near without coordinates, by the communes of today.
  auto other = province.ReportFrom("25747");
  other.set_category_id("HATANG.NUOC");
  const std::string later = province.Open(other);
  v1::FindDuplicatesRequest find;
  find.set_category_id("HATANG.NUOC");
  find.mutable_place()->set_commune_code("25753");
  CHECK(owner.Try(&Tickets::FindDuplicates, find, kOperatorOfCentre) == kCommuneUnknown);
  const auto near = [&](const std::string& id, const char* code) {
    find.set_ticket_id(id);
    find.mutable_place()->set_commune_code(code);
    TicketIds ids;
    const auto found = owner.Do(&Tickets::FindDuplicates, find, kOperatorOfCentre);
    for (const auto& one : found.duplicates()) ids.insert(one.ticket().id());
    return ids;
  };
  CHECK(near(province.waiting, "25753") == TicketIds{later});
  CHECK(near(later, "25747") == TicketIds{province.waiting});

  CHECK(classify("25747", "HATANG.NUOC") == kDone);
  CHECK(province.PlaceOf(province.waiting).commune_unit_id() == NewCommune("25747"));
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
