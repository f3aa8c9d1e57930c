// Working files through the generated stubs, on a real PostgreSQL and a real directory.
#include "platform/base/hash.hpp"
#include "support/document_working_files.hpp"
#include "support/zip.hpp"

namespace lienthong::document {

TEST_CASE("working files: planned by the list, opened, filled, closed and handed to the archive") {
  DocumentOwner owner;
  auto plan = PlanRequest(owner, "01.TCCB");
  plan.set_official_id(kExpert);
  const v1::WorkingFile planned = owner.Do(&WorkingFiles::PlanFile, plan, kClerk);
  CHECK(planned.id() == "H09.15:2019:01.TCCB");
  CHECK(planned.state() == v1::FILE_STATE_PLANNED);
  // The list says who opens it.
  CHECK(TryStep(owner, &WorkingFiles::OpenFile, planned.id(), "H09.15/deputy") == kNotAssigned);
  plan.set_request_id(owner.NewId());
  plan.set_title("Kiểm tra");
  CHECK(owner.Do(&WorkingFiles::PlanFile, plan, kClerk).version() == 2);
  const auto opened = owner.Step(&WorkingFiles::OpenFile, kExpert,
                                 [&](auto& request) { request.set_file_id(planned.id()); });
  CHECK(opened.start_date() == "2019-07-10");
  plan.set_request_id(owner.NewId());
  CHECK(owner.Try(&WorkingFiles::PlanFile, plan, kClerk) == kFileState);

  v1::DraftContent content = ContentTo({kWard});
  content.set_page_count(3);
  const v1::Document document = Issued(owner, content);
  const auto add = AddRequest(owner, planned.id(), document.id());
  const v1::FileItem item = owner.Do(&WorkingFiles::AddToFile, add, kExpert);
  CHECK(item.ordinal() == 1);
  CHECK(item.date() == "2019-07-10");
  CHECK(owner.Do(&WorkingFiles::AddToFile, add, kExpert).version() == item.version());
  CHECK(owner.Try(&WorkingFiles::AddToFile, AddRequest(owner, planned.id(), document.id()),
                  kExpert) == Outcome{grpc::ALREADY_EXISTS, "ALREADY_FILED"});
  auto material = owner.New<v1::AddToFileRequest>();
  material.set_file_id(planned.id());
  material.mutable_material()->set_title("Biên bản họp");
  material.mutable_material()->set_page_count(2);
  const auto upload = Uploaded(owner, "Biên bản.pdf", Pdf(1000));
  material.mutable_material()->set_upload_id(upload.id());
  const v1::FileItem minutes = owner.Do(&WorkingFiles::AddToFile, material, kExpert);
  CHECK(minutes.ordinal() == 2);
  std::string received;
  CHECK(Download(owner, DownloadRequest("file-item", minutes.id(), upload.sha256()), "H09.15/guest",
                 &received) == kDone);
  CHECK(received == Pdf(1000));
  CHECK(FileOf(owner, planned.id()).document_count() == 2);
  CHECK(FileOf(owner, planned.id()).page_count() == 5);

  auto remove = owner.New<v1::RemoveFromFileRequest>();
  remove.set_item_id(minutes.id());
  CHECK(owner.Try(&WorkingFiles::RemoveFromFile, remove, kExpert) == kFieldInvalid);
  remove.set_reason("Để nhầm hồ sơ");
  CHECK(owner.Do(&WorkingFiles::RemoveFromFile, remove, kExpert).removal_reason() ==
        "Để nhầm hồ sơ");
  received.clear();
  CHECK(Download(owner, DownloadRequest("file-item", minutes.id(), upload.sha256()), "H09.15/guest",
                 &received) == kNotFound);

  CHECK(TryStep(owner, &WorkingFiles::ArchiveFile, planned.id(), kClerk) == kFileState);
  const v1::WorkingFile closed = Closed(owner, planned.id());
  CHECK(closed.end_date() == "2019-07-10");
  // Within a year, to the end of that day.
  CHECK(closed.due().kind() == v1::DEADLINE_KIND_ARCHIVE);
  CHECK(closed.due().at().seconds() ==
        base::ParseTime("2020-07-10T17:00:00Z").time_since_epoch().count() / 1'000'000);
  CHECK(owner.Try(&WorkingFiles::AddToFile,
                  AddRequest(owner, planned.id(), Issued(owner, ContentTo({})).id()),
                  kExpert) == kFileState);
  const v1::WorkingFile archived = Archived(owner, planned.id());
  CHECK(archived.state() == v1::FILE_STATE_ARCHIVED);
  CHECK_FALSE(archived.has_due());
  CHECK(archived.archived_by_official_id() == kClerk);
  CHECK(owner.Events(planned.id()) ==
        "FilePlanned FilePlanChanged FileOpened FileFilled FileFilled FileFilled FileClosed"
        " FileArchived");
  CHECK(owner.SeenBy(planned.id()) == kDepartment);
  CHECK(owner.Defects().empty());
}

TEST_CASE("working files: what does not make sense is refused, and nothing is changed") {
  DocumentOwner owner;
  const auto refused = [&](const auto& set) {
    auto plan = PlanRequest(owner, "01");
    set(plan);
    return owner.Try(&WorkingFiles::PlanFile, plan, kClerk);
  };
  CHECK(refused([](auto& plan) { plan.set_year(1899); }) == kFieldInvalid);
  CHECK(refused([](auto& plan) { plan.set_notation("a/b"); }) == kFieldInvalid);
  CHECK(refused([](auto& plan) { plan.set_notation(std::string(21, 'x')); }) == kFieldInvalid);
  CHECK(refused([](auto& plan) { plan.set_title(""); }) == kFieldInvalid);
  CHECK(refused([](auto& plan) { plan.mutable_retention()->set_years(0); }) == kFieldInvalid);
  CHECK(refused([](auto& plan) { plan.mutable_retention()->set_permanent(true); }) ==
        kFieldInvalid);
  CHECK(refused([](auto& plan) { plan.set_official_id("H09.13/expert"); }) ==
        Outcome{grpc::INVALID_ARGUMENT, "OFFICIAL_NOT_OF_UNIT"});
  CHECK(owner.Count("working_file") == "0");
  CHECK(owner.Try(&WorkingFiles::PlanFile, PlanRequest(owner, "01"), kExpert) ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});

