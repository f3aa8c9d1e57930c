#include "portal/settings.hpp"

#include <vector>

#include "platform/rpc/process.hpp"

namespace lienthong::portal {
namespace {

constexpr std::int64_t kPerMinuteMax = 1'000'000;
constexpr std::int64_t kPerDayMax = 100'000'000;
constexpr std::int64_t kMebibyte = 1024 * 1024;
constexpr std::int64_t kOffsetSecondsMax = 100LL * 366 * 86400;

void ReadHttp(base::Config& config, HttpOptions& http) {
  http.host = config.Text("HTTP_HOST", http.host);
  http.port = static_cast<int>(config.Number("HTTP_PORT", 1, 65535));
  http.certificate = config.Text("HTTP_TLS_CERT", "");
  http.key = config.Text("HTTP_TLS_KEY", "");
  http.proxy = config.Text("HTTP_PROXY", "");
  http.workers = static_cast<int>(config.Number("WORKERS", http.workers, 1, 256));
  http.connections_max =
      static_cast<unsigned>(config.Number("CONNECTIONS_MAX", http.connections_max, 10, 100'000));
  http.connections_per_address_max = static_cast<unsigned>(
      config.Number("CONNECTIONS_PER_ADDRESS_MAX", http.connections_per_address_max, 1, 100'000));
}

void ReadLimits(base::Config& config, Limits::Options& limits) {
  limits.requests_per_minute = config.Number("REQUESTS_PER_MINUTE_MAX", 1200, 1, kPerMinuteMax);
  limits.forms_per_minute = config.Number("FORMS_PER_MINUTE_MAX", 60, 1, kPerMinuteMax);
  limits.tries_per_hour = config.Number("TRIES_PER_HOUR_MAX", 300, 1, kPerMinuteMax);
  limits.photo_bytes_per_day =
      config.Number("PHOTO_MIB_PER_DAY_MAX", 1024, 1, kPerDayMax) * kMebibyte;
  limits.photo_bytes_of_all_per_day =
      config.Number("PHOTO_MIB_OF_ALL_PER_DAY_MAX", 20'480, 1, kPerDayMax) * kMebibyte;
  limits.messages_per_day = config.Number("MESSAGES_PER_DAY_MAX", 200, 1, kPerDayMax);
  limits.messages_of_key_per_day =
      config.Number("MESSAGES_OF_KEY_PER_DAY_MAX", 2000, 1, kPerDayMax);
  limits.messages_of_all_per_day =
      config.Number("MESSAGES_OF_ALL_PER_DAY_MAX", 5000, 1, kPerDayMax);
}

}  // namespace

Settings ReadSettings(base::Config& config) {
  Settings settings;
  settings.server = rpc::ReadServerOptions(config);
  settings.redis = config.Text("REDIS");
  ReadHttp(config, settings.http);
  ReadLimits(config, settings.limits);
  std::map<std::string, std::string> owners = config.Map("OWNERS");
  settings.backend.hotline = owners["hotline"];
  settings.backend.directory = owners["directory"];
  settings.backend.replicas = config.Map("REPLICAS");
  settings.backend.identity = {settings.server.ca, settings.server.certificate,
                               settings.server.key};
  settings.business_offset = std::chrono::seconds(
      config.Number("BUSINESS_OFFSET_SECONDS", 0, -kOffsetSecondsMax, kOffsetSecondsMax));
  settings.open311.business_offset = settings.business_offset;
  settings.open311.origin = config.Text("ORIGIN");
  settings.open311.jurisdiction_id = config.Text("JURISDICTION_ID");
  settings.open311.contact = config.Text("CONTACT");
  settings.pages.directory = config.Text("WEB_DIR");
  settings.pages.province = config.Text("PROVINCE");
  settings.pages.hotline = config.Text("HOTLINE_NUMBER", "1022");
  settings.pages.boundaries = config.Text("BOUNDARIES_FILE", "");
  settings.http.is_secure = settings.open311.origin.starts_with("https:");
  config.Check();
  if (settings.backend.hotline.empty() || settings.backend.directory.empty()) {
    throw base::ConfigError("LIENTHONG_OWNERS: hotline and directory are needed");
  }
  if (settings.http.certificate.empty() != settings.http.key.empty()) {
    throw base::ConfigError("LIENTHONG_HTTP_TLS_CERT and LIENTHONG_HTTP_TLS_KEY go together");
  }
  settings.secret = rpc::SecretOfKey(settings.server, "portal");
  return settings;
}

}  // namespace lienthong::portal
