#include "portal/http.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>

#include <microhttpd.h>

#include "platform/base/file.hpp"
#include "platform/base/log.hpp"
#include "platform/rpc/metrics.hpp"
#include "platform/rpc/workers.hpp"
#include "portal/arrival.hpp"
#include "portal/bodies.hpp"
#include "portal/connections.hpp"
#include "portal/reply.hpp"
#include "portal/target.hpp"

namespace lienthong::portal {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kHeaderBytesMax = 32 * 1024;  // of a connection: request line and headers too
constexpr int kRefusers = 1;
constexpr std::size_t kRefusedMax = 64;

std::string ReadPem(const std::string& path) {
  std::optional<std::string> text = base::ReadFile(path);
  if (!text || text->empty()) throw std::runtime_error("cannot read the PEM file " + path);
  return *std::move(text);
}

}  // namespace

struct HttpServer::Impl {
  Impl(HttpOptions given, Handler answer, Handler answer_busy, Refusal refuse)
      : options(std::move(given)),
        handler(std::move(answer)),
        busy(std::move(answer_busy)),
        refusal(std::move(refuse)) {}

  // What libmicrohttpd calls, on its thread; `self` is an Impl.
  static void* OnTarget(void* self, const char* target, MHD_Connection* connection);
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* url,
                              const char* method, const char* version, const char* data,
                              std::size_t* size, void** context);
  static void OnCompleted(void* self, MHD_Connection* connection, void** context,
                          MHD_RequestTerminationCode code);
  static MHD_Result OnAccept(void* self, const sockaddr* address, socklen_t);
  static void OnConnection(void* self, MHD_Connection* connection, void** context,
                           MHD_ConnectionNotificationCode code);

  void Start();
  MHD_Result Headers(MHD_Connection* connection, Arrival& arrival, const char* method);
  MHD_Result Body(MHD_Connection* connection, Arrival& arrival, const char* data, std::size_t size);
  void Forget(Arrival& arrival);
  void Over(Arrival& arrival);
  MHD_Result Arrived(MHD_Connection* connection, Arrival& arrival);
  bool Post(rpc::Workers& to, const Handler& by, MHD_Connection* connection, Arrival& arrival);
  void Answer(const Handler& by, MHD_Connection* connection, Arrival& arrival);
  MHD_Result Send(MHD_Connection* connection, Arrival& arrival, const Response& response);
  Response Refused(const Arrival& arrival, int status) {
    return WithAdvice(refusal(arrival.request, status), status);
  }
  prometheus::Counter& RequestsOf(int status);

  HttpOptions options;
  Handler handler;
  Handler busy;
  Refusal refusal;
  Bodies bodies{options.bodies_bytes_max, options.bodies_of_address_bytes_max};
  Connections connections{options.connections_per_address_max, options.proxy};
  std::string certificate;
  std::string key;
  MHD_Daemon* daemon = nullptr;

  std::mutex mutex;
  std::condition_variable gone_on;
  std::size_t answering = 0;  ///< requests workers have, or will
  std::size_t awaited = 0;    ///< these, until the client has its answer
  bool is_closing = false;

  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("lienthong_portal_requests_total")
                                                          .Help("HTTP requests answered, by status")
                                                          .Register(*rpc::MetricsRegistry());
  prometheus::Histogram& seconds = prometheus::BuildHistogram()
                                       .Name("lienthong_portal_request_seconds")
                                       .Help("From the request line to the answer")
                                       .Register(*rpc::MetricsRegistry())
                                       .Add({}, rpc::SecondsBuckets());
  std::optional<rpc::Workers> workers;
  std::optional<rpc::Workers> refusers;
};

void* HttpServer::Impl::OnTarget(void* self, const char* target, MHD_Connection* connection) {
  auto& impl = *static_cast<Impl*>(self);
  auto arrival = std::make_unique<Arrival>();
  arrival->target = target == nullptr ? "" : target;
  impl.connections.SetLimit(connection, arrival->began + impl.options.arrival_max);
  return arrival.release();
}

MHD_Result HttpServer::Impl::OnRequest(void* self, MHD_Connection* connection, const char*,
                                       const char* method, const char*, const char* data,
                                       std::size_t* size, void** context) {
  auto& impl = *static_cast<Impl*>(self);
  auto& arrival = *static_cast<Arrival*>(*context);
  switch (arrival.state) {
    case Arrival::State::kHeaders:
      arrival.state = Arrival::State::kBody;
      return impl.Headers(connection, arrival, method);
    case Arrival::State::kBody: {
      if (*size == 0) return impl.Arrived(connection, arrival);
      const std::size_t taken = *size;
      *size = 0;
      return impl.Body(connection, arrival, data, taken);
    }
    case Arrival::State::kAnswering:
      return MHD_YES;
    case Arrival::State::kAnswered:
      return impl.Send(connection, arrival, arrival.response);
  }
  return MHD_NO;
}

