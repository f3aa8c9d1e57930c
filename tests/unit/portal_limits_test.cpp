#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "portal/address.hpp"
#include "portal/bodies.hpp"
#include "portal/connections.hpp"
#include "portal/limits.hpp"

// Rates are counted in this process: nothing answers where Redis should be.

namespace lienthong::portal {
namespace {

using Kind = Limits::Kind;

Request From(const std::string& address) {
  Request request;
  request.address = address;
  return request;
}

struct LimitsStage {
  redis::Limiter limiter{"127.0.0.1:1", "test"};
  Limits limits{{.requests_per_minute = 100,
                 .forms_per_minute = 100,
                 .tries_per_hour = 2,
                 .photo_bytes_per_day = 1000,
                 .photo_bytes_of_all_per_day = 1500,
                 .messages_per_day = 3,
                 .messages_of_key_per_day = 2,
                 .messages_of_all_per_day = 6},
                "secret",
                limiter};
};

TEST_CASE("portal: one address causes so many messages a day, whatever numbers it gives") {
  LimitsStage stage;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(stage.limits.Take(From("203.0.113.7"), Kind::kMessage));
  const auto wait = stage.limits.Take(From("203.0.113.7"), Kind::kMessage);
  REQUIRE(wait);
  CHECK(*wait > std::chrono::hours(20));
  CHECK_FALSE(stage.limits.Take(From("203.0.113.8"), Kind::kMessage));
  CHECK_FALSE(stage.limits.Take(From("203.0.113.7"), Kind::kRequest));
}

TEST_CASE("portal: a report that has counted is known by its request id") {
  LimitsStage stage;
  CHECK_FALSE(stage.limits.IsCounted("one"));
  stage.limits.SetCounted("one");
  for (int i = 0; i < 3; ++i) CHECK(stage.limits.IsCounted("one"));
  CHECK_FALSE(stage.limits.IsCounted("other"));
}

TEST_CASE("portal: what is only asked for does not count") {
  LimitsStage stage;
  const Request client = From("203.0.113.7");
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(stage.limits.Wait(client, Kind::kMessage));
    CHECK_FALSE(stage.limits.Wait(client, Kind::kPhotoByte, 1000));
    CHECK_FALSE(stage.limits.WaitOfKey("one", Kind::kMessage));
  }
  CHECK(stage.limits.Wait(client, Kind::kPhotoByte, 1001));
  CHECK_FALSE(stage.limits.Take(client, Kind::kPhotoByte, 600));
  CHECK_FALSE(stage.limits.Wait(client, Kind::kPhotoByte, 400));
  CHECK(stage.limits.Wait(client, Kind::kPhotoByte, 401));
  // Of all together there are 900 left.
  CHECK_FALSE(stage.limits.Wait(From("203.0.113.8"), Kind::kPhotoByte, 900));
  CHECK(stage.limits.Wait(From("203.0.113.8"), Kind::kPhotoByte, 901));
  for (int i = 0; i < 2; ++i) CHECK_FALSE(stage.limits.TakeOfKey("one", Kind::kMessage));
  CHECK(stage.limits.WaitOfKey("one", Kind::kMessage));
}

TEST_CASE("portal: an IPv6 network is one client") {
  LimitsStage stage;
  for (const char* const address : {"2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:3::"}) {
    CHECK_FALSE(stage.limits.Take(From(address), Kind::kMessage));
  }
  CHECK(stage.limits.Take(From("2001:db8:1:2:ffff::"), Kind::kMessage));
  CHECK_FALSE(stage.limits.Take(From("2001:db8:1:3::1"), Kind::kMessage));
}

TEST_CASE("portal: a partner's messages are counted by its key, and all of a day together") {
  LimitsStage stage;
  CHECK_FALSE(stage.limits.TakeOfKey("one", Kind::kMessage));
  CHECK_FALSE(stage.limits.TakeOfKey("one", Kind::kMessage));
  CHECK(stage.limits.TakeOfKey("one", Kind::kMessage));
  CHECK_FALSE(stage.limits.TakeOfKey("two", Kind::kMessage));
  for (int i = 0; i < 3; ++i) CHECK_FALSE(stage.limits.Take(From("203.0.113.7"), Kind::kMessage));
  CHECK(stage.limits.TakeOfKey("two", Kind::kMessage));
  CHECK(stage.limits.Take(From("203.0.113.8"), Kind::kMessage));
}

TEST_CASE("portal: photos of a day count by their bytes, of one address and of all") {
  LimitsStage stage;
  CHECK_FALSE(stage.limits.Take(From("203.0.113.7"), Kind::kPhotoByte, 600));
  CHECK(stage.limits.Take(From("203.0.113.7"), Kind::kPhotoByte, 600));
  CHECK_FALSE(stage.limits.Take(From("203.0.113.7"), Kind::kPhotoByte, 400));
  // What was refused of one does not count for all.
  CHECK_FALSE(stage.limits.Take(From("203.0.113.8"), Kind::kPhotoByte, 500));
  CHECK(stage.limits.Take(From("203.0.113.9"), Kind::kPhotoByte, 1));
}

TEST_CASE("portal: photos of a partner are counted by its key, and with those of all") {
  LimitsStage stage;
  CHECK_FALSE(stage.limits.TakeOfKey("one", Kind::kPhotoByte, 1000));
  CHECK(stage.limits.TakeOfKey("one", Kind::kPhotoByte, 1));
  CHECK(stage.limits.TakeOfKey("two", Kind::kPhotoByte, 600));
  CHECK_FALSE(stage.limits.Take(From("203.0.113.7"), Kind::kPhotoByte, 1));
}

TEST_CASE("portal: looking whether a client may go on counts nothing") {
  LimitsStage stage;
  for (int i = 0; i < 5; ++i) CHECK_FALSE(stage.limits.Wait(From("203.0.113.7"), Kind::kTry));
  stage.limits.Take(From("203.0.113.7"), Kind::kTry, 2);
  CHECK(stage.limits.Wait(From("203.0.113.7"), Kind::kTry));
}

// An IPv6 client has as many addresses as it likes: its network is what counts.

/// Connections of IPv6 addresses; nothing is sent over them.
struct ConnectionsStage {
  static sockaddr_in6 At(const char* address) {
    sockaddr_in6 at{};
    at.sin6_family = AF_INET6;
    REQUIRE(inet_pton(AF_INET6, address, &at.sin6_addr) == 1);
    return at;
  }
  bool MayOpen(const char* address) {
    const sockaddr_in6 at = At(address);
    return connections.MayOpen(reinterpret_cast<const sockaddr*>(&at));
  }
  /// `number` names the connection.
  void Open(std::size_t number, const char* address) {
    const sockaddr_in6 at = At(address);
    connections.Open(Named(number), -1, reinterpret_cast<const sockaddr*>(&at),
                     Connections::kNever);
  }
  void Close(std::size_t number) { connections.Close(Named(number)); }
  MHD_Connection* Named(std::size_t number) {
    return reinterpret_cast<MHD_Connection*>(&names[number]);
  }

