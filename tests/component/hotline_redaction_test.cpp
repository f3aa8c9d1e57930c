// What callers of a joined ticket are told, and drafts of what is published: nobody reads another
// caller's personal data.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

// Of Appeal and of Portal::Report.
const std::string kFirstName = "Nguyễn Văn Thử", kFirstPhone = "0912345678";
const std::string kSecondName = "Trần Thị Mẫu", kSecondPhone = "0987654321";
const std::string kNamingBoth =
    "Gặp ông Nguyễn Văn Thử, 0912345678, và bà Trần Thị Mẫu, 0987654321.";
const std::string kForFirst = "Gặp ông Nguyễn Văn Thử, [...], và bà [...], [...].";
const std::string kForSecond = "Gặp ông [...], [...], và bà Trần Thị Mẫu, [...].";

/// Two callers, the second one joined to the ticket of the first one.
struct TwoCallers {
  TwoCallers() {
    owner.Step(&Tickets::JoinTicket, kOperator, [&](auto& request) {
      request.set_ticket_id(second.ticket_id());
      request.set_into_ticket_id(id);
    });
  }
  void Handle() {
    Routed(owner, id, {kTransport});
    AnsweredBy(owner, id, kTransport, kNamingBoth);
    Approved(owner, id);
  }
  /// What each follows; nothing of it is the other's.
  v1::FollowedReport OfFirst() {
    const auto seen = portal.Followed(first.code(), kFirstPhone);
    CheckNothingOf(seen, kSecondName, kSecondPhone);
    return seen;
  }
  v1::FollowedReport OfSecond() {
    const auto seen = portal.Followed(second.code(), kSecondPhone);
    CheckNothingOf(seen, kFirstName, kFirstPhone);
    return seen;
  }

  HotlineOwner owner;
  Portal portal{owner};
  const v1::OpenTicketResponse first = Opened(owner, Appeal(owner));
  const v1::SubmitReportResponse second = portal.Submitted(portal.Report());
  const std::string id = first.ticket().id();

 private:
  static void CheckNothingOf(const v1::FollowedReport& seen, const std::string& name,
                             const std::string& phone) {
    const std::string all = seen.SerializeAsString();
    CHECK(all.find(name) == std::string::npos);
    CHECK(all.find(phone.substr(1)) == std::string::npos);
  }
};

v1::DraftPublicationRequest DraftRequest(const std::string& id) {
  v1::DraftPublicationRequest request;
  request.set_ticket_id(id);
  return request;
}

Outcome TryDraft(HotlineOwner& owner, const std::string& id, const std::string& official) {
  return owner.Try(&Tickets::DraftPublication, DraftRequest(id), official);
}

Outcome TryPublish(HotlineOwner& owner, const std::string& id, const std::string& text,
                   const std::string& answer) {
  return owner.TryStep(&Tickets::PublishTicket, kApprover, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_public_text(text);
    request.set_public_answer(answer);
  });
}

}  // namespace

TEST_CASE("hotline: callers of one ticket read its answer without each other's personal data") {
  TwoCallers callers;
  callers.Handle();
  CHECK(callers.OfFirst().answer() == kForFirst);
  CHECK(callers.OfSecond().answer() == kForSecond);
  callers.owner.Step(&Tickets::KeepPrivate, kApprover,
                     [&](auto& request) { request.set_ticket_id(callers.id); });
  CHECK(callers.OfFirst().answer() == kForFirst);
  CHECK(callers.OfSecond().answer() == kForSecond);
  // What is published is for everybody, until it is withdrawn.
  Published(callers.owner, callers.id, "Ổ gà", "Đã gặp người dân.");
  CHECK(callers.OfFirst().answer() == "Đã gặp người dân.");
  CHECK(callers.OfSecond().answer() == "Đã gặp người dân.");
  callers.owner.Step(&Tickets::WithdrawPublication, kApprover, [&](auto& request) {
    request.set_ticket_id(callers.id);
    request.set_reason("Nhầm");
  });
  CHECK(callers.OfFirst().answer() == kForFirst);
  CHECK(callers.OfSecond().answer() == kForSecond);
  // The centre has it as it was written.
  CHECK(TicketOf(callers.owner, callers.id).answer() == kNamingBoth);
  CHECK(callers.owner.Defects().empty());
}

