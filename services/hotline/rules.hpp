#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "hotline/category.hpp"
#include "hotline/deadline.hpp"
#include "platform/calendar/calendar.hpp"

namespace lienthong::hotline {

/// A step of escalation after a deadline has passed.
struct EscalationStep {
  calendar::Limit after;
  std::string unit_id;  ///< empty = the head of the unit that is late
};

/// Who runs the hotline of the province, and how.
struct Centre {
  std::string unit_id;
  std::string inspector_unit_id;
  std::string office_unit_id;
  calendar::Limit forwarding;
  int transfer_alarm_seconds = 0;
  std::vector<EscalationStep> escalations;
  int reopen_window_days = 0;
  int reopens_max = 0;
  int ratings_max = 0;
  std::vector<std::string> public_contacts;  ///< see CheckPublicContact
  std::optional<calendar::Limit> answering;  ///< the keeper's own part
  int duplicates_metres = 0;
  int duplicates_hours = 0;
};

/// Who takes a step.
enum class Actor { kKeeper = 1, kUnit, kCitizen, kSystem };

/// Which step leads from which state to which, and who may take it: data.
class Moves {
 public:
  void Add(const std::string& step, int from_state, Actor actor, int to_state);
  /// nullopt = the state does not allow it, or not to that actor.
  std::optional<int> Next(const std::string& step, int state, Actor actor) const;

 private:
  std::map<std::tuple<std::string, int, Actor>, int> moves_;
};

/// All that the province decided, as one picture.
struct Rules {
  std::map<std::string, Category> categories;
  std::optional<Centre> centre;
  Moves ticket_moves;
  Moves assignment_moves;
  std::vector<calendar::DatedHours> hours;  ///< in their order of the day

  /// Throws CENTRE_MISSING (FAILED_PRECONDITION).
  const Centre& TheCentre() const;
  /// Throws CATEGORY_UNKNOWN for `field`.
  const Category& TheCategory(const std::string& id, const std::string& field) const;
  /// After the resolution of an assignment, or the keeper's own part, has passed.
  std::vector<calendar::Limit> Escalations() const;
};

}  // namespace lienthong::hotline
