#pragma once

#include "hotline/service_knowledge.hpp"
#include "platform/owner/owner.hpp"

namespace lienthong::hotline {

/// KnowledgeService as it is served. `service` outlives the result.
owner::Api KnowledgeApi(KnowledgeService& service);

}  // namespace lienthong::hotline
