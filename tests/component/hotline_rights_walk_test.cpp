// Who may not know of a complaint finds nothing of it by any RPC, on a real PostgreSQL.
#include <algorithm>
#include <set>
#include <sstream>

#include "component/hotline_rights_stage.hpp"
#include "support/any_rpc.hpp"

namespace lienthong::hotline {
namespace {

using support::Reply;

std::string UnitOf(const std::string& official) { return official.substr(0, official.find('/')); }

/// The first of what is hidden that a text shows; what the caller asked with is no news to it.
const std::string* ShownOf(const std::vector<std::string>& hidden, const std::string& text,
                           const std::string& asked) {
  const auto shown = std::find_if(hidden.begin(), hidden.end(), [&](const std::string& one) {
    return text.find(one) != std::string::npos && asked.find(one) == std::string::npos;
  });
  return shown == hidden.end() ? nullptr : &*shown;
}

/// A way to ask, and who asks.
struct Probe {
  const std::string& method;
  const std::string& official;
  const Ask& ask;
};

/// The walk through the table as one official after the other.
class Walk {
 public:
  Walk() {
    for (const auto* const service : owner.Served()) rpc.Add(*service);
    owner.AddPosition(
        "boss", {"file.read", "file.upload", "hotline.access_log", "hotline.approve",
                 "hotline.confidential", "hotline.knowledge", "hotline.lead", "hotline.operate",
                 "hotline.read", "hotline.reporter", "hotline.work", "journal.history"});
    secrets.Make();
  }

  std::string Boss(const std::string& unit) {
    owner.Appoint(unit, "boss", "boss");
    return unit + "/boss";
  }
  Reply Call(const std::string& method, const std::string& asked, const std::string& official) {
    const std::string unit = UnitOf(official);
    if (official == kPortal) return rpc.Call("service-portal", method, asked, "");
    return rpc.Call("unit-" + (unit == kDistrictOffice ? kDistrict : unit), method, asked,
                    official);
  }
  /// All of the table, as somebody who may know of nothing.
  void CheckAll(const std::string& official) {
    for (const auto& [method, asks] : AllRpcs()) {
      const std::string before = Versions();
      for (const Ask& ask : asks) {
        for (std::size_t round = 0; round < RoundsOf(ask); ++round) {
          CheckAsk({method, official, ask}, round);
        }
      }
      INFO(method << " as " << official);
      CHECK(Versions() == before);
    }
  }
  /// All that reading RPCs answer somebody.
  std::string Gather(const std::string& official, std::set<std::string>* showing = nullptr) {
    std::string text;
    for (const auto& [method, asks] : AllRpcs()) {
      if (rpc.Methods().at(method)->input_type()->FindFieldByName("request_id") != nullptr ||
          method == "FileService.CancelUpload" || method == "FileService.WriteUpload") {
        continue;
      }
      for (const Ask& ask : asks) {
        for (std::size_t round = 0; round < RoundsOf(ask); ++round) {
          const std::string asked = Filled(ask.request, ValuesFor(official), round);
          const Reply answer = Call(method, asked, official);
          text += answer.text + answer.data;
          if (showing != nullptr && ShownOf(secrets.HiddenIds(), answer.text, asked)) {
            showing->insert(method + " " + ask.request);
          }
        }
      }
    }
    return text;
  }

  static inline const std::string kPortal = "portal";
  HotlineOwner owner;
  support::AnyRpc rpc{owner};
  Secrets secrets{owner};

