#include "document/bag.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <clocale>

#include <stdexcept>
#include <string_view>

#include "platform/base/hash.hpp"

namespace lienthong::document {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

/// RFC 8493, 2.1.3: CR, LF and % of a path.
std::string Escaped(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    switch (c) {
      case '%':
        escaped += "%25";
        break;
      case '\r':
        escaped += "%0D";
        break;
      case '\n':
        escaped += "%0A";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string ManifestOf(const std::vector<BagFile>& files) {
  std::string text;
  for (const BagFile& file : files) text += file.sha256 + "  " + Escaped(file.path) + "\n";
  return text;
}

/// Names of a ZIP are UTF-8 when the thread's locale says so.
class Utf8Locale {
 public:
  Utf8Locale() : before_(uselocale(Made())) {}
  ~Utf8Locale() { uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t Made() {
    static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (made == nullptr) throw std::runtime_error("the locale C.UTF-8 is missing");
    return made;
  }
  locale_t before_;
};

}  // namespace

/// A ZIP that is taken away as it is written.
class Bag::Zip {
 public:
  Zip() : archive_(archive_write_new(), archive_write_free) {
    archive_write_set_format_zip(archive_.get());
    archive_write_zip_set_compression_store(archive_.get());
    archive_write_set_bytes_per_block(archive_.get(), 0);
    Require(archive_write_open(archive_.get(), &written_, nullptr, Write, nullptr));
  }
  void Begin(const BagFile& file) {
    const Utf8Locale utf8;
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              archive_entry_free);
    archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_size(entry.get(), file.size_bytes);
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    Require(archive_write_header(archive_.get(), entry.get()));
  }
  void Write(std::string_view bytes) {
    if (archive_write_data(archive_.get(), bytes.data(), bytes.size()) !=
        static_cast<la_ssize_t>(bytes.size())) {
      throw std::runtime_error("a file is larger than it should be");
    }
  }
  void Close() {
    const Utf8Locale utf8;
    Require(archive_write_close(archive_.get()));
  }
  std::string& Written() { return written_; }

 private:
  static la_ssize_t Write(archive*, void* written, const void* bytes, std::size_t count) {
    static_cast<std::string*>(written)->append(static_cast<const char*>(bytes), count);
    return static_cast<la_ssize_t>(count);
  }
  void Require(int result) {
    if (result != ARCHIVE_OK) throw std::runtime_error(archive_error_string(archive_.get()));
  }
  std::string written_;
  std::unique_ptr<archive, decltype(&archive_write_free)> archive_;
};

BagFile TextFile(const std::string& path, std::string text) {
  const auto size = static_cast<std::int64_t>(text.size());
  return {path, base::ToHex(base::Sha256Of(text)), size, std::move(text)};
}

Bag::Bag(const std::vector<std::pair<std::string, std::string>>& info, std::vector<BagFile> payload,
         Read read)
    : read_(std::move(read)), zip_(std::make_unique<Zip>()) {
  std::int64_t bytes = 0;
  for (BagFile& file : payload) {
    file.path = "data/" + file.path;
    bytes += file.size_bytes;
  }
  std::string lines;
  for (const auto& [label, value] : info) lines += label + ": " + value + "\n";
  lines += "Payload-Oxum: " + std::to_string(bytes) + "." + std::to_string(payload.size()) + "\n";
  std::vector<BagFile> tags{
      TextFile("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
      TextFile("bag-info.txt", lines), TextFile("manifest-sha256.txt", ManifestOf(payload))};
  tags.push_back(TextFile("tagmanifest-sha256.txt", ManifestOf(tags)));
  files_ = {tags[0], tags[1]};
  for (BagFile& file : payload) files_.push_back(std::move(file));
  files_.push_back(tags[2]), files_.push_back(tags[3]);
}

Bag::~Bag() = default;

void Bag::Step() {
  const BagFile& file = files_[at_];
  if (offset_ == 0) zip_->Begin(file);
  if (offset_ < file.size_bytes) {
    const std::string piece =
        file.text.empty() ? read_(file, offset_)
                          : file.text.substr(static_cast<std::size_t>(offset_), kPieceBytes);
    if (piece.empty()) throw std::runtime_error("a file is shorter than it should be");
    zip_->Write(piece);
    offset_ += static_cast<std::int64_t>(piece.size());
  }
  if (offset_ < file.size_bytes) return;
  ++at_;
  offset_ = 0;
  if (at_ == files_.size()) zip_->Close();
}

bool Bag::Next(std::string* piece) {
  std::string& written = zip_->Written();
  while (written.empty() && at_ < files_.size()) Step();
  *piece = written.substr(0, kPieceBytes);
  written.erase(0, kPieceBytes);
  return !piece->empty();
}

}  // namespace lienthong::document
