// What of telephone numbers and addresses everybody may read, on a real PostgreSQL.
#include "support/hotline_steps.hpp"

namespace lienthong::hotline {
namespace {

const Outcome kPersonal{grpc::INVALID_ARGUMENT, "PERSONAL_DATA_FOUND"};

v1::Centre CentreOf(HotlineOwner& owner) { return owner.Do(&Categories::GetCentre, {}, ""); }

Outcome SetContacts(HotlineOwner& owner, const std::vector<std::string>& contacts) {
  return owner.TryStep(&Categories::SetCentre, "", [&](v1::SetCentreRequest& request) {
    *request.mutable_centre() = CentreOf(owner);
    request.mutable_centre()->clear_public_contacts();
    for (const auto& contact : contacts) request.mutable_centre()->add_public_contacts(contact);
  });
}

Outcome Publish(HotlineOwner& owner, const std::string& id, const std::string& answer) {
  return owner.TryStep(&Tickets::PublishTicket, kApproverOfCentre, [&](auto& request) {
    request.set_ticket_id(id);
    request.set_public_text("Đèn đường không sáng");
    request.set_public_answer(answer);
  });
}

TEST_CASE("hotline contacts: an office's number and address are published, a person's are not") {
  HotlineOwner owner;
  Portal portal(owner);
  const std::string office =
      "Mời Ông/Bà liên hệ Ủy ban phường, (0274) 3822 825 hoặc ubnd.phucuong@binhduong.gov.vn,"
      " tổng đài 1900 54 54 64, hoặc gọi 1022.";
  const std::string id = ApprovedTicket(owner, Appeal(owner));
  CHECK(Publish(owner, id, office) == kPersonal);  // nobody has said that it is one
  REQUIRE(SetContacts(owner, {"0274 3822825", "UBND.PhuCuong@binhduong.gov.vn", "1900*"}) == kDone);
  for (const char* personal :
       {" Anh Ba, 0912 345 678.", " Hoặc 0274 3777 666.", " Hoặc chị@b.vn, ba@binhduong.gov.vn."}) {
    CAPTURE(personal);
    CHECK(Publish(owner, id, office + personal) == kPersonal);
  }
  CHECK(Publish(owner, id, office) == kDone);
  CHECK(portal.Public(id).answer() == office);
  CHECK(owner.Defects().empty());
}

TEST_CASE("hotline contacts: the centre's are kept as numbers are dialled, each once") {
  HotlineOwner owner;
  REQUIRE(SetContacts(owner, {"1900*", "(0274) 3822-825", "A@Example.vn"}) == kDone);
  const auto kept = CentreOf(owner).public_contacts();
  CHECK(std::vector<std::string>(kept.begin(), kept.end()) ==
        std::vector<std::string>{"1900*", "+842743822825", "a@example.vn"});
  CHECK(SetContacts(owner, {"0274 3822825", "+842743822825"}) == kFieldInvalid);
  CHECK(SetContacts(owner, {"12"}) == Outcome{grpc::INVALID_ARGUMENT, "PHONE_INVALID"});
  // No way to let all numbers of persons pass.
  for (const char* wrong : {"", "*", "0*", "0912*", "+849*", "1*", "@binhduong.gov.vn"}) {
    CAPTURE(wrong);
    CHECK(SetContacts(owner, {wrong}) == kFieldInvalid);
  }
  std::vector<std::string> many;
  for (int i = 0; i < 1001; ++i) many.push_back("a" + std::to_string(i) + "@example.vn");
  CHECK(SetContacts(owner, many) == kFieldInvalid);
  many.pop_back();
  CHECK(SetContacts(owner, many) == kDone);
  CHECK(CentreOf(owner).public_contacts_size() == 1000);
  CHECK(SetContacts(owner, {}) == kDone);
  CHECK(CentreOf(owner).public_contacts().empty());
  CHECK(owner.Defects().empty());
}

}  // namespace
}  // namespace lienthong::hotline
