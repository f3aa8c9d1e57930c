#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "component/hotline_rights_table.hpp"
#include "platform/journal/digest.hpp"
#include "support/hotline_files.hpp"
#include "support/hotline_steps.hpp"

/// What not everybody may know of, for the walk over all RPCs of the hotline.
namespace lienthong::hotline {

inline constexpr const char* kPhoneDigits = "908777666";
inline constexpr const char* kNewPhoneDigits = "908777555";  ///< of who is not classified yet

/// Complaints about an office that a district carries, a commune and a department, in every state,
/// and a report that nobody has classified yet. Every text of them is a word that occurs nowhere
/// else.
class Secrets {
 public:
  explicit Secrets(HotlineOwner& owner) : owner_(owner) {}

  void Make() {
    v1::Category category =
        HotlineOwner::NewCategory("CBCC.CHAMTRE", v1::CATEGORY_KIND_CONDUCT, 7, kOfficeOfProvince);
    v1::Question* const question = category.add_questions();
    question->set_code("ai");
    question->set_text("Ai?");
    question->set_type(v1::QUESTION_TYPE_STRING);
    owner_.SetCategory(category);
    const std::string routed = Opened(kDistrictOffice, "routed");
    GiveAndPause(routed);
    const std::string again = Opened(kDistrictOffice, "again");
    AnswerAndReopen(again);
    AnswerAndRate(Opened(kDistrictOffice, "rated"));
    const std::string joined = Opened(kDistrictOffice, "joined");
    owner_.Step(&Tickets::JoinTicket, kNamed, [&](auto& request) {
      request.set_ticket_id(joined);
      request.set_into_ticket_id(routed);
    });
    ReturnIt(Opened(kWard, "returned"));
    Answer(Opened(kWard, "answered"));
    TurnIntoComplaint(kTransport);
    auto unclassified = Appeal(owner_, "");
    Fill(unclassified, "new");
    hotline::Opened(owner_, unclassified);
    v1::GetReporterRequest read;
    read.set_report_id(owner_.Value("SELECT id::text FROM report LIMIT 1"));
    read.set_purpose(Word("purpose"));
    owner_.Do(&Tickets::GetReporter, read, kNamed);
    Collect();
    MakePlain();
  }

  const std::string kNamed = "H09.03/named";
  Values ids;
  std::vector<std::string> words;    ///< of what is restricted, and of who reported
  std::vector<std::string> written;  ///< of these what a named position reads

  std::vector<std::string> HiddenIds() const {
    std::vector<std::string> all;
    for (const char* kind : {"ticket", "assignment", "report", "message", "upload", "code"}) {
      all.insert(all.end(), ids.at(kind).begin(), ids.at(kind).end());
    }
    return all;
  }

