// Numbers, books and types of documents through the generated stubs, on a real PostgreSQL.
#include <future>
#include <set>

#include "support/document_owner.hpp"

namespace lienthong::document {

TEST_CASE("document: a series passes over the codes that another one of the unit has given") {
  DocumentOwner owner;
  CHECK(Issued(owner, ContentTo({})).code() == "01/QĐ-STTTT");
  CHECK(Issued(owner, ContentTo({})).code() == "02/QĐ-STTTT");
  auto series = owner.New<v1::SetSeriesRequest>();
  series.mutable_series()->set_series("qd");
  series.mutable_series()->set_direction(v1::BOOK_DIRECTION_OUTGOING);
  series.mutable_series()->set_title("Sổ quyết định");
  series.mutable_series()->set_agency_abbreviation("STTTT");
  series.mutable_series()->add_type_codes("QĐ");
  owner.Do(&Books::SetSeries, series, ClerkOf(kDepartment));
  CHECK(Issued(owner, ContentTo({})).code() == "03/QĐ-STTTT");
  CHECK(Issued(owner, ContentTo({})).code() == "04/QĐ-STTTT");
  // Every number of the book is accounted for.
  CHECK(owner.Value("SELECT string_agg(number || ' ' || state, ', ' ORDER BY number)"
                    " FROM book_number WHERE book_id = 'H09.15:2019:qd'") ==
        "1 VOID, 2 VOID, 3 DOCUMENT, 4 DOCUMENT");
  CHECK(owner.Value("SELECT void_count FROM book WHERE id = 'H09.15:2019:qd'") == "2");
  // A number that is asked for is no other one.
  v1::ReserveNumbersRequest reserve = owner.New<v1::ReserveNumbersRequest>();
  reserve.set_series("di");
  reserve.set_year(2019);
  reserve.set_count(1);
  reserve.set_reason("Họp");
  owner.Do(&Books::ReserveNumbers, reserve, ClerkOf(kDepartment));
  CHECK(owner.Count("book_number") == "7");
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: types are those of the list, with its abbreviations") {
  DocumentOwner owner;
  v1::ListDocumentTypesRequest request;
  const auto list = owner.Do(&Books::ListDocumentTypes, request, "H09.15/guest");
  CHECK(list.types_size() == 34);  // 29 types, 3 kinds of copies, 2 normative ones
  const auto type_of = [&](const std::string& name, const std::string& abbreviation,
                           bool normative = false) {
    v1::DraftContent content = ContentTo({});
    content.mutable_type()->set_name(name);
    content.mutable_type()->set_abbreviation(abbreviation);
    content.mutable_type()->set_normative(normative);
    auto create = owner.New<v1::CreateDraftRequest>();
    *create.mutable_content() = content;
    v1::Draft draft;
    const Outcome outcome = owner.Call(&Drafts::CreateDraft, create, &draft, "H09.15/expert");
    return outcome == kDone ? draft.type().name() + "|" + draft.type().abbreviation()
                            : outcome.reason;
  };
  CHECK(type_of("ke hoach", "") == "Kế hoạch|KH");
  CHECK(type_of("Công văn", "") == "Công văn|");
  CHECK(type_of("Kế hoạch", "QĐ") == "FIELD_INVALID");
  CHECK(type_of("Công văn", "CV") == "FIELD_INVALID");
  CHECK(type_of("Sắc lệnh", "") == "FIELD_INVALID");
  CHECK(type_of("Kế hoạch", "", true) == "FIELD_INVALID");
  auto series = owner.New<v1::SetSeriesRequest>();
  series.mutable_series()->set_series("sai");
  series.mutable_series()->set_direction(v1::BOOK_DIRECTION_OUTGOING);
  series.mutable_series()->set_title("Sổ");
  series.mutable_series()->set_agency_abbreviation("STTTT");
  series.mutable_series()->add_type_codes("QD");
  CHECK(owner.Try(&Books::SetSeries, series, ClerkOf(kDepartment)) == kFieldInvalid);
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
  // Nobody is asked to sign what could get no number.
  const auto submit = [&](const v1::DraftContent& content) {
    auto request = owner.New<v1::SubmitDraftRequest>();
    request.set_draft_id(Created(owner, content).id());
    request.set_official_id("H09.15/head");
    return owner.Try(&Drafts::SubmitDraft, request, "H09.15/expert");
  };
  CHECK(submit(letter) == kFieldInvalid);
  letter.set_drafting_abbreviation("CNTT");
  CHECK(code_of(letter) == "02/STTTT-CNTT");

  // A normative document needs its own series.
  v1::DraftContent normative = ContentTo({});
  normative.mutable_type()->set_normative(true);
  CHECK(submit(normative) == Outcome{grpc::FAILED_PRECONDITION, "SERIES_MISSING"});
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

}  // namespace lienthong::document
