#include "ops/silence.hpp"

#include <algorithm>

#include "ops/alertmanager.hpp"
#include "ops/operations.hpp"
#include "platform/base/id.hpp"

namespace lienthong::ops {
namespace {

/// A silence does not wait for a directory that is away.
constexpr std::chrono::seconds kRecordLimit{3};

Recorded RecordSilence(const Province& province, const Intent& intent, Deadline deadline) {
  return {province.FindOwner("directory"), intent,
          std::min<Deadline>(deadline, std::chrono::system_clock::now() + kRecordLimit)};
}

/// Without the name and password that may stand in it.
std::string ShownUrl(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;  // ReadSettings has seen to that
  const std::size_t at = url.substr(0, url.find('/', begin)).rfind('@');
  return at == std::string::npos ? url : url.substr(0, begin) + url.substr(at + 1);
}

void SayFault(const Settings& settings, const Fault& fault, Result& result) {
  result.exit = Worse(result.exit, fault.exit);
  result.json["fault"] = ToJson(fault);
  result.text += Wrap(ShownUrl(settings.alertmanager) + ": " + fault.text, 2);
}

/// How it ended, or that nobody will find it in the journal.
void EndRecord(const Recorded& recorded, const Fault* fault, const std::string& note,
               Result& result) {
  if (recorded.IsThere()) {
    const auto outcome = fault == nullptr ? journal::v1::OPERATION_OUTCOME_SUCCEEDED
                         : fault->is_open ? journal::v1::OPERATION_OUTCOME_UNKNOWN
                                          : journal::v1::OPERATION_OUTCOME_FAILED;
    recorded.End(outcome, fault == nullptr ? note : fault->text, result);
    return;
  }
  result.exit = Worse(result.exit, recorded.WhyNot().exit);
  result.json["operation"] = {{"fault", ToJson(recorded.WhyNot())}};
  result.text += Wrap("Not recorded at the directory: " + recorded.WhyNot().text, 2);
}

Json SilenceJson(const Silence& silence) {
  return {{"id", silence.id},
          {"state", silence.state},
          {"matchers", silence.matchers},
          {"starts_at", JsonOf(std::optional(silence.starts_at))},
          {"ends_at", JsonOf(std::optional(silence.ends_at))},
          {"created_by", silence.created_by},
          {"comment", silence.comment}};
}

}  // namespace

Result SilenceUnit(const Settings& settings, const Province& province, const Options& options,
                   Deadline deadline) {
  province.FindUnit(options.unit);  // a silence of a unit that is none would silence nothing
  const Recorded recorded = RecordSilence(
      province, {journal::v1::OPERATION_KIND_SILENCE_UNIT, options.unit, "", options.reason},
      deadline);
  Silence silence;
  silence.starts_at = std::chrono::floor<base::Time::duration>(std::chrono::system_clock::now());
  silence.ends_at =
      silence.starts_at + std::chrono::duration_cast<base::Time::duration>(
                              std::chrono::duration<double, std::ratio<3600>>(options.hours));
  silence.created_by = OperatorName();
  silence.comment = options.reason;
  const auto id = Alertmanager(settings.alertmanager, deadline).SilenceUnit(options.unit, silence);
  Result result;
  result.json = {{"unit", options.unit},
                 {"id", id.answer ? Json(*id.answer) : Json()},
                 {"ends_at", JsonOf(std::optional(silence.ends_at))}};
  if (id.answer) {
    result.text = "Alerts of unit " + options.unit + " are silenced until " +
                  LocalTime(silence.ends_at) + "\nEnd it before: lienthong silence end " +
                  CutTo(*id.answer, kLineMax / 2) + "\n";
  } else {
    SayFault(settings, id.fault, result);
  }
  EndRecord(recorded, id.answer ? nullptr : &id.fault,
            "silence " + id.answer.value_or("") + " until " + base::FormatTime(silence.ends_at),
            result);
  return result;
}

Result ListSilences(const Settings& settings, Deadline deadline, const Look& look) {
  Result result;
  const auto silences = Alertmanager(settings.alertmanager, deadline).List();
  if (!silences.answer) {
    SayFault(settings, silences.fault, result);
    return result;
  }
  Json list = Json::array();
  std::string text;
  for (const Silence& silence : *silences.answer) {
    list.push_back(SilenceJson(silence));
    text += (text.empty() ? "" : "\n") + CutTo(silence.id, kLineMax / 2) + "  " +
            Paint(look, Colour::kYellow, CutTo(silence.state, kLineMax / 2)) + "\n";
    text += Wrap("  " + silence.matchers, 2);
    text += "  from " + LocalTime(silence.starts_at) + " to " + LocalTime(silence.ends_at) + "\n";
    text += Wrap("  by " + silence.created_by + ": " + silence.comment, 2);
  }
  result.text = text.empty() ? "Nothing is silenced\n" : text;
  result.json = {{"silences", std::move(list)}};
  return result;
}

Result EndSilence(const Settings& settings, const Province& province, const Options& options,
                  Deadline deadline) {
  if (!base::IsUuid(options.silence_id)) {
    throw UsageError("ID must be a UUID, as lienthong silence list shows it");
  }
  const Alertmanager alertmanager(settings.alertmanager, deadline);
  Result result;
  result.json = {{"id", options.silence_id}, {"was_in_force", false}};
  const auto found = alertmanager.Find(options.silence_id);
  if (!found.answer) {
    SayFault(settings, found.fault, result);
    return result;
  }
  if (!*found.answer) {
    result.exit = Exit::kWrong;
    result.text = "There is no silence " + options.silence_id + "\n";
    return result;
  }
  if ((*found.answer)->state == "expired") {
    result.text = "It had ended already\n";
    return result;
  }
  const Recorded recorded = RecordSilence(
      province, {journal::v1::OPERATION_KIND_END_SILENCE, "", options.silence_id, ""}, deadline);
  const auto ended = alertmanager.End(options.silence_id);
  if (ended.answer) {
    result.json["was_in_force"] = true;
    result.text = Wrap("Ended: " + (*found.answer)->matchers, 2);
  } else {
    SayFault(settings, ended.fault, result);
  }
  EndRecord(recorded, ended.answer ? nullptr : &ended.fault, (*found.answer)->matchers, result);
  return result;
}

}  // namespace lienthong::ops
