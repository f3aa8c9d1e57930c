#pragma once

#include <optional>
#include <string>
#include <vector>

#include "document/book.hpp"
#include "document/delivery.hpp"

/// Registers of clerical work (NĐ 30/2020/NĐ-CP, App. IV): columns and lines.
namespace lienthong::document {

enum class RegisterKind { kOutgoing = 1, kIncoming, kHandling };

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
};

std::vector<std::string> ColumnsOf(RegisterKind kind);
std::vector<std::string> CellsOf(const OutgoingLine& line);
std::vector<std::string> CellsOf(const IncomingLine& line, RegisterKind kind);

/// One line of CSV (RFC 4180) with its end. A cell that begins with = + - @, a tab or a carriage
/// return would be a formula in a spreadsheet: it gets an apostrophe in front.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace lienthong::document
