#include "hotline/store_values.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <sstream>

namespace lienthong::hotline {
namespace {

std::int64_t NumberOf(base::Time time) { return time.time_since_epoch().count(); }
base::Time TimeOf(std::int64_t number) { return base::Time(std::chrono::microseconds(number)); }

constexpr pg::Statement kPlanAnew{"hotline_plan_anew",
                                  "SET LOCAL plan_cache_mode = force_custom_plan"};

}  // namespace

void PlanAnew(pg::Tx& tx) { tx.Queue(kPlanAnew); }

std::string DeadlineArray(const Deadlines& deadlines) {
  return pg::TextArray(deadlines, [](const Deadline& deadline) {
    std::ostringstream text;
    text << static_cast<int>(deadline.kind) << ' ' << static_cast<int>(deadline.unit) << ' '
         << deadline.told << ' ' << NumberOf(deadline.at) << ' '
         << (deadline.near_at ? NumberOf(*deadline.near_at) : 0);
    for (const base::Time step : deadline.escalations) text << ' ' << NumberOf(step);
    return text.str();
  });
}

Deadlines DeadlinesOf(const pg::Field& field) {
  Deadlines deadlines;
  for (const std::string& text : pg::ParseTextArray(field)) {
    std::istringstream parts(text);
    int kind = 0, unit = 0;
    std::int64_t at = 0, near = 0;
    Deadline deadline;
    parts >> kind >> unit >> deadline.told >> at >> near;
    deadline.kind = static_cast<DeadlineKind>(kind);
    deadline.unit = static_cast<calendar::LimitUnit>(unit);
    deadline.at = TimeOf(at);
    if (near != 0) deadline.near_at = TimeOf(near);
    for (std::int64_t step = 0; parts >> step;) deadline.escalations.push_back(TimeOf(step));
    deadlines.push_back(std::move(deadline));
  }
  return deadlines;
}

int MarkOf(const Deadlines& deadlines) {
  int mark = 0;
  for (const Deadline& deadline : deadlines) {
    if (deadline.kind == DeadlineKind::kClosing) continue;  // nobody is late with it
    mark = std::max(mark, static_cast<int>(MarkOf(deadline)));
  }
  return mark;
}

std::string AttachmentArray(const std::vector<Attachment>& attachments) {
  std::vector<std::string> texts;
  for (const Attachment& attachment : attachments) {
    texts.insert(texts.end(), {attachment.sha256, attachment.name, attachment.media_type,
                               std::to_string(attachment.size_bytes)});
  }
  return pg::TextArray(texts);
}

std::vector<Attachment> AttachmentsOf(const pg::Field& field) {
  const std::vector<std::string> texts = pg::ParseTextArray(field);
  std::vector<Attachment> attachments;
  for (std::size_t i = 0; i + 3 < texts.size(); i += 4) {
    attachments.push_back({texts[i], texts[i + 1], texts[i + 2], std::stoll(texts[i + 3])});
  }
  return attachments;
}

}  // namespace lienthong::hotline
