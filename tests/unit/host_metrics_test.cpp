// What a process shows of its version, its certificates and others' clocks.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>

#include "platform/base/version.hpp"
#include "platform/rpc/clock_offset.hpp"
#include "platform/rpc/host_metrics.hpp"
#include "support/certificates.hpp"
#include "support/measured.hpp"

namespace lienthong::rpc {
namespace {

using namespace std::chrono_literals;

/// Of a series of HostMetrics; nullopt = it is not there.
std::optional<double> Shown(const std::string& name, const std::string& label) {
  for (const auto& family : HostMetrics().Collect()) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      if (metric.label.at(0).value == label) return metric.gauge.value;
    }
  }
  return std::nullopt;
}

std::optional<double> EndOfCertificate(const std::string& system) {
  return Shown("lienthong_certificate_expiry_timestamp_seconds", system);
}

/// Seconds from now, as it was a moment ago.
auto In(std::chrono::seconds time) {
  return Approx(static_cast<double>(std::time(nullptr) + time.count())).epsilon(0).margin(30);
}

/// A system that no other test has.
std::string NewSystem() { return "unit-" + base::RandomIds().New(); }

double OffsetOf(const std::string& peer) {
  return support::Measured("lienthong_clock_offset_seconds", {{"peer", peer}}).value();
}

}  // namespace

TEST_CASE("the version of the program is shown, as numbers with dots") {
  const std::string version = base::Version();
  REQUIRE(version.size() >= 5);
  CHECK(std::isdigit(static_cast<unsigned char>(version.front())) != 0);
  CHECK(std::count(version.begin(), version.end(), '.') == 2);
  CHECK(Shown("lienthong_build_info", version) == 1);
}

TEST_CASE("the end of a certificate is shown under its system, and follows what is on disk") {
  const support::Certificates pki;
  const std::string system = NewSystem();
  CHECK_FALSE(EndOfCertificate(system));
  pki.Make("server", system, 10 * 24h);
  ShowCertificate(pki.Path("server.crt"));
  ShowCertificate(pki.Path("server.crt"));
  REQUIRE(EndOfCertificate(system));
  CHECK(*EndOfCertificate(system) == In(10 * 24h));
  pki.Make("server", system, 30 * 24h);  // renewed
  CHECK(*EndOfCertificate(system) == In(30 * 24h));
  pki.Make("server", system, -1h);
  CHECK(*EndOfCertificate(system) == In(-1h));
}

TEST_CASE("of the files of one system, and the certificates in a file, the first end is shown") {
  const support::Certificates pki;
  const std::string system = NewSystem();
  pki.Make("one", system, 20 * 24h);
  pki.Make("two", system, 5 * 24h);
  ShowCertificate(pki.Path("one.crt"));
  CHECK(*EndOfCertificate(system) == In(20 * 24h));
  ShowCertificate(pki.Path("two.crt"));
  CHECK(*EndOfCertificate(system) == In(5 * 24h));

  const std::string chained = NewSystem();
  pki.Make("leaf", chained, 20 * 24h);
  std::ofstream(pki.Path("leaf.crt"), std::ios::app)
      << std::ifstream(pki.Path("ca.crt")).rdbuf();  // ends in a day
  ShowCertificate(pki.Path("leaf.crt"));
  CHECK(*EndOfCertificate(chained) == In(24h));
}

TEST_CASE("a certificate that cannot be read counts as ended, under the system that it had") {
  const support::Certificates pki;
  const std::string system = NewSystem(), broken = NewSystem();
  pki.Make("server", system);
  ShowCertificate(pki.Path("server.crt"));
  CHECK(*EndOfCertificate(system) > 0);
  std::remove(pki.Path("server.crt").c_str());
  CHECK(EndOfCertificate(system) == 0);

  std::ofstream(pki.Path(broken + ".crt")) << "no certificate";
  ShowCertificate(pki.Path(broken + ".crt"));
  CHECK(EndOfCertificate(broken) == 0);
}

TEST_CASE("the end of the authority's certificate is shown as that of the system ca") {
  const support::Certificates pki;
  ShowAuthority(pki.Path("ca.crt"));
  REQUIRE(EndOfCertificate("ca"));
  CHECK_FALSE(EndOfCertificate("test CA"));
  std::remove(pki.Path("ca.crt").c_str());
  CHECK(EndOfCertificate("ca") == 0);
}

TEST_CASE("clocks differ by no more than what they showed needs") {
  const base::Time begin(1'000s);
  CHECK(ClockOffset(begin, begin + 2s, begin + 5s) == 0s);
  CHECK(ClockOffset(begin, begin, begin) == 0s);
  CHECK(ClockOffset(begin, begin + 5s, begin + 5s) == 0s);
  CHECK(ClockOffset(begin, begin + 7s, begin + 5s) == 2s);
  CHECK(ClockOffset(begin, begin - 3s, begin + 5s) == -3s);
}

TEST_CASE("of the exchanges of a minute the shortest says how far clocks are apart") {
  const base::Time now(1'000'000s);
  ClockGauge gauge("test-minute");
  CHECK(OffsetOf("test-minute") == 0);  // there from the start
  gauge.Note(now, now + 12s, now + 10s);
  CHECK(OffsetOf("test-minute") == 2);
  gauge.Note(now + 20s, now + 25s, now + 21s);  // shorter
  CHECK(OffsetOf("test-minute") == 4);
  gauge.Note(now + 30s, now + 36s, now + 36s);  // longer: it would need no difference
  CHECK(OffsetOf("test-minute") == 4);
  gauge.Note(now + 80s, now + 83s, now + 82s);  // a minute after the one that counted
  CHECK(OffsetOf("test-minute") == 1);
  gauge.Note(now - 100s, now - 88s, now - 91s);  // our own clock was put back
  CHECK(OffsetOf("test-minute") == 3);
  gauge.Note(now - 200s, now - 205s, now - 170s);
  CHECK(OffsetOf("test-minute") == -5);
}

}  // namespace lienthong::rpc
