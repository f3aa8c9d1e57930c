#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "platform/journal/digest.hpp"
#include "platform/journal/times.hpp"
#include "support/document_working_files.hpp"

/// Restricted records of every kind, whose every text is a word that occurs nowhere else.
namespace lienthong::document {

/// A unit that gets, writes and files restricted documents, and a partner that it exchanges them
/// with; beside them ordinary records.
class Secrets {
 public:
  Secrets(DocumentOwner& owner, std::string unit, std::string partner)
      : unit(std::move(unit)), partner(std::move(partner)), owner_(owner) {
    owner_.Appoint(this->unit, "leaver", "expert");
  }

  /// Ordinary records; they are there before anything restricted is.
  void MakePlain() {
    answered_ = Entered(owner_, Issued(owner_, ContentTo({unit}), partner), unit).id();
    replaced_ = Issued(owner_, ContentTo({unit}), partner).id();
    file_ = Opened(owner_, PlanRequest(owner_, "THUONG"), unit).id();
    ids["plain_delivery"] = {answered_};
    ids["plain_document"] = {replaced_};
    ids["plain_file"] = {file_};
  }
  /// Everything that is restricted, but for what only time brings.
  void Make() {
    MakeDrafts();
    MakeArrived();
    MakeSent();
    MakeFiles();
  }
  /// Ordinary records come to touch restricted ones.
  void Link() {
    owner_.Do(&WorkingFiles::AddToFile, AddRequest(owner_, file_, arrived_), unit + "/clerk");
    owner_.Step(&Incomings::CompleteDelivery, unit + "/clerk", [&](auto& request) {
      request.set_delivery_id(answered_);
      request.set_answering_document_id(answer_);
    });
    v1::DraftContent content = Content("replacing", unit, partner, shared);
    content.set_changed_document_id(replaced_);
    content.set_change_kind(v1::CHANGE_KIND_REPLACE);
    const v1::Document replacing = Issued(owner_, content, partner);
    owner_.Step(&Incomings::AnswerChange, unit + "/clerk", [&](auto& request) {
      replacing_ = DeliveryTo(owner_, replacing, unit).id();
      request.set_delivery_id(replacing_);
      request.set_accept(true);
    });
    // One that everybody of both may read speaks of what they may not.
    v1::DraftContent speaking = ContentTo({unit});
    speaking.set_changed_document_id(arrived_);
    speaking.set_change_kind(v1::CHANGE_KIND_UPDATE);
    speaking.add_response_for()->set_document_id(arrived_);
    speaking.mutable_response_for(0)->set_code("03/QĐ");
    speaking.mutable_response_for(0)->set_document_date("2019-07-10");
    ids["plain_document"].push_back(Issued(owner_, speaking, partner).id());
    ids["plain_delivery"].push_back(
        owner_.Value("SELECT id::text FROM delivery WHERE document_id = '" + replaced_ + "'"));
  }
  /// Two years later: deadlines have passed, files are to be destroyed, an official has left.
  void Age() {
    directory::v1::Official leaver;
    leaver.set_id(unit + "/leaver");
    owner_.Publish("official", leaver.id(), leaver);
    Scheduled scheduled(owner_);
    scheduled.Run();
    owner_.MoveClockTo("2022-03-01T01:00:00Z");
    scheduled.Run();
    const std::string refused = Propose("destroyfirst");
    owner_.Step(&WorkingFiles::DecideDestruction, unit + "/head", [&](auto& request) {
      request.set_destruction_id(refused);
      request.set_reason(Own("decision"));
    });
    Propose("destroysecond");
    ids["upload"] = {Announced(owner_, Own("uploadname") + ".pdf", 100, unit + "/expert").id()};
  }
  /// Names all that is restricted.
  void Collect() {
    Read("draft", "d.id::text FROM draft d JOIN content c ON c.id = d.id WHERE c.restricted");
    Read("document", "id::text FROM document WHERE restricted");
    Read("delivery", "id::text FROM delivery WHERE restricted");
    Read("task", "id::text FROM task WHERE restricted");
    Read("file", "id FROM working_file WHERE restricted");
    // Of what an ordinary file holds it shows that it is there.
    Read("item",
         "i.id FROM file_item i JOIN working_file f ON f.id = i.file_id WHERE f.restricted");
    Read("plain_item", "id FROM file_item WHERE file_id = '" + file_ + "'");
    Read("destruction", "id::text FROM destruction");
    Read("right", "document_id || ':' || unit_id FROM reading_right");
    Read("sha", "sha256 FROM file");
    Read("use",
         "'record_type: ''' || record_type || ''' record_id: ''' || record_id ||"
         " ''' sha256: ''' || sha256 || '''' FROM file_use");
    for (const auto& [type, name] : std::map<std::string, std::string>{{"draft", "draft"},
                                                                       {"document", "document"},
                                                                       {"delivery", "delivery"},
                                                                       {"task", "task"},
                                                                       {"file", "file"},
                                                                       {"file-item", "item"}}) {
      for (const std::string& id : ids.at(name)) {
        ids[name + "_bucket"].push_back(std::to_string(journal::BucketOf(type + "/" + id)));
      }
    }
    shared.insert(shared.end(), ids["sha"].begin(), ids["sha"].end());
    ids["book"] = {unit + ":2019:di", unit + ":2019:den"};
    ids["word"] = Words();
    Read("named_item", "id FROM file_item WHERE document_id = '" + arrived_ + "'");
    for (const std::string& id : ids["named_item"]) named.push_back(id);
    named.insert(named.end(), {arrived_, answer_, replacing_});
  }