void HttpServer::Impl::OnCompleted(void* self, MHD_Connection* connection, void** context,
                                   MHD_RequestTerminationCode) {
  auto& impl = *static_cast<Impl*>(self);
  const std::unique_ptr<Arrival> arrival(static_cast<Arrival*>(*context));
  *context = nullptr;
  if (arrival != nullptr) impl.Over(*arrival);
  const auto allowed = impl.options.idle_max + impl.options.arrival_max;
  impl.connections.SetLimit(connection, steady_clock::now() + allowed);
}

MHD_Result HttpServer::Impl::OnAccept(void* self, const sockaddr* address, socklen_t) {
  return static_cast<Impl*>(self)->connections.MayOpen(address) ? MHD_YES : MHD_NO;
}

void HttpServer::Impl::OnConnection(void* self, MHD_Connection* connection, void**,
                                    MHD_ConnectionNotificationCode code) {
  auto& impl = *static_cast<Impl*>(self);
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) return impl.connections.Close(connection);
  const int socket =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  const sockaddr* const address =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
  impl.connections.Open(connection, socket, address,
                        steady_clock::now() + impl.options.arrival_max);
}

MHD_Result HttpServer::Impl::Headers(MHD_Connection* connection, Arrival& arrival,
                                     const char* method) {
  const int refusal = ReadHeaders(connection, arrival, method, options);
  return refusal == 0 ? MHD_YES : Send(connection, arrival, Refused(arrival, refusal));
}

MHD_Result HttpServer::Impl::Body(MHD_Connection* connection, Arrival& arrival, const char* data,
                                  std::size_t size) {
  arrival.arrived_bytes += size;
  // Nothing can be answered before the client has sent everything: it is cut off.
  if (arrival.arrived_bytes > ReadBytesMax(options)) return MHD_NO;
  if (arrival.arrived_bytes > options.body_bytes_max && arrival.refusal == 0) {
    arrival.refusal = 413;
    Forget(arrival);
  }
  connections.SetLimit(connection, arrival.began + options.arrival_max +
                                       std::chrono::seconds(arrival.arrived_bytes /
                                                            options.arrival_bytes_per_second));
  if (arrival.form == nullptr || arrival.refusal != 0) return MHD_YES;
  if (!bodies.Add(arrival.request.address, size)) {
    arrival.refusal = 503;
    Forget(arrival);
    return MHD_YES;
  }
  arrival.kept_bytes += size;
  if (MHD_post_process(arrival.form, data, size) != MHD_YES && arrival.refusal == 0) {
    arrival.refusal = 400;
    arrival.request.fault = "the body is not of its Content-Type";
  }
  if (arrival.refusal != 0) Forget(arrival);
  return MHD_YES;
}

/// Its body is not needed any more.
void HttpServer::Impl::Forget(Arrival& arrival) {
  arrival.request.uploads.clear();
  arrival.request.fields = {};
  bodies.Remove(arrival.request.address, std::exchange(arrival.kept_bytes, 0));
}

/// The client has its answer, or has left.
void HttpServer::Impl::Over(Arrival& arrival) {
  Forget(arrival);
  const std::lock_guard lock(mutex);
  if (!std::exchange(arrival.is_awaited, false)) return;
  --awaited;
  gone_on.notify_all();
}

MHD_Result HttpServer::Impl::Arrived(MHD_Connection* connection, Arrival& arrival) {
  if (arrival.form != nullptr) {
    MHD_PostProcessor* const form = std::exchange(arrival.form, nullptr);
    if (MHD_destroy_post_processor(form) != MHD_YES && arrival.refusal == 0) {
      arrival.refusal = 400;
      arrival.request.fault = "the body ends before the form does";
    }
  }
  if (arrival.refusal == 0 && !CleanFields(arrival.request.fields)) {
    arrival.refusal = 400;
    arrival.request.fault = "a field is not UTF-8, or has %00 in it";
  }
  if (arrival.refusal != 0) return Send(connection, arrival, Refused(arrival, arrival.refusal));
  arrival.request.deadline = std::chrono::system_clock::now() + options.answer_max;
  arrival.state = Arrival::State::kAnswering;
  bool is_refused = false;
  {
    const std::lock_guard lock(mutex);
    is_refused = is_closing;
    if (!is_refused) {
      ++answering;
      ++awaited;
      arrival.is_awaited = true;
    }
  }
  if (is_refused) return Send(connection, arrival, Refused(arrival, 503));
  connections.SetLimit(connection, Connections::kNever);
  MHD_suspend_connection(connection);
  if (Post(*workers, handler, connection, arrival)) return MHD_YES;
  if (Post(*refusers, busy, connection, arrival)) return MHD_YES;
  {
    const std::lock_guard lock(mutex);
    --answering;
    gone_on.notify_all();
  }
  arrival.response = Refused(arrival, 503);
  arrival.state = Arrival::State::kAnswered;
  MHD_resume_connection(connection);
  return MHD_YES;
}

