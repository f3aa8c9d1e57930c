#include "hotline/records_knowledge.hpp"

#include <memory>

#include "hotline/records.hpp"
#include "platform/journal/times.hpp"

namespace lienthong::hotline {
namespace {

v1::KnowledgeState ToMessage(KnowledgeState state) {
  return static_cast<v1::KnowledgeState>(static_cast<int>(state));
}

template <class Value>
journal::Record KnowledgeRecord(const char* type, const Value& value,
                                const access::Sharing& sharing) {
  journal::Record record;
  record.key = {type, value.id.text};
  record.sharing_mark = sharing.Mark(type);
  auto message = hotline::ToMessage(value, 0);
  record.views.push_back({kFullView, std::make_unique<decltype(message)>(std::move(message))});
  if (value.state == KnowledgeState::kPublished) {
    record.audience.emplace(journal::kEveryone, kFullView);
  } else {
    sharing.AddUnit(value.keeper_unit_id, kFullView, record.audience, {kFullView});
  }
  return record;
}

}  // namespace

v1::Article ToMessage(const Article& article, std::int64_t version) {
  v1::Article message;
  message.set_id(article.id.text);
  message.set_version(version);
  message.set_state(ToMessage(article.state));
  message.set_category_id(article.category_id);
  message.set_question(article.question);
  message.set_answer(article.answer);
  for (const std::string& keyword : article.keywords) message.add_keywords(keyword);
  message.set_legal_basis(article.legal_basis);
  if (article.valid_from) message.set_valid_from(base::FormatDay(*article.valid_from));
  if (article.valid_to) message.set_valid_to(base::FormatDay(*article.valid_to));
  message.set_unit_id(article.unit_id);
  message.set_author_official_id(article.author_official_id);
  journal::SetTime(message.mutable_updated_at(), article.updated_at);
  message.set_keeper_unit_id(article.keeper_unit_id);
  return message;
}

v1::AnswerTemplate ToMessage(const AnswerTemplate& answer_template, std::int64_t version) {
  v1::AnswerTemplate message;
  message.set_id(answer_template.id.text);
  message.set_version(version);
  message.set_state(ToMessage(answer_template.state));
  message.set_category_id(answer_template.category_id);
  message.set_title(answer_template.title);
  message.set_text(answer_template.text);
  message.set_author_official_id(answer_template.author_official_id);
  journal::SetTime(message.mutable_updated_at(), answer_template.updated_at);
  message.set_keeper_unit_id(answer_template.keeper_unit_id);
  return message;
}

journal::Record ToRecord(const Article& article, const access::Sharing& sharing) {
  return KnowledgeRecord(kArticleType, article, sharing);
}

journal::Record ToRecord(const AnswerTemplate& answer_template, const access::Sharing& sharing) {
  return KnowledgeRecord(kTemplateType, answer_template, sharing);
}

}  // namespace lienthong::hotline
