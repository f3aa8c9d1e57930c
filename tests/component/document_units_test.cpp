// What happens to documents when units and people change, on a real PostgreSQL.
#include "document/schedule.hpp"
#include "platform/journal/times.hpp"
#include "support/document_owner.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kThirdWard = "H09.718.25753";
const std::string kOtherExpert = std::string(kOtherWard) + "/expert";

v1::AssignDeliveryRequest AssignRequest(DocumentOwner& owner, const std::string& delivery_id,
                                        const std::string& official) {
  auto request = owner.New<v1::AssignDeliveryRequest>();
  request.set_delivery_id(delivery_id);
  auto* const lead = request.add_assignments();
  lead->set_official_id(official);
  lead->set_role(v1::TASK_ROLE_LEAD);
  journal::SetTime(lead->mutable_deadline(), base::ParseTime("2019-07-20T03:00:00Z"));
  return request;
}

/// An open task of an official of the other ward.
struct Stage {
  DocumentOwner owner;
  Schedule schedule{owner.sharing_};
  journal::Timer timer{owner.pool_, owner.journal_, owner.clock_, schedule};
  v1::Document document = Issued(owner, ContentTo({kOtherWard}));
  v1::Delivery delivery = Entered(owner, document, kOtherWard);
  std::string task;

  Stage() {
    owner.Do(&Incomings::AssignDelivery, AssignRequest(owner, delivery.id(), kOtherExpert),
             std::string(kOtherWard) + "/head");
    task = TasksOf(kOtherWard).tasks(0).id();
  }
  v1::ListTasksResponse TasksOf(const std::string& unit) {
    return owner.Do(&Incomings::ListTasks, v1::ListTasksRequest(), unit + "/head");
  }
  std::string LeftBehind(const std::string& official) {
    std::string items;
    const auto answer = owner.Do(&Incomings::ListLeftBehind, v1::ListLeftBehindRequest(), official);
    for (const auto& item : answer.items()) {
      items += (items.empty() ? "" : " ") + item.record_type() + ":" + item.unit_id();
    }
    return items;
  }
};

}  // namespace

TEST_CASE("document: open work of a closed unit moves to its successor, deadlines unchanged") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const v1::Document done = Issued(owner, ContentTo({kDepartment}), kOtherWard);
  owner.CloseUnit(kOtherWard, {kWard});
  CHECK(stage.timer.RunDue() == 2);
  CHECK(stage.timer.RunDue() == 0);
  const v1::Delivery moved =
      DeliveriesOf(owner, stage.document.id(), "H09.718.25747/clerk").at(kOtherWard);
  CHECK(moved.holder_unit_id() == kWard);
  CHECK(moved.receiver_name() == "Đơn vị H09.718.25750");
  REQUIRE(stage.TasksOf(kWard).tasks_size() == 1);
  CHECK(stage.TasksOf(kWard).tasks(0).due().at().seconds() ==
        base::ParseTime("2019-07-20T03:00:00Z").time_since_epoch().count() / 1'000'000);
  CHECK(owner.Events(stage.task) == "TaskAssigned AudienceChanged WorkMoved");
  // Its official is not one of the successor's: the head hands it over.
  CHECK(stage.LeftBehind("H09.718.25747/head") == "task:H09.718.25747");
  auto hand_over = owner.New<v1::HandOverTaskRequest>();
  hand_over.set_task_id(stage.task);
  hand_over.set_official_id("H09.718.25747/expert");
  owner.Do(&Incomings::HandOverTask, hand_over, "H09.718.25747/head");
  CHECK(stage.LeftBehind("H09.718.25747/head").empty());
  // What was issued keeps the old name, and new books start.
  CHECK(owner.Do(&Documents::GetDocument, GetRequest(done.id()), "H09.718.25747/clerk")
            .sender_name() == "Đơn vị H09.718.25750");
  CHECK(Issued(owner, ContentTo({}), kWard).book_id() == "H09.718.25747:2019:di");
  // Everything the closed unit had is in the lists of its successor.
  v1::FindDocumentsRequest all;
  CHECK(owner.Do(&Documents::FindDocuments, all, "H09.718.25747/clerk").documents_size() == 3);
  CHECK(owner.Do(&Incomings::ListIncoming, v1::ListIncomingRequest(), "H09.718.25747/clerk")
            .deliveries_size() == 1);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: work of a unit that is split waits until a part of it takes it over") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  owner.AddUnit(kThirdWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25753");
  owner.CloseUnit(kOtherWard, {kWard, kThirdWard});
  CHECK(stage.timer.RunDue() == 0);
  CHECK(owner.SeenBy(stage.document.id()) == kDepartment);
  CHECK(stage.LeftBehind("H09.718.25747/head") == "delivery:H09.718.25750 task:H09.718.25750");
  CHECK(stage.LeftBehind("H09.15/head").empty());

  auto take = owner.New<v1::TakeOverDeliveryRequest>();
  take.set_delivery_id(stage.delivery.id());
  CHECK(owner.Try(&Incomings::TakeOverDelivery, take, "H09.718/head") == kNotFound);
  const v1::Delivery taken = owner.Do(&Incomings::TakeOverDelivery, take, "H09.718.25747/head");
  CHECK(taken.holder_unit_id() == kWard);
  auto take_task = owner.New<v1::TakeOverTaskRequest>();
  take_task.set_task_id(stage.task);
  owner.Do(&Incomings::TakeOverTask, take_task, "H09.718.25747/head");
  CHECK(owner.SeenBy(stage.document.id()) == "H09.15 H09.718.25747");
  CHECK(stage.LeftBehind("H09.718.25747/head").empty());
  CHECK(owner.Value("SELECT audience FROM head WHERE record_type = 'incoming'") ==
        "{\"H09.718.25747\":\"full\"}");
  // Nobody takes it over twice.
  take.set_request_id(owner.NewId());
  CHECK(owner.Try(&Incomings::TakeOverDelivery, take, "H09.718.25747/head") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: when an official leaves, open tasks stand in the head's list") {
  Stage stage;
  DocumentOwner& owner = stage.owner;
  const std::string head = std::string(kOtherWard) + "/head";
  CHECK(stage.LeftBehind(head).empty());
  directory::v1::Official gone;
  gone.set_id(kOtherExpert);
  gone.set_full_name("Cán bộ expert");
  owner.Publish("official", kOtherExpert, gone);
  CHECK(stage.LeftBehind(head) == std::string("task:") + kOtherWard);
  auto hand_over = owner.New<v1::HandOverTaskRequest>();
  hand_over.set_task_id(stage.task);
  hand_over.set_official_id(std::string(kOtherWard) + "/clerk");
  owner.Do(&Incomings::HandOverTask, hand_over, head);
  CHECK(stage.LeftBehind(head).empty());
}

