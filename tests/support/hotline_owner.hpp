#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <grpcpp/grpcpp.h>

#include "hotline/api.hpp"
#include "hotline/schedule.hpp"
#include "hotline/service_source.hpp"
#include "hotline/settings.hpp"
#include "lienthong/files/v1/files.grpc.pb.h"
#include "lienthong/hotline/v1/assignments.grpc.pb.h"
#include "lienthong/hotline/v1/categories.grpc.pb.h"
#include "lienthong/hotline/v1/knowledge.grpc.pb.h"
#include "lienthong/hotline/v1/messages.grpc.pb.h"
#include "lienthong/hotline/v1/tickets.grpc.pb.h"
#include "lienthong/journal/v1/journal.grpc.pb.h"
#include "platform/files/api.hpp"
#include "support/caller_stage.hpp"

/// The hotline as tests of its APIs see it.
namespace lienthong::hotline {

using support::Outcome, support::kDone, support::kNotFound, support::kFieldInvalid;

inline const std::string kOperator = "H09.03/operator";
inline const std::string kApprover = "H09.03/approver";

inline constexpr const char* kOfficeOfProvince = "H09.01";  ///< Văn phòng UBND tỉnh
inline constexpr const char* kHomeAffairs = "H09.02";
inline constexpr const char* kCentreUnit = "H09.03";
inline constexpr const char* kConstruction = "H09.08";
inline constexpr const char* kTransport = "H09.09";
inline constexpr const char* kInspector = "H09.18";
inline constexpr const char* kDistrict = "H09.718";
inline constexpr const char* kWard = "H09.718.25747";
inline constexpr const char* kDistrictOffice = "H09.718.P01";  ///< without a system

inline constexpr int kPortalUploadsMax = 4;  ///< that no report has taken

using Tickets = v1::TicketService::Stub;
using Assignments = v1::AssignmentService::Stub;
using Categories = v1::CategoryService::Stub;
using Knowledge = v1::KnowledgeService::Stub;
using Messages = v1::MessageService::Stub;
using FileStub = files::v1::FileService::Stub;
using JournalStub = journal::v1::JournalService::Stub;

/// A square that stands for the ward, with a hole in the middle.
inline constexpr const char* kBoundaries = R"({"type": "FeatureCollection", "features": [{
  "type": "Feature", "properties": {"gso_code": "25747"}, "geometry": {"type": "Polygon",
  "coordinates": [[[106.6, 10.9], [106.7, 10.9], [106.7, 11.0], [106.6, 11.0], [106.6, 10.9]],
  [[106.64, 10.94], [106.66, 10.94], [106.66, 10.96], [106.64, 10.96], [106.64, 10.94]]]}}]})";

/// The hotline with its database, served in this process. In each unit the officials
/// `<unit>/operator` (who takes and routes), `/approver`, `/handler`, `/head`, `/named` (who also
/// reads what is restricted) and `/guest` (who only reads). Categories: HATANG.GIAOTHONG (5 working
/// days, default H09.09), HATANG.KHAN (24 h), KHANCAP.113, CBCC.* (default H09.01, H09.18, H09.02).
class HotlineOwner : public support::CallerStage {
 public:
  /// `further`: units with a system that the test adds to the directory, ", H09.07, H09.10".
  explicit HotlineOwner(const std::string& further = "")
      : CallerStage("hotline", Migrations(),
                    "H09, H09.01, H09.02, H09.03, H09.08, H09.09, H09.18, H09.718,"
                    " H09.718.25747" +
                        further,
                    "{name: service-portal}") {
    clock_.Set(base::ParseTime("2019-07-10T01:00:00Z"));  // Wednesday, 08:00
    Carry(kDistrictOffice, kDistrict);
    FillDirectory();
    std::vector<owner::Api> apis = Apis(services_);
    apis.push_back(files::ApiOf(files_));
    for (const owner::Api& api : apis) served_.push_back(&api.descriptor);
    Serve(apis);
    FillRules();
  }
  ~HotlineOwner() override {
    StopServing();
    std::filesystem::remove_all(folder_);
  }

