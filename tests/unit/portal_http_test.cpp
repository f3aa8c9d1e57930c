#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

#include <catch2/catch.hpp>

#include "platform/rpc/metrics.hpp"
#include "portal/http.hpp"
#include "support/clock.hpp"

// The HTTP server alone, over sockets: threads, ends and limits, also for the sanitizers.

namespace lienthong::portal {
namespace {

using lienthong::support::Eventually;

constexpr timeval kPatience{20, 0};
constexpr std::chrono::seconds kSoon{20};

/// A client of our own: what it sends is not what a library would.
class Client {
 public:
  /// `host`: the last number of its address, 127.0.0.x.
  explicit Client(int port, std::uint32_t host = 1) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (host != 1) {
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
      REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    }
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Client& Send(const std::string& bytes) {
    ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return *this;
  }
  bool IsAnswered() const {
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
  }
  /// Until `end` has come, or the server has closed.
  std::string Read(const std::string& end) {
    std::string read;
    char piece[4096];
    while (read.find(end) == std::string::npos) {
      const ssize_t count = ::recv(socket_, piece, sizeof(piece), 0);
      if (count <= 0) break;
      read.append(piece, static_cast<std::size_t>(count));
    }
    return read;
  }

 private:
  int socket_;
};

/// What the server says it holds.
double BytesOfBodies() {
  for (const auto& family : rpc::MetricsRegistry()->Collect()) {
    if (family.name == "lienthong_portal_body_bytes") return family.metric.at(0).gauge.value;
  }
  return -1;
}

Response Echo(const Request& request) {
  Response response;
  response.body = request.method + " " + request.path + " by " + request.address + ":" +
                  std::string(request.fields.First("text")) + ":" +
                  std::to_string(request.uploads.size()) + ".";
  return response;
}

Response Busy(const Request& request) {
  Response response = Echo(request);
  response.status = 503;
  return response;
}

Response Refuse(const Request& request, int status) {
  Response response;
  response.status = status;
  response.body = request.path + ": " + request.fault + " refused.";
  return response;
}

/// Asks for a page; the connection stays open when it is answered.
bool IsServed(Client& client) {
  return client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").Read("::0.").find(" 200 ") !=
         std::string::npos;
}

std::string Form(const std::string& body, const std::string& headers = "") {
  return "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_CASE("portal: a form arrives whole, in whatever pieces it comes") {
  HttpServer server({}, Echo, Busy, Refuse);
  Client client(server.Port());
  const std::string sent = Form("text=%C4%91%C6%B0%E1%BB%9Dng+h%E1%BB%8Fng");
  for (const char letter : sent) client.Send(std::string(1, letter));
  CHECK(client.Read("0.").find("POST /form by 127.0.0.1:đường hỏng:0.") != std::string::npos);
  // The connection goes on with the next one.
  CHECK(client.Send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").Read("0.").find("GET /a by") !=
        std::string::npos);
}

TEST_CASE("portal: a value is whole wherever the pieces of a form end") {
  HttpServer server({}, Echo, Busy, Refuse);
  const std::string part = "--form\r\nContent-Disposition: form-data; name=";
  const std::string parts = part + "\"text\"\r\n\r\n%C4\r\n" + part +
                            "\"photos\"; filename=\"a.jpg\"\r\n\r\nxyz\r\n--form--\r\n";
  for (const auto& [body, type, told] :
       {std::tuple<std::string, std::string, std::string>{
            "a=1&text=%C4%91%C6%B0&b=2", "application/x-www-form-urlencoded", ":đư:0."},
        {parts, "multipart/form-data; boundary=form", ":%C4:1."}}) {
    const std::string head = "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: " + type +
                             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    for (std::size_t end = 1; end < body.size(); ++end) {
      Client client(server.Port());
      client.Send(head + body.substr(0, end));
      while (BytesOfBodies() < static_cast<double>(end)) std::this_thread::yield();
      const std::string answer = client.Send(body.substr(end)).Read(told);
      INFO(body.substr(0, end));
      CHECK(answer.find(told) != std::string::npos);
    }
  }
}

TEST_CASE("portal: what is pasted along unseen does not cost the citizen the form") {
  HttpServer server({}, Echo, Busy, Refuse);
  Client client(server.Port());
  // A vertical tab of a word processor; the marks around a number of the contacts; U+0085.
  client.Send(Form("text=m%E1%BB%99t%0Bhai%0D%0A%E2%80%AA0912%E2%80%AC%C2%85"));
  CHECK(client.Read("0.").find(":một hai\r\n0912 :0.") != std::string::npos);
}

TEST_CASE("portal: of what is malformed it is known what is wrong with it") {
  HttpServer server({}, Echo, Busy, Refuse);
  const std::string part = "--form\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ncut off";
  const auto multipart = [&](const std::string& boundary) {
    return "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data" + boundary +
           "\r\nContent-Length: " + std::to_string(part.size()) + "\r\n\r\n" + part;
  };
  for (const auto& [sent, told] :
       {std::pair<std::string, std::string>{Form("text=%FF"), "/form: a field is not UTF-8"},
        {Form("text=%00"), "/form: a field is not UTF-8, or has %00"},
        {Form("%FF=x"), "/form: the name of a field"},
        {multipart("; boundary=form"), "/form: the body ends before"},
        {multipart(""), "/form: the Content-Type multipart/form-data"},
        {"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "/a: GET takes no body"},
        {"GET /a?b=%00 HTTP/1.1\r\nHost: x\r\n\r\n", "/a: the URL is"},
        {"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", "/: the URL is"}}) {
    const std::string answer = Client(server.Port()).Send(sent).Read("refused.");
    CAPTURE(sent, answer);
    CHECK(answer.find(" 400 ") != std::string::npos);
    CHECK(answer.find(told) != std::string::npos);
  }
}

TEST_CASE("portal: who sends too many files is told so by the page") {
  HttpServer server({}, Echo, Busy, Refuse);
  std::string body;
  for (int i = 0; i < 30; ++i) {
    body +=
        "--form\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\n" +
        std::string(40'000, 'x') + "\r\n";
  }
  body += "--form\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nstays\r\n--form--\r\n";
  Client client(server.Port());
  client.Send(
      "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=form\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  const std::string told = client.Read(":12.");
  CAPTURE(told);
  CHECK(told.find(":stays:12.") != std::string::npos);
}

TEST_CASE("portal: while all workers have enough to do, a form is answered with what was typed") {
  std::promise<void> go_on;
  const std::shared_future<void> waits = go_on.get_future().share();
  std::atomic<int> begun{0};
  HttpOptions options;
  options.workers = 1, options.queue_max = 1;
  HttpServer server(
      options,
      [&](const Request& request) {
        ++begun;
        waits.wait();
        return Echo(request);
      },
      Busy, Refuse);
  Client first(server.Port()), second(server.Port()), third(server.Port());
  first.Send(Form("text=1"));
  REQUIRE(Eventually(kSoon, [&] { return begun >= 1; }));
  // One of the two waits for the worker, the other is told, whichever is read first.
  second.Send(Form("text=2")), third.Send(Form("text=2"));
  while (!second.IsAnswered() && !third.IsAnswered()) std::this_thread::yield();
  const std::string told = (second.IsAnswered() ? second : third).Read("0.");
  CHECK(told.find(" 503 ") != std::string::npos);
  CHECK(told.find(":2:0.") != std::string::npos);
  go_on.set_value();
  CHECK(first.Read("0.").find(" 200 ") != std::string::npos);
}

TEST_CASE("portal: clients that leave while they are answered leave nothing behind") {
  std::promise<void> go_on;
  const std::shared_future<void> waits = go_on.get_future().share();
  std::atomic<int> begun{0};
  HttpServer server(
      {},
      [&](const Request& request) {
        ++begun;
        waits.wait();
        return Echo(request);
      },
      Busy, Refuse);
  for (int i = 0; i < 8; ++i) Client(server.Port()).Send(Form("text=1"));
  Client patient(server.Port());
  patient.Send(Form("text=2"));
  REQUIRE(Eventually(kSoon, [&] { return begun >= 9; }));
  go_on.set_value();
  CHECK(patient.Read("0.").find(":2:0.") != std::string::npos);
}

TEST_CASE("portal: what is being answered when it ends is answered") {
  std::promise<void> go_on;
  std::atomic<bool> has_begun{false};
  std::optional<HttpServer> server;
  server.emplace(
      HttpOptions{},
      [&](const Request& request) {
        has_begun = true;
        go_on.get_future().wait();
        return Echo(request);
      },
      Busy, Refuse);
  Client client(server->Port());
  client.Send(Form("text=last"));
  REQUIRE(Eventually(kSoon, [&] { return has_begun.load(); }));
  std::thread ending([&] { server.reset(); });
  go_on.set_value();
  CHECK(client.Read("0.").find(":last:0.") != std::string::npos);
  ending.join();
}

TEST_CASE("portal: a client that does not take its answer does not hold up the end") {
  HttpOptions options;
  options.closing_max = std::chrono::seconds(1);
  std::atomic<bool> has_begun{false};
  std::optional<HttpServer> server;
  server.emplace(
      options,
      [&](const Request&) {
        has_begun = true;
        Response response;
        response.body = std::string(64 * 1024 * 1024, 'x');
        return response;
      },
      Busy, Refuse);
  Client client(server->Port());
  client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(Eventually(kSoon, [&] { return has_begun.load(); }));
  server.reset();
  CHECK(client.Read("no such end").size() < 64U * 1024 * 1024);
}

TEST_CASE("portal: bodies count while they are there, by address") {
  HttpOptions options;
  options.body_bytes_max = 1000;
  options.bodies_of_address_bytes_max = 1500;
  HttpServer server(options, Echo, Busy, Refuse);
  CHECK(Client(server.Port()).Send(Form(std::string(1001, 'x'))).Read("refused.").find(" 413 ") !=
        std::string::npos);
  // Each is gone when it is answered: twenty, one after the other, are not too much.
  Client client(server.Port());
  for (int i = 0; i < 20; ++i) {
    CHECK(client.Send(Form("text=1&x=" + std::string(900, 'x'))).Read("0.").find(" 200 ") !=
          std::string::npos);
  }
  REQUIRE(BytesOfBodies() == 0);
  Client holding(server.Port());
  const std::string whole = Form("text=1&x=" + std::string(900, 'x'));
  holding.Send(whole.substr(0, whole.size() - 10));
  REQUIRE(Eventually(kSoon, [&] { return BytesOfBodies() >= 890; }));
  CHECK(client.Send(whole).Read("refused.").find(" 503 ") != std::string::npos);
  CHECK(holding.Send(whole.substr(whole.size() - 10)).Read("0.").find(" 200 ") !=
        std::string::npos);
}

TEST_CASE("portal: a browser that sends too much can read that it was too much") {
  HttpOptions options;
  options.body_bytes_max = 1000;
  HttpServer server(options, Echo, Busy, Refuse);
  Client client(server.Port());
  CHECK(client.Send(Form("x=" + std::string(3000, 'x'))).Read("refused.").find(" 413 ") !=
        std::string::npos);
  CHECK(BytesOfBodies() == 0);
  // The connection goes on: nothing of that body is left in it.
  CHECK(client.Send(Form("text=1")).Read("0.").find(" 200 ") != std::string::npos);
  const auto chunks = [](int count) {
    std::string body;
    for (int i = 0; i < count; ++i) body += "64\r\n" + std::string(100, 'x') + "\r\n";
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
           body + "0\r\n\r\n";
  };
  CHECK(client.Send(chunks(30)).Read("refused.").find(" 413 ") != std::string::npos);
  CHECK(client.Send(Form("text=1")).Read("0.").find(" 200 ") != std::string::npos);
  CHECK(client.Send(chunks(50)).Read("refused.").find(" 413 ") == std::string::npos);
  // Who waits for a word before the body, or names a length beyond all measure, has it at once.
  CHECK(Client(server.Port())
            .Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\nExpect: 100-continue\r\n"
                  "Content-Type: application/x-www-form-urlencoded\r\n\r\n")
            .Read("refused.")
            .find(" 413 ") != std::string::npos);
  CHECK(Client(server.Port())
            .Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n"
                  "Content-Type: application/x-www-form-urlencoded\r\n\r\n")
            .Read("refused.")
            .find(" 413 ") != std::string::npos);
}

TEST_CASE("portal: only the proxy is believed who asks") {
  const auto asked_by = [](const std::string& proxy, const std::string& headers) {
    HttpOptions options;
    options.proxy = proxy;
    HttpServer server(options, Echo, Busy, Refuse);
    const std::string answer =
        Client(server.Port()).Send("GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n").Read("0.");
    const auto at = answer.find(" by ") + 4;
    return answer.substr(at, answer.find("::0.") - at);
  };
  const std::string forged = "X-Forwarded-For: 198.51.100.1\r\n";
  CHECK(asked_by("", forged) == "127.0.0.1");
  CHECK(asked_by("127.0.0.1", "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n") == "203.0.113.7");
  CHECK(asked_by("127.0.0.1", forged + "X-Forwarded-For: 203.0.113.7\r\n") == "203.0.113.7");
  CHECK(asked_by("127.0.0.1", "X-Forwarded-For: 203.0.113.7:5678\r\n") == "203.0.113.7");
  CHECK(asked_by("127.0.0.1", "X-Forwarded-For: [2001:db8::1]:5678\r\n") == "2001:db8::1");
  CHECK(asked_by("127.0.0.1", "X-Forwarded-For: nobody\r\n") == "127.0.0.1");
}

TEST_CASE("portal: one client has so many connections, and takes none from others") {
  HttpOptions options;
  options.connections_per_address_max = 3;
  HttpServer server(options, Echo, Busy, Refuse);
  std::list<Client> held;
  for (int i = 0; i < 3; ++i) CHECK(IsServed(held.emplace_back(server.Port())));
  for (int i = 0; i < 3; ++i) {
    Client more(server.Port());
    CHECK_FALSE(IsServed(more));
  }
  Client other(server.Port(), 2);
  CHECK(IsServed(other));
  for (Client& client : held) CHECK(IsServed(client));
  // The place of one that has left is free again, and no more than that.
  held.pop_back();
  REQUIRE(Eventually(kSoon, [&] {
    if (IsServed(held.emplace_back(server.Port()))) return true;
    held.pop_back();
    return false;
  }));
  Client more(server.Port());
  CHECK_FALSE(IsServed(more));
}

TEST_CASE("portal: the proxy has any number of connections, who comes past it has not") {
  HttpOptions options;
  options.connections_per_address_max = 2;
  options.proxy = "127.0.0.1";
  HttpServer server(options, Echo, Busy, Refuse);
  std::list<Client> held;
  for (int i = 0; i < 5; ++i) CHECK(IsServed(held.emplace_back(server.Port())));
  for (int i = 0; i < 2; ++i) CHECK(IsServed(held.emplace_back(server.Port(), 2)));
  CHECK_FALSE(IsServed(held.emplace_back(server.Port(), 2)));
  CHECK(IsServed(held.emplace_back(server.Port())));
}

}  // namespace
}  // namespace lienthong::portal
