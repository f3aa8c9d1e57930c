// Books of numbers when all want one at once, and when there are none left, on a real PostgreSQL.
#include <functional>
#include <future>
#include <latch>
#include <set>
#include <utility>

#include "document/book.hpp"
#include "support/document_owner.hpp"

namespace lienthong::document {
namespace {

const std::string kBook = "H09.15:2019:di";
const Outcome kNotReserved{grpc::FAILED_PRECONDITION, "NUMBER_NOT_RESERVED"};
const Outcome kConcurrent{grpc::ABORTED, "CONCURRENT_CHANGE"};

v1::ReserveNumbersRequest ReserveRequest(DocumentOwner& owner, int count) {
  auto request = owner.New<v1::ReserveNumbersRequest>();
  request.set_series("di");
  request.set_year(2019);
  request.set_count(count);
  request.set_reason("Văn bản họp");
  return request;
}

/// Calls of clerks at the same moment, and what was told of them.
class Crowd {
 public:
  explicit Crowd(DocumentOwner& owner) : owner_(owner) {}

  /// Repeated while it meets a change of others, as clients do.
  template <class Stub, class Request, class Answer>
  void Add(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
           const Request& request) {
    calls_.emplace_back([this, rpc, request] {
      Answer answer;
      Outcome outcome = kConcurrent;
      for (int i = 0; i < kAttemptsMax && outcome == kConcurrent; ++i) {
        outcome = owner_.Call(rpc, request, &answer, ClerkOf(kDepartment));
      }
      std::string code;
      if constexpr (requires { answer.code(); }) code = answer.code();
      return std::pair(outcome, code);
    });
  }
  std::size_t Size() const { return calls_.size(); }
  /// In the order in which they were added: what came of it, the code of its document.
  std::vector<std::pair<Outcome, std::string>> Run() {
    std::latch all(static_cast<std::ptrdiff_t>(calls_.size()));
    std::vector<std::future<std::pair<Outcome, std::string>>> running;
    for (const auto& call : calls_) {
      running.push_back(std::async(std::launch::async, [&] {
        all.arrive_and_wait();
        return call();
      }));
    }
    std::vector<std::pair<Outcome, std::string>> told;
    for (auto& one : running) told.push_back(one.get());
    return told;
  }

 private:
  static constexpr int kAttemptsMax = 100;

  DocumentOwner& owner_;
  std::vector<std::function<std::pair<Outcome, std::string>()>> calls_;
};

/// Lines of the book that are neither a document or a draft of that number, nor a reservation, nor
/// a void one with its reason.
std::string Strangers(DocumentOwner& owner) {
  return owner.Value(
      "SELECT count(*) FROM book_number n WHERE NOT CASE n.state"
      " WHEN 'DOCUMENT' THEN EXISTS (SELECT FROM document d JOIN content c ON c.id = d.content_id"
      "  WHERE d.id::text = n.record_id AND (c.book_id, c.number, c.letter) ="
      "  (n.book_id, n.number, n.letter))"
      " WHEN 'TAKEN' THEN EXISTS (SELECT FROM draft d JOIN content c ON c.id = d.id"
      "  WHERE d.id::text = n.record_id AND d.state = 'NUMBERED' AND (c.book_id, c.number, "
      "c.letter)"
      "  = (n.book_id, n.number, n.letter))"
      " WHEN 'RESERVED' THEN n.record_id = ''"
      " ELSE n.reason <> '' AND (n.record_id = '' OR EXISTS (SELECT FROM draft d"
      "  WHERE d.id::text = n.record_id AND d.state = 'WITHDRAWN')) END");
}

/// The book agrees with its lines, which run from 1 to the last one.
void CheckWhole(DocumentOwner& owner) {
  CHECK(Strangers(owner) == "0");
  CHECK(owner.Value("SELECT count(*) FILTER (WHERE letter = '') || ' ' || min(number) || ' ' ||"
                    " max(number) FROM book_number WHERE book_id = '" +
                    kBook + "'") ==
        owner.Value("SELECT last_number || ' 1 ' || last_number FROM book"));
  CHECK(owner.Value("SELECT count(*) FILTER (WHERE state IN ('TAKEN', 'DOCUMENT')) || ' ' ||"
                    " count(*) FILTER (WHERE state = 'RESERVED') || ' ' ||"
                    " count(*) FILTER (WHERE state = 'VOID') FROM book_number") ==
        owner.Value("SELECT document_count || ' ' || reserved_count || ' ' || void_count"
                    " FROM book"));
  CHECK(owner.Defects().empty());
}

}  // namespace

TEST_CASE("document: fifty who number, reserve, insert, void and withdraw leave no gap") {
  DocumentOwner owner;
  constexpr int kReserved = 5, kLetters = 8, kWithdrawn = 8;
  std::set<std::string> codes{Issued(owner, ContentTo({})).code()};
  owner.Do(&Books::ReserveNumbers, ReserveRequest(owner, kReserved), ClerkOf(kDepartment));
  Crowd crowd(owner);
  for (int number = 2; number < 2 + kReserved; ++number) {  // one wants to use it, one to void it
    auto use = NumberRequest(owner, Signed(owner, ContentTo({})));
    use.set_reserved_number(number);
    crowd.Add(&Drafts::NumberDraft, use);
    auto annul = owner.New<v1::VoidNumberRequest>();
    annul.set_book_id(kBook);
    annul.set_number(number);
    annul.set_reason("Không sử dụng");
    crowd.Add(&Books::VoidNumber, annul);
  }
  for (int i = 0; i < kWithdrawn; ++i) {
    const v1::Draft draft =
        owner.Do(&Drafts::NumberDraft, NumberRequest(owner, Signed(owner, ContentTo({}))),
                 ClerkOf(kDepartment));
    codes.insert(draft.code());
    auto withdraw = owner.New<v1::WithdrawDraftRequest>();
    withdraw.set_draft_id(draft.id());
    withdraw.set_reason("Không ban hành");
    crowd.Add(&Drafts::WithdrawDraft, withdraw);
  }
  for (int i = 0; i < kLetters; ++i) {
    auto insert = NumberRequest(owner, Signed(owner, ContentTo({})));
    insert.set_insert_after_number(1);
    crowd.Add(&Drafts::NumberDraft, insert);
  }
  for (int i = 0; i < 8; ++i) {
    crowd.Add(&Drafts::NumberDraft, NumberRequest(owner, Signed(owner, ContentTo({}))));
    auto issue = owner.New<v1::IssueDocumentRequest>();
    issue.set_draft_id(Signed(owner, ContentTo({kWard})).id());
    crowd.Add(&Documents::IssueDocument, issue);
    crowd.Add(&Books::ReserveNumbers, ReserveRequest(owner, 3));
  }
  REQUIRE(crowd.Size() == 50);
  const auto told = crowd.Run();

  int used = 0;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const auto& [outcome, code] = told[i];
    CAPTURE(i, outcome, code);
    if (i < 2 * kReserved) {
      const Outcome& other = told[i ^ 1].first;
      CHECK((outcome == kDone) != (other == kDone));
      if (outcome != kDone) CHECK(outcome == kNotReserved);
      if (i % 2 == 0 && outcome == kDone) ++used;
    } else {
      CHECK(outcome == kDone);
    }
    // Nobody is told what another was told; a withdrawn draft still tells its own.
    const bool is_withdrawal = i >= 2 * kReserved && i < 2 * kReserved + kWithdrawn;
    if (outcome == kDone && !code.empty()) CHECK(codes.insert(code).second != is_withdrawal);
  }
  CHECK(owner.Count("document_code") == std::to_string(codes.size()));
  CHECK(codes.size() == static_cast<std::size_t>(1 + kWithdrawn + kLetters + 8 + 8 + used));
  CHECK(owner.Value("SELECT last_number FROM book") ==
        std::to_string(1 + kReserved + kWithdrawn + 8 + 8 + 8 * 3));
  CHECK(owner.Value("SELECT string_agg(letter, '' ORDER BY letter) FROM book_number"
                    " WHERE number = 1") == "abcdefgh");
  CheckWhole(owner);
}

