#include "document/service_reports.hpp"

#include <chrono>
#include <tuple>

#include "document/service_requests.hpp"
#include "document/store_reports.hpp"

namespace lienthong::document {
namespace {

using pg::Tx;

constexpr int kLinesAtOnce = 100;
constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr int kFirstYear = 1900, kLastYear = 2199;
constexpr int kDaysMax = 3660;
constexpr const char* kByteOrderMark = "\xEF\xBB\xBF";
constexpr double kSecondsOfHour = 3600;

/// Whole days in Vietnam.
Period ToPeriod(const std::string& from, const std::string& to) {
  const Day first = base::CheckDay(from, "date_from");
  const Day last = base::CheckDay(to, "date_to");
  const auto begin = std::chrono::sys_days(first);
  const auto end = std::chrono::sys_days(last) + std::chrono::days(1);
  if (end <= begin || end - begin > std::chrono::days(kDaysMax)) {
    throw base::InvalidField("date_to", "must be a day from date_from on, within ten years");
  }
  return {base::Time(begin) - base::kVietnamOffset, base::Time(end) - base::kVietnamOffset};
}

/// A share; not known when there is nothing to share.
v1::Indicator Share(const char* code, const char* name, std::int64_t numerator,
                    std::int64_t denominator) {
  v1::Indicator indicator;
  indicator.set_code(code);
  indicator.set_name(name);
  indicator.set_numerator(numerator);
  indicator.set_denominator(denominator);
  if (denominator > 0) {
    indicator.set_value(static_cast<double>(numerator) / static_cast<double>(denominator));
  }
  return indicator;
}

}  // namespace

v1::StatusReport ReportService::GetStatusReport(const Call& call,
                                                const v1::GetStatusReportRequest& request) {
  if (request.direction() == v1::BOOK_DIRECTION_UNSPECIFIED) {
    throw base::InvalidField("direction", "is required");
  }
  const auto direction = static_cast<BookDirection>(request.direction());
  const Period period = ToPeriod(request.date_from(), request.date_to());
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    v1::StatusReport report;
    std::int64_t overdue = 0;
    for (const StateCount& count : CountDeliveries(tx, call.unit, direction, period)) {
      v1::StatusCount* const added = report.add_counts();
      added->set_state(static_cast<v1::DeliveryState>(static_cast<int>(count.state)));
      added->set_count(count.count);
      overdue += count.overdue;
    }
    report.set_overdue(overdue);
    return report;
  });
}

v1::GetIndicatorsResponse ReportService::GetIndicators(const Call& call,
                                                       const v1::GetIndicatorsRequest& request) {
  const Period period = ToPeriod(request.date_from(), request.date_to());
  const Figures figures = parts_.pool.Transact(
      call.deadline, [&](Tx& tx) { return SelectFigures(tx, call.unit, period); });
  v1::GetIndicatorsResponse response;
  // Sign-off in the system is no digital signature: not known until there are some.
  v1::Indicator* const as_signed = response.add_indicators();
  as_signed->set_code("DOCUMENT_SIGNED_SHARE");
  as_signed->set_name("Tỷ lệ văn bản đi ký số");
  *response.add_indicators() =
      Share("DOCUMENT_ELECTRONIC_SHARE", "Tỷ lệ văn bản gửi hoàn toàn điện tử", figures.electronic,
            figures.sent);
  *response.add_indicators() = Share("DOCUMENT_OVERDUE_SHARE", "Tỷ lệ văn bản đến quá hạn",
                                     figures.overdue, figures.received);
  *response.add_indicators() =
      Share("DOCUMENT_COMPLETED_SHARE", "Tỷ lệ văn bản đến đã hoàn thành (06/03)",
            figures.completed, figures.entered);
  v1::Indicator* const hours = response.add_indicators();
  hours->set_code("DOCUMENT_HANDLING_HOURS");
  hours->set_name("Thời gian xử lý trung bình, giờ");
  hours->set_denominator(figures.completed);
  if (figures.completed > 0) {
    hours->set_value(static_cast<double>(figures.handling_seconds) / kSecondsOfHour /
                     static_cast<double>(figures.completed));
  }
  return response;
}

ReportService::Export::Export(const Parts& parts, const v1::ExportRegisterRequest& request)
    : parts_(parts), request_(request) {
  if (request.kind() == v1::REGISTER_KIND_UNSPECIFIED) {
    throw base::InvalidField("kind", "is required");
  }
  if (request.year() < kFirstYear || request.year() > kLastYear) {
    throw base::InvalidField("year", "must be between 1900 and 2199");
  }
}

std::optional<ReportService::Export::Lines> ReportService::Export::ReadLines(const Call& call) {
  const auto kind = static_cast<RegisterKind>(static_cast<int>(request_.kind()));
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) -> std::optional<Lines> {
    const Sight sight(tx, call, parts_);
    const Reader& reader = sight.Official();
    Lines read{"", after_, after_number_};
    if (kind == RegisterKind::kOutgoing) {
      const auto lines = SelectOutgoingLines(tx, reader, request_.year(), after_, kLinesAtOnce);
      if (lines.empty()) return std::nullopt;
      for (const OutgoingLine& line : lines) read.text += CsvLine(CellsOf(line));
      read.after = PlaceOf(lines.back());
      return read;
    }
    const auto lines =
        SelectIncomingLines(tx, reader, request_.year(), after_number_, kLinesAtOnce);
    if (lines.empty()) return std::nullopt;
    for (const IncomingLine& line : lines) read.text += CsvLine(CellsOf(line, kind));
    read.after_number = lines.back().arrival_number;
    return read;
  });
}

bool ReportService::Export::Next(const Call& call, v1::ReportChunk* chunk) {
  if (!begun_) {
    begun_ = true;
    const auto kind = static_cast<RegisterKind>(static_cast<int>(request_.kind()));
    text_ = kByteOrderMark + CsvLine(ColumnsOf(kind));
  } else if (text_.empty()) {
    auto lines = ReadLines(call);
    if (!lines) return false;
    std::tie(text_, after_, after_number_) =
        std::tie(lines->text, lines->after, lines->after_number);
  }
  chunk->set_data(text_.substr(0, kChunkBytes));
  text_.erase(0, kChunkBytes);
  return true;
}

}  // namespace lienthong::document
