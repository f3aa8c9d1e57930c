#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/timestamp.pb.h>

#include "platform/base/clock.hpp"
#include "portal/backend.hpp"
#include "portal/page.hpp"

namespace lienthong::portal {

/// In Vietnam's time: "27/11/2026", "27/11/2026 16:05", in both languages the same.
std::string ShowDay(base::Time time);
std::string ShowTime(base::Time time);
std::string ShowTime(const google::protobuf::Timestamp& time);
/// "16:05:03".
std::string ShowClock(base::Time time);

/// A key of the texts.
std::string_view StandingKey(hotline::ReportStanding standing);
std::string_view SatisfactionKey(hotline::Satisfaction satisfaction);

/// In the language; the code when the category is not there any more.
std::string CategoryName(const Province& province, const std::string& id, Language language);
/// Of a commune by its code of the statistics office, without the name of its committee: "Phường
/// Phú Cường"; the code when there is no such commune.
std::string CommuneName(const Province& province, const std::string& gso_code);
std::string UnitName(const Province& province, const std::string& id);
/// The same of a unit's full name.
std::string PlaceName(const std::string& unit_name);

/// Can citizens report in it?
bool IsOpen(const hotline::Category& category);

/// Sections `group` with GROUP_NAME and their `item`s, VALUE and NAME.
void ListCategories(Dictionary& dictionary, const Province& province, Language language,
                    std::string_view chosen);
void ListCommunes(Dictionary& dictionary, const Visit& visit, const Province& province,
                  std::string_view chosen);

/// "90 giây", "2 phút", "3 giờ": rounded up.
std::string ShowDuration(const Visit& visit, std::chrono::seconds duration);

/// Percent-encoded (RFC 3986): what stands between slashes; "?a=b&c=d", or nothing.
std::string EncodePath(std::string_view path);
std::string Encode(std::string_view text);
std::string QueryOf(const Values& values);

}  // namespace lienthong::portal
