#pragma once

#include <optional>
#include <string>
#include <vector>

#include "document/reading.hpp"
#include "document/service_parts.hpp"
#include "document/signing.hpp"
#include "platform/access/posts.hpp"

/// Who is calling, and what that official may see. What may not be seen is answered as what does
/// not exist.
namespace lienthong::document {

using access::HoldsPosition, access::IsOwn, access::ForEachHeld, access::Grants;

/// The calling official in the unit that the call is made in.
Reader ReaderOf(const Call& call, const access::Snapshot& snapshot);

/// Posts that count for signatures, held at `time`.
std::vector<Post> PostsOf(const std::string& official_id, const access::Snapshot& snapshot,
                          base::Time time);
/// nullopt = no such official.
std::optional<std::string> NameOfOfficial(const std::string& official_id,
                                          const access::Snapshot& snapshot);
/// Is the post in the unit, or in one directly below it that is no agency of its own right?
bool IsOfAgency(const Post& post, const std::string& unit_id);
/// The same of any post that the official holds at `time`.
bool IsOfAgency(const std::string& official_id, const std::string& unit_id,
                const access::Snapshot& snapshot, base::Time time);

/// Is the unit one that was split, and the caller's a part of it? Throws NotFound.
void RequireSplitInto(const std::string& unit_id, const Call& call, const access::Sharing& sharing);
/// Throws NotFound unless IsOwn.
void RequireOwn(const std::string& unit_id, const Call& call, const access::Sharing& sharing);
/// The same of a book, "<unit>:<year>:<series>".
void RequireOwnBook(const std::string& id, const Call& call, const access::Sharing& sharing);

/// Does a system take what is sent to the unit, its own or that of the unit that carries it? The
/// People's Committee of the province has none: its office works for it.
bool HasSystem(const directory::v1::Unit& unit);
/// A unit that documents can be sent to: its name as it is now. Throws UNIT_UNKNOWN, UNIT_CLOSED,
/// UNIT_WITHOUT_SYSTEM, or FIELD_INVALID for the sender itself, with `field`.
std::string RequireReceiver(const std::string& unit_id, const std::string& sender_unit_id,
                            const access::Sharing& sharing, Day today, const std::string& field);

/// "position/<code>" names a position that there is, "official/<id>" who holds one in the unit.
/// Throws FIELD_INVALID for `field`.
void RequireReaders(const std::vector<std::string>& readers, const Call& call,
                    const access::Snapshot& snapshot, const std::string& field);
/// A packet of the exchange with its attachments, in base64, stays below the 100 MiB of a file:
/// what is written can be read.
inline constexpr std::int64_t kPacketAttachmentBytesMax = 70LL * 1024 * 1024;
/// Restricted documents and those for internal circulation do not leave by the national exchange,
/// where the gateway reads them, nor do attachments that are larger than a packet. Throws
/// FIELD_INVALID below `field`.
void RequireMayLeave(const Content& content, const std::vector<Recipient>& recipients,
                     const std::string& field);

/// One call's look at the rights, inside its transaction.
class Sight {
 public:
  Sight(pg::Tx& tx, const Call& call, const Parts& parts);

  const access::Sharing& Rules() const { return *sharing_; }
  const access::Snapshot& Directory() const { return *snapshot_; }
  const Reader& Official() const { return reader_; }

  /// Each throws NotFound when the official may not see it.
  Stored<Draft> FindDraft(const DraftId& id);
  Stored<Document> FindDocument(const DocumentId& id);
  /// A delivery to the official's unit.
  Stored<Delivery> FindArrived(const DeliveryId& id);
  /// A task of the official's unit, as the one that gave it or the one that has it.
  Stored<Task> FindTask(const TaskId& id);
  Stored<WorkingFile> FindFile(const FileId& id);

  bool MaySee(const Draft& draft);
  bool MaySee(const Document& document);
  /// View of a delivery; nullopt = none.
  std::optional<std::string> ViewOf(const Delivery& delivery);
  bool MaySee(const Task& task);
  bool MaySee(const WorkingFile& file);
  bool MaySee(const Destruction& destruction);
  /// View of an item of a file that the official may see: what it holds may be restricted.
  std::string ViewOf(const FileItem& item);
  /// View in which the official sees a record now: of the answer to a repeated request.
  std::optional<std::string> ViewOf(const journal::Key& key);

 private:
  bool MayReadRestrictedOf(const DocumentId& id);
  /// The official as a reader of what a unit has that this one continues: positions of another unit
  /// are none of this one.
  Reader ReaderIn(const std::string& unit_id) const;

  pg::Tx& tx_;
  const Call& call_;
  std::shared_ptr<const access::Sharing> sharing_;
  std::shared_ptr<const access::Snapshot> snapshot_;
  Reader reader_;
};

}  // namespace lienthong::document
