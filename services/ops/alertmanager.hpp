#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ops/calls.hpp"
#include "platform/base/clock.hpp"

namespace lienthong::ops {

/// A silence of Alertmanager.
struct Silence {
  std::string id;
  std::string state;     ///< "active", "pending", "expired"
  std::string matchers;  ///< as Alertmanager writes them: unit="H09.718"
  std::string created_by;
  std::string comment;
  base::Time starts_at{};
  base::Time ends_at{};
};

/// Alertmanager's API v2 by HTTP, at most 1 MiB an answer, through no proxy. What it does not
/// understand is a fault, never an empty answer.
class Alertmanager {
 public:
  /// `url` without a slash at its end.
  Alertmanager(std::string url, Deadline deadline) : url_(std::move(url)), deadline_(deadline) {}

  /// Makes a silence of all alerts whose label `unit` is this one; its id.
  Asked<std::string> SilenceUnit(const std::string& unit, const Silence& silence) const;
  /// In force and to come, those that end first first.
  Asked<std::vector<Silence>> List() const;
  /// nullopt inside = there is no such silence.
  Asked<std::optional<Silence>> Find(const std::string& id) const;
  Asked<bool> End(const std::string& id) const;

 private:
  struct Reply {
    long status = 0;
    std::string body;
  };
  /// An HTTP call; an answer of any status.
  Asked<Reply> Send(const char* method, const std::string& path, const std::string& body) const;

  std::string url_;
  Deadline deadline_;
};

}  // namespace lienthong::ops
