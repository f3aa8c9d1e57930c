#include "platform/base/log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <mutex>

#include <unistd.h>

#include <unicode/utf8.h>

#include "platform/base/clock.hpp"

namespace lienthong::base {
namespace {

/// Longer values are cut: a log line stays a line.
constexpr std::size_t kValueBytesMax = 4096;

/// The process has one standard output, so it has one of these.
struct Output {
  std::mutex mutex;
  std::string service;
};

Output& TheOutput() {
  static Output* const output = new Output;  // never destroyed: threads may log until the very end
  return *output;
}

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

/// Control characters, U+2028 and U+2029 (line ends to some readers) as \uXXXX.
void AppendEscape(std::string& out, UChar32 character) {
  std::array<char, 16> escape{};
  std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(character));
  out += escape.data();
}

void AppendString(std::string& out, std::string_view text) {
  const auto size = static_cast<std::int32_t>(std::min(text.size(), kValueBytesMax));
  out += '"';
  for (std::int32_t at = 0; at < size;) {
    const std::int32_t start = at;
    UChar32 character = 0;
    U8_NEXT(text.data(), at, size, character);
    if (character < 0) {
      out += "\\ufffd";
    } else if (character == '"' || character == '\\') {
      out += '\\';
      out += static_cast<char>(character);
    } else if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
               character == 0x2029) {
      AppendEscape(out, character);
    } else {
      out.append(text.substr(start, at - start));
    }
  }
  out += '"';
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out += out.empty() ? '{' : ',';
  AppendString(out, name);
  out += ':';
  AppendString(out, value);
}

/// Whole lines: a partial write is carried on. Where standard output is closed there is nobody to
/// tell, so other errors end it.
void WriteAll(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void SetLogService(std::string name) {
  Output& output = TheOutput();
  const std::lock_guard lock(output.mutex);
  output.service = std::move(name);
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  std::string line;
  // Logging is no business logic: a line carries the real time, whatever clock the caller has.
  AppendField(line, "ts", FormatTime(SystemClock(std::chrono::seconds(0)).MachineNow()));
  AppendField(line, "level", NameOf(level));
  AppendField(line, "msg", message);
  Output& output = TheOutput();
  const std::lock_guard lock(output.mutex);
  AppendField(line, "service", output.service);
  for (const auto& [name, value] : fields) AppendField(line, name, value);
  line += "}\n";
  WriteAll(line);
}

}  // namespace lienthong::base
