#pragma once

#include <cstdint>

#include "hotline/article.hpp"
#include "lienthong/hotline/v1/knowledge.pb.h"
#include "platform/access/sharing.hpp"
#include "platform/journal/record.hpp"

/// What the hotline knows, as it is published: for everyone while it is in force, else for who
/// keeps it. Pure.
namespace lienthong::hotline {

inline constexpr const char* kArticleType = "article";
inline constexpr const char* kTemplateType = "answer-template";

inline journal::Key KeyOf(const ArticleId& id) { return {kArticleType, id.text}; }
inline journal::Key KeyOf(const TemplateId& id) { return {kTemplateType, id.text}; }

v1::Article ToMessage(const Article& article, std::int64_t version);
v1::AnswerTemplate ToMessage(const AnswerTemplate& answer_template, std::int64_t version);

journal::Record ToRecord(const Article& article, const access::Sharing& sharing);
journal::Record ToRecord(const AnswerTemplate& answer_template, const access::Sharing& sharing);

}  // namespace lienthong::hotline
