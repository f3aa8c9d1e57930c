// The citizens' side of the hotline, as the portal calls it, on a real PostgreSQL.
#include <set>
#include <thread>

#include "lienthong/hotline/v1/indicators.grpc.pb.h"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Citizens = Portal::Stub;

const Outcome kTriesUsedUp{grpc::RESOURCE_EXHAUSTED, "TRIES_USED_UP"};
const Outcome kReopenOver{grpc::FAILED_PRECONDITION, "REOPEN_OVER"};
const Outcome kTicketState{grpc::FAILED_PRECONDITION, "TICKET_STATE"};
const std::string kCitizenPhone = "0987654321";  // as Portal::Report

Outcome Rate(HotlineOwner& owner, Portal& portal, const std::string& code,
             const std::string& contact = kCitizenPhone) {
  auto request = owner.New<v1::RateReportRequest>();
  request.set_code(code);
  request.set_contact(contact);
  request.set_satisfaction(v1::SATISFACTION_SATISFIED);
  return portal.Try(&Citizens::RateReport, request);
}

Outcome Reopen(HotlineOwner& owner, Portal& portal, const std::string& code,
               const std::string& contact = kCitizenPhone) {
  auto request = owner.New<v1::ReopenReportRequest>();
  request.set_code(code);
  request.set_contact(contact);
  request.set_reason("Vẫn chưa sáng");
  return portal.Try(&Citizens::ReopenReport, request);
}

/// Routed, answered by the unit and approved.
void Handle(HotlineOwner& owner, const std::string& id) {
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport, "Đã thay bóng.");
  Approved(owner, id);
}

/// Everything the public lists show, page by page.
std::vector<v1::PublicTicket> Listed(Portal& portal, v1::ListPublicTicketsRequest request) {
  std::vector<v1::PublicTicket> tickets;
  request.set_page_size(2);
  for (;;) {
    const auto page = portal.Do(&Citizens::ListPublicTickets, request);
    tickets.insert(tickets.end(), page.tickets().begin(), page.tickets().end());
    if (page.next_page_token().empty()) return tickets;
    request.set_page_token(page.next_page_token());
  }
}

std::set<std::string> IdsOf(const std::vector<v1::PublicTicket>& tickets) {
  std::set<std::string> ids;
  for (const v1::PublicTicket& ticket : tickets) ids.insert(ticket.id());
  return ids;
}

std::set<std::string> Found(Portal& portal, const std::string& words) {
  v1::ListPublicTicketsRequest request;
  request.set_text(words);
  return IdsOf(Listed(portal, request));
}

}  // namespace

