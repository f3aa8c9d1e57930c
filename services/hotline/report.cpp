#include "hotline/report.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <sstream>
#include <stdexcept>

#include <phonenumbers/phonenumbermatch.h>
#include <phonenumbers/phonenumbermatcher.h>
#include <phonenumbers/phonenumberutil.h>
#include <re2/re2.h>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::hotline {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberMatch;
using i18n::phonenumbers::PhoneNumberMatcher;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr const char* kRegion = "VN";
constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCodeSize = 12;
constexpr std::size_t kPhoneCharactersMax = 40;
constexpr std::size_t kExtensionDigitsMax = 5;  // longer ones hold a number of their own
constexpr const char* kRemoved = "[...]";
constexpr int kRemovalsMax = 10;  // what stood around a find can be the next one

const re2::RE2& Email() {
  static const re2::RE2 kEmail(R"(([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+))");
  return kEmail;
}

std::string E164Of(const PhoneNumber& number) {
  std::string formatted;
  PhoneNumberUtil::GetInstance()->Format(number, PhoneNumberUtil::E164, &formatted);
  return formatted;
}

bool IsIn(const std::vector<std::string>& contacts, const std::string& contact) {
  return std::find(contacts.begin(), contacts.end(), contact) != contacts.end();
}

/// With an extension, too: it leads further inside the office.
bool IsPublic(PhoneNumber number, const std::vector<std::string>& contacts) {
  if (number.extension().size() > kExtensionDigitsMax) return false;
  number.clear_extension();
  const std::string dialled = E164Of(number);
  return std::any_of(contacts.begin(), contacts.end(), [&](const std::string& contact) {
    if (!contact.ends_with('*')) return contact == dialled;
    return dialled.starts_with("+84" + contact.substr(0, contact.size() - 1));
  });
}

/// With spaces for the contacts that everybody may read.
std::string Without(const std::vector<std::string>& contacts, const std::string& text) {
  std::string rest = text;
  PhoneNumberMatch match;
  for (PhoneNumberMatcher matcher(text, kRegion); matcher.HasNext();) {
    matcher.Next(&match);
    if (!IsPublic(match.number(), contacts)) continue;
    std::fill_n(rest.begin() + match.start(), match.length(), ' ');
  }
  re2::StringPiece left(text), found;
  while (re2::RE2::FindAndConsume(&left, Email(), &found)) {
    if (!IsIn(contacts, base::ToLower(std::string(found)))) continue;
    std::fill_n(rest.begin() + (found.data() - text.data()), found.size(), ' ');
  }
  return rest;
}

/// Personal data in a text: its bytes from `begin` to before `end`.
struct PersonalDatum {
  const char* kind;
  std::size_t begin;
  std::size_t end;
};
using PersonalData = std::vector<PersonalDatum>;

/// What the only group of the pattern matches.
void AddMatches(const std::string& text, const re2::RE2& pattern, const char* kind,
                PersonalData& data) {
  re2::StringPiece left(text), found;
  while (re2::RE2::FindAndConsume(&left, pattern, &found)) {
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    data.push_back({kind, begin, begin + found.size()});
  }
}

void AddPhones(const std::string& text, PersonalData& data) {
  PhoneNumberMatch match;
  for (PhoneNumberMatcher matcher(text, kRegion); matcher.HasNext();) {
    matcher.Next(&match);
    const auto begin = static_cast<std::size_t>(match.start());
    data.push_back({"phone", begin, begin + static_cast<std::size_t>(match.length())});
  }
}

/// 9 digits, or 12 that begin with 0 (Thông tư 59/2021/TT-BCA, art. 3), that stand alone, also in
/// groups of three; points make an amount of 9 digits.
const re2::RE2& Identity() {
  static const re2::RE2 kIdentity(
      R"((?:^|[^0-9.,])(0\d\d[ .-]\d{3}[ .-]\d{3}[ .-]\d{3}|0\d{11}|\d{3} \d{3} \d{3}|\d{9}))"
      R"((?:$|[^0-9.,]|[.,](?:$|[^0-9])))");
  return kIdentity;
}

/// Of a passport: a letter and seven or eight digits.
const re2::RE2& Passport() {
  static const re2::RE2 kPassport(R"((?:^|[^0-9A-Za-z])([A-Z]\d{7,8})(?:$|[^0-9A-Za-z]))");
  return kPassport;
}

/// A word of a text, folded, and the bytes that it stands in.
struct FoldedWord {
  std::string folded;
  std::size_t begin;
  std::size_t end;
};

/// Letters and digits stand together; everything else of ASCII is between words.
std::vector<FoldedWord> WordsOf(const std::string& text) {
  const auto is_between = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 && std::isalnum(byte) == 0;
  };
  std::vector<FoldedWord> words;
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if_not(at, text.end(), is_between);
    at = std::find_if(begin, text.end(), is_between);
    std::string folded = base::Fold(std::string(begin, at));
    std::replace_if(folded.begin(), folded.end(), is_between, ' ');
    std::istringstream parts(folded);  // a space of Unicode parts them, too
    for (std::string part; parts >> part;) {
      words.push_back({part, static_cast<std::size_t>(begin - text.begin()),
                       static_cast<std::size_t>(at - text.begin())});
    }
  }
  return words;
}

