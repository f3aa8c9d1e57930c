#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "hotline/boundaries.hpp"
#include "hotline/records.hpp"
#include "hotline/service_rules.hpp"
#include "hotline/store.hpp"
#include "platform/access/portal.hpp"
#include "platform/access/posts.hpp"
#include "platform/owner/parts.hpp"
#include "platform/rpc/call.hpp"

/// What the services of this folder have in common.
namespace lienthong::hotline {

using access::RequirePortal, owner::FillPage, owner::Reaudienced, owner::TheOne, owner::ToId,
    pg::InOrder;
using rpc::Call;
using Changes = journal::Journal::Changes;

inline constexpr int kPageDefault = 50, kPageMax = 200;  ///< rows of a list, where it says no other
inline constexpr int kStatesMax = 20;                    ///< that a list asks for

/// What each of them works with; everything outlives it.
struct Parts : owner::Parts {
  RulesReader& rules;
  const Boundaries& boundaries;
};

/// Rows for FillPage where not all that are found may be shown: as many as show whether another
/// page follows. `find_next` finds up to `size` + 1 behind those it has found, `drop` takes out
/// what may not be shown. The page goes on behind a row that is shown: a token can be read, and
/// says nothing of others.
template <class FindNext, class Drop>
auto FindShown(int size, const FindNext& find_next, const Drop& drop) {
  const auto full = static_cast<std::size_t>(size);
  decltype(find_next()) shown;
  for (bool has_more = true; has_more && shown.size() <= full;) {
    auto found = find_next();
    has_more = found.size() > full;
    drop(found);
    std::move(found.begin(), found.end(), std::back_inserter(shown));
  }
  return shown;
}

}  // namespace lienthong::hotline
