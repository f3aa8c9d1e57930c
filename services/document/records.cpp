#include "document/records.hpp"

#include <memory>
#include <utility>

namespace lienthong::document {
namespace {

using journal::Record;

const std::vector<std::string> kRestrictable{kFullView, kLimitedView};
const std::vector<std::string> kOfDelivery{kFullView, kSenderView, kLimitedView};

Record NewRecord(const char* type, const std::string& id, const access::Sharing& sharing) {
  Record record;
  record.key = {type, id};
  record.sharing_mark = sharing.Mark(type);
  return record;
}

template <class Message>
void AddView(Record& record, const std::string& name, Message message) {
  record.views.push_back({name, std::make_unique<Message>(std::move(message))});
}

/// Is the unit, or who continues it, in a feed of its own?
bool HasFeed(const std::string& unit, const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(unit);
  return heir != nullptr && sharing.CarrierOf(heir->id()) == heir->id();
}

/// What a unit alone sees; nobody when another one carries it.
void AddOwn(Record& record, const std::string& unit, const std::string& view,
            const std::vector<std::string>& views, const access::Sharing& sharing) {
  if (HasFeed(unit, sharing)) sharing.AddUnit(unit, view, record.audience, views);
}

/// A record of one unit with one view.
template <class Message>
Record OwnRecord(const char* type, const std::string& id, const std::string& unit, Message message,
                 const access::Sharing& sharing) {
  Record record = NewRecord(type, id, sharing);
  AddView(record, kFullView, std::move(message));
  AddOwn(record, unit, kFullView, {kFullView}, sharing);
  return record;
}

/// A record of one unit that others of the unit see less of when it is restricted.
template <class Value>
Record RestrictableRecord(const char* type, const std::string& id, const Value& value,
                          bool restricted, const access::Sharing& sharing) {
  Record record = NewRecord(type, id, sharing);
  for (const std::string& view : kRestrictable) AddView(record, view, ToMessage(value, 0, view));
  AddOwn(record, value.unit_id, restricted ? kLimitedView : kFullView, kRestrictable, sharing);
  return record;
}

}  // namespace

Record ToRecord(const Authorisation& authorisation, const access::Sharing& sharing) {
  return OwnRecord(kAuthorisationType, authorisation.id.text, authorisation.unit_id,
                   ToMessage(authorisation, 0), sharing);
}

Record ToRecord(const Book& book, const access::Sharing& sharing) {
  return OwnRecord(kBookType, book.Id(), book.unit_id, ToMessage(book, 0), sharing);
}

Record ToRecord(const Series& series, const access::Sharing& sharing) {
  return OwnRecord(kSeriesType, series.Id(), series.unit_id, ToMessage(series, 0), sharing);
}

Record ToRecord(const ReadingRight& right, const access::Sharing& sharing) {
  if (right.limited) return RestrictableRecord(kReadingRightType, right.Id(), right, true, sharing);
  return OwnRecord(kReadingRightType, right.Id(), right.unit_id, ToMessage(right, 0, kFullView),
                   sharing);
}

Record ToRecord(const DeadlineNotice& notice, const access::Sharing& sharing) {
  return OwnRecord(kDeadlineNoticeType, notice.delivery_id.text, notice.unit_id,
                   ToMessage(notice, 0), sharing);
}

Record ToRecord(const Incoming& incoming, const access::Sharing& sharing) {
  return RestrictableRecord(kIncomingType, incoming.id.text, incoming, incoming.restricted,
                            sharing);
}

Record ToRecord(const Draft& draft, const access::Sharing& sharing) {
  return RestrictableRecord(kDraftType, draft.id.text, draft, draft.content.restricted, sharing);
}

Record ToRecord(const WorkingFile& file, const access::Sharing& sharing) {
  return RestrictableRecord(kFileType, file.id.text, file, file.restricted, sharing);
}

Record ToRecord(const FileItem& item, const access::Sharing& sharing) {
  return RestrictableRecord(kFileItemType, item.id.text, item, item.restricted, sharing);
}

Record ToRecord(const Destruction& destruction, const access::Sharing& sharing) {
  if (destruction.restricted) {
    return RestrictableRecord(kDestructionType, destruction.id.text, destruction, true, sharing);
  }
  return OwnRecord(kDestructionType, destruction.id.text, destruction.unit_id,
                   ToMessage(destruction, 0, kFullView), sharing);
}

Record ToRecord(const Document& document, const access::Sharing& sharing) {
  Record record = NewRecord(kDocumentType, document.id.text, sharing);
  for (const std::string& view : kRestrictable) AddView(record, view, ToMessage(document, 0, view));
  for (const std::string& unit : document.parties) {
    if (document.content.restricted) {
      AddOwn(record, unit, kLimitedView, kRestrictable, sharing);
    } else {
      sharing.AddUnit(unit, kFullView, record.audience, kRestrictable);
    }
  }
  return record;
}

Record ToRecord(const Delivery& delivery, const access::Sharing& sharing) {
  Record record = NewRecord(kDeliveryType, delivery.id.text, sharing);
  for (const std::string& view : kOfDelivery) AddView(record, view, ToMessage(delivery, 0, view));
  const auto add = [&](const std::string& unit, const char* view) {
    if (unit.empty()) return;
    if (delivery.restricted) {
      AddOwn(record, unit, kLimitedView, kOfDelivery, sharing);
    } else {
      sharing.AddUnit(unit, view, record.audience, kOfDelivery);
    }
  };
  add(delivery.receiver_unit_id, kFullView);
  add(delivery.holder_unit_id, kFullView);
  add(delivery.sender_unit_id, kSenderView);
  return record;
}

Record ToRecord(const Task& task, const access::Sharing& sharing) {
  Record record = NewRecord(kTaskType, task.id.text, sharing);
  for (const std::string& view : kRestrictable) AddView(record, view, ToMessage(task, 0, view));
  const char* const view = task.restricted ? kLimitedView : kFullView;
  AddOwn(record, task.unit_id, view, kRestrictable, sharing);
  // Withdrawn, it stays with the unit that gave it.
  if (task.state != TaskState::kWithdrawn) {
    AddOwn(record, task.assignee_unit_id, view, kRestrictable, sharing);
  }
  return record;
}

}  // namespace lienthong::document