TEST_CASE("document: who may read in a closed unit the one that goes on can end") {
  DocumentOwner owner;
  v1::DraftContent content = ContentTo({kOtherWard});
  content.set_restricted(true);
  const v1::Document document = Issued(owner, content);
  const auto set = [&](const std::string& unit, const std::vector<std::string>& readers) {
    owner.Step(&Documents::SetReaders, unit + "/head", [&](auto& request) {
      request.set_document_id(document.id());
      for (const std::string& reader : readers) request.add_readers(reader);
    });
  };
  set(kOtherWard, {"official/" + kOtherExpert});
  owner.CloseUnit(kOtherWard, {kWard});
  Schedule schedule{owner.sharing_};
  journal::Timer timer{owner.pool_, owner.journal_, owner.clock_, schedule};
  timer.RunDue();
  // The expert goes along, by the same name.
  directory::v1::Official moved;
  moved.set_id(kOtherExpert);
  moved.set_full_name("Cán bộ expert");
  moved.add_appointments()->set_unit_id(kWard);
  moved.mutable_appointments(0)->set_position_id("expert");
  moved.mutable_appointments(0)->mutable_starts_at()->set_seconds(1);
  owner.Publish("official", kOtherExpert, moved);
  const auto reads = [&] {
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", kOtherExpert);
    v1::Document found;
    return owner.StubOf<Documents>(std::string("unit-") + kWard)
        .GetDocument(&context, GetRequest(document.id()), &found)
        .ok();
  };
  CHECK(reads());
  set(kWard, {});
  CHECK_FALSE(reads());
  CHECK(owner.Value("SELECT count(*) FROM reading_right "
                    " WHERE readers <> '{}' AND unit_id LIKE 'H09.718%'") == "0");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: what a split unit has not answered is taken over, with its notices") {
  DocumentOwner owner;
  Schedule schedule{owner.sharing_};
  journal::Timer timer{owner.pool_, owner.journal_, owner.clock_, schedule};
  const v1::Document refused = Issued(owner, ContentTo({kOtherWard}));
  const std::string id = DeliveryTo(owner, refused, kOtherWard).id();
  owner.Step(&Incomings::RefuseDelivery, std::string(kOtherWard) + "/clerk", [&](auto& request) {
    request.set_delivery_id(id);
    request.set_reason("Nhầm nơi nhận");
  });
  owner.Step(&Documents::RecallDocument, ClerkOf(kDepartment), [&](auto& request) {
    request.set_document_id(refused.id());
    request.set_reason("Nhầm");
  });
  const v1::Document late = Issued(owner, ContentTo({kOtherWard}));
  const std::string late_id = DeliveryTo(owner, late, kOtherWard).id();
  owner.MoveClockTo("2019-07-12T01:00:00Z");
  timer.RunDue();
  owner.AddUnit(kThirdWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25753");
  owner.CloseUnit(kOtherWard, {kWard, kThirdWard});
  timer.RunDue();
  const auto left =
      owner.Do(&Incomings::ListLeftBehind, v1::ListLeftBehindRequest(), "H09.718.25747/head");
  std::string found;
  for (const auto& item : left.items()) found += item.record_type() + ":" + item.record_id() + " ";
  CHECK(found.find("delivery:" + id) != std::string::npos);
  for (const std::string& delivery : {id, late_id}) {
    owner.Step(&Incomings::TakeOverDelivery, "H09.718.25747/head",
               [&](auto& request) { request.set_delivery_id(delivery); });
  }
  CHECK(owner.Value("SELECT audience FROM head WHERE record_type = 'deadline-notice'") ==
        "{\"H09.718.25747\":\"full\"}");
  const v1::Delivery answered =
      owner.Step(&Incomings::AnswerChange, "H09.718.25747/clerk", [&](auto& request) {
        request.set_delivery_id(id);
        request.set_accept(true);
      });
  CHECK(answered.state() == v1::DELIVERY_STATE_RECALLED);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
