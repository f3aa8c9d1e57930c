// Files of joined tickets, without a database.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "hotline/ticket.hpp"

namespace lienthong::hotline {
namespace {

using namespace std::chrono_literals;

Ticket WithFiles(const std::string& name, int count) {
  Ticket ticket;
  ticket.id = {name};
  ticket.state = TicketState::kClassified;
  ticket.category_id = "HATANG.GIAOTHONG";
  for (int i = 0; i < count; ++i) {
    ticket.attachments.push_back({name + std::to_string(i), "a.jpg", "image/jpeg", 1});
  }
  return ticket;
}

bool Shows(const Ticket& ticket, const std::string& sha256) {
  return std::ranges::count(ticket.joined_attachments, sha256, &Attachment::sha256) == 1;
}

}  // namespace

TEST_CASE("hotline: a ticket shows at most a hundred files of those joined to it, each once") {
  Rules rules;
  rules.centre = Centre{};
  rules.centre->forwarding = {5, calendar::LimitUnit::kClockMinutes};
  rules.ticket_moves.Add("join", static_cast<int>(TicketState::kClassified), Actor::kKeeper,
                         static_cast<int>(TicketState::kJoined));
  rules.ticket_moves.Add("separate", static_cast<int>(TicketState::kJoined), Actor::kKeeper,
                         static_cast<int>(TicketState::kClassified));
  const calendar::Calendar calendar{calendar::RulesOf({{7h + 30min, 11h + 30min}, {13h, 17h}}), {}};
  const Step step{rules, calendar, Actor::kKeeper, base::ParseTime("2019-07-10T01:00:00Z")};
  Ticket into = WithFiles("into", 1);
  std::vector<Ticket> others;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}) {
    others.push_back(WithFiles(name, 10));
    others.back().attachments.front() = into.attachments.front();  // everybody sends the same
    Join(others.back(), into, step);
  }
  CHECK(into.attachments.size() == 1);
  CHECK(into.joined_attachments.size() == 99);
  CHECK_FALSE(Shows(into, "into0"));
  Ticket last = WithFiles("l", 10);
  Join(last, into, step);
  others.push_back(last);
  CHECK(into.joined_attachments.size() == kJoinedAttachmentsMax);
  CHECK(Shows(into, "l0"));
  CHECK_FALSE(Shows(into, "l1"));

  // With one gone there is room for others.
  Ticket first = others.front();
  others.erase(others.begin());
  Separate(first, into, 1, others, step);
  CHECK(into.joined_attachments.size() == kJoinedAttachmentsMax);
  CHECK_FALSE(Shows(into, "a1"));
  CHECK(Shows(into, "l9"));
  CHECK(first.attachments.size() == 10);
  CHECK(into.attachments.size() == 1);
}

}  // namespace lienthong::hotline
