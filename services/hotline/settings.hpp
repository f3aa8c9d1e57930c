#pragma once

#include <string>
#include <vector>

#include "hotline/boundaries.hpp"
#include "platform/owner/owner.hpp"

namespace lienthong::hotline {

/// The configuration of the process; names in README.md.
struct Settings : owner::Settings {
  std::string files;  ///< directory of the attachments, shared by the copies of the service
  /// GeoJSON of the communes; see Boundaries. Empty = the province supplies none.
  std::string boundaries;
  std::string sms_url;   ///< see SmsProvider; empty = what is to be sent so waits
  std::string smtp_url;  ///< see MailProvider; likewise
  std::string smtp_ca;  ///< file that vouches for that server; empty = the system's certificates do
  std::string mail_from;
  int messages_per_day_max = 0;  ///< to one address
  /// Key of the hashes of addresses; empty = made from the secret of the page tokens.
  std::string address_key;
};

/// Throws base::ConfigError naming every mistake.
Settings ReadSettings(base::Config& config);

/// The key that was given, or the one made: the same for all copies of the service. Throws
/// base::ConfigError.
std::string AddressKey(const Settings& settings);

/// Of the file that was named. Throws base::ConfigError when it cannot be read, or
/// std::invalid_argument when it is no such file.
Boundaries ReadBoundaries(const Settings& settings);

/// Everything the database needs: journal, feed, sharing rules and its own tables.
std::vector<pg::Migration> Migrations();

}  // namespace lienthong::hotline