  const std::string file = Opened(owner, PlanRequest(owner, "01")).id();
  // A document that the unit has not got, and a file of somebody else.
  const std::string foreign = Issued(owner, ContentTo({kWard}), kOtherDepartment).id();
  CHECK(owner.Try(&WorkingFiles::AddToFile, AddRequest(owner, file, foreign), kExpert) ==
        kNotFound);
  const std::string own = Issued(owner, ContentTo({kWard})).id();
  CHECK(owner.Try(&WorkingFiles::AddToFile, AddRequest(owner, file, own), "H09.13/expert") ==
        kNotFound);
  CHECK(owner.Try(&WorkingFiles::AddToFile, AddRequest(owner, file, ""), kExpert) == kFieldInvalid);
  CHECK(TryStep(owner, &WorkingFiles::CloseFile, "H09.15:2019:02", kExpert) == kNotFound);
  auto close = owner.New<v1::CloseFileRequest>();
  close.set_file_id(file);
  close.set_end_date("2019-07-11");
  CHECK(owner.Try(&WorkingFiles::CloseFile, close, kExpert) == kFieldInvalid);
  // Retention only grows.
  auto extend = owner.New<v1::ExtendRetentionRequest>();
  extend.set_file_id(file);
  extend.mutable_retention()->set_years(10);
  CHECK(owner.Try(&WorkingFiles::ExtendRetention, extend, kClerk) ==
        Outcome{grpc::INVALID_ARGUMENT, "RETENTION_SHORTER"});
  extend.mutable_retention()->set_years(0);
  extend.mutable_retention()->set_permanent(true);
  CHECK(owner.Do(&WorkingFiles::ExtendRetention, extend, kClerk).retention().permanent());
  extend.set_request_id(owner.NewId());
  extend.mutable_retention()->set_permanent(false);
  extend.mutable_retention()->set_years(70);
  CHECK(owner.Try(&WorkingFiles::ExtendRetention, extend, kClerk) ==
        Outcome{grpc::INVALID_ARGUMENT, "RETENTION_SHORTER"});
  CHECK(owner.Defects().empty());
}

