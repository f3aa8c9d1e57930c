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
  const v1::Draft draft = Submitted(owner, ContentTo({}), unit, signer);
  return owner.Try(&Drafts::SignDraft, SignRequest(owner, draft, authority, as_deputy), signer);
}

const Outcome kNoAuthority{grpc::PERMISSION_DENIED, "AUTHORITY_MISSING"};
const Outcome kDraftState{grpc::FAILED_PRECONDITION, "DRAFT_STATE"};

v1::NumberDraftRequest NumberRequest(DocumentOwner& owner, const v1::Draft& draft) {
  auto request = owner.New<v1::NumberDraftRequest>();
  request.set_draft_id(draft.id());
  return request;
}

std::string ClerkOf(const std::string& unit) { return unit + "/clerk"; }

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
  CHECK(Sign(owner, department, department + "/expert", kHead) == kNoAuthority);
  // TM.: only of a collective body; its deputies sign KT. below.
  CHECK(Sign(owner, ward, ward + "/head", kCollective) == kDone);
  CHECK(Sign(owner, ward, ward + "/deputy", kCollective, true) == kDone);
  CHECK(Sign(owner, ward, ward + "/deputy", kCollective) == kNoAuthority);
  CHECK(Sign(owner, department, department + "/head", kCollective) == kNoAuthority);
  // KT.: only a deputy of that head.
  CHECK(Sign(owner, department, department + "/deputy", kDeputy) == kDone);
  CHECK(Sign(owner, department, department + "/expert", kDeputy) == kNoAuthority);
  // TL.: the head of a subordinate unit, or its deputy.
  CHECK(Sign(owner, district, "H09.718.P01/head", kByOrder) == kDone);
  CHECK(Sign(owner, district, "H09.718.P01/deputy", kByOrder, true) == kDone);
  CHECK(Sign(owner, district, "H09.718.P01/expert", kByOrder) == kNoAuthority);
  // A commune's People's Committee is no unit of the district's.
  CHECK(Sign(owner, district, "H09.718.25747/head", kByOrder) == kNoAuthority);
  // Q.: only an acting appointment.
  CHECK(Sign(owner, department, department + "/acting", kActing) == kDone);
  CHECK(Sign(owner, department, department + "/deputy", kActing) == kNoAuthority);
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

