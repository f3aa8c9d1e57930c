#pragma once

#include "hotline/service_parts.hpp"
#include "lienthong/hotline/v1/messages.pb.h"

namespace lienthong::hotline {

/// The use cases of MessageService, one method per RPC. Any thread; lives as long as the process.
class MessageService {
 public:
  explicit MessageService(const Parts& parts) : parts_(parts) {}

  v1::ListMessagesResponse ListMessages(const Call& call, const v1::ListMessagesRequest& request);
  v1::Message RetryMessage(const Call& call, const v1::RetryMessageRequest& request);

 private:
  const Parts parts_;
};

}  // namespace lienthong::hotline
