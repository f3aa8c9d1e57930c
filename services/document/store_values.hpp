#pragma once

#include <optional>
#include <string>
#include <vector>

#include "document/content.hpp"
#include "document/draft.hpp"
#include "platform/base/clock.hpp"
#include "platform/pg/columns.hpp"
#include "platform/pg/database.hpp"
#include "platform/pg/enum_names.hpp"

/// Between values of the rules and columns.
namespace lienthong::document {

using pg::EnumNames, pg::NameOf, pg::ValueOf;

/// Columns due_kind, due_at, due_soon_at, due_mark, due_look_at; 0 and "" = NULL.
struct DueColumns {
  explicit DueColumns(const std::optional<Deadline>& due) {
    if (!due) return;
    kind = static_cast<int>(due->kind);
    mark = static_cast<int>(due->mark);
    at = base::FormatTime(due->at);
    soon_at = base::FormatTime(due->soon_at);
    look_at = pg::TimeText(NextLook(*due));
  }
  int kind = 0;
  int mark = 0;
  std::string at, soon_at, look_at;
};

inline std::optional<Deadline> DueOf(const pg::Row& row) {
  if (row["due_kind"].is_null()) return std::nullopt;
  return Deadline{static_cast<DeadlineKind>(row["due_kind"].as<int>()), pg::TimeOf(row["due_at"]),
                  pg::TimeOf(row["due_soon_at"]),
                  static_cast<DeadlineMark>(row["due_mark"].as<int>())};
}

/// Three parallel arrays.
struct RemarkArrays {
  explicit RemarkArrays(const std::vector<Remark>& remarks)
      : officials(pg::TextArray(remarks, [](const Remark& r) { return r.official_id; })),
        times(pg::TextArray(remarks, [](const Remark& r) { return base::FormatTime(r.at); })),
        texts(pg::TextArray(remarks, [](const Remark& r) { return r.text; })) {}
  std::string officials, times, texts;
};

inline std::vector<Remark> RemarksOf(const pg::Field& officials, const pg::Field& times,
                                     const pg::Field& texts) {
  const auto by = pg::ParseTextArray(officials), at = pg::ParseTextArray(times),
             said = pg::ParseTextArray(texts);
  std::vector<Remark> remarks;
  for (std::size_t i = 0; i < by.size(); ++i) {
    remarks.push_back({by[i], base::ParseTime(at.at(i)), said.at(i)});
  }
  return remarks;
}

}  // namespace lienthong::document
