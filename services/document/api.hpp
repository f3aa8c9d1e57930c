#pragma once

#include <vector>

#include "document/service_books.hpp"
#include "document/service_documents.hpp"
#include "document/service_exchange.hpp"
#include "document/service_files.hpp"
#include "document/service_drafts.hpp"
#include "document/service_incoming.hpp"
#include "document/service_reports.hpp"
#include "platform/owner/owner.hpp"

namespace lienthong::document {

/// The use cases of this process, one class for each gRPC service.
struct Services {
  Services(const Parts& parts, files::Files& files);

  BookService books;
  DraftService drafts;
  DocumentService documents;
  IncomingService incoming;
  ReportService reports;
  ExchangeService exchange;
  WorkingFileService working_files;
};

/// Which use case answers which RPC is in api.cpp. `services` outlive the result.
std::vector<owner::Api> Apis(Services& services);
/// api_files.cpp
owner::Api ApiOf(WorkingFileService& service);

}  // namespace lienthong::document
