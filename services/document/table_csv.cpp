#include <string_view>

#include "document/table.hpp"

namespace lienthong::document {
namespace {

constexpr const char* kByteOrderMark = "\xEF\xBB\xBF";

bool IsFormula(const std::string& cell) {
  return !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
}

class Csv final : public Table {
 public:
  explicit Csv(const std::vector<Column>& columns) {
    std::vector<std::string> titles;
    for (const Column& column : columns) titles.push_back(column.title);
    written_ = kByteOrderMark + CsvLine(titles);
  }
  void Add(const std::vector<std::string>& cells) override { written_ += CsvLine(cells); }
  void End() override {}
};

}  // namespace

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    line += '"';
    if (IsFormula(cell)) line += '\'';
    for (const char c : cell) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\r\n";
}

std::unique_ptr<Table> CsvTable(const std::vector<Column>& columns) {
  return std::make_unique<Csv>(columns);
}

}  // namespace lienthong::document
