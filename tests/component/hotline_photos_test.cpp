// Photos that everybody may see: chosen by who approves, through the portal, on a real PostgreSQL.
#include "support/hotline_files.hpp"
#include "support/hotline_steps.hpp"
#include "support/pictures.hpp"

namespace lienthong::hotline {
namespace {

using Citizens = Portal::Stub;
using support::Painted, support::Saved, support::Tagged;

const std::string kCanary = "CANARY 10.98N 106.65E";
const Outcome kNotToPublish{grpc::FAILED_PRECONDITION, "NOT_TO_PUBLISH"};

v1::GetPublicPhotoRequest PhotoRequest(const std::string& ticket_id, int number) {
  v1::GetPublicPhotoRequest request;
  request.set_ticket_id(ticket_id);
  request.set_number(number);
  return request;
}

std::string PhotoOf(Portal& portal, const std::string& ticket_id, int number) {
  return portal.Do(&Citizens::GetPublicPhoto, PhotoRequest(ticket_id, number)).jpeg();
}

/// What comes of asking for a photo.
Outcome Look(Portal& portal, const std::string& ticket_id, int number) {
  return portal.Try(&Citizens::GetPublicPhoto, PhotoRequest(ticket_id, number));
}

std::string PhotoFromPhone(int width, int height) {
  return Tagged(Saved(Painted(width, height), "jpeg"), 6, kCanary);
}

/// A report with these files, "<name>" -> content, and its ticket.
struct Reported {
  Reported(HotlineOwner& owner, v1::OpenTicketRequest request,
           const std::vector<std::pair<std::string, std::string>>& files) {
    for (const auto& [name, content] : files) {
      request.add_attachment_upload_ids(Uploaded(owner, name, content, kOperatorOfCentre));
    }
    const auto opened = Opened(owner, request).ticket();
    id = opened.id();
    for (const auto& attachment : opened.attachments()) sha256.push_back(attachment.sha256());
  }

  std::string id;
  std::vector<std::string> sha256;  ///< of the files, in their order
};

void Approve(HotlineOwner& owner, const std::string& id) {
  Routed(owner, id, {kTransport});
  AnsweredBy(owner, id, kTransport);
  Approved(owner, id);
}

Outcome Publish(HotlineOwner& owner, const std::string& id,
                const std::vector<std::string>& photos) {
  return owner.TryStep(&Tickets::PublishTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_public_text("Ổ gà trên đường Hùng Vương");
    request.set_public_answer("Đã sửa xong.");
    for (const std::string& sha256 : photos) request.add_public_photos(sha256);
  });
}

std::string Journalled(HotlineOwner& owner, const std::string& id) {
  return owner.Value(
      "SELECT string_agg(coalesce(states[1]::json->>'publicPhotos', '-'), ' ' ORDER BY id)"
      " FROM journal WHERE record_type = 'ticket' AND record_id = '" +
      id + "'");
}

}  // namespace

