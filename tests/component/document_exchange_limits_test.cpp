// Why packets are refused, in the words of the exchange; archives that grow; one packet that comes
// over many connections at once. On a real PostgreSQL.
#include <future>
#include <latch>
#include <memory>
#include <vector>

#include "platform/base/hash.hpp"
#include "support/document_exchange.hpp"

namespace lienthong::document {
namespace {

/// Why a packet is refused, and its code of the exchange: "PACKET_INVALID 22"; "" for one that is
/// taken.
std::string RefusalOf(DocumentOwner& owner, const std::string& text,
                      const std::string& official = kGateway) {
  const auto request = ImportRequest(owner, text, official);
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  v1::ImportedPacket answer;
  const grpc::Status status =
      owner.StubOf<Exchanges>("unit-" + official.substr(0, official.find('/')))
          .ImportPacket(&context, request, &answer);
  if (status.ok()) return "";
  const auto info = support::DetailOf<google::rpc::ErrorInfo>(status);
  const auto code = info.metadata().find("exchange_code");
  return info.reason() + " " + (code == info.metadata().end() ? "" : code->second);
}
std::string RefusalOf(DocumentOwner& owner, const edxml::Packet& packet,
                      const std::string& official = kGateway) {
  return RefusalOf(owner, Written(packet), official);
}

void CheckNothingTaken(DocumentOwner& owner) {
  CHECK(owner.Count("document") == "0");
  CHECK(owner.Count("delivery") == "0");
  CHECK(owner.Count("file_use") == "0");
  CHECK(owner.Count("imported_packet") == "0");
}

/// Everything in the folder of uploads.
std::size_t UploadsOnDisk(DocumentOwner& owner) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& one :
       std::filesystem::directory_iterator(owner.Folder() / "uploads")) {
    ++count;
  }
  return count;
}

/// A gateway that brings a packet over a connection of its own.
struct Bringer {
  Bringer(DocumentOwner& owner, const std::string& unit, const std::string& text)
      : official(unit + "/gateway"),
        request(ImportRequest(owner, text, official)),
        stub(v1::ExchangeService::NewStub(owner.Channel("unit-" + unit))) {}

  /// Repeated while the packet is imported by another, as the answer says.
  void Bring() {
    for (int i = 0; i < 100; ++i) {
      outcome = support::CallAs(*stub, &Exchanges::ImportPacket, request, &answer, official);
      if (outcome != Outcome{grpc::ABORTED, "CONCURRENT_CHANGE"}) return;
    }
  }

  std::string official;
  v1::ImportPacketRequest request;
  std::unique_ptr<Exchanges> stub;
  Outcome outcome;
  v1::ImportedPacket answer;
};

void BringAtOnce(std::vector<Bringer>& bringers) {
  std::latch all(static_cast<std::ptrdiff_t>(bringers.size()));
  std::vector<std::future<void>> running;
  for (Bringer& bringer : bringers) {
    running.push_back(std::async(std::launch::async, [&] {
      all.arrive_and_wait();
      bringer.Bring();
    }));
  }
  for (auto& one : running) one.get();
}

}  // namespace

TEST_CASE("exchange: 10 for a file that is not accepted or not what its name says") {
  DocumentOwner owner;
  edxml::Packet script = PacketTo({kWard});
  script.attachments[0].name = "x.exe";
  CHECK(RefusalOf(owner, script) == "FILE_TYPE_REFUSED 10");
  CHECK(RefusalOf(owner, Written(PacketTo({kWard}), "no PDF")) == "FILE_TYPE_MISMATCH 10");
  CHECK(RefusalOf(owner, Written(PacketTo({kWard}), Zipped({"no PDF"}))) ==
        "FILE_TYPE_MISMATCH 10");
  CheckNothingTaken(owner);
}

TEST_CASE("exchange: 18 for a receiver that is no unit or has no system") {
  DocumentOwner owner;
  for (const char* unit : {"H30.1", "H09.999", "H09"}) {
    CAPTURE(unit);
    CHECK(RefusalOf(owner, PacketTo({unit})) == "PACKET_UNKNOWN_RECEIVER 18");
  }
  // Not even to those that are known.
  CHECK(RefusalOf(owner, PacketTo({kWard, "H09.999"})) == "PACKET_UNKNOWN_RECEIVER 18");
  CheckNothingTaken(owner);
}

