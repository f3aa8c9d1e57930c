#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "hotline/sender.hpp"
#include "support/hotline_owner.hpp"
#include "support/server.hpp"

/// The hotline and what it tells citizens, with providers of the test.
namespace lienthong::hotline {

inline const std::string kHandler = "H09.09/handler";
inline const std::string kHead = "H09.09/head";
inline const std::string kPhone = "+84912345678";

inline const SendOutcome kTaken{SendResult::kSent, "P-1", ""};
inline const SendOutcome kAway{SendResult::kNotReached, "", "CURL_7"};
inline const SendOutcome kUnknown{SendResult::kDoubtful, "", "CURL_28"};
inline const SendOutcome kNever{SendResult::kRefused, "", "HTTP_422"};

/// Answers what the test says; keeps what it was handed.
class FakeProvider final : public Provider {
 public:
  SendOutcome Send(const Outgoing& message) override {
    const std::lock_guard lock(mutex_);
    taken.push_back(message);
    const auto answering = answer;  // which may set another one
    return answering(message);
  }
  std::size_t Count() const { return taken.size(); }
  std::set<std::string> Ids() const {
    std::set<std::string> ids;
    for (const Outgoing& one : taken) ids.insert(one.id.text);
    return ids;
  }
  bool HasSaid(const std::string& text) const {
    return std::any_of(taken.begin(), taken.end(), [&](const Outgoing& one) {
      return one.text.find(text) != std::string::npos;
    });
  }

  std::function<SendOutcome(const Outgoing&)> answer = [](const Outgoing&) { return kTaken; };
  std::vector<Outgoing> taken;

 private:
  std::mutex mutex_;
};

/// The hotline and its sender, which the test runs.
struct MessageStage {
  explicit MessageStage(int per_day_max = 1000)
      : options{per_day_max, "key of the test"},
        sender(options, owner.pool_, owner.clock_, owner.ids_, {&sms, &mail}) {}

  void Answer(const SendOutcome& outcome) {
    sms.answer = mail.answer = [outcome](const Outgoing&) { return outcome; };
  }
  void RunAt(const std::string& time) {
    owner.MoveClockTo(time);
    sender.RunDue();
  }
  /// Time passes, a minute at once.
  void Pass(std::chrono::minutes time) {
    for (std::chrono::minutes passed(0); passed < time; ++passed) {
      owner.clock_.Advance(std::chrono::minutes(1));
      sender.RunDue();
    }
    owner.snapshots_.Verified(owner.clock_.MachineNow());
  }
  v1::OpenTicketResponse Open(const std::string& phone = "0912345678",
                              const std::string& email = "", const std::string& join = "") {
    auto request = Appeal(owner);
    request.mutable_caller()->set_phone(phone);
    request.mutable_caller()->set_email(email);
    request.mutable_caller()->set_anonymous(phone.empty() && email.empty());
    request.set_join_ticket_id(join);
    request.set_text("CANARY-7431 ổ gà lớn");
    return Opened(owner, request);
  }
  std::string OpenRouted() {
    const std::string id = Open().ticket().id();
    Routed(owner, id, {});
    Accept(id);
    return id;
  }
  void Accept(const std::string& id) {
    WithAssignment<v1::AcceptAssignmentRequest>(&Assignments::AcceptAssignment, id, kHandler);
  }
  /// A step of the transport department's assignment.
  template <class Request, class Rpc>
  void WithAssignment(
      Rpc rpc, const std::string& id, const std::string& official,
      const std::function<void(Request&)>& set = [](Request&) {}) {
    const std::string assignment = AssignmentOf(owner, id, kTransport).id();
    owner.Step(rpc, official, [&](Request& request) {
      request.set_assignment_id(assignment);
      set(request);
    });
  }
  void Ask(const std::string& id) {
    WithAssignment<v1::PauseAssignmentRequest>(
        &Assignments::PauseAssignment, id, kHandler,
        [](auto& request) { request.set_reason("CANARY-7431 ở đâu?"); });
  }
  void Resume(const std::string& id) {
    WithAssignment<v1::ResumeAssignmentRequest>(&Assignments::ResumeAssignment, id, kHandler);
  }
  void Extend(const std::string& id, const std::string& day) {
    WithAssignment<v1::ExtendAssignmentRequest>(
        &Assignments::ExtendAssignment, id, kHead, [&](auto& request) {
          request.set_reason("CANARY-7431 chờ vật tư");
          request.mutable_due_at()->set_seconds(
              std::chrono::floor<std::chrono::seconds>(base::ParseTime(day + "T10:00:00Z"))
                  .time_since_epoch()
                  .count());
        });
  }
  void Answered(const std::string& id) {
    WithAssignment<v1::AnswerAssignmentRequest>(
        &Assignments::AnswerAssignment, id, kHandler,
        [](auto& request) { request.set_answer("CANARY-7431 đã vá"); });
    owner.Step(&Tickets::ApproveTicket, kApprover, [&](auto& r) { r.set_ticket_id(id); });
  }
  Outcome TryPublish(const std::string& id, const std::string& text) {
    return owner.TryStep(&Tickets::PublishTicket, kApprover, [&](auto& r) {
      r.set_ticket_id(id);
      r.set_public_text(text);
      r.set_public_answer("CANARY-7431 đã sửa");
    });
  }
  void Publish(const std::string& id) { REQUIRE(TryPublish(id, "CANARY-7431 ổ gà") == kDone); }

  /// "3 sent, 1 dropped", by state.
  std::string States() {
    return owner.Value(
        "SELECT string_agg(n || ' ' || name, ', ' ORDER BY state) FROM (SELECT state, count(*) AS"
        " n, (ARRAY['waiting','sent','failed','given up','dropped','doubtful'])[state] AS name"
        " FROM message GROUP BY state) s");
  }
  std::string Of(const std::string& columns) {
    return owner.Value("SELECT concat_ws(' ', " + columns + ") FROM message");
  }
  v1::ListMessagesResponse List(const v1::ListMessagesRequest& request = {}) {
    return owner.Do(&Messages::ListMessages, request, kApprover);
  }
  v1::Message Retry(const std::string& id, const std::string& reason = "") {
    v1::RetryMessageRequest request;
    request.set_message_id(id);
    request.set_reason(reason);
    return owner.Do(&Messages::RetryMessage, request, kApprover);
  }
  double Counted(const char* medium, const char* outcome) {
    return support::Counted("lienthong_hotline_messages_total",
                            {{"medium", medium}, {"outcome", outcome}});
  }

  HotlineOwner owner;
  FakeProvider sms, mail;
  SenderOptions options;
  Sender sender;
};

}  // namespace lienthong::hotline
