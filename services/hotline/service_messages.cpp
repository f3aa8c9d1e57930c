#include "hotline/service_messages.hpp"

#include <algorithm>
#include <set>

#include "hotline/service_access.hpp"
#include "hotline/store_messages.hpp"
#include "platform/base/text.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

v1::Message ToMessage(const MessageRow& row) {
  v1::Message message;
  message.set_id(row.id.text);
  message.set_report_id(row.report_id.text);
  message.set_ticket_id(row.ticket_id.text);
  message.set_kind(static_cast<v1::MessageKind>(row.kind));
  message.set_medium(static_cast<v1::Medium>(row.medium));
  message.set_state(static_cast<v1::MessageState>(row.state));
  if (row.date) message.set_date(base::FormatDay(*row.date));
  journal::SetTime(message.mutable_created_at(), row.created_at);
  message.set_attempts(row.attempts);
  message.set_doubtful_attempts(row.doubtful_attempts);
  if (row.next_at) journal::SetTime(message.mutable_next_at(), *row.next_at);
  if (row.sent_at) journal::SetTime(message.mutable_sent_at(), *row.sent_at);
  message.set_proof(row.proof);
  message.set_error(row.error);
  message.set_superseded(row.superseded);
  for (const MessageRetry& retry : row.retries) {
    v1::MessageRetry* const one = message.add_retries();
    journal::SetTime(one->mutable_asked_at(), retry.asked_at);
    one->set_system(retry.system);
    one->set_unit_id(retry.unit_id);
    one->set_official_id(retry.official_id);
    one->set_reason(retry.reason);
  }
  return message;
}

MessageQuery ToQuery(const v1::ListMessagesRequest& request) {
  if (request.states_size() > kStatesMax) throw base::InvalidField("states", "too many");
  MessageQuery query;
  for (const int state : request.states()) {
    const bool is_done = state == v1::MESSAGE_STATE_SENT || state == v1::MESSAGE_STATE_DROPPED;
    if (is_done && request.ticket_id().empty()) {
      throw base::InvalidField("states", "what was sent or dropped is listed by ticket");
    }
    query.states.push_back(state);
  }
  return query;
}

}  // namespace

v1::ListMessagesResponse MessageService::ListMessages(const Call& call,
                                                      const v1::ListMessagesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  MessageQuery query = ToQuery(request);
  query.limit = size + 1;
  // "<time> <id>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    const std::size_t space = position.find(' ');
    query.before = base::ParseTime(position.substr(0, space));
    query.before_id = position.substr(space + 1);
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    if (!request.ticket_id().empty()) {
      query.ticket_id = sight.FindKept(ToId<TicketId>(request.ticket_id())).value.id.text;
    }
    query.units = sight.Units();
    MessageQuery next = query;
    const auto find_next = [&] {
      auto found = SelectMessages(tx, next);
      if (!found.empty()) {
        next.before = found.back().created_at;
        next.before_id = found.back().id.text;
      }
      return found;
    };
    const auto drop = [&](std::vector<MessageRow>& found) {
      std::set<TicketId> asked, kept;
      for (const MessageRow& row : found) asked.insert(row.ticket_id);
      for (const auto& stored : SelectTickets(tx, {asked.begin(), asked.end()})) {
        if (sight.Keeps(stored.value)) kept.insert(stored.value.id);
      }
      std::erase_if(found, [&](const MessageRow& row) { return !kept.contains(row.ticket_id); });
    };
    auto shown = FindShown(size, find_next, drop);
    ReadRetries(tx, shown);
    v1::ListMessagesResponse response;
    FillPage(
        shown, size, response.mutable_messages(),
        [](const MessageRow& row) { return ToMessage(row); },
        [&](const MessageRow& last) {
          response.set_next_page_token(parts_.tokens.Make(
              call, request, base::FormatTime(last.created_at) + " " + last.id.text));
        });
    return response;
  });
}

v1::Message MessageService::RetryMessage(const Call& call, const v1::RetryMessageRequest& request) {
  const auto id = ToId<MessageId>(request.message_id());
  const std::string reason =
      base::CheckLines(request.reason(), "reason", kReasonCharactersMax, false);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight(tx, call, parts_).FindKept(TheOne(SelectMessage(tx, id)).ticket_id);
    if (RestartMessage(tx, id, call.time)) {
      InsertRetry(tx, {parts_.ids.New(), id, call.machine_time, call.system, call.unit,
                       call.official, reason});
    }
    auto found = SelectMessage(tx, id);
    ReadRetries(tx, found);
    if (TheOne(found).retries.size() > kRetriesMax) {
      throw base::Transition("RETRIES_USED_UP", "it was sent again as often as it can be");
    }
    return ToMessage(TheOne(found));
  });
}

}  // namespace lienthong::hotline
