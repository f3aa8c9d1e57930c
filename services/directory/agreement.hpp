#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "directory/unit.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::directory {

/// UUID, lower case.
struct AgreementId {
  std::string text;

  bool empty() const { return text.empty(); }
  auto operator<=>(const AgreementId&) const = default;
};

/// The numbers are those of records.proto and of the table.
enum class AgreementState { kPlanned = 1, kActive, kEnded };

/// Lets a unit see records of one type in one view
/// (thỏa thuận chia sẻ dữ liệu, NĐ 47/2020/NĐ-CP).
struct Agreement {
  AgreementId id;
  UnitCode consumer;
  std::string record_type;
  std::string view;
  std::string purpose;
  std::string legal_basis;
  base::Time starts_at;
  std::optional<base::Time> ends_at;  ///< exclusive; absent = open
  AgreementState state = AgreementState::kPlanned;
  std::vector<std::string> view_fields;
  std::string ended_because;
};

/// `ended_because` of an agreement that ended by its date.
inline constexpr const char* kEndedByDate = "DATE";
inline constexpr std::size_t kPurposeLengthMax = 500;
inline constexpr std::size_t kLegalBasisLengthMax = 500;
inline constexpr std::size_t kReasonLengthMax = 500;

/// Puts a new agreement into the state of `now`. Throws InvalidField on a field below `field` when
/// it would end before it starts, or (`may_have_ended` false) has ended already.
void Begin(Agreement& agreement, base::Time now, bool may_have_ended, const std::string& field);

/// Ends it at once. Throws AGREEMENT_ENDED.
void Revoke(Agreement& agreement, std::string reason, base::Time now);

/// What the time does to an agreement: the name of the event, or nullopt when nothing is due.
std::optional<std::string> ApplyTime(Agreement& agreement, base::Time now);

}  // namespace lienthong::directory
