#include "hotline/rules.hpp"

#include "platform/base/error.hpp"

namespace lienthong::hotline {

void Moves::Add(const std::string& step, int from_state, Actor actor, int to_state) {
  moves_[{step, from_state, actor}] = to_state;
}

std::optional<int> Moves::Next(const std::string& step, int state, Actor actor) const {
  const auto found = moves_.find({step, state, actor});
  if (found == moves_.end()) return std::nullopt;
  return found->second;
}

const Centre& Rules::TheCentre() const {
  if (centre) return *centre;
  throw base::Transition("CENTRE_MISSING", "nobody has said who runs the hotline (SetCentre)");
}

const Category& Rules::TheCategory(const std::string& id, const std::string& field) const {
  const auto found = categories.find(id);
  if (found != categories.end()) return found->second;
  throw base::Invalid("CATEGORY_UNKNOWN", field, "no such category");
}

std::vector<calendar::Limit> Rules::Escalations() const {
  std::vector<calendar::Limit> after;
  for (const EscalationStep& step : TheCentre().escalations) after.push_back(step.after);
  return after;
}

}  // namespace lienthong::hotline
