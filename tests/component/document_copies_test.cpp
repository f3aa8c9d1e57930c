// What units' copies hold of documents that are changed, recalled or restricted: on a real
// PostgreSQL and a real Kafka.
#include <array>

#include "support/document_feeds.hpp"
#include "support/document_files.hpp"

namespace lienthong::document {
namespace {

constexpr int kSender = 0, kAgrees = 1, kDeclines = 2, kIsSilent = 3;

/// A document of one unit to three others, and what their copies held of it at first.
struct ThreeReceivers {
  DocumentFeeds feeds{4};
  DocumentOwner& owner = feeds.Owner();
  v1::Document earlier = Issued(owner, ContentToAll(), feeds.Unit(kSender));
  std::array<std::string, 4> row, delivery, delivery_row;

  ThreeReceivers() {
    for (int i = kAgrees; i <= kIsSilent; ++i) {
      delivery[i] = DeliveryTo(owner, earlier, feeds.Unit(i)).id();
    }
    feeds.Start();
    feeds.Settle();
    for (int i = kSender; i <= kIsSilent; ++i) row[i] = feeds.Copy(i).Row(earlier.id());
    for (int i = kAgrees; i <= kIsSilent; ++i) {
      delivery_row[i] = feeds.Copy(i).Row(delivery[i]);
      REQUIRE_FALSE(delivery_row[i].empty());
      REQUIRE(row[i] == row[kSender]);
    }
  }

