#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct archive;

namespace lienthong::document {

/// A file of a bag's payload.
struct BagFile {
  std::string path;  ///< below data/
  std::string sha256;
  std::int64_t size_bytes = 0;
  std::string text;  ///< its bytes, if they are not read
};

/// Writes a bag (RFC 8493) as a ZIP, piece by piece in flat memory: bagit.txt, bag-info.txt, the
/// payload, manifest-sha256.txt and tagmanifest-sha256.txt. One thread.
class Bag {
 public:
  /// A piece of a file at an offset, empty at its end; may throw.
  using Read = std::function<std::string(const BagFile& file, std::int64_t offset)>;

  /// `info`: lines of bag-info.txt, without Payload-Oxum.
  Bag(const std::vector<std::pair<std::string, std::string>>& info, std::vector<BagFile> payload,
      Read read);
  ~Bag();
  Bag(const Bag&) = delete;
  Bag& operator=(const Bag&) = delete;

  /// False at the end. Throws what `read` throws, std::runtime_error when a file does not have the
  /// size it should have.
  bool Next(std::string* piece);

 private:
  class Zip;
  void Step();

  Read read_;
  std::vector<BagFile> files_;  ///< in order, with the tag files; full paths
  std::size_t at_ = 0;
  std::int64_t offset_ = 0;
  std::unique_ptr<Zip> zip_;
};

/// A file of text.
BagFile TextFile(const std::string& path, std::string text);

}  // namespace lienthong::document
