// libFuzzer: whatever the bytes, the reader of packets ends with a packet or with a refusal; what
// it read, written, reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "document/edxml.hpp"
#include "platform/base/error.hpp"

namespace lienthong::document::edxml {
namespace {

struct Parsed {
  Packet packet;
  std::vector<std::string> bytes;  ///< of the attachments
};

Parsed Read(std::string_view xml, std::size_t piece) {
  Parsed parsed;
  Reader reader([&](std::size_t attachment, std::string_view bytes) {
    if (attachment >= parsed.bytes.size()) parsed.bytes.resize(attachment + 1);
    parsed.bytes[attachment] += bytes;
  });
  for (std::size_t at = 0; at < xml.size(); at += piece) reader.Feed(xml.substr(at, piece));
  parsed.packet = reader.Finish();
  parsed.bytes.resize(parsed.packet.attachments.size());
  return parsed;
}

std::string Write(const Parsed& parsed) {
  Writer writer(parsed.packet, [&](std::size_t attachment, std::int64_t offset) {
    return parsed.bytes.at(attachment).substr(static_cast<std::size_t>(offset), 1000);
  });
  std::string text, piece;
  while (writer.Next(&piece)) text += piece;
  return text;
}

void Try(std::string_view data) {
  const std::size_t piece = 1 + data.size() % 257;  // pieces of any length, the same every time
  Parsed parsed;
  try {
    parsed = Read(data, piece);
  } catch (const base::Error&) {
    return;
  }
  std::string text;
  try {
    text = Write(parsed);
  } catch (const base::Error&) {
    return;  // read, but not to the letter
  }
  // A writer fills in what must be there, so it is its text that stays the same.
  if (Write(Read(text, 4096)) != text) std::abort();
}

}  // namespace
}  // namespace lienthong::document::edxml

// NOLINTNEXTLINE(readability-identifier-naming): named by libFuzzer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lienthong::document::edxml::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
