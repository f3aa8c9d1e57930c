#include "document/service_incoming.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "document/service_attachments.hpp"
#include "document/service_changes.hpp"
#include "document/service_deadlines.hpp"
#include "document/service_numbers.hpp"
#include "document/service_requests.hpp"
#include "document/service_rights.hpp"
#include "document/store_files.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr int kIncomingDefault = 50, kIncomingMax = 200;

/// Enters a delivery in the unit's book of arrivals; its row of it.
Incoming EnterIn(Tx& tx, Book& book, Delivery& delivery, const Call& call, const Limits& limits) {
  const int number = TakeArrival(tx, book, delivery.id, call.official);
  Enter(delivery, NumberText(number, "", kDigitsMin), Today(call), {call.official, call.time, ""});
  delivery.due = limits.By(DeadlineKind::kPresentation, delivery.urgency, call.time);
  Incoming incoming;
  incoming.id = delivery.id;
  incoming.document_id = delivery.document_id;
  incoming.unit_id = call.unit;
  incoming.book_id = book.Id();
  incoming.arrival_number = number;
  incoming.arrival_code = *delivery.arrival_code;
  incoming.arrival_date = *delivery.arrival_date;
  incoming.entered_by_official_id = call.official;
  incoming.restricted = delivery.restricted;
  InsertIncoming(tx, incoming);
  return incoming;
}

int YearOf(const Call& call) { return static_cast<int>(Today(call).year()); }

/// What a change of a delivery's document concerns, besides the delivery.
struct Concerned {
  Delivery delivery;
  ChangeKind kind = ChangeKind::kNone;  ///< of the document
  std::vector<TaskId> tasks;
  std::vector<Key> rights;          ///< to read a restricted document, of units with a task
  std::vector<DeliveryId> earlier;  ///< of the documents that this one updates or replaces
};

Concerned FindConcerned(Tx& tx, Sight& sight, const DeliveryId& id) {
  Concerned concerned;
  concerned.delivery = sight.FindArrived(id).value;
  std::set<std::string> units;
  for (const auto& [task, version] : SelectTasksOf(tx, id)) {
    concerned.tasks.push_back(task.id);
    if (task.restricted) units.insert(task.assignee_unit_id);
  }
  for (const std::string& unit : units) {
    AddRightKeys(tx, concerned.delivery.document_id, unit, sight.Rules(), concerned.rights);
  }
  const Document document = TheOne(SelectDocuments(tx, {concerned.delivery.document_id})).value;
  concerned.kind = document.content.change_kind;
  concerned.earlier = EarlierOf(tx, document.content, concerned.delivery);
  return concerned;
}

/// Once it was assigned, work on a delivery is begun by who has it, the clerks and the leaders.
void RequireHandler(const std::vector<Stored<Task>>& tasks, const Call& call, const Sight& sight) {
  const Reader& official = sight.Official();
  if (tasks.empty() || official.is_clerk || official.is_leader) return;
  const bool has_work = std::any_of(tasks.begin(), tasks.end(), [&](const auto& stored) {
    const Task& task = stored.value;
    const bool of_anybody = task.assignee_official_id.empty();
    return task.state != TaskState::kWithdrawn &&
           IsOwn(task.assignee_unit_id, call, sight.Rules()) &&
           (of_anybody || task.assignee_official_id == call.official);
  });
  if (!has_work) throw base::Denied("NOT_ASSIGNED", "the delivery is assigned to others");
}

/// Who leads and who works with it has come to an end; to know of it hinders nothing.
void RequireDone(const std::vector<Stored<Task>>& tasks) {
  for (const auto& [task, version] : tasks) {
    const bool open = task.state == TaskState::kAssigned || task.state == TaskState::kInProgress;
    if (!open || task.role == TaskRole::kInform) continue;
    throw base::Transition("TASKS_OPEN",
                           "tasks of the delivery are open: complete or withdraw them")
        .With("task_id", task.id.text);
  }
}

/// Was it sent to the unit, or to who continues that?
bool IsSentTo(Tx& tx, const DocumentId& id, const std::string& unit,
              const access::Sharing& sharing) {
  Delivery to;
  to.receiver_unit_id = to.holder_unit_id = unit;
  if (const auto* const heir = sharing.HeirOf(unit)) to.holder_unit_id = heir->id();
  return SelectDeliveryTo(tx, id, to).has_value();
}

