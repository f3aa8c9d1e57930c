#include "portal/pages_answers.hpp"

#include <algorithm>
#include <charconv>

#include "platform/base/id.hpp"
#include "platform/base/text.hpp"
#include "portal/report_form.hpp"
#include "portal/shown.hpp"

namespace lienthong::portal {
namespace {

constexpr int kAnswersAPage = 20;
constexpr std::size_t kWordsMax = 200, kShortMax = 120, kTokenMax = 2000, kCommuneDigits = 5;
constexpr std::string_view kPhotoLife = "private, no-cache";

/// The first words, cut between characters.
std::string Shorten(const std::string& text) {
  std::string line = OneLine(text);
  if (base::CountCharacters(line) <= kShortMax) return line;
  std::size_t characters = 0, at = 0;
  for (; at < line.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(line[at]) & 0xC0) != 0x80;
    if (begins && ++characters > kShortMax) break;
  }
  line.resize(at);
  if (const std::size_t space = line.rfind(' '); space != line.npos) line.resize(space);
  return line + "…";
}

bool IsCommuneCode(const std::string& text) {
  return text.size() == kCommuneDigits && std::ranges::all_of(text, base::IsDigit);
}

AnswersQuery ReadQuery(const Request& request, const Province& province) {
  AnswersQuery query;
  query.words = OneLine(request.query.First("q"));
  query.category = request.query.First("category");
  query.commune = request.query.First("commune");
  if (province.FindCategory(query.category) == nullptr) query.category.clear();
  // One that is no more has answers too.
  if (!IsCommuneCode(query.commune)) query.commune.clear();
  return query;
}

std::string NextUrl(const Visit& visit, const AnswersQuery& query, const std::string& token) {
  Values values;
  if (!query.words.empty()) values.Add("q", query.words);
  if (!query.category.empty()) values.Add("category", query.category);
  if (!query.commune.empty()) values.Add("commune", query.commune);
  values.Add("page_token", token);
  return "/" + std::string(NameOf(visit.language)) + "/answers" + QueryOf(values);
}

/// The commune as it was when the report came.
std::string CommuneOf(const hotline::PublicTicket& ticket) {
  return ticket.place_names().empty() ? ticket.commune_code() : PlaceName(ticket.place_names(0));
}

void ShowCommune(Dictionary& dictionary, const hotline::PublicTicket& ticket) {
  const std::string name = CommuneOf(ticket);
  if (!name.empty()) ShowValue(dictionary, "COMMUNE_NAMED", "NAME", name);
}

/// Stays chosen, though it is in the list of today no more.
void ShowPastCommune(Dictionary& body, const std::string& code,
                     const hotline::ListPublicTicketsResponse& found) {
  std::string name = code;
  for (const hotline::PublicTicket& ticket : found.tickets()) {
    if (ticket.commune_code() == code) name = CommuneOf(ticket);
  }
  AddChoice(body, "PAST_COMMUNE", {code, name, true});
}

}  // namespace

Response AnswersPage(const Visit& visit, const Province& province, const AnswersQuery& query,
                     const hotline::ListPublicTicketsResponse& found,
                     const std::string& wrong_key) {
  Page page(visit, "answers.html", visit.Text("answers.title"));
  Dictionary& body = page.Body();
  body.SetValue("WORDS", query.words);
  if (!wrong_key.empty()) ShowValue(body, "WORDS_ERROR", "MESSAGE", visit.Text(wrong_key));
  ListCategories(body, province, visit.language, query.category);
  ListCommunes(page.Insert("COMMUNES", "communes.html"), visit, province, query.commune);
  if (!query.commune.empty() && province.FindCommune(query.commune) == nullptr) {
    ShowPastCommune(body, query.commune, found);
  }
  Dictionary* const some = found.tickets().empty() ? nullptr : body.AddSectionDictionary("SOME");
  if (some == nullptr && wrong_key.empty()) body.ShowSection("NONE");
  for (const hotline::PublicTicket& ticket : found.tickets()) {
    Dictionary* const one = some->AddSectionDictionary("TICKET");
    one->SetValue("ID", Encode(ticket.id()));
    const std::string category = CategoryName(province, ticket.category_id(), visit.language);
    one->SetValue("SHORT", ticket.text().empty() ? category : Shorten(ticket.text()));
    if (!ticket.text().empty()) one->ShowSection("AS_WRITTEN");
    one->SetValue("CATEGORY_NAME", category);
    ShowCommune(*one, ticket);
    one->SetValue("PUBLISHED", ShowTime(ticket.published_at()));
  }
  if (!found.next_page_token().empty()) {
    ShowValue(body, "NEXT", "URL", NextUrl(visit, query, found.next_page_token()));
  }
  return page.Finish(wrong_key.empty() ? 200 : 422);
}

