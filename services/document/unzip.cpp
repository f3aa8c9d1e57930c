#include "document/unzip.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <exception>
#include <memory>
#include <utility>

#include "document/edxml.hpp"

namespace lienthong::document {
namespace {

constexpr std::size_t kBytesAtOnce = 64 * 1024;

/// An archive as libarchive reads it. What `read` throws must not pass through C.
struct Bytes {
  const std::function<std::string(std::int64_t)>& read;
  std::int64_t size_bytes;
  std::int64_t at = 0;
  std::string piece;
  std::exception_ptr failure;

  static la_ssize_t Read(archive*, void* data, const void** bytes) {
    auto& source = *static_cast<Bytes*>(data);
    try {
      source.piece = source.read(source.at);
    } catch (...) {
      source.failure = std::current_exception();
      return -1;
    }
    source.at += static_cast<std::int64_t>(source.piece.size());
    *bytes = source.piece.data();
    return static_cast<la_ssize_t>(source.piece.size());
  }
  static la_int64_t Seek(archive*, void* data, la_int64_t offset, int whence) {
    auto& source = *static_cast<Bytes*>(data);
    if (whence == SEEK_CUR) offset += source.at;
    if (whence == SEEK_END) offset += source.size_bytes;
    if (offset < 0 || offset > source.size_bytes) return ARCHIVE_FATAL;
    return source.at = offset;
  }
};

}  // namespace

void UnzipOne(std::int64_t size_bytes, const std::function<std::string(std::int64_t offset)>& read,
              const std::function<void(std::string_view)>& write) {
  Bytes source{read, size_bytes, 0, {}, {}};
  const std::unique_ptr<archive, decltype(&archive_read_free)> zip(archive_read_new(),
                                                                   archive_read_free);
  const auto require = [&](bool good, const char* message) {
    if (source.failure) std::rethrow_exception(source.failure);
    if (!good) throw edxml::Refusal(edxml::kBadBytes, message);
  };
  archive_read_support_format_zip_seekable(zip.get());
  archive_read_set_callback_data(zip.get(), &source);
  archive_read_set_read_callback(zip.get(), Bytes::Read);
  archive_read_set_seek_callback(zip.get(), Bytes::Seek);
  require(archive_read_open1(zip.get()) == ARCHIVE_OK, "a zipped attachment cannot be opened");
  archive_entry* entry = nullptr;
  // A warning says that the entry's name cannot be read: it is not used.
  const int found = archive_read_next_header(zip.get(), &entry);
  require(
      (found == ARCHIVE_OK || found == ARCHIVE_WARN) && archive_entry_filetype(entry) == AE_IFREG,
      "a zipped attachment holds no file");
  std::array<char, kBytesAtOnce> bytes;
  for (;;) {
    const la_ssize_t count = archive_read_data(zip.get(), bytes.data(), bytes.size());
    require(count >= 0, "a zipped attachment is broken or has a password");
    if (count == 0) break;
    write({bytes.data(), static_cast<std::size_t>(count)});
  }
  require(archive_read_next_header(zip.get(), &entry) == ARCHIVE_EOF,
          "a zipped attachment holds more than one file");
}

}  // namespace lienthong::document