TEST_CASE("exchange: 19 for a sender that is no unit or has a system of its own") {
  DocumentOwner owner;
  edxml::Packet packet = PacketTo({kWard});
  packet.from.organ_id = "H09.999";
  CHECK(RefusalOf(owner, packet) == "PACKET_SENDER_REFUSED 19");
  packet.from.organ_id = kOtherDepartment;
  CHECK(RefusalOf(owner, packet) == "PACKET_SENDER_REFUSED 19");
  CheckNothingTaken(owner);
  CHECK(RefusalOf(owner, packet, "H09.13/gateway").empty());
}

TEST_CASE("exchange: 23 for a receiver that was closed") {
  DocumentOwner owner;
  owner.CloseUnit(kOtherWard, {kWard});
  CHECK(RefusalOf(owner, PacketTo({kOtherWard})) == "PACKET_UNKNOWN_RECEIVER 23");
  CHECK(RefusalOf(owner, PacketTo({kWard, kOtherWard})) == "PACKET_UNKNOWN_RECEIVER 23");
  CheckNothingTaken(owner);
}

TEST_CASE("exchange: an archive that grows beyond what a file may have is refused in time") {
  DocumentOwner owner;
  constexpr auto kMax = static_cast<std::size_t>(files::kFileBytesMax);
  const std::string larger = Zipped({Pdf(kMax + 1)});
  REQUIRE(larger.size() < kMax / 100);  // what comes in is small
  CHECK(RefusalOf(owner, Written(PacketTo({kWard}), larger)) == "FILE_TOO_LARGE 10");
  CheckNothingTaken(owner);
  // What was unpacked of it goes with the uploads of the day.
  owner.clock_.Advance(std::chrono::hours(24));
  owner.snapshots_.Verified(owner.clock_.MachineNow());
  while (owner.AllFiles().Clean() > 0) {
  }
  CHECK(owner.Count("upload") == "0");
  CHECK(owner.Count("file") == "0");
  CHECK(UploadsOnDisk(owner) == 0);
  CHECK(owner.AllFiles().Compare().unknown.empty());

  CHECK(RefusalOf(owner, Written(PacketTo({kWard}), Zipped({Pdf(kMax)}))).empty());
  CHECK(owner.Value("SELECT max(size_bytes) FROM file f JOIN file_use u USING (sha256)") ==
        std::to_string(kMax));
}

TEST_CASE("exchange: one packet over many connections at once becomes one document") {
  DocumentOwner owner;
  for (int round = 1; round <= 4; ++round) {
    edxml::Packet packet = PacketTo({kWard, kOtherWard});
    packet.document_id += "/" + std::to_string(round);
    const std::string text = Written(packet);
    packet.subject = "Cùng mã định danh, nội dung khác";
    const std::string other = Written(packet);
    std::vector<Bringer> bringers;
    for (int i = 0; i < 4; ++i) {
      for (const char* unit : {kDepartment, kOtherDepartment}) {
        bringers.emplace_back(owner, unit, i < 3 ? text : other);
      }
    }
    BringAtOnce(bringers);

    const std::string document = owner.Value("SELECT id FROM document ORDER BY id DESC LIMIT 1");
    const std::string taken =
        owner.Value("SELECT packet_sha256 FROM document ORDER BY id DESC LIMIT 1");
    const bool other_won = taken == base::ToHex(base::Sha256Of(other));
    CAPTURE(round, other_won);
    int first = 0;
    for (std::size_t i = 0; i < bringers.size(); ++i) {
      const Bringer& bringer = bringers[i];
      CAPTURE(i);
      if ((i >= 6) != other_won) {
        CHECK(bringer.outcome == Outcome{grpc::INVALID_ARGUMENT, "PACKET_DIFFERS"});
        continue;
      }
      CHECK(bringer.outcome == kDone);
      CHECK(bringer.answer.kind() == v1::PACKET_KIND_DOCUMENT);
      CHECK(bringer.answer.document_id() == document);
      if (!bringer.answer.repeated_packet()) ++first;
    }
    CHECK(first == 1);
    CHECK(owner.Count("document") == std::to_string(round));
    CHECK(owner.Count("delivery") == std::to_string(2 * round));
    CHECK(owner.Count("imported_packet") == std::to_string(round));
    // The packet as it was received and its attachment.
    CHECK(owner.Count("file_use") == std::to_string(2 * round));
  }
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
