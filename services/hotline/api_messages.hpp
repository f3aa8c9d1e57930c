#pragma once

#include "hotline/service_messages.hpp"
#include "platform/owner/owner.hpp"

namespace lienthong::hotline {

/// MessageService; `service` outlives the result.
owner::Api MessagesApi(MessageService& service);

}  // namespace lienthong::hotline
