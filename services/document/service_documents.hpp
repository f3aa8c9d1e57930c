#pragma once

#include <vector>

#include "document/service_access.hpp"
#include "document/service_deadlines.hpp"
#include "document/service_parts.hpp"
#include "lienthong/document/v1/documents.pb.h"

namespace lienthong::document {

/// The use cases of DocumentService, one method per RPC. Any thread; lives as long as the process.
class DocumentService {
 public:
  explicit DocumentService(const Parts& parts);

  v1::Document IssueDocument(const Call& call, const v1::IssueDocumentRequest& request);
  v1::Document SendDocument(const Call& call, const v1::SendDocumentRequest& request);
  v1::Document RecallDocument(const Call& call, const v1::RecallDocumentRequest& request);
  v1::ReadingRight SetReaders(const Call& call, const v1::SetReadersRequest& request);
  // service_successions.cpp
  v1::Document TakeOverDocument(const Call& call, const v1::TakeOverDocumentRequest& request);

  v1::Document GetDocument(const Call& call, const v1::GetDocumentRequest& request);
  v1::FindDocumentsResponse FindDocuments(const Call& call,
                                          const v1::FindDocumentsRequest& request);
  v1::ListDeliveriesResponse ListDeliveries(const Call& call,
                                            const v1::ListDeliveriesRequest& request);

 private:
  /// Deliveries of a document to recipients, whose names are set. Throws UNIT_UNKNOWN, UNIT_CLOSED,
  /// FIELD_INVALID for the sender itself; `field` is the list of recipients in the request.
  std::vector<Delivery> MakeDeliveries(const Call& call, const Document& document,
                                       std::vector<Recipient>& recipients, const Sight& sight,
                                       const Limits& limits, const std::string& field);

  Parts parts_;
};

}  // namespace lienthong::document
