#include "platform/files/files.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "platform/base/error.hpp"
#include "platform/base/log.hpp"
#include "platform/base/text.hpp"
#include "platform/files/types.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::files {
namespace {

constexpr int kCleanedAtOnce = 100;
constexpr int kFilesAtOnce = 1000;
constexpr std::size_t kSha256Digits = 64;
constexpr std::chrono::milliseconds kBusyRetry{500};

base::Error OffsetError(std::int64_t received) {
  return base::Aborted("UPLOAD_OFFSET", "the bytes do not follow those that are there")
      .With("received_bytes", std::to_string(received));
}

bool IsSha256(const std::string& text) {
  return text.size() == kSha256Digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Files::Files(FilesOptions options, Bytes& bytes, pg::Pool& pool, const base::Clock& clock,
             base::Ids& ids, MayRead may_read)
    : options_(std::move(options)),
      bytes_(bytes),
      pool_(pool),
      clock_(clock),
      ids_(ids),
      may_read_(std::move(may_read)) {}

const UploadLimits& Files::LimitsOf(const std::string& caller) const {
  const auto own = options_.uploads_of.find(caller);
  return own == options_.uploads_of.end() ? options_.uploads : own->second;
}

v1::Upload Files::ToMessage(const UploadRow& row) {
  v1::Upload message;
  message.set_id(row.id);
  message.set_name(row.name);
  message.set_size_bytes(row.size_bytes);
  message.set_received_bytes(row.file ? row.size_bytes : bytes_.UploadSize(row.id));
  journal::SetTime(message.mutable_ends_at(), row.ends_at);
  if (row.file) {
    message.set_sha256(row.file->sha256);
    message.set_media_type(row.file->media_type);
  }
  return message;
}

v1::Upload Files::CreateUpload(const rpc::Call& call, const v1::CreateUploadRequest& request) {
  if (!base::IsUuid(request.request_id())) {
    throw base::Invalid("REQUEST_ID_INVALID", "request_id", "must be a UUID");
  }
  const UploadLimits& limits = LimitsOf(call.caller);
  UploadRow row;
  // Also when a record has taken the upload: what names it stays the same request then, too.
  row.id = base::UuidOf(call.caller + "/" + base::ToLower(request.request_id()));
  row.caller = call.caller;
  row.official = call.official;
  row.name = CheckFileName(request.name(), "name");
  row.size_bytes = request.size_bytes();
  row.ends_at = call.machine_time + limits.kept;
  if (row.size_bytes < 1 || row.size_bytes > kFileBytesMax) {
    throw base::InvalidField("size_bytes", "must be 1 byte to 100 MiB");
  }
  const UploadRow made = pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    const Pending pending = LockPending(tx, call.caller);
    const auto known = SelectUploadByRequest(tx, call.caller, request.request_id());
    if (known && known->ends_at > call.machine_time) {
      if (known->official != call.official || known->name != row.name ||
          known->size_bytes != row.size_bytes) {
        throw base::Invalid("REQUEST_ID_REUSED", "request_id",
                            "this request_id came before with other content");
      }
      return *known;
    }
    if (pending.uploads >= limits.pending_max ||
        pending.bytes + row.size_bytes > limits.pending_bytes_max) {
      throw base::Exhausted("UPLOAD_QUOTA", "too many uploads that no record has taken",
                            std::chrono::minutes(1));
    }
    if (known) DeleteUpload(tx, known->id);  // it has ended: who sends it again begins anew
    InsertUpload(tx, row, request.request_id());
    return row;
  });
  return ToMessage(made);
}

UploadRow Files::OwnUpload(pg::Tx& tx, const rpc::Call& call, const std::string& id) const {
  if (!base::IsRecordId(id)) throw base::NotFound();
  auto row = SelectUpload(tx, id);
  if (!row || row->caller != call.caller || row->official != call.official ||
      row->ends_at <= call.machine_time) {
    throw base::NotFound();
  }
  return *std::move(row);
}

v1::Upload Files::GetUpload(const rpc::Call& call, const v1::GetUploadRequest& request) {
  return ToMessage(pool_.Transact(
      call.deadline, [&](pg::Tx& tx) { return OwnUpload(tx, call, request.upload_id()); }));
}

v1::Upload Files::CancelUpload(const rpc::Call& call, const v1::CancelUploadRequest& request) {
  return ToMessage(pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    UploadRow row = OwnUpload(tx, call, request.upload_id());
    EndUpload(tx, row.id, call.machine_time);
    return row;
  }));
}

