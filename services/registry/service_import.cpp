#include <algorithm>
#include <chrono>

#include "platform/base/error.hpp"
#include "registry/records.hpp"
#include "registry/service.hpp"
#include "registry/service_requests.hpp"

namespace lienthong::registry {
namespace {

using journal::Heads;
using pg::Tx;

constexpr int kChunkMax = 500;
/// A stream may live for long; each of its transactions may not.
constexpr std::chrono::seconds kChunkTimeMax{30};

void RequireChunk(int count, const char* field) {
  if (count > kChunkMax) {
    throw base::InvalidField(field, "must be at most " + std::to_string(kChunkMax) + " records");
  }
}

rpc::Call ForChunk(const rpc::Call& stream) {
  rpc::Call call = stream;
  call.deadline = std::min(call.deadline, std::chrono::steady_clock::now() + kChunkTimeMax);
  return call;
}

std::string FieldOf(const char* list, int index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

void Count(const journal::Journal::BatchOutcome& outcome, v1::ImportResponse* sum) {
  sum->set_chunks(sum->chunks() + 1);
  if (outcome.repeated) {
    sum->set_repeated_chunks(sum->repeated_chunks() + 1);
  } else {
    sum->set_imported(sum->imported() + outcome.rows);
  }
}

}  // namespace

void RegistryService::ImportCitizens(const Call& call, const v1::ImportCitizensRequest& chunk,
                                     v1::ImportResponse* sum) {
  RequireChunk(chunk.citizens_size(), "citizens");
  std::vector<Citizen> citizens;
  std::vector<std::string> fields;
  for (int i = 0; i < chunk.citizens_size(); ++i) {
    fields.push_back(FieldOf("citizens", i));
    citizens.push_back(ToCitizen(chunk.citizens(i), fields.back(), Today(call)));
    citizens.back().id = {ids_.New()};
  }
  const auto outcome = journal_.ChangeMany(ForChunk(call), chunk, {}, [&](Tx& tx, const Heads&) {
    const auto sharing = sharing_.Read(tx);
    for (std::size_t i = 0; i < citizens.size(); ++i) {
      RequireOpenCommune(call, *sharing, citizens[i].address, fields[i] + ".address");
    }
    RequireParents(tx, call, *sharing, citizens, fields);
    InsertCitizens(tx, citizens);
    Changes changes;
    for (const Citizen& citizen : citizens) {
      changes.push_back({"CitizenImported", ToRecord(citizen, *sharing)});
    }
    return changes;
  });
  Count(outcome, sum);
}

void RegistryService::ImportEnterprises(const Call& call, const v1::ImportEnterprisesRequest& chunk,
                                        v1::ImportResponse* sum) {
  RequireChunk(chunk.enterprises_size(), "enterprises");
  std::vector<Enterprise> enterprises;
  for (int i = 0; i < chunk.enterprises_size(); ++i) {
    enterprises.push_back(
        ToEnterprise(chunk.enterprises(i), FieldOf("enterprises", i), Today(call)));
    enterprises.back().id = {ids_.New()};
  }
  const auto outcome = journal_.ChangeMany(ForChunk(call), chunk, {}, [&](Tx& tx, const Heads&) {
    const auto sharing = sharing_.Read(tx);
    for (std::size_t i = 0; i < enterprises.size(); ++i) {
      RequireOpenCommune(call, *sharing, enterprises[i].address,
                         FieldOf("enterprises", static_cast<int>(i)) + ".address");
    }
    InsertEnterprises(tx, enterprises);
    Changes changes;
    for (const Enterprise& enterprise : enterprises) {
      changes.push_back({"EnterpriseImported", ToRecord(enterprise, *sharing)});
    }
    return changes;
  });
  Count(outcome, sum);
}

}  // namespace lienthong::registry
