#include "hotline/ticket_files.hpp"

#include <algorithm>

#include "hotline/photo.hpp"
#include "platform/base/error.hpp"

namespace lienthong::hotline {

const Attachment* FindPicture(const Ticket& ticket, const std::string& sha256) {
  for (const auto* const files :
       {&ticket.attachments, &ticket.joined_attachments, &ticket.answer_attachments}) {
    const auto found = std::find_if(files->begin(), files->end(), [&](const Attachment& one) {
      return one.sha256 == sha256 && IsPhoto(one.media_type);
    });
    if (found != files->end()) return &*found;
  }
  return nullptr;
}

std::vector<std::string> ToPhotos(const Ticket& ticket, const std::vector<std::string>& chosen) {
  std::vector<std::string> photos;
  for (const std::string& sha256 : chosen) {
    if (FindPicture(ticket, sha256) == nullptr ||
        std::find(photos.begin(), photos.end(), sha256) != photos.end()) {
      throw base::InvalidField(
          "public_photos",
          "each is the SHA-256 of a picture of the report or its answer, and named once");
    }
    photos.push_back(sha256);
  }
  return photos;
}

void AddFiles(Ticket& into, const Ticket& joined) {
  const auto has = [](const std::vector<Attachment>& files, const std::string& sha256) {
    return std::any_of(files.begin(), files.end(),
                       [&](const Attachment& one) { return one.sha256 == sha256; });
  };
  for (const Attachment& file : joined.attachments) {
    if (into.joined_attachments.size() >= kJoinedAttachmentsMax) return;
    if (has(into.attachments, file.sha256) || has(into.joined_attachments, file.sha256)) continue;
    into.joined_attachments.push_back(file);
  }
}

}  // namespace lienthong::hotline