TEST_CASE(
    "working files: a restricted one is read by its keeper, clerks, leaders and who is named") {
  DocumentOwner owner;
  auto plan = PlanRequest(owner, "02.KL");
  plan.set_restricted(true);
  plan.set_official_id(kExpert);
  const std::string file = Opened(owner, plan).id();
  const std::string document = Issued(owner, ContentTo({})).id();
  const auto add = AddRequest(owner, file, document);
  const v1::FileItem item = owner.Do(&WorkingFiles::AddToFile, add, kExpert);
  v1::GetFileRequest get;
  get.set_file_id(file);
  v1::ListFileItemsRequest list;
  list.set_file_id(file);
  CHECK(owner.Try(&WorkingFiles::GetFile, get, "H09.15/guest") == kNotFound);
  CHECK(owner.Try(&WorkingFiles::ListFileItems, list, "H09.15/guest") == kNotFound);
  CHECK(FoundBy(owner, {}, "H09.15/guest").empty());
  for (const char* official : {"H09.15/expert", "H09.15/clerk", "H09.15/head"}) {
    CHECK(owner.Do(&WorkingFiles::ListFileItems, list, official).items_size() == 1);
    CHECK(FoundBy(owner, {}, official) == "02.KL");
  }
  // The copy of the unit has the number, no title and no documents.
  const auto limited = [&](const std::string& type) {
    return owner.Value("SELECT states[2] FROM journal WHERE record_type = '" + type +
                       "' ORDER BY id DESC LIMIT 1");
  };
  CHECK(limited("file").find("title") == std::string::npos);
  CHECK(limited("file").find("02.KL") != std::string::npos);
  CHECK(limited("file-item").find("\"documentId\"") == std::string::npos);
  CHECK(owner.Value("SELECT audience FROM head WHERE record_type = 'file-item'") ==
        "{\"H09.15\":\"limited\"}");

  auto readers = owner.New<v1::SetFileReadersRequest>();
  readers.set_file_id(file);
  readers.add_readers("position/guest");
  CHECK(owner.Try(&WorkingFiles::SetFileReaders, readers, "H09.15/guest") ==
        Outcome{grpc::PERMISSION_DENIED, "PERMISSION_MISSING"});
  owner.Do(&WorkingFiles::SetFileReaders, readers, kExpert);
  CHECK(FoundBy(owner, {}, "H09.15/guest") == "02.KL");
  // No longer named, the answer to a repeated call shows nothing either.
  readers.set_request_id(owner.NewId());
  readers.clear_readers();
  owner.Do(&WorkingFiles::SetFileReaders, readers, kExpert);
  auto reassign = owner.New<v1::ReassignFileRequest>();
  reassign.set_file_id(file);
  reassign.set_official_id("H09.15/deputy");
  owner.Do(&WorkingFiles::ReassignFile, reassign, kExpert);
  CHECK(owner.Do(&WorkingFiles::AddToFile, add, kExpert).document_id().empty());
  CHECK(owner.Try(&WorkingFiles::GetFile, get, kExpert) == kNotFound);
  CHECK(owner.Events(file).find("FileReadersSet FileReadersSet FileReassigned") !=
        std::string::npos);
}

TEST_CASE("working files: what is due for the archive is told, and may be kept back two years") {
  DocumentOwner owner;
  Scheduled scheduled(owner);
  const std::string kept = Opened(owner, PlanRequest(owner, "01")).id();
  const std::string brief = Opened(owner, PlanRequest(owner, "02", 4)).id();
  auto plan = PlanRequest(owner, "03");
  plan.set_construction(true);
  const std::string construction = Opened(owner, plan).id();
  for (const std::string& file : {kept, brief, construction}) Closed(owner, file);
  // Shorter than five years: it need not go there.
  CHECK_FALSE(FileOf(owner, brief).has_due());
  CHECK(FileOf(owner, construction).due().at().seconds() ==
        base::ParseTime("2019-10-10T17:00:00Z").time_since_epoch().count() / 1'000'000);
  owner.MoveClockTo("2019-10-11T01:00:00Z");
  scheduled.Run();
  CHECK(owner.Events(construction) == "FilePlanned FileOpened FileClosed DeadlinePassed");
  v1::ListFilesRequest overdue;
  overdue.set_mark(v1::DEADLINE_MARK_OVERDUE);
  CHECK(FoundBy(owner, overdue) == "03");
  v1::ListDeadlinesRequest deadlines;
  deadlines.set_mine(true);
  const auto mine = owner.Do(&Incomings::ListDeadlines, deadlines, kExpert);
  REQUIRE(mine.items_size() == 2);
  CHECK(mine.items(0).record_type() == "file");
  CHECK(mine.items(0).record_id() == construction);

  auto keep_back = owner.New<v1::KeepBackFileRequest>();
  keep_back.set_file_id(kept);
  keep_back.set_reason("Đang thanh tra");
  keep_back.set_until("2022-07-11");
  CHECK(owner.Try(&WorkingFiles::KeepBackFile, keep_back, kHead) == kFieldInvalid);
  keep_back.set_until("2020-07-10");
  CHECK(owner.Try(&WorkingFiles::KeepBackFile, keep_back, kHead) == kFieldInvalid);
  keep_back.set_until("2022-07-10");
  CHECK(owner.Do(&WorkingFiles::KeepBackFile, keep_back, kHead).kept_back_until() == "2022-07-10");
  owner.MoveClockTo("2020-08-01T01:00:00Z");
  scheduled.Run();
  CHECK(FoundBy(owner, overdue) == "03");
  owner.MoveClockTo("2022-07-10T17:00:00Z");
  scheduled.Run();
  CHECK(FoundBy(owner, overdue) == "01 03");
  Archived(owner, kept);
  CHECK(FoundBy(owner, overdue) == "03");
  // One that is to be kept longer has to go to the archive after all.
  auto extend = owner.New<v1::ExtendRetentionRequest>();
  extend.set_file_id(brief);
  extend.mutable_retention()->set_years(5);
  CHECK(owner.Do(&WorkingFiles::ExtendRetention, extend, kClerk).has_due());
  CHECK(owner.Defects().empty());
}

