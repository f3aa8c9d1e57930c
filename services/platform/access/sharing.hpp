#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lienthong/directory/v1/records.pb.h"
#include "platform/base/clock.hpp"
#include "platform/journal/record.hpp"
#include "platform/pg/database.hpp"

namespace lienthong::access {

/// The sharing rules as of one directory change: which unit serves a commune, who carries whom,
/// which agreements are active. Immutable; read by `records` to compute audiences.
class Sharing {
 public:
  Sharing(std::vector<directory::v1::Unit> units, std::vector<directory::v1::Agreement> agreements);

  /// Unit of a commune, district or province code of the statistics office (codes are reused: only
  /// units not closed, or closed ones when no other has the code); nullptr = unknown.
  const directory::v1::Unit* FindByGsoCode(const std::string& code) const;
  /// Unit by its code of QCVN 102:2016/BTTTT, also in a short form ("13.H09" of "000.00.13.H09");
  /// nullptr = unknown.
  const directory::v1::Unit* FindByCode102(const std::string& code) const;
  /// nullptr = unknown.
  const directory::v1::Unit* Find(const std::string& code) const;
  /// Adds the carriers of `unit` as a ground: of the unit itself, or, when it is closed and exactly
  /// one unit continues it, of that one; a unit split among several is left to a person.
  void AddUnit(const std::string& unit, const std::string& view, journal::Audience& audience,
               const std::vector<std::string>& views_widest_first) const;
  /// Grounds by territory: AddUnit of the unit of a commune and of the district above it; nothing
  /// for a commune code that is unknown.
  void AddTerritory(const std::string& commune_code, const std::string& view,
                    journal::Audience& audience,
                    const std::vector<std::string>& views_widest_first) const;
  /// Adds the carriers of consumers of active agreements on `record_type`.
  void AddAgreements(const std::string& record_type, journal::Audience& audience,
                     const std::vector<std::string>& views_widest_first) const;
  /// Does `carrier` see every record of a type through an agreement, and in which view?
  std::optional<std::string> AgreementView(
      const std::string& record_type, const std::string& carrier,
      const std::vector<std::string>& views_widest_first) const;
  /// GSO commune codes whose records `carrier` sees by AddTerritory.
  std::vector<std::string> CommunesSeenBy(const std::string& carrier) const;
  std::string CarrierOf(const std::string& unit) const;
  /// Who has what a unit had: itself, or, when it is closed and exactly one unit continues it, that
  /// one; nullptr for an unknown unit and for one that is split among several or not continued.
  const directory::v1::Unit* HeirOf(const std::string& unit) const;
  /// Closed units that exactly one unit continues -> that one.
  std::map<std::string, std::string> Successions() const;
  /// Closed units that are split among several, or not continued.
  std::vector<std::string> Uncontinued() const;
  /// Closed units that were split among several, of which `unit` is one.
  std::vector<std::string> SplitInto(const std::string& unit) const;

  /// Stands for all rules that concern a record type: another number for other units, or other
  /// active agreements on it. The same in every process.
  std::int64_t Mark(const std::string& record_type) const;

 private:
  /// Is `unit` among the successors of a closed one, or theirs?
  bool IsContinuedBy(const directory::v1::Unit& closed, const std::string& unit, int steps) const;

  void MakeMarks();

  std::map<std::string, directory::v1::Unit> units_;
  std::map<std::string, std::string> by_gso_code_;    ///< code of the statistics office -> unit
  std::map<std::string, std::string> by_code102_;     ///< code of QCVN 102 -> unit
  std::vector<directory::v1::Agreement> agreements_;  ///< active ones of units that are open
  std::map<std::string, std::int64_t> marks_;         ///< by record type; "" -> of the units alone
};

/// Reads the sharing rules from a service's own feed tables, inside the transaction and once in it;
/// parses them again only when they changed. Any thread.
class SharingReader {
 public:
  /// Throws kUnavailable DIRECTORY_STALE while the directory's records for everyone have never been
  /// whole here (a new database, or one that starts over): from a part of the rules, audiences
  /// would lack units that may see a record.
  std::shared_ptr<const Sharing> Read(pg::Tx& tx);

 private:
  std::shared_ptr<const Sharing> ReadNow(pg::Tx& tx);

  std::mutex mutex_;
  std::int64_t changes_ = -1;  ///< that `last_` includes
  std::shared_ptr<const Sharing> last_;
};

}  // namespace lienthong::access
