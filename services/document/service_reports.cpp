#include "document/service_reports.hpp"

#include <chrono>

#include "document/register.hpp"
#include "document/service_requests.hpp"

namespace lienthong::document {
namespace {

using pg::Tx;

constexpr int kLinesAtOnce = 100;
constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr int kFirstYear = 1900, kLastYear = 2199;
constexpr int kDaysMax = 3660;
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
  return {base::StartOfDay(begin), base::StartOfDay(end)};
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
    for (const StateCount& count :
         CountDeliveries(tx, Sight(tx, call, parts_).Official(), direction, period)) {
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
  const Figures figures = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    return SelectFigures(tx, Sight(tx, call, parts_).Official(), period);
  });
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
  if (request.kind() == v1::REGISTER_KIND_FILE_DOCUMENTS) {
    if (request.file_id().empty()) throw base::InvalidField("file_id", "is required");
    return;
  }
  if (request.kind() == v1::REGISTER_KIND_STATUS_OUTGOING ||
      request.kind() == v1::REGISTER_KIND_STATUS_INCOMING) {
    period_ = ToPeriod(request.date_from(), request.date_to());
    return;
  }
  if (request.year() < kFirstYear || request.year() > kLastYear) {
    throw base::InvalidField("year", "must be between 1900 and 2199");
  }
}

std::unique_ptr<Table> ReportService::Export::Begin(const Call& call) {
  const auto kind = static_cast<RegisterKind>(static_cast<int>(request_.kind()));
  if (request_.format() != v1::REPORT_FORMAT_PDF) return CsvTable(ColumnsOf(kind));
  std::string title = TitleOf(kind);
  if (kind == RegisterKind::kFileDocuments) {
    title += "\n" + parts_.pool.Transact(call.deadline, [&](Tx& tx) {
      const auto file = Sight(tx, call, parts_).FindFile(ToFileId(request_.file_id())).value;
      return "Hồ sơ " + file.notation + ": " + file.title;
    });
  } else if (period_) {
    title += "\nTừ " + DayText(base::DayInVietnam(period_->from)) + " đến " +
             DayText(base::CheckDay(request_.date_to(), "date_to"));
  } else {
    title += "\nNăm " + std::to_string(request_.year());
  }
  const auto snapshot = parts_.snapshots.Current();
  const std::string of = request_.unit_id().empty() ? call.unit : request_.unit_id();
  if (const auto* const unit = snapshot->FindUnit(of)) title = unit->name() + "\n" + title;
  return PdfTable(title, ColumnsOf(kind));
}

RegisterLines ReportService::Export::ReadLines(const Call& call) {
  const auto kind = static_cast<RegisterKind>(static_cast<int>(request_.kind()));
  return parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    if (kind == RegisterKind::kFileDocuments) sight.FindFile(ToFileId(request_.file_id()));
    const auto name_of = [&](const std::string& unit_id, const std::string& official_id) {
      const auto* const unit = sight.Directory().FindUnit(unit_id);
      const std::string unit_name = unit == nullptr ? unit_id : unit->name();
      const auto name = NameOfOfficial(official_id, sight.Directory());
      if (official_id.empty()) return unit_name;
      const std::string who = name.value_or(official_id);
      return unit_id == call.unit ? who : who + " (" + unit_name + ")";
    };
    Reader reader = sight.Official();
    if (!request_.unit_id().empty()) {
      reader.unit_id = request_.unit_id();
      if (!IsOwn(reader.unit_id, call, sight.Rules())) {
        RequireSplitInto(reader.unit_id, call, sight.Rules());
        // Its restricted documents are with the part that took them over.
        reader.is_clerk = reader.is_leader = false;
        reader.positions.clear();
      }
      if (period_) reader.units = {reader.unit_id};  // counts of this unit alone
    }
    return SelectRegisterLines(tx, reader,
                               {kind,
                                request_.year(),
                                {request_.file_id()},
                                after_,
                                kLinesAtOnce,
                                name_of,
                                period_.value_or(Period{})});
  });
}

bool ReportService::Export::Next(const Call& call, v1::ReportChunk* chunk) {
  if (!table_) table_ = Begin(call);
  while (table_->Written().empty() && !ended_) {
    RegisterLines lines = ReadLines(call);
    for (const auto& cells : lines.cells) table_->Add(cells);
    after_ = lines.after;
    ended_ = lines.cells.empty();
    if (ended_) table_->End();
  }
  std::string& written = table_->Written();
  chunk->set_data(written.substr(0, kChunkBytes));
  written.erase(0, kChunkBytes);
  return !chunk->data().empty();
}

}  // namespace lienthong::document
