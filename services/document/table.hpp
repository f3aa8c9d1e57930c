#pragma once

#include <memory>
#include <string>
#include <vector>

namespace lienthong::document {

struct Column {
  std::string title;
  double weight = 1;  ///< of its width, among the columns
};

/// A table that is written line by line and taken away as it is written. One thread at a time.
class Table {
 public:
  virtual ~Table() = default;
  /// As many cells as columns.
  virtual void Add(const std::vector<std::string>& cells) = 0;
  /// No line comes any more.
  virtual void End() = 0;
  /// What was written and not taken away.
  std::string& Written() { return written_; }

 protected:
  std::string written_;
};

/// RFC 4180, UTF-8 with a byte order mark.
std::unique_ptr<Table> CsvTable(const std::vector<Column>& columns);
/// A4 landscape; `title` stands above the table, the columns on every page. Throws
/// std::runtime_error.
std::unique_ptr<Table> PdfTable(const std::string& title, const std::vector<Column>& columns);

/// One line of CSV (RFC 4180) with its end. A cell that begins with = + - @, a tab or a carriage
/// return would be a formula in a spreadsheet: it gets an apostrophe in front.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace lienthong::document