bool HttpServer::Impl::Post(rpc::Workers& to, const Handler& by, MHD_Connection* connection,
                            Arrival& arrival) {
  return to.Post([this, &by, connection, &arrival] { Answer(by, connection, arrival); });
}

/// On a worker. The connection is not touched by the server's thread until it is resumed.
void HttpServer::Impl::Answer(const Handler& by, MHD_Connection* connection, Arrival& arrival) {
  try {
    arrival.response = by(arrival.request);
  } catch (const std::exception& error) {
    base::LogError("a request was not answered", {{"error", error.what()}});
    arrival.response = Refused(arrival, 500);
  }
  Forget(arrival);
  arrival.state = Arrival::State::kAnswered;
  MHD_resume_connection(connection);
  const std::lock_guard lock(mutex);
  --answering;
  gone_on.notify_all();
}

MHD_Result HttpServer::Impl::Send(MHD_Connection* connection, Arrival& arrival,
                                  const Response& response) {
  connections.SetLimit(connection, steady_clock::now() + options.taking_max);
  const MhdResponse sent = ToMhd(response, options.is_secure);
  if (sent == nullptr) return MHD_NO;
  RequestsOf(response.status).Increment();
  seconds.Observe(std::chrono::duration<double>(steady_clock::now() - arrival.began).count());
  return MHD_queue_response(connection, static_cast<unsigned>(response.status), sent.get());
}

prometheus::Counter& HttpServer::Impl::RequestsOf(int status) {
  return requests.Add({{"code", std::to_string(status)}});
}

void HttpServer::Impl::Start() {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &found) !=
      0) {
    throw std::runtime_error("not an address to listen on: " + options.host);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, &freeaddrinfo);
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  if (address->ai_family == AF_INET6) flags |= MHD_USE_IPv6;
  std::vector<MHD_OptionItem> tls;
  if (!options.certificate.empty()) {
    certificate = ReadPem(options.certificate);
    key = ReadPem(options.key);
    flags |= MHD_USE_TLS;
    tls.push_back({MHD_OPTION_HTTPS_MEM_CERT, 0, certificate.data()});
    tls.push_back({MHD_OPTION_HTTPS_MEM_KEY, 0, key.data()});
  }
  tls.push_back({MHD_OPTION_END, 0, nullptr});
  daemon = MHD_start_daemon(
      flags, static_cast<std::uint16_t>(options.port), &OnAccept, this, &OnRequest, this,
      MHD_OPTION_SOCK_ADDR, address->ai_addr, MHD_OPTION_URI_LOG_CALLBACK, &OnTarget, this,
      MHD_OPTION_NOTIFY_COMPLETED, &OnCompleted, this, MHD_OPTION_NOTIFY_CONNECTION, &OnConnection,
      this, MHD_OPTION_CONNECTION_LIMIT, options.connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
      static_cast<unsigned>(options.idle_max.count()), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      kHeaderBytesMax, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
      MHD_OPTION_ARRAY, tls.data(), MHD_OPTION_END);
  if (daemon == nullptr) {
    throw std::runtime_error("cannot serve HTTP on " + options.host + ":" +
                             std::to_string(options.port));
  }
}

HttpServer::HttpServer(HttpOptions options, Handler handler, Handler busy, Refusal refusal)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler), std::move(busy),
                                   std::move(refusal))) {
  impl_->workers.emplace(impl_->options.workers, impl_->options.queue_max);
  impl_->refusers.emplace(kRefusers, kRefusedMax);
  impl_->Start();
}

HttpServer::~HttpServer() {
  const MHD_socket listener = MHD_quiesce_daemon(impl_->daemon);
  {
    std::unique_lock lock(impl_->mutex);
    impl_->is_closing = true;
    impl_->gone_on.wait(lock, [&] { return impl_->answering == 0; });
    impl_->gone_on.wait_for(lock, impl_->options.closing_max, [&] { return impl_->awaited == 0; });
  }
  MHD_stop_daemon(impl_->daemon);
  if (listener != MHD_INVALID_SOCKET) ::close(listener);
}

int HttpServer::Port() const {
  return MHD_get_daemon_info(impl_->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

}  // namespace lienthong::portal
