#include "portal/shown.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "platform/base/text.hpp"

namespace lienthong::portal {
namespace {

constexpr std::string_view kCommittee = "Ủy ban nhân dân ";

struct Moment {
  int year, month, day, hour, minute, second;
};

Moment InVietnam(base::Time time) {
  const auto local = time + base::kVietnamOffset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(local - day));
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

template <typename... Parts>
std::string Format(const char* format, Parts... parts) {
  char text[64];
  std::snprintf(text, sizeof text, format, parts...);
  return text;
}

struct Named {
  std::string code, name;
  std::string folded{};  ///< by Sort
};

/// Alphabetically, without diacritics.
void Sort(std::vector<Named>& items) {
  for (Named& item : items) item.folded = base::Fold(item.name);
  std::ranges::sort(items, {}, &Named::folded);
}

}  // namespace

std::string ShowDay(base::Time time) {
  const Moment at = InVietnam(time);
  return Format("%02d/%02d/%04d", at.day, at.month, at.year);
}

std::string ShowTime(base::Time time) {
  const Moment at = InVietnam(time);
  return Format("%02d/%02d/%04d %02d:%02d", at.day, at.month, at.year, at.hour, at.minute);
}

std::string ShowTime(const google::protobuf::Timestamp& time) {
  return ShowTime(base::Time(std::chrono::seconds(time.seconds())));
}

std::string ShowClock(base::Time time) {
  const Moment at = InVietnam(time);
  return Format("%02d:%02d:%02d", at.hour, at.minute, at.second);
}

std::string_view StandingKey(hotline::ReportStanding standing) {
  switch (standing) {
    case hotline::REPORT_STANDING_HANDLED:
      return "standing.handled";
    case hotline::REPORT_STANDING_WAITING:
      return "standing.waiting";
    case hotline::REPORT_STANDING_ANSWERED:
      return "standing.answered";
    case hotline::REPORT_STANDING_REJECTED:
      return "standing.rejected";
    case hotline::REPORT_STANDING_TRANSFERRED:
      return "standing.transferred";
    case hotline::REPORT_STANDING_CLOSED:
      return "standing.closed";
    case hotline::REPORT_STANDING_RECEIVED:
      return "standing.received";
    default:
      throw std::logic_error("a report that stands nowhere");
  }
}

std::string_view SatisfactionKey(hotline::Satisfaction satisfaction) {
  switch (satisfaction) {
    case hotline::SATISFACTION_UNSATISFIED:
      return "satisfaction.unsatisfied";
    case hotline::SATISFACTION_NEUTRAL:
      return "satisfaction.neutral";
    case hotline::SATISFACTION_SATISFIED:
      return "satisfaction.satisfied";
    case hotline::SATISFACTION_VERY_SATISFIED:
      return "satisfaction.very_satisfied";
    default:
      throw std::logic_error("an unknown satisfaction");
  }
}

std::string CategoryName(const Province& province, const std::string& id, Language language) {
  const hotline::Category* const category = province.FindCategory(id);
  if (category == nullptr) return id;
  return language == Language::kEnglish ? category->name_en() : category->name();
}

std::string PlaceName(const std::string& unit_name) {
  if (!unit_name.starts_with(kCommittee)) return unit_name;
  std::string name = unit_name.substr(kCommittee.size());
  if (!name.empty() && name.front() >= 'a' && name.front() <= 'z') name.front() -= 'a' - 'A';
  return name;
}

std::string CommuneName(const Province& province, const std::string& gso_code) {
  const directory::Unit* const unit = province.FindCommune(gso_code);
  return unit == nullptr ? gso_code : PlaceName(unit->name());
}

std::string UnitName(const Province& province, const std::string& id) {
  const directory::Unit* const unit = province.FindUnit(id);
  return unit == nullptr ? id : unit->name();
}

bool IsOpen(const hotline::Category& category) {
  return !category.closed() && !category.parent_id().empty();
}

void ListCategories(Dictionary& dictionary, const Province& province, Language language,
                    std::string_view chosen) {
  std::map<std::string, Dictionary*> groups;
  for (const hotline::Category& category : province.categories) {
    if (!IsOpen(category) || category.restricted()) continue;
    Dictionary*& group = groups[category.parent_id()];
    if (group == nullptr) {
      group = dictionary.AddSectionDictionary("CATEGORY_GROUP");
      group->SetValue("GROUP_NAME", CategoryName(province, category.parent_id(), language));
    }
    AddChoice(
        *group, "CATEGORY",
        {category.id(), CategoryName(province, category.id(), language), category.id() == chosen});
  }
}

void ListCommunes(Dictionary& dictionary, const Visit& visit, const Province& province,
                  std::string_view chosen) {
  std::map<std::string, std::vector<Named>> districts;
  for (const directory::Unit& unit : province.units) {
    if (unit.kind() != directory::UNIT_KIND_COMMUNE || unit.gso_code().empty()) continue;
    const directory::Unit* const parent = province.FindUnit(unit.parent_id());
    const bool has_district = parent != nullptr && parent->kind() == directory::UNIT_KIND_DISTRICT;
    districts[has_district ? PlaceName(parent->name()) : visit.Text("communes.all")].push_back(
        {unit.gso_code(), PlaceName(unit.name())});
  }
  for (auto& [name, communes] : districts) {
    Sort(communes);
    Dictionary* const group = dictionary.AddSectionDictionary("COMMUNE_GROUP");
    group->SetValue("GROUP_NAME", name);
    if (name != visit.Text("communes.all")) group->ShowSection("DISTRICT");
    for (const Named& commune : communes) {
      AddChoice(*group, "COMMUNE", {commune.code, commune.name, commune.code == chosen});
    }
  }
}

std::string ShowDuration(const Visit& visit, std::chrono::seconds duration) {
  const auto seconds = std::max<std::int64_t>(1, duration.count());
  if (seconds < 120) return std::to_string(seconds) + " " + visit.Text("time.seconds");
  const auto minutes = (seconds + 59) / 60;
  if (minutes < 120) return std::to_string(minutes) + " " + visit.Text("time.minutes");
  return std::to_string((minutes + 59) / 60) + " " + visit.Text("time.hours");
}

std::string Encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += Format("%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return encoded;
}

std::string EncodePath(std::string_view path) {
  std::string encoded;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    encoded += Encode(path.substr(0, slash));
    if (slash == path.npos) break;
    encoded += '/';
    path.remove_prefix(slash + 1);
  }
  return encoded;
}

std::string QueryOf(const Values& values) {
  std::string query;
  for (const auto& [name, value] : values) {
    query += (query.empty() ? "?" : "&") + Encode(name) + "=" + Encode(value);
  }
  return query;
}

}  // namespace lienthong::portal
