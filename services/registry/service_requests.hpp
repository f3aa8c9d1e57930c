#pragma once

#include <string>
#include <vector>

#include "lienthong/registry/v1/registry.pb.h"
#include "platform/rpc/call.hpp"
#include "registry/citizen.hpp"
#include "registry/correction.hpp"
#include "registry/enterprise.hpp"

/// From requests to values that cannot be invalid: every check of a field, in one place. All throw
/// base::Error kInvalid with the field at fault, below `field`.
namespace lienthong::registry {

/// Business day of a call.
Day Today(const rpc::Call& call);

/// Identifiers in our own form (lower-case UUID); anything else is a record that does not exist.
/// Throws NotFound.
CitizenId ToCitizenId(const std::string& text);
CorrectionId ToCorrectionId(const std::string& text);
EnterpriseId ToEnterpriseId(const std::string& text);

std::string CheckReason(const std::string& text, bool required);

Address ToAddress(const v1::Address& message, const std::string& field, Day today);

/// A living person without id; what the registry sets itself is passed over.
Citizen ToCitizen(const v1::Citizen& message, const std::string& field, Day today);

/// An active enterprise without id.
Enterprise ToEnterprise(const v1::Enterprise& message, const std::string& field, Day today);

/// At least one field.
CorrectedFields ToCorrectedFields(const v1::RequestCorrectionRequest& request, Day today);

}  // namespace lienthong::registry
