#include "hotline/service_source.hpp"

#include <stdexcept>

#include "hotline/records.hpp"
#include "hotline/records_knowledge.hpp"
#include "hotline/store.hpp"
#include "hotline/store_api_keys.hpp"
#include "hotline/store_knowledge.hpp"
#include "platform/owner/parts.hpp"

namespace lienthong::hotline {
namespace {

template <class Value>
std::vector<journal::Record> RecordsOf(const std::vector<Stored<Value>>& stored,
                                       const access::Sharing& sharing) {
  std::vector<journal::Record> records;
  for (const auto& [value, version] : stored) records.push_back(ToRecord(value, sharing));
  return records;
}

}  // namespace

std::vector<std::string> Source::Types() const {
  return {kTemplateType, kApiKeyType, kArticleType, kAssignmentType,
          kCategoryType, kCentreType, kReportType,  kTicketType};
}

std::vector<journal::Record> Source::Load(pg::Tx& tx, const std::string& type,
                                          const std::vector<std::string>& ids) {
  const auto sharing = sharing_.Read(tx);
  if (type == kTemplateType) {
    return RecordsOf(SelectKnowledge(tx, owner::ToIds<TemplateId>(ids)), *sharing);
  }
  if (type == kApiKeyType) {
    return RecordsOf(SelectApiKeys(tx, owner::ToIds<ApiKeyId>(ids)), *sharing);
  }
  if (type == kArticleType) {
    return RecordsOf(SelectKnowledge(tx, owner::ToIds<ArticleId>(ids)), *sharing);
  }
  if (type == kAssignmentType) {
    return RecordsOf(SelectAssignments(tx, owner::ToIds<AssignmentId>(ids)), *sharing);
  }
  if (type == kCategoryType) return RecordsOf(SelectCategories(tx, ids), *sharing);
  if (type == kCentreType) {
    const auto centre = SelectCentre(tx);
    if (!centre || ids.empty()) return {};
    return RecordsOf(std::vector<Stored<Centre>>{*centre}, *sharing);
  }
  if (type == kReportType) {
    return RecordsOf(SelectReports(tx, owner::ToIds<ReportId>(ids)), *sharing);
  }
  if (type == kTicketType) {
    return RecordsOf(SelectTickets(tx, owner::ToIds<TicketId>(ids)), *sharing);
  }
  throw std::logic_error("not a record type of the hotline: " + type);
}

std::int64_t Source::SharingMark(pg::Tx& tx, const std::string& type) {
  return sharing_.Read(tx)->Mark(type);
}

}  // namespace lienthong::hotline
