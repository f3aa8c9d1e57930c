#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "document/reading.hpp"
#include "document/register.hpp"
#include "platform/pg/database.hpp"

/// SQL of registers and reports. They show what the reader may see.
namespace lienthong::document {

/// Where a line stands in its register: to go on behind it.
std::string PlaceOf(const OutgoingLine& line);
/// In order of book and number, behind `after` (empty = from the first).
std::vector<OutgoingLine> SelectOutgoingLines(pg::Tx& tx, const Reader& reader, int year,
                                              const std::string& after, int limit);
std::vector<IncomingLine> SelectIncomingLines(pg::Tx& tx, const Reader& reader, int year,
                                              int after_number, int limit);

/// From `from` until before `to`.
struct Period {
  base::Time from{};
  base::Time to{};
};
struct StateCount {
  DeliveryState state = DeliveryState::kSent;
  std::int64_t count = 0;
  std::int64_t overdue = 0;
};
/// By when they were sent.
std::vector<StateCount> CountDeliveries(pg::Tx& tx, const std::string& unit_id,
                                        BookDirection direction, const Period& period);

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
Figures SelectFigures(pg::Tx& tx, const std::string& unit_id, const Period& period);

}  // namespace lienthong::document
