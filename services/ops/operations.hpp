#pragma once

#include <string>

#include "ops/calls.hpp"
#include "ops/show.hpp"

namespace lienthong::ops {

using journal::v1::Operation;

/// The account under which the operator works: who called sudo, or the user of the process. At most
/// 100 characters.
std::string OperatorName();

/// What an operator is about to do.
struct Intent {
  journal::v1::OperationKind kind = journal::v1::OPERATION_KIND_UNSPECIFIED;
  std::string unit;
  std::string target;
  std::string reason;
};

/// An operation in an owner's journal: recorded before it is done, ended after. When it cannot be
/// recorded, nothing may be done.
class Recorded {
 public:
  /// Asks until `deadline`.
  Recorded(const Owner& owner, const Intent& intent, Deadline deadline);

  bool IsThere() const { return operation_.answer.has_value(); }
  const Fault& WhyNot() const { return operation_.fault; }
  const std::string& Id() const { return operation_.answer->id(); }

  /// Writes down how it ended, and says so in `result`: its text, `operation` of its JSON, and exit
  /// code 1 if that could not be written. Has a limit of its own: an end is worth waiting for.
  void End(journal::v1::OperationOutcome outcome, const std::string& note, Result& result) const;

 private:
  const Owner& owner_;
  Asked<Operation> operation_;
};

/// The newest operations of each owner, at most `count` of each.
Result ListOperations(const Province& province, int count, Deadline deadline, const Look& look);

}  // namespace lienthong::ops
