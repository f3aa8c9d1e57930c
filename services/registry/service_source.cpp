#include "registry/service_source.hpp"

#include <stdexcept>

#include "platform/owner/parts.hpp"
#include "registry/records.hpp"
#include "registry/store.hpp"

namespace lienthong::registry {
namespace {

using owner::ToIds;

}  // namespace

std::vector<std::string> PersonalTypes() { return {kCitizenType, kCorrectionType}; }

std::vector<std::string> Source::Types() const {
  return {kCitizenType, kCorrectionType, kEnterpriseType};
}

std::vector<journal::Record> Source::Load(pg::Tx& tx, const std::string& type,
                                          const std::vector<std::string>& ids) {
  const auto sharing = sharing_.Read(tx);
  std::vector<journal::Record> records;
  if (type == kCitizenType) {
    for (const StoredCitizen& stored : SelectCitizens(tx, ToIds<CitizenId>(ids))) {
      records.push_back(ToRecord(stored.citizen, *sharing));
    }
  } else if (type == kEnterpriseType) {
    for (const StoredEnterprise& stored : SelectEnterprises(tx, ToIds<EnterpriseId>(ids))) {
      records.push_back(ToRecord(stored.enterprise, *sharing));
    }
  } else if (type == kCorrectionType) {
    for (const Correction& correction : SelectCorrections(tx, ToIds<CorrectionId>(ids))) {
      records.push_back(ToRecord(correction, *sharing));
    }
  } else {
    throw std::logic_error("not a record type of the registry: " + type);
  }
  return records;
}

std::int64_t Source::SharingMark(pg::Tx& tx, const std::string& type) {
  return sharing_.Read(tx)->Mark(type);
}

}  // namespace lienthong::registry
