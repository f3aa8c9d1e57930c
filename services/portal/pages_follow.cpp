#include "portal/pages_follow.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "platform/base/text.hpp"
#include "portal/report_form.hpp"
#include "portal/shown.hpp"

namespace lienthong::portal {
namespace {

constexpr std::size_t kReasonMax = 2000;
constexpr std::size_t kGroup = 4;  // letters of a code between its hyphens
constexpr std::string_view kRate = "/rate", kReopen = "/reopen", kReply = "/reply";
constexpr hotline::Satisfaction kLevels[] = {
    hotline::SATISFACTION_VERY_SATISFIED, hotline::SATISFACTION_SATISFIED,
    hotline::SATISFACTION_NEUTRAL, hotline::SATISFACTION_UNSATISFIED};

/// With its lines; nothing but white space is nothing.
std::string ReadLines(const Request& request, std::string_view field) {
  const std::string text = WithUnixLines(request.fields.First(field));
  return OneLine(text).empty() ? "" : text;
}

std::string ReadId(const Visit& visit, std::string_view field) {
  const std::string id(visit.request.fields.First(field));
  return base::IsRecordId(id) ? id : visit.ids.New();
}

Followed ReadFollowed(const Visit& visit) {
  const Values& fields = visit.request.fields;
  Followed followed;
  followed.code = OneLine(fields.First("code"));
  followed.contact = OneLine(fields.First("contact"));
  followed.comment = ReadLines(visit.request, "comment");
  followed.reason = ReadLines(visit.request, "reason");
  const std::string_view chosen = fields.First("satisfaction");
  std::from_chars(chosen.data(), chosen.data() + chosen.size(), followed.satisfaction);
  followed.reply = ReadLines(visit.request, "reply");
  followed.rate_id = ReadId(visit, "rate_id"), followed.reopen_id = ReadId(visit, "reopen_id");
  followed.reply_id = ReadId(visit, "reply_id");
  return followed;
}

/// The same for every wrong code and contact.
Response WrongPage(const Visit& visit) {
  return FollowPage(visit, {{"code", "follow.wrong"}}, 422);
}

/// The next calls are others.
void RenewIds(const Visit& visit, Followed& followed) {
  for (std::string* const id : {&followed.rate_id, &followed.reopen_id, &followed.reply_id}) {
    *id = visit.ids.New();
  }
}

/// What was typed for the step that was taken.
std::string& TypedFor(Followed::Done done, Followed& followed) {
  if (done == Followed::Done::kRated) return followed.comment;
  return done == Followed::Done::kReplied ? followed.reply : followed.reason;
}

/// As the hotline writes it, of one that it knows ("K7QM-2XWD-9RTA"), however it was typed.
std::string CanonicalCode(const std::string& typed) {
  std::string code;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    if (code.size() % (kGroup + 1) == kGroup) code += '-';
    const char letter = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    code += letter == 'I' || letter == 'L' ? '1' : letter == 'O' ? '0' : letter;
  }
  return code;
}

/// Both look the same: nobody learns which of code and contact is right.
bool IsWrong(const base::Error& error) {
  return error.kind == base::ErrorKind::kNotFound || error.kind == base::ErrorKind::kInvalid;
}

/// Asks for the report and shows it.
Response Follow(const Visit& visit, Backend& backend, Followed followed, int status) {
  hotline::FollowReportRequest request;
  request.set_code(followed.code), request.set_contact(followed.contact);
  const auto refused =
      Attempt([&] { followed.report = backend.FollowReport(request, visit.request.deadline); });
  if (refused && IsWrong(*refused)) return WrongPage(visit);
  if (refused) throw *refused;
  followed.code = CanonicalCode(followed.code);
  const std::string& category = followed.report->category_id();
  if (!category.empty()) {
    followed.category =
        CategoryName(*backend.GetProvince(visit.request.deadline), category, visit.language);
  }
  return FollowedPage(visit, followed, status);
}

/// Takes a step of the citizen, and shows how the report stands then.
Response TakeStep(const Visit& visit, Backend& backend, Followed followed, Followed::Done done,
                  const std::function<void()>& step) {
  if (!followed.errors.empty()) return Follow(visit, backend, std::move(followed), 422);
  const auto refused = Attempt(step);
  if (!refused) {
    followed.done = done;
    TypedFor(done, followed).clear();
    RenewIds(visit, followed);
    return Follow(visit, backend, std::move(followed), 200);
  }
  if (refused->kind == base::ErrorKind::kNotFound) return WrongPage(visit);
  const bool is_over = refused->kind == base::ErrorKind::kTransition;
  if (!is_over && refused->kind != base::ErrorKind::kInvalid) throw *refused;
  const bool is_reused = refused->reason == "REQUEST_ID_REUSED";
  followed.errors.push_back({"", is_over     ? "followed.not_allowed"
                                 : is_reused ? "wrong.step_sent_before"
                                             : "wrong.other"});
  RenewIds(visit, followed);
  return Follow(visit, backend, std::move(followed), 422);
}

void ShowTimes(Dictionary& body, const hotline::FollowedReport& report) {
  body.SetValue("RECEIVED", ShowTime(report.received_at()));
  if (report.has_due_at()) ShowValue(body, "DUE", "TIME", ShowTime(report.due_at()));
  if (report.has_answered_at()) ShowValue(body, "ANSWERED", "TIME", ShowTime(report.answered_at()));
  const bool is_open = report.has_open_until() && (report.can_rate() || report.can_reopen());
  if (is_open) ShowValue(body, "OPEN_UNTIL", "TIME", ShowTime(report.open_until()));
}

/// What can be done, or what was being done while that is not known.
void ShowSteps(Page& page, const Visit& visit, const Followed& followed) {
  const bool is_known = followed.report.has_value();
  const bool rates =
      is_known ? followed.report->can_rate() : visit.path == kRate || !followed.comment.empty();
  const bool reopens =
      is_known ? followed.report->can_reopen() : visit.path == kReopen || !followed.reason.empty();
  const bool replies =
      is_known ? followed.report->has_question() : visit.path == kReply || !followed.reply.empty();
  if (!rates && !reopens && !replies) {
    page.SwitchByForm("/follow", {{"code", followed.code}, {"contact", followed.contact}});
    return;
  }
  const std::string step(replies ? kReply : rates ? kRate : kReopen);
  page.SwitchByButton(step, "steps");
  Dictionary& steps = *page.Body().AddSectionDictionary("STEPS");
  steps.SetValue("STEP", step.substr(1));
  const std::pair<const char*, std::string> values[] = {
      {"CONTACT", followed.contact},     {"RATE_ID", followed.rate_id},
      {"REOPEN_ID", followed.reopen_id}, {"REPLY_ID", followed.reply_id},
      {"REPLY", followed.reply},         {"COMMENT", followed.comment},
      {"REASON", followed.reason}};
  for (const auto& [name, value] : values) steps.SetValue(name, value);
  if (reopens) steps.ShowSection("CAN_REOPEN");
  if (replies) steps.ShowSection("CAN_REPLY");
  if (!rates) return;
  Dictionary& rating = *steps.AddSectionDictionary("CAN_RATE");
  for (const hotline::Satisfaction level : kLevels) {
    AddChoice(rating, "LEVEL",
              {std::to_string(level), visit.Text(SatisfactionKey(level)),
               followed.satisfaction == level});
  }
}

void ShowReported(const Visit& visit, Dictionary& body, const Followed& followed) {
  const hotline::FollowedReport& report = *followed.report;
  Dictionary& shown = *body.AddSectionDictionary("REPORT");
  shown.SetValue("STANDING", visit.Text(StandingKey(report.standing())));
  if (!followed.category.empty()) ShowValue(shown, "CATEGORY", "NAME", followed.category);
  ShowTimes(shown, report);
  if (report.satisfaction() != hotline::SATISFACTION_UNSPECIFIED) {
    const std::string& name = visit.Text(SatisfactionKey(report.satisfaction()));
    ShowValue(shown, "SATISFACTION", "NAME", name);
  }
  if (report.has_text()) ShowValue(shown, "TEXT", "WORDS", report.text());
  if (report.has_question()) ShowValue(shown, "ASKED", "WORDS", report.question());
  if (report.has_answer()) ShowValue(shown, "ANSWER", "WORDS", report.answer());
  if (!report.has_text()) shown.ShowSection("STATE_ONLY");
}

}  // namespace