 private:
  std::string Word(const std::string& name) {
    words.push_back("zq" + name);
    if (name != "upload") written.push_back(words.back());
    return words.back();
  }
  void Fill(v1::OpenTicketRequest& request, const std::string& name) {
    request.set_text(Word(name + "text"));
    request.mutable_place()->set_address(Word(name + "address"));
    request.mutable_caller()->set_full_name(Word(name + "caller"));
    const bool is_new = request.category_id().empty();
    request.mutable_caller()->set_phone(std::string("0") +
                                        (is_new ? kNewPhoneDigits : kPhoneDigits));
    request.mutable_caller()->set_email(Word(name + "mail") + "@example.com");
    request.mutable_call()->set_number(Word(name + "call"));
    request.add_attachment_upload_ids(Uploaded(owner_, Word(name + "photo") + ".pdf",
                                               Pdf(Word(name + "photobytes")), kOperatorOfCentre));
    request.add_recording_upload_ids(Uploaded(owner_, Word(name + "voice") + ".pdf",
                                              Pdf(Word(name + "voicebytes")), kOperatorOfCentre));
  }
  std::string Opened(const std::string& concerned, const std::string& name) {
    auto request = Complaint(owner_, concerned);
    Fill(request, name);
    auto* const answer = request.add_question_answers();
    answer->set_code("ai");
    answer->add_values(Word(name + "question"));
    return hotline::Opened(owner_, request).ticket().id();
  }
  std::string Give(const std::string& id, const std::string& word) {
    owner_.Step(&Tickets::RouteTicket, kNamed, [&](auto& request) {
      request.set_ticket_id(id);
      request.add_routes()->set_unit_id(kOfficeOfProvince);
      request.mutable_routes(0)->set_instruction(Word(word));
    });
    return owner_.Value("SELECT id::text FROM assignment WHERE ticket_id = '" + id + "'");
  }
  void GiveAndPause(const std::string& id) {
    const std::string given = Give(id, "instruction");
    Accepted(owner_, given, kOfficeOfProvince);
    owner_.Step(&Assignments::PauseAssignment, "H09.01/handler", [&](auto& request) {
      request.set_assignment_id(given);
      request.set_reason(Word("pause"));
    });
  }
  void Answer(const std::string& id) {
    const std::string given = Give(id, "instructionof" + std::to_string(words.size()));
    const std::string mark = std::to_string(words.size());
    owner_.Step(&Assignments::AnswerAssignment, "H09.01/handler", [&](auto& request) {
      request.set_assignment_id(given);
      request.set_answer(Word("answer" + mark));
      request.add_attachment_upload_ids(Uploaded(owner_, Word("answerfile" + mark) + ".pdf",
                                                 Pdf(Word("answerbytes" + mark)),
                                                 "H09.01/handler"));
    });
  }
  void AnswerAlone(const std::string& id) {
    Answer(id);
    Approved(owner_, id, kNamed);
    owner_.Step(&Tickets::KeepPrivate, kNamed, [&](auto& r) { r.set_ticket_id(id); });
  }
  void AnswerAndRate(const std::string& id) {
    AnswerAlone(id);
    owner_.Step(&Tickets::RateTicket, kNamed, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_satisfaction(v1::SATISFACTION_UNSATISFIED);
      request.set_comment(Word("comment"));
    });
  }
  void AnswerAndReopen(const std::string& id) {
    AnswerAlone(id);
    owner_.Step(&Tickets::ReopenTicket, kNamed, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_reason(Word("reopen"));
    });
  }
  void ReturnIt(const std::string& id) {
    const std::string given = Give(id, "instructionback");
    owner_.Step(&Assignments::ReturnAssignment, "H09.01/handler", [&](auto& request) {
      request.set_assignment_id(given);
      request.set_reason(Word("wrongunit"));
    });
  }
  /// About a unit that had answered it before anybody knew; what it said then is no secret.
  void TurnIntoComplaint(const std::string& unit) {
    const std::string id = hotline::Opened(owner_, Appeal(owner_)).ticket().id();
    Routed(owner_, id, {unit});
    AnsweredBy(owner_, id, unit);
    owner_.Step(&Tickets::ReturnAnswer, kApproverOfCentre, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_reason("Dân không đồng ý");
    });
    owner_.Step(&Tickets::ClassifyTicket, kOperatorOfCentre, [&](auto& request) {
      request.set_ticket_id(id);
      request.set_category_id("CBCC.CHAMTRE");
      request.set_concerned_unit_id(unit);
    });
  }
  void Read(const std::string& name, const std::string& sql) {
    const std::string list = owner_.Value("SELECT string_agg(x, '|') FROM (SELECT " + sql + ") t");
    std::istringstream parts(list);
    for (std::string one; std::getline(parts, one, '|');) ids[name].push_back(one);
    INFO(name);
    REQUIRE(!ids[name].empty());
  }
  void Collect() {
    ids["upload"] = {Uploaded(owner_, Word("upload") + ".pdf", Pdf("x"), kNamed)};
    Read("ticket", "id::text AS x FROM ticket");
    Read("assignment", "id::text AS x FROM assignment");
    Read("report", "id::text AS x FROM report");
    Read("message", "id::text AS x FROM message");
    Read("code", "code AS x FROM reporter");
    Read("use",
         "'record_type: ''' || record_type || ''' record_id: ''' || record_id ||"
         " ''' sha256: ''' || sha256 || '''' AS x FROM file_use");
    for (const char* name : {"ticket", "assignment", "report"}) {
      for (const std::string& id : ids.at(name)) {
        ids[std::string(name) + "_bucket"].push_back(
            std::to_string(journal::BucketOf(name + ("/" + id))));
      }
    }
    words.insert(words.end(), {kPhoneDigits, kNewPhoneDigits});
    ids["word"] = {words.front(), words.back()};
  }
  void MakePlain() {
    ids["plain_ticket"] = {hotline::Opened(owner_, Appeal(owner_)).ticket().id()};
    const auto made = owner_.Step(&Knowledge::SaveTemplate, kNamed, [&](auto& request) {
      request.mutable_answer_template()->set_title("Mẫu");
      request.mutable_answer_template()->set_text("Đã nhận.");
    });
    owner_.Step(&Knowledge::PublishTemplate, kNamed,
                [&](auto& request) { request.set_template_id(made.id()); });
    ids["plain_template"] = {made.id()};
  }

  HotlineOwner& owner_;
};

}  // namespace lienthong::hotline
