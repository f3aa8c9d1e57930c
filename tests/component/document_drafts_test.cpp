// Drafts, sign-off and numbers through the generated stubs, on a real PostgreSQL.
#include <future>
#include <set>

#include "support/document_owner.hpp"

namespace lienthong::document {
namespace {

v1::SignDraftRequest SignRequest(DocumentOwner& owner, const v1::Draft& draft,
                                 v1::SigningAuthority authority, bool as_deputy = false) {
  auto request = owner.New<v1::SignDraftRequest>();
  request.set_draft_id(draft.id());
  request.set_authority(authority);
  request.set_as_deputy(as_deputy);
  return request;
}

/// What comes of signing a new draft of `unit` as `signer`.
Outcome Sign(DocumentOwner& owner, const std::string& unit, const std::string& signer,
             v1::SigningAuthority authority, bool as_deputy = false) {
  const v1::Draft draft = Created(owner, ContentTo({}), unit);
  auto submit = owner.New<v1::SubmitDraftRequest>();
  submit.set_draft_id(draft.id());
  submit.set_official_id(signer);
  const Outcome submitted = owner.Try(&Drafts::SubmitDraft, submit, unit + "/expert");
  if (submitted != kDone) return submitted;
  return owner.Try(&Drafts::SignDraft, SignRequest(owner, draft, authority, as_deputy), signer);
}

/// Nobody asks who could not sign in any way.
const Outcome kNotAsked{grpc::INVALID_ARGUMENT, "OFFICIAL_NOT_OF_UNIT"};
const Outcome kNoAuthority{grpc::PERMISSION_DENIED, "AUTHORITY_MISSING"};
const Outcome kDraftState{grpc::FAILED_PRECONDITION, "DRAFT_STATE"};

}  // namespace

TEST_CASE("document: a draft is written, discussed, submitted, signed, numbered and issued") {
  DocumentOwner owner;
  const v1::Draft created = Created(owner, ContentTo({kWard}));
  CHECK(created.state() == v1::DRAFT_STATE_DRAFTING);
  CHECK(owner.SeenBy(created.id()) == kDepartment);

  auto update = owner.New<v1::UpdateDraftRequest>();
  update.set_draft_id(created.id());
  *update.mutable_content() = ContentTo({kWard, kOtherWard});
  CHECK(owner.Do(&Drafts::UpdateDraft, update, ClerkOf(kDepartment)).recipients_size() == 2);

  const v1::Draft discussed =
      owner.Step(&Drafts::GiveOpinion, std::string(kDepartment) + "/guest", [&](auto& request) {
        request.set_draft_id(created.id());
        request.set_text("Đề nghị bổ sung căn cứ");
      });
  CHECK(discussed.opinions(0).official_id() == "H09.15/guest");

  const v1::Draft submitted =
      owner.Step(&Drafts::SubmitDraft, std::string(kDepartment) + "/expert", [&](auto& request) {
        request.set_draft_id(created.id());
        request.set_official_id("H09.15/head");
      });
  CHECK(submitted.state() == v1::DRAFT_STATE_SUBMITTED);
  update.set_request_id(owner.NewId());
  CHECK(owner.Try(&Drafts::UpdateDraft, update, ClerkOf(kDepartment)) == kDraftState);

  const auto sign = SignRequest(owner, submitted, v1::SIGNING_AUTHORITY_HEAD);
  const v1::Draft as_signed = owner.Do(&Drafts::SignDraft, sign, "H09.15/head");
  CHECK(as_signed.signer().full_name() == "Cán bộ head");
  CHECK(as_signed.signer().position() == "Chức vụ head");
  CHECK(MessageDifferencer::Equals(owner.Do(&Drafts::SignDraft, sign, "H09.15/head"), as_signed));

  const v1::Draft numbered =
      owner.Do(&Drafts::NumberDraft, NumberRequest(owner, as_signed), ClerkOf(kDepartment));
  CHECK(numbered.code() == "01/QĐ-STTTT");
  const v1::Document document = IssuedOf(owner, numbered);
  CHECK(document.code() == "01/QĐ-STTTT");
  CHECK(document.sender_name() == "Đơn vị H09.15");
  CHECK(document.recipients(1).name() == "Đơn vị H09.718.25750");
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718.25747 H09.718.25750");
  CHECK(owner.Events(created.id()) ==
        "DraftCreated DraftUpdated OpinionGiven DraftSubmitted DraftSigned DraftNumbered"
        " DraftIssued");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: who signs in whose place follows the law") {
  DocumentOwner owner;
  const std::string department = kDepartment, ward = kWard, district = kDistrict;
  const auto kHead = v1::SIGNING_AUTHORITY_HEAD;
  const auto kCollective = v1::SIGNING_AUTHORITY_COLLECTIVE;
  const auto kDeputy = v1::SIGNING_AUTHORITY_DEPUTY;
  const auto kByOrder = v1::SIGNING_AUTHORITY_BY_ORDER;
  const auto kActing = v1::SIGNING_AUTHORITY_ACTING;

  CHECK(Sign(owner, department, department + "/head", kHead) == kDone);
  CHECK(Sign(owner, department, department + "/expert", kHead) == kNotAsked);
  // TM.: only of a collective body; its deputies sign KT. below.
  CHECK(Sign(owner, ward, ward + "/head", kCollective) == kDone);
  CHECK(Sign(owner, ward, ward + "/deputy", kCollective, true) == kDone);
  CHECK(Sign(owner, ward, ward + "/deputy", kCollective) == kNoAuthority);
  CHECK(Sign(owner, department, department + "/head", kCollective) == kNoAuthority);
  // KT.: only a deputy of that head.
  CHECK(Sign(owner, department, department + "/deputy", kDeputy) == kDone);
  CHECK(Sign(owner, department, department + "/expert", kDeputy) == kNotAsked);
  // TL.: the head of a subordinate unit, or its deputy.
  CHECK(Sign(owner, district, "H09.718.P01/head", kByOrder) == kDone);
  CHECK(Sign(owner, district, "H09.718.P01/deputy", kByOrder, true) == kDone);
  CHECK(Sign(owner, district, "H09.718.P01/expert", kByOrder) == kNotAsked);
  // A commune's People's Committee is no unit of the district's: not even asked.
  auto submit = owner.New<v1::SubmitDraftRequest>();
  submit.set_draft_id(Created(owner, ContentTo({}), district).id());
  submit.set_official_id("H09.718.25747/head");
  CHECK(owner.Try(&Drafts::SubmitDraft, submit, "H09.718/expert") ==
        Outcome{grpc::INVALID_ARGUMENT, "OFFICIAL_NOT_OF_UNIT"});
  // Q.: only an acting appointment.
  CHECK(Sign(owner, department, department + "/acting", kActing) == kDone);
  CHECK(Sign(owner, department, department + "/deputy", kActing) == kNoAuthority);
  CHECK(Sign(owner, department, department + "/acting", kHead) == kNoAuthority);
  // Who acts as chair signs for the body (TM. / Q.), as head of a unit by order (TL. / Q.).
  CHECK(Sign(owner, ward, ward + "/acting", kCollective) == kDone);
  CHECK(Sign(owner, district, "H09.718.P01/acting", kByOrder) == kDone);
  // KT. does not stand below KT.
  CHECK(Sign(owner, department, department + "/deputy", kDeputy, true) == kFieldInvalid);
}

TEST_CASE("document: a draft is shown to nobody outside but who may sign for the unit") {
  DocumentOwner owner;
  const v1::Draft draft = Created(owner, ContentTo({}));
  auto submit = owner.New<v1::SubmitDraftRequest>();
  submit.set_draft_id(draft.id());
  submit.set_official_id("H09.13/head");
  CHECK(owner.Try(&Drafts::SubmitDraft, submit, "H09.15/expert") ==
        Outcome{grpc::INVALID_ARGUMENT, "OFFICIAL_NOT_OF_UNIT"});
  v1::GetDraftRequest get;
  get.set_draft_id(draft.id());
  CHECK(owner.Try(&Drafts::GetDraft, get, "H09.13/head") == kNotFound);
  // Nor does a colleague decide about it.
  owner.Appoint(kDepartment, "second", "expert");
  submit.set_official_id("H09.15/head");
  CHECK(owner.Try(&Drafts::SubmitDraft, submit, "H09.15/second") ==
        Outcome{grpc::PERMISSION_DENIED, "NOT_ASSIGNED"});
}

TEST_CASE("document: TUQ. needs a stored authorisation, which is not passed on") {
  DocumentOwner owner;
  const std::string expert = "H09.15/expert";
  auto grant = owner.New<v1::GrantAuthorisationRequest>();
  grant.set_to_official_id(expert);
  grant.set_content("Ký giấy mời");
  grant.add_type_names("Quyết định");
  grant.set_valid_from("2019-01-01");
  grant.set_valid_to("2030-12-31");
  const auto authorisation = owner.Do(&Drafts::GrantAuthorisation, grant, "H09.15/head");
  CHECK(owner.SeenBy(authorisation.id()) == kDepartment);
  grant.set_request_id(owner.NewId());
  CHECK(owner.Try(&Drafts::GrantAuthorisation, grant, expert) == kNoAuthority);

  const auto sign = [&](v1::DraftContent content, const std::string& signer) {
    const v1::Draft draft = Submitted(owner, content, kDepartment, signer);
    auto request = SignRequest(owner, draft, v1::SIGNING_AUTHORITY_AUTHORISED);
    request.set_authorisation_id(authorisation.id());
    return owner.Try(&Drafts::SignDraft, request, signer);
  };
  const Outcome kInvalid{grpc::PERMISSION_DENIED, "AUTHORISATION_INVALID"};
  CHECK(sign(ContentTo({}), expert) == kDone);
  CHECK(sign(ContentTo({}), "H09.15/deputy") == kInvalid);
  v1::DraftContent other = ContentTo({});
  other.mutable_type()->set_name("Chỉ thị");
  other.mutable_type()->set_abbreviation("CT");
  CHECK(sign(other, expert) == kInvalid);

  auto waiting = SignRequest(owner, Submitted(owner, ContentTo({}), kDepartment, expert),
                             v1::SIGNING_AUTHORITY_AUTHORISED);
  waiting.set_authorisation_id(authorisation.id());
  owner.Step(&Drafts::RevokeAuthorisation, "H09.15/head",
             [&](auto& request) { request.set_authorisation_id(authorisation.id()); });
  auto again = owner.New<v1::SubmitDraftRequest>();
  again.set_draft_id(Created(owner, ContentTo({})).id());
  again.set_official_id(expert);
  CHECK(owner.Try(&Drafts::SubmitDraft, again, expert) == kNotAsked);
  CHECK(owner.Try(&Drafts::SignDraft, waiting, expert) == kInvalid);
  v1::ListAuthorisationsRequest list;
  CHECK(owner.Do(&Drafts::ListAuthorisations, list, "H09.15/guest").authorisations(0).state() ==
        v1::AUTHORISATION_STATE_REVOKED);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: only the official it was submitted to signs a draft or sends it back") {
  DocumentOwner owner;
  const v1::Draft draft = Submitted(owner, ContentTo({}));
  CHECK(owner.Try(&Drafts::SignDraft, SignRequest(owner, draft, v1::SIGNING_AUTHORITY_DEPUTY),
                  "H09.15/deputy") == kNoAuthority);
  auto back = owner.New<v1::ReturnDraftRequest>();
  back.set_draft_id(draft.id());
  back.set_reason("Sai thể thức");
  CHECK(owner.Try(&Drafts::ReturnDraft, back, "H09.15/deputy") == kNoAuthority);
  back.set_request_id(owner.NewId());
  const v1::Draft returned = owner.Do(&Drafts::ReturnDraft, back, "H09.15/head");
  CHECK(returned.state() == v1::DRAFT_STATE_DRAFTING);
  CHECK(returned.return_reason() == "Sai thể thức");
}

TEST_CASE("document: a head of a subordinate unit finds what waits for its sign-off") {
  DocumentOwner owner;
  const std::string signer = std::string(kOffice) + "/head";
  const v1::Draft draft = Submitted(owner, ContentTo({}), kDistrict, signer);
  Submitted(owner, ContentTo({}), kDistrict);  // to somebody else
  v1::ListDraftsRequest list;
  list.set_submitted_to_me(true);
  const auto waiting = owner.Do(&Drafts::ListDrafts, list, signer);
  REQUIRE(waiting.drafts_size() == 1);
  CHECK(waiting.drafts(0).id() == draft.id());
  CHECK(
      owner
          .Do(&Drafts::SignDraft, SignRequest(owner, draft, v1::SIGNING_AUTHORITY_BY_ORDER), signer)
          .state() == v1::DRAFT_STATE_SIGNED);
  CHECK(owner.Do(&Drafts::ListDrafts, list, signer).drafts_size() == 0);
}

TEST_CASE("document: a draft that is signed at the same moment twice gets one signature") {
  DocumentOwner owner;
  const v1::Draft draft = Submitted(owner, ContentTo({}));
  const auto sign = [&] {
    return owner.Try(&Drafts::SignDraft, SignRequest(owner, draft, v1::SIGNING_AUTHORITY_HEAD),
                     "H09.15/head");
  };
  auto first = std::async(std::launch::async, sign);
  const Outcome second = sign();
  const std::set<std::string> reasons{first.get().reason, second.reason};
  CHECK(reasons == std::set<std::string>{"", "DRAFT_STATE"});
}

TEST_CASE("document: what a draft may not say is refused with the field") {
  DocumentOwner owner;
  const auto refused = [&](const v1::DraftContent& content) {
    auto request = owner.New<v1::CreateDraftRequest>();
    *request.mutable_content() = content;
    return owner.Try(&Drafts::CreateDraft, request, "H09.15/expert");
  };
  v1::DraftContent secret = ContentTo({});
  secret.set_secrecy(v1::SECRECY_LEVEL_SECRET);
  CHECK(refused(secret) == Outcome{grpc::INVALID_ARGUMENT, "SECRET_REFUSED"});
  v1::DraftContent nameless = ContentTo({});
  nameless.clear_subject();
  CHECK(refused(nameless) == kFieldInvalid);
  CHECK(refused(ContentTo({kWard, kWard})) == kFieldInvalid);
  v1::DraftContent reader = ContentTo({});
  reader.add_readers("official/x");
  CHECK(refused(reader) == kFieldInvalid);
  v1::DraftContent foreign = ContentTo({});
  foreign.set_changed_document_id(Issued(owner, ContentTo({kDepartment}), kWard).id());
  foreign.set_change_kind(v1::CHANGE_KIND_REPLACE);
  CHECK(refused(foreign) == Outcome{grpc::INVALID_ARGUMENT, "NOT_OF_UNIT"});
  CHECK(owner.Value("SELECT count(*) FROM draft WHERE unit_id = 'H09.15'") == "0");
}

TEST_CASE("document: a draft comes back from submission and sign-off until it has a number") {
  DocumentOwner owner;
  owner.Appoint(kDepartment, "second", "expert");
  const auto reopen = [&](const v1::Draft& draft, const std::string& official) {
    auto request = owner.New<v1::ReopenDraftRequest>();
    request.set_draft_id(draft.id());
    request.set_reason("Sai thể thức");
    return owner.Try(&Drafts::ReopenDraft, request, official);
  };
  const auto get = [&](const v1::Draft& draft) {
    v1::GetDraftRequest request;
    request.set_draft_id(draft.id());
    return owner.Do(&Drafts::GetDraft, request, "H09.15/expert");
  };
  // Who was to sign is away: its author takes it back, no colleague.
  const v1::Draft submitted = Submitted(owner, ContentTo({}));
  CHECK(reopen(submitted, "H09.15/second") == Outcome{grpc::PERMISSION_DENIED, "NOT_ASSIGNED"});
  CHECK(reopen(submitted, "H09.15/expert") == kDone);
  CHECK(get(submitted).state() == v1::DRAFT_STATE_DRAFTING);
  CHECK(reopen(submitted, "H09.15/expert") == kDraftState);
  // The clerk finds a mistake in what is signed; the sign-off goes with it, and its deadline.
  const v1::Draft as_signed = Signed(owner, ContentTo({}));
  CHECK(reopen(as_signed, ClerkOf(kDepartment)) == kDone);
  CHECK_FALSE(get(as_signed).has_signer());
  CHECK(get(as_signed).return_reason() == "Sai thể thức");
  CHECK(owner.Try(&Drafts::NumberDraft, NumberRequest(owner, as_signed), ClerkOf(kDepartment)) ==
        kDraftState);
  v1::ListDeadlinesRequest due;
  CHECK(owner.Do(&Incomings::ListDeadlines, due, ClerkOf(kDepartment)).items_size() == 0);
  // The signer takes back its own, until there is a number.
  const v1::Draft regretted = Signed(owner, ContentTo({}));
  auto back = owner.New<v1::ReturnDraftRequest>();
  back.set_draft_id(regretted.id());
  back.set_reason("Xem lại nội dung");
  CHECK_FALSE(owner.Do(&Drafts::ReturnDraft, back, "H09.15/head").has_signer());
  const v1::Draft numbered = owner.Do(
      &Drafts::NumberDraft, NumberRequest(owner, Signed(owner, ContentTo({}))), "H09.15/clerk");
  CHECK(reopen(numbered, ClerkOf(kDepartment)) == kDraftState);
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
