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
#include "platform/owner/parts.hpp"
#include "platform/pg/database.hpp"
#include "platform/rpc/call.hpp"
#include "platform/rpc/page.hpp"

/// What the services of this folder have in common.
namespace lienthong::document {

using Changes = journal::Journal::Changes;
using rpc::Call;

using owner::Parts, owner::TheOne, owner::FillPage, owner::Reaudienced;
using pg::InOrder;

/// The change that a call is answered with: the official sees `view` of it.
inline journal::Changed Answer(const char* event, journal::Record record,
                               const char* view = kFullView) {
  return {event, std::move(record), view};
}

}  // namespace lienthong::document
