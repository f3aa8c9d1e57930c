#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "platform/base/error.hpp"
#include "portal/backend.hpp"
#include "portal/request.hpp"

/// A small province and its forms, for tests of the portal.
namespace lienthong::portal::support {

inline constexpr const char* kId = "0190a5b0-0000-7000-8000-000000000001";

inline hotline::Category* Add(Province& province, const char* id, const char* parent,
                              const char* name, const char* name_en) {
  hotline::Category& category = province.categories.emplace_back();
  category.set_id(id);
  category.set_version(3);
  category.set_parent_id(parent);
  category.set_name(name);
  category.set_name_en(name_en);
  category.set_kind(hotline::CATEGORY_KIND_INCIDENT);
  return &category;
}

inline void Ask(hotline::Category& category, const char* code, hotline::QuestionType type,
                bool required) {
  hotline::Question& question = *category.add_questions();
  question.set_code(code);
  question.set_text(code);
  question.set_type(type);
  question.set_required(required);
  if (type != hotline::QUESTION_TYPE_MULTI_VALUE_LIST) return;
  for (const char* key : {"ngap", "vo_ong"}) question.add_values()->set_key(key);
}

inline Province TheProvince() {
  Province province;
  province.categories.reserve(10);
  Add(province, "HATANG", "", "Sự cố hạ tầng đô thị", "Infrastructure incidents");
  Add(province, "HATANG.CHIEUSANG", "HATANG", "Chiếu sáng công cộng", "Public lighting");
  Add(province, "HATANG.CU", "HATANG", "Cũ", "Old")->set_closed(true);
  auto& water = *Add(province, "HATANG.NUOC", "HATANG", "Cấp thoát nước", "Water");
  Ask(water, "loai", hotline::QUESTION_TYPE_MULTI_VALUE_LIST, true);
  Ask(water, "luc", hotline::QUESTION_TYPE_DATETIME, false);
  Add(province, "KHANCAP.114", "KHANCAP", "Cháy nổ", "Fire")
      ->set_kind(hotline::CATEGORY_KIND_EMERGENCY);
  Add(province, "CBCC.CHAMTRE", "CBCC", "Chậm trễ", "Delay")->set_restricted(true);
  directory::Unit& district = province.units.emplace_back();
  district.set_id("H09.718");
  district.set_name("Thành phố Thủ Dầu Một");
  district.set_kind(directory::UNIT_KIND_DISTRICT);
  district.set_gso_code("718");
  directory::Unit& commune = province.units.emplace_back();
  commune.set_id("H09.718.25747");
  commune.set_name("Phường Phú Cường");
  commune.set_kind(directory::UNIT_KIND_COMMUNE);
  commune.set_parent_id("H09.718");
  commune.set_gso_code("25747");
  return province;
}

inline Values Of(std::initializer_list<std::pair<const char*, std::string>> pairs) {
  Values values;
  for (const auto& [name, value] : pairs) values.Add(name, value);
  return values;
}

/// What is wrong, as "field: description|..."; "" when nothing is.
template <class Work>
std::string FaultsOf(Work work) {
  try {
    work();
  } catch (const base::Error& error) {
    if (error.violations.empty()) return error.reason;
    std::string fields;
    for (const auto& violation : error.violations) fields += violation.field + "|";
    return fields;
  }
  return "";
}

}  // namespace lienthong::portal::support