TEST_CASE("document: a book that is full gives no number, and nothing is changed") {
  DocumentOwner owner;
  const std::string clerk = ClerkOf(kDepartment);
  const Outcome kFull{grpc::FAILED_PRECONDITION, "BOOK_FULL"};
  Issued(owner, ContentTo({}));
  const auto set_last = [&](const std::string& series, int number) {
    owner.Value("UPDATE book SET last_number = " + std::to_string(number) + " WHERE series = '" +
                series + "' RETURNING 1");
  };
  set_last("di", kNumberMax - 1);
  CHECK(owner.Try(&Books::ReserveNumbers, ReserveRequest(owner, 2), clerk) == kFull);
  CHECK(owner.Count("book_number") == "1");
  const v1::Document last = Issued(owner, ContentTo({}));
  CHECK(last.code() == "999999/QĐ-STTTT");
  const v1::Draft draft = Signed(owner, ContentTo({kWard}));
  CHECK(owner.Try(&Drafts::NumberDraft, NumberRequest(owner, draft), clerk) == kFull);
  auto issue = owner.New<v1::IssueDocumentRequest>();
  issue.set_draft_id(draft.id());
  CHECK(owner.Try(&Documents::IssueDocument, issue, clerk) == kFull);
  CHECK(owner.Events(draft.id()) == "DraftCreated DraftSubmitted DraftSigned");
  CHECK(owner.Count("document") == "2");

  // Behind a number there is room for one of each letter.
  const auto insert = [&](const v1::Draft& inserted) {
    auto request = NumberRequest(owner, inserted);
    request.set_insert_after_number(1);
    return owner.Try(&Drafts::NumberDraft, request, clerk);
  };
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    CAPTURE(letter);
    CHECK(insert(Signed(owner, ContentTo({}))) == kDone);
  }
  CHECK(insert(draft) == kFull);
  CHECK(owner.Value("SELECT count(*) || max(letter) FROM book_number WHERE number = 1") == "27z");
  // Nor is a document entered.
  Entered(owner, Issued(owner, ContentTo({kDepartment}), kDistrict), kDepartment);
  set_last("den", kNumberMax);
  const v1::Document letter = Issued(owner, ContentTo({kDepartment}), kDistrict);
  auto enter = owner.New<v1::EnterDeliveryRequest>();
  enter.set_delivery_id(DeliveryTo(owner, letter, kDepartment).id());
  CHECK(owner.Try(&Incomings::EnterDelivery, enter, clerk) == kFull);
  CHECK(CodesOf(DeliveryTo(owner, letter, kDepartment)) == "01");
  CHECK(owner.Count("incoming") == "1");
}

}  // namespace lienthong::document
