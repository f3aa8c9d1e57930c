#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hotline/store.hpp"

/// SQL of the hotline's figures.
namespace lienthong::hotline {

struct Ratio {
  std::int64_t part = 0;
  std::int64_t whole = 0;
};

struct TicketFigures {
  std::int64_t received = 0;
  std::map<int, std::int64_t> channels;
  std::map<std::string, std::int64_t> categories;
  /// By unit and code: a code is that of one commune after the other.
  std::map<std::pair<std::string, std::string>, std::int64_t> communes;
  Ratio forwarded_in_time;
  Ratio responded_in_time;
  Ratio answered_in_time;  ///< by who keeps them
  std::optional<std::int64_t> mean_response_seconds;
  Ratio reopened;
  Ratio published;
  std::array<std::int64_t, 4> satisfaction{};  ///< of reports, from unsatisfied to very satisfied
};

struct UnitFigures {
  std::string unit_id;
  std::int64_t received = 0;
  std::int64_t answered = 0;
  Ratio on_time;
  std::int64_t overdue = 0;
  Ratio returned;
  Ratio satisfied;
};

/// Of which tickets and assignments.
struct FiguresQuery {
  base::Time from{};
  base::Time to{};
  base::Time now{};
  std::vector<std::string> keeper_units;  ///< tickets that these keep; empty = whoever does
  std::vector<std::string> units;         ///< that these have; empty = all
  bool only_public = false;
  std::vector<std::string> without_concerned;  ///< no complaints about these
};
/// Units that complaints have been about.
std::vector<std::string> SelectConcerned(pg::Tx& tx);
TicketFigures SelectTicketFigures(pg::Tx& tx, const FiguresQuery& query);
/// In order of the units.
std::vector<UnitFigures> SelectUnitFigures(pg::Tx& tx, const FiguresQuery& query);
/// What units have to do whose deadline has passed at `now`, whenever it was given to them; those
/// that have none are not there.
std::map<std::string, std::int64_t> SelectOverdue(pg::Tx& tx, base::Time now);

}  // namespace lienthong::hotline
