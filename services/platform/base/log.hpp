#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace lienthong::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

/// Sets the `service` field of every line; once, in main.
void SetLogService(std::string name);

/// One JSON line on stdout: ts, level, msg, service and the fields. Never personal data. Control
/// characters are escaped, so that no caller can forge a line. Any thread.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, message, fields);
}

}  // namespace lienthong::base