/// A document that a unit issued and that went to who is to be answered, or names what it answers.
/// Who is outside the province may hear of it in another way.
void RequireAnswer(Tx& tx, const Document& answer, const Delivery& delivery, const Call& call,
                   const access::Sharing& sharing) {
  if (!IsOwn(answer.sender_unit_id, call, sharing)) {
    throw base::Invalid("NOT_OF_UNIT", "answering_document_id",
                        "must be a document that the unit issued");
  }
  const auto& references = answer.content.response_for;
  const bool names_it = std::any_of(references.begin(), references.end(), [&](const auto& one) {
    return one.document_id == delivery.document_id.text;
  });
  const bool is_sent = delivery.sender_unit_id.empty() || names_it ||
                       IsSentTo(tx, answer.id, delivery.sender_unit_id, sharing);
  if (!answer.recalled && is_sent) return;
  throw base::Invalid("NOT_AN_ANSWER", "answering_document_id",
                      "must have been sent to who is answered, or name what it answers, and stand");
}

/// Work on a document that was given back ends.
void WithdrawTasks(Tx& tx, const std::vector<TaskId>& ids, const Call& call,
                   const access::Sharing& sharing, Changes& changes) {
  std::map<std::string, std::vector<std::string>> officials;  // by unit
  std::optional<DocumentId> restricted;
  for (auto& [task, version] : InOrder(ids, SelectTasks(tx, ids))) {
    officials[task.assignee_unit_id].push_back(task.assignee_official_id);
    if (task.restricted) restricted = task.document_id;
    if (task.state != TaskState::kAssigned && task.state != TaskState::kInProgress) continue;
    Withdraw(task, {call.official, call.time, "văn bản đã thu hồi"});
    UpdateTask(tx, task);
    changes.push_back(Answer("TaskWithdrawn", ToRecord(task, sharing)));
  }
  if (!restricted) return;
  for (const auto& [unit, gone] : officials) {
    ChangeReaders(tx, {*restricted, unit, {}}, gone, {}, sharing, changes);
  }
}

}  // namespace

void RequireNotHeld(Tx& tx, const DocumentId& id, const std::vector<std::string>& units) {
  if (!IsHeld(tx, id, units)) return;
  throw base::Transition("FILE_ON_HOLD", "a file on hold holds the document");
}