  std::vector<std::string> Words() const {
    std::vector<std::string> words = own;
    words.insert(words.end(), shared.begin(), shared.end());
    return words;
  }
  /// Ids of all restricted records.
  std::vector<std::string> RestrictedIds() const {
    std::vector<std::string> all;
    for (const char* kind : {"draft", "document", "delivery", "task", "file", "item", "destruction",
                             "right", "upload"}) {
      all.insert(all.end(), ids.at(kind).begin(), ids.at(kind).end());
    }
    return all;
  }

  /// Of them those that no answer shows to the unit or its partner, or to others.
  std::vector<std::string> HiddenIds(bool of_party) const {
    std::vector<std::string> hidden = RestrictedIds();
    std::erase_if(hidden, [&](const std::string& id) {
      return of_party && std::find(named.begin(), named.end(), id) != named.end();
    });
    return hidden;
  }

  const std::string unit, partner;
  /// Words of the unit alone, and those that its partner's clerks and leaders know too.
  std::vector<std::string> own, shared;
  /// Ids of restricted records that ordinary ones name: with number and date they are what the
  /// view `limited` has of them, in the copies of the same units.
  std::vector<std::string> named;
  /// By what a request calls them: "draft", "document", ...
  std::map<std::string, std::vector<std::string>> ids;

 private:
  std::string Say(const std::string& what, std::vector<std::string>& words) {
    words.push_back("zq" + what);
    return words.back();
  }
  std::string Own(const std::string& what) { return Say(what, own); }
  void Read(const std::string& kind, const std::string& rows) {
    std::istringstream lines(
        owner_.Value("SELECT string_agg(t, E'\\n') FROM (SELECT " + rows + ") AS r(t)"));
    ids[kind].clear();
    for (std::string line; std::getline(lines, line);) ids[kind].push_back(line);
    REQUIRE_FALSE(ids[kind].empty());
  }

  v1::DraftContent Content(const std::string& what, const std::string& to, const std::string& from,
                           std::vector<std::string>& words) {
    const auto upload = Uploaded(owner_, Say(what + "name", words) + ".pdf",
                                 "%PDF-1.7\n" + Say(what + "bytes", words), from + "/expert");
    v1::DraftContent content = WithFile(ContentTo({to}), upload.id());
    content.mutable_attachments(0)->set_description(Say(what + "about", words));
    content.set_subject(Say(what + "subject", words));
    content.set_summary(Say(what + "summary", words));
    content.set_due_date("2019-08-30");
    content.set_restricted(true);
    return content;
  }

  void MakeDrafts() {
    const v1::Draft draft = Submitted(owner_, Content("draft", partner, unit, own), unit);
    owner_.Step(&Drafts::GiveOpinion, unit + "/clerk", [&](auto& request) {
      request.set_draft_id(draft.id());
      request.set_text(Own("draftopinion"));
    });
    owner_.Step(&Drafts::ReturnDraft, unit + "/head", [&](auto& request) {
      request.set_draft_id(draft.id());
      request.set_reason(Own("returned"));
    });
    const v1::Draft voided = Signed(owner_, Content("voided", partner, unit, own), unit);
    owner_.Do(&Drafts::NumberDraft, NumberRequest(owner_, voided), unit + "/clerk");
    owner_.Step(&Drafts::WithdrawDraft, unit + "/clerk", [&](auto& request) {
      request.set_draft_id(voided.id());
      request.set_reason(Own("withdrawn"));
    });
    Submitted(owner_, Content("waiting", partner, unit, own), unit);
  }

