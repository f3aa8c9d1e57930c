#include "platform/base/clock.hpp"
#include "platform/redis/limiter.hpp"
#include "platform/rpc/host_metrics.hpp"
#include "platform/rpc/process.hpp"
#include "portal/form_tokens.hpp"
#include "portal/http.hpp"
#include "portal/portal.hpp"
#include "portal/settings.hpp"

namespace {

using namespace lienthong;

void Serve(base::Config& config) {
  const portal::Settings settings = portal::ReadSettings(config);
  portal::Backend backend(settings.backend);
  redis::Limiter limiter(settings.redis, "portal");
  portal::Limits limits(settings.limits, settings.secret, limiter);
  const portal::FormTokens tokens(settings.secret, settings.open311.origin);
  portal::Open311 open311(settings.open311, limits, backend);
  const base::SystemClock clock(settings.business_offset);
  portal::Pages pages(settings.pages, tokens, limits, backend, clock);
  portal::Portal portal(limits, open311, pages);
  rpc::Server server(settings.server, {}, [&] { return backend.IsReady(); });
  if (!settings.http.certificate.empty()) rpc::ShowCertificate(settings.http.certificate);
  const portal::HttpServer http(
      settings.http, [&](const portal::Request& request) { return portal.Answer(request); },
      [&](const portal::Request& request) { return portal.AnswerBusy(request); },
      [&](const portal::Request& request, int status) { return portal.Refuse(request, status); });
  server.Run();
}

}  // namespace

int main(int argc, char** argv) {
  return rpc::RunProcess("portal", argc, argv, Serve, [](base::Config&) {});
}