Response FollowPage(const Visit& visit, const FormErrors& errors, int status) {
  Page page(visit, "follow.html", visit.Text("follow.title"));
  page.Protect();
  page.SwitchByButton("/follow", "follow");
  page.ShowErrors(errors);
  page.Body().SetValue("CODE", OneLine(visit.request.fields.First("code")));
  page.Body().SetValue("CONTACT", OneLine(visit.request.fields.First("contact")));
  return page.Finish(status);
}

Response FollowedPage(const Visit& visit, const Followed& followed, int status) {
  Page page(visit, "followed.html", visit.Text("followed.title"));
  page.Protect();
  page.ShowErrors(followed.errors);
  Dictionary& body = page.Body();
  body.SetValue("CODE", followed.code);
  if (followed.done == Followed::Done::kRated) body.ShowSection("RATED");
  if (followed.done == Followed::Done::kReopened) body.ShowSection("REOPENED");
  if (followed.done == Followed::Done::kReplied) body.ShowSection("REPLIED");
  if (followed.report) ShowReported(visit, body, followed);
  ShowSteps(page, visit, followed);
  return page.Finish(status);
}

Response ShowFollow(const Visit& visit) { return FollowPage(visit, {}, 200); }

Response TakeFollow(const Visit& visit, Backend& backend) {
  return Follow(visit, backend, ReadFollowed(visit), 200);
}

