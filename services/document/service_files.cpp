#include "document/service_files.hpp"

#include <utility>

#include "document/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr int kFilesDefault = 50, kFilesMax = 200;

/// "<file>:<UUID>"; anything else is an item that does not exist.
FileItemId ToItemId(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || !base::IsRecordId(text.substr(colon + 1))) {
    throw base::NotFound();
  }
  return {ToFileId(text.substr(0, colon)).text + text.substr(colon)};
}

void RequireOfficialOfUnit(const std::string& official_id, const Call& call, const Sight& sight) {
  if (HoldsPosition(official_id, call.unit, sight.Directory(), call.time)) return;
  throw base::Invalid("OFFICIAL_NOT_OF_UNIT", "official_id", "must hold a position in the unit");
}

/// Other material, without its attachment.
FileItem ToMaterial(const v1::FileMaterial& message) {
  FileItem item;
  item.title = base::CheckText(message.title(), "material.title", kSubjectCharactersMax, true);
  item.date = ToOptionalDay(message.date(), "material.date");
  if (message.page_count() < 0 || message.page_count() > kPagesMax) {
    throw base::InvalidField("material.page_count",
                             "must be between 0 and " + std::to_string(kPagesMax));
  }
  item.page_count = message.page_count();
  if (message.upload_id().empty()) {
    throw base::InvalidField("material.upload_id", "is required");
  }
  return item;
}

}  // namespace

void RequireKeeper(const WorkingFile& file, const Sight& sight) {
  const Reader& reader = sight.Official();
  if (reader.is_clerk || reader.is_leader || file.official_id == reader.official_id) return;
  throw base::Denied("NOT_ASSIGNED", "only who keeps the file, the clerks and the leaders");
}