TEST_CASE("document: two series of a unit do not give the same code in a year") {
  DocumentOwner owner;
  CHECK(Issued(owner, ContentTo({})).code() == "01/QĐ-STTTT");
  auto series = owner.New<v1::SetSeriesRequest>();
  series.mutable_series()->set_series("qd");
  series.mutable_series()->set_direction(v1::BOOK_DIRECTION_OUTGOING);
  series.mutable_series()->set_title("Sổ quyết định");
  series.mutable_series()->set_agency_abbreviation("STTTT");
  series.mutable_series()->add_type_codes("QĐ");
  owner.Do(&Books::SetSeries, series, ClerkOf(kDepartment));
  CHECK(owner.Try(&Drafts::NumberDraft, NumberRequest(owner, Signed(owner, ContentTo({}))),
                  ClerkOf(kDepartment)) == Outcome{grpc::FAILED_PRECONDITION, "CODE_TAKEN"});
  CHECK(owner.Count("book_number") == "1");
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
  CHECK(sign(other, expert) == kInvalid);

  owner.Step(&Drafts::RevokeAuthorisation, "H09.15/head",
             [&](auto& request) { request.set_authorisation_id(authorisation.id()); });
  CHECK(sign(ContentTo({}), expert) == kInvalid);
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

TEST_CASE("document: the notation follows the type of the document") {
  DocumentOwner owner;
  const auto code_of = [&](v1::DraftContent content) {
    return owner
        .Do(&Drafts::NumberDraft, NumberRequest(owner, Signed(owner, content)),
            ClerkOf(kDepartment))
        .code();
  };
  CHECK(code_of(ContentTo({})) == "01/QĐ-STTTT");
  v1::DraftContent letter = ContentTo({});
  letter.mutable_type()->set_name("Công văn");
  letter.mutable_type()->clear_abbreviation();
  CHECK(owner.Try(&Drafts::NumberDraft, NumberRequest(owner, Signed(owner, letter)),
                  ClerkOf(kDepartment)) == kFieldInvalid);
  letter.set_drafting_abbreviation("CNTT");
  CHECK(code_of(letter) == "02/STTTT-CNTT");

  // A normative document needs its own series.
  v1::DraftContent normative = ContentTo({});
  normative.mutable_type()->set_normative(true);
  CHECK(owner.Try(&Drafts::NumberDraft, NumberRequest(owner, Signed(owner, normative)),
                  ClerkOf(kDepartment)) == Outcome{grpc::FAILED_PRECONDITION, "SERIES_MISSING"});
  auto series = owner.New<v1::SetSeriesRequest>();
  series.mutable_series()->set_series("qppl-qd");
  series.mutable_series()->set_direction(v1::BOOK_DIRECTION_OUTGOING);
  series.mutable_series()->set_title("Quyết định quy phạm pháp luật");
  series.mutable_series()->set_agency_abbreviation("STTTT");
  series.mutable_series()->add_type_codes("QPPL-QĐ");
  series.mutable_series()->set_digits(3);
  owner.Do(&Books::SetSeries, series, ClerkOf(kDepartment));
  CHECK(code_of(normative) == "001/2019/QĐ-STTTT");
  series.set_request_id(owner.NewId());
  series.mutable_series()->set_series("khac");
  CHECK(owner.Try(&Books::SetSeries, series, ClerkOf(kDepartment)) ==
        Outcome{grpc::ALREADY_EXISTS, "SERIES_OVERLAP"});
}

TEST_CASE("document: numbers are reserved, inserted and voided, and all stay in the register") {
  DocumentOwner owner;
  const std::string clerk = ClerkOf(kDepartment);
  auto reserve = owner.New<v1::ReserveNumbersRequest>();
  reserve.set_series("di");
  reserve.set_year(2019);
  reserve.set_count(2);
  reserve.set_reason("Văn bản họp sáng thứ hai");
  const v1::Book book = owner.Do(&Books::ReserveNumbers, reserve, clerk);
  CHECK(book.id() == "H09.15:2019:di");
  CHECK(book.reserved_count() == 2);

  const auto numbered = [&](int reserved, int after) {
    auto request = NumberRequest(owner, Signed(owner, ContentTo({})));
    request.set_reserved_number(reserved);
    request.set_insert_after_number(after);
    v1::Draft draft;
    const Outcome outcome = owner.Call(&Drafts::NumberDraft, request, &draft, clerk);
    return outcome == kDone ? draft.code() : outcome.reason;
  };
  CHECK(numbered(0, 0) == "03/QĐ-STTTT");
  CHECK(numbered(2, 0) == "02/QĐ-STTTT");
  CHECK(numbered(2, 0) == "NUMBER_NOT_RESERVED");
  CHECK(numbered(0, 3) == "03a/QĐ-STTTT");
  CHECK(numbered(0, 3) == "03b/QĐ-STTTT");
  CHECK(numbered(0, 4) == "NUMBER_UNKNOWN");

  auto annul = owner.New<v1::VoidNumberRequest>();
  annul.set_book_id(book.id());
  annul.set_number(1);
  annul.set_reason("Không sử dụng");
  CHECK(owner.Do(&Books::VoidNumber, annul, clerk).void_count() == 1);
  annul.set_request_id(owner.NewId());
  annul.set_number(3);
  CHECK(owner.Try(&Books::VoidNumber, annul, clerk).reason == "NUMBER_NOT_RESERVED");

  v1::ListNumbersRequest list;
  list.set_book_id(book.id());
  list.set_page_size(2);
  std::string lines;
  for (;;) {
    const auto page = owner.Do(&Books::ListNumbers, list, clerk);
    for (const auto& line : page.numbers()) {
      lines += std::to_string(line.number()) + line.number_letter() + " " +
               v1::NumberState_Name(line.state()).substr(13) + "\n";
    }
    if (page.next_page_token().empty()) break;
    list.set_page_token(page.next_page_token());
  }
  CHECK(lines == "1 VOID\n2 TAKEN\n3 TAKEN\n3a TAKEN\n3b TAKEN\n");
  CHECK(owner.Try(&Books::ListNumbers, list, "H09.13/clerk").reason == "PAGE_TOKEN_INVALID");
  list.clear_page_token();
  CHECK(owner.Try(&Books::ListNumbers, list, "H09.13/clerk") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a withdrawn draft leaves its number void in the register") {
  DocumentOwner owner;
  const v1::Draft draft =
      owner.Do(&Drafts::NumberDraft, NumberRequest(owner, Signed(owner, ContentTo({}))),
               ClerkOf(kDepartment));
  const v1::Draft withdrawn =
      owner.Step(&Drafts::WithdrawDraft, ClerkOf(kDepartment), [&](auto& request) {
        request.set_draft_id(draft.id());
        request.set_reason("Không ban hành");
      });
  CHECK(withdrawn.state() == v1::DRAFT_STATE_WITHDRAWN);
  CHECK(owner.Value("SELECT state || ' ' || reason FROM book_number WHERE number = 1") ==
        "VOID Không ban hành");
  CHECK(Issued(owner, ContentTo({})).code() == "02/QĐ-STTTT");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: fifty callers get fifty numbers, none twice and none left out") {
  DocumentOwner owner;
  std::vector<v1::Draft> drafts;
  for (int i = 0; i < 50; ++i) drafts.push_back(Signed(owner, ContentTo({})));
  std::vector<std::future<v1::Draft>> calls;
  for (const v1::Draft& draft : drafts) {
    calls.push_back(std::async(std::launch::async, [&owner, &draft] {
      return owner.Do(&Drafts::NumberDraft, NumberRequest(owner, draft), ClerkOf(kDepartment));
    }));
  }
  std::set<int> numbers;
  for (auto& call : calls) numbers.insert(call.get().number());
  CHECK(numbers.size() == 50);
  CHECK(*numbers.begin() == 1);
  CHECK(*numbers.rbegin() == 50);
  CHECK(owner.Count("book_number") == "50");
  CHECK(owner.Value("SELECT document_count FROM book") == "50");
}

TEST_CASE("document: a book begins anew on 1 January") {
  DocumentOwner owner;
  CHECK(Issued(owner, ContentTo({})).code() == "01/QĐ-STTTT");
  CHECK(Issued(owner, ContentTo({})).code() == "02/QĐ-STTTT");
  owner.MoveClockTo("2020-01-01T01:00:00Z");
  const v1::Document first = Issued(owner, ContentTo({}));
  CHECK(first.code() == "01/QĐ-STTTT");
  CHECK(first.book_id() == "H09.15:2020:di");
  // One that is dated before, in the book of its year.
  auto request = NumberRequest(owner, Signed(owner, ContentTo({})));
  request.set_document_date("2019-12-31");
  CHECK(owner.Try(&Drafts::NumberDraft, request, ClerkOf(kDepartment)) == kFieldInvalid);
  request.set_insert_after_number(2);
  CHECK(owner.Do(&Drafts::NumberDraft, request, ClerkOf(kDepartment)).code() == "02a/QĐ-STTTT");
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

}  // namespace lienthong::document
