#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lienthong/directory/v1/records.pb.h"
#include "lienthong/files/v1/files.pb.h"
#include "lienthong/hotline/v1/api_keys.pb.h"
#include "lienthong/hotline/v1/citizens.pb.h"
#include "lienthong/hotline/v1/indicators.pb.h"
#include "lienthong/hotline/v1/records.pb.h"
#include "platform/rpc/client.hpp"

namespace lienthong::portal {

namespace hotline = ::lienthong::hotline::v1;
namespace directory = ::lienthong::directory::v1;

/// What everybody may know of how a province is made: changes seldom, kept for a minute.
struct Province {
  std::vector<hotline::Category> categories;  ///< in order of their codes, closed ones too
  std::vector<directory::Unit> units;         ///< valid today, in order of their codes

  const hotline::Category* FindCategory(std::string_view id) const;
  const directory::Unit* FindUnit(std::string_view id) const;
  /// By the code of the statistics office.
  const directory::Unit* FindCommune(std::string_view gso_code) const;
};

/// Whether a unit's copy is equal to the owners' data.
struct CopyState {
  std::string unit_id;
  /// Absent: its process does not answer, and nothing is known now.
  std::optional<bool> equal;
  /// With `equal` absent: when its process answered last, or when this one began.
  std::chrono::system_clock::time_point not_known_since;
  /// Until when everything acknowledged is in the copy; absent = never yet, or not known.
  std::optional<std::chrono::system_clock::time_point> verified_at;
};

/// The province's services, over gRPC under the certificate `service-portal`. Each call throws
/// base::Error with the kind and reason that the service gave (kUnavailable BACKEND_UNAVAILABLE
/// when it does not answer), within `deadline` and at most 10 s. Any thread.
class Backend {
 public:
  using Deadline = std::chrono::system_clock::time_point;

  struct Options {
    std::string hotline, directory;  ///< addresses
    /// Units with a copy -> address of the replica process that has it.
    std::map<std::string, std::string> replicas;
    rpc::Identity identity;
  };
  explicit Backend(Options options);
  ~Backend();

  std::shared_ptr<const Province> GetProvince(Deadline deadline);

  hotline::SubmitReportResponse SubmitReport(const hotline::SubmitReportRequest& request,
                                             Deadline deadline);
  hotline::FollowedReport FollowReport(const hotline::FollowReportRequest& request,
                                       Deadline deadline);
  hotline::FollowedReport RateReport(const hotline::RateReportRequest& request, Deadline deadline);
  hotline::FollowedReport ReopenReport(const hotline::ReopenReportRequest& request,
                                       Deadline deadline);
  hotline::FollowedReport ReplyToQuestion(const hotline::ReplyToQuestionRequest& request,
                                          Deadline deadline);
  hotline::ListPublicTicketsResponse ListPublicTickets(
      const hotline::ListPublicTicketsRequest& request, Deadline deadline);
  hotline::PublicTicket GetPublicTicket(const std::string& ticket_id, Deadline deadline);
  /// Bytes of a photo of a published ticket: JPEG without metadata.
  std::string GetPublicPhoto(const std::string& ticket_id, int number, Deadline deadline);
  hotline::PublicIndicators GetPublicIndicators(const hotline::GetPublicIndicatorsRequest& request,
                                                Deadline deadline);
  hotline::ApiKey CheckApiKey(const std::string& key, Deadline deadline);

  /// Announces a file to the hotline: its id is what SubmitReportRequest asks for, the same for the
  /// same `request_id` (a UUID).
  files::v1::Upload CreateUpload(const std::string& request_id, const std::string& name,
                                 std::size_t size_bytes, Deadline deadline);
  /// Sends what is not there yet of the file.
  void WriteUpload(const files::v1::Upload& upload, std::string_view bytes, Deadline deadline);

  /// Gives up what no report will take, so that it does not count against the portal for an hour.
  /// Does not throw: whatever happens, the hotline ends it in the end.
  void CancelUpload(const std::string& upload_id);

  /// Of every unit with a copy, in order of their codes: what its process said last. Waits for
  /// none: each is asked in the background every 2 s, and is not known after 3 s without an answer.
  std::vector<CopyState> ListCopies();

  /// Does the hotline answer?
  bool IsReady();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lienthong::portal