TEST_CASE("hotline: callers of one ticket read why it was rejected without personal data") {
  TwoCallers callers;
  callers.owner.Step(&Tickets::RejectTicket, kApprover, [&](auto& request) {
    request.set_ticket_id(callers.id);
    request.set_reason(kNamingBoth);
  });
  CHECK(callers.OfFirst().answer() == kForFirst);
  CHECK(callers.OfSecond().answer() == kForSecond);
  CHECK(callers.owner.Defects().empty());
}

TEST_CASE("hotline: callers of one ticket read what units ask without personal data") {
  TwoCallers callers;
  Routed(callers.owner, callers.id, {kTransport});
  const std::string part = AssignmentOf(callers.owner, callers.id, kTransport).id();
  Accepted(callers.owner, part, kTransport);
  callers.owner.Step(&Assignments::PauseAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(part);
    request.set_reason(kNamingBoth);
  });
  CHECK(callers.OfFirst().question() == kForFirst);
  CHECK(callers.OfSecond().question() == kForSecond);
  CHECK(callers.owner.Defects().empty());
}

TEST_CASE("hotline: a caller alone reads the answer as it was written") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto opened = Opened(owner, Appeal(owner));
  Routed(owner, opened.ticket().id(), {kTransport});
  AnsweredBy(owner, opened.ticket().id(), kTransport, kNamingBoth);
  Approved(owner, opened.ticket().id());
  CHECK(portal.Followed(opened.code(), kFirstPhone).answer() == kNamingBoth);
  Published(owner, opened.ticket().id(), "Ổ gà", "Đã gặp người dân.");
  CHECK(portal.Followed(opened.code(), kFirstPhone).answer() == kNamingBoth);
}

TEST_CASE(
    "hotline: the draft of a publication has no personal data, can be published, and the "
    "original stays") {
  HotlineOwner owner;
  Portal portal(owner);
  const Outcome no_answer{grpc::FAILED_PRECONDITION, "TICKET_STATE"};
  const std::string text = "Tôi là Nguyễn Văn Thử, 0912345678, thấy ổ gà";
  auto request = Appeal(owner);
  request.set_text(text);
  const std::string id = Opened(owner, request).ticket().id();
  CHECK(TryDraft(owner, id, kApprover) == no_answer);
  Routed(owner, id, {kTransport});
  CHECK(TryDraft(owner, id, kApprover) == no_answer);
  const std::string answer = "Ông Nguyễn Văn Thử, 0912345678, đã nhận.";
  AnsweredBy(owner, id, kTransport, answer);
  CHECK(TryDraft(owner, id, kApprover) == kDone);
  Approved(owner, id);
  CHECK(TryDraft(owner, id, kOperator) == Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(TryDraft(owner, id, "H09.09/approver") == kNotFound);
  CHECK(TryDraft(owner, owner.NewId(), kApprover) == kNotFound);

  const auto draft = owner.Do(&Tickets::DraftPublication, DraftRequest(id), kApprover);
  CHECK(draft.public_text() == "Tôi là [...], [...], thấy ổ gà");
  CHECK(draft.public_answer() == "Ông [...], [...], đã nhận.");
  const Outcome found{grpc::INVALID_ARGUMENT, "PERSONAL_DATA_FOUND"};
  CHECK(TryPublish(owner, id, text, draft.public_answer()) == found);
  CHECK(TryPublish(owner, id, draft.public_text(), answer) == found);
  CHECK(TryPublish(owner, id, draft.public_text(), draft.public_answer()) == kDone);
  CHECK(portal.Public(id).text() == draft.public_text());
  CHECK(portal.Public(id).answer() == draft.public_answer());
  const v1::Ticket ticket = TicketOf(owner, id);
  CHECK(ticket.text() == text);
  CHECK(ticket.answer() == answer);
  CHECK(TryDraft(owner, id, kApprover) == no_answer);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: there is no draft of what is not published") {
  HotlineOwner owner;
  auto request = Appeal(owner);
  request.set_confidential(true);
  CHECK(TryDraft(owner, ApprovedTicket(owner, request), kApprover) ==
        Outcome{grpc::FAILED_PRECONDITION, "NOT_TO_PUBLISH"});
}

}  // namespace lienthong::hotline