 private:
  Values ValuesFor(const std::string& official) const {
    Values values = secrets.ids;
    values["unit"] = {official == kPortal ? kTransport : UnitOf(official)};
    return values;
  }
  /// Instead of what is hidden, what there is not.
  Values NothingFor(const std::string& official) {
    Values values = ValuesFor(official);
    for (auto& [name, value] : values) {
      if (!name.starts_with("plain_") && name != "unit") value = {owner.NewId()};
    }
    for (const char* name : {"ticket_bucket", "assignment_bucket", "report_bucket"}) {
      values[name] = {"0"};
    }
    values["use"] = {"record_type: 'ticket' record_id: '" + owner.NewId() + "' sha256: '" +
                     std::string(64, '0') + "'"};
    values["code"] = {"0000-0000-0000"};
    values["word"] = {"khong"};
    return values;
  }
  std::size_t RoundsOf(const Ask& ask) const {
    std::size_t rounds = 1;
    for (const auto& [name, value] : secrets.ids) {
      if (ask.request.find("$" + name) != std::string::npos)
        rounds = std::max(rounds, value.size());
    }
    return rounds;
  }
  std::string Versions() {
    std::string ids;
    for (const std::string& id : secrets.HiddenIds()) ids += ",'" + id + "'";
    return owner.Value(
        "SELECT string_agg(record_type || record_id || ' ' || version, ';' ORDER BY"
        " record_type, record_id) FROM head WHERE record_id IN (" +
        ids.substr(1) + ")");
  }
  void CheckAsk(const Probe& question, std::size_t round) {
    const auto& [method, official, ask] = question;
    const bool is_refused = ask.expect == Expect::kRefused;
    std::vector<std::string> further{""};
    if (is_refused && rpc.Methods().at(method)->input_type()->FindFieldByName("expected_version")) {
      further.push_back(" expected_version: 77");
    }
    for (const std::string& more : further) {
      const std::string asked = Filled(ask.request, ValuesFor(official), round) + more;
      const Reply answer = Call(method, asked, official);
      for (const auto& hidden : {secrets.words, secrets.HiddenIds()}) {
        const std::string* const shown = ShownOf(hidden, answer.text + answer.data, asked);
        if (shown != nullptr) Report(question, "shows " + *shown, answer, asked);
      }
      const auto code = answer.outcome.code;
      if (is_refused && code != grpc::NOT_FOUND && code != grpc::PERMISSION_DENIED) {
        Report(question, "is not refused", answer, asked);
      }
      if (!is_refused && ask.expect != Expect::kAsUnknown) continue;
      const Reply other =
          Call(method, Filled(ask.request, NothingFor(official), 0) + more, official);
      if (answer.outcome == other.outcome && (code == grpc::OK || answer.text == other.text)) {
        continue;
      }
      std::ostringstream what;
      what << "is told apart from what is not there (" << other.outcome << ")";
      Report(question, what.str(), answer, asked);
    }
  }
  /// Each finding once, with its first example.
  void Report(const Probe& question, const std::string& what, const Reply& answer,
              const std::string& asked) {
    if (!reported_.insert(question.official + question.method + question.ask.request).second) {
      return;
    }
    FAIL_CHECK(question.method << " as " << question.official << " " << what << "; answered "
                               << answer.outcome << " to: " << asked);
  }

  std::set<std::string> reported_;
};

}  // namespace

TEST_CASE("hotline: who a complaint is about, its carrier and others find nothing by any RPC") {
  Walk walk;
  // Each RPC that is served has its place in the table, each record type its history.
  std::set<std::string> served, listed;
  for (const auto& [name, method] : walk.rpc.Methods()) served.insert(name);
  for (const auto& [name, asks] : AllRpcs()) listed.insert(name);
  REQUIRE(served == listed);
  const RightsTable of_journal = OfTheJournal();
  std::string histories;
  for (const Ask& ask : of_journal.front().second) histories += ask.request;
  for (const std::string& type : Source(walk.owner.sharing_).Types()) {
    INFO(type);
    REQUIRE(histories.find("record_type: '" + type + "'") != std::string::npos);
  }

  for (const char* unit : {kDistrictOffice, kDistrict, kWard, kTransport}) {
    walk.CheckAll(walk.Boss(unit));
  }
  walk.CheckAll(Walk::kPortal);

  // Of its units those without the right read that there is something, and not what.
  for (const char* official : {"H09.03/operator", "H09.03/guest", "H09.01/handler"}) {
    const std::string text = walk.Gather(official);
    for (const std::string& word : walk.secrets.words) {
      INFO(official << " reads " << word);
      // Read by who is to classify it.
      const bool is_new = word.starts_with("zqnew") || word == kNewPhoneDigits;
      CHECK((is_new || text.find(word) == std::string::npos));
    }
  }
  // Of who reported there is nothing in what is published, and of what is restricted no word.
  for (const std::string& word : walk.secrets.words) {
    INFO(word);
    CHECK(walk.owner.Value("SELECT count(*) FROM journal j WHERE j::text ILIKE '%" + word + "%'") ==
          "0");
    CHECK(walk.owner.Value("SELECT count(*) FROM head h WHERE h::text ILIKE '%" + word + "%'") ==
          "0");
  }
  CHECK(walk.owner.Defects().empty());

  // Who has the right reads every word, and is shown what others are not: the walk can see.
  std::set<std::string> showing;
  const std::string text = walk.Gather(walk.Boss(kCentreUnit), &showing);
  for (const std::string& word : walk.secrets.written) {
    if (text.find(word) == std::string::npos) FAIL_CHECK("nobody finds " << word);
  }
  for (const auto& [method, asks] : AllRpcs()) {
    for (const Ask& ask : asks) {
      if (ask.expect != Expect::kHidden || showing.contains(method + " " + ask.request)) continue;
      FAIL_CHECK("who has the right is shown nothing by " << method << " " << ask.request);
    }
  }
}

}  // namespace lienthong::hotline
