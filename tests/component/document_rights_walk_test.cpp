// Who has no right to what is restricted finds nothing of it by any RPC and in any SQL view: on a
// real PostgreSQL and a real Kafka.
#include <algorithm>
#include <set>
#include <sstream>

#include "component/document_rights_rpc.hpp"
#include "component/document_rights_stage.hpp"
#include "component/document_rights_table.hpp"
#include "support/document_exchange.hpp"
#include "support/document_feeds.hpp"

namespace lienthong::document {
namespace {

/// What who has the right gets.
struct Found {
  std::string text;               ///< all that is answered
  std::set<std::string> shown;    ///< requests whose answers show something restricted
  std::set<std::string> reached;  ///< requests that found their record
};

/// The first of what is hidden that a text shows; what the caller asked with is no news to it.
const std::string* ShownOf(const std::vector<std::string>& hidden, const std::string& text,
                           const std::string& asked) {
  const auto shown = std::find_if(hidden.begin(), hidden.end(), [&](const std::string& one) {
    return text.find(one) != std::string::npos && asked.find(one) == std::string::npos;
  });
  return shown == hidden.end() ? nullptr : &*shown;
}

/// The walk through the table as one official after the other.
class Walk {
 public:
  Walk() {
    // The clerks and the leaders of the unit have the right: a colleague's position is another.
    const std::vector<std::string> worker{"document.draft", "document.gateway", "document.read",
                                          "document.sign",  "document.work",    "file.read",
                                          "file.upload",    "journal.history"};
    std::vector<std::string> all{"document.clerk", "document.lead", "document.sign.head"};
    all.insert(all.end(), worker.begin(), worker.end());
    owner.AddPosition("worker", worker);
    owner.AddPosition("boss", all);
    secrets.MakePlain();
  }

  /// An official who has a draft, a file and a delivery of its own.
  std::string Official(const std::string& unit, const std::string& position) {
    const std::string official = unit + "/" + position;
    owner.Appoint(unit, position, position);
    Values& mine = mine_[official];
    auto plan = PlanRequest(owner, "CUA." + position);
    plan.set_official_id(official);
    const std::string file = owner.Do(&WorkingFiles::PlanFile, plan, unit + "/clerk").id();
    owner.Step(&WorkingFiles::OpenFile, official,
               [&](auto& request) { request.set_file_id(file); });
    const auto draft = owner.Step(&Drafts::CreateDraft, official, [&](auto& request) {
      *request.mutable_content() = ContentTo({kOtherDepartment});
    });
    const auto delivery =
        owner.Step(&Incomings::RegisterIncoming, unit + "/clerk", [&](auto& request) {
          request.set_sender_name("Bộ Nội vụ của " + position);
          request.set_document_date("2019-07-01");
          request.mutable_type()->set_name("Công văn");
          request.set_subject("Việc thường");
        });
    mine["my_file"] = {file};
    mine["my_draft"] = {draft.id()};
    mine["my_delivery"] = {delivery.id()};
    mine["me"] = {official};
    return official;
  }
  /// Uploads of its own, which end after a day.
  void Arm(const std::string& official) {
    Values& mine = mine_[official];
    // States that an organisation outside gives of documents that it never got.
    for (const char* code : {"03/QĐ-STTTT", "04/QĐ-STTTT", "01/QĐ-KHONG"}) {
      v1::Document document;
      document.set_code(code);
      const auto upload = Uploaded(owner, "goi.edxml", Written(StatusOf(document, "03")), official);
      mine[std::string(code) == "01/QĐ-KHONG" ? "no_packet" : "packet"].push_back(upload.id());
    }
  }
  /// What reports count for an official.
  std::string CountsFor(const std::string& official) {
    std::string text;
    for (const auto& [method, asks] : DocumentsAndReports()) {
      if (method != "ReportService.GetStatusReport" && method != "ReportService.GetIndicators") {
        continue;
      }
      for (const Ask& ask : asks) text += rpc.Call(method, ask.request, official).text;
    }
    return text;
  }
  void CheckAll(const std::string& official) {
    Arm(official);
    for (const auto& [method, asks] : AllRpcs()) {
      const std::string before = Versions();
      for (const Ask& ask : asks) {
        for (std::size_t round = 0; round < RoundsOf(ask, official); ++round) {
          CheckAsk({method, official, ask}, round);
        }
      }
      INFO(method << " as " << official);
      CHECK(Versions() == before);
    }
  }
  /// All that an official with the right is shown, and where its calls found their records.
  void Gather(const std::string& official, bool acting, Found& found) {
    ForEach(official, acting, [&](const Question& question, const std::string& asked) {
      const Reply answer = rpc.Call(question.method, asked, official);
      found.text += answer.text;
      for (const auto& hidden : {secrets.Words(), secrets.RestrictedIds()}) {
        if (ShownOf(hidden, answer.text, asked)) found.shown.insert(KeyOf(question));
      }
      const auto code = answer.outcome.code;
      if (code != grpc::NOT_FOUND && code != grpc::INVALID_ARGUMENT &&
          answer.outcome.reason != "PERMISSION_MISSING") {
        found.reached.insert(KeyOf(question));
      }
    });
  }
  /// What the partner's clerk, who sees the documents, reads of the unit's own work on them.
  void CheckReading(const std::string& official) {
    ForEach(official, false, [&](const Question& question, const std::string& asked) {
      const Reply answer = rpc.Call(question.method, asked, official);
      ReportAny(question, "a word", secrets.own, answer.text, asked);
    });
  }

