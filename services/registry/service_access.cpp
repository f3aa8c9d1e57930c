#include <algorithm>
#include <cctype>

#include <google/protobuf/util/time_util.h>

#include "platform/access/purpose.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"
#include "platform/redis/limiter.hpp"
#include "registry/records.hpp"
#include "registry/service.hpp"
#include "registry/service_requests.hpp"

namespace lienthong::registry {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kPageDefault = 50;
constexpr int kPageMax = 500;
constexpr int kReportEntriesMax = 500;
constexpr std::size_t kSourceCharactersMax = 200;
constexpr std::size_t kNameOfCallerCharactersMax = 200;
constexpr const char* kReplicaSource = "replica";
/// How late a copy may report a read; and by how much its clock may be ahead.
constexpr std::chrono::hours kReportedAfterMax{400 * 24};
constexpr std::chrono::minutes kAheadMax{5};

v1::AccessEntry ToMessage(const AccessRow& row) {
  v1::AccessEntry entry;
  entry.set_id(row.id);
  *entry.mutable_read_at() =
      TimeUtil::MicrosecondsToTimestamp(row.read_at.time_since_epoch().count());
  entry.set_citizen_id(row.citizen_id.text);
  entry.set_system(row.system);
  entry.set_unit_id(row.unit_id);
  entry.set_official_id(row.official_id);
  entry.set_purpose(row.purpose);
  entry.set_source(row.source);
  return entry;
}

/// "<microseconds> <id>" of the last entry shown.
std::optional<AccessPlace> ToPlace(const std::string& position) {
  if (position.empty()) return std::nullopt;
  const std::size_t cut = position.find(' ');
  const bool is_number = cut != std::string::npos && cut > 0 && cut < 19 &&
                         std::all_of(position.begin(), position.begin() + cut,
                                     [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!is_number) {
    throw base::Invalid("PAGE_TOKEN_INVALID", "page_token", "is not a token of this list");
  }
  return AccessPlace{std::stoll(position.substr(0, cut)), position.substr(cut + 1)};
}

/// From year 1 to year 9999 (google/protobuf/timestamp.proto).
bool IsValid(const google::protobuf::Timestamp& time) {
  return time.seconds() >= TimeUtil::kTimestampMinSeconds &&
         time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

/// A system of the caller's own unit keeps its name; nobody reports in another's.
std::string OwnSystem(const rpc::Call& call, const std::string& system) {
  const std::string unit_system = "unit-" + call.caller;
  const bool own = system == unit_system || system.rfind(unit_system + "--", 0) == 0;
  return own ? system : call.system;
}

/// One entry of a report, as `field`. The unit is the caller, whatever the entry says.
AccessRow ToRow(const rpc::Call& call, const v1::AccessEntry& entry, const std::string& field) {
  if (!base::IsUuid(entry.id())) throw base::InvalidField(field + ".id", "must be a UUID");
  if (!base::IsUuid(entry.citizen_id())) {
    throw base::InvalidField(field + ".citizen_id", "must be a UUID");
  }
  if (!entry.has_read_at() || !IsValid(entry.read_at())) {
    throw base::InvalidField(field + ".read_at", "must be a point in time");
  }
  AccessRow row;
  row.id = entry.id();
  row.read_at =
      base::Time(std::chrono::microseconds(TimeUtil::TimestampToMicroseconds(entry.read_at())));
  if (row.read_at < call.machine_time - kReportedAfterMax ||
      row.read_at > call.machine_time + kAheadMax) {
    throw base::InvalidField(field + ".read_at", "must lie in the last 400 days");
  }
  row.citizen_id = {entry.citizen_id()};
  row.system = OwnSystem(
      call, base::CheckText(entry.system(), field + ".system", kNameOfCallerCharactersMax, false));
  row.unit_id = call.caller;
  row.official_id = base::CheckText(entry.official_id(), field + ".official_id",
                                    kNameOfCallerCharactersMax, false);
  row.purpose =
      base::CheckText(entry.purpose(), field + ".purpose", access::kPurposeCharactersMax, true);
  row.source = base::CheckText(entry.source(), field + ".source", kSourceCharactersMax, false);
  if (row.source.rfind(kReplicaSource, 0) != 0) {
    row.source = row.source.empty() ? kReplicaSource : kReplicaSource + (" " + row.source);
  }
  return row;
}

}  // namespace

v1::ListAccessResponse RegistryService::ListAccess(const Call& call,
                                                   const v1::ListAccessRequest& request) {
  const std::string purpose = access::CheckPurpose(request.purpose());
  const CitizenId id = ToCitizenId(request.citizen_id());
  const int page_size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  const auto after = ToPlace(tokens_.Read(call, request));
  return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    const auto sharing = sharing_.Read(tx);
    // Who reads whose record is part of the record: a narrower view withholds it.
    if (ReadCitizen(tx, call, *sharing, id).view != kFullView) throw base::NotFound();
    v1::ListAccessResponse answer;
    for (const AccessRow& row : SelectAccess(tx, id, after, page_size + 1)) {
      if (answer.entries_size() == page_size) {
        const v1::AccessEntry& last = answer.entries(page_size - 1);
        answer.set_next_page_token(tokens_.Make(
            call, request,
            std::to_string(TimeUtil::TimestampToMicroseconds(last.read_at())) + " " + last.id()));
        break;
      }
      *answer.add_entries() = ToMessage(row);
    }
    LogReads(tx, call, {id}, purpose);
    return answer;
  });
}

google::protobuf::Empty RegistryService::ReportAccess(const Call& call,
                                                      const v1::ReportAccessRequest& request) {
  if (request.entries_size() > kReportEntriesMax) {
    throw base::InvalidField("entries",
                             "must be at most " + std::to_string(kReportEntriesMax) + " entries");
  }
  std::vector<AccessRow> rows;
  for (int i = 0; i < request.entries_size(); ++i) {
    rows.push_back(ToRow(call, request.entries(i), "entries[" + std::to_string(i) + "]"));
  }
  const auto verdict = limiter_.Take(
      "report-access/" + call.system,
      {options_.reported_reads_per_minute_max, std::chrono::minutes(1)}, request.entries_size());
  if (!verdict.allowed) {
    throw base::Exhausted("QUOTA_EXCEEDED", "too many reads reported", verdict.retry_after);
  }
  pool_.Transact(call.deadline, [&](pg::Tx& tx) { InsertAccess(tx, rows); });
  return {};
}

}  // namespace lienthong::registry
