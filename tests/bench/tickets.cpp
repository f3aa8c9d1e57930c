// The life of a report to the hotline: taken, sent to a unit, found there, answered, found by its
// words. Clients that go on when they are answered.
#include <atomic>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "calls.hpp"
#include "lienthong/hotline/v1/assignments.grpc.pb.h"
#include "lienthong/hotline/v1/tickets.grpc.pb.h"

namespace lienthong::bench {
namespace {

using hotline::v1::AssignmentService;
using hotline::v1::TicketService;

constexpr std::chrono::seconds kDeadline{30};
constexpr std::int64_t kNumberMin = 100'000'000'000;  ///< twelve digits

/// A unit that answers: who acts for it, under its own certificate.
struct Handler {
  std::string unit, official;
  std::unique_ptr<AssignmentService::Stub> stub;
};

/// Shared by all clients.
struct Desk {
  std::unique_ptr<TicketService::Stub> centre;
  std::string operator_id, category_id, commune_code;
  std::vector<Handler> handlers;
  std::int64_t first = 0;  ///< number of the first ticket, which its text has
  Clock::time_point end;
  std::atomic<std::int64_t> turn{0};
  std::mutex mutex;  ///< of the rest
  std::vector<double> milliseconds;
  std::string error;
};

template <class Stub, class Request, class Response>
Response Call(Stub& stub,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const std::string& official, const Request& request) {
  grpc::ClientContext context;
  context.AddMetadata("lienthong-official", official);
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) throw std::runtime_error(status.error_message());
  return response;
}

std::string Open(Desk& desk, const std::string& word, base::Ids& ids) {
  hotline::v1::OpenTicketRequest request;
  request.set_request_id(ids.New());
  request.set_channel(hotline::v1::CHANNEL_PHONE);
  request.mutable_caller()->set_full_name("Nguyễn Văn An");
  request.mutable_caller()->set_phone("0912000001");
  request.set_text("Ổ gà lớn trước cổng chợ " + word);
  request.set_category_id(desk.category_id);
  request.mutable_place()->set_commune_code(desk.commune_code);
  request.mutable_place()->set_address("Số 1 đường Yersin");
  return Call(*desk.centre, &TicketService::Stub::OpenTicket, desk.operator_id, request)
      .ticket()
      .id();
}

/// One lifecycle: five calls, each as it must be.
void Live(Desk& desk, std::int64_t turn, base::Ids& ids) {
  Handler& handler = desk.handlers[static_cast<std::size_t>(turn) % desk.handlers.size()];
  const std::string word = "bench" + std::to_string(desk.first + turn);
  const std::string ticket = Open(desk, word, ids);

  hotline::v1::RouteTicketRequest route;
  route.set_request_id(ids.New());
  route.set_ticket_id(ticket);
  route.add_routes()->set_unit_id(handler.unit);
  Call(*desk.centre, &TicketService::Stub::RouteTicket, desk.operator_id, route);

  hotline::v1::ListAssignmentsRequest list;
  list.set_ticket_id(ticket);
  const auto given =
      Call(*handler.stub, &AssignmentService::Stub::ListAssignments, handler.official, list);
  if (given.assignments_size() != 1) throw std::runtime_error("a ticket has not one assignment");

  hotline::v1::AnswerAssignmentRequest answer;
  answer.set_request_id(ids.New());
  answer.set_assignment_id(given.assignments(0).id());
  answer.set_answer("Đã xử lý xong.");
  Call(*handler.stub, &AssignmentService::Stub::AnswerAssignment, handler.official, answer);

  hotline::v1::ListTicketsRequest find;
  find.set_text(word);
  const auto found = Call(*desk.centre, &TicketService::Stub::ListTickets, desk.operator_id, find);
  if (found.tickets_size() != 1 || found.tickets(0).id() != ticket ||
      found.tickets(0).state() != hotline::v1::TICKET_STATE_ANSWERED) {
    throw std::runtime_error("an answered ticket is not found by its word");
  }
}

void Run(Desk& desk) try {
  base::RandomIds ids;
  while (Clock::now() < desk.end) {
    const auto begin = Clock::now();
    Live(desk, desk.turn++, ids);
    const std::chrono::duration<double, std::milli> spent = Clock::now() - begin;
    const std::lock_guard lock(desk.mutex);
    desk.milliseconds.push_back(spent.count());
  }
} catch (const std::exception& error) {
  const std::lock_guard lock(desk.mutex);
  desk.error = error.what();
}

/// Each line is "<unit> <official>".
void ReadHandlers(const Options& options, Desk& desk) {
  for (const std::string& line : ReadLines(options.names.at(0))) {
    std::istringstream words(line);
    Handler handler;
    words >> handler.unit >> handler.official;
    if (!words) throw std::runtime_error("not a unit and its official: " + line);
    Options of_unit = options;
    of_unit.system = "unit-" + handler.unit;
    handler.stub = AssignmentService::NewStub(Connect(of_unit, options.address));
    desk.handlers.push_back(std::move(handler));
  }
}

}  // namespace

int MeasureTickets(const Options& options) {
  Desk desk;
  ReadHandlers(options, desk);
  desk.centre = TicketService::NewStub(Connect(options, options.address));
  desk.operator_id = options.official;
  desk.category_id = options.names.at(1);
  desk.commune_code = options.names.at(2);
  desk.first = std::stoll(options.names.at(3));
  if (desk.first < kNumberMin) throw std::runtime_error("a number has twelve digits");
  const auto begin = Clock::now();
  desk.end = begin + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options.seconds));
  {
    std::vector<std::jthread> clients;
    for (int n = 0; n < options.in_flight; ++n) clients.emplace_back([&desk] { Run(desk); });
  }
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  std::printf("{\"lifecycles\":%zu,\"lifecycles_per_second\":%.2f,%s}\n", desk.milliseconds.size(),
              static_cast<double>(desk.milliseconds.size()) / seconds.count(),
              Percentiles(desk.milliseconds).c_str());
  if (!desk.error.empty()) std::cerr << desk.error << "\n";
  return desk.error.empty() ? 0 : 1;
}

}  // namespace lienthong::bench