  /// What is due by now happens, until nothing is.
  void RunClock() {
    while (timer_.RunDue() > 0) {
    }
  }
  void RunClockAt(std::string_view time) {
    MoveClockTo(time);
    RunClock();
  }
  /// A further department, with the usual officials.
  void AddDepartment(const std::string& unit) {
    AddUnit(unit, directory::v1::UNIT_KIND_DEPARTMENT, "H09");
    Staff(unit);
  }
  /// The usual officials of a unit.
  void Staff(const std::string& unit) {
    for (const char* name : {"operator", "approver", "handler", "head", "named", "guest"}) {
      Appoint(unit, name, name);
    }
  }
  void SetCategory(const v1::Category& category) {
    auto request = New<v1::SetCategoryRequest>();
    *request.mutable_category() = category;
    Do(&Categories::SetCategory, request, "");
  }
  /// The province decides otherwise about some of it; the rest stays.
  template <typename Fill>
  void ChangeCentre(const Fill& fill) {
    auto request = New<v1::SetCentreRequest>();
    *request.mutable_centre() = Do(&Categories::GetCentre, v1::GetCentreRequest(), "");
    fill(*request.mutable_centre());
    Do(&Categories::SetCentre, request, "");
  }
  void SetCentreUnit(const std::string& unit) {
    ChangeCentre([&](v1::Centre& centre) { centre.set_unit_id(unit); });
  }
  static v1::Category NewCategory(const std::string& id, v1::CategoryKind kind, int working_days,
                                  const std::string& unit) {
    v1::Category category;
    category.set_id(id);
    category.set_name("Lĩnh vực " + id);
    category.set_name_en("Category " + id);
    category.set_kind(kind);
    category.set_restricted(kind == v1::CATEGORY_KIND_CONDUCT);
    if (const auto dot = id.find('.'); dot != std::string::npos) {
      category.set_parent_id(id.substr(0, dot));
    }
    if (kind != v1::CATEGORY_KIND_EMERGENCY) {
      category.mutable_first_response()->set_amount(480);
      category.mutable_first_response()->set_unit(v1::LIMIT_UNIT_WORKING_MINUTES);
      category.mutable_resolution()->set_amount(working_days);
      category.mutable_resolution()->set_unit(v1::LIMIT_UNIT_WORKING_DAYS);
      category.mutable_waiting()->set_amount(3);
      category.mutable_waiting()->set_unit(v1::LIMIT_UNIT_WORKING_DAYS);
    }
    category.set_default_unit_id(unit);
    return category;
  }

  const Parts& TheParts() const { return parts_; }
  files::Files& AllFiles() { return files_; }
  /// Beside the journal's.
  const std::vector<const google::protobuf::ServiceDescriptor*>& Served() const { return served_; }

 protected:
  journal::RecordSource& Source() override { return source_; }