Response AnswerPage(const Visit& visit, const Province& province,
                    const hotline::PublicTicket& ticket) {
  const std::string category = CategoryName(province, ticket.category_id(), visit.language);
  Page page(visit, "answer.html", category);
  Dictionary& body = page.Body();
  body.SetValue("CATEGORY_NAME", category);
  ShowCommune(body, ticket);
  body.SetValue("STANDING", visit.Text(StandingKey(ticket.standing())));
  body.SetValue("RECEIVED", ShowTime(ticket.opened_at()));
  if (ticket.has_answered_at()) ShowValue(body, "ANSWERED", "TIME", ShowTime(ticket.answered_at()));
  if (ticket.has_published_at()) {
    ShowValue(body, "PUBLISHED", "TIME", ShowTime(ticket.published_at()));
  }
  std::string units;
  for (const std::string& unit : ticket.unit_ids()) {
    units += (units.empty() ? "" : "; ") + UnitName(province, unit);
  }
  if (!units.empty()) ShowValue(body, "UNITS", "NAMES", units);
  if (ticket.satisfaction() != hotline::SATISFACTION_UNSPECIFIED) {
    const std::string& name = visit.Text(SatisfactionKey(ticket.satisfaction()));
    ShowValue(body, "SATISFACTION", "NAME", name);
  }
  if (!ticket.text().empty()) ShowValue(body, "TEXT", "WORDS", ticket.text());
  if (!ticket.answer().empty()) ShowValue(body, "ANSWER", "WORDS", ticket.answer());
  if (ticket.answer().empty()) body.ShowSection("NO_ANSWER");
  if (ticket.photos() == 0) return page.Finish();
  Dictionary* const photos = body.AddSectionDictionary("PHOTOS");
  photos->SetValue("ID", Encode(ticket.id()));
  for (int number = 1; number <= ticket.photos(); ++number) {
    photos->AddSectionDictionary("PHOTO")->SetIntValue("NUMBER", number);
  }
  return page.Finish();
}

Response ShowAnswers(const Visit& visit, Backend& backend) {
  const Request& request = visit.request;
  const auto province = backend.GetProvince(request.deadline);
  const AnswersQuery query = ReadQuery(request, *province);
  const std::string token(request.query.First("page_token"));
  if (token.size() > kTokenMax) return ErrorPage(visit, 404);
  hotline::ListPublicTicketsResponse found;
  if (base::CountCharacters(query.words) > kWordsMax) {
    return AnswersPage(visit, *province, query, found, "answers.words_many");
  }
  hotline::ListPublicTicketsRequest call;
  call.set_page_size(kAnswersAPage), call.set_page_token(token);
  call.set_published(true), call.set_text(query.words);
  call.set_commune_code(query.commune);
  if (!query.category.empty()) call.add_category_ids(query.category);
  const auto refused = Attempt([&] { found = backend.ListPublicTickets(call, request.deadline); });
  if (!refused) return AnswersPage(visit, *province, query, found, "");
  // A token of another search, or too many words.
  if (refused->kind != base::ErrorKind::kInvalid) throw *refused;
  if (!token.empty()) return ErrorPage(visit, 404);
  return AnswersPage(visit, *province, query, found, "answers.words_many");
}

Response ShowAnswer(const Visit& visit, Backend& backend, const std::string& ticket_id) {
  if (!base::IsRecordId(ticket_id)) return ErrorPage(visit, 404);
  const auto province = backend.GetProvince(visit.request.deadline);
  return AnswerPage(visit, *province, backend.GetPublicTicket(ticket_id, visit.request.deadline));
}

Response ShowPhoto(const Visit& visit, Backend& backend, const std::string& ticket_id,
                   const std::string& number) {
  int which = 0;
  const char* const end = number.data() + number.size();
  const auto [parsed, error] = std::from_chars(number.data(), end, which);
  const bool valid = error == std::errc() && parsed == end && which > 0;
  if (!valid || !base::IsRecordId(ticket_id)) return ErrorPage(visit, 404);
  Response response;
  response.content_type = "image/jpeg";
  response.body = backend.GetPublicPhoto(ticket_id, which, visit.request.deadline);
  return std::move(response).With("Cache-Control", std::string(kPhotoLife));
}

}  // namespace lienthong::portal
