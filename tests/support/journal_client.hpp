#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lienthong/journal/v1/journal.grpc.pb.h"
#include "support/registry_owner.hpp"

/// JournalService of the registry as tests call it.
namespace lienthong::registry {

namespace jv1 = journal::v1;
using JournalStub = jv1::JournalService::Stub;

/// JournalService of a registry as one system calls it.
class JournalClient {
 public:
  JournalClient(Registry& registry, const std::string& system)
      : stub_(jv1::JournalService::NewStub(registry.Channel(system))) {}
  static JournalClient Of(Registry& registry, const std::string& unit) {
    return {registry, "unit-" + unit};
  }

  template <class Request, class Answer>
  grpc::Status Status(grpc::Status (JournalStub::*rpc)(grpc::ClientContext*, const Request&,
                                                       Answer*),
                      const Request& request, Answer* answer, const std::string& official = "") {
    grpc::ClientContext context;
    if (!official.empty()) context.AddMetadata("lienthong-official", official);
    return ((*stub_).*rpc)(&context, request, answer);
  }
  template <class Request, class Answer>
  Answer Do(grpc::Status (JournalStub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
            const Request& request, const std::string& official = "") {
    Answer answer;
    REQUIRE(OutcomeOf(Status(rpc, request, &answer, official)) == kDone);
    return answer;
  }
  template <class Request, class Answer>
  Outcome Try(grpc::Status (JournalStub::*rpc)(grpc::ClientContext*, const Request&, Answer*),
              const Request& request, const std::string& official = "") {
    Answer answer;
    return OutcomeOf(Status(rpc, request, &answer, official));
  }

 private:
  std::unique_ptr<JournalStub> stub_;
};

inline jv1::ListRecordHistoryRequest HistoryOf(const std::string& type, const std::string& id,
                                               const std::string& purpose = kPurpose) {
  jv1::ListRecordHistoryRequest request;
  request.set_record_type(type);
  request.set_record_id(id);
  request.set_purpose(purpose);
  return request;
}

inline jv1::ListBucketDigestsRequest DigestsOf(const std::string& type,
                                               jv1::Feed feed = jv1::FEED_OWN) {
  jv1::ListBucketDigestsRequest request;
  request.set_record_type(type);
  request.set_feed(feed);
  return request;
}

inline jv1::ListBucketRequest BucketRequest(const std::string& type, int bucket,
                                            jv1::Feed feed = jv1::FEED_OWN) {
  jv1::ListBucketRequest request;
  request.set_record_type(type);
  request.set_bucket(bucket);
  request.set_feed(feed);
  return request;
}

inline jv1::RepublishRequest RepublishOf(const std::vector<std::string>& keys,
                                         jv1::Feed feed = jv1::FEED_OWN) {
  jv1::RepublishRequest request;
  request.set_feed(feed);
  for (const std::string& key : keys) request.add_keys(key);
  return request;
}

}  // namespace lienthong::registry