 private:
  void FillDirectory() {
    AddPosition("operator", {"file.read", "file.upload", "hotline.knowledge", "hotline.operate",
                             "hotline.read", "hotline.reporter", "journal.history"});
    AddPosition("approver", {"file.read", "file.upload", "hotline.access_log", "hotline.approve",
                             "hotline.operate", "hotline.read", "hotline.reporter"});
    AddPosition("handler",
                {"file.read", "file.upload", "hotline.read", "hotline.work", "journal.history"});
    AddPosition("head",
                {"file.read", "hotline.lead", "hotline.read", "hotline.reporter", "hotline.work"});
    AddPosition("named", {"file.read", "file.upload", "hotline.access_log", "hotline.approve",
                          "hotline.confidential", "hotline.knowledge", "hotline.operate",
                          "hotline.read", "hotline.reporter", "hotline.work", "journal.history"});
    AddPosition("guest", {"file.read", "hotline.read", "journal.history"});
    AddUnit("H09", directory::v1::UNIT_KIND_PROVINCE, "", "74");
    for (const char* unit :
         {kOfficeOfProvince, kHomeAffairs, kCentreUnit, kConstruction, kTransport, kInspector}) {
      AddUnit(unit, directory::v1::UNIT_KIND_DEPARTMENT, "H09");
    }
    AddUnit(kDistrict, directory::v1::UNIT_KIND_DISTRICT, "H09", "718");
    AddUnit(kWard, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25747");
    AddUnit(kDistrictOffice, directory::v1::UNIT_KIND_OFFICE, kDistrict, "", kDistrict);
    for (const char* unit : {kOfficeOfProvince, kHomeAffairs, kCentreUnit, kConstruction,
                             kTransport, kInspector, kDistrict, kWard, kDistrictOffice}) {
      Staff(unit);
    }
    VerifyDirectory();
  }

  void FillRules() {
    auto request = New<v1::SetCentreRequest>();
    v1::Centre& centre = *request.mutable_centre();
    centre.set_unit_id(kCentreUnit);
    centre.set_inspector_unit_id(kInspector);
    centre.set_office_unit_id(kOfficeOfProvince);
    centre.mutable_forwarding()->set_amount(5);
    centre.mutable_forwarding()->set_unit(v1::LIMIT_UNIT_CLOCK_MINUTES);
    centre.set_transfer_alarm_seconds(60);
    v1::EscalationStep* const step = centre.add_escalations();
    step->mutable_after()->set_amount(2);
    step->mutable_after()->set_unit(v1::LIMIT_UNIT_WORKING_DAYS);
    step->set_unit_id(kOfficeOfProvince);
    centre.set_reopen_window_days(7);
    centre.set_reopens_max(2);
    centre.set_ratings_max(3);
    centre.set_duplicates_metres(200);
    centre.set_duplicates_hours(72);
    Do(&Categories::SetCentre, request, "");
    const auto add = [&](const char* id, v1::CategoryKind kind, int days, const char* unit) {
      SetCategory(NewCategory(id, kind, days, unit));
    };
    add("HATANG", v1::CATEGORY_KIND_INCIDENT, 5, kConstruction);
    add("HATANG.GIAOTHONG", v1::CATEGORY_KIND_INCIDENT, 5, kTransport);
    add("CBCC", v1::CATEGORY_KIND_CONDUCT, 7, kOfficeOfProvince);
    add("CBCC.CHAMTRE", v1::CATEGORY_KIND_CONDUCT, 7, kOfficeOfProvince);
    add("CBCC.NHUNGNHIEU", v1::CATEGORY_KIND_CONDUCT, 7, kInspector);
    add("CBCC.SAIPHAM", v1::CATEGORY_KIND_CONDUCT, 7, kHomeAffairs);
    add("KHANCAP", v1::CATEGORY_KIND_EMERGENCY, 0, kCentreUnit);
    add("KHANCAP.113", v1::CATEGORY_KIND_EMERGENCY, 0, kCentreUnit);
    v1::Category urgent = NewCategory("HATANG.KHAN", v1::CATEGORY_KIND_INCIDENT, 0, kConstruction);
    urgent.mutable_resolution()->set_amount(24 * 60);
    urgent.mutable_resolution()->set_unit(v1::LIMIT_UNIT_CLOCK_MINUTES);
    SetCategory(urgent);
  }

  RulesReader rules_;
  const Boundaries boundaries_{kBoundaries};
  const Parts parts_{{pool_, journal_, sharing_, snapshots_, tokens_, ids_}, rules_, boundaries_};
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("lienthong-files-" + ids_.New());
  std::unique_ptr<files::Bytes> bytes_ = files::BytesInDirectory(folder_);
  files::Files files_{{.uploads_of = {{"service-portal", {.pending_max = kPortalUploadsMax}}},
                       .sight_interval = std::chrono::milliseconds(0)},
                      *bytes_,
                      pool_,
                      clock_,
                      ids_,
                      [this](pg::Tx& tx, const rpc::Call& call, const std::string& type,
                             const std::string& id, const std::string& sha256) {
                        return MayReadFile(tx, call, parts_, {type, id}, sha256);
                      }};
  Services services_{
      parts_,
      limiter_,
      [this](const std::string& sha256, std::int64_t at) { return files_.ReadPiece(sha256, at); },
      {.address_key = "key of the test"}};
  hotline::Source source_{sharing_};
  Schedule schedule_{parts_};
  journal::Timer timer_{pool_, journal_, clock_, schedule_};
  std::vector<const google::protobuf::ServiceDescriptor*> served_;
};

/// What a citizen says of a hole in the road.
inline v1::OpenTicketRequest Appeal(HotlineOwner& owner,
                                    const std::string& category = "HATANG.GIAOTHONG") {
  auto request = owner.New<v1::OpenTicketRequest>();
  request.set_channel(v1::CHANNEL_PHONE);
  request.mutable_caller()->set_full_name("Nguyễn Văn Thử");
  request.mutable_caller()->set_phone("0912345678");
  request.set_text("Ổ gà lớn trước số 15 đường Hùng Vương");
  request.set_category_id(category);
  request.mutable_place()->set_commune_code("25747");
  return request;
}

inline v1::OpenTicketResponse Opened(HotlineOwner& owner, const v1::OpenTicketRequest& request) {
  return owner.Do(&Tickets::OpenTicket, request, std::string(kCentreUnit) + "/operator");
}

inline v1::Ticket Routed(HotlineOwner& owner, const std::string& ticket_id,
                         const std::vector<std::string>& units) {
  return owner.Step(&Tickets::RouteTicket, std::string(kCentreUnit) + "/operator",
                    [&](v1::RouteTicketRequest& request) {
                      request.set_ticket_id(ticket_id);
                      for (const std::string& unit : units) {
                        request.add_routes()->set_unit_id(unit);
                      }
                    });
}

/// The newest assignment of the unit for a ticket.
inline v1::Assignment AssignmentOf(HotlineOwner& owner, const std::string& ticket_id,
                                   const std::string& unit) {
  v1::ListAssignmentsRequest request;
  request.set_ticket_id(ticket_id);
  v1::Assignment found;
  const auto listed = owner.Do(&Assignments::ListAssignments, request, unit + "/guest");
  for (const auto& one : listed.assignments()) {
    if (one.unit_id() == unit) found = one;
  }
  REQUIRE(!found.id().empty());
  return found;
}

}  // namespace lienthong::hotline
