#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hotline/ticket.hpp"

namespace lienthong::hotline {

inline constexpr std::size_t kNameCharactersMax = 200;
inline constexpr std::size_t kEmailCharactersMax = 254;  ///< RFC 5321

/// One caller's report (lượt phản ánh).
struct Report {
  ReportId id;
  TicketId ticket_id;      ///< that it is handled in
  TicketId own_ticket_id;  ///< that it made
  Channel channel = Channel::kPhone;
  base::Time received_at{};
  bool anonymous = false;
  bool confidential = false;
  std::string unit_id;
  std::string official_id;
  std::string api_key_id;  ///< of a partner; empty = none
};

/// Who reported: personal data, in no record.
struct Reporter {
  ReportId report_id;
  std::string code;  ///< see NewCode
  std::string full_name;
  std::string phone;  ///< E.164; empty = none
  bool takes_sms = false;
  std::string email;
  std::string language;  ///< of messages; see CheckLanguage
  std::string text;      ///< as it came
  std::string call_number;
  std::optional<base::Time> call_started_at;
  std::optional<base::Time> call_ended_at;
  std::vector<Attachment> recordings;
  Satisfaction satisfaction = Satisfaction::kNone;  ///< with the answer that there is
  int rating_count = 0;
};

/// Who read that.
struct AccessRow {
  std::string id;
  ReportId report_id;
  base::Time read_at{};
  std::string system;
  std::string unit_id;
  std::string official_id;
  std::string purpose;
};

/// A code of 60 random bits from at least 8 random bytes: 12 letters of Crockford's base 32, which
/// has no I, L, O and U.
std::string CodeOf(const std::string& random_bytes);
/// As it is shown: "K7QM-2XWD-9RTA".
std::string ShownCode(const std::string& code);
/// What somebody has typed, without hyphens and spaces, upper case, I and L as 1, O as 0; nullopt =
/// cannot be a code.
std::optional<std::string> ReadCode(const std::string& text);

/// A telephone number as ITU-T E.164, dialled in Vietnam; empty stays. Throws PHONE_INVALID for
/// `field`.
std::string CheckPhone(const std::string& text, const std::string& field);
/// The same; nullopt = cannot be one.
std::optional<std::string> NormalPhone(const std::string& text);
/// Can a number, E.164, be sent SMS? Not a fixed line.
bool TakesSms(const std::string& phone);
/// An address of RFC 5321, lower case; empty stays. Throws FIELD_INVALID for `field`.
std::string CheckEmail(const std::string& text, const std::string& field);

/// A language that messages are written in: "vi" or "en" (ISO 639-1); empty = "vi". Throws
/// FIELD_INVALID for `field`.
std::string CheckLanguage(const std::string& text, const std::string& field);

/// How everybody reaches an office or a service: an e-mail address, a telephone number, or the
/// beginning of a service's numbers, which are dialled without 0 ("1900*"). Throws PHONE_INVALID,
/// FIELD_INVALID for `field`.
std::string CheckPublicContact(const std::string& text, const std::string& field);

/// What must not be read by everybody: telephone numbers and e-mail addresses but
/// `public_contacts`, identity numbers (9 or 12 digits), and those of `names` that have several
/// words. The first of it, as a word for its kind ("phone", "email", "identity", "name"); empty =
/// none.
std::string FindPersonalData(const std::string& text, const std::vector<std::string>& names,
                             const std::vector<std::string>& public_contacts);
/// The text with "[...]" for each of that; FindPersonalData finds nothing in the result.
std::string WithoutPersonalData(const std::string& text, const std::vector<std::string>& names,
                                const std::vector<std::string>& public_contacts);

}  // namespace lienthong::hotline
