#include <algorithm>
#include <map>
#include <utility>

#include "hotline/service_knowledge.hpp"
#include "hotline/service_requests.hpp"
#include "platform/base/text.hpp"

namespace lienthong::hotline {
namespace {

using pg::Tx;

AnswerTemplate ToTemplate(const v1::AnswerTemplate& message, const std::string& field) {
  AnswerTemplate written;
  written.category_id = message.category_id();
  written.title = base::CheckText(message.title(), field + ".title", kTitleCharactersMax, true);
  written.text = CheckLongText(message.text(), field + ".text");
  CheckSlots(written.text, field + ".text");
  return written;
}

/// Those whose templates fit: the category, all of a group, the group of a category, and none.
std::vector<std::string> FittingCategories(const Rules& rules, const std::string& id) {
  if (id.empty()) return {};
  std::vector<std::string> ids = CategoriesOf(rules, id);
  const std::string& group = rules.TheCategory(id, "category_id").parent_id;
  if (!group.empty()) ids.push_back(group);
  ids.emplace_back();
  return ids;
}

/// Of the unit of today; "" = nobody continues it.
std::string NameOf(const std::string& unit_id, const access::Sharing& sharing) {
  const auto* const heir = sharing.HeirOf(unit_id);
  return heir == nullptr ? std::string() : heir->name();
}

std::string UnitsOf(const Ticket& ticket, const access::Sharing& sharing) {
  std::string names;
  for (const std::string& unit : ticket.unit_ids) {
    const std::string name = NameOf(unit, sharing);
    if (!names.empty() && !name.empty()) names += ", ";
    names += name;
  }
  return names.empty() ? NameOf(ticket.keeper_unit_id, sharing) : names;
}

/// The last day by which its units answer, or the day that the category's limit leads to from now;
/// empty = there is none.
std::string DueDateOf(Tx& tx, const Ticket& ticket, const Sight& sight) {
  std::optional<base::Time> due;
  for (const auto& [assignment, version] : SelectAssignmentsOf(tx, ticket.id)) {
    if (assignment.IsOpen() && assignment.due_at) due = std::max(due, assignment.due_at);
  }
  const Step step = sight.StepBy(Actor::kKeeper);
  const auto category = step.rules.categories.find(ticket.category_id);
  if (!due && category != step.rules.categories.end() && category->second.resolution) {
    due = DeadlineBy(DeadlineKind::kResolution, *category->second.resolution, step.now, {},
                     step.calendar)
              .at;
  }
  return due ? ShownDay(base::DayInVietnam(*due)) : std::string();
}

std::map<std::string, std::string> SlotsOf(Tx& tx, const Ticket& ticket, const Sight& sight) {
  const auto& categories = sight.TheRules().categories;
  const auto category = categories.find(ticket.category_id);
  return {{kUnitSlot, UnitsOf(ticket, sight.Sharing())},
          {kDueDateSlot, DueDateOf(tx, ticket, sight)},
          {kCategorySlot, category == categories.end() ? std::string() : category->second.name},
          {kOpenedDateSlot, ShownDay(base::DayInVietnam(ticket.opened_at))},
          {kTodaySlot, ShownDay(base::DayInVietnam(sight.StepBy(Actor::kKeeper).now))},
          {kTicketSlot, ticket.id.text}};
}

}  // namespace

AnswerSource FindTemplateSource(Tx& tx, const std::string& id, const Sight& sight) {
  if (id.empty()) return {};
  const auto found = base::IsRecordId(id) ? SelectKnowledge(tx, {TemplateId{id}})
                                          : std::vector<Stored<AnswerTemplate>>();
  if (found.empty() || !sight.Sees(found.front().value)) {
    throw base::Invalid("TEMPLATE_UNKNOWN", "template_id", "no such template");
  }
  RequireInForce(found.front().value);
  return {id, found.front().version};
}

v1::AnswerTemplate KnowledgeService::SaveTemplate(const Call& call,
                                                  const v1::SaveTemplateRequest& request) {
  const v1::AnswerTemplate& asked = request.answer_template();
  return Save<v1::AnswerTemplate>(
      call, request, asked.id(), ToTemplate(asked, "answer_template"), "AnswerTemplateSaved",
      [](const AnswerTemplate& one, const Sight& sight) {
        if (one.category_id.empty()) return;
        sight.TheRules().TheCategory(one.category_id, "answer_template.category_id");
      });
}

v1::AnswerTemplate KnowledgeService::PublishTemplate(const Call& call,
                                                     const v1::PublishTemplateRequest& request) {
  return Step<v1::AnswerTemplate>(call, request, ToId<TemplateId>(request.template_id()),
                                  "AnswerTemplatePublished",
                                  [](AnswerTemplate& one) { Publish(one); });
}

v1::AnswerTemplate KnowledgeService::RetireTemplate(const Call& call,
                                                    const v1::RetireTemplateRequest& request) {
  return Step<v1::AnswerTemplate>(call, request, ToId<TemplateId>(request.template_id()),
                                  "AnswerTemplateRetired",
                                  [](AnswerTemplate& one) { Retire(one); });
}

v1::ListTemplatesResponse KnowledgeService::ListTemplates(const Call& call,
                                                          const v1::ListTemplatesRequest& request) {
  const int size = rpc::PageSize(request.page_size(), kPageDefault, kPageMax);
  TemplateQuery query;
  query.limit = size + 1;
  // "<id> <title>" of the last one.
  if (const std::string position = parts_.tokens.Read(call, request); !position.empty()) {
    const std::size_t space = position.find(' ');
    query.after_id = position.substr(0, space);
    query.after_title = position.substr(space + 1);
  }
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    const Sight sight(tx, call, parts_);
    query.states = ToStates(request.states(), sight);
    query.category_ids = FittingCategories(sight.TheRules(), request.category_id());
    v1::ListTemplatesResponse response;
    FillPage(
        FindTemplates(tx, query), size, response.mutable_templates(),
        [](const auto& stored) { return ToMessage(stored.value, stored.version); },
        [&](const auto& last) {
          response.set_next_page_token(
              parts_.tokens.Make(call, request, last.value.id.text + " " + last.value.title));
        });
    return response;
  });
}

v1::RenderTemplateResponse KnowledgeService::RenderTemplate(
    const Call& call, const v1::RenderTemplateRequest& request) {
  const auto template_id = ToId<TemplateId>(request.template_id());
  const auto ticket_id = ToId<TicketId>(request.ticket_id());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    const auto found = TheOne(SelectKnowledge(tx, {template_id}));
    if (!sight.Sees(found.value)) throw base::NotFound();
    RequireNotRetired(found.value);
    const Ticket ticket = sight.FindKept(ticket_id).value;
    v1::RenderTemplateResponse response;
    response.set_text(Fill(found.value.text, SlotsOf(tx, ticket, sight)));
    response.set_template_version(found.version);
    return response;
  });
}

}  // namespace lienthong::hotline