v1::WorkingFile WorkingFileService::PlanFile(const Call& call, const v1::PlanFileRequest& request) {
  const WorkingFile planned = ToFile(request);
  const FileId id{FileIdText(call.unit, planned.year, planned.notation)};
  return parts_.journal.Change<v1::WorkingFile>(
      call, request, {{kFileType, id.text, true}},
      [&](Tx& tx, const Heads& heads) {
        const Sight sight(tx, call, parts_);
        if (!planned.official_id.empty()) RequireOfficialOfUnit(planned.official_id, call, sight);
        const bool is_new = heads.at({kFileType, id.text}).version == 0;
        WorkingFile file = is_new ? planned : TheOne(SelectFiles(tx, {id})).value;
        if (!is_new) Replan(file, planned);
        file.id = id;
        file.unit_id = call.unit;
        UpsertFile(tx, file);
        return ListOf(
            Answer(is_new ? "FilePlanned" : "FilePlanChanged", ToRecord(file, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::WorkingFile WorkingFileService::Step(
    const Call& call, const google::protobuf::Message& request, const std::string& id,
    const char* event, const std::function<void(Tx&, Sight&, WorkingFile&)>& step) {
  const FileId file_id = ToFileId(id);
  return parts_.journal.Change<v1::WorkingFile>(
      call, request, {{kFileType, file_id.text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        WorkingFile file = sight.FindFile(file_id).value;
        step(tx, sight, file);
        UpsertFile(tx, file);
        return ListOf(Answer(event, ToRecord(file, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::WorkingFile WorkingFileService::OpenFile(const Call& call, const v1::OpenFileRequest& request) {
  return Step(call, request, request.file_id(), "FileOpened", [&](Tx&, Sight&, WorkingFile& file) {
    if (!file.official_id.empty() && file.official_id != call.official) {
      throw base::Denied("NOT_ASSIGNED", "the list names somebody else for the file");
    }
    Open(file, call.official, Today(call));
  });
}

v1::FileItem WorkingFileService::AddToFile(const Call& call, const v1::AddToFileRequest& request) {
  const FileId file_id = ToFileId(request.file_id());
  const bool is_document = !request.document_id().empty();
  if (is_document == request.has_material()) {
    throw base::InvalidField("document_id", "either a document or other material");
  }
  FileItem wanted = is_document ? FileItem() : ToMaterial(request.material());
  if (is_document) wanted.document_id = ToId<DocumentId>(request.document_id());
  wanted.id = {file_id.text + ":" + (is_document ? request.document_id() : parts_.ids.New())};
  const Key key{kFileItemType, wanted.id.text, true};
  std::vector<Key> keys{{kFileType, file_id.text}, key};
  // Another file that holds it may be destroyed at this moment.
  if (is_document) keys.push_back({kDocumentType, request.document_id()});
  return parts_.journal.Change<v1::FileItem>(
      call, request, keys,
      [&](Tx& tx, const Heads& heads) {
        Sight sight(tx, call, parts_);
        WorkingFile file = sight.FindFile(file_id).value;
        RequireKeeper(file, sight);
        FileItem item = wanted;
        bool of_restricted = false;
        if (is_document) {
          const Content content = sight.FindDocument(*item.document_id).value.content;
          of_restricted = content.restricted;
          item.date = content.numbered.value().document_date;
          item.page_count = content.page_count;
          if (heads.at(key).version > 0 &&
              TheOne(SelectFileItems(tx, {item.id})).value.state == FileItemState::kFiled) {
            throw base::Conflict("ALREADY_FILED", "the file holds the document");
          }
        }
        Add(file, item);
        item.file_id = file_id;
        item.unit_id = file.unit_id;
        item.restricted = file.restricted || of_restricted;
        item.added_by_official_id = call.official;
        item.added_at = call.time;
        if (!is_document) {
          const auto taken = files::Files::Take(tx, call, request.material().upload_id(),
                                                kFileItemType, item.id.text);
          item.attachment = Attachment{
              taken.file.sha256, taken.name, taken.file.media_type, taken.file.size_bytes, {}};
        }
        UpsertFile(tx, file);
        UpsertFileItem(tx, item);
        return ListOf(Answer("FileItemAdded", ToRecord(item, sight.Rules())),
                      Answer("FileFilled", ToRecord(file, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::FileItem WorkingFileService::RemoveFromFile(const Call& call,
                                                const v1::RemoveFromFileRequest& request) {
  const FileItemId id = ToItemId(request.item_id());
  const std::string reason = CheckReason(request.reason());
  return parts_.journal.Change<v1::FileItem>(
      call, request, {{kFileItemType, id.text}, {kFileType, FileOf(id).text}},
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        WorkingFile file = sight.FindFile(FileOf(id)).value;
        RequireKeeper(file, sight);
        FileItem item = TheOne(SelectFileItems(tx, {id})).value;
        Remove(file, item, reason);
        if (item.attachment) files::DeleteUses(tx, kFileItemType, id.text);
        item.attachment.reset();
        UpsertFile(tx, file);
        UpsertFileItem(tx, item);
        return ListOf(Answer("FileItemRemoved", ToRecord(item, sight.Rules())),
                      Answer("FileFilled", ToRecord(file, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::WorkingFile WorkingFileService::CloseFile(const Call& call,
                                              const v1::CloseFileRequest& request) {
  const Day end_date = ToOptionalDay(request.end_date(), "end_date").value_or(Today(call));
  return Step(call, request, request.file_id(), "FileClosed",
              [&](Tx& tx, Sight& sight, WorkingFile& file) {
                RequireKeeper(file, sight);
                Close(file, end_date, SelectArchiveRules(tx), call.time);
              });
}

v1::WorkingFile WorkingFileService::ReassignFile(const Call& call,
                                                 const v1::ReassignFileRequest& request) {
  return Step(call, request, request.file_id(), "FileReassigned",
              [&](Tx&, Sight& sight, WorkingFile& file) {
                RequireKeeper(file, sight);
                RequireKept(file);
                RequireOfficialOfUnit(request.official_id(), call, sight);
                file.official_id = request.official_id();
              });
}

v1::WorkingFile WorkingFileService::SetFileReaders(const Call& call,
                                                   const v1::SetFileReadersRequest& request) {
  const auto readers =
      CheckReaders({request.readers().begin(), request.readers().end()}, "readers");
  return Step(call, request, request.file_id(), "FileReadersSet",
              [&](Tx&, Sight& sight, WorkingFile& file) {
                RequireKeeper(file, sight);
                if (!file.restricted) {
                  throw base::Transition("NOT_RESTRICTED", "everybody of the unit may read it");
                }
                file.readers = readers;
              });
}

v1::WorkingFile WorkingFileService::TakeOverFile(const Call& call,
                                                 const v1::TakeOverFileRequest& request) {
  const FileId id = ToFileId(request.file_id());
  return parts_.journal.Change<v1::WorkingFile>(
      call, request, {{kFileType, id.text}},
      [&](Tx& tx, const Heads&) {
        const Sight sight(tx, call, parts_);
        WorkingFile file = TheOne(SelectFiles(tx, {id})).value;
        RequireSplitInto(file.unit_id, call, sight.Rules());
        ForgetPositions(file.unit_id, call.unit, file.readers);
        file.unit_id = call.unit;
        if (file.state <= FileState::kClosed) file.official_id.clear();
        UpsertFile(tx, file);
        return ListOf(Answer("FileTakenOver", ToRecord(file, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::WorkingFile WorkingFileService::GetFile(const Call& call, const v1::GetFileRequest& request) {
  const FileId id = ToFileId(request.file_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const auto file = Sight(tx, call, parts_).FindFile(id);
    return ToMessage(file.value, file.version, kFullView);
  });
}

v1::ListFilesResponse WorkingFileService::ListFiles(const Call& call,
                                                    const v1::ListFilesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kFilesDefault, kFilesMax);
  FileQuery query;
  query.year = request.year();
  if (request.state() != v1::FILE_STATE_UNSPECIFIED) {
    query.state = static_cast<FileState>(static_cast<int>(request.state()));
  }
  query.mine = request.mine();
  if (request.expired()) query.expired_on = Today(call);
  if (request.mark() != v1::DEADLINE_MARK_UNSPECIFIED) {
    query.mark = static_cast<DeadlineMark>(static_cast<int>(request.mark()));
  }
  query.limit = size + 1;
  // "<year> <id>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    const std::size_t space = position.find(' ');
    query.before_year = std::stoi(position.substr(0, space));
    query.after_id = {position.substr(space + 1)};
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    query.reader = sight.Official();
    const auto ids = FindFiles(tx, query);
    v1::ListFilesResponse response;
    FillPage(
        InOrder(ids, SelectFiles(tx, ids)), size, response.mutable_files(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version, kFullView); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(
              call, request, std::to_string(last.value.year) + " " + last.value.id.text));
        });
    return response;
  });
}

v1::ListFileItemsResponse WorkingFileService::ListFileItems(
    const Call& call, const v1::ListFileItemsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kFilesDefault, kFilesMax);
  const FileId id = ToFileId(request.file_id());
  const std::string position = parts_.tokens.Read(call, request);
  const int after = position.empty() ? 0 : std::stoi(position);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    sight.FindFile(id);
    const auto ids = FindFileItems(tx, id, after, size + 1);
    v1::ListFileItemsResponse response;
    FillPage(
        InOrder(ids, SelectFileItems(tx, ids)), size, response.mutable_items(),
        [&](const auto& stored) {
          return ToMessage(stored.value, stored.version, sight.ViewOf(stored.value));
        },
        [&](const auto& last) {
          response.set_next_page_token(
              parts_.tokens.Make(call, request, std::to_string(last.value.ordinal)));
        });
    return response;
  });
}

}  // namespace lienthong::document
