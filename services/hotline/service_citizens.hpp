#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "hotline/service_access.hpp"
#include "hotline/service_parts.hpp"
#include "hotline/service_photos.hpp"
#include "hotline/store_citizens.hpp"
#include "lienthong/hotline/v1/citizens.pb.h"
#include "platform/redis/limiter.hpp"

namespace lienthong::hotline {

struct CitizenOptions {
  std::string address_key;  ///< of the keyed hash that stands for a contact in the counts of tries
  /// Wrong ones: a code of which there were so many is refused with every contact, a contact with
  /// wrong codes alone.
  std::int64_t tries_max = 10;
  std::chrono::minutes tries_window{15};
};

/// The use cases of CitizenService, one method per RPC, for the portal alone. Any thread; lives as
/// long as the process.
class CitizenService {
 public:
  /// Pieces of files come from `read`.
  CitizenService(const Parts& parts, redis::Limiter& limiter, ReadPiece read,
                 CitizenOptions options)
      : parts_(parts), limiter_(limiter), photos_(std::move(read)), options_(std::move(options)) {}

  v1::SubmitReportResponse SubmitReport(const Call& call, const v1::SubmitReportRequest& request);
  v1::FollowedReport FollowReport(const Call& call, const v1::FollowReportRequest& request);
  v1::FollowedReport RateReport(const Call& call, const v1::RateReportRequest& request);
  v1::FollowedReport ReopenReport(const Call& call, const v1::ReopenReportRequest& request);
  v1::FollowedReport ReplyToQuestion(const Call& call, const v1::ReplyToQuestionRequest& request);
  v1::ListPublicTicketsResponse ListPublicTickets(const Call& call,
                                                  const v1::ListPublicTicketsRequest& request);
  v1::PublicTicket GetPublicTicket(const Call& call, const v1::GetPublicTicketRequest& request);
  v1::PublicPhoto GetPublicPhoto(const Call& call, const v1::GetPublicPhotoRequest& request);

 private:
  /// Counts a try; throws TRIES_USED_UP, or NotFound for what does not belong together.
  CodeOwner FindOwner(const Call& call, const std::string& code, const std::string& contact);
  using Apply = std::function<void(pg::Tx&, Ticket&, const Step&)>;
  /// A step of the ticket that a report is handled in, by who reported. Throws CONCURRENT_CHANGE
  /// (ABORTED).
  v1::FollowedReport CitizenStep(const Call& call, const google::protobuf::Message& request,
                                 const CodeOwner& owner, const char* event, const Apply& apply);
  v1::FollowedReport Followed(const Call& call, const CodeOwner& owner);

  const Parts parts_;
  redis::Limiter& limiter_;
  Photos photos_;
  const CitizenOptions options_;
};

}  // namespace lienthong::hotline