  char names[8] = {};
  Connections connections{2, "2001:db8:9::1"};
};

TEST_CASE("portal: the connections of an IPv6 network are those of one client") {
  ConnectionsStage stage;
  stage.Open(0, "2001:db8::1");
  CHECK(stage.MayOpen("2001:db8::2"));
  stage.Open(1, "2001:db8::2");
  CHECK_FALSE(stage.MayOpen("2001:db8::1"));
  CHECK_FALSE(stage.MayOpen("2001:db8::3"));
  CHECK(stage.MayOpen("2001:db8:0:1::1"));
  stage.Close(0);
  CHECK(stage.MayOpen("2001:db8::3"));
  stage.Close(0);  // of one that is not there
  stage.Open(2, "2001:db8::3");
  CHECK_FALSE(stage.MayOpen("2001:db8::3"));
}

TEST_CASE("portal: connections of the proxy are not counted, nor for its neighbours") {
  ConnectionsStage stage;
  for (std::size_t i = 0; i < 4; ++i) stage.Open(i, "2001:db8:9::1");
  CHECK(stage.MayOpen("2001:db8:9::1"));
  CHECK(stage.MayOpen("2001:db8:9::2"));
  stage.Open(4, "2001:db8:9::2");
  stage.Open(5, "2001:db8:9::3");
  CHECK_FALSE(stage.MayOpen("2001:db8:9::2"));
  CHECK(stage.MayOpen("2001:db8:9::1"));
}

TEST_CASE("portal: the bodies of an IPv6 network are those of one client") {
  Bodies bodies(1000, 100);
  CHECK(bodies.Add("2001:db8::1", 60));
  CHECK_FALSE(bodies.Add("2001:db8::2", 60));
  CHECK(bodies.Add("2001:db8::2", 40));
  CHECK(bodies.Add("2001:db8:0:1::1", 100));
  bodies.Remove("2001:db8::1", 60);
  CHECK(bodies.Add("2001:db8::3", 60));
  CHECK_FALSE(bodies.Add("2001:db8::4", 1));
  CHECK(bodies.Add("203.0.113.7", 100));
  CHECK(bodies.Add("203.0.113.8", 100));
}

TEST_CASE("portal: an IPv4 address is the same client where it is written as IPv6") {
  CHECK(NetworkOf("::ffff:203.0.113.7") == NetworkOf("203.0.113.7"));
  CHECK(NetworkOf("::ffff:203.0.113.7") != NetworkOf("::ffff:203.0.113.8"));
}

}  // namespace
}  // namespace lienthong::portal
