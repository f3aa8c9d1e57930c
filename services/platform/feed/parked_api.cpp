#include "platform/feed/parked_api.hpp"

#include <google/protobuf/util/time_util.h>

#include "platform/base/error.hpp"

namespace lienthong::feed {
namespace {

constexpr int kPageDefault = 50;
constexpr int kPageMax = 500;

google::protobuf::Timestamp StampOfParked(base::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

/// Services have one feed.
void RequireNoUnit(const std::string& unit_id) {
  if (unit_id.empty()) return;
  throw base::InvalidField("unit_id", "this service reads one feed; replicas read those of units");
}

/// Position of a page: "<topic> <offset>" of the last event shown.
std::pair<std::string, std::int64_t> ParsePosition(const std::string& position) {
  if (position.empty()) return {"", -1};
  const std::size_t space = position.find(' ');
  return {position.substr(0, space), std::stoll(position.substr(space + 1))};
}

}  // namespace

journal::v1::ParkedEvent ToParkedEvent(const ParkedMessage& parked) {
  journal::v1::ParkedEvent event;
  event.set_topic(parked.topic);
  event.set_offset(parked.offset);
  event.set_key(parked.key);
  event.set_reason(parked.reason);
  *event.mutable_parked_at() = StampOfParked(parked.parked_at);
  event.set_owner(parked.owner);
  const std::size_t slash = parked.key.find('/');
  if (slash != std::string::npos) event.set_record_type(parked.key.substr(0, slash));
  event.set_epoch(parked.epoch);
  event.set_sequence(parked.sequence);
  *event.mutable_message_time() = StampOfParked(parked.message_time);
  event.set_attempts(parked.attempts);
  *event.mutable_tried_at() = StampOfParked(parked.tried_at);
  return event;
}

ParkedEvents ParkedEventsOf(pg::Pool& pool, Reader& reader, const rpc::PageTokens& tokens) {
  ParkedEvents events;
  events.List = [&pool, &tokens](const rpc::Call& call,
                                 const journal::v1::ListParkedEventsRequest& request) {
    RequireNoUnit(request.unit_id());
    const int page_size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
    const std::pair<std::string, std::int64_t> position = ParsePosition(tokens.Read(call, request));
    return pool.Transact(call.deadline, [&](pg::Tx& tx) {
      journal::v1::ListParkedEventsResponse answer;
      for (const ParkedMessage& parked :
           ListParked(tx, position.first, position.second, page_size + 1)) {
        if (answer.events_size() == page_size) {
          const auto& last = answer.events(page_size - 1);
          answer.set_next_page_token(
              tokens.Make(call, request, last.topic() + " " + std::to_string(last.offset())));
          break;
        }
        *answer.add_events() = ToParkedEvent(parked);
      }
      return answer;
    });
  };
  events.Replay = [&reader](const rpc::Call&, const journal::v1::ReplayParkedEventsRequest&) {
    const Reader::ReplayOutcome outcome = reader.ReplayParked();
    journal::v1::ReplayParkedEventsResponse answer;
    answer.set_applied(outcome.applied);
    answer.set_still_parked(outcome.still_parked);
    return answer;
  };
  return events;
}

ParkedEvents NoParkedEvents() {
  return {[](const rpc::Call&, const journal::v1::ListParkedEventsRequest& request) {
            RequireNoUnit(request.unit_id());
            return journal::v1::ListParkedEventsResponse();
          },
          [](const rpc::Call&, const journal::v1::ReplayParkedEventsRequest&) {
            return journal::v1::ReplayParkedEventsResponse();
          }};
}

}  // namespace lienthong::feed