TEST_CASE("hotline: everybody sees the photos that were chosen, without what the camera wrote") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string photo = PhotoFromPhone(64, 32);
  REQUIRE(photo.find(kCanary) != std::string::npos);
  const Reported reported(owner, Appeal(owner),
                          {{"a.jpg", photo},
                           {"b.png", Saved(Painted(3200, 40), "png")},
                           {"c.jpg", PhotoFromPhone(40, 40)},
                           {"d.pdf", Pdf("x")}});
  REQUIRE(reported.sha256.size() == 4);
  const auto& [a, b, c, d] =
      std::tie(reported.sha256[0], reported.sha256[1], reported.sha256[2], reported.sha256[3]);
  Approve(owner, reported.id);
  CHECK(portal.Public(reported.id).photos() == 0);
  CHECK(Look(portal, reported.id, 1) == kNotFound);

  // No files of the ticket, no pictures, one twice.
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{d}, {std::string(64, '0')}, {""}, {a, a}, {a, d}}) {
    CHECK(Publish(owner, reported.id, wrong) == kFieldInvalid);
  }
  CHECK(TicketOf(owner, reported.id).state() == v1::TICKET_STATE_APPROVED);
  REQUIRE(Publish(owner, reported.id, {b, a}) == kDone);

  CHECK(portal.Public(reported.id).photos() == 2);
  v1::ListPublicTicketsRequest list;
  CHECK(portal.Do(&Citizens::ListPublicTickets, list).tickets(0).photos() == 2);
  const auto wide = support::Decoded(PhotoOf(portal, reported.id, 1));
  CHECK(gdk_pixbuf_get_width(wide.get()) == 1600);
  const std::string shown = PhotoOf(portal, reported.id, 2);
  CHECK(shown.find("CANARY") == std::string::npos);
  CHECK(support::SegmentsOf(shown) == "e0 db c0 c4 da");
  const auto turned = support::Decoded(shown);
  CHECK(gdk_pixbuf_get_width(turned.get()) == 32);
  CHECK(gdk_pixbuf_get_height(turned.get()) == 64);
  CHECK(PhotoOf(portal, reported.id, 2) == shown);
  for (const int number : {0, -1, 3, 4, 2147483647}) {
    CHECK(Look(portal, reported.id, number) == kNotFound);
  }
  CHECK(Look(portal, owner.NewId(), 1) == kNotFound);
  CHECK(Look(portal, "x", 1) == kNotFound);

  // It is in the record: who keeps and who handles it see which, and so does its journal.
  for (const std::string& official : {kOperatorOfCentre, kTransportHandler}) {
    const auto ticket = TicketOf(owner, reported.id, official);
    REQUIRE(ticket.public_photos_size() == 2);
    CHECK(ticket.public_photos(0) == b);
    CHECK(ticket.public_photos(1) == a);
  }
  CHECK(Journalled(owner, reported.id).ends_with("[\"" + b + "\",\"" + a + "\"]"));
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: everybody sees what was done on a photo of the answer") {
  HotlineOwner owner;
  Portal portal(owner);
  const Reported reported(owner, Appeal(owner), {{"truoc.jpg", PhotoFromPhone(64, 32)}});
  Routed(owner, reported.id, {kTransport});
  const std::string upload = Uploaded(owner, "sau.jpg", PhotoFromPhone(32, 64), kTransportHandler);
  owner.Step(&Assignments::AnswerAssignment, kTransportHandler, [&](auto& request) {
    request.set_assignment_id(AssignmentOf(owner, reported.id, kTransport).id());
    request.set_answer("Đã vá.");
    request.add_attachment_upload_ids(upload);
  });
  const v1::Ticket answered = Approved(owner, reported.id);
  REQUIRE(answered.answer_attachments_size() == 1);
  REQUIRE(Publish(owner, reported.id,
                  {reported.sha256[0], answered.answer_attachments(0).sha256()}) == kDone);
  CHECK(portal.Public(reported.id).photos() == 2);
  const std::string shown = PhotoOf(portal, reported.id, 2);
  CHECK(shown != PhotoOf(portal, reported.id, 1));
  CHECK(shown.find(kCanary) == std::string::npos);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: photos go out of sight with what was published") {
  HotlineOwner owner;
  Portal portal(owner);
  const Reported reported(owner, Appeal(owner), {{"a.jpg", PhotoFromPhone(64, 32)}});
  Approve(owner, reported.id);
  REQUIRE(Publish(owner, reported.id, reported.sha256) == kDone);
  CHECK(Look(portal, reported.id, 1) == kDone);
  owner.Step(&Tickets::WithdrawPublication, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(reported.id);
    request.set_reason("Có người trong ảnh");
  });
  CHECK(Look(portal, reported.id, 1) == kNotFound);
  CHECK(TicketOf(owner, reported.id).public_photos().empty());
  CHECK(Journalled(owner, reported.id).ends_with(" -"));
  // Published again without: none come back.
  REQUIRE(Publish(owner, reported.id, {}) == kDone);
  CHECK(portal.Public(reported.id).photos() == 0);
  CHECK(Look(portal, reported.id, 1) == kNotFound);

  const Reported again(owner, Appeal(owner), {{"a.jpg", PhotoFromPhone(64, 32)}});
  Approve(owner, again.id);
  REQUIRE(Publish(owner, again.id, again.sha256) == kDone);
  owner.Step(&Tickets::ReopenTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(again.id);
    request.set_reason("Vẫn hỏng");
  });
  CHECK(Look(portal, again.id, 1) == kNotFound);
  CHECK(portal.Public(again.id).photos() == 0);

  // Whatever is not for everybody any more, by the one rule that texts follow.
  const Reported third(owner, Appeal(owner), {{"a.jpg", PhotoFromPhone(64, 32)}});
  Approve(owner, third.id);
  REQUIRE(Publish(owner, third.id, third.sha256) == kDone);
  for (const char* change : {"restricted = true", "anonymous = true", "confidential = true",
                             "kept_private = true", "state = 11", "published_at = NULL"}) {
    CAPTURE(change);
    const std::string row = " FROM ticket WHERE id = '" + third.id + "'";
    owner.Value(
        "CREATE TABLE kept AS SELECT restricted, anonymous, confidential, kept_private,"
        " state, published_at" +
        row);
    CHECK(Look(portal, third.id, 1) == kDone);
    owner.Value("UPDATE ticket SET " + std::string(change) + " WHERE id = '" + third.id + "'");
    CHECK(Look(portal, third.id, 1) == kNotFound);
    owner.Value(
        "UPDATE ticket t SET restricted = k.restricted, anonymous = k.anonymous, confidential ="
        " k.confidential, kept_private = k.kept_private, state = k.state, published_at ="
        " k.published_at FROM kept k WHERE t.id = '" +
        third.id + "'");
    owner.Value("DROP TABLE kept");
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "hotline: no photo of a ticket that is not published, and none for others than the portal") {
  HotlineOwner owner;
  Portal portal(owner);
  const auto with_photo = [&](const v1::OpenTicketRequest& request) {
    return Reported(owner, request, {{"a.jpg", PhotoFromPhone(64, 32)}});
  };
  auto anonymous = Appeal(owner), confidential = Appeal(owner);
  anonymous.mutable_caller()->set_anonymous(true);
  confidential.set_confidential(true);
  for (const auto& request : {anonymous, confidential}) {
    const Reported reported = with_photo(request);
    Approve(owner, reported.id);
    CHECK(Publish(owner, reported.id, reported.sha256) == kNotToPublish);
    CHECK(Look(portal, reported.id, 1) == kNotFound);
  }
  CHECK(Look(portal, with_photo(Complaint(owner, kWard)).id, 1) == kNotFound);
  const Reported kept = with_photo(Appeal(owner));
  CHECK(Publish(owner, kept.id, kept.sha256) == Outcome{grpc::FAILED_PRECONDITION, "TICKET_STATE"});
  Approve(owner, kept.id);
  owner.Step(&Tickets::KeepPrivate, kApproverOfCentre, [&](auto& r) { r.set_ticket_id(kept.id); });
  CHECK(Look(portal, kept.id, 1) == kNotFound);

  // Files of another ticket are not its own.
  const Reported other = with_photo(Appeal(owner));
  const Reported elsewhere(owner, Appeal(owner), {{"b.jpg", PhotoFromPhone(48, 32)}});
  Approve(owner, other.id);
  CHECK(Publish(owner, other.id, elsewhere.sha256) == kFieldInvalid);
  REQUIRE(Publish(owner, other.id, other.sha256) == kDone);

  for (const char* system : {"ops", "unit-H09.03", "service-registry"}) {
    const auto stub = v1::CitizenService::NewStub(owner.Channel(system));
    v1::PublicPhoto answer;
    CAPTURE(system);
    CHECK(support::CallAs(*stub, &Citizens::GetPublicPhoto, PhotoRequest(other.id, 1), &answer,
                          "H09.03/named") ==
          Outcome{grpc::PERMISSION_DENIED, "SYSTEM_NOT_ALLOWED"});
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: a photo that cannot be read is none, and keeps no other back") {
  HotlineOwner owner;
  Portal portal(owner);
  // Its beginning is one of a picture; the rest is not.
  const std::string broken = PhotoFromPhone(64, 32).substr(0, 300);
  std::string bomb = Saved(Painted(64, 32), "jpeg");
  bomb.replace(bomb.find("\xff\xc0") + 5, 4, "\xff\xff\xff\xff");
  const Reported reported(owner, Appeal(owner),
                          {{"a.jpg", broken}, {"b.jpg", bomb}, {"c.jpg", PhotoFromPhone(64, 32)}});
  Approve(owner, reported.id);
  REQUIRE(Publish(owner, reported.id, reported.sha256) == kDone);
  CHECK(portal.Public(reported.id).photos() == 3);
  for (int i = 0; i < 2; ++i) {
    CHECK(Look(portal, reported.id, 1) == kNotFound);
    CHECK(Look(portal, reported.id, 2) == kNotFound);
    CHECK(Look(portal, reported.id, 3) == kDone);
  }
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: photos of a joined report reach the units and everybody, and leave with it") {
  HotlineOwner owner;
  Portal portal(owner);
  const Reported into(owner, Appeal(owner), {{"a.jpg", PhotoFromPhone(64, 32)}});
  const Reported joined(
      owner, Appeal(owner),
      {{"b.jpg", PhotoFromPhone(40, 40)}, {"a.jpg", PhotoFromPhone(64, 32)}, {"c.pdf", Pdf("x")}});
  const std::string photo = joined.sha256[0], file = joined.sha256[2];
  Routed(owner, into.id, {kTransport});
  const auto unit_reads = [&](const std::string& sha256) {
    return Download(owner, "ticket", into.id, sha256, kTransportHandler);
  };
  const auto files = [&] {
    std::vector<std::string> found;
    const v1::Ticket ticket = TicketOf(owner, into.id, kTransportHandler);
    for (const auto& attachment : ticket.attachments()) found.push_back(attachment.sha256());
    return found;
  };
  CHECK(unit_reads(photo) == kNotFound);
  owner.Step(&Tickets::JoinTicket, kOperatorOfCentre, [&](auto& request) {
    request.set_ticket_id(joined.id);
    request.set_into_ticket_id(into.id);
  });
  // Each file once.
  CHECK(files() == std::vector<std::string>{into.sha256[0], photo, file});
  CHECK(unit_reads(photo) == kDone);
  CHECK(unit_reads(file) == kDone);
  CHECK(Download(owner, "ticket", into.id, photo, "H09.08/guest") == kNotFound);
  AnsweredBy(owner, into.id, kTransport);
  Approved(owner, into.id);
  CHECK(Publish(owner, into.id, {file}) == kFieldInvalid);
  REQUIRE(Publish(owner, into.id, {photo, into.sha256[0]}) == kDone);
  CHECK(portal.Public(into.id).photos() == 2);
  CHECK(Look(portal, into.id, 1) == kDone);

  owner.Step(&Tickets::SeparateTicket, kOperatorOfCentre,
             [&](auto& request) { request.set_ticket_id(joined.id); });
  CHECK(files() == std::vector<std::string>{into.sha256[0]});
  CHECK(unit_reads(photo) == kNotFound);
  CHECK(unit_reads(into.sha256[0]) == kDone);
  CHECK(portal.Public(into.id).photos() == 1);
  CHECK(Look(portal, into.id, 2) == kNotFound);
  CHECK(Download(owner, "ticket", joined.id, photo, kOperatorOfCentre) == kDone);
  owner.Step(&Tickets::WithdrawPublication, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(into.id);
    request.set_reason("Nhầm ảnh");
  });
  CHECK(Publish(owner, into.id, {photo}) == kFieldInvalid);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline: photos of who is not named, or wants none shown, reach the units alone") {
  HotlineOwner owner;
  Portal portal(owner);
  const Reported into(owner, Appeal(owner), {{"a.jpg", PhotoFromPhone(64, 32)}});
  const auto join = [&](v1::OpenTicketRequest request, int width) {
    request.set_join_ticket_id(into.id);
    return Reported(owner, request, {{"b.jpg", PhotoFromPhone(width, 40)}});
  };
  auto anonymous = Appeal(owner), confidential = Appeal(owner);
  anonymous.mutable_caller()->set_anonymous(true);
  confidential.set_confidential(true);
  const Reported first = join(anonymous, 40), second = join(confidential, 48),
                 third = join(Appeal(owner), 56);
  Approve(owner, into.id);
  for (const Reported* one : {&first, &second, &third}) {
    REQUIRE(one->sha256.size() == 1);
    CHECK(Download(owner, "ticket", into.id, one->sha256[0], kTransportHandler) == kDone);
  }
  CHECK(Publish(owner, into.id, {first.sha256[0]}) == kNotToPublish);
  CHECK(Publish(owner, into.id, {third.sha256[0], second.sha256[0]}) == kNotToPublish);
  CHECK(TicketOf(owner, into.id).state() == v1::TICKET_STATE_APPROVED);
  REQUIRE(Publish(owner, into.id, {third.sha256[0]}) == kDone);
  CHECK(Look(portal, into.id, 1) == kDone);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::hotline