TEST_CASE("working files: move with what they hold to the unit that goes on with them") {
  DocumentOwner owner;
  Scheduled scheduled(owner);
  const std::string ward_expert = std::string(kOtherWard) + "/expert";
  const std::string file = Opened(owner, PlanRequest(owner, "01"), kOtherWard).id();
  const std::string document = Issued(owner, ContentTo({}), kOtherWard).id();
  const v1::FileItem item =
      owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, document), ward_expert);
  SECTION("merged: by themselves") {
    owner.CloseUnit(kOtherWard, {kWard});
    scheduled.Run();
    CHECK(owner.SeenBy(item.id()) == kWard);
    CHECK(owner.Value("SELECT items_unit FROM working_file") == kWard);
    // Their keeper is not one of the successor's: the head hands them over.
    const auto left =
        owner.Do(&Incomings::ListLeftBehind, v1::ListLeftBehindRequest(), "H09.718.25747/head");
    REQUIRE(left.items_size() == 1);
    CHECK(left.items(0).record_type() == "file");
    CHECK(left.items(0).record_id() == file);
    owner.Step(&WorkingFiles::ReassignFile, "H09.718.25747/head", [&](auto& request) {
      request.set_file_id(file);
      request.set_official_id("H09.718.25747/expert");
    });
    CHECK(owner.Do(&Incomings::ListLeftBehind, v1::ListLeftBehindRequest(), "H09.718.25747/head")
              .items_size() == 0);
  }
  SECTION("split: by the part that takes them over") {
    auto restricted = PlanRequest(owner, "02");
    restricted.set_restricted(true);
    restricted.set_official_id(ward_expert);
    const std::string closed = Opened(owner, restricted, kOtherWard).id();
    owner.Step(&WorkingFiles::SetFileReaders, std::string(kOtherWard) + "/head",
               [&](auto& request) {
                 request.set_file_id(closed);
                 request.add_readers("position/guest");
               });
    const std::string third = "H09.718.25753";
    owner.AddUnit(third, directory::v1::UNIT_KIND_COMMUNE, kDistrict, "25753");
    owner.CloseUnit(kOtherWard, {kWard, third});
    scheduled.Run();
    CHECK(owner.SeenBy(item.id()).empty());
    CHECK(TryStep(owner, &WorkingFiles::TakeOverFile, file, "H09.718/head") == kNotFound);
    CHECK(owner.Try(&Documents::GetDocument, GetRequest(document), "H09.718.25747/head") ==
          kNotFound);
    owner.Step(&WorkingFiles::TakeOverFile, "H09.718.25747/head",
               [&](auto& request) { request.set_file_id(file); });
    scheduled.Run();
    // With what they hold.
    CHECK(owner.Do(&Documents::GetDocument, GetRequest(document), "H09.718.25747/head").id() ==
          document);
    CHECK(owner.SeenBy(file) == kWard);
    CHECK(owner.SeenBy(item.id()) == kWard);
    CHECK(TryStep(owner, &WorkingFiles::TakeOverFile, file, "H09.718.25747/head") == kNotFound);
    // Positions of the one unit are none of the other.
    CHECK(owner.Value("SELECT readers FROM working_file WHERE id = '" + closed + "'") ==
          "{position/guest}");
    owner.Step(&WorkingFiles::TakeOverFile, "H09.718.25747/head",
               [&](auto& request) { request.set_file_id(closed); });
    v1::GetFileRequest get;
    get.set_file_id(closed);
    CHECK(owner.Try(&WorkingFiles::GetFile, get, "H09.718.25747/guest") == kNotFound);
    CHECK(owner.Try(&WorkingFiles::GetFile, get, "H09.718.25747/clerk") == kDone);
  }
  CHECK(FileOf(owner, file, "H09.718.25747/head").unit_id() == kWard);
  CHECK(owner.Defects().empty());
}

