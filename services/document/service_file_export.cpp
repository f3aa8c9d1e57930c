#include <algorithm>

#include "document/register.hpp"
#include "document/service_files.hpp"
#include "document/service_requests.hpp"
#include "document/store_reports.hpp"
#include "document/table.hpp"
#include "platform/pg/columns.hpp"

namespace lienthong::document {
namespace {

using pg::Tx;

constexpr int kItemsAtOnce = 100;
constexpr std::size_t kOrdinalDigits = 4;

/// What goes into the bag of a file.
struct Contents {
  WorkingFile file;
  std::unique_ptr<Table> list;       ///< mục lục văn bản, tài liệu
  std::unique_ptr<Table> documents;  ///< metadata of the documents
  std::vector<BagFile> files;
  std::vector<std::optional<DocumentId>> documents_of_files;  ///< parallel
  int omitted = 0;  ///< documents that the official may not read
};

std::string Padded(int ordinal) {
  const std::string digits = std::to_string(ordinal);
  return std::string(kOrdinalDigits - std::min(kOrdinalDigits, digits.size()), '0') + digits;
}

/// Names of the columns are those of NĐ 30/2020, App. VI.
std::unique_ptr<Table> DocumentTable() {
  return CsvTable({{"DocOrdinal"},
                   {"OrganName"},
                   {"CodeNumber"},
                   {"CodeNotation"},
                   {"IssuedDate"},
                   {"TypeName"},
                   {"Subject"},
                   {"Description"},
                   {"Language"},
                   {"PageAmount"},
                   {"Position"},
                   {"FullName"},
                   {"Priority"},
                   {"IssuedAmount"},
                   {"DueDate"},
                   {"ArrivalDate"},
                   {"ArrivalNumber"}});
}

/// `arrival`: the unit's own, if it got the document.
std::vector<std::string> DocumentCells(int ordinal, const Document& document,
                                       const std::optional<Incoming>& arrival) {
  const Content& content = document.content;
  const Numbered& numbered = content.numbered.value();
  const std::size_t slash = numbered.code.find('/');
  const Signer signer = content.signer.value_or(Signer{});
  return {std::to_string(ordinal),
          document.sender_name,
          numbered.code.substr(0, slash),
          slash == std::string::npos ? std::string() : numbered.code.substr(slash + 1),
          base::FormatDay(numbered.document_date),
          content.type.name,
          content.subject,
          content.summary,
          "Tiếng Việt",
          std::to_string(content.page_count),
          signer.position,
          signer.full_name,
          std::to_string(static_cast<int>(content.urgency) - 1),
          std::to_string(content.copy_count),
          pg::DayText(content.due_date),
          arrival ? base::FormatDay(arrival->arrival_date) : std::string(),
          arrival ? std::to_string(arrival->arrival_number) : std::string()};
}

std::string FileMetadata(const WorkingFile& file) {
  const std::vector<std::pair<const char*, std::string>> fields{
      {"FileCode", file.unit_id + "." + std::to_string(file.year) + "." + file.notation},
      {"OrganId", file.unit_id},
      {"FileCatalog", std::to_string(file.year)},
      {"FileNotation", file.notation},
      {"Title", file.title},
      {"Maintenance", TextOf(file.retention)},
      {"Rights", file.restricted ? "Hạn chế" : "Không hạn chế"},
      {"Creator", file.official_id},
      {"StartDate", pg::DayText(file.start_date)},
      {"EndDate", pg::DayText(file.end_date)},
      {"DocTotal", std::to_string(file.document_count)},
      {"PageTotal", std::to_string(file.page_count)}};
  const auto table = CsvTable({{"Field"}, {"Value"}});
  for (const auto& [name, value] : fields) table->Add({name, value});
  return table->Written();
}

void AddFiles(Contents& contents, int ordinal, const std::vector<Attachment>& attachments,
              const std::optional<DocumentId>& document_id) {
  int number = 0;
  for (const Attachment& attachment : attachments) {
    const std::string name = std::to_string(++number) + "-" + attachment.name;
    contents.files.push_back(
        {"van-ban/" + Padded(ordinal) + "/" + name, attachment.sha256, attachment.size_bytes, {}});
    contents.documents_of_files.push_back(document_id);
  }
}

/// Of the documents among them that the official may read.
void AddItems(Tx& tx, Sight& sight, const std::vector<Stored<FileItem>>& items,
              Contents& contents) {
  std::vector<DocumentId> ids;
  for (const auto& [item, version] : items) {
    if (item.document_id) ids.push_back(*item.document_id);
  }
  const auto documents = SelectDocuments(tx, ids);
  const auto arrivals = SelectArrivals(tx, ids, sight.Official().units);
  for (const Stored<FileItem>& stored : items) {
    const FileItem& item = stored.value;
    if (item.attachment) AddFiles(contents, item.ordinal, {*item.attachment}, {});
    if (!item.document_id) continue;
    const auto document = std::find_if(documents.begin(), documents.end(), [&](const auto& one) {
      return one.value.id == *item.document_id;
    });
    if (document == documents.end() || !sight.MaySee(document->value)) {
      if (item.state == FileItemState::kFiled) ++contents.omitted;
      continue;
    }
    const auto arrival = std::find_if(arrivals.begin(), arrivals.end(), [&](const auto& one) {
      return one.document_id == *item.document_id;
    });
    contents.documents->Add(
        DocumentCells(item.ordinal, document->value,
                      arrival == arrivals.end() ? std::nullopt : std::optional(*arrival)));
    AddFiles(contents, item.ordinal, document->value.content.attachments, item.document_id);
  }
}

Contents ReadContents(Tx& tx, Sight& sight, const FileId& id) {
  Contents contents{sight.FindFile(id).value,
                    CsvTable(ColumnsOf(RegisterKind::kFileDocuments)),
                    DocumentTable(),
                    {},
                    {}};
  RegisterQuery query{RegisterKind::kFileDocuments, 0, id, "", kItemsAtOnce, {}, {}};
  for (;;) {
    RegisterLines lines = SelectRegisterLines(tx, sight.Official(), query);
    if (lines.cells.empty()) break;
    for (const auto& cells : lines.cells) contents.list->Add(cells);
    query.after = lines.after;
  }
  int after = 0;
  for (;;) {
    const auto ids = FindFileItems(tx, id, after, kItemsAtOnce);
    if (ids.empty()) return contents;
    const auto items = InOrder(ids, SelectFileItems(tx, ids));
    AddItems(tx, sight, items, contents);
    after = items.back().value.ordinal;
  }
}

}  // namespace

WorkingFileService::Export::Export(const Parts& parts, files::Files& files,
                                   const v1::ExportFileRequest& request)
    : parts_(parts), files_(files), id_(ToFileId(request.file_id())) {}

std::unique_ptr<Bag> WorkingFileService::Export::Begin(const Call& call) {
  Contents contents = parts_.pool.Transact(call.deadline, [&](Tx& tx) {
    Sight sight(tx, call, parts_);
    return ReadContents(tx, sight, id_);
  });
  std::vector<BagFile> payload{TextFile("ho-so.csv", FileMetadata(contents.file)),
                               TextFile("muc-luc-van-ban.csv", contents.list->Written()),
                               TextFile("van-ban.csv", contents.documents->Written())};
  for (std::size_t i = 0; i < contents.files.size(); ++i) {
    if (contents.documents_of_files[i]) {
      document_of_["data/" + contents.files[i].path] = *contents.documents_of_files[i];
    }
    payload.push_back(std::move(contents.files[i]));
  }
  return std::make_unique<Bag>(
      std::vector<std::pair<std::string, std::string>>{
          {"Source-Organization", contents.file.unit_id},
          {"External-Identifier", contents.file.id.text},
          {"Bagging-Date", base::FormatDay(base::DayInVietnam(call.time))},
          {"Omitted-Documents", std::to_string(contents.omitted)}},
      std::move(payload), [this](const BagFile& file, std::int64_t offset) {
        const auto document = document_of_.find(file.path);
        if (document != document_of_.end() && (offset == 0 || !is_seen_)) {
          parts_.pool.Transact(call_->deadline, [&](Tx& tx) {
            Sight(tx, *call_, parts_).FindDocument(document->second);
          });
        }
        is_seen_ = true;
        return files_.ReadPiece(file.sha256, offset);
      });
}

bool WorkingFileService::Export::Next(const Call& call, v1::FileExportChunk* chunk) {
  call_ = &call;
  if (!bag_) bag_ = Begin(call);
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_at_ >= kSightInterval) {
    parts_.pool.Transact(call.deadline, [&](Tx& tx) { Sight(tx, call, parts_).FindFile(id_); });
    looked_at_ = now;
    is_seen_ = false;  // of the document whose file is going out too
  }
  return bag_->Next(chunk->mutable_data());
}

}  // namespace lienthong::document
