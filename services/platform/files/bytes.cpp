#include "platform/files/bytes.hpp"

#include <fcntl.h>
#include <magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "platform/base/error.hpp"
#include "platform/base/hash.hpp"
#include "platform/base/log.hpp"
#include "platform/files/types.hpp"

namespace lienthong::files {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr mode_t kOwnerOnly = 0600;

/// Logged with the cause; the caller gets none of it.
base::Error Unusable(const char* what, int error) {
  base::LogError("the file store cannot be used",
                 {{"doing", what}, {"error", std::generic_category().message(error)}});
  return base::Unavailable("FILES_UNAVAILABLE", "the bytes are out of reach at the moment");
}

void Require(bool done, const char* what) {
  if (!done) throw Unusable(what, errno);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int Number() const { return number_; }

 private:
  int number_;
};

/// Up to `count` bytes; fewer only at the end.
std::string ReadAt(int descriptor, std::int64_t offset, std::size_t count) {
  std::string data(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t read = pread(descriptor, data.data() + done, count - done,
                               offset + static_cast<std::int64_t>(done));
    if (read < 0 && errno == EINTR) continue;
    Require(read >= 0, "read");
    if (read == 0) break;
    done += static_cast<std::size_t>(read);
  }
  data.resize(done);
  return data;
}

/// A name that was made or changed in a folder lasts over a crash.
void SyncFolder(const fs::path& folder) {
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Require(opened.Number() >= 0, "open folder");
  Require(fsync(opened.Number()) == 0, "sync folder");
}

std::int64_t SizeOf(int descriptor) {
  struct stat facts {};
  Require(fstat(descriptor, &facts) == 0, "size");
  return facts.st_size;
}

class UploadFile final : public Bytes::Upload {
 public:
  UploadFile(int descriptor, std::int64_t size) : file_(descriptor), size_(size) {}

  std::int64_t Size() const override { return size_; }

  void Append(std::string_view data) override {
    while (!data.empty()) {
      const ssize_t written = pwrite(file_.Number(), data.data(), data.size(), size_);
      if (written < 0 && errno == EINTR) continue;
      Require(written > 0, "write");
      data.remove_prefix(static_cast<std::size_t>(written));
      size_ += written;
    }
  }

  void Sync() override { Require(fdatasync(file_.Number()) == 0, "sync"); }

  std::string Hash() override {
    base::Sha256 hash;
    for (std::int64_t at = 0; at < size_;) {
      const std::string piece = ReadAt(file_.Number(), at, kPieceBytes);
      if (piece.empty()) break;
      hash.Add(piece);
      at += static_cast<std::int64_t>(piece.size());
    }
    return base::ToHex(hash.Finish());
  }

  std::string MediaType() override {
    const std::unique_ptr<magic_set, decltype(&magic_close)> magic(magic_open(MAGIC_MIME_TYPE),
                                                                   magic_close);
    Require(magic != nullptr && magic_load(magic.get(), nullptr) == 0, "load the types of files");
    // By path: a descriptor would be read from where it stands, and some types need the end.
    const std::string path = "/proc/self/fd/" + std::to_string(file_.Number());
    magic_setflags(magic.get(), MAGIC_MIME_TYPE | MAGIC_SYMLINK);
    const char* const type = magic_file(magic.get(), path.c_str());
    Require(type != nullptr, "tell the type of a file");
    return type;
  }

  std::string FirstBytes() override { return ReadAt(file_.Number(), 0, kFirstBytes); }

 private:
  Descriptor file_;
  std::int64_t size_;
};

class DirectoryBytes final : public Bytes {
 public:
  explicit DirectoryBytes(const fs::path& directory)
      : files_(directory / "files"), uploads_(directory / "uploads") {
    std::error_code error;
    fs::create_directories(files_, error);
    if (!error) fs::create_directories(uploads_, error);
    if (error) throw Unusable("make the directory", error.value());
  }

  std::unique_ptr<Upload> OpenUpload(const std::string& id) override {
    const int descriptor =
        open((uploads_ / id).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
    Require(descriptor >= 0, "open upload");
    // The lock goes with the descriptor, also when the process is killed.
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      close(descriptor);
      return nullptr;
    }
    return std::make_unique<UploadFile>(descriptor, SizeOf(descriptor));
  }

  std::int64_t UploadSize(const std::string& id) override {
    struct stat facts {};
    if (stat((uploads_ / id).c_str(), &facts) != 0) return 0;
    return facts.st_size;
  }

  void Keep(const std::string& id, const std::string& sha256) override {
    const fs::path place = PlaceOf(sha256);
    std::error_code error;
    fs::create_directories(place.parent_path(), error);
    if (error) throw Unusable("make a folder", error.value());
    SyncFolder(files_);
    // A link, so that what is there stays and the upload stays until its row says it is whole.
    const bool linked = link((uploads_ / id).c_str(), place.c_str()) == 0;
    Require(linked || errno == EEXIST, "keep");
    SyncFolder(place.parent_path());
  }

  void RemoveUpload(const std::string& id) override {
    Require(unlink((uploads_ / id).c_str()) == 0 || errno == ENOENT, "remove upload");
  }

  bool Read(const std::string& sha256, std::int64_t offset, std::size_t count,
            std::string* data) override {
    const Descriptor file(open(PlaceOf(sha256).c_str(), O_RDONLY | O_CLOEXEC));
    if (file.Number() < 0 && errno == ENOENT) return false;
    Require(file.Number() >= 0, "open");
    *data = ReadAt(file.Number(), offset, count);
    return true;
  }

  bool Has(const std::string& sha256) override {
    return ::access(PlaceOf(sha256).c_str(), F_OK) == 0;
  }

  void Remove(const std::string& sha256) override {
    Require(unlink(PlaceOf(sha256).c_str()) == 0 || errno == ENOENT, "remove");
  }

  void ForEachFile(const std::function<void(const std::string&)>& visit) override {
    std::error_code error;
    for (fs::recursive_directory_iterator at(files_, error), end; !error && at != end;
         at.increment(error)) {
      if (at->is_regular_file(error)) visit(at->path().filename().string());
    }
    if (error) throw Unusable("list", error.value());
  }

  void ForEachUpload(const std::function<void(const std::string&)>& visit) override {
    std::error_code error;
    for (fs::directory_iterator at(uploads_, error), end; !error && at != end;
         at.increment(error)) {
      visit(at->path().filename().string());
    }
    if (error) throw Unusable("list uploads", error.value());
  }

 private:
  fs::path PlaceOf(const std::string& sha256) const {
    return files_ / sha256.substr(0, 2) / sha256;
  }

  fs::path files_;
  fs::path uploads_;
};

}  // namespace

std::unique_ptr<Bytes> BytesInDirectory(const fs::path& directory) {
  return std::make_unique<DirectoryBytes>(directory);
}

}  // namespace lienthong::files
