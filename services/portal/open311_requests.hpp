#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "portal/backend.hpp"
#include "portal/open311_write.hpp"
#include "portal/request.hpp"

namespace lienthong::portal::open311 {

inline constexpr int kPageMax = 1000;  ///< "first 1000 requests returned"
/// Pages of the hotline that one answer may walk over.
inline constexpr int kPagesWalkedMax = 20;

/// The values of a parameter that may come several times and separated by commas; none is empty.
std::vector<std::string> ListOf(const Values& values, std::string_view name);

/// GET requests, as it is asked of the hotline.
struct ListQuery {
  hotline::ListPublicTicketsRequest request;
  std::size_t skip = 0;  ///< of what the hotline lists: those of the pages before
  std::size_t take = kPageMax;
  bool is_empty = false;  ///< nothing can be found: only services that there are not are asked for
};

/// Arguments service_code, start_date, end_date, status, and the extensions page (from 1) and
/// page_size (a bigger one is lowered to 1000). Without dates the 90 days until `now`; with one of
/// them the 90 days from it or until it. Throws FIELD_INVALID with all that is wrong: a date that
/// is none or has no zone, an end before its start, more than 90 days, another status, a page
/// beyond the first 20,000 requests, a date, page or page_size given several times.
ListQuery ReadListQuery(const Values& query, const Province& province, base::Time now);

/// A service request as everybody may see it. What is not known yet is null; lat, long, zipcode and
/// expected_datetime are never told, so they are absent.
Json ServiceRequest(const hotline::PublicTicket& ticket, const Province& province,
                    const std::string& origin);

}  // namespace lienthong::portal::open311