void AddNames(const std::string& text, const std::vector<std::string>& names, PersonalData& data) {
  if (names.empty()) return;
  const auto is_same = [](const FoldedWord& a, const FoldedWord& b) {
    return a.folded == b.folded;
  };
  const auto words = WordsOf(text);
  for (const std::string& name : names) {
    const auto wanted = WordsOf(name);
    if (wanted.size() < 2) continue;  // one word alone is a name of many, and of things
    for (auto at = words.begin();; ++at) {
      at = std::search(at, words.end(), wanted.begin(), wanted.end(), is_same);
      if (at == words.end()) break;
      data.push_back({"name", at->begin, (at + std::ssize(wanted) - 1)->end});
    }
  }
}

PersonalData PersonalDataOf(const std::string& text, const std::vector<std::string>& names,
                            const std::vector<std::string>& public_contacts) {
  const std::string rest = Without(public_contacts, text);
  PersonalData data;
  AddMatches(rest, Email(), "email", data);
  AddPhones(rest, data);
  // A number of a person may look like one of a service: "190012345".
  AddMatches(text, Identity(), "identity", data);
  AddMatches(text, Passport(), "identity", data);
  AddNames(rest, names, data);
  return data;
}

}  // namespace

std::string CodeOf(const std::string& random_bytes) {
  if (random_bytes.size() < 8) throw std::invalid_argument("too few random bytes");
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | static_cast<unsigned char>(random_bytes[i]);
  std::string code;
  for (std::size_t i = 0; i < kCodeSize; ++i, bits >>= 5) code += kLetters[bits & 31];
  return code;
}

std::string ShownCode(const std::string& code) {
  return code.substr(0, 4) + "-" + code.substr(4, 4) + "-" + code.substr(8);
}

std::optional<std::string> ReadCode(const std::string& text) {
  std::string code;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    char letter = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (letter == 'I' || letter == 'L') letter = '1';
    if (letter == 'O') letter = '0';
    if (kLetters.find(letter) == std::string_view::npos) return std::nullopt;
    code += letter;
  }
  if (code.size() != kCodeSize) return std::nullopt;
  return code;
}

std::string CheckPhone(const std::string& text, const std::string& field) {
  const std::string typed = base::CheckText(text, field, kPhoneCharactersMax, false);
  if (typed.empty()) return typed;
  const auto normal = NormalPhone(typed);
  if (normal) return *normal;
  throw base::Invalid("PHONE_INVALID", field, "is not a telephone number that can be dialled");
}

std::optional<std::string> NormalPhone(const std::string& text) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(text, kRegion, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      !util.IsValidNumber(number) || number.has_extension()) {
    return std::nullopt;
  }
  return E164Of(number);
}

bool TakesSms(const std::string& phone) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  return util.Parse(phone, kRegion, &number) == PhoneNumberUtil::NO_PARSING_ERROR &&
         util.GetNumberType(number) != PhoneNumberUtil::FIXED_LINE;
}

std::string CheckEmail(const std::string& text, const std::string& field) {
  static const re2::RE2 kEmail(R"([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9]([a-z0-9-]*[a-z0-9])?)"
                               R"((\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)");
  const std::string typed = base::ToLower(base::CheckText(text, field, kEmailCharactersMax, false));
  if (typed.empty()) return typed;
  if (!re2::RE2::FullMatch(typed, kEmail))
    throw base::InvalidField(field, "is not an e-mail address");
  return typed;
}

std::string CheckLanguage(const std::string& text, const std::string& field) {
  if (text.empty() || text == "vi") return "vi";
  if (text == "en") return text;
  throw base::InvalidField(field, "must be vi or en");
}

std::string CheckPublicContact(const std::string& text, const std::string& field) {
  static const re2::RE2 kSeries(R"(1\d{3,9}\*)");
  const std::string typed = base::CheckText(text, field, kEmailCharactersMax, true);
  if (typed.find('@') != std::string::npos) return CheckEmail(typed, field);
  if (!typed.ends_with('*')) return CheckPhone(typed, field);
  if (re2::RE2::FullMatch(typed, kSeries)) return typed;
  throw base::InvalidField(field, "only a service's numbers, which begin with 1, have a star");
}

std::string FindPersonalData(const std::string& text, const std::vector<std::string>& names,
                             const std::vector<std::string>& public_contacts) {
  const PersonalData data = PersonalDataOf(text, names, public_contacts);
  return data.empty() ? "" : data.front().kind;
}

std::string WithoutPersonalData(const std::string& text, const std::vector<std::string>& names,
                                const std::vector<std::string>& public_contacts) {
  std::string rest = text;
  for (int removals = 0; removals < kRemovalsMax; ++removals) {
    PersonalData data = PersonalDataOf(rest, names, public_contacts);
    if (data.empty()) return rest;
    std::sort(data.begin(), data.end(),
              [](const PersonalDatum& a, const PersonalDatum& b) { return a.begin < b.begin; });
    std::string kept;
    std::size_t end = 0;  // of what was removed last
    for (const PersonalDatum& one : data) {
      if (one.begin >= end) kept += rest.substr(end, one.begin - end) + kRemoved;
      end = std::max(end, one.end);
    }
    rest = kept + rest.substr(end);
  }
  return kRemoved;
}

}  // namespace lienthong::hotline
