#include <algorithm>

#include <google/protobuf/util/time_util.h>

#include "platform/access/purpose.hpp"
#include "platform/base/error.hpp"
#include "platform/journal/queries.hpp"

namespace lienthong::journal {
namespace {

constexpr int kPageDefault = 50;
constexpr int kPageMax = 500;
constexpr const char* kAudienceChanged = "AudienceChanged";

constexpr pg::Statement kAudience{
    "history_audience",
    "SELECT audience FROM head WHERE record_type = $1 AND record_id = $2 AND version > 0"};

constexpr pg::Statement kChanges{
    "history_changes",
    "SELECT j.id, j.version, j.event,"
    " (extract(epoch FROM j.recorded_at) * 1000000)::bigint,"
    " (extract(epoch FROM j.effective_at) * 1000000)::bigint, j.system, j.unit, j.official,"
    " j.request_id, coalesce(s.views, j.views), coalesce(s.states, j.states), j.caller"
    " FROM journal j LEFT JOIN journal s ON s.id = j.state_row"
    " WHERE j.record_type = $1 AND j.record_id = $2 AND ($3::bigint = 0 OR j.id < $3)"
    " ORDER BY j.id DESC LIMIT $4"};

/// In a view narrower than the widest, who worked at the record is withheld too.
v1::Change ToChange(const pg::Row& row, const std::string& view, bool shows_work) {
  using google::protobuf::util::TimeUtil;
  v1::Change change;
  change.set_sequence(row[0].as<std::int64_t>());
  change.set_version(row[1].as<std::int64_t>());
  change.set_event(row[2].as<std::string>());
  *change.mutable_recorded_at() = TimeUtil::MicrosecondsToTimestamp(row[3].as<std::int64_t>());
  *change.mutable_effective_at() = TimeUtil::MicrosecondsToTimestamp(row[4].as<std::int64_t>());
  const auto views = pg::ParseTextArray(row[9]);
  if (shows_work && !views.empty() && views.front() == view) {
    change.set_system(row[5].as<std::string>());
    change.set_unit(row[6].as<std::string>());
    change.set_official_id(row[7].as<std::string>());
    change.set_request_id(row[8].as<std::string>());
  }
  const auto states = pg::ParseTextArray(row[10]);
  const auto found = std::find(views.begin(), views.end(), view);
  const auto index = static_cast<std::size_t>(found - views.begin());
  if (index < states.size()) change.set_state(states[index]);
  return change;
}

}  // namespace

v1::ListRecordHistoryResponse Queries::ListRecordHistory(
    const rpc::Call& call, const v1::ListRecordHistoryRequest& request) {
  const auto& personal = options_.personal_types;
  if (std::find(personal.begin(), personal.end(), request.record_type()) != personal.end()) {
    access::CheckPurpose(request.purpose());
  }
  const int page_size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  const std::string position = tokens_.Read(call, request);
  const std::int64_t before = position.empty() ? 0 : std::stoll(position);
  return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    const auto heads = tx.Exec(kAudience, request.record_type(), request.record_id());
    if (heads.empty()) throw base::NotFound();
    const Audience audience = PairsFromText(heads[0][0].as<std::string>());
    const Key key{request.record_type(), request.record_id()};
    const auto view = options_.view_of ? options_.view_of(tx, call, key, audience)
                                       : ViewOf(audience, call.caller);
    if (!view) throw base::NotFound();
    v1::ListRecordHistoryResponse answer;
    const auto rows =
        tx.Exec(kChanges, request.record_type(), request.record_id(), before, page_size + 1);
    rpc::PageRoom room(page_size);
    std::int64_t last = 0;
    for (int i = 0; i < static_cast<int>(rows.size()); ++i) {
      const pg::Row row = rows[i];
      const bool shows_work =
          !options_.shows_work_of || options_.shows_work_of(tx, call, row[11].as<std::string>());
      v1::Change change = ToChange(row, *view, shows_work);
      // That others got to see the record is the work of who let them.
      const bool is_hidden = !shows_work && change.event() == kAudienceChanged;
      if (i == page_size || (!is_hidden && !room.Take(change.state().size()))) {
        answer.set_next_page_token(tokens_.Make(call, request, std::to_string(last)));
        break;
      }
      last = change.sequence();
      if (!is_hidden) *answer.add_changes() = std::move(change);
    }
    if (on_read_) on_read_(tx, call, key, request);
    return answer;
  });
}

}  // namespace lienthong::journal
