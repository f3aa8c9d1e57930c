#pragma once

#include <memory>
#include <optional>
#include <string>

#include "document/service_access.hpp"
#include "document/service_parts.hpp"
#include "document/store_reports.hpp"
#include "document/table.hpp"
#include "lienthong/document/v1/reports.pb.h"

namespace lienthong::document {

/// The use cases of ReportService. Any thread; lives as long as the process.
class ReportService {
 public:
  explicit ReportService(const Parts& parts) : parts_(parts) {}

  v1::StatusReport GetStatusReport(const Call& call, const v1::GetStatusReportRequest& request);
  v1::GetIndicatorsResponse GetIndicators(const Call& call,
                                          const v1::GetIndicatorsRequest& request);

  /// One ExportRegister: fills one message after the other, false at the end. Each page of lines is
  /// a transaction of its own, with the rights of that moment.
  class Export {
   public:
    Export(const Parts& parts, const v1::ExportRegisterRequest& request);
    bool Next(const Call& call, v1::ReportChunk* chunk);

   private:
    std::unique_ptr<Table> Begin(const Call& call);
    /// Lines behind the last ones; none at the end.
    RegisterLines ReadLines(const Call& call);

    Parts parts_;
    v1::ExportRegisterRequest request_;
    std::optional<Period> period_;  ///< of a status report
    std::unique_ptr<Table> table_;
    std::string after_;  ///< place of the last line
    bool ended_ = false;
  };
  Export ExportRegister(const v1::ExportRegisterRequest& request) const {
    return {parts_, request};
  }

 private:
  Parts parts_;
};

}  // namespace lienthong::document