TEST_CASE("working files: handed over as a bag whose manifest covers every byte") {
  DocumentOwner owner;
  const std::string file = Opened(owner, PlanRequest(owner, "01.TCCB")).id();
  const auto big = Uploaded(owner, "Báo cáo 100%.pdf", Pdf(700'000, 'a'));
  const auto same_name = Uploaded(owner, "Báo cáo 100%.pdf", Pdf(10, 'b'));
  v1::DraftContent content = WithFile(WithFile(ContentTo({}), big.id()), same_name.id());
  owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, Issued(owner, content).id()), kExpert);
  v1::DraftContent closed = WithFile(ContentTo({}), Uploaded(owner, "Kín.pdf", Pdf(50)).id());
  closed.set_restricted(true);
  closed.set_subject("Kỷ luật");
  owner.Do(&WorkingFiles::AddToFile, AddRequest(owner, file, Issued(owner, closed).id()), kClerk);

  const auto exported = [&](const std::string& official) {
    v1::ExportFileRequest request;
    request.set_file_id(file);
    grpc::ClientContext context;
    context.AddMetadata("lienthong-official", official);
    const auto reader = owner.StubOf<WorkingFiles>("unit-H09.15").ExportFile(&context, request);
    v1::FileExportChunk chunk;
    std::string bytes;
    while (reader->Read(&chunk)) bytes += chunk.data();
    REQUIRE(support::OutcomeOf(reader->Finish()) == kDone);
    return support::Unzipped(bytes);
  };
  const auto bag = exported(kClerk);
  CHECK(bag.at("bagit.txt").rfind("BagIt-Version: 1.0\n", 0) == 0);
  CHECK(bag.at("data/van-ban/0001/1-Báo cáo 100%.pdf") == Pdf(700'000, 'a'));
  CHECK(bag.at("data/van-ban/0001/2-Báo cáo 100%.pdf") == Pdf(10, 'b'));
  CHECK(bag.contains("data/van-ban/0002/1-Kín.pdf"));
  CHECK(bag.at("data/ho-so.csv").find("\"Maintenance\",\"10 năm\"") != std::string::npos);
  std::size_t payload = 0;
  for (const auto& [path, bytes] : bag) {
    const bool is_payload = path.rfind("data/", 0) == 0;
    payload += is_payload ? 1 : 0;
    if (path == "tagmanifest-sha256.txt") continue;
    std::string escaped = path;
    if (const auto at = escaped.find('%'); at != std::string::npos) escaped.replace(at, 1, "%25");
    CHECK(bag.at(is_payload ? "manifest-sha256.txt" : "tagmanifest-sha256.txt")
              .find(base::ToHex(base::Sha256Of(bytes)) + "  " + escaped + "\n") !=
          std::string::npos);
  }
  CHECK(bag.at("bag-info.txt").find("." + std::to_string(payload) + "\n") != std::string::npos);
  // Who may not read the restricted document gets its number and date, and nothing else of it.
  const auto open = exported("H09.15/guest");
  CHECK_FALSE(open.contains("data/van-ban/0002/1-Kín.pdf"));
  CHECK(open.at("data/van-ban.csv").find("Kỷ luật") == std::string::npos);
  CHECK(open.at("data/muc-luc-van-ban.csv").find("Kỷ luật") == std::string::npos);
  CHECK(open.at("data/muc-luc-van-ban.csv").find("02/QĐ-STTTT") != std::string::npos);
}

}  // namespace lienthong::document
