// What the clock of the hotline cannot do by itself: it is shown, and the clock comes to rest.
#include "platform/rpc/metrics.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

double Gauge(const std::string& name) {
  for (const auto& family : rpc::MetricsRegistry()->Collect()) {
    if (family.name == name) return family.metric.at(0).gauge.value;
  }
  return -1;
}

/// What is to be done now.
std::size_t Due(HotlineOwner& owner) {
  Schedule schedule{owner.TheParts()};
  return owner.pool_.Transact([&](pg::Tx& tx) {
    return schedule.SelectDue(tx, owner.clock_.BusinessNow(), {}, 100).size();
  });
}

std::string KeeperOf(HotlineOwner& owner, const std::string& id) {
  return owner.Value("SELECT keeper_unit_id FROM ticket WHERE id = '" + id + "'");
}

/// The rest of what the province decided stays.
void SetInspector(HotlineOwner& owner, const std::string& inspector, const std::string& office) {
  owner.ChangeCentre([&](v1::Centre& centre) {
    centre.set_inspector_unit_id(inspector);
    centre.set_office_unit_id(office);
  });
}

}  // namespace

TEST_CASE("hotline: a complaint that nobody may keep is shown, and goes on once a unit is named") {
  HotlineOwner owner;
  // All are one: centre, inspector, office and default agency.
  SetInspector(owner, kCentreUnit, kCentreUnit);
  owner.SetCategory(
      HotlineOwner::NewCategory("CBCC.CHAMTRE", v1::CATEGORY_KIND_CONDUCT, 7, kCentreUnit));
  const std::string id = Opened(owner, Complaint(owner, kConstruction)).ticket().id();
  owner.Step(&Tickets::RouteTicket, "H09.03/named", [&](auto& request) {
    request.set_ticket_id(id);
    request.add_routes()->set_unit_id(kTransport);
  });
  const std::string free = Opened(owner, Complaint(owner, kWard)).ticket().id();
  owner.RunClock();
  CHECK(Gauge("lienthong_hotline_complaints_unkept") == 0);
  // The centre itself continues the unit that the complaint is about.
  owner.CloseUnit(kConstruction, {kCentreUnit});
  owner.RunClock();
  CHECK(Due(owner) == 0);
  CHECK(Gauge("lienthong_hotline_complaints_unkept") == 1);
  CHECK(TryTicket(owner, id, "H09.03/named") == kNotFound);
  CHECK(KeeperOf(owner, id) == kCentreUnit);
  // Everything else goes on: categories of the closed unit, other complaints.
  CHECK(owner.Value("SELECT default_unit_id FROM category WHERE id = 'HATANG'") == kCentreUnit);
  CHECK(KeeperOf(owner, free) == kCentreUnit);

  SetInspector(owner, kInspector, kCentreUnit);
  owner.RunClock();
  CHECK(KeeperOf(owner, id) == kInspector);
  CHECK(TryTicket(owner, id, "H09.18/named") == kDone);
  CHECK(Gauge("lienthong_hotline_complaints_unkept") == 0);
  CHECK(Due(owner) == 0);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: late transfers are shown while other things are due") {
  HotlineOwner owner;
  const std::string id = Opened(owner, Appeal(owner, "KHANCAP.113")).ticket().id();
  owner.Step(&Tickets::StartTransfer, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_service("113");
  });
  owner.RunClock();
  CHECK(Gauge("lienthong_hotline_transfers_late") == 0);
  owner.RunClockAt("2019-07-10T01:01:00Z");
  CHECK(Gauge("lienthong_hotline_transfers_late") == 1);
  owner.Step(&Tickets::EndTransfer, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_taken(true);
  });
  owner.RunClock();
  CHECK(Gauge("lienthong_hotline_transfers_late") == 0);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
