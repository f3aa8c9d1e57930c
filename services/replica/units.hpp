#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/feed/reader.hpp"
#include "platform/pg/database.hpp"
#include "replica/settings.hpp"
#include "replica/store.hpp"

namespace lienthong::replica {

/// One unit's copy: its database and the reader that fills it.
struct Unit {
  std::string code;
  Sets sets;
  kafka::ConnectOptions identity;  ///< the unit's own certificate
  std::unique_ptr<pg::Pool> pool;
  std::unique_ptr<feed::Reader> reader;  ///< stopped before its pool
};

/// The units of this process. Any thread; lives as long as the process.
class Units {
 public:
  /// `types`: owner -> record types that its feeds may bring.
  Units(const Settings& settings, base::Clock& clock,
        const std::map<std::string, std::vector<std::string>>& types = {});

  /// nullptr = not served here.
  const Unit* Find(const std::string& code) const;
  /// In code order.
  const std::vector<Unit>& All() const { return units_; }
  /// Does the database server answer?
  bool IsReady() const { return units_.front().pool->Ping(); }

  using OnApplied = std::function<void(const std::string& unit)>;
  /// While it lives, all readers run and `on_applied` is called after each batch of a unit.
  class Running {
   public:
    Running(Units& units, OnApplied on_applied);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    Units& units_;
  };

 private:
  void SetCallback(OnApplied on_applied);
  void Applied(const std::string& unit);

  std::mutex callback_mutex_;
  OnApplied on_applied_;
  std::vector<Unit> units_;
};

}  // namespace lienthong::replica
