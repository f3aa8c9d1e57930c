#pragma once

#include <string>
#include <vector>

#include "hotline/records_knowledge.hpp"
#include "hotline/service_access.hpp"
#include "hotline/service_parts.hpp"
#include "hotline/store_knowledge.hpp"
#include "lienthong/hotline/v1/knowledge.pb.h"

namespace lienthong::hotline {

/// The use cases of KnowledgeService, one method per RPC. Any thread; lives as long as the process.
class KnowledgeService {
 public:
  explicit KnowledgeService(const Parts& parts) : parts_(parts) {}

  // service_knowledge.cpp
  v1::Article SaveArticle(const Call& call, const v1::SaveArticleRequest& request);
  v1::Article PublishArticle(const Call& call, const v1::PublishArticleRequest& request);
  v1::Article RetireArticle(const Call& call, const v1::RetireArticleRequest& request);
  v1::Article GetArticle(const Call& call, const v1::GetArticleRequest& request);
  v1::FindArticlesResponse FindArticles(const Call& call, const v1::FindArticlesRequest& request);

  // service_templates.cpp
  v1::AnswerTemplate SaveTemplate(const Call& call, const v1::SaveTemplateRequest& request);
  v1::AnswerTemplate PublishTemplate(const Call& call, const v1::PublishTemplateRequest& request);
  v1::AnswerTemplate RetireTemplate(const Call& call, const v1::RetireTemplateRequest& request);
  v1::ListTemplatesResponse ListTemplates(const Call& call,
                                          const v1::ListTemplatesRequest& request);
  v1::RenderTemplateResponse RenderTemplate(const Call& call,
                                            const v1::RenderTemplateRequest& request);

 private:
  /// What was written is a draft from now on: a new one, or in place of what has `id`. `complete`
  /// checks what needs the rules.
  template <class Message, class Value, class Complete>
  Message Save(const Call& call, const google::protobuf::Message& request, const std::string& id,
               const Value& written, const char* event, const Complete& complete);
  /// Something that the centre does with what there is.
  template <class Message, class Id, class Apply>
  Message Step(const Call& call, const google::protobuf::Message& request, const Id& id,
               const char* event, const Apply& apply);

  const Parts parts_;
};

/// The call comes from who runs the hotline: the unit that keeps what it changes. Throws
/// NOT_THE_CENTRE (PERMISSION_DENIED).
std::string RequireCentre(const Sight& sight);

/// States that a list asks for: without any what is published; others only by the centre. Throws
/// NOT_THE_CENTRE.
std::vector<int> ToStates(const google::protobuf::RepeatedField<int>& states, const Sight& sight);

/// What a ticket is answered from now; empty ids = nothing. Throws ARTICLE_UNKNOWN,
/// TEMPLATE_UNKNOWN (INVALID_ARGUMENT), ARTICLE_STATE, TEMPLATE_STATE (FAILED_PRECONDITION).
AnswerSource FindArticleSource(pg::Tx& tx, const std::string& id, const Call& call,
                               const Sight& sight);
AnswerSource FindTemplateSource(pg::Tx& tx, const std::string& id, const Sight& sight);

template <class Message, class Value, class Complete>
Message KnowledgeService::Save(const Call& call, const google::protobuf::Message& request,
                               const std::string& id, const Value& written, const char* event,
                               const Complete& complete) {
  std::vector<journal::Key> keys;
  if (!id.empty()) keys.push_back(KeyOf(ToId<decltype(Value::id)>(id)));
  return parts_.journal.Change<Message>(
      call, request, keys,
      [&](pg::Tx& tx, const journal::Heads&) {
        const Sight sight(tx, call, parts_);
        Value value = written;
        value.keeper_unit_id = RequireCentre(sight);
        complete(value, sight);
        value.id = {keys.empty() ? parts_.ids.New() : keys.front().id};
        if (!keys.empty()) value.state = TheOne(SelectKnowledge(tx, {value.id})).value.state;
        Redraft(value);
        value.author_official_id = call.official;
        value.updated_at = call.time;
        UpsertKnowledge(tx, value);
        return journal::ListOf(
            journal::Changed{event, ToRecord(value, sight.Sharing()), kFullView});
      },
      journal::Visibility::kAny);
}

template <class Message, class Id, class Apply>
Message KnowledgeService::Step(const Call& call, const google::protobuf::Message& request,
                               const Id& id, const char* event, const Apply& apply) {
  return parts_.journal.Change<Message>(
      call, request, {KeyOf(id)},
      [&](pg::Tx& tx, const journal::Heads&) {
        const Sight sight(tx, call, parts_);
        const std::string keeper = RequireCentre(sight);
        auto value = TheOne(SelectKnowledge(tx, {id})).value;
        value.keeper_unit_id = keeper;
        apply(value);
        UpsertKnowledge(tx, value);
        return journal::ListOf(
            journal::Changed{event, ToRecord(value, sight.Sharing()), kFullView});
      },
      journal::Visibility::kAny);
}

}  // namespace lienthong::hotline