Response TakeRate(const Visit& visit, Backend& backend) {
  Followed followed = ReadFollowed(visit);
  const bool is_level = std::ranges::count(kLevels, followed.satisfaction) > 0;
  if (!is_level) followed.errors.push_back({"satisfaction", "rate.missing"});
  if (base::CountCharacters(followed.comment) > kReasonMax) {
    followed.errors.push_back({"comment", "wrong.long"});
  }
  return TakeStep(visit, backend, followed, Followed::Done::kRated, [&] {
    hotline::RateReportRequest call;
    call.set_request_id(followed.rate_id);
    call.set_code(followed.code), call.set_contact(followed.contact);
    call.set_satisfaction(static_cast<hotline::Satisfaction>(followed.satisfaction));
    call.set_comment(followed.comment);
    backend.RateReport(call, visit.request.deadline);
  });
}

Response TakeReopen(const Visit& visit, Backend& backend) {
  Followed followed = ReadFollowed(visit);
  if (followed.reason.empty()) followed.errors.push_back({"reason", "reopen.missing"});
  if (base::CountCharacters(followed.reason) > kReasonMax) {
    followed.errors.push_back({"reason", "wrong.long"});
  }
  return TakeStep(visit, backend, followed, Followed::Done::kReopened, [&] {
    hotline::ReopenReportRequest call;
    call.set_request_id(followed.reopen_id);
    call.set_code(followed.code), call.set_contact(followed.contact);
    call.set_reason(followed.reason);
    backend.ReopenReport(call, visit.request.deadline);
  });
}

Response TakeReply(const Visit& visit, Backend& backend) {
  Followed followed = ReadFollowed(visit);
  if (followed.reply.empty()) followed.errors.push_back({"reply", "reply.missing"});
  if (base::CountCharacters(followed.reply) > kReasonMax) {
    followed.errors.push_back({"reply", "wrong.long"});
  }
  return TakeStep(visit, backend, followed, Followed::Done::kReplied, [&] {
    hotline::ReplyToQuestionRequest call;
    call.set_request_id(followed.reply_id);
    call.set_code(followed.code), call.set_contact(followed.contact);
    call.set_text(followed.reply);
    backend.ReplyToQuestion(call, visit.request.deadline);
  });
}

Response KeepFollow(const Visit& visit, Backend&, const FormErrors& why, int status) {
  return FollowPage(visit, why, status);
}

Response KeepSteps(const Visit& visit, Backend& backend, const FormErrors& why, int status) {
  Followed followed = ReadFollowed(visit);
  if (status == 200) return Follow(visit, backend, std::move(followed), status);
  followed.errors = why;
  return FollowedPage(visit, followed, status);
}

}  // namespace lienthong::portal