  v1::DraftContent ContentToAll() {
    return ContentTo({feeds.Unit(kAgrees), feeds.Unit(kDeclines), feeds.Unit(kIsSilent)});
  }
  v1::Document Changed(v1::ChangeKind kind) {
    v1::DraftContent content = ContentToAll();
    content.set_subject("Về việc kiểm tra công tác lưu trữ");
    content.set_changed_document_id(earlier.id());
    content.set_change_kind(kind);
    return Issued(owner, content, feeds.Unit(kSender));
  }
  void Recall() {
    owner.Step(&Documents::RecallDocument, feeds.Unit(kSender) + "/clerk", [&](auto& request) {
      request.set_document_id(earlier.id());
      request.set_reason("Sai số liệu");
    });
  }
  /// One agrees (15), one declines (16), the third is silent.
  void AnswerFor(const v1::Document& document) {
    for (const int i : {kAgrees, kDeclines}) {
      owner.Step(&Incomings::AnswerChange, feeds.Unit(i) + "/clerk", [&](auto& request) {
        request.set_delivery_id(DeliveryTo(owner, document, feeds.Unit(i)).id());
        request.set_accept(i == kAgrees);
        request.set_reason("Đã triển khai");
      });
    }
    feeds.Settle();
  }
  /// "01/QĐ-U0 02/QĐ-U0": what a unit goes by, as its own systems select it: not replaced, and not
  /// a change that it has not agreed to.
  std::string CurrentOf(int unit) {
    return feeds.Copy(unit).Read(
        "SELECT string_agg(d.code, ' ' ORDER BY d.code) FROM documents_incoming d"
        " JOIN deliveries y ON y.document_id = d.id WHERE y.replaced_by_delivery_id IS NULL"
        " AND coalesce(y.change ->> 'answer', 'CHANGE_ANSWER_ACCEPTED') ="
        "  'CHANGE_ANSWER_ACCEPTED'");
  }
  /// "ACCEPTED": of the unit's delivery of the document, in somebody's copy.
  std::string AnswerIn(int copy, const v1::Document& document, int unit) {
    return feeds.Copy(copy).Read(
        "SELECT substr(change ->> 'answer', 15) FROM deliveries WHERE document_id = '" +
        document.id() + "' AND receiver_unit_id = '" + feeds.Unit(unit) + "'");
  }
  void CheckAnswers(const v1::Document& document) {
    const std::array<std::string, 4> answers{"", "ACCEPTED", "REFUSED", "PENDING"};
    for (int i = kAgrees; i <= kIsSilent; ++i) {
      CAPTURE(i);
      CHECK(AnswerIn(i, document, i) == answers[i]);
      CHECK(AnswerIn(kSender, document, i) == answers[i]);
      // Of the others nobody learns.
      CHECK(feeds.Copy(i).Read("SELECT count(*) FROM deliveries WHERE receiver_unit_id <> '" +
                               feeds.Unit(i) + "'") == "0");
    }
  }
  void CheckEarlierUnchanged() {
    for (int i = kSender; i <= kIsSilent; ++i) {
      CAPTURE(i);
      CHECK(feeds.Copy(i).Row(earlier.id()) == row[i]);
    }
  }
};

}  // namespace

TEST_CASE(
    "document: an update stands beside the earlier one where it was accepted, and alters none") {
  ThreeReceivers stage;
  const v1::Document later = stage.Changed(v1::CHANGE_KIND_UPDATE);
  stage.AnswerFor(later);
  CHECK(stage.CurrentOf(kAgrees) == "01/QĐ-U0 02/QĐ-U0");
  CHECK(stage.CurrentOf(kDeclines) == "01/QĐ-U0");
  CHECK(stage.CurrentOf(kIsSilent) == "01/QĐ-U0");
  stage.CheckAnswers(later);
  stage.CheckEarlierUnchanged();
  for (int i = kAgrees; i <= kIsSilent; ++i) {
    CHECK(stage.feeds.Copy(i).Row(stage.delivery[i]) == stage.delivery_row[i]);
  }
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("document: a replacement counts where it was accepted, and the earlier one elsewhere") {
  ThreeReceivers stage;
  const v1::Document later = stage.Changed(v1::CHANGE_KIND_REPLACE);
  stage.AnswerFor(later);
  CHECK(stage.CurrentOf(kAgrees) == "02/QĐ-U0");
  CHECK(stage.CurrentOf(kDeclines) == "01/QĐ-U0");
  CHECK(stage.CurrentOf(kIsSilent) == "01/QĐ-U0");
  stage.CheckAnswers(later);
  stage.CheckEarlierUnchanged();
  const std::string replaced_by = DeliveryTo(stage.owner, later, stage.feeds.Unit(kAgrees)).id();
  const std::string query = "SELECT string_agg(replaced_by_delivery_id, ' ') FROM deliveries";
  CHECK(stage.feeds.Copy(kAgrees).Read(query) == replaced_by);
  CHECK(stage.feeds.Copy(kSender).Read(query) == replaced_by);
  for (const int i : {kDeclines, kIsSilent}) {
    CHECK(stage.feeds.Copy(i).Row(stage.delivery[i]) == stage.delivery_row[i]);
  }
  CHECK(stage.owner.Defects().empty());
}

TEST_CASE("document: of a recalled document only the copy of who agreed loses it") {
  ThreeReceivers stage;
  stage.Recall();
  stage.AnswerFor(stage.earlier);
  const std::string query = "SELECT string_agg(subject, ' ') FROM documents_incoming";
  CHECK(stage.feeds.Copy(kAgrees).Read(query).empty());
  CHECK(stage.feeds.Copy(kAgrees).Row(stage.earlier.id()).empty());
  for (const int i : {kDeclines, kIsSilent}) {
    CAPTURE(i);
    CHECK(stage.feeds.Copy(i).Read(query) == stage.earlier.subject());
    CHECK(stage.feeds.Copy(i).Row(stage.earlier.id()) ==
          stage.feeds.Copy(kSender).Row(stage.earlier.id()));
    CHECK(stage.feeds.Copy(i).Read("SELECT state FROM deliveries") == "DELIVERY_STATE_ARRIVED");
  }
  CHECK(stage.feeds.Copy(kSender).Read("SELECT state FROM documents_outgoing") ==
        "DOCUMENT_STATE_RECALLED");
  stage.CheckAnswers(stage.earlier);
  CHECK(stage.feeds.Copy(kAgrees).Read("SELECT state FROM deliveries") ==
        "DELIVERY_STATE_RECALLED");
  CHECK(stage.owner.Defects().empty());
}

namespace {

constexpr const char* kSecret = "Kỷ luật cán bộ";

v1::DraftContent RestrictedTo(const std::vector<std::string>& units) {
  v1::DraftContent content = ContentTo(units);
  content.set_restricted(true);
  content.set_subject(kSecret);
  content.set_summary(kSecret);
  return content;
}

/// Entered, and given to an official: what a unit does with a document.
void WorkOn(DocumentOwner& owner, const v1::Document& document, const std::string& unit) {
  const v1::Delivery entered = Entered(owner, document, unit);
  owner.Step(&Incomings::AssignDelivery, unit + "/head", [&](auto& request) {
    request.set_delivery_id(entered.id());
    request.set_opinion(kSecret);
    auto* const lead = request.add_assignments();
    lead->set_official_id(unit + "/expert");
    lead->set_role(v1::TASK_ROLE_LEAD);
    lead->set_instruction(kSecret);
  });
  v1::ListTasksRequest mine;
  mine.set_mine(true);
  const auto tasks = owner.Do(&Incomings::ListTasks, mine, unit + "/expert");
  const std::string task = tasks.tasks(tasks.tasks_size() - 1).id();
  owner.Step(&Incomings::StartTask, unit + "/expert",
             [&](auto& request) { request.set_task_id(task); });
  owner.Step(&Incomings::ReportTask, unit + "/expert", [&](auto& request) {
    request.set_task_id(task);
    request.set_text(kSecret);
  });
}

/// Rows of a view, those in view `limited`, and those that say something of the content.
std::string Shown(const UnitCopy& copy, const std::string& view, const std::string& content) {
  return copy.Read(
      "SELECT count(*) || ' ' || count(*) FILTER (WHERE view = 'limited') || ' ' ||"
      " count(*) FILTER (WHERE " +
      content + ") FROM " + view);
}

}  // namespace

TEST_CASE("document: of restricted ones the units' systems select that they are there, no more") {
  DocumentFeeds feeds(2);
  DocumentOwner& owner = feeds.Owner();
  const std::string &sender = feeds.Unit(0), &receiver = feeds.Unit(1);
  const auto upload = Uploaded(owner, std::string(kSecret) + ".pdf", Pdf(500), sender + "/expert");
  const v1::Document document =
      Issued(owner, WithFile(RestrictedTo({receiver}), upload.id()), sender);
  WorkOn(owner, document, receiver);
  Created(owner, RestrictedTo({sender}), receiver);
  // Beside it one that everybody of both units may read.
  const v1::Document open = Issued(owner, ContentTo({receiver}), sender);
  feeds.Start();
  feeds.Settle();

  const std::string says =
      "subject <> '' OR summary <> '' OR sender_name <> '' OR signer IS NOT NULL OR type IS NOT"
      " NULL OR jsonb_array_length(coalesce(attachments, '[]')) > 0";
  CHECK(Shown(feeds.Copy(0), "documents_outgoing", says) == "2 1 1");
  CHECK(Shown(feeds.Copy(1), "documents_incoming", says) == "2 1 1");
  for (int i = 0; i < 2; ++i) {
    CHECK(feeds.Copy(i).Read("SELECT code || ' ' || restricted FROM documents WHERE view ="
                             " 'limited'") == document.code() + " true");
    CHECK(feeds.Copy(i).Read("SELECT subject FROM documents WHERE view = 'full'") ==
          open.subject());
    // Neither a view nor a row behind one has a word of it.
    CHECK(feeds.Copy(i).Sql(std::string("SELECT count(*) FROM feed_record WHERE value LIKE '%") +
                            kSecret + "%' OR value LIKE '%" + upload.sha256() + "%'") == "0");
  }
  CHECK(Shown(feeds.Copy(0), "deliveries", "view = 'full'") == "2 1 0");
  CHECK(Shown(feeds.Copy(1), "deliveries", "view = 'full'") == "2 1 1");
  CHECK(Shown(feeds.Copy(1), "tasks", "instruction <> '' OR jsonb_array_length(reports) > 0") ==
        "1 1 0");
  CHECK(Shown(feeds.Copy(1), "incoming_documents", "opinion <> ''") == "1 1 0");
  CHECK(Shown(feeds.Copy(1), "drafts", "subject <> '' OR author_official_id <> ''") == "1 1 0");
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "document: who carries an office selects its letters, and nothing of its drafts and work") {
  DocumentFeeds feeds(2);
  DocumentOwner& owner = feeds.Owner();
  const std::string &sender = feeds.Unit(0), &carrier = feeds.Unit(1);
  const std::string office = carrier + ".P01";
  owner.AddUnit(office, directory::v1::UNIT_KIND_OFFICE, carrier, "", carrier);
  owner.Carry(office, carrier);
  owner.Staff(office, "PNV");
  feeds.Copy(1).Know(office, carrier);
  const v1::Document received = Issued(owner, ContentTo({office}), sender);
  WorkOn(owner, received, office);
  WorkOn(owner, Issued(owner, RestrictedTo({office}), sender), office);
  const v1::Document sent = Issued(owner, ContentTo({sender}), office);
  Issued(owner, RestrictedTo({sender}), office);
  Created(owner, ContentTo({sender}), office);
  Created(owner, RestrictedTo({sender}), office);
  feeds.Start();
  feeds.Settle();

  const UnitCopy& copy = feeds.Copy(1);
  CHECK(copy.Read("SELECT string_agg(id, ' ') FROM documents_incoming") == received.id());
  CHECK(copy.Read("SELECT string_agg(id, ' ') FROM documents_outgoing") == sent.id());
  CHECK(copy.Read("SELECT count(*) FROM documents") == "2");
  CHECK(copy.Read("SELECT count(*) FROM deliveries") == "2");
  for (const char* view : {"drafts", "incoming_documents", "tasks", "reading_rights",
                           "deadline_notices", "working_files"}) {
    CAPTURE(view);
    CHECK(copy.Read(std::string("SELECT count(*) FROM ") + view) == "0");
  }
  for (const char* view : {"books", "number_series"}) {
    CAPTURE(view);
    CHECK(copy.Read(std::string("SELECT count(*) FROM ") + view + " WHERE unit_id = '" + office +
                    "'") == "0");
  }
  CHECK(copy.Sql(std::string("SELECT count(*) FROM feed_record WHERE value LIKE '%") + kSecret +
                 "%'") == "0");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
