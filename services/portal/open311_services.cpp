#include "portal/open311_services.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::portal::open311 {
namespace {

constexpr const char* kSpecification = "http://wiki.open311.org/GeoReport_v2";
/// When what is offered here changed last by another program, not by data.
constexpr std::chrono::year_month_day kInterfaceDay{std::chrono::year(2026), std::chrono::November,
                                                    std::chrono::day(27)};

/// How an answer to a question is written (`datatype`), and what helps to write it.
struct DataType {
  const char* name;
  const char* description;  ///< "" = nothing to say
};

DataType DataTypeOf(hotline::QuestionType type) {
  switch (type) {
    case hotline::QUESTION_TYPE_STRING:
      return {"string", ""};
    case hotline::QUESTION_TYPE_NUMBER:
      return {"number", "Số, phần thập phân sau dấu chấm: 12.5"};
    case hotline::QUESTION_TYPE_DATETIME:
      return {"datetime", "Ngày giờ theo ISO 8601, có múi giờ: 2019-07-10T07:30:00+07:00"};
    case hotline::QUESTION_TYPE_TEXT:
      return {"text", ""};
    case hotline::QUESTION_TYPE_SINGLE_VALUE_LIST:
      return {"singlevaluelist", "Chọn một giá trị"};
    case hotline::QUESTION_TYPE_MULTI_VALUE_LIST:
      return {"multivaluelist", "Chọn một hoặc nhiều giá trị"};
    default:
      break;
  }
  throw std::logic_error("a question of no type");
}

/// What it is looked for by: names in both languages, the Vietnamese ones as they are typed without
/// diacritics, of the category and of its group.
std::string KeywordsOf(const hotline::Category& category, const hotline::Category* group) {
  std::string keywords = base::Fold(category.name()) + ", " + category.name_en();
  if (group != nullptr) keywords += ", " + base::Fold(group->name()) + ", " + group->name_en();
  return keywords;
}

Json OrNull(const char* text) { return *text == '\0' ? Json() : Json(text); }

}  // namespace

bool IsOffered(const hotline::Category& category) {
  return !category.parent_id().empty() && !category.closed() && !category.restricted() &&
         category.kind() != hotline::CATEGORY_KIND_EMERGENCY;
}

const hotline::Category& TheService(const Province& province, const std::string& code) {
  const hotline::Category* const category = province.FindCategory(code);
  if (category != nullptr && IsOffered(*category)) return *category;
  throw base::Error(base::ErrorKind::kNotFound, "SERVICE_UNKNOWN", "service_code was not found");
}

Json ServiceList(const Province& province) {
  Json services = Json::array();
  for (const hotline::Category& category : province.categories) {
    if (!IsOffered(category)) continue;
    const hotline::Category* const group = province.FindCategory(category.parent_id());
    services.push_back({{"service_code", category.id()},
                        {"service_name", category.name()},
                        {"description", category.name_en()},
                        {"metadata", category.questions_size() > 0},
                        {"type", "realtime"},
                        {"keywords", KeywordsOf(category, group)},
                        {"group", group == nullptr ? category.parent_id() : group->name()}});
  }
  return services;
}

Json ServiceDefinition(const hotline::Category& category) {
  Json attributes = Json::array();
  for (const hotline::Question& question : category.questions()) {
    const DataType type = DataTypeOf(question.type());
    Json attribute{{"variable", true},
                   {"code", question.code()},
                   {"datatype", type.name},
                   {"required", question.required()},
                   {"datatype_description", OrNull(type.description)},
                   {"order", attributes.size() + 1},
                   {"description", question.text()}};
    if (question.values_size() > 0) {
      Json& values = attribute["values"] = Json::array();
      for (const hotline::QuestionValue& value : question.values()) {
        values.push_back({{"key", value.key()}, {"name", value.name()}});
      }
    }
    attributes.push_back(std::move(attribute));
  }
  return {{"service_code", category.id()}, {"attributes", std::move(attributes)}};
}

Json Discovery(const Province& province, const std::string& origin, const std::string& contact) {
  std::int64_t changes = 0;
  for (const hotline::Category& category : province.categories) changes += category.version();
  const std::string changeset =
      WriteDate(base::StartOfDay(kInterfaceDay) + std::chrono::seconds(changes));
  Json endpoint{{"specification", kSpecification},
                {"url", origin + "/open311/v2"},
                {"changeset", changeset},
                {"type", "production"},
                {"formats", Json::array({"text/xml", "application/json"})}};
  return {{"changeset", changeset},
          {"contact", contact},
          {"key_service",
           "Trung tâm 1022 cấp khóa API cho đơn vị đối tác / API keys are given to "
           "partners by: " +
               contact},
          {"endpoints", Json::array({std::move(endpoint)})}};
}

}  // namespace lienthong::portal::open311
