// Which tickets may be about the same, on a real PostgreSQL.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {

TEST_CASE("hotline: possible duplicates are near in place, time and category, and not hidden") {
  HotlineOwner owner;
  const auto open = [&](double latitude, const auto& change) {
    auto request = Appeal(owner);
    request.mutable_place()->set_latitude(latitude);
    request.mutable_place()->set_longitude(106.65);
    change(request);
    return Opened(owner, request).ticket().id();
  };
  const auto as_it_is = [](auto&) {};
  owner.MoveClockTo("2019-07-07T00:59:00Z");
  open(10.98, as_it_is);  // more than three days before
  owner.MoveClockTo("2019-07-07T01:01:00Z");
  const std::string near = open(10.9805, as_it_is);  // 56 metres
  const std::string nearest = open(10.9801, as_it_is);
  owner.MoveClockTo("2019-07-10T01:00:00Z");
  open(10.99, as_it_is);  // more than a kilometre
  open(10.98, [](auto& r) { r.set_category_id("HATANG.KHAN"); });
  open(10.98, [](auto& r) { r.clear_category_id(); });
  open(10.98, [](auto& r) { r.mutable_caller()->set_anonymous(true); });
  open(10.98, [](auto& r) { r.set_confidential(true); });
  open(10.98, [&](auto& r) { r.set_join_ticket_id(near); });
  open(10.98, [](auto& r) {
    r.set_category_id("CBCC.CHAMTRE");
    r.set_concerned_unit_id(kWard);
  });
  const std::string unplaced = open(0, [](auto& r) {
    r.mutable_place()->clear_latitude(), r.mutable_place()->clear_longitude();
  });
  v1::FindDuplicatesRequest find;
  find.set_category_id("HATANG.GIAOTHONG");
  find.mutable_place()->set_commune_code("25747");
  find.mutable_place()->set_latitude(10.98);
  find.mutable_place()->set_longitude(106.65);
  const auto found = [&](const std::string& official) {
    std::vector<std::string> ids;
    const auto answer = owner.Do(&Tickets::FindDuplicates, find, official);
    for (const auto& one : answer.duplicates()) ids.push_back(one.ticket().id());
    return ids;
  };
  CHECK(found(kOperatorOfCentre) == std::vector{nearest, near, unplaced});
  const auto answer = owner.Do(&Tickets::FindDuplicates, find, kOperatorOfCentre);
  CHECK(answer.duplicates(1).distance_metres() == Approx(55.7).margin(0.5));
  CHECK_FALSE(answer.duplicates(2).has_distance_metres());
  CHECK(found("H09.09/operator").empty());  // it keeps none
  find.set_ticket_id(nearest);              // it is no duplicate of itself
  find.set_page_size(1);
  CHECK(found(kOperatorOfCentre) == std::vector{near});
  find.clear_ticket_id(), find.clear_page_size();
  // How near is the province's own.
  owner.ChangeCentre([](v1::Centre& centre) { centre.set_duplicates_metres(50); });
  CHECK(found(kOperatorOfCentre) == std::vector{nearest, unplaced});
  owner.ChangeCentre([](v1::Centre& centre) {
    centre.set_duplicates_metres(2000);
    centre.set_duplicates_hours(74);
  });
  CHECK(found(kOperatorOfCentre).size() == 5);
  find.set_category_id("CBCC.CHAMTRE");
  CHECK(found("H09.03/named").empty());
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
