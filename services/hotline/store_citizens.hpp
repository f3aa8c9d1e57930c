#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hotline/store.hpp"

/// SQL of the citizens' side.
namespace lienthong::hotline {

/// What a code belongs to.
struct CodeOwner {
  ReportId report_id;
  TicketId ticket_id;
  bool anonymous = false;
  std::string phone;
  std::string email;
};
std::optional<CodeOwner> SelectByCode(pg::Tx& tx, const std::string& code);

/// May everybody know of it?
bool IsPublic(pg::Tx& tx, const TicketId& id);

struct PublicQuery {
  std::vector<std::string> category_ids;  ///< empty = all
  std::vector<std::string> communes;      ///< their units; empty = all
  std::optional<base::Time> from;
  std::optional<base::Time> to;
  std::optional<bool> answered;
  bool published = false;
  std::string words;  ///< a tsquery; empty = all
  ListPlace after;
  int limit = 0;
};
/// Newest first.
std::vector<TicketId> FindPublicTickets(pg::Tx& tx, const PublicQuery& query);

}  // namespace lienthong::hotline