void Files::Writer::Write(const rpc::Call& call, const v1::WriteUploadRequest& message,
                          v1::Upload* answer) {
  if (message.data().size() > kMessageBytesMax) {
    throw base::InvalidField("data", "more than 1 MiB in one message");
  }
  if (upload_ == nullptr) {
    row_ = files_.pool_.Transact(
        call.deadline, [&](pg::Tx& tx) { return files_.OwnUpload(tx, call, message.upload_id()); });
    if (row_.file) {  // it was whole before: a repeat
      *answer = files_.ToMessage(row_);
      return;
    }
    upload_ = files_.bytes_.OpenUpload(row_.id);
    if (upload_ == nullptr) {
      throw base::Aborted("UPLOAD_BUSY", "another stream writes this upload")
          .RetryAfter(kBusyRetry);
    }
  }
  if (message.upload_id() != row_.id) {
    throw base::InvalidField("upload_id", "one stream writes one upload");
  }
  if (message.offset_bytes() != upload_->Size()) throw OffsetError(upload_->Size());
  const auto size = static_cast<std::int64_t>(message.data().size());
  if (upload_->Size() + size > row_.size_bytes) {
    throw base::InvalidField("data", "more bytes than were announced");
  }
  upload_->Append(message.data());
  if (upload_->Size() == row_.size_bytes) {
    files_.Finish(row_, *upload_, answer);
    upload_.reset();
    return;
  }
  *answer = files_.ToMessage(row_);
}

void Files::Finish(const UploadRow& row, Bytes::Upload& upload, v1::Upload* answer) {
  upload.Sync();
  UploadRow whole = row;
  whole.file = File{upload.Hash(), upload.Size(), upload.MediaType()};
  const std::string media_type = whole.file->media_type;
  if (!IsContentOf(row.name, media_type, upload.FirstBytes())) {
    Drop(row.id);
    throw base::Invalid("FILE_TYPE_MISMATCH", "data", "the content is not what the name says")
        .With("media_type", media_type);
  }
  const std::string sha256 = whole.file->sha256;
  pool_.Transact([&](pg::Tx& tx) { AnnounceFile(tx, *whole.file); });
  pool_.Transact([&](pg::Tx& tx) {
    LockFile(tx, sha256);  // or what is found there may be about to go
    bytes_.Keep(row.id, sha256);
    FinishUpload(tx, row.id, *whole.file);
  });
  bytes_.RemoveUpload(row.id);
  *answer = ToMessage(whole);
}

void Files::Drop(const std::string& upload_id) {
  pool_.Transact([&](pg::Tx& tx) { DeleteUpload(tx, upload_id); });
  bytes_.RemoveUpload(upload_id);
}

Files::Reader::Reader(Files& files, const v1::DownloadFileRequest& request)
    : files_(files), request_(request), at_(request.offset_bytes()) {
  if (!IsSha256(request.sha256())) throw base::NotFound();
  if (at_ < 0) throw base::InvalidField("offset_bytes", "must not be negative");
}

bool Files::Reader::Next(const rpc::Call& call, v1::FileChunk* chunk) {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_at_ >= files_.options_.sight_interval) {
    const bool may_read = files_.pool_.Transact(call.deadline, [&](pg::Tx& tx) {
      return files_.may_read_(tx, call, request_.record_type(), request_.record_id(),
                              request_.sha256());
    });
    if (!may_read) throw base::NotFound();
    looked_at_ = now;
  }
  chunk->set_offset_bytes(at_);
  if (!files_.bytes_.Read(request_.sha256(), at_, kChunkBytes, chunk->mutable_data())) {
    base::LogError("the bytes of a file are missing", {{"sha256", request_.sha256()}});
    throw base::Unavailable("FILES_UNAVAILABLE", "the bytes are out of reach at the moment");
  }
  at_ += static_cast<std::int64_t>(chunk->data().size());
  return !chunk->data().empty();
}

Files::Taken Files::Take(pg::Tx& tx, const rpc::Call& call, const std::string& upload_id,
                         const std::string& record_type, const std::string& record_id) {
  if (!base::IsRecordId(upload_id)) throw base::NotFound();
  const auto taken = TakeUpload(tx, upload_id, call.caller, call.official, call.machine_time);
  if (!taken) {
    const auto row = SelectUpload(tx, upload_id);
    if (!row || row->file || row->caller != call.caller || row->official != call.official) {
      throw base::NotFound();
    }
    throw base::Transition("UPLOAD_UNFINISHED", "the bytes of the upload are not all there");
  }
  InsertUse(tx, taken->file->sha256, record_type, record_id);
  return {taken->name, *taken->file};
}

void Files::GiveUp(pg::Tx& tx, const rpc::Call& call, const std::vector<std::string>& upload_ids) {
  if (!upload_ids.empty()) DeleteOwnUploads(tx, upload_ids, call.caller, call.official);
}

void Files::Share(pg::Tx& tx, const std::string& sha256, const std::string& record_type,
                  const std::string& record_id) {
  InsertUse(tx, sha256, record_type, record_id);
}

Files::Intakes::~Intakes() {
  if (ids_.empty()) return;
  // Nothing is lost when it fails: they end after a day.
  try {
    files_.pool_.Transact([&](pg::Tx& tx) { DeleteUploads(tx, ids_); });
    for (const std::string& id : ids_) files_.bytes_.RemoveUpload(id);
  } catch (const std::exception& error) {
    base::LogWarning("what was taken in and not used stays for a day", {{"error", error.what()}});
  }
}