TEST_CASE("hotline: a repeated report of a citizen is one ticket and has the same code") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto request = portal.Report();
  std::vector<v1::SubmitReportResponse> answers(8);
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&] { portal.Call(&Citizens::SubmitReport, request, &answer); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& answer : answers) {
    CHECK(answer.ticket_id() == answers.front().ticket_id());
    CHECK(answer.code() == answers.front().code());
  }
  CHECK(answers.front().code().size() == 14);
  CHECK(owner.Count("ticket") == "1");
  CHECK(owner.Count("reporter") == "1");
  CHECK(owner.SeenBy(answers.front().ticket_id()) == "H09.03");
  auto other = request;
  other.set_text("Khác");
  CHECK(portal.Try(&Citizens::SubmitReport, other) ==
        Outcome{grpc::INVALID_ARGUMENT, "REQUEST_ID_REUSED"});

  auto phone = portal.Report();
  phone.set_channel(v1::CHANNEL_PHONE);
  CHECK(portal.Try(&Citizens::SubmitReport, phone) == kFieldInvalid);
  // Nobody else calls for citizens.
  for (const char* system : {"ops", "unit-H09.03"}) {
    const auto stub = v1::CitizenService::NewStub(owner.Channel(system));
    v1::FollowedReport answer;
    CAPTURE(system);
    CHECK(support::CallAs(*stub, &Citizens::FollowReport,
                          Portal::FollowRequest(answers.front().code(), kCitizenPhone), &answer,
                          "H09.03/named") ==
          Outcome{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"});
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a report is followed with its code and the phone or e-mail given then") {
  HotlineOwner owner;
  Portal portal(owner);
  auto request = portal.Report();
  request.mutable_caller()->set_email("Mau@Example.com");
  const auto submitted = portal.Submitted(request);
  const std::string& code = submitted.code();
  const v1::FollowedReport received = portal.Followed(code, kCitizenPhone);
  CHECK(received.standing() == v1::REPORT_STANDING_RECEIVED);
  CHECK(received.text() == request.text());
  CHECK(At(received.received_at()) == "2019-07-10T01:00:00.000000Z");
  CHECK_FALSE(received.has_answer());
  CHECK_FALSE(received.can_rate());
  // However they are typed.
  std::string bare = code;
  std::erase(bare, '-');
  for (char& c : bare) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* contact :
       {"098 765 4321", "+84 987654321", "mau@example.com", "MAU@example.com"}) {
    CAPTURE(contact);
    CHECK(portal.TryFollow(bare, contact) == kDone);
  }

  const std::string& id = submitted.ticket_id();
  Routed(owner, id, {kTransport});
  const std::string assignment = AssignmentOf(owner, id, kTransport).id();
  v1::FollowedReport now = portal.Followed(code, kCitizenPhone);
  CHECK(now.standing() == v1::REPORT_STANDING_HANDLED);
  CHECK(At(now.due_at()) == "2019-07-17T10:00:00.000000Z");
  Accepted(owner, assignment, kTransport);
  owner.Step(&Assignments::PauseAssignment, kTransportHandler, [&](auto& pause) {
    pause.set_assignment_id(assignment);
    pause.set_reason("Cột đèn số mấy?");
  });
  now = portal.Followed(code, kCitizenPhone);
  CHECK(now.standing() == v1::REPORT_STANDING_WAITING);
  CHECK(now.question() == "Cột đèn số mấy?");
  AnsweredBy(owner, id, kTransport, "Đã thay bóng.");
  // An answer that nobody has approved is none yet.
  now = portal.Followed(code, kCitizenPhone);
  CHECK(now.standing() == v1::REPORT_STANDING_HANDLED);
  CHECK_FALSE(now.has_answer());
  CHECK_FALSE(now.has_answered_at());
  Approved(owner, id);
  now = portal.Followed(code, kCitizenPhone);
  CHECK(now.standing() == v1::REPORT_STANDING_ANSWERED);
  CHECK(now.answer() == "Đã thay bóng.");
  CHECK(now.has_answered_at());

  const auto refused = portal.Submitted(portal.Report());
  owner.Step(&Tickets::RejectTicket, kApproverOfCentre, [&](auto& reject) {
    reject.set_ticket_id(refused.ticket_id());
    reject.set_reason("Ngoài tỉnh");
  });
  now = portal.Followed(refused.code(), kCitizenPhone);
  CHECK(now.standing() == v1::REPORT_STANDING_REJECTED);
  CHECK(now.answer() == "Ngoài tỉnh");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: wrong codes and contacts are answered alike, and only so often") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto submitted = portal.Submitted(portal.Report());
  const std::string& code = submitted.code();
  const auto other = portal.Submitted(portal.Report());
  const auto status = [&](const std::string& of, const std::string& contact) {
    const auto stub = v1::CitizenService::NewStub(owner.Channel("service-portal"));
    grpc::ClientContext context;
    v1::FollowedReport answer;
    const auto got = stub->FollowReport(&context, Portal::FollowRequest(of, contact), &answer);
    return std::to_string(got.error_code()) + got.error_message() + got.error_details();
  };
  const std::string wrong = status(code, "0900000000");
  CHECK(wrong.starts_with(std::to_string(grpc::NOT_FOUND)));
  CHECK(status("0000-0000-0000", "0900000001") == wrong);
  CHECK(status("không", "0900000002") == wrong);
  CHECK(status(code, "") == wrong);  // a report that is not anonymous
  CHECK(status(code, "abc") == wrong);
  CHECK(Rate(owner, portal, code, "0900000003") == kNotFound);
  CHECK(Reopen(owner, portal, code, "0900000004") == kNotFound);
  // Five were of this code without rating and reopening.
  for (int i = 0; i < 5; ++i)
    CHECK(portal.TryFollow(code, "090111222" + std::to_string(i)) == kNotFound);
  CHECK(portal.TryFollow(code, "0901112229") == kTriesUsedUp);
  // Nor is the right one told from them.
  CHECK(portal.TryFollow(code, kCitizenPhone) == kTriesUsedUp);
  CHECK(Rate(owner, portal, code) == kTriesUsedUp);
  // Of a contact as well; who has the right code goes on.
  for (int i = 0; i < 10; ++i) {
    CHECK(portal.TryFollow("0000-0000-100" + std::to_string(i), kCitizenPhone) == kNotFound);
  }
  CHECK(portal.TryFollow("0000-0000-2000", kCitizenPhone) == kTriesUsedUp);
  CHECK(portal.TryFollow(other.code(), kCitizenPhone) == kDone);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: of an anonymous report the code alone tells where it stands, and no more") {
  HotlineOwner owner;
  Portal portal(owner);
  auto request = portal.Report();
  request.mutable_caller()->Clear();
  request.mutable_caller()->set_anonymous(true);
  const auto submitted = portal.Submitted(request);
  Handle(owner, submitted.ticket_id());
  owner.Step(&Tickets::KeepPrivate, kApproverOfCentre,
             [&](auto& keep) { keep.set_ticket_id(submitted.ticket_id()); });
  v1::FollowedReport expected;
  expected.set_standing(v1::REPORT_STANDING_ANSWERED);
  journal::SetTime(expected.mutable_received_at(), base::ParseTime("2019-07-10T01:00:00Z"));
  CHECK(portal.Followed(submitted.code(), "").DebugString() == expected.DebugString());
  CHECK(Rate(owner, portal, submitted.code(), "") == kNotFound);
  CHECK(Reopen(owner, portal, submitted.code(), "") == kNotFound);
  // One who wants no name in it, but gave a number, needs the number.
  auto named = portal.Report();
  named.mutable_caller()->set_anonymous(true);
  const auto with_phone = portal.Submitted(named);
  CHECK(portal.TryFollow(with_phone.code(), "") == kNotFound);
  CHECK(portal.Followed(with_phone.code(), kCitizenPhone).text() == named.text());
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a citizen rates and reopens within the window, at most so many times") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto submitted = portal.Submitted(portal.Report());
  const std::string& id = submitted.ticket_id();
  const std::string& code = submitted.code();
  CHECK(Rate(owner, portal, code) == kTicketState);
  CHECK(Reopen(owner, portal, code) == kTicketState);
  for (int i = 0; i < 2; ++i) {
    const std::string time = "2019-07-1" + std::to_string(i) + "T01:00:00.000000Z";
    owner.MoveClockTo(time);
    Handle(owner, id);
    Published(owner, id);
    const v1::FollowedReport answered = portal.Followed(code, kCitizenPhone);
    CHECK(answered.can_rate());
    CHECK(answered.can_reopen());
    CHECK(At(answered.open_until()) == "2019-07-1" + std::to_string(7 + i) + "T01:00:00.000000Z");
    CHECK(portal.Public(id).has_text());
    CHECK(Rate(owner, portal, code) == kDone);
    CHECK(portal.Followed(code, kCitizenPhone).satisfaction() == v1::SATISFACTION_SATISFIED);
    CHECK(Reopen(owner, portal, code) == kDone);
    const v1::Ticket reopened = TicketOf(owner, id);
    CHECK(reopened.state() == v1::TICKET_STATE_REOPENED);
    CHECK(reopened.reopen_count() == i + 1);
    CHECK(reopened.reopen_reason() == "Vẫn chưa sáng");
    CHECK_FALSE(portal.Public(id).has_text());  // until there is a new answer
  }
  owner.MoveClockTo("2019-07-12T01:00:00Z");
  Handle(owner, id);
  Published(owner, id);
  CHECK_FALSE(portal.Followed(code, kCitizenPhone).can_reopen());
  CHECK(Reopen(owner, portal, code) == kReopenOver);

  const auto late = portal.Submitted(portal.Report());
  Handle(owner, late.ticket_id());
  Published(owner, late.ticket_id());
  owner.MoveClockTo("2019-07-19T01:00:00Z");  // the timer has not run yet
  CHECK(Reopen(owner, portal, late.code()) == kReopenOver);
  CHECK(Rate(owner, portal, late.code()) == kTicketState);
  owner.RunClock();
  CHECK(Reopen(owner, portal, late.code()) == kReopenOver);
  CHECK(Rate(owner, portal, late.code()) == kTicketState);
  const v1::FollowedReport closed = portal.Followed(late.code(), kCitizenPhone);
  CHECK(closed.standing() == v1::REPORT_STANDING_CLOSED);
  CHECK_FALSE(closed.can_rate());
  CHECK_FALSE(closed.has_open_until());
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: until its approval everybody knows of a ticket category, place and times alone") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string id = Opened(owner, Appeal(owner)).ticket().id();
  const v1::PublicTicket opened = portal.Public(id);
  v1::PublicTicket expected;
  expected.set_id(id);
  expected.set_category_id("HATANG.GIAOTHONG");
  expected.set_commune_code("25747");
  expected.add_place_names("Đơn vị H09.718.25747"), expected.add_place_names("Đơn vị H09.718");
  expected.set_standing(v1::REPORT_STANDING_RECEIVED);
  journal::SetTime(expected.mutable_opened_at(), base::ParseTime("2019-07-10T01:00:00Z"));
  *expected.mutable_updated_at() = expected.opened_at();
  CHECK(opened.DebugString() == expected.DebugString());
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport);
  CHECK(portal.Public(id).standing() == v1::REPORT_STANDING_HANDLED);
  CHECK_FALSE(portal.Public(id).has_answered_at());
  Approved(owner, id);
  CHECK(portal.Public(id).has_answered_at());
  CHECK_FALSE(portal.Public(id).has_text());
  CHECK_FALSE(portal.Public(id).has_answer());
  CHECK(Found(portal, "duong Hung Vuong").empty());
  Published(owner, id, "Mặt đường hỏng ở phường", "Đã vá.");
  CHECK(portal.Public(id).text() == "Mặt đường hỏng ở phường");
  CHECK(portal.Public(id).answer() == "Đã vá.");
  // What was written is not found by its words; what was published is, without diacritics too.
  CHECK(Found(portal, "Hùng Vương").empty());
  CHECK(Found(portal, "mat duong") == std::set{id});
  owner.RunClockAt("2019-07-17T01:00:00Z");
  CHECK(portal.Public(id).standing() == v1::REPORT_STANDING_CLOSED);
  CHECK(portal.Public(id).has_closed_at());
  CHECK(portal.Public(id).text() == "Mặt đường hỏng ở phường");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: what is not for everybody is in no public answer") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string canary = "CANARY7431";
  const auto with = [&](v1::OpenTicketRequest request) {
    request.set_text(canary + " nói xấu");
    request.mutable_place()->set_address(canary);
    request.mutable_caller()->set_full_name(canary);
    return Opened(owner, request).ticket().id();
  };
  const auto appeal = [&](const auto& change) {
    auto request = Appeal(owner);
    change(request);
    return with(request);
  };
  const std::string complaint = with(Complaint(owner, kWard));
  const std::string anonymous = appeal([](auto& r) { r.mutable_caller()->set_anonymous(true); });
  const std::string confidential = appeal([](auto& r) { r.set_confidential(true); });
  const std::string unclassified = appeal([](auto& r) { r.clear_category_id(); });
  const std::string rejected = appeal([](auto&) {});
  const std::string kept = appeal([](auto&) {}), rated = appeal([](auto&) {});
  const std::string open = appeal([](auto&) {});  // everybody may know of it, not what it says
  const std::string joined = appeal([&](auto& r) { r.set_join_ticket_id(open); });
  owner.Step(&Tickets::RejectTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(rejected);
    request.set_reason(canary);
  });
  const Outcome not_to_publish{grpc::FAILED_PRECONDITION, "NOT_TO_PUBLISH"};
  for (const std::string& id : {anonymous, confidential, kept, rated}) {
    Routed(owner, id, {kTransport});
    AnsweredBy(owner, id, kTransport, canary);
    Approved(owner, id);
    if (id == anonymous || id == confidential) {
      CHECK(owner.TryStep(&Tickets::PublishTicket, kApproverOfCentre, [&](auto& request) {
        request.set_ticket_id(id);
        request.set_public_text("Việc");
        request.set_public_answer("Xong");
      }) == not_to_publish);
    }
    owner.Step(&Tickets::KeepPrivate, kApproverOfCentre,
               [&](auto& request) { request.set_ticket_id(id); });
  }
  owner.Step(&Tickets::RateTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(rated);
    request.set_satisfaction(v1::SATISFACTION_NEUTRAL);
    request.set_comment(canary);
  });
  Routed(owner, open, {kTransport});
  AnsweredBy(owner, open, kTransport, canary);
  const std::string published = ApprovedTicket(owner, Appeal(owner));
  Published(owner, published);

  const std::set<std::string> expected{open, published};
  std::string text;
  const auto crawl = [&](const auto& set) {
    v1::ListPublicTicketsRequest request;
    set(request);
    const auto listed = Listed(portal, request);
    for (const v1::PublicTicket& ticket : listed) text += ticket.SerializeAsString();
    return IdsOf(listed);
  };
  for (int round = 0; round < 2; ++round) {
    CHECK(crawl([](auto&) {}) == expected);
    CHECK(crawl([](auto& r) { r.set_commune_code("25747"); }) == expected);
    CHECK(crawl([](auto& r) { r.set_published(true); }) == std::set{published});
    CHECK(crawl([](auto& r) { r.set_answered(true); }) == std::set{published});
    CHECK(crawl([](auto& r) { r.set_answered(false); }) == std::set{open});
    CHECK(crawl([&](auto& r) { r.set_text(canary); }).empty());
    CHECK(crawl([](auto& r) { r.add_category_ids("CBCC.CHAMTRE"); }).empty());
    CHECK(crawl([](auto& r) { r.add_category_ids(""); }).empty());
    const Outcome unknown = portal.TryPublic(owner.NewId());
    CHECK(unknown == kNotFound);
    for (const std::string& id :
         {complaint, anonymous, confidential, unclassified, rejected, joined, kept, rated}) {
      INFO(owner.Value("SELECT state FROM ticket WHERE id = '" + id + "'"));
      CHECK(portal.TryPublic(id) == unknown);
    }
    for (const std::string& id : expected) text += portal.Public(id).SerializeAsString();
    CHECK(text.find(canary) == std::string::npos);
    owner.RunClockAt("2019-07-17T01:00:00Z");  // and after they have closed
  }
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
