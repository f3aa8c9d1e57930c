#pragma once

#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace lienthong::rpc {

/// A certificate (PEM file) that the process uses: from now on its end is shown as
/// lienthong_certificate_expiry_timestamp_seconds{system}, `system` being its common name. Any
/// thread; once for a file is enough.
void ShowCertificate(const std::string& path);
/// Likewise of the authority's, with the system "ca".
void ShowAuthority(const std::string& path);

/// lienthong_build_info{version}, and when the certificates end. Their files are read again at
/// every scrape, since they are renewed on disk: of several certificates in a file, or files of one
/// system, the one that ends first counts, and a file that cannot be read counts as ended (0). Any
/// thread.
class HostMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace lienthong::rpc
