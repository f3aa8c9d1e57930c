#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <array>
#include <map>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

namespace lienthong::support {

/// Path -> bytes of a ZIP whose names are UTF-8.
inline std::map<std::string, std::string> Unzipped(const std::string& bytes) {
  const locale_t before = uselocale(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr));
  const std::unique_ptr<archive, decltype(&archive_read_free)> zip(archive_read_new(),
                                                                   archive_read_free);
  archive_read_support_format_zip_seekable(zip.get());
  REQUIRE(archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) == ARCHIVE_OK);
  std::map<std::string, std::string> files;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK) {
    std::string& content = files[archive_entry_pathname(entry)];
    std::array<char, 65536> piece;
    la_ssize_t count = 0;
    while ((count = archive_read_data(zip.get(), piece.data(), piece.size())) > 0) {
      content.append(piece.data(), static_cast<std::size_t>(count));
    }
    REQUIRE(count == 0);
  }
  REQUIRE(archive_errno(zip.get()) == 0);
  freelocale(uselocale(before));
  return files;
}

}  // namespace lienthong::support
