// Who sees what of documents, on a real PostgreSQL.
#include "support/document_files.hpp"

namespace lienthong::document {
namespace {

v1::DraftContent RestrictedTo(const std::vector<std::string>& units) {
  v1::DraftContent content = ContentTo(units);
  content.set_restricted(true);
  return content;
}

/// Name of the view in a unit's feed; "" = not in it.
std::string FeedView(DocumentOwner& owner, const std::string& record, const std::string& unit) {
  return owner.Value("SELECT audience::json ->> '" + unit + "' FROM head WHERE record_id = '" +
                     record + "'");
}

Outcome Get(DocumentOwner& owner, const std::string& id, const std::string& official) {
  return owner.Try(&Documents::GetDocument, GetRequest(id), official);
}

int Found(DocumentOwner& owner, const std::string& text, const std::string& official) {
  v1::FindDocumentsRequest find;
  find.set_text(text);
  return owner.Do(&Documents::FindDocuments, find, official).documents_size();
}

}  // namespace

TEST_CASE("document: a right that is taken back opens nothing, nor does the draft it was") {
  DocumentOwner owner;
  const auto upload = Uploaded(owner, "Kín.pdf", Pdf(500));
  const v1::Document document = Issued(owner, WithFile(RestrictedTo({kWard}), upload.id()));
  const std::string draft =
      owner.Value("SELECT id::text FROM draft WHERE document_id = '" + document.id() + "'");
  v1::GetDraftRequest get_draft;
  get_draft.set_draft_id(draft);
  const auto sees = [&](const std::string& official) {
    std::string received;
    const std::string unit = official.substr(0, official.find('/'));
    v1::ListDraftsRequest list;
    return std::vector<bool>{
        Get(owner, document.id(), official) == kDone,
        owner.Try(&Drafts::GetDraft, get_draft, official) == kDone,
        owner.Do(&Drafts::ListDrafts, list, official).drafts_size() > 0,
        Download(owner, DownloadRequest("document", document.id(), upload.sha256()), official,
                 &received) == kDone,
        Download(owner, DownloadRequest("draft", draft, upload.sha256()), official, &received) ==
            kDone};
  };
  CHECK(sees(kExpert) == std::vector<bool>(5, true));  // its author, named at issue
  const auto name = [&](const std::vector<std::string>& readers) {
    owner.Step(&Documents::SetReaders, "H09.15/head", [&](auto& request) {
      request.set_document_id(document.id());
      for (const std::string& reader : readers) request.add_readers(reader);
    });
  };
  name({"position/guest"});
  CHECK(sees(kExpert) == std::vector<bool>(5, false));
  CHECK(sees("H09.15/guest") == std::vector<bool>(5, true));
  name({});
  CHECK(sees("H09.15/guest") == std::vector<bool>(5, false));
}

TEST_CASE("document: who is only named for a restricted draft does not open it") {
  DocumentOwner owner;
  owner.Appoint(kDepartment, "colleague", "expert");
  v1::DraftContent content = RestrictedTo({kWard});
  content.add_readers("official/H09.15/colleague");
  const v1::Draft draft = Created(owner, content);
  auto update = owner.New<v1::UpdateDraftRequest>();
  update.set_draft_id(draft.id());
  *update.mutable_content() = ContentTo({kWard});
  CHECK(owner.Try(&Drafts::UpdateDraft, update, "H09.15/colleague") ==
        Outcome{grpc::PERMISSION_DENIED, "NOT_ASSIGNED"});
  CHECK(owner.Try(&Drafts::UpdateDraft, update, kExpert) == kDone);
}

TEST_CASE("document: a restricted one is read by clerks, leaders and who is named, and found so") {
  DocumentOwner owner;
  const std::string ward = kWard;
  const v1::Document document = Issued(owner, RestrictedTo({kWard}));
  CHECK(document.subject() == "Về việc kiểm tra công tác văn thư");  // its sender's clerk
  CHECK(FeedView(owner, document.id(), kWard) == "limited");
  CHECK(FeedView(owner, document.id(), kDepartment) == "limited");
  CHECK(owner.Value("SELECT states[2] FROM journal WHERE record_id = '" + document.id() + "'")
            .find("kiểm tra") == std::string::npos);

  CHECK(Get(owner, document.id(), ward + "/clerk") == kDone);
  CHECK(Get(owner, document.id(), ward + "/head") == kDone);
  CHECK(Get(owner, document.id(), "H09.15/expert") == kDone);  // its author
  CHECK(Get(owner, document.id(), ward + "/expert") == kNotFound);
  CHECK(Found(owner, "kiem tra", ward + "/expert") == 0);
  CHECK(Found(owner, "", ward + "/expert") == 0);
  CHECK(Found(owner, "kiem tra", ward + "/head") == 1);
  v1::ListIncomingRequest list;
  CHECK(owner.Do(&Incomings::ListIncoming, list, ward + "/expert").deliveries_size() == 0);
  CHECK(owner.Do(&Incomings::ListIncoming, list, ward + "/clerk").deliveries_size() == 1);

  const v1::ReadingRight right =
      owner.Step(&Documents::SetReaders, ward + "/head", [&](auto& request) {
        request.set_document_id(document.id());
        request.add_readers("position/expert");
      });
  CHECK(owner.SeenBy(right.id()) == kWard);
  CHECK(owner.Events(right.id()) == "ReadersSet");
  CHECK(Get(owner, document.id(), ward + "/expert") == kDone);
  CHECK(Found(owner, "kiem tra", ward + "/expert") == 1);
  CHECK(Get(owner, document.id(), ward + "/guest") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: of a restricted one the register shows only the number to others") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, RestrictedTo({kWard}));
  v1::ListNumbersRequest list;
  list.set_book_id(document.book_id());
  CHECK(owner.Do(&Books::ListNumbers, list, "H09.15/clerk").numbers(0).record_id() ==
        document.id());
  CHECK(owner.Do(&Books::ListNumbers, list, "H09.15/guest").numbers(0).record_id().empty());
}

TEST_CASE("document: work on a restricted one opens it to who gets the work, and says so") {
  DocumentOwner owner;
  const std::string ward = kWard;
  const v1::Document document = Issued(owner, RestrictedTo({kWard}));
  const v1::Delivery entered = Entered(owner, document, kWard);
  owner.Step(&Incomings::AssignDelivery, ward + "/head", [&](auto& request) {
    request.set_delivery_id(entered.id());
    auto* const lead = request.add_assignments();
    lead->set_official_id(ward + "/expert");
    lead->set_role(v1::TASK_ROLE_LEAD);
  });
  CHECK(Get(owner, document.id(), ward + "/expert") == kDone);
  CHECK(owner.Value("SELECT readers FROM reading_right WHERE unit_id = '" + ward + "'") ==
        "{official/H09.718.25747/expert}");
  // The leader's opinion is in no feed and no history of a colleague's.
  owner.Step(&Incomings::AssignDelivery, ward + "/head", [&](auto& request) {
    request.set_delivery_id(entered.id());
    request.set_opinion("Xử lý kỷ luật");
    auto* const more = request.add_assignments();
    more->set_official_id(ward + "/deputy");
    more->set_role(v1::TASK_ROLE_COORDINATE);
  });
  CHECK(owner.Value("SELECT audience FROM head WHERE record_type = 'incoming'") ==
        "{\"H09.718.25747\":\"limited\"}");
  CHECK(owner.Value("SELECT states[2] FROM journal WHERE record_type = 'incoming' ORDER BY id DESC")
            .find("kỷ luật") == std::string::npos);
  // Handed over, it is open to the new official.
  v1::ListTasksRequest mine;
  mine.set_mine(true);
  const std::string task = owner.Do(&Incomings::ListTasks, mine, ward + "/expert").tasks(0).id();
  owner.Step(&Incomings::HandOverTask, ward + "/expert", [&](auto& request) {
    request.set_task_id(task);
    request.set_official_id(ward + "/guest");
  });
  CHECK(Get(owner, document.id(), ward + "/guest") == kDone);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a restricted draft is for its author, its signer, clerks and leaders") {
  DocumentOwner owner;
  const v1::Draft draft = Submitted(owner, RestrictedTo({kWard}));
  v1::GetDraftRequest get;
  get.set_draft_id(draft.id());
  CHECK(owner.Try(&Drafts::GetDraft, get, "H09.15/expert") == kDone);
  CHECK(owner.Try(&Drafts::GetDraft, get, "H09.15/head") == kDone);
  CHECK(owner.Try(&Drafts::GetDraft, get, "H09.15/guest") == kNotFound);
  v1::ListDraftsRequest list;
  CHECK(owner.Do(&Drafts::ListDrafts, list, "H09.15/guest").drafts_size() == 0);
  CHECK(owner.Do(&Drafts::ListDrafts, list, "H09.15/clerk").drafts_size() == 1);
  CHECK(FeedView(owner, draft.id(), kDepartment) == "limited");
}

TEST_CASE("document: what an office without a system does is in no feed, but it can read it") {
  DocumentOwner owner;
  const std::string office = kOffice, district = kDistrict;
  const v1::Draft draft = Created(owner, ContentTo({kWard}), kOffice);
  CHECK(draft.subject() == "Về việc kiểm tra công tác văn thư");
  CHECK(owner.SeenBy(draft.id()).empty());
  v1::GetDraftRequest get;
  get.set_draft_id(draft.id());
  CHECK(owner.Try(&Drafts::GetDraft, get, office + "/guest") == kDone);
  CHECK(owner.Try(&Drafts::GetDraft, get, district + "/head") == kNotFound);

  // Its documents and their deliveries are in the feed of the district, which carries it.
  const v1::Document sent = Issued(owner, ContentTo({kWard}), kOffice);
  CHECK(sent.code() == "01/QĐ-PNV");
  CHECK(owner.SeenBy(sent.id()) == "H09.718 H09.718.25747");
  for (int i = 0; i < 2; ++i) {  // the book is there, and in no feed
    owner.Step(&Books::ReserveNumbers, office + "/clerk", [&](auto& request) {
      request.set_series("di");
      request.set_year(2019);
      request.set_count(1);
      request.set_reason("Họp");
    });
  }
  CHECK(Get(owner, sent.id(), district + "/head") == kDone);
  const v1::Document received = Issued(owner, ContentTo({kOffice}));
  const v1::Delivery entered = Entered(owner, received, kOffice);
  CHECK(owner.SeenBy(entered.id()) == "H09.15 H09.718");
  CHECK(owner.Value("SELECT count(*) FROM head WHERE record_type = 'incoming'") == "1");
  CHECK(owner.Value(
            "SELECT count(*) FROM head WHERE record_type = 'incoming' AND audience <> '{}'") ==
        "0");
  CHECK(owner.Value("SELECT count(*) FROM head WHERE record_type IN ('book', 'series')"
                    " AND audience <> '{}' AND record_id LIKE 'H09.718.P01%'") == "0");
  // The district sees it, but does not act for the office.
  auto complete = owner.New<v1::CompleteDeliveryRequest>();
  complete.set_delivery_id(entered.id());
  CHECK(owner.Try(&Incomings::CompleteDelivery, complete, district + "/clerk") == kNotFound);

  // Restricted ones are in no feed at all there.
  const v1::Document closed = Issued(owner, RestrictedTo({kOffice}));
  CHECK(owner.SeenBy(closed.id()) == kDepartment);
  CHECK(Get(owner, closed.id(), office + "/clerk") == kDone);
  CHECK(Get(owner, closed.id(), district + "/head") == kNotFound);
  CHECK(owner.Defects().empty());
}

TEST_CASE("document: a repeated request gets the first answer, if the official may still see it") {
  DocumentOwner owner;
  auto create = owner.New<v1::CreateDraftRequest>();
  *create.mutable_content() = ContentTo({kWard});
  const v1::Draft first = owner.Do(&Drafts::CreateDraft, create, "H09.718.P01/expert");
  CHECK(MessageDifferencer::Equals(owner.Do(&Drafts::CreateDraft, create, "H09.718.P01/expert"),
                                   first));
  CHECK(owner.Count("draft") == "1");
  create.mutable_content()->set_subject("Khác");
  CHECK(owner.Try(&Drafts::CreateDraft, create, "H09.718.P01/expert").reason ==
        "REQUEST_ID_REUSED");
}

TEST_CASE("document: text is found with and without diacritics, newest first, page by page") {
  DocumentOwner owner;
  for (int i = 0; i < 5; ++i) {
    v1::DraftContent content = ContentTo({kWard});
    content.set_subject("Đề án số hóa tài liệu lưu trữ " + std::to_string(i));
    Issued(owner, content);
    Issued(owner, ContentTo({kWard}));
  }
  for (const char* text : {"số hóa", "so hoa tai", "SO HOÁ", "tài liệu số", "de an so h"}) {
    CAPTURE(text);
    CHECK(Found(owner, text, "H09.718.25747/guest") == 5);
  }
  CHECK(Found(owner, "01/QĐ-STTTT", "H09.718.25747/guest") == 1);
  CHECK(Found(owner, "không có", "H09.718.25747/guest") == 0);
  CHECK(Found(owner, "a' | b:* & !c", "H09.718.25747/guest") == 0);

  v1::FindDocumentsRequest find;
  find.set_text("so hoa");
  find.set_page_size(2);
  std::vector<std::string> subjects;
  for (;;) {
    const auto page = owner.Do(&Documents::FindDocuments, find, "H09.718.25747/guest");
    for (const auto& document : page.documents()) {
      subjects.push_back(document.subject().substr(document.subject().size() - 1));
    }
    if (page.next_page_token().empty()) break;
    find.set_page_token(page.next_page_token());
  }
  CHECK(subjects == std::vector<std::string>{"4", "3", "2", "1", "0"});

  v1::FindDocumentsRequest all;
  all.set_direction(v1::BOOK_DIRECTION_OUTGOING);
  CHECK(owner.Do(&Documents::FindDocuments, all, "H09.15/guest").documents_size() == 10);
  CHECK(owner.Do(&Documents::FindDocuments, all, "H09.718.25747/guest").documents_size() == 0);
  all.set_direction(v1::BOOK_DIRECTION_INCOMING);
  all.set_date_from("2019-07-11");
  CHECK(owner.Do(&Documents::FindDocuments, all, "H09.718.25747/guest").documents_size() == 0);
  all.set_date_from("2019-07-10");
  all.set_delivery_state(v1::DELIVERY_STATE_ARRIVED);
  CHECK(owner.Do(&Documents::FindDocuments, all, "H09.718.25747/guest").documents_size() == 10);
}

TEST_CASE("document: when a unit is closed its successor has what it had") {
  DocumentOwner owner;
  const v1::Document document = Issued(owner, ContentTo({kOtherWard}));
  const v1::Delivery delivery = DeliveryTo(owner, document, kOtherWard);
  owner.CloseUnit(kOtherWard, {kWard});
  CHECK(owner.SeenBy(document.id()) == "H09.15 H09.718.25747");
  CHECK(Get(owner, document.id(), "H09.718.25747/clerk") == kDone);
  const v1::Delivery entered =
      owner.Step(&Incomings::EnterDelivery, "H09.718.25747/clerk",
                 [&](auto& request) { request.set_delivery_id(delivery.id()); });
  CHECK(entered.receiver_name() == "Đơn vị H09.718.25750");  // as it was
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
