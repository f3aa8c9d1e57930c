#include "calls.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace lienthong::bench {
namespace {

double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::shared_ptr<grpc::Channel> Connect(const Options& options, const std::string& address) {
  const std::string own = options.pki + "/" + options.system;
  const grpc::SslCredentialsOptions tls{ReadFile(options.pki + "/ca.crt"), ReadFile(own + ".key"),
                                        ReadFile(own + ".crt")};
  auto channel = grpc::CreateChannel(address, grpc::SslCredentials(tls));
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(10))) {
    throw std::runtime_error("no connection to " + address);
  }
  return channel;
}

void Fill(std::int64_t turn, const std::string& commune_code, base::Ids& ids,
          registry::v1::RegisterCitizenRequest* request) {
  static constexpr std::array kFamily{"Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ"};
  const auto number = static_cast<std::size_t>(turn);
  request->set_request_id(ids.New());
  auto* citizen = request->mutable_citizen();
  citizen->set_full_name(std::string(kFamily[number % kFamily.size()]) + " Văn Bình");
  citizen->set_birth_date("2019-07-0" + std::to_string(1 + number % 9));
  citizen->set_sex(registry::v1::SEX_MALE);
  citizen->mutable_address()->set_text("Khu phố 3");
  citizen->mutable_address()->set_commune_code(commune_code);
}

std::vector<std::string> ReadLines(const std::string& path) {
  std::istringstream text(ReadFile(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string Percentiles(std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "\"p50_ms\":%.3f,\"p99_ms\":%.3f",
                Percentile(milliseconds, 0.5), Percentile(milliseconds, 0.99));
  return text.data();
}

}  // namespace lienthong::bench