  DocumentOwner owner;
  AnyRpc rpc{owner};
  Secrets secrets{owner, kWard, kDepartment};

 private:
  const Values& ValuesFor(const std::string& official) {
    Values& values = values_[official];
    if (!values.empty()) return values;
    values = secrets.ids;
    for (const auto& [name, value] : mine_[official]) values[name] = value;
    values["unit"] = {secrets.unit};
    values["partner"] = {secrets.partner};
    return values;
  }
  /// Instead of what is restricted, what there is not.
  Values NothingFor(const std::string& official) {
    Values values = ValuesFor(official);
    for (auto& [name, value] : values) {
      if (name.starts_with("plain_") || mine_[official].contains(name)) continue;
      if (name != "unit" && name != "partner") value = {owner.NewId()};
    }
    values["file"] = {secrets.unit + ":2019:KHONG"};
    values["item"] = {values["file"][0] + ":" + owner.NewId()};
    values["right"] = {owner.NewId() + ":" + secrets.unit};
    values["book"] = {secrets.unit + ":2019:khong"};
    values["sha"] = {std::string(64, '0')};
    values["use"] = {"record_type: 'document' record_id: '" + owner.NewId() + "' sha256: '" +
                     values["sha"][0] + "'"};
    values["packet"] = mine_[official]["no_packet"];
    values["word"] = {"khong"};
    return values;
  }
  std::size_t RoundsOf(const Ask& ask, const std::string& official) {
    std::size_t rounds = 1;
    for (const auto& [name, value] : ValuesFor(official)) {
      if (ask.request.find("$" + name) == std::string::npos) continue;
      rounds = std::max(rounds, value.size());
    }
    return rounds;
  }
  /// `visit(question, request)` for every request of RPCs that change something, or of the others.
  template <class Visit>
  void ForEach(const std::string& official, bool acting, const Visit& visit) {
    for (const auto& [method, asks] : AllRpcs()) {
      const auto* const id = rpc.Methods().at(method)->input_type()->FindFieldByName("request_id");
      if ((id != nullptr) != acting) continue;
      for (const Ask& ask : asks) {
        for (std::size_t round = 0; round < RoundsOf(ask, official); ++round) {
          visit({method, official, ask}, Filled(ask.request, ValuesFor(official), round));
        }
      }
    }
  }
  std::string Versions() {
    std::string ids;
    for (const std::string& id : secrets.RestrictedIds()) ids += ",'" + id + "'";
    return owner.Value(
        "SELECT string_agg(record_type || record_id || ' ' || version, ';' ORDER BY"
        " record_type, record_id) FROM head WHERE record_id IN (" +
        ids.substr(1) + ")");
  }

