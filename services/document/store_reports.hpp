#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "document/reading.hpp"
#include "document/register.hpp"
#include "platform/pg/database.hpp"

/// SQL of registers and reports. They show what the reader may see.
namespace lienthong::document {

/// From `from` until before `to`.
struct Period {
  base::Time from{};
  base::Time to{};
};
/// Name of an official with a task, or of the unit when it has named nobody.
using NameOfAssignee =
    std::function<std::string(const std::string& unit_id, const std::string& official_id)>;

struct RegisterQuery {
  RegisterKind kind = RegisterKind::kOutgoing;
  int year = 0;
  FileId file_id;     ///< of kFileDocuments, instead of the year
  std::string after;  ///< place of the last line; empty = from the first
  int limit = 0;
  NameOfAssignee name_of = {};  ///< of the registers of arrivals
  Period period = {};           ///< of the status reports
};
struct RegisterLines {
  std::vector<std::vector<std::string>> cells;
  std::string after;  ///< place of the last one
};
/// In order of the register.
RegisterLines SelectRegisterLines(pg::Tx& tx, const Reader& reader, const RegisterQuery& query);

struct StateCount {
  DeliveryState state = DeliveryState::kSent;
  std::int64_t count = 0;
  std::int64_t overdue = 0;
};
/// By when they were sent; restricted ones only where the reader may read them.
std::vector<StateCount> CountDeliveries(pg::Tx& tx, const Reader& reader, BookDirection direction,
                                        const Period& period);

/// What the indicators are made of: documents issued and deliveries received in the period.
struct Figures {
  std::int64_t sent = 0;
  std::int64_t electronic = 0;  ///< without a paper copy
  std::int64_t received = 0;
  std::int64_t overdue = 0;  ///< open, the deadline has passed
  std::int64_t entered = 0;
  std::int64_t completed = 0;
  std::int64_t handling_seconds = 0;  ///< of the completed ones, from 03 to 06
};
Figures SelectFigures(pg::Tx& tx, const Reader& reader, const Period& period);

/// Deliveries of one unit, who handles them now; restricted ones too.
struct HolderFigures {
  std::string unit_id;
  std::int64_t received = 0;  ///< sent in the period, as the next three
  std::int64_t on_time = 0;   ///< completed, and never late
  std::int64_t late = 0;      ///< the rule of Figures::overdue
  std::int64_t returned = 0;  ///< refused
  std::int64_t overdue = 0;   ///< open now and the deadline has passed, whenever they were sent
};
/// Of every unit that has had one, in their order.
std::vector<HolderFigures> SelectHolderFigures(pg::Tx& tx, const Period& period);

}  // namespace lienthong::document