  void MakeArrived() {
    const v1::Document document =
        Issued(owner_, Content("arrived", unit, partner, shared), partner);
    arrived_ = document.id();
    const std::string delivery = Entered(owner_, document, unit).id();
    owner_.Step(&Incomings::AssignDelivery, unit + "/head", [&](auto& request) {
      request.set_delivery_id(delivery);
      request.set_opinion(Own("leaderopinion"));
      for (const char* official : {"/expert", "/leaver", "/guest"}) {
        auto* const one = request.add_assignments();
        one->set_official_id(unit + official);
        one->set_role(request.assignments_size() == 1 ? v1::TASK_ROLE_LEAD
                                                      : v1::TASK_ROLE_COORDINATE);
        one->set_instruction(Own("instruction" + std::to_string(request.assignments_size())));
        journal::SetTime(one->mutable_deadline(), base::ParseTime("2019-08-20T03:00:00Z"));
      }
    });
    const auto task_of = [&](const std::string& official) {
      return owner_.Value("SELECT id::text FROM task WHERE assignee_official_id = '" + unit +
                          official + "'");
    };
    owner_.Step(&Incomings::StartTask, unit + "/expert",
                [&](auto& request) { request.set_task_id(task_of("/expert")); });
    owner_.Step(&Incomings::ReportTask, unit + "/expert", [&](auto& request) {
      request.set_task_id(task_of("/expert"));
      request.set_text(Own("report"));
    });
    owner_.Step(&Incomings::SetTaskDeadline, unit + "/head", [&](auto& request) {
      request.set_task_id(task_of("/leaver"));
      request.set_reason(Own("postponed"));
      journal::SetTime(request.mutable_deadline(), base::ParseTime("2019-08-21T03:00:00Z"));
    });
    owner_.Step(&Incomings::WithdrawTask, unit + "/head", [&](auto& request) {
      request.set_task_id(task_of("/guest"));
      request.set_reason(Own("taskback"));
    });
    const v1::Document refused = Issued(owner_, Content("refused", unit, partner, shared), partner);
    owner_.Step(&Incomings::RefuseDelivery, unit + "/clerk", [&](auto& request) {
      request.set_delivery_id(DeliveryTo(owner_, refused, unit).id());
      request.set_reason(Say("refusal", shared));
    });
    Issued(owner_, Content("unentered", unit, partner, shared), partner);
    const auto scan = Uploaded(owner_, Own("scanname") + ".pdf", "%PDF-1.7\n" + Own("scanbytes"),
                               unit + "/clerk");
    owner_.Step(&Incomings::RegisterIncoming, unit + "/clerk", [&](auto& request) {
      request.set_sender_name(Own("papersender"));
      request.set_code("77/BNV");
      request.set_document_date("2019-07-01");
      request.mutable_type()->set_name("Công văn");
      request.set_subject(Own("papersubject"));
      request.set_summary(Own("papersummary"));
      request.set_restricted(true);
      request.add_attachments()->set_upload_id(scan.id());
    });
  }

  void MakeSent() {
    const v1::Document sent = Issued(owner_, Content("sent", partner, unit, shared), unit);
    owner_.Step(&Documents::RecallDocument, unit + "/clerk", [&](auto& request) {
      request.set_document_id(sent.id());
      request.set_reason(Say("recall", shared));
    });
    answer_ = Issued(owner_, Content("answer", partner, unit, shared), unit).id();
  }

  std::string MakeFile(const std::string& what, int years) {
    auto plan = PlanRequest(owner_, "ZQ." + what, years);
    plan.set_title(Own(what + "title"));
    plan.set_official_id(unit + "/expert");
    plan.set_restricted(true);
    return Opened(owner_, plan, unit).id();
  }
  std::string AddMaterial(const std::string& file, const std::string& what,
                          const std::string& bytes) {
    const auto upload = Uploaded(owner_, Own(what + "name") + ".pdf", bytes, unit + "/expert");
    return owner_
        .Step(&WorkingFiles::AddToFile, unit + "/expert",
              [&](auto& request) {
                request.set_file_id(file);
                request.mutable_material()->set_title(Own(what + "title"));
                request.mutable_material()->set_upload_id(upload.id());
              })
        .id();
  }
  void MakeFiles() {
    const std::string open = MakeFile("open", 10);
    owner_.Do(&WorkingFiles::AddToFile, AddRequest(owner_, open, arrived_), unit + "/expert");
    // The bytes of what is taken out again are gone: no word of theirs is looked for.
    AddMaterial(open, "material", "%PDF-1.7\n" + Own("materialbytes"));
    const std::string taken = AddMaterial(open, "taken", Pdf(100));
    owner_.Step(&WorkingFiles::RemoveFromFile, unit + "/expert", [&](auto& request) {
      request.set_item_id(taken);
      request.set_reason(Own("removal"));
    });
    owner_.Step(&WorkingFiles::HoldFile, unit + "/head", [&](auto& request) {
      request.set_file_id(open);
      request.set_reason(Own("hold"));
    });
    const std::string kept = MakeFile("kept", 10);
    expired_ = MakeFile("expired", 2);
    for (const std::string& file : {kept, expired_}) {
      owner_.Step(&WorkingFiles::CloseFile, unit + "/expert",
                  [&](auto& request) { request.set_file_id(file); });
    }
    owner_.Step(&WorkingFiles::KeepBackFile, unit + "/head", [&](auto& request) {
      request.set_file_id(kept);
      request.set_until("2020-12-31");
      request.set_reason(Own("keptback"));
    });
  }
  std::string Propose(const std::string& reason) {
    return owner_
        .Step(&WorkingFiles::ProposeDestruction, unit + "/clerk",
              [&](auto& request) {
                request.add_file_ids(expired_);
                request.set_reason(Own(reason));
              })
        .id();
  }

  DocumentOwner& owner_;
  std::string answered_, replaced_, file_;  ///< ordinary
  std::string arrived_, answer_, expired_;  ///< restricted
  std::string replacing_;                   ///< a delivery of one
};

}  // namespace lienthong::document
