#pragma once

#include "document/service_parts.hpp"
#include "lienthong/document/v1/books.pb.h"

namespace lienthong::document {

/// The use cases of BookService, one method per RPC. Any thread; lives as long as the process.
class BookService {
 public:
  explicit BookService(const Parts& parts) : parts_(parts) {}

  v1::Series SetSeries(const Call& call, const v1::SetSeriesRequest& request);
  v1::ListDocumentTypesResponse ListDocumentTypes(const Call& call,
                                                  const v1::ListDocumentTypesRequest& request);
  v1::Book ReserveNumbers(const Call& call, const v1::ReserveNumbersRequest& request);
  v1::Book VoidNumber(const Call& call, const v1::VoidNumberRequest& request);
  v1::ListBooksResponse ListBooks(const Call& call, const v1::ListBooksRequest& request);
  v1::ListNumbersResponse ListNumbers(const Call& call, const v1::ListNumbersRequest& request);

 private:
  Parts parts_;
};

}  // namespace lienthong::document
