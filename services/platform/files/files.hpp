#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lienthong/files/v1/files.pb.h"
#include "platform/base/id.hpp"
#include "platform/files/bytes.hpp"
#include "platform/files/store.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"

namespace lienthong::files {

inline constexpr std::int64_t kFileBytesMax = 100LL * 1024 * 1024;
inline constexpr std::size_t kMessageBytesMax = 1024 * 1024;
inline constexpr std::size_t kChunkBytes = 256 * 1024;

/// Of the uploads of one caller that no record has taken.
struct UploadLimits {
  std::chrono::hours kept{24};
  std::int64_t pending_max = 200;
  std::int64_t pending_bytes_max = 4LL * 1024 * 1024 * 1024;
};

struct FilesOptions {
  UploadLimits uploads{};
  /// Of callers with limits of their own, by rpc::Call::caller: "service-portal".
  std::map<std::string, UploadLimits> uploads_of{};
  std::chrono::milliseconds sight_interval{10'000};  ///< of a download
};

/// May the official see this record now, and does it have the file? In a transaction of its own.
using MayRead = std::function<bool(pg::Tx&, const rpc::Call&, const std::string& record_type,
                                   const std::string& record_id, const std::string& sha256)>;

/// The use cases of FileService, and what a service's own use cases do with uploads. Any thread;
/// lives as long as the process.
class Files {
 public:
  Files(FilesOptions options, Bytes& bytes, pg::Pool& pool, const base::Clock& clock,
        base::Ids& ids, MayRead may_read);

  v1::Upload CreateUpload(const rpc::Call& call, const v1::CreateUploadRequest& request);
  v1::Upload GetUpload(const rpc::Call& call, const v1::GetUploadRequest& request);
  v1::Upload CancelUpload(const rpc::Call& call, const v1::CancelUploadRequest& request);

  /// One stream of WriteUpload; its messages come one after the other.
  class Writer {
   public:
    explicit Writer(Files& files) : files_(files) {}
    void Write(const rpc::Call& call, const v1::WriteUploadRequest& message, v1::Upload* answer);

   private:
    Files& files_;
    UploadRow row_;
    std::unique_ptr<Bytes::Upload> upload_;
  };

  /// One DownloadFile; fills one chunk after the other, false at the end. Throws NotFound when the
  /// record or the file cannot be seen (any more).
  class Reader {
   public:
    Reader(Files& files, const v1::DownloadFileRequest& request);
    bool Next(const rpc::Call& call, v1::FileChunk* chunk);

   private:
    Files& files_;
    v1::DownloadFileRequest request_;
    std::int64_t at_;
    std::chrono::steady_clock::time_point looked_at_{};
  };

  /// An upload of the calling official whose bytes are all there, for a record that takes it: the
  /// record has the file from now on, the upload is gone. Throws NotFound, UPLOAD_UNFINISHED.
  struct Taken {
    std::string name;
    File file;
  };
  static Taken Take(pg::Tx& tx, const rpc::Call& call, const std::string& upload_id,
                    const std::string& record_type, const std::string& record_id);
  /// Those of these uploads that are the calling official's and that no record has taken are gone.
  static void GiveUp(pg::Tx& tx, const rpc::Call& call, const std::vector<std::string>& upload_ids);
  /// A record has a file that another record of the same service has.
  static void Share(pg::Tx& tx, const std::string& sha256, const std::string& record_type,
                    const std::string& record_id);

  class Intake;
  /// What a call takes in: with its end goes what no record took.
  class Intakes {
   public:
    explicit Intakes(Files& files) : files_(files) {}
    ~Intakes();
    Intakes(const Intakes&) = delete;
    Intakes& operator=(const Intakes&) = delete;

   private:
    friend class Intake;
    Files& files_;
    std::vector<std::string> ids_;
  };
  /// Bytes that the service itself makes a file of, for a record that takes it: an upload of the
  /// calling official, outside the quota.
  class Intake {
   public:
    /// Throws what CheckFileName throws for `name`.
    Intake(Files& files, const rpc::Call& call, const std::string& name, Intakes& intakes);
    /// Throws FILE_TOO_LARGE (INVALID_ARGUMENT) beyond 100 MiB.
    void Append(std::string_view bytes);
    /// The upload, for Take. Throws FILE_TYPE_MISMATCH.
    std::string Finish();

   private:
    Files& files_;
    UploadRow row_;
    std::unique_ptr<Bytes::Upload> upload_;
  };
  /// A piece of a whole upload of the calling official; empty at the end. Throws NotFound,
  /// UPLOAD_UNFINISHED.
  UploadRow WholeUpload(const rpc::Call& call, const std::string& upload_id);
  std::string ReadPiece(const std::string& sha256, std::int64_t offset);

  /// What a look at everything found.
  struct Findings {
    std::vector<std::string> missing;  ///< rows without bytes
    std::vector<std::string> unknown;  ///< bytes without a row
  };
  Findings Compare();
  /// Ends uploads whose time is over, removes files that no record has and bytes of uploads that
  /// are no more. Returns how many.
  std::size_t Clean();

 private:
  const UploadLimits& LimitsOf(const std::string& caller) const;
  UploadRow OwnUpload(pg::Tx& tx, const rpc::Call& call, const std::string& id) const;
  v1::Upload ToMessage(const UploadRow& row);
  /// The last byte is there: checks the content and makes it a file.
  void Finish(const UploadRow& row, Bytes::Upload& upload, v1::Upload* answer);
  void Drop(const std::string& upload_id);
  std::size_t RemoveOrphans();

  FilesOptions options_;
  Bytes& bytes_;
  pg::Pool& pool_;
  const base::Clock& clock_;
  base::Ids& ids_;
  MayRead may_read_;
};

}  // namespace lienthong::files
