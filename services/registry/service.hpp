#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <google/protobuf/empty.pb.h>

#include "lienthong/registry/v1/registry.pb.h"
#include "platform/access/sharing.hpp"
#include "platform/base/id.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"
#include "registry/citizen.hpp"
#include "registry/correction.hpp"
#include "registry/store.hpp"

namespace lienthong::registry {

struct ServiceOptions {
  std::int64_t take_overs_per_hour_max = 60;             ///< per calling system
  std::int64_t reported_reads_per_minute_max = 120'000;  ///< per calling system: ReportAccess
};

/// The use cases of RegistryService, one method per RPC. Any thread; lives as long as the process.
class RegistryService {
 public:
  using Call = rpc::Call;

  RegistryService(pg::Pool& pool, journal::Journal& journal, access::SharingReader& sharing,
                  redis::Limiter& limiter, const rpc::PageTokens& tokens, base::Ids& ids,
                  ServiceOptions options);

  // service_citizens.cpp
  v1::Citizen RegisterCitizen(const Call& call, const v1::RegisterCitizenRequest& request);
  v1::Citizen GetCitizen(const Call& call, const v1::GetCitizenRequest& request);
  v1::Citizen TakeOverCitizen(const Call& call, const v1::TakeOverCitizenRequest& request);
  v1::Citizen MoveCitizen(const Call& call, const v1::MoveCitizenRequest& request);
  v1::Citizen MergeCitizens(const Call& call, const v1::MergeCitizensRequest& request);
  v1::Citizen RecordDeath(const Call& call, const v1::RecordDeathRequest& request);

  // service_search.cpp
  v1::FindCitizensResponse FindCitizens(const Call& call, const v1::FindCitizensRequest& request);
  v1::FindDuplicatesResponse FindDuplicates(const Call& call,
                                            const v1::FindDuplicatesRequest& request);
  v1::FindEnterprisesResponse FindEnterprises(const Call& call,
                                              const v1::FindEnterprisesRequest& request);

  // service_corrections.cpp
  v1::Correction RequestCorrection(const Call& call, const v1::RequestCorrectionRequest& request);
  v1::Correction ApproveCorrection(const Call& call, const v1::DecideCorrectionRequest& request);
  v1::Correction RejectCorrection(const Call& call, const v1::DecideCorrectionRequest& request);

  // service_enterprises.cpp
  v1::Enterprise RegisterEnterprise(const Call& call, const v1::RegisterEnterpriseRequest& request);
  v1::Enterprise GetEnterprise(const Call& call, const v1::GetEnterpriseRequest& request);
  v1::Enterprise TakeOverEnterprise(const Call& call, const v1::TakeOverEnterpriseRequest& request);
  v1::Enterprise MoveEnterprise(const Call& call, const v1::MoveEnterpriseRequest& request);
  v1::Enterprise DissolveEnterprise(const Call& call, const v1::DissolveEnterpriseRequest& request);

  // service_access.cpp
  v1::ListAccessResponse ListAccess(const Call& call, const v1::ListAccessRequest& request);
  google::protobuf::Empty ReportAccess(const Call& call, const v1::ReportAccessRequest& request);

  // service_import.cpp: one chunk of a stream each; `sum` counts over the stream.
  void ImportCitizens(const Call& call, const v1::ImportCitizensRequest& chunk,
                      v1::ImportResponse* sum);
  void ImportEnterprises(const Call& call, const v1::ImportEnterprisesRequest& chunk,
                         v1::ImportResponse* sum);

  /// For the journal: a record was answered from it (a repeat, a history). Leaves the access row of
  /// the person concerned.
  void OnJournalRead(pg::Tx& tx, const Call& call, const journal::Key& key,
                     const google::protobuf::Message& request);

 private:
  using Changes = journal::Journal::Changes;

  /// Access rows for persons whose records a call answers with.
  void LogReads(pg::Tx& tx, const Call& call, const std::vector<CitizenId>& ids,
                const std::string& purpose);
  /// A person as the caller sees it.
  struct SeenCitizen {
    StoredCitizen stored;
    std::string view;
    v1::Citizen Message() const;
  };
  /// Those of the persons that the caller may see, in the order of `ids`.
  std::vector<SeenCitizen> ReadCitizens(pg::Tx& tx, const Call& call,
                                        const access::Sharing& sharing,
                                        const std::vector<CitizenId>& ids);
  /// Throws NotFound when the caller may not see the person.
  SeenCitizen ReadCitizen(pg::Tx& tx, const Call& call, const access::Sharing& sharing,
                          const CitizenId& id);
  /// Mothers and fathers named exist and are visible to the caller; else FIELD_INVALID. `fields`
  /// are the places of the citizens in the request: "citizens[7]".
  void RequireParents(pg::Tx& tx, const Call& call, const access::Sharing& sharing,
                      const std::vector<Citizen>& citizens, const std::vector<std::string>& fields);
  /// Counts a take-over of the calling system. Beyond the limit nothing is looked for, but the
  /// repeat of a call still gets its answer: RequireTakeOver belongs into the change.
  redis::Limiter::Verdict CountTakeOver(const Call& call);
  static void LogTakeOver(const Call& call, const std::string& record_type, bool is_found);
  /// Throws TAKE_OVER_LIMIT.
  static void RequireTakeOver(const redis::Limiter::Verdict& verdict);
  /// Where a person goes, the corrections go: their keys belong into the change of an address.
  std::vector<CorrectionId> CorrectionsOf(const Call& call, const CitizenId& id);
  Changes Relocate(pg::Tx& tx, const access::Sharing& sharing, const std::string& event,
                   Citizen citizen, Address address, const std::vector<CorrectionId>& corrections);
  v1::Correction DecideCorrection(const Call& call, const v1::DecideCorrectionRequest& request,
                                  CorrectionState decision);
  std::vector<Place> FindCitizenPlaces(pg::Tx& tx, const Call& call, const access::Sharing& sharing,
                                       const v1::FindCitizensRequest& request, const Place& after,
                                       int limit);

  pg::Pool& pool_;
  journal::Journal& journal_;
  access::SharingReader& sharing_;
  redis::Limiter& limiter_;
  const rpc::PageTokens& tokens_;
  base::Ids& ids_;
  ServiceOptions options_;
};

/// A new address lies in an open commune of the caller. Throws COMMUNE_UNKNOWN, COMMUNE_CLOSED for
/// `field`, COMMUNE_NOT_OF_UNIT (`ops` may load everywhere).
void RequireOpenCommune(const rpc::Call& call, const access::Sharing& sharing,
                        const Address& address, const std::string& field);

/// Who changes a record sees all of it; an agreement on a narrower view is for reading. Throws
/// COMMUNE_NOT_OF_UNIT.
void RequireFullView(const rpc::Call& call, const access::Sharing& sharing,
                     const std::string& record_type, const Address& address);

}  // namespace lienthong::registry
