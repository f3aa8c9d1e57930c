#pragma once

#include <string>
#include <utility>

#include "directory/agreement.hpp"
#include "directory/official.hpp"
#include "directory/unit.hpp"
#include "lienthong/directory/v1/directory.pb.h"
#include "platform/base/id.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"

namespace lienthong::directory {

/// The use cases: one method per RPC, same name. Errors are the reasons of DirectoryReason and of
/// access/v1/reason.proto. Any thread; lives as long as the process.
class DirectoryService {
 public:
  DirectoryService(pg::Pool& pool, journal::Journal& journal, base::Ids& ids,
                   const rpc::PageTokens& tokens)
      : pool_(pool), journal_(journal), ids_(ids), tokens_(tokens) {}

  // service_units.cpp
  v1::Unit CreateUnit(const rpc::Call& call, const v1::CreateUnitRequest& request);
  v1::Unit RenameUnit(const rpc::Call& call, const v1::RenameUnitRequest& request);
  v1::Unit SetCode102(const rpc::Call& call, const v1::SetCode102Request& request);
  v1::Unit CloseUnit(const rpc::Call& call, const v1::CloseUnitRequest& request);
  v1::Unit GetUnit(const rpc::Call& call, const v1::GetUnitRequest& request);
  v1::ListUnitsResponse ListUnits(const rpc::Call& call, const v1::ListUnitsRequest& request);

  // service_officials.cpp
  v1::Official CreateOfficial(const rpc::Call& call, const v1::CreateOfficialRequest& request);
  v1::Official GetOfficial(const rpc::Call& call, const v1::GetOfficialRequest& request);
  v1::Official AppointOfficial(const rpc::Call& call, const v1::AppointOfficialRequest& request);
  v1::Official EndAppointment(const rpc::Call& call, const v1::EndAppointmentRequest& request);
  v1::Position SetPosition(const rpc::Call& call, const v1::SetPositionRequest& request);

  // service_agreements.cpp
  v1::Agreement CreateAgreement(const rpc::Call& call, const v1::CreateAgreementRequest& request);
  v1::Agreement RevokeAgreement(const rpc::Call& call, const v1::RevokeAgreementRequest& request);
  v1::Agreement GetAgreement(const rpc::Call& call, const v1::GetAgreementRequest& request);
  v1::ListAgreementsResponse ListAgreements(const rpc::Call& call,
                                            const v1::ListAgreementsRequest& request);
  v1::CalendarDay SetCalendarDay(const rpc::Call& call, const v1::SetCalendarDayRequest& request);
  v1::ListCalendarDaysResponse ListCalendarDays(const rpc::Call& call,
                                                const v1::ListCalendarDaysRequest& request);

  // service_load.cpp
  /// One chunk; adds what it did to `answer`.
  void LoadDirectory(const rpc::Call& call, const v1::LoadDirectoryRequest& chunk,
                     v1::LoadDirectoryResponse* answer);

 private:
  /// Newest state of a record, if the caller may see it.
  template <class Message>
  Message Read(const rpc::Call& call, const journal::Key& key) {
    return pool_.Transact(call.deadline, [&](pg::Tx& tx) {
      Message message;
      journal::ReadRecord(tx, call, key, &message);
      return message;
    });
  }

  pg::Pool& pool_;
  journal::Journal& journal_;
  base::Ids& ids_;
  const rpc::PageTokens& tokens_;
};

/// A change of one record.
inline journal::Journal::Changes Only(std::string event, journal::Record record) {
  journal::Journal::Changes changes;
  changes.push_back({std::move(event), std::move(record)});
  return changes;
}

inline constexpr int kPageSizeDefault = 100;
inline constexpr int kPageSizeMax = 500;

}  // namespace lienthong::directory
