#include "document/service_access.hpp"

#include <algorithm>

#include "document/records.hpp"
#include "document/store_files.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kClerkPermission = "document.clerk";
constexpr const char* kLeaderPermission = "document.lead";
// The posts of a position, for signatures.
constexpr std::pair<const char*, Rank> kRanks[] = {{"document.sign.head", Rank::kHead},
                                                   {"document.sign.deputy", Rank::kDeputy},
                                                   {"document.sign.acting", Rank::kActing}};

}  // namespace

Reader ReaderOf(const Call& call, const access::Snapshot& snapshot) {
  Reader reader;
  reader.unit_id = call.unit;
  reader.official_id = call.official;
  ForEachHeld(call.official, snapshot, call.time, [&](const auto& appointment, const auto& held) {
    if (appointment.unit_id() != call.unit) return;
    reader.positions.insert(held.id());
    if (Grants(held, kClerkPermission)) reader.is_clerk = true;
    if (Grants(held, kLeaderPermission)) reader.is_leader = true;
  });
  return reader;
}

std::vector<Post> PostsOf(const std::string& official_id, const access::Snapshot& snapshot,
                          base::Time time) {
  std::vector<Post> posts;
  ForEachHeld(official_id, snapshot, time, [&](const auto& appointment, const auto& held) {
    if (!snapshot.IsActive(appointment.unit_id(), time)) return;
    const auto* const unit = snapshot.FindUnit(appointment.unit_id());
    const auto kind = unit->kind();
    Post post{unit->id(),
              unit->parent_id(),
              {},
              held.name(),
              kind == directory::v1::UNIT_KIND_PROVINCE ||
                  kind == directory::v1::UNIT_KIND_DISTRICT ||
                  kind == directory::v1::UNIT_KIND_COMMUNE};
    for (const auto& [permission, rank] : kRanks) {
      if (Grants(held, permission)) post.ranks.insert(rank);
    }
    posts.push_back(std::move(post));
  });
  return posts;
}

std::optional<std::string> NameOfOfficial(const std::string& official_id,
                                          const access::Snapshot& snapshot) {
  const auto* const official = snapshot.FindOfficial(official_id);
  if (official == nullptr) return std::nullopt;
  return official->full_name();
}

bool IsOfAgency(const Post& post, const std::string& unit_id) {
  return post.unit_id == unit_id || (post.unit_parent_id == unit_id && !post.is_of_committee);
}

bool IsOfAgency(const std::string& official_id, const std::string& unit_id,
                const access::Snapshot& snapshot, base::Time time) {
  const std::vector<Post> posts = PostsOf(official_id, snapshot, time);
  return std::any_of(posts.begin(), posts.end(),
                     [&](const Post& post) { return IsOfAgency(post, unit_id); });
}

void RequireOwn(const std::string& unit_id, const Call& call, const access::Sharing& sharing) {
  if (!IsOwn(unit_id, call, sharing)) throw base::NotFound();
}

void RequireOwnBook(const std::string& id, const Call& call, const access::Sharing& sharing) {
  RequireOwn(id.substr(0, id.find(':')), call, sharing);
}

void RequireSplitInto(const std::string& unit_id, const Call& call,
                      const access::Sharing& sharing) {
  const std::vector<std::string> split = sharing.SplitInto(call.unit);
  if (std::find(split.begin(), split.end(), unit_id) == split.end()) throw base::NotFound();
}

bool HasSystem(const directory::v1::Unit& unit) {
  return unit.kind() != directory::v1::UNIT_KIND_PROVINCE || !unit.carrier_id().empty();
}

std::string RequireReceiver(const std::string& unit_id, const std::string& sender_unit_id,
                            const access::Sharing& sharing, Day today, const std::string& field) {
  if (unit_id == sender_unit_id) throw base::InvalidField(field, "is the sender");
  const auto* const unit = sharing.Find(unit_id);
  const std::string day = base::FormatDay(today);
  if (unit == nullptr || unit->valid_from() > day) {
    throw base::Invalid("UNIT_UNKNOWN", field, "no unit has this code");
  }
  if (unit->closed() || (!unit->valid_to().empty() && unit->valid_to() < day)) {
    throw base::Invalid("UNIT_CLOSED", field, "the unit has been closed");
  }
  if (!HasSystem(*unit)) {
    throw base::Invalid("UNIT_WITHOUT_SYSTEM", field,
                        "has no system of its own: send to its office");
  }
  return unit->name();
}