v1::Delivery IncomingService::Step(const Call& call, const google::protobuf::Message& request,
                                   const std::string& id, const char* event,
                                   const std::function<void(Tx&, Sight&, Delivery&)>& step) {
  const auto delivery_id = ToId<DeliveryId>(id);
  return parts_.journal.Change<v1::Delivery>(
      call, request, {KeyOf(delivery_id)},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Delivery delivery = sight.FindArrived(delivery_id).value;
        step(tx, sight, delivery);
        UpdateDelivery(tx, delivery);
        return ListOf(Answer(event, ToRecord(delivery, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Delivery IncomingService::RefuseDelivery(const Call& call,
                                             const v1::RefuseDeliveryRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return Step(call, request, request.delivery_id(), "DeliveryRefused",
              [&](Tx&, Sight&, Delivery& delivery) {
                Refuse(delivery, {call.official, call.time, reason});
              });
}

v1::Delivery IncomingService::EnterDelivery(const Call& call,
                                            const v1::EnterDeliveryRequest& request) {
  const auto id = ToId<DeliveryId>(request.delivery_id());
  return parts_.journal.Change<v1::Delivery>(
      call, request, {KeyOf(id), BookKey(call.unit, YearOf(call), kArrivalSeries)},
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        Delivery delivery = sight.FindArrived(id).value;
        RequireEnterable(delivery);
        Book book = LoadArrivals(tx, heads, call.unit, YearOf(call));
        const Incoming incoming =
            EnterIn(tx, book, delivery, call, Limits(tx, sight.Directory(), Today(call)));
        UpdateDelivery(tx, delivery);
        return ListOf(Answer("DeliveryEntered", ToRecord(delivery, sight.Rules())),
                      Answer("ArrivalEntered", ToRecord(incoming, sight.Rules())),
                      Answer("NumberGiven", ToRecord(book, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Delivery IncomingService::RegisterIncoming(const Call& call,
                                               const v1::RegisterIncomingRequest& request) {
  Document document;
  document.id = {parts_.ids.New()};
  document.content = ToContent(request, Today(call));
  document.content.id = parts_.ids.New();
  document.sender_name =
      base::CheckText(request.sender_name(), "sender_name", kNameCharactersMax, true);
  document.sender_organ_id = request.sender_organ_id();
  document.issued_at = call.time;
  document.parties = {call.unit};
  const ReadingRight right{
      document.id, call.unit,
      CheckReaders({request.readers().begin(), request.readers().end()}, "readers")};
  const auto attachments = ToAttachments(request.attachments(), false, "attachments");
  const DeliveryId id{parts_.ids.New()};
  const std::string sender_key = document.sender_organ_id.empty() ? base::Fold(document.sender_name)
                                                                  : document.sender_organ_id;
  return parts_.journal.Change<v1::Delivery>(
      call, request, {BookKey(call.unit, YearOf(call), kArrivalSeries)},
      [&](Tx& tx, const Heads& heads) {
        const Sight sight(tx, call, parts_);
        RequireReaders(right.readers, call, sight.Directory(), "readers");
        const Numbered& numbered = document.content.numbered.value();
        // Letters of citizens have no number; two of a day are two.
        if (!numbered.code.empty()) {
          InsertRegistered(tx, call.unit, sender_key, base::Fold(numbered.code),
                           numbered.document_date, id);
        }
        Delivery delivery;
        delivery.id = id;
        delivery.document_id = document.id;
        delivery.receiver_unit_id = call.unit;
        delivery.holder_unit_id = call.unit;
        const auto* const unit = sight.Rules().Find(call.unit);
        delivery.receiver_name = unit == nullptr ? call.unit : unit->name();
        delivery.restricted = document.content.restricted;
        delivery.urgency = document.content.urgency;
        delivery.sent_at = call.time;
        delivery.deadline = AskedFor(document.content);
        Arrive(delivery, {"", call.time, ""});
        document.content.attachments = TakeAttachments(
            tx, call, attachments, {}, {kDocumentType, document.id.text}, "attachments");
        InsertContent(tx, document.content);
        InsertDocument(tx, document);
        InsertDeliveries(tx, {delivery});
        Book book = LoadArrivals(tx, heads, call.unit, YearOf(call));
        const Incoming incoming =
            EnterIn(tx, book, delivery, call, Limits(tx, sight.Directory(), Today(call)));
        UpdateDelivery(tx, delivery);
        Changes changes = ListOf(Answer("DeliveryEntered", ToRecord(delivery, sight.Rules())),
                                 Answer("IncomingRegistered", ToRecord(document, sight.Rules())),
                                 Answer("ArrivalEntered", ToRecord(incoming, sight.Rules())),
                                 Answer("NumberGiven", ToRecord(book, sight.Rules())));
        if (document.content.restricted) {
          UpsertReadingRight(tx, right);
          changes.push_back(Answer("ReadersSet", ToRecord(right, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::Delivery IncomingService::ProcessDelivery(const Call& call,
                                              const v1::ProcessDeliveryRequest& request) {
  return Step(call, request, request.delivery_id(), "DeliveryProcessed",
              [&](Tx& tx, Sight& sight, Delivery& delivery) {
                RequireHandler(SelectTasksOf(tx, delivery.id), call, sight);
                Process(delivery, {call.official, call.time, ""});
              });
}

v1::Delivery IncomingService::CompleteDelivery(const Call& call,
                                               const v1::CompleteDeliveryRequest& request) {
  std::optional<DocumentId> answer;
  if (!request.answering_document_id().empty()) {
    answer = ToId<DocumentId>(request.answering_document_id());
  }
  return Step(call, request, request.delivery_id(), "DeliveryCompleted",
              [&](Tx& tx, Sight& sight, Delivery& delivery) {
                RequireDone(SelectTasksOf(tx, delivery.id));
                if (answer) {
                  const Document document = sight.FindDocument(*answer).value;
                  RequireAnswer(tx, document, delivery, call, sight.Rules());
                  delivery.answering_document_id = answer;
                  delivery.answering_code = document.content.numbered.value().code;
                }
                Complete(delivery, {call.official, call.time, ""});
              });
}

v1::Delivery IncomingService::AnswerChange(const Call& call,
                                           const v1::AnswerChangeRequest& request) {
  const auto id = ToId<DeliveryId>(request.delivery_id());
  const std::string reason =
      base::CheckText(request.reason(), "reason", kReasonCharactersMax, !request.accept());
  const Concerned known = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    return FindConcerned(tx, sight, id);
  });
  std::vector<Key> keys{KeyOf(id), KeyOf(known.delivery.document_id)};
  for (const TaskId& task : known.tasks) keys.push_back(KeyOf(task));
  keys.insert(keys.end(), known.rights.begin(), known.rights.end());
  for (const DeliveryId& earlier : known.earlier) keys.push_back(KeyOf(earlier));
  return parts_.journal.Change<v1::Delivery>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Delivery delivery = sight.FindArrived(id).value;
        if (SelectTaskIds(tx, id) != known.tasks) {
          throw base::Aborted("CONCURRENT_CHANGE", "it was assigned meanwhile; repeat");
        }
        const ChangeKind answered = delivery.change ? delivery.change->kind : ChangeKind::kNone;
        document::AnswerChange(delivery, request.accept(), known.kind,
                               {call.official, call.time, reason});
        UpdateDelivery(tx, delivery);
        Changes changes = ListOf(Answer(request.accept() ? "ChangeAccepted" : "ChangeRefused",
                                        ToRecord(delivery, sight.Rules())));
        if (!request.accept()) return changes;
        SettleEarlier(tx, delivery, answered, known.earlier, call.time, sight.Rules(), changes);
        if (delivery.state == DeliveryState::kRecalled) {
          std::vector<std::string> units = sight.Official().units;
          for (const auto& [task, version] : SelectTasks(tx, known.tasks)) {
            units.push_back(task.assignee_unit_id);
          }
          RequireNotHeld(tx, delivery.document_id, units);
          WithdrawTasks(tx, known.tasks, call, sight.Rules(), changes);
          Document document = TheOne(SelectDocuments(tx, {delivery.document_id})).value;
          UpdateParties(tx, document);
          changes.push_back(Reaudienced(ToRecord(document, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::IncomingDocument IncomingService::GetIncoming(const Call& call,
                                                  const v1::GetIncomingRequest& request) {
  const auto id = ToId<DeliveryId>(request.delivery_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    const auto delivery = sight.FindArrived(id);
    v1::IncomingDocument message;
    *message.mutable_delivery() = ToMessage(delivery.value, delivery.version, kFullView);
    if (delivery.value.due) *message.mutable_due() = ToMessage(*delivery.value.due);
    // Given back, it is no longer there.
    for (const auto& document : SelectDocuments(tx, {delivery.value.document_id})) {
      if (!sight.MaySee(document.value)) continue;
      *message.mutable_document() = ToMessage(document.value, document.version, kFullView);
    }
    for (const auto& incoming : SelectIncoming(tx, {id})) {
      *message.mutable_incoming() = ToMessage(incoming.value, incoming.version, kFullView);
    }
    const auto ids = SelectTaskIds(tx, id);
    rpc::PageRoom room(static_cast<int>(ids.size()));
    for (const auto& stored : InOrder(ids, SelectTasks(tx, ids))) {
      v1::Task task = ToMessage(stored.value, stored.version, kFullView);
      if (!room.Take(task.ByteSizeLong())) {
        message.set_more_tasks(true);
        break;
      }
      *message.add_tasks() = std::move(task);
    }
    return message;
  });
}

v1::ListIncomingResponse IncomingService::ListIncoming(const Call& call,
                                                       const v1::ListIncomingRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kIncomingDefault, kIncomingMax);
  IncomingQuery query;
  query.before = {parts_.tokens.Read(call, request)};
  query.limit = size + 1;
  if (request.state() != v1::DELIVERY_STATE_UNSPECIFIED) {
    query.state = static_cast<DeliveryState>(request.state());
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    query.reader = sight.Official();
    const auto ids = FindIncoming(tx, query);
    const auto found = InOrder(ids, SelectDeliveries(tx, ids));
    v1::ListIncomingResponse response;
    FillPage(
        found, size, response.mutable_deliveries(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version, kFullView); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

}  // namespace lienthong::document
