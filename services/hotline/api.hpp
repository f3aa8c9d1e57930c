#pragma once

#include <vector>

#include "hotline/service_api_keys.hpp"
#include "hotline/service_assignments.hpp"
#include "hotline/service_categories.hpp"
#include "hotline/service_citizens.hpp"
#include "hotline/service_indicators.hpp"
#include "hotline/service_knowledge.hpp"
#include "hotline/service_messages.hpp"
#include "hotline/service_tickets.hpp"
#include "platform/owner/owner.hpp"

namespace lienthong::hotline {

/// The use cases of this process, one class for each gRPC service.
struct Services {
  /// Pieces of files come from `read`.
  Services(const Parts& parts, redis::Limiter& limiter, ReadPiece read, CitizenOptions options);

  CategoryService categories;
  TicketService tickets;
  AssignmentService assignments;
  ApiKeyService api_keys;
  CitizenService citizens;
  IndicatorService indicators;
  MessageService messages;
  KnowledgeService knowledge;
};

/// Which use case answers which RPC is in api.cpp. `services` outlive the result.
std::vector<owner::Api> Apis(Services& services);

}  // namespace lienthong::hotline
