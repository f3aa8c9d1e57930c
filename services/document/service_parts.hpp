#pragma once

#include <string>
#include <utility>
#include <vector>

#include "document/records.hpp"
#include "document/store.hpp"
#include "platform/access/sharing.hpp"
#include "platform/access/snapshot.hpp"
#include "platform/base/error.hpp"
#include "platform/base/id.hpp"
#include "platform/journal/journal.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"

/// What the services of this folder have in common.
namespace lienthong::document {

using Changes = journal::Journal::Changes;
using rpc::Call;

/// What each of them works with; everything outlives it.
struct Parts {
  pg::Pool& pool;
  journal::Journal& journal;
  access::SharingReader& sharing;
  const access::SnapshotHolder& snapshots;
  const rpc::PageTokens& tokens;
  base::Ids& ids;
};

/// The change that a call is answered with: the official sees `view` of it.
inline journal::Changed Answer(const char* event, journal::Record record,
                               const char* view = kFullView) {
  return {event, std::move(record), view};
}

/// A record that others get to see, or no longer: what it says is as before.
inline journal::Changed Reaudienced(journal::Record record) {
  return {"AudienceChanged", std::move(record), {}, true};
}

/// The one row of a select by id. Throws NotFound.
template <class Row>
Row TheOne(std::vector<Row> rows) {
  if (rows.empty()) throw base::NotFound();
  return std::move(rows.front());
}

/// Records in the order of the ids that a list was found by; one that has gone meanwhile is left
/// out.
template <class Id, class Value>
std::vector<Stored<Value>> InOrder(const std::vector<Id>& ids, std::vector<Stored<Value>> rows) {
  std::vector<Stored<Value>> ordered;
  for (const Id& id : ids) {
    for (Stored<Value>& row : rows) {
      if (row.value.id == id) ordered.push_back(std::move(row));
    }
  }
  return ordered;
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

}  // namespace lienthong::document
