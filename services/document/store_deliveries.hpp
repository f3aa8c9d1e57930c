#pragma once

#include <string_view>

#include "document/delivery.hpp"

namespace lienthong::document {

/// Name of a state in the database.
const char* TextOf(DeliveryState state);
DeliveryState DeliveryStateOf(std::string_view text);

}  // namespace lienthong::document
