#include "platform/rpc/server.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <grpc/health/v1/health.pb.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>
#include <prometheus/exposer.h>

#include "platform/base/file.hpp"
#include "platform/base/log.hpp"
#include "platform/pg/watchdog.hpp"
#include "platform/rpc/host_metrics.hpp"
#include "platform/rpc/malformed.hpp"
#include "platform/rpc/metrics.hpp"

namespace lienthong::rpc {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kReadyInterval{1};
/// What work in the background may still ask of the database when the last call has ended.
constexpr std::chrono::seconds kBackgroundEnd{5};
constexpr int kPingIntervalMinMs = 60'000;
/// Connections are made anew, so that load spreads to new copies; streams under way may finish:
/// as long as an import stream may last.
constexpr int kConnectionAgeMs = 30 * 60'000;
constexpr int kConnectionAgeGraceMs = 60 * 60'000;
/// Our own pings find callers that vanished without a word.
constexpr int kKeepaliveMs = 120'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kStreamsPerConnectionMax = 1'000;
constexpr std::size_t kPemBytesMax = 1024 * 1024;

std::string ReadPem(const std::string& path) {
  std::optional<std::string> text = base::ReadFile(path);
  if (!text || text->empty() || text->size() > kPemBytesMax) {
    throw std::runtime_error("cannot read the PEM file " + path);
  }
  return *std::move(text);
}

std::shared_ptr<grpc::ServerCredentials> Credentials(const ServerOptions& options) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = ReadPem(options.ca);
  tls.pem_key_cert_pairs.push_back({ReadPem(options.key), ReadPem(options.certificate)});
  return grpc::SslServerCredentials(tls);
}

/// Learns the names of the services while the server is built: grpc::Service does not tell.
class ServiceNames final : public grpc::ServerBuilderPlugin {
 public:
  explicit ServiceNames(std::vector<std::string>* names) : names_(names) {}

  std::string name() override { return "service_names"; }
  void InitServer(grpc::ServerInitializer*) override {}
  void Finish(grpc::ServerInitializer* initializer) override {
    for (const std::string& name : *initializer->GetServiceList()) {
      if (name.starts_with("lienthong.")) names_->push_back(name);
    }
  }
  void ChangeArguments(const std::string&, void*) override {}

 private:
  std::vector<std::string>* names_;
};

class ServiceNamesOption final : public grpc::ServerBuilderOption {
 public:
  explicit ServiceNamesOption(std::vector<std::string>* names) : names_(names) {}

  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<ServiceNames>(names_));
  }

 private:
  std::vector<std::string>* names_;
};

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions options, std::vector<grpc::Service*> services, std::function<bool()> is_ready)
      : options(std::move(options)), services(std::move(services)), is_ready(std::move(is_ready)) {}
  ~Impl() { Stop(); }

  void Start();
  void Stop();
  void SetHealth(bool serving);
  void WatchReadiness(std::stop_token stop);

  ServerOptions options;
  std::vector<grpc::Service*> services;
  std::function<bool()> is_ready;
  std::vector<std::string> service_names;
  int port = 0;
  std::shared_ptr<ProcessMetrics> process = std::make_shared<ProcessMetrics>();
  std::shared_ptr<HostMetrics> host = std::make_shared<HostMetrics>();
  std::unique_ptr<prometheus::Exposer> exposer;
  std::unique_ptr<grpc::Server> server;
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::jthread readiness;
};

void Server::Impl::Start() {
  ShowCertificate(options.certificate);
  ShowAuthority(options.ca);
  // First: whoever sees this process serve finds its metrics too.
  if (options.metrics_port != 0) {
    exposer =
        std::make_unique<prometheus::Exposer>("127.0.0.1:" + std::to_string(options.metrics_port));
    exposer->RegisterCollectable(MetricsRegistry());
    exposer->RegisterCollectable(process);
    exposer->RegisterCollectable(host);
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::health::v1::HealthCheckRequest::descriptor();  // linked in: reflection describes Health
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.host + ":" + std::to_string(options.port), Credentials(options),
                           &port);
  for (grpc::Service* const service : services) builder.RegisterService(service);
  builder.SetOption(std::make_unique<ServiceNamesOption>(&service_names));
  builder.SetMaxReceiveMessageSize(options.message_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMinMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax);
  // Two processes on one port would share its calls without a word.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<MalformedFactory>());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));

  server = builder.BuildAndStart();
  if (server == nullptr) {
    throw std::runtime_error("cannot listen on " + options.host + ":" +
                             std::to_string(options.port) + ", or a certificate is unusable");
  }
  SetHealth(is_ready());
  readiness = std::jthread([this](std::stop_token stop) { WatchReadiness(std::move(stop)); });
  base::LogInfo("serving", {{"port", std::to_string(port)}});
}

void Server::Impl::SetHealth(bool serving) {
  grpc::HealthCheckServiceInterface* const health = server->GetHealthCheckService();
  health->SetServingStatus("", serving);
  for (const std::string& name : service_names) health->SetServingStatus(name, serving);
}

void Server::Impl::WatchReadiness(std::stop_token stop) {
  bool last = true;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    lock.unlock();
    const bool ready = is_ready();
    if (ready != last) {
      base::LogWarning(ready ? "ready again" : "not ready");
      last = ready;
    }
    SetHealth(ready);
    lock.lock();
    stopped.wait_for(lock, stop, kReadyInterval, [] { return false; });
  }
}

void Server::Impl::Stop() {
  if (server == nullptr) return;
  base::LogInfo("draining");
  readiness.request_stop();
  server->GetHealthCheckService()->Shutdown();  // NOT_SERVING, whatever readiness says from now on
  std::this_thread::sleep_for(options.drain_grace);
  if (options.on_drain) options.on_drain();
  server->Shutdown(std::chrono::system_clock::now() + options.drain_limit);
  server->Wait();
  readiness = {};
  server.reset();
  exposer.reset();
  base::LogInfo("stopped");
}

Server::Server(ServerOptions options, std::vector<grpc::Service*> services,
               std::function<bool()> is_ready)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(services), std::move(is_ready))) {}

Server::~Server() = default;

void Server::Run() {
  const sigset_t signals = StopSignals();
  impl_->Start();
  int signal = 0;
  const int error = sigwait(&signals, &signal);
  if (error != 0) throw std::system_error(error, std::generic_category(), "sigwait");
  const auto end_database_in = [](milliseconds time) {
    pg::Watchdog::Instance().EndBy(std::chrono::steady_clock::now() + time);
  };
  end_database_in(impl_->options.drain_grace + impl_->options.drain_limit);
  impl_->Stop();
  end_database_in(kBackgroundEnd);
}

void Server::Start() { impl_->Start(); }
void Server::Stop() { impl_->Stop(); }
int Server::Port() const { return impl_->port; }

void Server::BlockSignals() {
  const sigset_t signals = StopSignals();
  const int error = pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_sigmask");
}

}  // namespace lienthong::rpc
