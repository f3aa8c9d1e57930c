#include "platform/feed/owner_client.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>

#include "platform/base/error.hpp"
#include "platform/rpc/client.hpp"

namespace lienthong::feed {
namespace {

constexpr std::chrono::seconds kCallLimit{5};
/// The owner reads all heads of the type.
constexpr std::chrono::seconds kDigestsLimit{30};
constexpr std::size_t kRepublishMax = 1000;

base::Error OwnerAway(const std::string& text) {
  return base::Unavailable("OWNER_UNAVAILABLE", text);
}

journal::Digest HashFrom(const std::string& hex) {
  if (hex.size() != 32 || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw OwnerAway("the owner answered with a hash that is none");
  }
  return journal::Digest::FromHex(hex);
}

}  // namespace

OwnerClient::OwnerClient(const std::string& address, const kafka::ConnectOptions& identity,
                         journal::v1::Feed feed, std::stop_token stop)
    : stub_(journal::v1::JournalService::NewStub(
          rpc::OpenChannel(address, {identity.ca, identity.certificate, identity.key}))),
      feed_(feed),
      stop_(std::move(stop)) {}

template <class Request, class Answer, class Method>
Answer OwnerClient::Call(const char* name, const Request& request, Method method,
                         std::chrono::seconds limit) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + limit);
  const std::stop_callback cancel(stop_, [&] { context.TryCancel(); });
  Answer answer;
  const grpc::Status status = (stub_.get()->*method)(&context, request, &answer);
  if (!status.ok()) {
    throw OwnerAway(std::string(name) + ": status " + std::to_string(status.error_code()) + " " +
                    status.error_message());
  }
  return answer;
}

std::vector<journal::SetDigest> OwnerClient::ListBucketDigests(const std::string& type) {
  journal::v1::ListBucketDigestsRequest request;
  request.set_record_type(type);
  request.set_feed(feed_);
  const auto answer =
      Call<journal::v1::ListBucketDigestsRequest, journal::v1::ListBucketDigestsResponse>(
          "ListBucketDigests", request, &journal::v1::JournalService::Stub::ListBucketDigests,
          kDigestsLimit);
  if (answer.buckets_size() != journal::kBuckets)
    throw OwnerAway("the owner did not list 256 buckets");
  std::vector<journal::SetDigest> buckets;
  for (const auto& bucket : answer.buckets()) {
    buckets.push_back({bucket.count(), HashFrom(bucket.digest())});
  }
  return buckets;
}

std::vector<OwnerClient::Entry> OwnerClient::ListBucket(const std::string& type, int bucket) {
  journal::v1::ListBucketRequest request;
  request.set_record_type(type);
  request.set_feed(feed_);
  request.set_bucket(bucket);
  const auto answer = Call<journal::v1::ListBucketRequest, journal::v1::ListBucketResponse>(
      "ListBucket", request, &journal::v1::JournalService::Stub::ListBucket, kCallLimit);
  std::vector<Entry> entries;
  for (const auto& entry : answer.entries()) {
    entries.push_back({entry.record_id(), entry.version(), HashFrom(entry.hash())});
  }
  return entries;
}

OwnerClient::Asked OwnerClient::Republish(const std::vector<RowKey>& keys) {
  Asked asked;
  for (std::size_t first = 0; first < keys.size(); first += kRepublishMax) {
    const std::size_t end = std::min(keys.size(), first + kRepublishMax);
    journal::v1::RepublishRequest request;
    request.set_feed(feed_);
    for (std::size_t i = first; i < end; ++i) request.add_keys(keys[i].Text());
    const auto answer = Call<journal::v1::RepublishRequest, journal::v1::RepublishResponse>(
        "Republish", request, &journal::v1::JournalService::Stub::Republish, kCallLimit);
    asked.accepted += static_cast<std::size_t>(answer.accepted());
    const std::set<std::string> never(answer.never_published().begin(),
                                      answer.never_published().end());
    for (std::size_t i = first; i < end; ++i) {
      if (never.contains(keys[i].Text())) asked.never_published.push_back(keys[i]);
    }
  }
  return asked;
}

}  // namespace lienthong::feed
