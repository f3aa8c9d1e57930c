#include "document/packet_content.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "platform/base/clock.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document {
namespace {

/// TM. KT. TL. TUQ. Q.; anything else is the head's own.
SigningAuthority AuthorityOf(const std::string& competence) {
  static const std::map<std::string, SigningAuthority> kAuthorities{
      {"TM", SigningAuthority::kCollective},
      {"KT", SigningAuthority::kDeputy},
      {"TL", SigningAuthority::kByOrder},
      {"TUQ", SigningAuthority::kAuthorised},
      {"Q", SigningAuthority::kActing}};
  const auto at = kAuthorities.find(competence.substr(0, competence.find('.')));
  return at == kAuthorities.end() ? SigningAuthority::kHead : at->second;
}

}  // namespace

std::string TextOf(const std::string& text, const char* element, std::size_t characters_max,
                   bool required) {
  if (required && text.empty()) {
    throw edxml::Refusal(edxml::kAgainstStandard, std::string(element) + " is missing");
  }
  std::string folded = text;
  std::replace_if(
      folded.begin(), folded.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; },
      ' ');
  if (base::CountCharacters(folded) > characters_max) {
    throw edxml::Refusal(edxml::kAgainstStandard, std::string(element) + " is too long");
  }
  return base::CheckText(folded, element, characters_max, false);
}

int NumberOf(const std::string& text, const char* element, int max) {
  if (text.empty()) return 0;
  const bool digits = text.size() <= 6 && std::all_of(text.begin(), text.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  const int number = digits ? std::stoi(text) : -1;
  if (number < 0 || number > max) {
    throw edxml::Refusal(edxml::kAgainstStandard,
                         std::string(element) + " is not a number that fits");
  }
  return number;
}

Content ContentOf(const edxml::Packet& packet) {
  Content content;
  content.type.name = TextOf(packet.type_name, "TypeName", kNameCharactersMax / 2, true);
  content.subject = TextOf(packet.subject, "Subject", kSubjectCharactersMax, true);
  content.summary = TextOf(packet.content, "Content", kSummaryCharactersMax, false);
  content.urgency = static_cast<Urgency>(NumberOf(packet.priority, "Priority", 4) + 1);
  content.place = TextOf(packet.place, "PromulgationInfo/Place", kPlaceCharactersMax, false);
  if (!packet.due_date.empty()) content.due_date = edxml::ToDay(packet.due_date, "DueDate");
  content.page_count = NumberOf(packet.page_amount, "PageAmount", kPagesMax);
  content.copy_count = NumberOf(packet.promulgation_amount, "PromulgationAmount", kPagesMax);
  content.steering_type = NumberOf(packet.steering_type, "SteeringType", 3);
  for (const edxml::Organ& to : packet.to) {
    content.recipients.push_back(
        {"", to.organ_id, TextOf(to.name, "To/OrganName", kNameCharactersMax, false), false});
  }
  for (const edxml::Response& response : packet.responses) {
    if (content.response_for.size() == kReferencesMax) {
      throw edxml::Refusal(edxml::kAgainstStandard, "too many ResponseFor");
    }
    content.response_for.push_back(
        {"", TextOf(response.code, "ResponseFor/Code", kCodeCharactersMax, false),
         response.promulgation_date.empty()
             ? std::string()
             : base::FormatDay(edxml::ToDay(response.promulgation_date, "PromulgationDate")),
         response.organ_id});
  }
  Signer signer;
  signer.authority = AuthorityOf(packet.competence);
  signer.as_deputy = signer.authority != SigningAuthority::kDeputy &&
                     packet.competence.find("KT.") != std::string::npos;
  signer.full_name = TextOf(packet.full_name, "FullName", kNameCharactersMax, false);
  signer.position = TextOf(packet.position, "SignerInfo/Position", kNameCharactersMax, false);
  Numbered numbered;
  numbered.document_date = edxml::ToDay(packet.promulgation_date, "PromulgationDate");
  const std::string notation = packet.code_notation.empty() ? "" : "/" + packet.code_notation;
  numbered.code = TextOf(packet.code_number + notation, "Code", kCodeCharactersMax, true);
  signer.signed_at = base::StartOfDay(numbered.document_date);
  content.signer = signer;
  content.numbered = numbered;
  return content;
}

}  // namespace lienthong::document
