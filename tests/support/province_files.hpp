#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

/// The data of the province Bình Dương (deploy/provinces/binh-duong).
namespace lienthong::support {

/// A line of comma separated values (RFC 4180); no cell holds a quote or the end of a line here.
inline std::vector<std::string> CellsOf(const std::string& line) {
  std::vector<std::string> cells(1);
  bool is_quoted = false;
  for (const char c : line) {
    if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

/// The cells of the lines of a file behind its header.
inline std::vector<std::vector<std::string>> Rows(const std::string& name) {
  std::ifstream file(std::string(LIENTHONG_DEPLOY) + "/provinces/binh-duong/" + name);
  REQUIRE(file);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) rows.push_back(CellsOf(line));
  return rows;
}

/// The line that has a text in a column.
inline std::vector<std::string> RowOf(const std::string& name, std::size_t column,
                                      const std::string& text) {
  for (auto& row : Rows(name)) {
    if (row.at(column) == text) return row;
  }
  FAIL(name << " has no " << text);
  return {};
}

}  // namespace lienthong::support
