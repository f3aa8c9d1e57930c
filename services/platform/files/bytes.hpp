#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lienthong::files {

/// Where the bytes of files lie: by SHA-256 once they are whole, by upload before. Any thread; all
/// copies of a service share one. Everything throws base::Error kUnavailable FILES_UNAVAILABLE when
/// the store cannot be used.
class Bytes {
 public:
  virtual ~Bytes() = default;

  /// One upload being written, by one writer at a time.
  class Upload {
   public:
    virtual ~Upload() = default;
    virtual std::int64_t Size() const = 0;
    virtual void Append(std::string_view data) = 0;
    /// Makes what was appended last over a crash.
    virtual void Sync() = 0;
    /// SHA-256 of all of it, as hex.
    virtual std::string Hash() = 0;
    /// Media type by content.
    virtual std::string MediaType() = 0;
    /// The beginning of it: files::kFirstBytes, or all.
    virtual std::string FirstBytes() = 0;
  };
  /// Opens or makes an upload; nullptr while somebody else writes it.
  virtual std::unique_ptr<Upload> OpenUpload(const std::string& id) = 0;
  virtual std::int64_t UploadSize(const std::string& id) = 0;
  /// The upload becomes the file of this hash, in one step; what is there already stays.
  virtual void Keep(const std::string& id, const std::string& sha256) = 0;
  virtual void RemoveUpload(const std::string& id) = 0;

  /// Up to `count` bytes from `offset` on; empty at the end. False = there is no such file.
  virtual bool Read(const std::string& sha256, std::int64_t offset, std::size_t count,
                    std::string* data) = 0;
  virtual bool Has(const std::string& sha256) = 0;
  virtual void Remove(const std::string& sha256) = 0;
  /// Hashes of the files and ids of the uploads that are stored.
  virtual void ForEachFile(const std::function<void(const std::string& sha256)>& visit) = 0;
  virtual void ForEachUpload(const std::function<void(const std::string& id)>& visit) = 0;
};

/// In a directory: files/ab/<sha256>, uploads/<id>.
std::unique_ptr<Bytes> BytesInDirectory(const std::filesystem::path& directory);

}  // namespace lienthong::files