  void CheckAsk(const Question& question, std::size_t round) {
    const auto& [method, official, ask] = question;
    const bool of_unit = UnitOf(official) == secrets.unit;
    const bool of_party = of_unit || UnitOf(official) == secrets.partner;
    const bool refused = ask.expect == Expect::kRefused || ask.expect == Expect::kTakenOver ||
                         (ask.expect == Expect::kOfUnit && !of_unit) ||
                         (ask.expect == Expect::kOfParties && !of_party);
    std::vector<std::string> further{""};
    if (refused && rpc.Methods().at(method)->input_type()->FindFieldByName("expected_version")) {
      further.push_back(" expected_version: 77");
    }
    for (const std::string& more : further) {
      const std::string asked = Filled(ask.request, ValuesFor(official), round) + more;
      const Reply answer = rpc.Call(method, asked, official);
      ReportAny(question, "a word", secrets.Words(), answer.text, asked);
      if (ask.expect != Expect::kOfFeed || !of_party) {
        ReportAny(question, "an id", secrets.HiddenIds(of_party), answer.text, asked);
      }
      const auto code = answer.outcome.code;
      if (refused && more.empty() && code != grpc::NOT_FOUND && code != grpc::PERMISSION_DENIED) {
        Report(question, "not refused", answer.outcome, asked);
      }
      const bool is_plain = ask.request.find("$plain_") != std::string::npos;
      if (is_plain || (!refused && ask.expect != Expect::kAsUnknown)) continue;
      const Reply& other = Unknown(question, more);
      if (answer.outcome == other.outcome && (code == grpc::OK || answer.text == other.text)) {
        continue;
      }
      std::ostringstream what;
      what << "told apart from what is not there" << more << " (" << other.outcome << ")";
      Report(question, what.str(), answer.outcome, asked);
    }
  }
  /// What the same call is answered with of what there is not.
  const Reply& Unknown(const Question& question, const std::string& more) {
    const auto& [method, official, ask] = question;
    const auto [place, is_new] = unknown_.try_emplace(official + KeyOf(question) + more);
    if (is_new) {
      place->second =
          rpc.Call(method, Filled(ask.request, NothingFor(official), 0) + more, official);
    }
    return place->second;
  }
  void ReportAny(const Question& question, const std::string& what,
                 const std::vector<std::string>& hidden, const std::string& text,
                 const std::string& asked) {
    const std::string* const shown = ShownOf(hidden, text, asked);
    if (shown != nullptr) Report(question, "shows " + what + " (" + *shown + ")", kDone, asked);
  }
  /// Each finding once, with its first example.
  void Report(const Question& question, const std::string& what, const Outcome& outcome,
              const std::string& asked) {
    const std::string kind = what.substr(0, what.find('('));
    if (!reported_.insert(question.official + KeyOf(question) + kind).second) return;
    FAIL_CHECK(question.method << " as " << question.official << " " << what << "; answered "
                               << outcome << " to: " << asked);
  }

