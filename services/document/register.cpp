#include "document/register.hpp"

#include <string_view>

namespace lienthong::document {
namespace {

/// "10/07/2019", as registers are written.
std::string DayText(const std::optional<Day>& day) {
  if (!day) return {};
  const std::string iso = base::FormatDay(*day);
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4);
}

std::string DayOf(const std::optional<base::Time>& time) {
  if (!time) return {};
  return DayText(base::DayInVietnam(*time));
}

/// Tên loại và trích yếu nội dung.
std::string TypeAndSubject(const RegisteredDocument& document) {
  if (document.subject.empty()) return document.type_name;
  return document.type_name + " " + document.subject;
}

std::string NoteOf(const BookNumber& number) {
  switch (number.state) {
    case NumberState::kReserved:
      return "Số dự trữ: " + number.reason;
    case NumberState::kVoid:
      return "Hủy số: " + number.reason;
    case NumberState::kTaken:
      return "Chưa ban hành";
    case NumberState::kDocument:
      break;
  }
  return {};
}

const char* ProgressOf(DeliveryState state) {
  switch (state) {
    case DeliveryState::kSent:
    case DeliveryState::kArrived:
      return "Đã đến";
    case DeliveryState::kRefused:
      return "Từ chối";
    case DeliveryState::kEntered:
      return "Đã vào sổ";
    case DeliveryState::kAssigned:
      return "Đã phân công";
    case DeliveryState::kProcessing:
      return "Đang xử lý";
    case DeliveryState::kCompleted:
      return "Hoàn thành";
    case DeliveryState::kRecalled:
      return "Đã thu hồi";
  }
  return "";
}

bool IsFormula(const std::string& cell) {
  return !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
}

}  // namespace

std::vector<std::string> ColumnsOf(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::kOutgoing:
      return {"Số, ký hiệu văn bản",
              "Ngày tháng văn bản",
              "Tên loại và trích yếu nội dung văn bản",
              "Người ký",
              "Nơi nhận văn bản",
              "Đơn vị, người nhận bản lưu",
              "Số lượng bản",
              "Ngày chuyển",
              "Ký nhận",
              "Ghi chú"};
    case RegisterKind::kIncoming:
      return {"Ngày đến",
              "Số đến",
              "Tác giả",
              "Số, ký hiệu văn bản",
              "Ngày tháng văn bản",
              "Tên loại và trích yếu nội dung văn bản",
              "Đơn vị hoặc người nhận",
              "Ngày chuyển",
              "Ký nhận",
              "Ghi chú"};
    case RegisterKind::kHandling:
      break;
  }
  return {"Số đến",
          "Tên loại, số, ký hiệu, ngày tháng và tác giả văn bản",
          "Đơn vị hoặc người nhận",
          "Thời hạn giải quyết",
          "Tiến độ giải quyết",
          "Số, ký hiệu văn bản trả lời",
          "Ghi chú"};
}

std::vector<std::string> CellsOf(const OutgoingLine& line) {
  const RegisteredDocument& document = line.document;
  const std::string code = document.code.empty()
                               ? NumberText(line.number.number, line.number.letter, kDigitsMin)
                               : document.code;
  return {code,
          DayText(document.date),
          TypeAndSubject(document),
          document.signer_name,
          document.recipients,
          "",
          document.copy_count == 0 ? std::string() : std::to_string(document.copy_count),
          DayOf(line.sent_at),
          "",
          NoteOf(line.number)};
}

std::vector<std::string> CellsOf(const IncomingLine& line, RegisterKind kind) {
  const RegisteredDocument& document = line.document;
  const std::string day = DayText(document.date);
  if (kind == RegisterKind::kIncoming) {
    return {DayText(line.arrival_date),
            line.arrival_code,
            document.sender_name,
            document.code,
            day,
            TypeAndSubject(document),
            line.assignees,
            DayOf(line.assigned_at),
            "",
            line.state == DeliveryState::kRecalled ? ProgressOf(*line.state) : ""};
  }
  std::string what = document.type_name;
  for (const std::string& part : {document.code, day, document.sender_name}) {
    if (!part.empty()) what += (what.empty() ? "" : ", ") + part;
  }
  return {line.arrival_code,
          what,
          line.assignees,
          DayOf(line.deadline),
          line.state ? ProgressOf(*line.state) : "",
          line.answering_code,
          ""};
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    line += '"';
    if (IsFormula(cell)) line += '\'';
    for (const char c : cell) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace lienthong::document
