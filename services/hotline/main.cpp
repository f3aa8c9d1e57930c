#include "hotline/api.hpp"
#include "hotline/measures.hpp"
#include "hotline/schedule.hpp"
#include "hotline/sender.hpp"
#include "hotline/service_source.hpp"
#include "hotline/settings.hpp"
#include "platform/files/api.hpp"
#include "platform/files/keeper.hpp"

using namespace lienthong;

/// One caller for all citizens. What a form leaves behind helps who sends it again, within minutes.
static const files::UploadLimits kPortalUploads{.kept = std::chrono::hours(1),
                                                .pending_max = 5'000,
                                                .pending_bytes_max = 20LL * 1024 * 1024 * 1024};

static void Serve(base::Config& config) {
  const hotline::Settings settings = hotline::ReadSettings(config);
  owner::Owner owner(settings, hotline::Migrations());
  hotline::RulesReader rules;
  const hotline::Boundaries boundaries = hotline::ReadBoundaries(settings);
  const hotline::Parts parts{
      {owner.pool, owner.journal, owner.sharing, owner.snapshots, owner.tokens, owner.ids},
      rules,
      boundaries};
  const auto bytes = files::BytesInDirectory(settings.files);
  files::Files files({.uploads_of = {{"service-portal", kPortalUploads}}}, *bytes, owner.pool,
                     owner.clock, owner.ids,
                     [&](pg::Tx& tx, const rpc::Call& call, const std::string& type,
                         const std::string& id, const std::string& sha256) {
                       return hotline::MayReadFile(tx, call, parts, {type, id}, sha256);
                     });
  hotline::Services services(
      parts, owner.limiter,
      [&](const std::string& sha256, std::int64_t at) { return files.ReadPiece(sha256, at); },
      {.address_key = hotline::AddressKey(settings)});
  std::vector<owner::Api> apis = hotline::Apis(services);
  apis.push_back(files::ApiOf(files));
  hotline::Source source(owner.sharing);
  files::Keeper keeper({settings.service}, files);
  hotline::Schedule schedule(parts);
  journal::Timer timer(owner.pool, owner.journal, owner.clock, schedule);
  const auto sms = hotline::SmsAt(settings.sms_url);
  const auto mail = hotline::MailAt(settings.smtp_url, settings.mail_from, settings.smtp_ca);
  hotline::Sender sender({settings.messages_per_day_max, hotline::AddressKey(settings)}, owner.pool,
                         owner.clock, owner.ids, {sms.get(), mail.get()});
  hotline::Measures measures(parts, owner.clock, owner::UnitsOf(owner.catalogue));
  owner.EveryMinute("of the hotline", [&] { measures.Show(); });
  keeper.Start(), timer.Start(), sender.Start();
  owner.Run(source, apis);
}

int main(int argc, char** argv) {
  return rpc::RunProcess("hotline", argc, argv, Serve, [](base::Config& config) {
    pg::MigrateDatabase(config, hotline::Migrations());
  });
}
