#include "ops/parked.hpp"

#include "ops/operations.hpp"
#include "platform/base/id.hpp"

namespace lienthong::ops {
namespace {

using journal::v1::ListParkedEventsRequest;
using journal::v1::ParkedEvent;

constexpr int kPageSize = 500;
constexpr std::size_t kEventsMax = 10'000;  ///< of one process
constexpr std::size_t kNameWidth = 14;

/// Where something may be parked: an owner or a process with copies, one of both.
struct Place {
  std::string name;  ///< for a person
  const Owner* owner = nullptr;
  const ReplicaProcess* process = nullptr;
  std::string unit;  ///< of a process: this one only; empty = all
};

/// What is parked there.
struct Parked {
  std::vector<ParkedEvent> events;
  bool is_cut = false;  ///< there are more than kEventsMax
  std::optional<Fault> fault;
};

std::vector<Place> PlacesOf(const Province& province, const Options& options) {
  if (!options.unit.empty()) {
    const ReplicaProcess& process = province.FindUnit(options.unit);
    return {{"unit " + options.unit + " at " + process.address, nullptr, &process, options.unit}};
  }
  std::vector<Place> places;
  for (const Owner& owner : province.owners) {
    if (!options.service.empty() && &province.FindOwner(options.service) != &owner) continue;
    places.push_back({owner.name + " at " + owner.address, &owner, nullptr, ""});
  }
  if (!options.service.empty()) return places;
  for (const ReplicaProcess& process : province.replicas) {
    places.push_back({"copies at " + process.address, nullptr, &process, ""});
  }
  return places;
}

Parked AskParked(const Place& place, Deadline deadline) {
  Parked parked;
  ListParkedEventsRequest request;
  request.set_page_size(kPageSize);
  request.set_unit_id(place.unit);
  do {
    auto page =
        place.owner != nullptr
            ? Ask(*place.owner->journal, &JournalStub::ListParkedEvents, request, deadline)
            : Ask(*place.process->replica, &ReplicaStub::ListParkedEvents, request, deadline);
    if (!page.answer) {
      parked.fault = std::move(page.fault);
      break;
    }
    for (auto& event : *page.answer->mutable_events()) parked.events.push_back(std::move(event));
    request.set_page_token(page.answer->next_page_token());
    parked.is_cut = !request.page_token().empty() && parked.events.size() >= kEventsMax;
  } while (!request.page_token().empty() && !parked.is_cut);
  return parked;
}

std::string WhereOf(const Place& place, const ParkedEvent& event) {
  return place.owner != nullptr ? place.owner->name : event.unit();
}

Json EventJson(const Place& place, const ParkedEvent& event) {
  Json json;
  json["service"] = place.owner != nullptr ? Json(place.owner->name) : Json();
  json["unit"] = place.owner != nullptr ? Json() : Json(event.unit());
  json["topic"] = event.topic();
  json["offset"] = event.offset();
  json["key"] = event.key();
  json["owner"] = event.owner();
  json["record_type"] = event.record_type();
  json["epoch"] = event.epoch();
  json["sequence"] = event.sequence();
  json["reason"] = event.reason();
  json["message_time"] = JsonOf(TimeOf(event.has_message_time(), event.message_time()));
  json["parked_at"] = JsonOf(TimeOf(event.has_parked_at(), event.parked_at()));
  json["attempts"] = event.attempts();
  json["tried_at"] = JsonOf(TimeOf(event.has_tried_at(), event.tried_at()));
  return json;
}

std::string TimeText(const std::optional<base::Time>& time) {
  return time ? LocalTime(*time) : "not known";
}

/// All that is known of a parked message, a line each.
std::string EventText(const Place& place, const ParkedEvent& event) {
  std::string text = "Parked at " + WhereOf(place, event) + "\n";
  const auto add = [&](const std::string& name, const std::string& value) {
    const std::string line = "  " + name + std::string(kNameWidth - name.size(), ' ');
    text += Wrap(line + (value.empty() ? "not known" : value), kNameWidth + 2);
  };
  add("Topic", event.topic() + ", offset " + std::to_string(event.offset()));
  add("Key", event.key());
  add("Owner", event.owner());
  add("Record type", event.record_type());
  add("Sequence", event.sequence() == 0 ? ""
                                        : std::to_string(event.sequence()) + " of epoch " +
                                              std::to_string(event.epoch()));
  add("Why", event.reason());
  add("Sent", TimeText(TimeOf(event.has_message_time(), event.message_time())));
  add("Parked", TimeText(TimeOf(event.has_parked_at(), event.parked_at())));
  add("Tried", std::to_string(event.attempts()) + " times, last " +
                   TimeText(TimeOf(event.has_tried_at(), event.tried_at())));
  return text;
}

std::string FaultText(const Place& place, const Fault& fault) {
  return Wrap(place.name + ": " + fault.text, 2);
}

/// One replay at one place.
Asked<journal::v1::ReplayParkedEventsResponse> Replay(const Place& place, Deadline deadline) {
  base::RandomIds ids;
  journal::v1::ReplayParkedEventsRequest request;
  request.set_unit_id(place.unit);
  request.set_request_id(ids.New());
  request.set_operator_(OperatorName());
  if (place.owner != nullptr) {
    return AskAgain(*place.owner->journal, &JournalStub::ReplayParkedEvents, request, deadline);
  }
  return AskAgain(*place.process->replica, &ReplicaStub::ReplayParkedEvents, request, deadline);
}

/// What came of the replays, of all places together.
struct Replayed {
  std::int64_t applied = 0, still_parked = 0;
  std::string note;
  bool is_whole = true;
};

Replayed ReplayAt(const std::vector<Place>& places, Deadline deadline, Result& result) {
  Replayed sum;
  const auto answers = ForEach(places, [&](const Place& place) { return Replay(place, deadline); });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Json entry{{"place", places[i].name}};
    if (answers[i].answer) {
      const auto& answer = *answers[i].answer;
      sum.applied += answer.applied();
      sum.still_parked += answer.still_parked();
      entry["applied"] = answer.applied();
      entry["still_parked"] = answer.still_parked();
      if (answer.still_parked() > 0) result.exit = Worse(result.exit, Exit::kWrong);
      result.text += Wrap(places[i].name + ": applied " + std::to_string(answer.applied()) +
                              ", still parked " + std::to_string(answer.still_parked()),
                          2);
    } else {
      sum.is_whole = false;
      entry["fault"] = ToJson(answers[i].fault);
      result.exit = Worse(result.exit, answers[i].fault.exit);
      result.text += FaultText(places[i], answers[i].fault);
    }
    result.json["places"].push_back(std::move(entry));
  }
  sum.note = "applied " + std::to_string(sum.applied) + ", still parked " +
             std::to_string(sum.still_parked);
  return sum;
}

/// Recorded at the directory: copies have no journal.
void ReplayCopies(const Province& province, const std::vector<Place>& copies,
                  const std::string& unit, Deadline deadline, Result& result) {
  const Owner& directory = province.FindOwner("directory");
  const std::string target = !unit.empty() ? ""
                             : copies.size() == 1
                                 ? copies.front().name
                                 : "copies of " + std::to_string(copies.size()) + " processes";
  const Recorded recorded(
      directory, {journal::v1::OPERATION_KIND_REPLAY_PARKED_EVENTS, unit, target, ""}, deadline);
  if (!recorded.IsThere()) {
    result.exit = Worse(result.exit, recorded.WhyNot().exit);
    result.json["fault"] = ToJson(recorded.WhyNot());
    result.text += Wrap("Copies were left alone: it cannot be recorded at " + directory.name +
                            " at " + directory.address + ": " + recorded.WhyNot().text,
                        2);
    return;
  }
  const Replayed replayed = ReplayAt(copies, deadline, result);
  recorded.End(!replayed.is_whole          ? journal::v1::OPERATION_OUTCOME_UNKNOWN
               : replayed.still_parked > 0 ? journal::v1::OPERATION_OUTCOME_FAILED
                                           : journal::v1::OPERATION_OUTCOME_SUCCEEDED,
               replayed.note, result);
}

}  // namespace

