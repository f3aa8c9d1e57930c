#pragma once

#include <functional>

#include "document/service_access.hpp"
#include "document/service_parts.hpp"
#include "lienthong/document/v1/drafts.pb.h"

namespace lienthong::document {

/// The use cases of DraftService, one method per RPC. Any thread; lives as long as the process.
class DraftService {
 public:
  explicit DraftService(const Parts& parts) : parts_(parts) {}

  v1::Draft CreateDraft(const Call& call, const v1::CreateDraftRequest& request);
  v1::Draft UpdateDraft(const Call& call, const v1::UpdateDraftRequest& request);
  v1::Draft GiveOpinion(const Call& call, const v1::GiveOpinionRequest& request);
  v1::Draft SubmitDraft(const Call& call, const v1::SubmitDraftRequest& request);
  v1::Draft ReturnDraft(const Call& call, const v1::ReturnDraftRequest& request);
  v1::Draft ReopenDraft(const Call& call, const v1::ReopenDraftRequest& request);
  v1::Draft SignDraft(const Call& call, const v1::SignDraftRequest& request);
  v1::Draft NumberDraft(const Call& call, const v1::NumberDraftRequest& request);
  v1::Draft WithdrawDraft(const Call& call, const v1::WithdrawDraftRequest& request);
  // service_successions.cpp
  v1::Draft TakeOverDraft(const Call& call, const v1::TakeOverDraftRequest& request);

  v1::Draft GetDraft(const Call& call, const v1::GetDraftRequest& request);
  v1::ListDraftsResponse ListDrafts(const Call& call, const v1::ListDraftsRequest& request);

  // service_authorisations.cpp
  v1::Authorisation GrantAuthorisation(const Call& call,
                                       const v1::GrantAuthorisationRequest& request);
  v1::Authorisation RevokeAuthorisation(const Call& call,
                                        const v1::RevokeAuthorisationRequest& request);
  v1::ListAuthorisationsResponse ListAuthorisations(const Call& call,
                                                    const v1::ListAuthorisationsRequest& request);

 private:
  /// One step of a draft that the official may see, and nothing else.
  v1::Draft Step(const Call& call, const google::protobuf::Message& request, const std::string& id,
                 const char* event, const std::function<void(pg::Tx&, Sight&, Draft&)>& step);

  Parts parts_;
};

}  // namespace lienthong::document