  std::set<std::string> reported_;
  std::map<std::string, Reply> unknown_;
  std::map<std::string, Values> mine_, values_;
};

}  // namespace

TEST_CASE("rights: a colleague without the right, other units and those above find nothing") {
  Walk walk;
  // Each RPC that is served has its place in the table.
  std::set<std::string> served, listed;
  for (const auto& [name, method] : walk.rpc.Methods()) served.insert(name);
  for (const auto& [name, asks] : AllRpcs()) listed.insert(name);
  REQUIRE(served == listed);
  std::string histories;
  for (const auto& [name, asks] : AllRpcs()) {
    if (name != "JournalService.ListRecordHistory") continue;
    for (const Ask& ask : asks) histories += ask.request;
  }
  for (const std::string& type : Source(walk.owner.sharing_).Types()) {
    INFO(type);
    REQUIRE(histories.find("record_type: '" + type + "'") != std::string::npos);
  }

  std::vector<std::string> officials, counts;
  for (const char* unit : {kWard, kDepartment}) officials.push_back(walk.Official(unit, "worker"));
  for (const char* unit : {kOtherDepartment, kOtherWard, kDistrict, "H09"}) {
    officials.push_back(walk.Official(unit, "boss"));
  }
  for (const std::string& official : officials) counts.push_back(walk.CountsFor(official));
  Secrets& secrets = walk.secrets;
  secrets.Make();
  for (std::size_t i = 0; i < officials.size(); ++i) {
    INFO(officials[i]);
    CHECK(walk.CountsFor(officials[i]) == counts[i]);
  }
  secrets.Link();
  secrets.Age();
  secrets.Collect();
  for (const std::string& official : officials) walk.CheckAll(official);
  const std::string partner = walk.Official(kDepartment, "boss");
  walk.Arm(partner);
  walk.CheckReading(partner);

  // Who has the right finds every word, and every record to act on: the walk sees what there is.
  Found found;
  std::vector<std::string> entitled;
  for (const char* position : {"expert", "boss"}) {
    entitled.push_back(walk.Official(kWard, position));
    walk.Arm(entitled.back());
  }
  for (const bool acting : {false, true}) {
    for (const std::string& official : entitled) walk.Gather(official, acting, found);
  }
  for (const std::string& word : secrets.Words()) {
    if (found.text.find(word) == std::string::npos) FAIL_CHECK("nobody finds " << word);
  }
  for (const auto& [method, asks] : AllRpcs()) {
    for (const Ask& ask : asks) {
      const std::string key = KeyOf({method, entitled.front(), ask});
      if (ask.expect == Expect::kRefused && !found.reached.contains(key)) {
        FAIL_CHECK("who has the right reaches no record by " << key);
      }
      if (ask.expect == Expect::kHidden && !found.shown.contains(key)) {
        FAIL_CHECK("who has the right is shown nothing by " << key);
      }
    }
  }
  CHECK(walk.owner.Defects().empty());
}

namespace {

/// Every SQL view of the records of documents.
std::vector<std::string> SqlViews() {
  std::vector<std::string> views;
  for (const auto& [name, type] : replica::RecordTypes()) {
    if (type.message->file()->package() != "lienthong.document.v1") continue;
    views.push_back(type.sql_view);
    for (const replica::Selection& selection : type.selections) {
      views.push_back(selection.sql_view);
    }
  }
  return views;
}

/// The columns that say something in a row of view `limited`.
std::string SaidOf(const UnitCopy& copy, const std::string& view) {
  return copy.Read("SELECT string_agg(DISTINCT c.key, ' ' ORDER BY c.key) FROM " + view +
                   " r, jsonb_each(to_jsonb(r)) c WHERE r.view = 'limited'"
                   " AND c.value NOT IN ('null', '\"\"', '[]', '{}', '0', 'false')"
                   " AND c.value::text NOT LIKE '%_UNSPECIFIED\"'");
}

}  // namespace

TEST_CASE("rights: SQL views show of what is restricted number and date, to its units alone") {
  DocumentFeeds feeds(4);
  DocumentOwner& owner = feeds.Owner();
  constexpr int kPartner = 0, kUnit = 1, kAbove = 3;
  owner.AddUnit(feeds.Unit(kUnit), directory::v1::UNIT_KIND_DEPARTMENT, feeds.Unit(kAbove));
  Secrets secrets(owner, feeds.Unit(kUnit), feeds.Unit(kPartner));
  secrets.MakePlain();
  secrets.Make();
  secrets.Link();
  secrets.Age();
  secrets.Collect();
  feeds.Start();
  feeds.Settle();
  for (int i = 0; i <= kAbove; ++i) {
    const UnitCopy& copy = feeds.Copy(i);
    const bool is_party = i == kPartner || i == kUnit;
    for (const std::string& view : SqlViews()) {
      const std::string rows = copy.Read("SELECT string_agg(r::text, ' ') FROM " + view + " r");
      for (const std::string& word : secrets.Words()) {
        if (rows.find(word) == std::string::npos) continue;
        FAIL_CHECK(view << " of copy " << i << " shows " << word);
      }
      for (const std::string& id : secrets.RestrictedIds()) {
        if (is_party || rows.find(id) == std::string::npos) continue;
        FAIL_CHECK(view << " of copy " << i << " shows the id " << id);
      }
    }
    for (const std::string& word : secrets.Words()) {  // nor a row behind a view
      INFO(word << " in copy " << i);
      CHECK(copy.Sql("SELECT count(*) FROM feed_record WHERE value LIKE '%" + word + "%'") == "0");
    }
    if (!is_party) continue;
    CHECK(copy.Read("SELECT count(*) FROM documents WHERE view = 'full'") == "3");
    for (const char* view : {"documents", "documents_outgoing", "documents_incoming"}) {
      INFO(view << " of copy " << i);
      CHECK(SaidOf(copy, view) == "code document_date id restricted sender_unit_id version view");
    }
  }
  const UnitCopy& copy = feeds.Copy(kUnit);
  CHECK(SaidOf(copy, "drafts") == "id restricted state unit_id version view");
  CHECK(SaidOf(copy, "working_files") == "id notation restricted state unit_id version view year");
  CHECK(SaidOf(copy, "file_items") == "file_id id ordinal state unit_id version view");
  CHECK(SaidOf(copy, "reading_rights") == "document_id id unit_id version view");
  CHECK(SaidOf(copy, "destructions") == "id restricted state unit_id version view");
  CHECK(owner.Defects().empty());
}

}  // namespace lienthong::document
