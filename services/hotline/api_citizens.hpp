#pragma once

#include "hotline/service_api_keys.hpp"
#include "hotline/service_citizens.hpp"
#include "hotline/service_indicators.hpp"
#include "platform/owner/owner.hpp"

namespace lienthong::hotline {

/// `service` outlives the result.
owner::Api ApiKeysApi(ApiKeyService& service);
owner::Api CitizensApi(CitizenService& service);
owner::Api IndicatorsApi(IndicatorService& service);

}  // namespace lienthong::hotline
