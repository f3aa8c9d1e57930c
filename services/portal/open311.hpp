#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/id.hpp"
#include "portal/backend.hpp"
#include "portal/limits.hpp"
#include "portal/open311_write.hpp"
#include "portal/request.hpp"

namespace lienthong::portal {

/// Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2), everything under /open311/v2.
/// Any thread.
class Open311 {
 public:
  struct Options {
    std::string origin;           ///< "https://1022.example.vn", without a slash at its end
    std::string jurisdiction_id;  ///< of the province; the only one there is
    std::string contact;          ///< who answers questions about the interface
    std::chrono::seconds business_offset{0};  ///< from machine time to business time
  };
  Open311(Options options, Limits& limits, Backend& backend)
      : options_(std::move(options)),
        limits_(limits),
        backend_(backend),
        clock_(options_.business_offset) {}

  /// Answers any request under the prefix; errors of the backend become errors of the standard.
  Response Answer(const Request& request);

  /// What was refused before it came here, in the form of the standard and the format that was
  /// asked for. `retry_after`: when asking again helps, 0 = nothing is said of it.
  static Response Refuse(const Request& request, int status,
                         std::chrono::seconds retry_after = std::chrono::seconds(0));

 private:
  /// What is asked for: "/open311/v2/<resource>[/<id>].<format>".
  struct Address {
    std::string resource;
    std::string id;
    open311::Format format = open311::Format::kXml;
  };
  using Handler = Response (Open311::*)(const Request&, const Address&);

  /// What is answered at an address; without `post` it takes GET alone.
  struct Place {
    std::string_view resource;
    bool has_id;
    Handler get, post;
  };

  static Address ReadAddress(const std::string& path);
  /// nullptr = nothing is there.
  static const Place* FindPlace(const Address& address);
  /// 405, with the methods that are taken there.
  static Response RefuseMethod(const Request& request, const Address& address);
  Response Route(const Request& request, const Address& address);
  void CheckJurisdiction(const Values& values) const;

  Response GetDiscovery(const Request& request, const Address& address);
  Response GetServices(const Request& request, const Address& address);
  Response GetDefinition(const Request& request, const Address& address);
  Response PostRequest(const Request& request, const Address& address);
  Response GetRequests(const Request& request, const Address& address);
  Response GetRequest(const Request& request, const Address& address);
  Response GetToken(const Request& request, const Address& address);
  Response RequestsById(const std::vector<std::string>& ids, const Request& request,
                        const Address& address);

  Options options_;
  Limits& limits_;
  Backend& backend_;
  base::SystemClock clock_;
  base::RandomIds ids_;
};

}  // namespace lienthong::portal
