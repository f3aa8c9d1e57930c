#include "platform/rpc/host_metrics.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "platform/base/file.hpp"
#include "platform/base/version.hpp"

namespace lienthong::rpc {
namespace {

constexpr const char* kAuthority = "ca";

/// Files whose ends are shown -> the system under which they are; of a file that has not been read
/// yet its own name, which is that of its system where we made it.
struct ShownFiles {
  std::mutex mutex;
  std::map<std::string, std::string> systems;
};

ShownFiles& Shown() {
  static ShownFiles shown;
  return shown;
}

void Show(const std::string& path, std::string system) {
  ShownFiles& shown = Shown();
  const std::lock_guard lock(shown.mutex);
  shown.systems.emplace(path, std::move(system));
}

/// Empty when it has none.
std::string CommonNameOf(const X509& certificate) {
  X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return {};
  const ASN1_STRING* const name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
          static_cast<std::size_t>(ASN1_STRING_length(name))};
}

/// Seconds since the epoch; 0 for a time that is none.
double EndOf(const X509& certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1) return 0;
  return static_cast<double>(timegm(&time));
}

struct Validity {
  std::string common_name;  ///< of the first certificate
  double end = 0;           ///< of the one that ends first
};

std::optional<Validity> ReadValidity(const std::string& path) {
  const std::optional<std::string> text = base::ReadFile(path);
  if (!text) return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(
      BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), BIO_free);
  std::optional<Validity> validity;
  for (;;) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) break;
    const double end = EndOf(*certificate);
    if (!validity) validity = {CommonNameOf(*certificate), end};
    validity->end = std::min(validity->end, end);
  }
  ERR_clear_error();  // that there was no further one
  return validity;
}

/// By system.
std::map<std::string, double> Ends() {
  std::map<std::string, double> ends;
  ShownFiles& shown = Shown();
  const std::lock_guard lock(shown.mutex);
  for (auto& [path, system] : shown.systems) {
    const auto validity = ReadValidity(path);
    const bool is_named = validity && !validity->common_name.empty() && system != kAuthority;
    if (is_named) system = validity->common_name;
    const double end = validity ? validity->end : 0;
    const auto [known, is_first] = ends.emplace(system, end);
    if (!is_first) known->second = std::min(known->second, end);
  }
  return ends;
}

prometheus::ClientMetric Sample(const char* label, std::string name, double value) {
  prometheus::ClientMetric metric;
  metric.label.push_back({label, std::move(name)});
  metric.gauge.value = value;
  return metric;
}

}  // namespace

void ShowCertificate(const std::string& path) { Show(path, std::filesystem::path(path).stem()); }

void ShowAuthority(const std::string& path) { Show(path, kAuthority); }

std::vector<prometheus::MetricFamily> HostMetrics::Collect() const {
  prometheus::MetricFamily build;
  build.name = "lienthong_build_info";
  build.help = "1; the version of the program is a label.";
  build.type = prometheus::MetricType::Gauge;
  build.metric.push_back(Sample("version", base::Version(), 1));
  prometheus::MetricFamily certificates;
  certificates.name = "lienthong_certificate_expiry_timestamp_seconds";
  certificates.help = "End of a certificate that the process uses, machine time; 0 = unreadable.";
  certificates.type = prometheus::MetricType::Gauge;
  for (const auto& [system, end] : Ends()) {
    certificates.metric.push_back(Sample("system", system, end));
  }
  return {std::move(build), std::move(certificates)};
}

}  // namespace lienthong::rpc
