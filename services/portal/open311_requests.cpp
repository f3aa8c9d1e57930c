#include "portal/open311_requests.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "platform/journal/times.hpp"
#include "portal/open311_faults.hpp"
#include "portal/shown.hpp"

namespace lienthong::portal::open311 {
namespace {

constexpr std::chrono::days kSpanMax{90};
constexpr std::size_t kCodesMax = 100;
constexpr std::size_t kDepthMax = static_cast<std::size_t>(kPagesWalkedMax) * kPageMax;

/// A number from 1 on; `fallback` when there is none.
std::size_t Number(const Values& query, const char* name, std::size_t fallback, Faults& faults) {
  CheckOnce(query, name, faults);
  const std::string_view text = query.First(name);
  if (text.empty()) return fallback;
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number == 0) {
    faults.Add(name, "must be a number from 1 on");
    return fallback;
  }
  return number;
}

std::optional<base::Time> Date(const Values& query, const char* name, Faults& faults) {
  CheckOnce(query, name, faults);
  const std::string_view text = query.First(name);
  if (text.empty()) return std::nullopt;
  const auto time = ReadDate(text);
  if (!time) faults.Add(name, "must be a time with its zone, as 2019-07-10T07:30:00+07:00");
  return time;
}

void ReadDates(const Values& query, base::Time now, ListQuery& list, Faults& faults) {
  const auto start = Date(query, "start_date", faults);
  const auto end = Date(query, "end_date", faults);
  if (start && end && *end < *start) faults.Add("end_date", "must not be before start_date");
  if (start && end && *end - *start > kSpanMax) {
    faults.Add("end_date", "must be at most 90 days after start_date");
  }
  const base::Time to = end ? *end : start ? *start + kSpanMax : now;
  const base::Time from = start ? *start : to - kSpanMax;
  journal::SetTime(list.request.mutable_opened_from(), from);
  // The hotline's end is not part of the range, the standard's is.
  journal::SetTime(list.request.mutable_opened_to(), to + base::Time::duration(1));
}

void ReadStatus(const Values& query, ListQuery& list, Faults& faults) {
  bool open = false, closed = false;
  for (const std::string& status : ListOf(query, "status")) {
    open = open || status == "open";
    closed = closed || status == "closed";
    if (status != "open" && status != "closed") faults.Add("status", "must be open or closed");
  }
  if (open != closed) list.request.set_answered(closed);
}

void ReadServices(const Values& query, const Province& province, ListQuery& list, Faults& faults) {
  const auto codes = ListOf(query, "service_code");
  if (codes.size() > kCodesMax) faults.Add("service_code", "at most 100 at once");
  // Services that are offered no more have requests still.
  for (const std::string& code : codes) {
    if (province.FindCategory(code) != nullptr) list.request.add_category_ids(code);
  }
  list.is_empty = !codes.empty() && list.request.category_ids().empty();
}

void ReadPage(const Values& query, ListQuery& list, Faults& faults) {
  const std::size_t page = Number(query, "page", 1, faults);
  list.take = std::min<std::size_t>(Number(query, "page_size", kPageMax, faults), kPageMax);
  if (page > kDepthMax / list.take) {
    faults.Add("page", "is beyond the first 20000 requests; ask for a shorter time");
    return;
  }
  list.skip = (page - 1) * list.take;
  list.request.set_page_size(
      static_cast<int>(std::min(list.skip + list.take, static_cast<std::size_t>(kPageMax))));
}

/// The hotline's own line between those that are answered and those that are not.
bool IsClosed(const hotline::PublicTicket& ticket) {
  return ticket.has_answered_at() || ticket.has_closed_at();
}

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

std::string AgenciesOf(const hotline::PublicTicket& ticket, const Province& province) {
  std::string names;
  for (const std::string& id : ticket.unit_ids()) {
    const directory::Unit* const unit = province.FindUnit(id);
    if (unit == nullptr) continue;
    if (!names.empty()) names += ", ";
    names += unit->name();
  }
  return names;
}

/// The commune and its district, from the smaller to the larger; "" when it is not known.
std::string AddressOf(const hotline::PublicTicket& ticket) {
  std::string names;
  for (const std::string& name : ticket.place_names()) {
    if (!names.empty()) names += ", ";
    names += PlaceName(name);
  }
  return names;
}

}  // namespace

std::vector<std::string> ListOf(const Values& values, std::string_view name) {
  std::vector<std::string> found;
  for (const std::string& value : values.All(name)) {
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view one = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
      if (!one.empty()) found.emplace_back(one);
    }
  }
  return found;
}

ListQuery ReadListQuery(const Values& query, const Province& province, base::Time now) {
  ListQuery list;
  Faults faults;
  ReadDates(query, now, list, faults);
  ReadStatus(query, list, faults);
  ReadServices(query, province, list, faults);
  ReadPage(query, list, faults);
  faults.Check();
  return list;
}

Json ServiceRequest(const hotline::PublicTicket& ticket, const Province& province,
                    const std::string& origin) {
  const hotline::Category* const category = province.FindCategory(ticket.category_id());
  const std::string photo =
      ticket.photos() > 0 ? origin + "/vi/answers/" + ticket.id() + "/photos/1" : "";
  return {{"service_request_id", ticket.id()},
          {"status", IsClosed(ticket) ? "closed" : "open"},
          {"status_notes", OrNull(ticket.answer())},
          {"service_name", OrNull(category == nullptr ? "" : category->name())},
          {"service_code", ticket.category_id()},
          {"description", OrNull(ticket.text())},
          {"agency_responsible", OrNull(AgenciesOf(ticket, province))},
          {"service_notice", Json()},
          {"requested_datetime", WriteDate(journal::ToTime(ticket.opened_at()))},
          {"updated_datetime", WriteDate(journal::ToTime(ticket.updated_at()))},
          {"expected_datetime", Json()},
          {"address", OrNull(AddressOf(ticket))},
          {"address_id", OrNull(ticket.commune_code())},
          {"zipcode", Json()},
          {"lat", Json()},  // where exactly is not for everybody
          {"long", Json()},
          {"media_url", OrNull(photo)}};
}

}  // namespace lienthong::portal::open311
