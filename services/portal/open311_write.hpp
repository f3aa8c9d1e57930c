#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "platform/base/clock.hpp"

namespace lienthong::portal::open311 {

using Json = nlohmann::ordered_json;

enum class Format { kXml, kJson };

/// Of the HTTP header: "text/xml; charset=utf-8", "application/json; charset=utf-8".
const char* ContentType(Format format);

/// One answer. In JSON `value` as it is; in XML under the element `root`, where the elements of a
/// list have the singular of its name, null is an empty element, and what is absent has none (the
/// Spark convention, https://wiki.open311.org/JSON_and_XML_Conversion). What is not UTF-8, or no
/// character of XML 1.0, becomes U+FFFD there.
std::string Write(const Json& value, const char* root, Format format);

/// A time as the standard shows it, with the zone of Vietnam: "2019-07-10T07:30:00+07:00".
std::string WriteDate(base::Time time);

/// A time of the W3C's note on dates (https://www.w3.org/TR/NOTE-datetime) that names its zone:
/// "2019-07-10T07:30+07:00", with seconds and fractions of them or without; years 1900 to 2199. A
/// space in place of the plus sign is taken for one: so a client's "+" arrives that was not
/// escaped. nullopt for anything else.
std::optional<base::Time> ReadDate(std::string_view text);

}  // namespace lienthong::portal::open311
