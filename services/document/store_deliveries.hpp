#pragma once

#include "document/delivery.hpp"

namespace lienthong::document {

/// Name of a state in the database.
const char* TextOf(DeliveryState state);

}  // namespace lienthong::document
