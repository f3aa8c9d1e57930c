// Two officials who do the same thing at the same moment, on a real PostgreSQL.
#include <future>
#include <latch>
#include <set>
#include <utility>

#include "support/document_working_files.hpp"

namespace lienthong::document {
namespace {

constexpr int kRounds = 8;

const Outcome kDraftState{grpc::FAILED_PRECONDITION, "DRAFT_STATE"};
const Outcome kConcurrent{grpc::ABORTED, "CONCURRENT_CHANGE"};
const Outcome kDeliveryState{grpc::FAILED_PRECONDITION, "DELIVERY_STATE"};

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

template <class Request>
Request OfDraft(DocumentOwner& owner, const v1::Draft& draft) {
  auto request = owner.New<Request>();
  request.set_draft_id(draft.id());
  return request;
}

std::string StateOf(DocumentOwner& owner, const v1::Draft& draft) {
  v1::GetDraftRequest get;
  get.set_draft_id(draft.id());
  return v1::DraftState_Name(owner.Do(&Drafts::GetDraft, get, kHead).state()).substr(12);
}

/// What a leader of the district wants: one official leads, one ward helps.
struct Wish {
  std::string leader, opinion, lead, ward;
};
const Wish kWishes[] = {{"H09.718/head", "Giao phòng Nội vụ", "H09.718/expert", kWard},
                        {"H09.718/deputy", "Giao văn phòng", "H09.718/guest", kOtherWard}};

v1::AssignDeliveryRequest AssignRequest(DocumentOwner& owner, const v1::Delivery& delivery,
                                        const Wish& wish, bool versioned) {
  auto request = owner.New<v1::AssignDeliveryRequest>();
  request.set_delivery_id(delivery.id());
  if (versioned) request.set_expected_version(delivery.version());
  request.set_opinion(wish.opinion);
  auto* const lead = request.add_assignments();
  lead->set_official_id(wish.lead);
  lead->set_role(v1::TASK_ROLE_LEAD);
  auto* const help = request.add_assignments();
  help->set_unit_id(wish.ward);
  help->set_role(v1::TASK_ROLE_COORDINATE);
  return request;
}

/// All of the wish is there, and nothing of the other.
void CheckAssigned(DocumentOwner& owner, const v1::Delivery& delivery, const Wish& wish) {
  v1::GetIncomingRequest get;
  get.set_delivery_id(delivery.id());
  const auto incoming = owner.Do(&Incomings::GetIncoming, get, "H09.718/clerk");
  CHECK(CodesOf(incoming.delivery()) == "01 03 04");
  CHECK(incoming.delivery().version() == delivery.version() + 1);
  CHECK(incoming.incoming().opinion() == wish.opinion);
  REQUIRE(incoming.tasks_size() == 2);
  for (const v1::Task& task : incoming.tasks()) {
    CHECK(task.assigned_by_official_id() == wish.leader);
    if (task.role() == v1::TASK_ROLE_LEAD) CHECK(task.assignee_official_id() == wish.lead);
    if (task.role() != v1::TASK_ROLE_LEAD) CHECK(task.assignee_unit_id() == wish.ward);
  }
  CHECK(incoming.tasks(0).role() != incoming.tasks(1).role());
  const std::string& document = delivery.document_id();
  CHECK(owner.SeenBy(document) == "H09.15 H09.718 " + wish.ward);
  CHECK(owner.Value("SELECT string_agg(array_to_string(readers, ' '), ' ') FROM reading_right"
                    " WHERE unit_id = 'H09.718' AND document_id = '" +
                    document + "'") == "official/" + wish.lead);
  CHECK(owner.Events(delivery.id()) ==
        "DocumentSent DeliveryEntered ArrivalEntered DeliveryAssigned OpinionGiven");
}

}  // namespace

TEST_CASE("document: of two leaders who assign a delivery at once one does, and all of it") {
  DocumentOwner owner;
  v1::DraftContent restricted = ContentTo({kDistrict});
  restricted.set_restricted(true);
  for (int round = 0; round < kRounds; ++round) {
    const bool versioned = round % 2 == 1;
    CAPTURE(versioned);
    const v1::Delivery delivery = Entered(owner, Issued(owner, restricted), kDistrict);
    const auto assign = [&](const Wish& wish) {
      return [&owner, &wish, request = AssignRequest(owner, delivery, wish, versioned)] {
        return owner.Try(&Incomings::AssignDelivery, request, wish.leader);
      };
    };
    const auto [first, second] = AtOnce(assign(kWishes[0]), assign(kWishes[1]));
    REQUIRE((first == kDone) != (second == kDone));
    const Outcome& loser = first == kDone ? second : first;
    CHECK(loser == (versioned ? Outcome{grpc::ABORTED, "VERSION_STALE"}
                              : Outcome{grpc::FAILED_PRECONDITION, "LEAD_ASSIGNED"}));
    CheckAssigned(owner, delivery, first == kDone ? kWishes[0] : kWishes[1]);
  }
  CHECK(owner.Count("task") == std::to_string(2 * kRounds));
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a draft two sign at once bears the signature of whom it was submitted to") {
  DocumentOwner owner;
  const std::string deputy = "H09.15/deputy";
  for (int round = 0; round < kRounds; ++round) {
    const v1::Draft draft = Submitted(owner, ContentTo({}), kDepartment, deputy);
    const auto sign = [&](const std::string& official, v1::SigningAuthority authority) {
      auto request = OfDraft<v1::SignDraftRequest>(owner, draft);
      request.set_authority(authority);
      return
          [&owner, request, official] { return owner.Try(&Drafts::SignDraft, request, official); };
    };
    const auto [head, of_deputy] =
        AtOnce(sign(kHead, v1::SIGNING_AUTHORITY_HEAD), sign(deputy, v1::SIGNING_AUTHORITY_DEPUTY));
    CHECK(of_deputy == kDone);
    const bool refused =
        head == kDraftState || head == Outcome{grpc::PERMISSION_DENIED, "AUTHORITY_MISSING"};
    CHECK(refused);
    v1::GetDraftRequest get;
    get.set_draft_id(draft.id());
    CHECK(owner.Do(&Drafts::GetDraft, get, kHead).signer().official_id() == deputy);
    CHECK(owner.Events(draft.id()) == "DraftCreated DraftSubmitted DraftSigned");
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a draft that is signed and sent back at once is one of both") {
  DocumentOwner owner;
  for (int round = 0; round < kRounds; ++round) {
    const v1::Draft draft = Submitted(owner, ContentTo({}));
    // Each decides about the draft as it was submitted.
    auto sign = OfDraft<v1::SignDraftRequest>(owner, draft);
    sign.set_expected_version(draft.version());
    auto back = OfDraft<v1::ReturnDraftRequest>(owner, draft);
    back.set_expected_version(draft.version());
    back.set_reason("Sai thể thức");
    const auto [as_signed, returned] =
        AtOnce([&] { return owner.Try(&Drafts::SignDraft, sign, kHead); },
               [&] { return owner.Try(&Drafts::ReturnDraft, back, kHead); });
    CHECK((as_signed == kDone) != (returned == kDone));
    CHECK((as_signed == kDone ? returned : as_signed).reason == "VERSION_STALE");
    CHECK(StateOf(owner, draft) == (as_signed == kDone ? "SIGNED" : "DRAFTING"));
    v1::GetDraftRequest get;
    get.set_draft_id(draft.id());
    CHECK(owner.Do(&Drafts::GetDraft, get, kHead).has_signer() == (as_signed == kDone));
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a draft that two clerks number at once gets one number") {
  DocumentOwner owner;
  for (int round = 1; round <= kRounds; ++round) {
    const v1::Draft draft = Signed(owner, ContentTo({}));
    const auto number = [&] {
      return [&owner, request = OfDraft<v1::NumberDraftRequest>(owner, draft)] {
        return owner.Try(&Drafts::NumberDraft, request, kClerk);
      };
    };
    const auto [first, second] = AtOnce(number(), number());
    REQUIRE((first == kDone) != (second == kDone));
    CHECK((first == kDone ? second : first) == kDraftState);
    CHECK(owner.Value("SELECT last_number || ' ' || document_count FROM book") ==
          std::to_string(round) + " " + std::to_string(round));
  }
  CHECK(owner.Count("book_number") == std::to_string(kRounds));
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: one clerk numbers a draft while another issues it: one number, one document") {
  DocumentOwner owner;
  for (int round = 1; round <= kRounds; ++round) {
    const v1::Draft draft = Signed(owner, ContentTo({kWard}));
    const auto number = OfDraft<v1::NumberDraftRequest>(owner, draft);
    const auto issue = OfDraft<v1::IssueDocumentRequest>(owner, draft);
    const auto [numbered, issued] =
        AtOnce([&] { return owner.Try(&Drafts::NumberDraft, number, kClerk); },
               [&] { return owner.Try(&Documents::IssueDocument, issue, kClerk); });
    // Numbered in between, it is issued with that number when the call is repeated.
    const bool orderly = issued == kDone || (issued == kConcurrent && numbered == kDone);
    CHECK(orderly);
    if (numbered != kDone) CHECK(numbered == kDraftState);
    const v1::Document document = owner.Do(&Documents::IssueDocument, issue, kClerk);
    CHECK(document.number() == round);
    CHECK(owner.Count("document") == std::to_string(round));
    CHECK(owner.Count("delivery") == std::to_string(round));
    CHECK(owner.Count("book_number") == std::to_string(round));
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a reserved number that two clerks want is one draft's") {
  DocumentOwner owner;
  auto reserve = owner.New<v1::ReserveNumbersRequest>();
  reserve.set_series("di");
  reserve.set_year(2019);
  reserve.set_count(kRounds);
  reserve.set_reason("Văn bản họp");
  owner.Do(&Books::ReserveNumbers, reserve, kClerk);
  for (int number = 1; number <= kRounds; ++number) {
    const auto take = [&] {
      auto request = OfDraft<v1::NumberDraftRequest>(owner, Signed(owner, ContentTo({})));
      request.set_reserved_number(number);
      return [&owner, request] { return owner.Try(&Drafts::NumberDraft, request, kClerk); };
    };
    const auto [first, second] = AtOnce(take(), take());
    REQUIRE((first == kDone) != (second == kDone));
    CHECK((first == kDone ? second : first) ==
          Outcome{grpc::FAILED_PRECONDITION, "NUMBER_NOT_RESERVED"});
  }
  CHECK(owner.Value("SELECT count(*) || ' ' || count(DISTINCT record_id) FROM book_number"
                    " WHERE state = 'TAKEN'") ==
        std::to_string(kRounds) + " " + std::to_string(kRounds));
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: of one clerk who enters a delivery and one who refuses it one does") {
  DocumentOwner owner;
  const std::string clerk = ClerkOf(kWard), second = std::string(kWard) + "/second";
  owner.Appoint(kWard, "second", "clerk");
  int entered_count = 0;
  for (int round = 0; round < kRounds; ++round) {
    const v1::Document document = Issued(owner, ContentTo({kWard}));
    auto enter = owner.New<v1::EnterDeliveryRequest>();
    enter.set_delivery_id(DeliveryTo(owner, document, kWard).id());
    auto refuse = owner.New<v1::RefuseDeliveryRequest>();
    refuse.set_delivery_id(enter.delivery_id());
    refuse.set_reason("Gửi nhầm đơn vị");
    const auto [entered, refused] =
        AtOnce([&] { return owner.Try(&Incomings::EnterDelivery, enter, clerk); },
               [&] { return owner.Try(&Incomings::RefuseDelivery, refuse, second); });
    REQUIRE((entered == kDone) != (refused == kDone));
    CHECK((entered == kDone ? refused : entered) == kDeliveryState);
    if (entered == kDone) ++entered_count;
    const v1::Delivery now = DeliveryTo(owner, document, kWard);
    CHECK(CodesOf(now) == (entered == kDone ? "01 03" : "01 02"));
    CHECK(now.has_arrival_code() == (entered == kDone));
    // Who lost has left nothing behind.
    CHECK(owner.Events(now.id()) == (entered == kDone
                                         ? "DocumentSent DeliveryEntered ArrivalEntered"
                                         : "DocumentSent DeliveryRefused"));
    CHECK(owner.Count("incoming") == std::to_string(entered_count));
    CHECK(owner.Value("SELECT coalesce(max(last_number), 0) FROM book WHERE series = 'den'") ==
          std::to_string(entered_count));
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: of two clerks who answer a recall at once one does, and all of it") {
  DocumentOwner owner;
  owner.Appoint(kWard, "second", "clerk");
  for (int round = 0; round < kRounds; ++round) {
    const v1::Document document = Issued(owner, ContentTo({kWard}));
    const std::string id = Entered(owner, document, kWard).id();
    owner.Step(&Documents::RecallDocument, kClerk, [&](auto& request) {
      request.set_document_id(document.id());
      request.set_reason("Ban hành nhầm");
    });
    const auto answer = [&](bool accept, const std::string& official) {
      auto request = owner.New<v1::AnswerChangeRequest>();
      request.set_delivery_id(id);
      request.set_accept(accept);
      request.set_reason("Đã triển khai");
      return [&owner, request, official] {
        return owner.Try(&Incomings::AnswerChange, request, official);
      };
    };
    const auto [given, kept] =
        AtOnce(answer(true, ClerkOf(kWard)), answer(false, std::string(kWard) + "/second"));
    CAPTURE(given, kept);
    REQUIRE((given == kDone) != (kept == kDone));
    CHECK((given == kDone ? kept : given) ==
          Outcome{grpc::FAILED_PRECONDITION, "NOTHING_TO_ANSWER"});
    CHECK(owner.SeenBy(document.id()) == (given == kDone ? "H09.15" : "H09.15 H09.718.25747"));
    CHECK(owner.Value("SELECT state || ' ' || array_to_string(step_codes, ' ') FROM delivery"
                      " WHERE id = '" +
                      id + "'") ==
          (given == kDone ? "RECALLED 01 03 13 15" : "ENTERED 01 03 13 16"));
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("working files: of two leaders who approve a destruction at once one approves it") {
  DocumentOwner owner;
  std::vector<std::string> files;
  for (int round = 0; round < kRounds; ++round) {
    const std::string number = "0" + std::to_string(round);
    files.push_back(Opened(owner, PlanRequest(owner, number, 2)).id());
    const std::string document = Issued(owner, ContentTo({})).id();
    owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, files.back(), document), kExpert);
    Closed(owner, files.back());
  }
  owner.MoveClockTo("2022-03-01T01:00:00Z");
  for (const std::string& file : files) {
    const std::string id = owner
                               .Step(&WorkingFiles::ProposeDestruction, kClerk,
                                     [&](auto& request) {
                                       request.add_file_ids(file);
                                       request.set_reason("Hết thời hạn bảo quản");
                                     })
                               .id();
    const auto approve = [&](const std::string& leader) {
      auto request = owner.New<v1::DecideDestructionRequest>();
      request.set_destruction_id(id);
      request.set_approve(true);
      return [&owner, request, leader] {
        return owner.Try(&WorkingFiles::DecideDestruction, request, leader);
      };
    };
    const auto [head, deputy] = AtOnce(approve(kHead), approve("H09.15/deputy"));
    REQUIRE((head == kDone) != (deputy == kDone));
    CHECK((head == kDone ? deputy : head) ==
          Outcome{grpc::FAILED_PRECONDITION, "DESTRUCTION_STATE"});
    CHECK(owner.Events(id) == "DestructionProposed DestructionApproved");
    CHECK(owner.Value("SELECT count(*) FROM journal WHERE event = 'FileDestructionApproved'"
                      " AND record_id = '" +
                      file + "'") == "1");
  }
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
