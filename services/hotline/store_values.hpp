#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hotline/ticket.hpp"
#include "platform/base/clock.hpp"
#include "platform/pg/columns.hpp"
#include "platform/pg/database.hpp"

/// Between values of the rules and columns.
namespace lienthong::hotline {

/// Deadlines as a text[]: each "kind unit told at near escalation...", times in microseconds since
/// the epoch, near 0 = none.
std::string DeadlineArray(const Deadlines& deadlines);
Deadlines DeadlinesOf(const pg::Field& field);
/// Number of the furthest mark; 0 = no deadline.
int MarkOf(const Deadlines& deadlines);

/// Attachments as a text[]: four elements each.
std::string AttachmentArray(const std::vector<Attachment>& attachments);
std::vector<Attachment> AttachmentsOf(const pg::Field& field);

/// "" = NULL.
inline std::string FlagText(const std::optional<bool>& flag) {
  if (!flag) return "";
  return *flag ? "t" : "f";
}
inline std::optional<bool> OptionalFlag(const pg::Field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<bool>();
}

/// Until the end of the transaction plans are made for the values asked for: one for any value
/// would read an index whole where few rows match, or all rows of a word that most have.
void PlanAnew(pg::Tx& tx);

template <class Id>
std::vector<Id> IdsOf(const pg::Result& rows) {
  std::vector<Id> ids;
  for (const auto& row : rows) ids.push_back({row[0].as<std::string>()});
  return ids;
}

}  // namespace lienthong::hotline
