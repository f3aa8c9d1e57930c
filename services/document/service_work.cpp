// What there is to do: tasks and deadlines of a unit, and of its officials.
#include "document/service_incoming.hpp"
#include "document/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using pg::Tx;

constexpr int kTasksDefault = 50, kTasksMax = 200;

v1::DueItem ToMessage(const DueLine& line) {
  v1::DueItem item;
  item.set_record_type(line.record_type);
  item.set_record_id(line.record_id);
  *item.mutable_due() = ToMessage(line.due);
  item.set_official_id(line.official_id);
  return item;
}

/// Whose work is asked for: the caller's, a named official's; empty = everybody's.
template <class Request>
std::string NamedOfficial(const Request& request, const Call& call) {
  if (!request.mine()) {
    return base::CheckText(request.official_id(), "official_id", kOfficialIdCharactersMax, false);
  }
  if (!request.official_id().empty()) {
    throw base::InvalidField("official_id", "does not go with mine");
  }
  return call.official;
}

}  // namespace

v1::ListDeadlinesResponse IncomingService::ListDeadlines(const Call& call,
                                                         const v1::ListDeadlinesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kTasksDefault, kTasksMax);
  DueQuery query;
  if (request.mark() != v1::DEADLINE_MARK_UNSPECIFIED) {
    query.mark = static_cast<DeadlineMark>(request.mark());
  }
  query.official_id = NamedOfficial(request, call);
  query.limit = size + 1;
  // "<microseconds> <id>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    query.after_at = base::Time(std::chrono::microseconds(std::stoll(position)));
    query.after_id = position.substr(position.find(' ') + 1);
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    query.reader = sight.Official();
    v1::ListDeadlinesResponse response;
    FillPage(
        FindDeadlines(tx, query), size, response.mutable_items(),
        [](const DueLine& line) { return ToMessage(line); },
        [&](const DueLine& last) {
          response.set_next_page_token(parts_.tokens.Make(
              call, request,
              std::to_string(last.due.at.time_since_epoch().count()) + " " + last.record_id));
        });
    return response;
  });
}

v1::ListTasksResponse IncomingService::ListTasks(const Call& call,
                                                 const v1::ListTasksRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kTasksDefault, kTasksMax);
  TaskQuery query;
  query.official_id = NamedOfficial(request, call);
  query.open = request.open();
  if (!request.delivery_id().empty()) query.delivery_id = ToId<DeliveryId>(request.delivery_id());
  query.after = {parts_.tokens.Read(call, request)};
  query.limit = size + 1;
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    query.reader = sight.Official();
    const auto ids = FindTasks(tx, query);
    const auto tasks = InOrder(ids, SelectTasks(tx, ids));
    v1::ListTasksResponse response;
    FillPage(
        tasks, size, response.mutable_tasks(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version, kFullView); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

}  // namespace lienthong::document
