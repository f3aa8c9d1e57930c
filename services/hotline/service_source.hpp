#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/access/sharing.hpp"
#include "platform/journal/journal.hpp"

namespace lienthong::hotline {

/// Business tables -> records, for the audience sweep and the owner's scrub. Background threads;
/// lives as long as the process.
class Source final : public journal::RecordSource {
 public:
  explicit Source(access::SharingReader& sharing) : sharing_(sharing) {}

  std::vector<std::string> Types() const override;
  std::vector<journal::Record> Load(pg::Tx& tx, const std::string& type,
                                    const std::vector<std::string>& ids) override;
  std::int64_t SharingMark(pg::Tx& tx, const std::string& type) override;

 private:
  access::SharingReader& sharing_;
};

}  // namespace lienthong::hotline
