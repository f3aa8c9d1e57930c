#include "document/register.hpp"

namespace lienthong::document {
namespace {

const std::string kReplacedBy = "Được thay thế bởi ";
constexpr double kDayWeight = 1.25;  ///< of a column in which "10/07/2019" stands in one line

std::string DayOf(const std::optional<base::Time>& time) {
  if (!time) return {};
  return DayText(base::DayInVietnam(*time));
}

/// Tên loại và trích yếu nội dung.
std::string TypeAndSubject(const RegisteredDocument& document) {
  if (document.subject.empty()) return document.type_name;
  return document.type_name.empty() ? document.subject
                                    : document.type_name + " " + document.subject;
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
      return "Đã gửi";
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

const char* NoteOf(const WorkingFile& file) {
  switch (file.state) {
    case FileState::kPlanned:
      return "Chưa lập";
    case FileState::kOpen:
      return "Đang lập";
    case FileState::kClosed:
      return "Đã kết thúc";
    case FileState::kArchived:
      return "Đã nộp lưu trữ";
    case FileState::kDestroying:
    case FileState::kDestroyed:
      return "Đã hủy";
  }
  return "";
}

/// Nothing for 0: not known.
std::string CountText(int count) { return count == 0 ? std::string() : std::to_string(count); }

std::string NoteOf(const IncomingLine& line) {
  if (line.state == DeliveryState::kRecalled) return ProgressOf(*line.state);
  return line.replaced_by.empty() ? "" : kReplacedBy + line.replaced_by;
}

}  // namespace

std::string DayText(const std::optional<Day>& day) {
  if (!day) return {};
  const std::string iso = base::FormatDay(*day);
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4);
}

std::vector<Column> ColumnsOf(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::kOutgoing:
      return {{"Số, ký hiệu văn bản", 1.2},
              {"Ngày tháng văn bản", kDayWeight},
              {"Tên loại và trích yếu nội dung văn bản", 3},
              {"Người ký", 1.3},
              {"Nơi nhận văn bản", 2},
              {"Đơn vị, người nhận bản lưu", 1},
              {"Số lượng bản", 0.85},
              {"Ngày chuyển", kDayWeight},
              {"Ký nhận", 0.8},
              {"Ghi chú", 1.2}};
    case RegisterKind::kIncoming:
      return {{"Ngày đến", kDayWeight},
              {"Số đến", 0.7},
              {"Tác giả", 1.6},
              {"Số, ký hiệu văn bản", 1.2},
              {"Ngày tháng văn bản", kDayWeight},
              {"Tên loại và trích yếu nội dung văn bản", 3},
              {"Đơn vị hoặc người nhận", 1.5},
              {"Ngày chuyển", kDayWeight},
              {"Ký nhận", 0.8},
              {"Ghi chú", 1}};
    case RegisterKind::kFiles:
      return {{"STT", 0.5},
              {"Số, ký hiệu hồ sơ", 1.2},
              {"Tiêu đề hồ sơ", 3.5},
              {"Thời gian tài liệu", 1.5},
              {"Thời hạn bảo quản", 1},
              {"Số tài liệu", 0.7},
              {"Số trang", 0.7},
              {"Ghi chú", 1.2}};
    case RegisterKind::kFileDocuments:
      return {{"STT", 0.5},
              {"Số, ký hiệu văn bản", 1.3},
              {"Ngày tháng văn bản", kDayWeight},
              {"Tên loại và trích yếu nội dung văn bản", 4},
              {"Tác giả văn bản", 2},
              {"Số trang", 0.7},
              {"Ghi chú", 1}};
    case RegisterKind::kSentStates:
      return {{"Trạng thái", 3}, {"Số lượt gửi", 1}};
    case RegisterKind::kArrivedStates:
      return {{"Trạng thái", 3}, {"Số văn bản", 1}};
    case RegisterKind::kHandling:
      break;
  }
  return {{"Số đến", 0.7},
          {"Tên loại, số, ký hiệu, ngày tháng và tác giả văn bản", 4},
          {"Đơn vị hoặc người nhận", 1.5},
          {"Thời hạn giải quyết", kDayWeight},
          {"Tiến độ giải quyết", 1},
          {"Số, ký hiệu văn bản trả lời", 1.3},
          {"Ghi chú", 1}};
}

const char* TitleOf(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::kOutgoing:
      return "SỔ ĐĂNG KÝ VĂN BẢN ĐI";
    case RegisterKind::kIncoming:
      return "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN";
    case RegisterKind::kHandling:
      return "SỔ THEO DÕI GIẢI QUYẾT VĂN BẢN ĐẾN";
    case RegisterKind::kFiles:
      return "MỤC LỤC HỒ SƠ";
    case RegisterKind::kSentStates:
      return "BÁO CÁO TÌNH HÌNH GỬI VĂN BẢN ĐI";
    case RegisterKind::kArrivedStates:
      return "BÁO CÁO TÌNH HÌNH GIẢI QUYẾT VĂN BẢN ĐẾN";
    case RegisterKind::kFileDocuments:
      break;
  }
  return "MỤC LỤC VĂN BẢN, TÀI LIỆU";
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
          CountText(document.copy_count),
          DayOf(line.sent_at),
          "",
          line.change.empty() ? NoteOf(line.number) : line.change};
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
            NoteOf(line)};
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
          line.replaced_by.empty() ? "" : kReplacedBy + line.replaced_by};
}

std::vector<std::string> CellsOf(const FileItemLine& line) {
  const RegisteredDocument& document = line.document;
  return {std::to_string(line.ordinal),
          document.code,
          DayText(document.date),
          TypeAndSubject(document),
          document.sender_name,
          CountText(line.page_count),
          line.state == FileItemState::kErased ? "Đã hủy" : ""};
}

std::vector<std::string> CellsOf(const WorkingFile& file, int order, bool readable) {
  const std::string first = std::to_string(order);
  if (!readable) return {first, file.notation, "", "", "", "", "", NoteOf(file)};
  std::string time = DayText(file.start_date);
  if (file.end_date) time += " - " + DayText(file.end_date);
  return {first,
          file.notation,
          file.title,
          time,
          TextOf(file.retention),
          CountText(file.document_count),
          CountText(file.page_count),
          NoteOf(file)};
}

std::vector<std::string> CellsOf(const std::optional<DeliveryState>& state, std::int64_t count) {
  return {state ? ProgressOf(*state) : "Trong đó: quá hạn", std::to_string(count)};
}

std::string TextOf(const Retention& retention) {
  return retention.permanent ? "Vĩnh viễn" : std::to_string(retention.years) + " năm";
}

}  // namespace lienthong::document
