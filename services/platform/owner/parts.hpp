#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "platform/access/sharing.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"

/// What the use cases of an owner have in common.
namespace lienthong::owner {

/// What each of them works with; everything outlives it.
struct Parts {
  pg::Pool& pool;
  journal::Journal& journal;
  access::SharingReader& sharing;
  const access::SnapshotHolder& snapshots;
  const rpc::PageTokens& tokens;
  base::Ids& ids;
};

/// A record that others get to see, or no longer: what it says is as before.
inline journal::Changed Reaudienced(journal::Record record) {
  return {"AudienceChanged", std::move(record), {}, true};
}

/// For Journal::OnHistory: agencies see each other's records, not each other's officials.
inline journal::ShowsWorkOf OfOwnOfficials(access::SharingReader& sharing) {
  return [&sharing](pg::Tx& tx, const rpc::Call& call, const std::string& caller) {
    const auto rules = sharing.Read(tx);
    const auto* const heir = rules->HeirOf(caller);
    return caller == call.caller ||
           (heir != nullptr && rules->CarrierOf(heir->id()) == call.caller);
  };
}

/// Identifiers in our own form; anything else is a record that does not exist. Throws NotFound.
template <class Id>
Id ToId(const std::string& text) {
  if (!base::IsRecordId(text)) throw base::NotFound();
  return Id{text};
}

template <class Id>
std::vector<Id> ToIds(const std::vector<std::string>& texts) {
  std::vector<Id> ids;
  for (const std::string& text : texts) ids.push_back({text});
  return ids;
}

/// The one row of a select by id. Throws NotFound.
template <class Row>
Row TheOne(std::vector<Row> rows) {
  if (rows.empty()) throw base::NotFound();
  return std::move(rows.front());
}

/// A page of messages from one row more than belong on it. Answers stay below the 4 MiB that a
/// client takes; `go_on(last row on the page)` makes the token when there is more.
template <class Row, class Messages, class ToMessage, class GoOn>
void FillPage(const std::vector<Row>& rows, int size, Messages* messages,
              const ToMessage& to_message, const GoOn& go_on) {
  rpc::PageRoom room(size);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto message = to_message(rows[i]);
    if (!room.Take(message.ByteSizeLong())) {
      go_on(rows[i - 1]);
      return;
    }
    *messages->Add() = std::move(message);
  }
}

}  // namespace lienthong::owner
