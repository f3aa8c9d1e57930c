#include <algorithm>

#include "directory/records.hpp"
#include "directory/service.hpp"
#include "directory/service_checks.hpp"
#include "directory/service_requests.hpp"
#include "directory/store.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::directory {

v1::Agreement DirectoryService::CreateAgreement(const rpc::Call& call,
                                                const v1::CreateAgreementRequest& request) {
  Agreement wanted = ToAgreement(request.agreement(), call.time, "agreement");
  wanted.id = {ids_.New()};
  return journal_.Change<v1::Agreement>(call, request, {}, [&](pg::Tx& tx, const journal::Heads&) {
    std::vector<Agreement> agreements{wanted};
    Begin(agreements[0], call.time, false, "agreement");
    CompleteAgreements(tx, agreements, base::DayInVietnam(call.time), "agreement");
    InsertAgreements(tx, agreements);
    return Only("AgreementCreated", ToRecord(agreements[0]));
  });
}

v1::Agreement DirectoryService::RevokeAgreement(const rpc::Call& call,
                                                const v1::RevokeAgreementRequest& request) {
  const AgreementId id{ToUuid(request.agreement_id(), "agreement_id")};
  const std::string reason = base::CheckText(request.reason(), "reason", kReasonLengthMax, true);
  const journal::Key key{kAgreementType, id.text};
  return journal_.Change<v1::Agreement>(call, request, {key},
                                        [&](pg::Tx& tx, const journal::Heads&) {
                                          Agreement agreement = SelectAgreements(tx, {id}).at(0);
                                          Revoke(agreement, reason, call.time);
                                          UpdateAgreement(tx, agreement);
                                          return Only("AgreementRevoked", ToRecord(agreement));
                                        });
}

v1::Agreement DirectoryService::GetAgreement(const rpc::Call& call,
                                             const v1::GetAgreementRequest& request) {
  return Read<v1::Agreement>(call,
                             {kAgreementType, ToUuid(request.agreement_id(), "agreement_id")});
}

v1::ListAgreementsResponse DirectoryService::ListAgreements(
    const rpc::Call& call, const v1::ListAgreementsRequest& request) {
  AgreementFilter filter;
  if (!request.consumer_unit_id().empty()) {
    filter.consumer = ParseUnitCode(request.consumer_unit_id(), "consumer_unit_id");
  }
  filter.state = ToAgreementState(request.state(), "state");
  filter.after = {tokens_.Read(call, request)};
  const int page = rpc::PageSize(request.page_size(), kPageSizeDefault, kPageSizeMax);
  filter.rows_max = page + 1;
  const auto listed = pool_.Transact(
      call.deadline, [&](pg::Tx& tx) { return directory::ListAgreements(tx, filter); });

  v1::ListAgreementsResponse response;
  for (const ListedAgreement& item : listed) {
    if (response.agreements_size() == page) {
      const std::string& last = response.agreements(page - 1).id();
      response.set_next_page_token(tokens_.Make(call, request, last));
      break;
    }
    *response.add_agreements() = ToMessage(item.agreement, item.version);
  }
  return response;
}

v1::CalendarDay DirectoryService::SetCalendarDay(const rpc::Call& call,
                                                 const v1::SetCalendarDayRequest& request) {
  const CalendarDay day = ToCalendarDay(request.day(), "day");
  const journal::Key key{kCalendarDayType, base::FormatDay(day.day), true};
  return journal_.Change<v1::CalendarDay>(
      call, request, {key}, [&](pg::Tx& tx, const journal::Heads& heads) {
        UpsertCalendarDays(tx, {day});
        const bool is_new = heads.at(key).version == 0;
        return Only(is_new ? "CalendarDayCreated" : "CalendarDayChanged", ToRecord(day));
      });
}

v1::ListCalendarDaysResponse DirectoryService::ListCalendarDays(
    const rpc::Call& call, const v1::ListCalendarDaysRequest& request) {
  Day first = base::CheckDay(request.first_day(), "first_day");
  const Day last = base::CheckDay(request.last_day(), "last_day");
  if (last < first) throw base::InvalidField("last_day", "must not be before first_day");
  const std::string position = tokens_.Read(call, request);
  if (!position.empty()) first = DayAfter(base::ParseDay(position));
  const int page = rpc::PageSize(request.page_size(), kPageSizeDefault, kPageSizeMax);
  const auto listed = pool_.Transact(call.deadline, [&](pg::Tx& tx) {
    return directory::ListCalendarDays(tx, first, last, page + 1);
  });

  v1::ListCalendarDaysResponse response;
  for (const ListedCalendarDay& item : listed) {
    if (response.days_size() == page) {
      response.set_next_page_token(tokens_.Make(call, request, response.days(page - 1).id()));
      break;
    }
    *response.add_days() = ToMessage(item.day, item.version);
  }
  return response;
}

}  // namespace lienthong::directory