Result ShowParked(const Province& province, const Options& options, Deadline deadline,
                  const Look& look) {
  const std::vector<Place> places = PlacesOf(province, options);
  const auto all = ForEach(places, [&](const Place& place) { return AskParked(place, deadline); });
  Result result;
  Table table({"PARKED AT", "SINCE", "TRIED", "OFFSET", "KEY"});
  std::string blocks, below;
  Json events = Json::array(), faults = Json::object();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Parked& parked = all[i];
    for (const ParkedEvent& event : parked.events) {
      const auto since = TimeOf(event.has_parked_at(), event.parked_at());
      table.Add({WhereOf(places[i], event), TimeText(since),
                 static_cast<std::int64_t>(event.attempts()), event.offset(), event.key()});
      blocks += (blocks.empty() ? "" : "\n") + EventText(places[i], event);
      events.push_back(EventJson(places[i], event));
    }
    if (!parked.events.empty()) result.exit = Worse(result.exit, Exit::kWrong);
    if (parked.is_cut) below += places[i].name + ": there are more than are listed\n";
    if (parked.fault) {
      result.exit = Worse(result.exit, parked.fault->exit);
      faults[places[i].name] = ToJson(*parked.fault);
      below += FaultText(places[i], *parked.fault);
    }
  }
  const bool is_list = options.command == Command::kParkedList;
  if (table.IsEmpty()) {
    result.text =
        below.empty() ? "Nothing is parked\n" : "Nothing is parked where it was answered\n";
  } else {
    result.text = is_list ? table.Print(look) : blocks;
  }
  result.text += below;
  result.json = {{"events", std::move(events)}, {"faults", std::move(faults)}};
  return result;
}

Result ReplayParked(const Province& province, const Options& options, Deadline deadline) {
  const std::vector<Place> places = PlacesOf(province, options);
  const auto all = ForEach(places, [&](const Place& place) { return AskParked(place, deadline); });
  Result result;
  result.json = {{"places", Json::array()}};
  std::vector<Place> owners, copies;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (all[i].fault) {
      result.exit = Worse(result.exit, all[i].fault->exit);
      result.text += FaultText(places[i], *all[i].fault);
      result.json["places"].push_back(
          {{"place", places[i].name}, {"fault", ToJson(*all[i].fault)}});
    } else if (!all[i].events.empty()) {
      (places[i].owner != nullptr ? owners : copies).push_back(places[i]);
    }
  }
  if (owners.empty() && copies.empty() && result.text.empty()) result.text = "Nothing is parked\n";
  if (!owners.empty()) ReplayAt(owners, deadline, result);
  if (!copies.empty()) ReplayCopies(province, copies, options.unit, deadline, result);
  return result;
}

}  // namespace lienthong::ops
