#include <algorithm>
#include <chrono>

#include "document/packet_content.hpp"
#include "document/service_exchange_incoming.hpp"
#include "document/unzip.hpp"
#include "platform/files/types.hpp"

namespace lienthong::document {
namespace {

constexpr std::string_view kZipMagic = "PK\x03\x04";

/// The call still has time, and somebody waits for it.
void RequireWanted(const Call& call) {
  if (call.cancelled && *call.cancelled) throw base::Cancelled();
  if (std::chrono::steady_clock::now() < call.deadline) return;
  throw base::Error(base::ErrorKind::kDeadline, "DEADLINE_EXCEEDED", "the call took too long");
}

}  // namespace

edxml::Packet ExchangeService::Parse(const Call& call, const std::string& sha256,
                                     const edxml::OnBytes& on_bytes) {
  edxml::Reader reader(on_bytes);
  for (std::int64_t offset = 0;;) {
    RequireWanted(call);
    const std::string piece = files_.ReadPiece(sha256, offset);
    if (piece.empty()) return reader.Finish();
    offset += static_cast<std::int64_t>(piece.size());
    reader.Feed(piece);
  }
}

std::vector<NewAttachment> ExchangeService::TakeIn(const Call& call, const Incoming& incoming,
                                                   files::Files::Intakes& made) {
  const std::vector<edxml::PacketAttachment>& attachments = incoming.packet.attachments;
  std::vector<std::string> names;
  std::vector<bool> zipped;
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    if (incoming.first_bytes.at(i).empty())
      throw edxml::Refusal(edxml::kBadBytes, "no attachment bytes");
    const std::string name = files::CheckFileName(attachments[i].name, "upload_id");
    // Some senders zip an attachment and keep its name.
    zipped.push_back(incoming.first_bytes.at(i) == kZipMagic && !files::IsZipFormat(name));
    names.push_back(zipped.back() ? std::to_string(i + 1) + ".zip" : name);
  }
  std::map<std::size_t, std::unique_ptr<files::Files::Intake>> intakes;
  Parse(call, incoming.upload.file.value().sha256, [&](std::size_t at, std::string_view bytes) {
    auto& intake = intakes[at];
    if (!intake) intake = std::make_unique<files::Files::Intake>(files_, call, names.at(at), made);
    intake->Append(bytes);
  });
  std::vector<NewAttachment> taken;
  for (std::size_t i = 0; i < attachments.size(); ++i) {
    std::string upload_id = intakes.at(i)->Finish();
    if (zipped[i]) upload_id = Unzip(call, upload_id, attachments[i].name, made);
    taken.push_back(
        {std::move(upload_id), "",
         TextOf(attachments[i].description, "Description", kSubjectCharactersMax, false)});
  }
  return taken;
}

std::string ExchangeService::Unzip(const Call& call, const std::string& upload_id,
                                   const std::string& name, files::Files::Intakes& intakes) {
  const files::File archive = files_.WholeUpload(call, upload_id).file.value();
  files::Files::Intake intake(files_, call, name, intakes);
  UnzipOne(
      archive.size_bytes,
      [&](std::int64_t offset) { return files_.ReadPiece(archive.sha256, offset); },
      [&](std::string_view bytes) { intake.Append(bytes); });
  return intake.Finish();
}

}  // namespace lienthong::document
