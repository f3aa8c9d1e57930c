// Intakes that are repeated: who is told a citizen's code, and what they leave behind; on a real
// PostgreSQL.
#include <algorithm>
#include <map>
#include <memory>
#include <thread>

#include "lienthong/hotline/v1/api_keys.grpc.pb.h"
#include "platform/base/id.hpp"
#include "support/hotline_files.hpp"
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

using Citizens = Portal::Stub;
using Keys = v1::ApiKeyService::Stub;

const Outcome kReused{grpc::INVALID_ARGUMENT, "REQUEST_ID_REUSED"};

/// A file of the portal: the same upload for the same content, as a form that is sent again has it.
Outcome TryPortalUpload(HotlineOwner& owner, const std::string& content, std::string* id) {
  v1f::CreateUploadRequest create;
  create.set_request_id(base::UuidOf(content));
  create.set_name("anh.pdf");
  return TryUpload(owner, "service-portal", "", create, content, id);
}

/// The report with two files, sent.
v1::SubmitReportResponse SubmittedWithFiles(HotlineOwner& owner, Portal& portal,
                                            v1::SubmitReportRequest report) {
  for (const char* number : {"1", "2"}) {
    std::string id;
    REQUIRE(TryPortalUpload(owner, Pdf(report.request_id() + number), &id) == kDone);
    report.add_attachment_upload_ids(id);
  }
  return portal.Submitted(report);
}

