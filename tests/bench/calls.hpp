// What the load generator's ways of calling share: options, channels, a citizen to register,
// percentiles.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "lienthong/registry/v1/registry.pb.h"
#include "platform/base/id.hpp"

namespace lienthong::bench {

using Clock = std::chrono::steady_clock;

/// The command line of bench_load, see load.cpp.
struct Options {
  std::string rpc, address, pki, system, official;
  int in_flight = 1;
  double seconds = 1;
  double calls_per_second = 0;  ///< 0 = as fast as they are answered
  std::vector<std::string> names;
};

/// A channel of its own under the certificate of options.system.
std::shared_ptr<grpc::Channel> Connect(const Options& options, const std::string& address);

/// A newborn in the commune of that code; the names go by `turn`, as in register.sql.
void Fill(std::int64_t turn, const std::string& commune_code, base::Ids& ids,
          registry::v1::RegisterCitizenRequest* request);

/// Sorted milliseconds as `"p50_ms":1.000,"p99_ms":2.000`, for a line of JSON.
std::string Percentiles(std::vector<double> milliseconds);

/// Of a small file. Throw std::runtime_error when it cannot be read.
std::string ReadFile(const std::string& path);
std::vector<std::string> ReadLines(const std::string& path);

/// Corrections of the persons whose ids are in the file names[0], requested by options.official
/// and approved by the official names[1], in the commune of the code names[2]. options.rpc
/// "lifecycle": options.in_flight clients for options.seconds; "burst": see kBurst. Prints a line
/// of JSON.
int MeasureLifecycles(const Options& options);

/// Registers in commune names[0] at options.calls_per_second, whatever the answers take, and asks
/// the replica at names[1] for every fifth person. Prints a line of JSON; answered a second is what
/// those persons stand for that were seen by the time the last was registered.
int MeasureVisible(const Options& options);

/// Sends the file names[0] to FileService at options.address, whole, and cancels the upload. Prints
/// a line of JSON.
int MeasureUpload(const Options& options);

/// Enters and assigns the letters of the file names[0], see ReadArrivals, each under its own unit's
/// certificate; names[1] is the deadline of the work in seconds since the epoch. options.in_flight
/// calls at once for options.seconds. Prints a line of JSON; a call that is refused, or answered as
/// something else than a first call, ends it with 1.
int MeasureArrivals(const Options& options);

/// Reports to the hotline, of the category names[1] in the commune of the code names[2], taken and
/// found again by options.official, handled by the units of the file names[0] in turn, each line
/// "<unit> <official>". Their texts are numbered from names[3] on. options.in_flight clients for
/// options.seconds. Prints a line of JSON; a call that is refused ends it with 1.
int MeasureTickets(const Options& options);

}  // namespace lienthong::bench