Files::Intake::Intake(Files& files, const rpc::Call& call, const std::string& name,
                      Intakes& intakes)
    : files_(files) {
  row_.id = files.ids_.New();
  intakes.ids_.push_back(row_.id);
  row_.caller = call.caller;
  row_.official = call.official;
  row_.name = CheckFileName(name, "name");
  row_.ends_at = call.machine_time + files.LimitsOf(call.caller).kept;
  files.pool_.Transact([&](pg::Tx& tx) { InsertUpload(tx, row_, row_.id); });
  upload_ = files.bytes_.OpenUpload(row_.id);
}

void Files::Intake::Append(std::string_view bytes) {
  if (upload_->Size() + static_cast<std::int64_t>(bytes.size()) > kFileBytesMax) {
    throw base::Invalid("FILE_TOO_LARGE", "data", "a file has at most 100 MiB");
  }
  upload_->Append(bytes);
}

std::string Files::Intake::Finish() {
  row_.size_bytes = upload_->Size();
  v1::Upload whole;
  files_.Finish(row_, *upload_, &whole);
  return row_.id;
}

UploadRow Files::WholeUpload(const rpc::Call& call, const std::string& upload_id) {
  UploadRow row =
      pool_.Transact(call.deadline, [&](pg::Tx& tx) { return OwnUpload(tx, call, upload_id); });
  if (!row.file) {
    throw base::Transition("UPLOAD_UNFINISHED", "the bytes of the upload are not all there");
  }
  return row;
}

std::string Files::ReadPiece(const std::string& sha256, std::int64_t offset) {
  std::string piece;
  if (bytes_.Read(sha256, offset, kChunkBytes, &piece)) return piece;
  throw base::Unavailable("FILES_UNAVAILABLE", "the bytes are out of reach at the moment");
}

Files::Findings Files::Compare() {
  Findings findings;
  std::set<std::string> known;
  std::string after;
  for (;;) {
    const auto rows =
        pool_.Transact([&](pg::Tx& tx) { return SelectFiles(tx, after, kFilesAtOnce); });
    for (const std::string& sha256 : rows) {
      known.insert(sha256);
      if (!bytes_.Has(sha256)) findings.missing.push_back(sha256);
    }
    if (rows.size() < kFilesAtOnce) break;
    after = rows.back();
  }
  const auto lost = pool_.Transact([&](pg::Tx& tx) { return SelectLostFiles(tx, kFilesAtOnce); });
  bytes_.ForEachFile([&](const std::string& sha256) {
    if (!known.contains(sha256)) findings.unknown.push_back(sha256);
  });
  // What came or went meanwhile is no finding.
  const auto is_stored = [&](const std::string& sha256) {
    return pool_.Transact([&](pg::Tx& tx) { return SelectFile(tx, sha256).has_value(); });
  };
  std::erase_if(findings.missing, [&](const std::string& sha256) {
    return bytes_.Has(sha256) || !is_stored(sha256);
  });
  std::erase_if(findings.unknown, [&](const std::string& sha256) {
    return !bytes_.Has(sha256) || is_stored(sha256);
  });
  findings.missing.insert(findings.missing.end(), lost.begin(), lost.end());
  return findings;
}

std::size_t Files::Clean() {
  const base::Time now = clock_.MachineNow();
  const auto ended =
      pool_.Transact([&](pg::Tx& tx) { return SelectEndedUploads(tx, now, kCleanedAtOnce); });
  for (const std::string& id : ended) {
    // Not one that began anew meanwhile.
    const bool is_gone = pool_.Transact([&](pg::Tx& tx) { return DeleteEndedUpload(tx, id, now); });
    if (is_gone) bytes_.RemoveUpload(id);
  }
  const auto unused =
      pool_.Transact([&](pg::Tx& tx) { return SelectUnusedFiles(tx, kCleanedAtOnce); });
  for (const std::string& sha256 : unused) {
    pool_.Transact([&](pg::Tx& tx) {
      LockFile(tx, sha256);
      // Inside the transaction: if it fails now there is a row without bytes and without a use,
      // which the next round removes.
      if (DeleteUnusedFile(tx, sha256)) bytes_.Remove(sha256);
    });
  }
  return ended.size() + unused.size() + RemoveOrphans();
}

std::size_t Files::RemoveOrphans() {
  std::vector<std::string> ids;
  bytes_.ForEachUpload([&](const std::string& id) {
    if (base::IsRecordId(id)) ids.push_back(id);
  });
  std::size_t removed = 0;
  for (const std::string& id : ids) {
    // The row is there before the bytes are, and until they are a file.
    const auto row = pool_.Transact([&](pg::Tx& tx) { return SelectUpload(tx, id); });
    if (row && !row->file) continue;
    bytes_.RemoveUpload(id);
    ++removed;
  }
  return removed;
}

}  // namespace lienthong::files