TEST_CASE("hotline repeats: the same request of somebody else has another ticket, or none") {
  HotlineOwner owner;
  const auto request = Appeal(owner);
  const auto opened = Opened(owner, request);
  CHECK(Opened(owner, request).code() == opened.code());
  CHECK(owner.Try(&Tickets::OpenTicket, request, kApproverOfCentre) == kReused);
  const auto elsewhere = owner.Do(&Tickets::OpenTicket, request, "H09.18/operator");
  CHECK(elsewhere.ticket().id() != opened.ticket().id());
  CHECK(elsewhere.code() != opened.code());
  // Who took it for the centre is to tell the code, though the centre keeps it.
  const auto repeated = owner.Do(&Tickets::OpenTicket, request, "H09.18/operator");
  CHECK(repeated.ticket().id() == elsewhere.ticket().id());
  CHECK(repeated.code() == elsewhere.code());
  CHECK(owner.Count("ticket") == "2");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline repeats: who has lost the right to a ticket is not told its code again") {
  HotlineOwner owner;
  const auto request = Appeal(owner);
  const auto opened = Opened(owner, request);
  // It turns out to be a complaint about the unit that took it.
  owner.Step(&Tickets::ClassifyTicket, kOperatorOfCentre, [&](auto& r) {
    r.set_ticket_id(opened.ticket().id());
    r.set_category_id("CBCC.CHAMTRE");
    r.set_concerned_unit_id(kCentreUnit);
  });
  const auto repeated = Opened(owner, request);
  CHECK(repeated.code().empty());
  CHECK_FALSE(repeated.has_report());
  v1::Ticket bare;
  bare.set_id(opened.ticket().id());
  bare.set_version(opened.ticket().version());
  CHECK(repeated.ticket().SerializeAsString() == bare.SerializeAsString());
  // Nor when it was one from the beginning.
  const auto complaint = Complaint(owner, kCentreUnit);
  CHECK(Opened(owner, complaint).code().size() == 14);
  CHECK(Opened(owner, complaint).code().empty());

  // An official who takes no reports any more.
  const auto other = Appeal(owner);
  CHECK(Opened(owner, other).code().size() == 14);
  owner.Appoint(kCentreUnit, "operator", "guest");
  CHECK(owner.Try(&Tickets::OpenTicket, other, kOperatorOfCentre) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline repeats: a complaint about another unit keeps its code for who took it") {
  HotlineOwner owner;
  const auto request = Complaint(owner, kWard);
  const auto opened = Opened(owner, request);
  CHECK(Opened(owner, request).code() == opened.code());
  CHECK(opened.code().size() == 14);
}

TEST_CASE("hotline repeats: a partner whose key was revoked is not told a code again") {
  HotlineOwner owner;
  Portal portal(owner);
  owner.AddPosition("chief", {"hotline.read", "hotline.setup"});
  owner.Appoint(kCentreUnit, "chief", "chief");
  const auto new_key = [&] {
    return owner.Step(&Keys::CreateApiKey, "H09.03/chief", [](auto& r) { r.set_name("Đối tác"); })
        .api_key()
        .id();
  };
  auto request = portal.Report();
  request.set_channel(v1::CHANNEL_OPEN311);
  request.set_api_key_id(new_key());
  const auto submitted = portal.Submitted(request);
  CHECK(portal.Submitted(request).code() == submitted.code());
  // With the key of another partner it is another request.
  auto other = request;
  other.set_api_key_id(new_key());
  CHECK(portal.Try(&Citizens::SubmitReport, other) == kReused);
  owner.Step(&Keys::RevokeApiKey, "H09.03/chief", [&](auto& r) {
    r.set_api_key_id(request.api_key_id());
    r.set_reason("Hết hợp đồng");
  });
  CHECK(portal.Try(&Citizens::SubmitReport, request) == kFieldInvalid);
  CHECK(owner.Count("ticket") == "1");
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline repeats: files sent again with a report are given up, and it keeps its own") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string elsewhere = Uploaded(owner, "khac.pdf", Pdf("khác"), kOperatorOfCentre);
  std::map<std::string, std::string> forms;  // request id -> ticket
  for (int form = 0; form < kPortalUploadsMax; ++form) {
    const auto report = portal.Report();
    const auto first = SubmittedWithFiles(owner, portal, report);
    const auto again = SubmittedWithFiles(owner, portal, report);
    CHECK_FALSE(first.repeated());
    CHECK(again.repeated());
    CHECK(again.ticket_id() == first.ticket_id());
    CHECK(again.code() == first.code());
    forms[report.request_id()] = first.ticket_id();
  }
  CHECK(owner.Count("upload") == "1");
  CHECK(owner.Value("SELECT id FROM upload") == elsewhere);  // of somebody else
  owner.AllFiles().Clean();
  for (const auto& [request_id, ticket_id] : forms) {
    const v1::Ticket ticket = TicketOf(owner, ticket_id);
    REQUIRE(ticket.attachments_size() == 2);
    for (int i = 0; i < 2; ++i) {
      std::string content;
      CHECK(Download(owner, "ticket", ticket_id, ticket.attachments(i).sha256(), kOperatorOfCentre,
                     &content) == kDone);
      CHECK(content == Pdf(request_id + std::to_string(i + 1)));
    }
  }
  // The quota is there, and all of it is left.
  std::string id;
  for (int i = 0; i < kPortalUploadsMax; ++i) {
    CHECK(TryPortalUpload(owner, Pdf(std::to_string(i)), &id) == kDone);
  }
  CHECK(TryPortalUpload(owner, Pdf("thêm"), &id) ==
        Outcome{grpc::RESOURCE_EXHAUSTED, "UPLOAD_QUOTA"});
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline repeats: a file that was given up is sent again and taken by the report") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string content = Pdf("ảnh");
  v1f::CancelUploadRequest cancel;
  REQUIRE(TryPortalUpload(owner, content, cancel.mutable_upload_id()) == kDone);
  auto& stub = owner.StubOf<FileStub>("service-portal");
  v1f::Upload upload;
  REQUIRE(support::CallAs(stub, &FileStub::CancelUpload, cancel, &upload, "") == kDone);
  auto report = portal.Report();
  report.add_attachment_upload_ids(cancel.upload_id());
  CHECK(portal.Try(&Citizens::SubmitReport, report) == kNotFound);
  std::string id;
  REQUIRE(TryPortalUpload(owner, content, &id) == kDone);
  CHECK(id == cancel.upload_id());
  owner.AllFiles().Clean();
  CHECK(TicketOf(owner, portal.Submitted(report).ticket_id()).attachments_size() == 1);
  CHECK(owner.Count("upload") == "0");
}

TEST_CASE("hotline repeats: of equal reports at once one is the first and all others are repeats") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto request = portal.Report();
  std::vector<v1::SubmitReportResponse> answers(8);
  std::vector<Outcome> outcomes(answers.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back(
        [&, i] { outcomes[i] = portal.Call(&Citizens::SubmitReport, request, &answers[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(std::all_of(outcomes.begin(), outcomes.end(),
                    [](const Outcome& outcome) { return outcome == kDone; }));
  CHECK(std::count_if(answers.begin(), answers.end(),
                      [](const auto& answer) { return !answer.repeated(); }) == 1);
  CHECK(portal.Submitted(request).repeated());
  CHECK_FALSE(portal.Submitted(portal.Report()).repeated());
}

}  // namespace
}  // namespace lienthong::hotline
