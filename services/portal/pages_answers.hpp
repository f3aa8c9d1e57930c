#pragma once

#include <string>

#include "portal/backend.hpp"
#include "portal/page.hpp"

namespace lienthong::portal {

/// What is searched for; a category that the province has, a commune that it has or may have had.
struct AnswersQuery {
  std::string words, category, commune;
};

/// "/answers": published answers, newest first, by words with or without diacritics.
Response ShowAnswers(const Visit& visit, Backend& backend);
/// "/answers/ID"; 404 for everything that is not public.
Response ShowAnswer(const Visit& visit, Backend& backend, const std::string& ticket_id);
/// "/answers/ID/photos/NUMBER": the picture itself.
Response ShowPhoto(const Visit& visit, Backend& backend, const std::string& ticket_id,
                   const std::string& number);

// From data alone. `wrong_key`: a text on why the words cannot be searched for; empty = they were.
Response AnswersPage(const Visit& visit, const Province& province, const AnswersQuery& query,
                     const hotline::ListPublicTicketsResponse& found, const std::string& wrong_key);
Response AnswerPage(const Visit& visit, const Province& province,
                    const hotline::PublicTicket& ticket);

}  // namespace lienthong::portal
