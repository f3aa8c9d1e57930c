#include "hotline/settings.hpp"

#include <fstream>
#include <sstream>

#include "hotline/providers.hpp"
#include "platform/base/hash.hpp"

namespace lienthong::pg {

/// migrations/*.sql of this service, embedded by the build.
std::vector<Migration> MigrationsOf_hotline();

}  // namespace lienthong::pg

namespace lienthong::hotline {
namespace {

// More workers than connections: calls that wait for a shared commit hold a worker, not a
// connection.
constexpr rpc::Defaults kDefaults{
    .service = "hotline", .workers = 48, .calls_per_second_max = 5000};

/// What Config cannot know to be wrong. The values stay out of the text: they may hold passwords.
void CheckProviders(const Settings& settings) {
  std::string mistakes;
  const auto note = [&](const char* name, const std::string& mistake) {
    if (!mistake.empty()) mistakes += std::string("\n  LIENTHONG_") + name + " " + mistake;
  };
  if (!settings.sms_url.empty()) note("SMS_URL", SmsUrlMistake(settings.sms_url));
  if (!settings.smtp_url.empty()) {
    note("SMTP_URL", MailUrlMistake(settings.smtp_url));
    note("MAIL_FROM", MailFromMistake(settings.mail_from));
    const bool has_ca = settings.smtp_ca.empty() || std::ifstream(settings.smtp_ca);
    note("SMTP_CA", has_ca ? "" : "cannot be read");
  }
  if (!mistakes.empty()) throw base::ConfigError("configuration:" + mistakes);
}

}  // namespace

Settings ReadSettings(base::Config& config) {
  Settings settings;
  static_cast<owner::Settings&>(settings) = owner::ReadSettings(config, kDefaults);
  settings.files = config.Text("FILES_DIR");
  settings.boundaries = config.Text("BOUNDARIES_FILE", "");
  settings.sms_url = config.Text("SMS_URL", "");
  settings.smtp_url = config.Text("SMTP_URL", "");
  settings.smtp_ca = config.Text("SMTP_CA", "");
  if (!settings.smtp_url.empty()) settings.mail_from = config.Text("MAIL_FROM");
  settings.messages_per_day_max =
      static_cast<int>(config.Number("MESSAGES_PER_DAY_MAX", 10, 1, 1000));
  settings.address_key = config.Text("ADDRESS_KEY", "");
  config.Check();
  CheckProviders(settings);
  return settings;
}

std::string AddressKey(const Settings& settings) {
  if (!settings.address_key.empty()) return settings.address_key;
  return base::HmacSha256(rpc::PageTokenSecret(settings), "addresses of messages");
}

Boundaries ReadBoundaries(const Settings& settings) {
  if (settings.boundaries.empty()) return {};
  std::ifstream file(settings.boundaries, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw base::ConfigError("LIENTHONG_BOUNDARIES_FILE cannot be read");
  return Boundaries(text.str());
}

std::vector<pg::Migration> Migrations() {
  return owner::MigrationsWith(pg::Joined({pg::MigrationsOf_files(), pg::MigrationsOf_hotline()}));
}

}  // namespace lienthong::hotline