void RequireReaders(const std::vector<std::string>& readers, const Call& call,
                    const access::Snapshot& snapshot, const std::string& field) {
  for (const std::string& reader : readers) {
    const std::size_t slash = reader.find('/');
    const std::string name = reader.substr(slash + 1);
    const bool is_there = reader.substr(0, slash) == "position"
                              ? snapshot.FindPosition(name) != nullptr
                              : HoldsPosition(name, call.unit, snapshot, call.time);
    if (!is_there) throw base::InvalidField(field, "not of the unit: " + reader);
  }
}

void RequireMayLeave(const Content& content, const std::vector<Recipient>& recipients,
                     const std::string& field) {
  std::int64_t bytes = 0;
  for (const Attachment& attachment : content.attachments) bytes += attachment.size_bytes;
  const bool leaves = std::any_of(recipients.begin(), recipients.end(),
                                  [](const auto& one) { return !one.organ_id.empty(); });
  if (leaves && bytes > kPacketAttachmentBytesMax) {
    throw base::InvalidField(field, "attachments above 70 MiB do not go into the exchange");
  }
  const bool inside = content.restricted || content.circulation == Circulation::kInternal;
  for (std::size_t i = 0; inside && i < recipients.size(); ++i) {
    if (recipients[i].organ_id.empty()) continue;
    throw base::InvalidField(field + "[" + std::to_string(i) + "].organ_id",
                             "restricted and internal documents do not go into the exchange");
  }
}

Sight::Sight(pg::Tx& tx, const Call& call, const Parts& parts)
    : tx_(tx),
      call_(call),
      sharing_(parts.sharing.Read(tx)),
      snapshot_(parts.snapshots.Current()),
      reader_(ReaderOf(call, *snapshot_)) {
  reader_.units = access::OwnUnits(call, *sharing_);
}

Reader Sight::ReaderIn(const std::string& unit_id) const {
  Reader reader = reader_;
  if (unit_id == call_.unit || !IsOwn(unit_id, call_, *sharing_)) return reader;
  reader.unit_id = unit_id;
  reader.positions.clear();
  return reader;
}

bool Sight::MayReadRestrictedOf(const DocumentId& id) {
  if (reader_.is_clerk || reader_.is_leader) return true;
  return IsReader(tx_, id, reader_);
}

bool Sight::MaySee(const Document& document) {
  const auto is_party = [&](const std::string& party) {
    if (IsOwn(party, call_, *sharing_)) return true;
    // What an office sends and gets is in the feed of the unit that carries it.
    const auto* const heir = sharing_->HeirOf(party);
    return !document.content.restricted && heir != nullptr && call_.unit == call_.caller &&
           sharing_->CarrierOf(heir->id()) == call_.caller;
  };
  if (std::none_of(document.parties.begin(), document.parties.end(), is_party)) return false;
  return !document.content.restricted || MayReadRestrictedOf(document.id);
}

std::optional<std::string> Sight::ViewOf(const Delivery& delivery) {
  const bool receives = IsOwn(delivery.holder_unit_id, call_, *sharing_);
  if (!receives && !IsOwn(delivery.sender_unit_id, call_, *sharing_)) return std::nullopt;
  if (delivery.restricted && !MayReadRestrictedOf(delivery.document_id)) return std::nullopt;
  return receives ? kFullView : kSenderView;
}

bool Sight::MaySee(const Task& task) {
  const bool gave = IsOwn(task.unit_id, call_, *sharing_);
  // Taken back, it is no longer theirs.
  const bool has =
      task.state != TaskState::kWithdrawn && IsOwn(task.assignee_unit_id, call_, *sharing_);
  if (!gave && !has) return false;
  return !task.restricted || MayReadRestrictedOf(task.document_id);
}

bool Sight::MaySee(const WorkingFile& file) {
  if (!IsOwn(file.unit_id, call_, *sharing_)) return false;
  if (!file.restricted || file.official_id == call_.official) return true;
  return MayReadRestricted(ReaderIn(file.unit_id), file.readers);
}

bool Sight::MaySee(const Destruction& destruction) {
  if (!IsOwn(destruction.unit_id, call_, *sharing_)) return false;
  return !destruction.restricted || reader_.is_clerk || reader_.is_leader ||
         destruction.proposed_by_official_id == call_.official;
}

std::string Sight::ViewOf(const FileItem& item) {
  if (!item.restricted || !item.document_id) return kFullView;
  const auto documents = SelectDocuments(tx_, {*item.document_id});
  return !documents.empty() && MaySee(documents.front().value) ? kFullView : kLimitedView;
}

