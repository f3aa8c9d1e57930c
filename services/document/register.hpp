#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "document/book.hpp"
#include "document/delivery.hpp"
#include "document/table.hpp"
#include "document/working_file.hpp"

/// Registers of clerical work (NĐ 30/2020/NĐ-CP, App. IV): columns and lines.
namespace lienthong::document {

enum class RegisterKind {
  kOutgoing = 1,
  kIncoming,
  kHandling,
  kFiles,
  kFileDocuments,
  kSentStates,
  kArrivedStates
};

/// What the registers say of a document; of a restricted one that the official may not read only
/// code and date.
struct RegisteredDocument {
  std::string code;
  std::optional<Day> date;
  std::string type_name;
  std::string subject;
  std::string sender_name;
  std::string signer_name;
  std::string recipients;  ///< "Sở Y tế; Sở Nội vụ"
  int copy_count = 0;
};

/// A line of the register of outgoing documents: every number that was given.
struct OutgoingLine {
  BookNumber number;
  RegisteredDocument document;  ///< empty until the number is one's
  std::string change;           ///< that it was taken back or replaced since
  std::optional<base::Time> sent_at;
};

/// A line of both registers of arrivals.
struct IncomingLine {
  std::string delivery_id;
  int arrival_number = 0;
  std::string arrival_code;
  Day arrival_date;
  RegisteredDocument document;
  std::string assignees;  ///< units and officials with a task
  std::optional<base::Time> assigned_at;
  std::optional<base::Time> deadline;
  std::optional<DeliveryState> state;  ///< absent where it is not to be seen
  std::string answering_code;
  std::string replaced_by;  ///< code of the document that took its place here
};

/// A line of the list of what a file holds (mục lục văn bản, tài liệu).
struct FileItemLine {
  int ordinal = 0;
  RegisteredDocument document;  ///< of other material its date and, as subject, its title
  int page_count = 0;
  FileItemState state = FileItemState::kFiled;
};

/// "10/07/2019", as registers are written; empty for no day.
std::string DayText(const std::optional<Day>& day);
std::vector<Column> ColumnsOf(RegisterKind kind);
/// "SỔ ĐĂNG KÝ VĂN BẢN ĐI"
const char* TitleOf(RegisterKind kind);
std::vector<std::string> CellsOf(const OutgoingLine& line);
std::vector<std::string> CellsOf(const IncomingLine& line, RegisterKind kind);

std::vector<std::string> CellsOf(const FileItemLine& line);
/// A line of the list of files (mục lục hồ sơ); of one that is not to be read only its notation.
std::vector<std::string> CellsOf(const WorkingFile& file, int order, bool readable);
/// A line of a status report; no state = those that are late.
std::vector<std::string> CellsOf(const std::optional<DeliveryState>& state, std::int64_t count);
/// "Vĩnh viễn", "10 năm".
std::string TextOf(const Retention& retention);

}  // namespace lienthong::document
