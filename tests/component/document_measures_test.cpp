// Figures of units as metrics, on a real PostgreSQL: what they are after known deliveries.
#include "document/measures.hpp"
#include "document/schedule.hpp"
#include "platform/journal/timer.hpp"
#include "support/document_owner.hpp"
#include "support/measured.hpp"

namespace lienthong::document {
namespace {

const std::vector<std::string> kShownUnits{"H09", kOtherDepartment, kDepartment, kDistrict,
                                           kWard, kOtherWard};

/// The document service with its timer and its figures, which the test runs.
struct MeasuredStage {
  DocumentOwner owner;
  Schedule schedule{owner.sharing_};
  journal::Timer timer{owner.pool_, owner.journal_, owner.clock_, schedule};
  const Parts parts{owner.pool_,      owner.journal_, owner.sharing_,
                    owner.snapshots_, owner.tokens_,  owner.ids_};

  void RunClockAt(const std::string& time) {
    owner.MoveClockTo(time);
    while (timer.RunDue() > 0) {
    }
  }
  void Complete(const v1::Delivery& delivery, const std::string& clerk) {
    owner.Step(&Incomings::CompleteDelivery, clerk,
               [&](auto& request) { request.set_delivery_id(delivery.id()); });
  }
};

/// "received on-time late overdue returned" of a unit.
std::string FiguresOf(const std::string& unit) {
  std::string text;
  for (const char* const name : {"received", "on_time", "late", "overdue", "returned"}) {
    const auto number =
        support::Measured(std::string("lienthong_document_") + name, {{"unit", unit}});
    text += (text.empty() ? "" : " ") +
            (number ? std::to_string(static_cast<int>(*number)) : std::string("-"));
  }
  return text;
}

/// On 10 July at 07:30: the ward completes one and refuses one; the other ward and the district's
/// office, which has no system, leave one until the day is over.
void MakeDeliveries(MeasuredStage& stage) {
  DocumentOwner& owner = stage.owner;
  stage.Complete(Entered(owner, Issued(owner, ContentTo({kWard})), kWard), ClerkOf(kWard));
  const v1::Document refused = Issued(owner, ContentTo({kWard}));
  owner.Step(&Incomings::RefuseDelivery, ClerkOf(kWard), [&](auto& request) {
    request.set_delivery_id(DeliveryTo(owner, refused, kWard).id());
    request.set_reason("Không thuộc thẩm quyền");
  });
  Issued(owner, ContentTo({kOtherWard, kOffice}));
  stage.RunClockAt("2019-07-10T10:00:00Z");
}

}  // namespace

TEST_CASE("document: the figures of units are right after known deliveries, in a new process too") {
  MeasuredStage stage;
  MakeDeliveries(stage);
  Measures measures(stage.parts, stage.owner.clock_, kShownUnits);
  measures.Show();
  CHECK(FiguresOf(kWard) == "2 1 0 0 1");
  CHECK(FiguresOf(kOtherWard) == "1 0 1 1 0");
  CHECK(FiguresOf(kDistrict) == "1 0 1 1 0");  // it carries the office
  CHECK(FiguresOf(kDepartment) == "0 0 0 0 0");
  CHECK(FiguresOf(kOffice) == "- - - - -");
}

TEST_CASE("document: what was late stays late when it is completed, and is overdue no more") {
  MeasuredStage stage;
  DocumentOwner& owner = stage.owner;
  Measures measures(stage.parts, owner.clock_, kShownUnits);
  const v1::Document document = Issued(owner, ContentTo({kWard}));
  stage.RunClockAt("2019-07-10T10:00:00Z");
  measures.Show();
  CHECK(FiguresOf(kWard) == "1 0 1 1 0");
  const v1::Delivery entered = Entered(owner, document, kWard);
  measures.Show();
  CHECK(FiguresOf(kWard) == "1 0 1 0 0");
  stage.Complete(entered, ClerkOf(kWard));
  measures.Show();
  CHECK(FiguresOf(kWard) == "1 0 1 0 0");
}

TEST_CASE("document: figures are of 30 days of business time, what is overdue of any time") {
  MeasuredStage stage;
  DocumentOwner& owner = stage.owner;
  Measures measures(stage.parts, owner.clock_, kShownUnits);
  MakeDeliveries(stage);
  owner.MoveClockTo("2019-08-09T00:30:00Z");  // 30 days after they were sent, at 07:30
  measures.Show();
  CHECK(FiguresOf(kWard) == "2 1 0 0 1");
  owner.MoveClockTo("2019-08-09T00:31:00Z");
  measures.Show();
  CHECK(FiguresOf(kWard) == "0 0 0 0 0");
  CHECK(FiguresOf(kOtherWard) == "0 0 0 1 0");
  Issued(owner, ContentTo({kWard}));  // this moment
  measures.Show();
  CHECK(FiguresOf(kWard) == "1 0 0 0 0");
}

TEST_CASE("document: what belongs to no unit with a system is counted with the others") {
  MeasuredStage stage;
  Measures measures(stage.parts, stage.owner.clock_, {kDepartment});
  Issued(stage.owner, ContentTo({kWard, kOtherWard}));
  measures.Show();
  CHECK(FiguresOf(owner::kOtherUnits) == "2 0 0 0 0");
  CHECK(FiguresOf(kDepartment) == "0 0 0 0 0");
}

}  // namespace lienthong::document
