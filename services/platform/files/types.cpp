#include "platform/files/types.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::files {
namespace {

constexpr std::size_t kNameCharactersMax = 200;
constexpr const char* kZip = "application/zip";

/// Endings that are accepted -> what their content may be, as libmagic says it. Office formats are
/// ZIP or OLE containers, which it does not always look into.
const std::map<std::string_view, std::vector<std::string_view>> kContents{
    {"pdf", {"application/pdf"}},
    {"doc", {"application/msword", "application/x-ole-storage", "application/CDFV2"}},
    {"xls", {"application/vnd.ms-excel", "application/x-ole-storage", "application/CDFV2"}},
    {"ppt", {"application/vnd.ms-powerpoint", "application/x-ole-storage", "application/CDFV2"}},
    {"docx", {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", kZip}},
    {"xlsx", {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", kZip}},
    {"pptx", {"application/vnd.openxmlformats-officedocument.presentationml.presentation", kZip}},
    {"odt", {"application/vnd.oasis.opendocument.text", kZip}},
    {"ods", {"application/vnd.oasis.opendocument.spreadsheet", kZip}},
    {"zip", {kZip}},
    {"rtf", {"text/rtf"}},
    {"txt", {"text/plain"}},
    {"csv", {"text/plain", "text/csv", "application/csv"}},
    {"xml", {"text/xml", "application/xml", "text/plain"}},
    {"edxml", {"text/xml", "application/xml", "text/plain"}},
    {"jpg", {"image/jpeg"}},
    {"jpeg", {"image/jpeg"}},
    {"png", {"image/png"}},
    {"tif", {"image/tiff"}},
    {"tiff", {"image/tiff"}},
    {"mp3", {"audio/mpeg"}},
    {"wav", {"audio/x-wav", "audio/wav"}},
    {"ogg", {"audio/ogg", "video/ogg", "application/ogg"}},
    {"mp4", {"video/mp4", "audio/mp4"}},
};

std::string EndingOf(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? std::string() : base::ToLower(name.substr(dot + 1));
}

/// " csv doc docx ..."
std::string AllEndings() {
  std::string all;
  for (const auto& [ending, contents] : kContents) all.append(" ").append(ending);
  return all;
}

bool IsOfficeContainer(std::string_view first_bytes) {
  // The header of the first entry: APPNOTE 4.3.7.
  constexpr std::string_view kHeader = "PK\x03\x04";
  constexpr std::size_t kNameSizeAt = 26, kNameAt = 30;
  if (first_bytes.size() < kNameAt || !first_bytes.starts_with(kHeader)) return false;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(first_bytes[at]); };
  const std::size_t size = byte(kNameSizeAt) + 256U * byte(kNameSizeAt + 1);
  const std::string_view name = first_bytes.substr(kNameAt, size);
  constexpr std::string_view kParts[] = {
      "[Content_Types].xml", "_rels/",   "docProps/", "word/",       "xl/",        "ppt/",
      "customXml/",          "mimetype", "META-INF/", "content.xml", "styles.xml", "meta.xml",
      "settings.xml"};
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return name.starts_with(part); });
}

}  // namespace

std::string CheckFileName(const std::string& name, const std::string& field) {
  std::string checked = base::CheckText(name, field, kNameCharactersMax, true);
  if (checked.find_first_of("/\\:") != std::string::npos || checked.front() == '.') {
    throw base::InvalidField(field, "must be a name without folders");
  }
  if (!kContents.contains(EndingOf(checked))) {
    throw base::Invalid("FILE_TYPE_REFUSED", field, "must end in one of" + AllEndings());
  }
  return checked;
}

bool IsZipFormat(const std::string& name) {
  const auto& accepted = kContents.at(EndingOf(name));
  return std::find(accepted.begin(), accepted.end(), kZip) != accepted.end();
}

bool IsContentOf(const std::string& name, const std::string& media_type,
                 std::string_view first_bytes) {
  const std::string ending = EndingOf(name);
  const auto& accepted = kContents.at(ending);
  if (std::find(accepted.begin(), accepted.end(), media_type) == accepted.end()) return false;
  return media_type != kZip || ending == "zip" || IsOfficeContainer(first_bytes);
}

}  // namespace lienthong::files
