#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "platform/base/id.hpp"

namespace lienthong::support {

/// What pdftotext reads in a PDF, with single spaces, also between lines.
inline std::string TextOfPdf(const std::string& pdf) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("lienthong-" + base::RandomIds().New() + ".pdf");
  std::ofstream(path, std::ios::binary) << pdf;
  FILE* const reader = ::popen(("pdftotext -raw " + path + " -").c_str(), "r");
  REQUIRE(reader != nullptr);
  std::string text;
  for (int c = std::fgetc(reader); c != EOF; c = std::fgetc(reader)) {
    const char letter = c == '\n' ? ' ' : static_cast<char>(c);
    if (letter != ' ' || text.empty() || text.back() != ' ') text += letter;
  }
  REQUIRE(::pclose(reader) == 0);
  std::filesystem::remove(path);
  return text;
}

inline std::string WithoutSpaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

}  // namespace lienthong::support
