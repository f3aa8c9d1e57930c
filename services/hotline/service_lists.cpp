#include <algorithm>

#include "hotline/service_requests.hpp"
#include "hotline/service_tickets.hpp"
#include "platform/access/purpose.hpp"
#include "platform/base/search_words.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

v1::Reporter ToMessage(const Reporter& reporter) {
  v1::Reporter message;
  message.set_report_id(reporter.report_id.text);
  message.set_full_name(reporter.full_name);
  message.set_phone(reporter.phone);
  message.set_email(reporter.email);
  message.set_language(reporter.language);
  message.set_text(reporter.text);
  if (!reporter.call_number.empty() || reporter.call_started_at || reporter.call_ended_at) {
    v1::CallRecord* const call = message.mutable_call();
    call->set_number(reporter.call_number);
    if (reporter.call_started_at) {
      journal::SetTime(call->mutable_started_at(), *reporter.call_started_at);
    }
    if (reporter.call_ended_at) {
      journal::SetTime(call->mutable_ended_at(), *reporter.call_ended_at);
    }
  }
  for (const Attachment& recording : reporter.recordings) {
    *message.add_recordings() = hotline::ToMessage(recording);
  }
  return message;
}

v1::ReporterAccess ToMessage(const AccessRow& row) {
  v1::ReporterAccess message;
  message.set_id(row.id);
  journal::SetTime(message.mutable_read_at(), row.read_at);
  message.set_system(row.system);
  message.set_unit_id(row.unit_id);
  message.set_official_id(row.official_id);
  message.set_purpose(row.purpose);
  return message;
}

}  // namespace

v1::Ticket TicketService::GetTicket(const Call& call, const v1::GetTicketRequest& request) {
  const auto id = ToId<TicketId>(request.ticket_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    return sight.Shown(sight.FindTicket(id));
  });
}

v1::ListTicketsResponse TicketService::ListTickets(const Call& call,
                                                   const v1::ListTicketsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  if (request.states_size() > kStatesMax) {
    throw base::InvalidField("states", "too many");
  }
  TicketQuery query;
  query.handler_unit_id = request.unit_id();
  for (const int state : request.states()) query.states.push_back(state);
  query.mark = request.mark();
  query.channel = request.channel();
  query.waits_for_keeper = request.waits_for_keeper();
  if (request.has_opened_from()) {
    query.from = journal::CheckTime(request.opened_from(), "opened_from");
  }
  if (request.has_opened_to()) query.to = journal::CheckTime(request.opened_to(), "opened_to");
  query.words = base::SearchQuery(request.text(), "text");
  query.limit = size + 1;
  // "<time> <id>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    const std::size_t space = position.find(' ');
    query.after = {base::ParseTime(position.substr(0, space)), position.substr(space + 1)};
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    query.units = sight.Units();
    query.communes = ToCommunes(request.commune_code(), sight.Sharing());
    query.category_ids = CategoriesOf(sight.TheRules(), request.category_id());
    TicketQuery next = query;
    const auto find_next = [&] {
      const auto ids = FindTickets(tx, next);
      auto found = InOrder(ids, SelectTickets(tx, ids));
      if (!found.empty()) next.after = {found.back().value.opened_at, found.back().value.id.text};
      return found;
    };
    // What a complaint is kept from is not shown to it, whatever it handles or keeps.
    const auto drop = [&](auto& found) {
      std::erase_if(found, [&](const auto& stored) { return !sight.ViewOf(stored.value); });
    };
    v1::ListTicketsResponse response;
    FillPage(
        FindShown(size, find_next, drop), size, response.mutable_tickets(),
        [&](const auto& stored) { return sight.Shown(stored); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(
              call, request, base::FormatTime(last.value.opened_at) + " " + last.value.id.text));
        });
    return response;
  });
}

v1::ListReportsResponse TicketService::ListReports(const Call& call,
                                                   const v1::ListReportsRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  const auto id = ToId<TicketId>(request.ticket_id());
  const std::string after = parts_.tokens.Read(call, request);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    const Ticket ticket = sight.FindTicket(id).value;
    if (!sight.KnowsReporters(ticket)) throw base::NotFound();
    const auto ids = SelectReportsOf(tx, id, after, size + 1);
    v1::ListReportsResponse response;
    FillPage(
        InOrder(ids, SelectReports(tx, ids)), size, response.mutable_reports(),
        [](const auto& stored) { return hotline::ToMessage(stored.value, stored.version); },
        [&](const auto& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.value.id.text));
        });
    return response;
  });
}

v1::Reporter TicketService::GetReporter(const Call& call, const v1::GetReporterRequest& request) {
  const std::string purpose = access::CheckPurpose(request.purpose());
  const auto id = ToId<ReportId>(request.report_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    const Report report = TheOne(SelectReports(tx, {id})).value;
    const Ticket ticket = sight.FindTicket(report.ticket_id).value;
    if (!sight.KnowsReporters(ticket)) throw base::NotFound();
    if (ticket.restricted && !sight.MayReadWithheld()) {
      throw base::Denied("TICKET_RESTRICTED", "who complains is for named positions");
    }
    InsertAccess(tx, {parts_.ids.New(), id, call.machine_time, call.system, call.unit,
                      call.official, purpose});
    return ToMessage(SelectReporter(tx, id).value());
  });
}

v1::ListReporterAccessResponse TicketService::ListReporterAccess(
    const Call& call, const v1::ListReporterAccessRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  const auto id = ToId<ReportId>(request.report_id());
  const std::string before = parts_.tokens.Read(call, request);
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight(tx, call, parts_).FindReport(id);
    v1::ListReporterAccessResponse response;
    FillPage(
        SelectAccess(tx, id, before, size + 1), size, response.mutable_entries(),
        [](const AccessRow& row) { return ToMessage(row); },
        [&](const AccessRow& last) {
          response.set_next_page_token(parts_.tokens.Make(call, request, last.id));
        });
    return response;
  });
}

}  // namespace lienthong::hotline