bool Sight::MaySee(const Draft& draft) {
  // Issued, it is as open as the document that it became: a right that was taken back is gone.
  if (draft.document_id && draft.content.restricted) {
    return IsOwn(draft.unit_id, call_, *sharing_) && MayReadRestrictedOf(*draft.document_id);
  }
  // Of a unit that this one continues: seen like the own ones.
  return MayRead(ReaderIn(draft.unit_id), draft);
}

Stored<Draft> Sight::FindDraft(const DraftId& id) {
  auto draft = TheOne(SelectDrafts(tx_, {id}));
  if (!MaySee(draft.value)) throw base::NotFound();
  // With its next step it is the successor's own: new books start. One that has a number goes on as
  // what it was.
  if (IsOwn(draft.value.unit_id, call_, *sharing_) && !draft.value.content.numbered) {
    ForgetPositions(draft.value.unit_id, call_.unit, draft.value.readers);
    draft.value.unit_id = call_.unit;
  }
  return draft;
}

Stored<Document> Sight::FindDocument(const DocumentId& id) {
  auto document = TheOne(SelectDocuments(tx_, {id}));
  if (!MaySee(document.value)) throw base::NotFound();
  return document;
}

Stored<Delivery> Sight::FindArrived(const DeliveryId& id) {
  auto delivery = TheOne(SelectDeliveries(tx_, {id}));
  if (ViewOf(delivery.value) != kFullView) throw base::NotFound();
  return delivery;
}

Stored<WorkingFile> Sight::FindFile(const FileId& id) {
  auto file = TheOne(SelectFiles(tx_, {id}));
  if (!MaySee(file.value)) throw base::NotFound();
  return file;
}

Stored<Task> Sight::FindTask(const TaskId& id) {
  auto task = TheOne(SelectTasks(tx_, {id}));
  if (!MaySee(task.value)) throw base::NotFound();
  return task;
}

std::optional<std::string> Sight::ViewOf(const journal::Key& key) {
  const auto view_if = [](bool seen) {
    return seen ? std::optional<std::string>(kFullView) : std::nullopt;
  };
  if (key.type == kDraftType) {
    const auto drafts = SelectDrafts(tx_, {{key.id}});
    return view_if(!drafts.empty() && MaySee(drafts.front().value));
  }
  if (key.type == kDocumentType) {
    const auto documents = SelectDocuments(tx_, {{key.id}});
    return view_if(!documents.empty() && MaySee(documents.front().value));
  }
  if (key.type == kDeliveryType) {
    const auto deliveries = SelectDeliveries(tx_, {{key.id}});
    return deliveries.empty() ? std::nullopt : ViewOf(deliveries.front().value);
  }
  if (key.type == kIncomingType || key.type == kDeadlineNoticeType) {
    // Named after their delivery, and of whoever handles it.
    const auto deliveries = SelectDeliveries(tx_, {{key.id}});
    return view_if(!deliveries.empty() && ViewOf(deliveries.front().value) == kFullView);
  }
  if (key.type == kTaskType) {
    const auto tasks = SelectTasks(tx_, {{key.id}});
    return view_if(!tasks.empty() && MaySee(tasks.front().value));
  }
  if (key.type == kFileType || key.type == kFileItemType) {
    const auto files =
        SelectFiles(tx_, {key.type == kFileType ? FileId{key.id} : FileOf(FileItemId{key.id})});
    if (files.empty() || !MaySee(files.front().value)) return std::nullopt;
    const auto items = key.type == kFileItemType ? SelectFileItems(tx_, {{key.id}})
                                                 : std::vector<Stored<FileItem>>();
    return items.empty() ? kFullView : ViewOf(items.front().value);
  }
  if (key.type == kDestructionType) {
    const auto found = SelectDestructions(tx_, {{key.id}});
    return view_if(!found.empty() && MaySee(found.front().value));
  }
  if (key.type == kReadingRightType) {
    const std::size_t colon = key.id.find(':');
    return view_if(IsOwn(key.id.substr(colon + 1), call_, *sharing_) &&
                   MayReadRestrictedOf({key.id.substr(0, colon)}));
  }
  if (key.type == kAuthorisationType) {
    const auto found = SelectAuthorisations(tx_, {{key.id}});
    return view_if(!found.empty() && IsOwn(found.front().value.unit_id, call_, *sharing_));
  }
  // Series and books are named after their unit.
  const std::string unit = key.id.substr(0, key.id.find(':'));
  return view_if(call_.system_kind == rpc::SystemKind::kOps || IsOwn(unit, call_, *sharing_));
}

}  // namespace lienthong::document
