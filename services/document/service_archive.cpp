#include <algorithm>
#include <utility>

#include "document/service_files.hpp"
#include "document/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

using journal::Heads;
using journal::Key;
using journal::ListOf;
using pg::Tx;

constexpr int kDestructionsDefault = 50, kDestructionsMax = 200;

/// Sorted, each once.
std::vector<FileId> ToFileIds(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<FileId> ids;
  for (const std::string& text : texts) ids.push_back(ToFileId(text));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.empty() || ids.size() > kFilesOfDestructionMax) {
    throw base::InvalidField("file_ids", "must be 1 to 100 files");
  }
  return ids;
}

std::vector<Key> KeysOf(const std::vector<FileId>& ids) {
  std::vector<Key> keys;
  for (const FileId& id : ids) keys.push_back({kFileType, id.text});
  return keys;
}

}  // namespace

v1::WorkingFile WorkingFileService::ExtendRetention(const Call& call,
                                                    const v1::ExtendRetentionRequest& request) {
  const Retention retention = ToRetention(request.retention(), "retention");
  return Step(call, request, request.file_id(), "FileRetentionExtended",
              [&](Tx& tx, Sight&, WorkingFile& file) {
                document::ExtendRetention(file, retention, SelectArchiveRules(tx), call.time);
              });
}

v1::WorkingFile WorkingFileService::KeepBackFile(const Call& call,
                                                 const v1::KeepBackFileRequest& request) {
  const Day until = base::CheckDay(request.until(), "until");
  const std::string reason = CheckReason(request.reason());
  return Step(
      call, request, request.file_id(), "FileKeptBack", [&](Tx& tx, Sight&, WorkingFile& file) {
        const Day ended = file.end_date.value_or(Today(call));
        KeepBack(file, until, reason, ArchiveRuleOn(SelectArchiveRules(tx), ended), call.time);
      });
}

v1::WorkingFile WorkingFileService::ArchiveFile(const Call& call,
                                                const v1::ArchiveFileRequest& request) {
  return Step(call, request, request.file_id(), "FileArchived",
              [&](Tx&, Sight&, WorkingFile& file) { Archive(file, call.official, call.time); });
}

v1::WorkingFile WorkingFileService::HoldFile(const Call& call, const v1::HoldFileRequest& request) {
  const std::string reason = CheckReason(request.reason());
  return Step(call, request, request.file_id(), "FileHeld", [&](Tx&, Sight&, WorkingFile& file) {
    Hold(file, {call.official, call.time, reason});
  });
}

v1::WorkingFile WorkingFileService::ReleaseFile(const Call& call,
                                                const v1::ReleaseFileRequest& request) {
  return Step(call, request, request.file_id(), "FileReleased",
              [&](Tx&, Sight&, WorkingFile& file) { Release(file); });
}

v1::Destruction WorkingFileService::ProposeDestruction(
    const Call& call, const v1::ProposeDestructionRequest& request) {
  Destruction destruction;
  destruction.id = {parts_.ids.New()};
  destruction.unit_id = call.unit;
  destruction.file_ids = ToFileIds(request.file_ids());
  destruction.reason = CheckReason(request.reason());
  destruction.proposed_by_official_id = call.official;
  destruction.proposed_at = call.time;
  return parts_.journal.Change<v1::Destruction>(
      call, request, KeysOf(destruction.file_ids),
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        const auto rules = SelectArchiveRules(tx);
        // That they are there is nothing to tell before all of them may be seen.
        std::vector<WorkingFile> files;
        for (const FileId& id : destruction.file_ids) files.push_back(sight.FindFile(id).value);
        destruction.restricted = std::any_of(files.begin(), files.end(),
                                             [](const auto& file) { return file.restricted; });
        for (const WorkingFile& file : files) {
          RequireDestroyable(file, rules, Today(call));
          if (!IsProposed(tx, file.id)) continue;
          throw base::Transition(
              "FILE_STATE", "a destruction of the file waits for its decision: " + file.id.text);
        }
        InsertDestruction(tx, destruction);
        return ListOf(Answer("DestructionProposed", ToRecord(destruction, sight.Rules())));
      },
      journal::Visibility::kAny);
}

v1::Destruction WorkingFileService::DecideDestruction(const Call& call,
                                                      const v1::DecideDestructionRequest& request) {
  const auto id = ToId<DestructionId>(request.destruction_id());
  const std::string reason =
      base::CheckText(request.reason(), "reason", kReasonCharactersMax, !request.approve());
  // The files of a destruction do not change.
  const Destruction known = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return TheOne(SelectDestructions(tx, {id})).value; });
  std::vector<Key> keys{{kDestructionType, id.text}};
  for (Key& key : KeysOf(known.file_ids)) keys.push_back(std::move(key));
  return parts_.journal.Change<v1::Destruction>(
      call, request, keys,
      [&](Tx& tx, const Heads&) {
        Sight sight(tx, call, parts_);
        Destruction destruction = TheOne(SelectDestructions(tx, {id})).value;
        if (!sight.MaySee(destruction)) throw base::NotFound();
        Decide(destruction, request.approve(), {call.official, call.time, reason});
        UpdateDestruction(tx, destruction);
        Changes changes =
            ListOf(Answer(request.approve() ? "DestructionApproved" : "DestructionRefused",
                          ToRecord(destruction, sight.Rules())));
        if (!request.approve()) return changes;
        const auto rules = SelectArchiveRules(tx);
        for (const FileId& file_id : destruction.file_ids) {
          WorkingFile file = sight.FindFile(file_id).value;
          RequireDestroyable(file, rules, Today(call));
          file.state = FileState::kDestroying;
          file.destruction_id = id.text;
          file.due.reset();
          UpsertFile(tx, file);
          changes.push_back(Answer("FileDestructionApproved", ToRecord(file, sight.Rules())));
        }
        return changes;
      },
      journal::Visibility::kAny);
}

v1::ListDestructionsResponse WorkingFileService::ListDestructions(
    const Call& call, const v1::ListDestructionsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kDestructionsDefault, kDestructionsMax);
  const DestructionId before{parts_.tokens.Read(call, request)};
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    const auto ids = FindDestructions(tx, sight.Official(), before, size + 1);
    v1::ListDestructionsResponse response;
    FillPage(
        InOrder(ids, SelectDestructions(tx, ids)), size, response.mutable_destructions(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version, kFullView); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

}  // namespace lienthong::document
