#include "portal/backend.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <google/protobuf/util/time_util.h>

#include "lienthong/directory/v1/directory.grpc.pb.h"
#include "lienthong/files/v1/files.grpc.pb.h"
#include "lienthong/hotline/v1/api_keys.grpc.pb.h"
#include "lienthong/hotline/v1/categories.grpc.pb.h"
#include "lienthong/hotline/v1/citizens.grpc.pb.h"
#include "lienthong/hotline/v1/indicators.grpc.pb.h"
#include "lienthong/replica/v1/replica.grpc.pb.h"
#include "platform/base/log.hpp"

namespace lienthong::portal {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::chrono::seconds kCallMax{10};
/// A replica process that does not answer is not waited for longer: the page says so.
constexpr std::chrono::seconds kCopiesMax{3};
constexpr std::chrono::seconds kCopiesInterval{2};
constexpr std::chrono::seconds kProvinceKept{60};
constexpr std::chrono::seconds kReadyMax{1};
/// So long no call may fail before it is said that the hotline answers again.
constexpr std::chrono::seconds kAnsweringMin{2};
constexpr int kPageRows = 500;
/// Units and categories of a province; more would be an endless list.
constexpr int kPagesMax = 20;
constexpr std::size_t kChunkBytes = 512 * 1024;

void SetDeadline(grpc::ClientContext& context, Backend::Deadline deadline) {
  context.set_deadline(std::min(deadline, system_clock::now() + kCallMax));
}

void Check(const grpc::Status& status) {
  if (!status.ok()) throw rpc::ErrorOf(status);
}

}  // namespace

const hotline::Category* Province::FindCategory(std::string_view id) const {
  const auto found = std::find_if(categories.begin(), categories.end(),
                                  [&](const auto& category) { return category.id() == id; });
  return found == categories.end() ? nullptr : &*found;
}

const directory::Unit* Province::FindUnit(std::string_view id) const {
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const auto& unit) { return unit.id() == id; });
  return found == units.end() ? nullptr : &*found;
}

const directory::Unit* Province::FindCommune(std::string_view gso_code) const {
  const auto found = std::find_if(units.begin(), units.end(), [&](const auto& unit) {
    return unit.kind() == directory::UNIT_KIND_COMMUNE && unit.gso_code() == gso_code;
  });
  return found == units.end() ? nullptr : &*found;
}

struct Backend::Impl {
  explicit Impl(const Options& options)
      : hotline_channel(rpc::OpenChannel(options.hotline, options.identity)),
        citizens(hotline::CitizenService::NewStub(hotline_channel)),
        categories(hotline::CategoryService::NewStub(hotline_channel)),
        api_keys(hotline::ApiKeyService::NewStub(hotline_channel)),
        indicators(hotline::IndicatorService::NewStub(hotline_channel)),
        files(files::v1::FileService::NewStub(hotline_channel)),
        directory_stub(directory::DirectoryService::NewStub(
            rpc::OpenChannel(options.directory, options.identity))) {
    for (const auto& [unit, address] : options.replicas) {
      ReplicaProcess& process = replicas[address];
      process.copies[unit] = {unit, {}, system_clock::now(), {}};
      if (process.stub != nullptr) continue;
      process.stub =
          replica::v1::ReplicaService::NewStub(rpc::OpenChannel(address, options.identity));
    }
  }

  template <class Stub, class Asked, class Answer>
  static grpc::Status Call(Stub& stub,
                           grpc::Status (Stub::*method)(grpc::ClientContext*, const Asked&,
                                                        Answer*),
                           const Asked& request, Deadline deadline, Answer& answer) {
    grpc::ClientContext context;
    SetDeadline(context, deadline);
    return (stub.*method)(&context, request, &answer);
  }

  /// Of the hotline.
  template <class Stub, class Asked, class Answer>
  Answer Ask(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Asked&, Answer*),
             const Asked& request, Deadline deadline) {
    Answer answer;
    const grpc::Status status = Call(stub, method, request, deadline, answer);
    Note(status);
    Check(status);
    return answer;
  }

  struct ReplicaProcess {
    std::unique_ptr<replica::v1::ReplicaService::Stub> stub;
    std::map<std::string, CopyState> copies;  ///< by unit; under `mutex`
  };

  void Note(const grpc::Status& status);
  grpc::Status ReadProvince(Deadline deadline, Province& read);
  void AskReplica(ReplicaProcess& process, const std::stop_token& stop);
  void KeepAsking(ReplicaProcess& process, const std::stop_token& stop);

  std::shared_ptr<grpc::Channel> hotline_channel;
  std::unique_ptr<hotline::CitizenService::Stub> citizens;
  std::unique_ptr<hotline::CategoryService::Stub> categories;
  std::unique_ptr<hotline::ApiKeyService::Stub> api_keys;
  std::unique_ptr<hotline::IndicatorService::Stub> indicators;
  std::unique_ptr<files::v1::FileService::Stub> files;
  std::unique_ptr<directory::DirectoryService::Stub> directory_stub;
  std::map<std::string, ReplicaProcess> replicas;  ///< by address

  std::mutex mutex;                                       ///< held during no call
  std::optional<steady_clock::time_point> unanswered_at;  ///< absent = the hotline answers
  std::shared_ptr<const Province> province;
  steady_clock::time_point province_read_at;
  std::vector<std::jthread> asking;  ///< one for each replica process
};

Backend::Backend(Options options) : impl_(std::make_unique<Impl>(options)) {
  for (auto& [address, process] : impl_->replicas) {
    impl_->asking.emplace_back([impl = impl_.get(), of = &process](const std::stop_token& stop) {
      impl->KeepAsking(*of, stop);
    });
  }
}
Backend::~Backend() {
  for (std::jthread& thread : impl_->asking) thread.request_stop();  // all at once
}

/// After a call to the hotline: logs once that it does not answer, and that it does again. Calls
/// of which only some are answered are one time of not answering.
void Backend::Impl::Note(const grpc::Status& status) {
  const auto now = steady_clock::now();
  const bool is_late = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  const bool is_unanswered = is_late || status.error_code() == grpc::StatusCode::UNAVAILABLE;
  const std::lock_guard lock(mutex);
  if (is_unanswered) {
    if (!unanswered_at) {
      base::LogWarning("the hotline does not answer",
                       {{"code", is_late ? "DEADLINE_EXCEEDED" : "UNAVAILABLE"}});
    }
    unanswered_at = now;
  } else if (unanswered_at && now - *unanswered_at >= kAnsweringMin) {
    unanswered_at.reset();
    base::LogInfo("the hotline answers again");
  }
}

grpc::Status Backend::Impl::ReadProvince(Deadline deadline, Province& read) {
  hotline::ListCategoriesRequest categories_asked;
  categories_asked.set_page_size(kPageRows);
  for (int page = 0; page < kPagesMax; ++page) {
    hotline::ListCategoriesResponse answer;
    const grpc::Status status = Call(*categories, &hotline::CategoryService::Stub::ListCategories,
                                     categories_asked, deadline, answer);
    Note(status);
    if (!status.ok()) return status;
    read.categories.insert(read.categories.end(), answer.categories().begin(),
                           answer.categories().end());
    if (answer.next_page_token().empty()) break;
    categories_asked.set_page_token(answer.next_page_token());
  }
  directory::ListUnitsRequest units_asked;
  units_asked.set_page_size(kPageRows);
  for (int page = 0; page < kPagesMax; ++page) {
    directory::ListUnitsResponse answer;
    const grpc::Status status = Call(*directory_stub, &directory::DirectoryService::Stub::ListUnits,
                                     units_asked, deadline, answer);
    if (!status.ok()) return status;
    read.units.insert(read.units.end(), answer.units().begin(), answer.units().end());
    if (answer.next_page_token().empty()) break;
    units_asked.set_page_token(answer.next_page_token());
  }
  return grpc::Status::OK;
}

/// One asks, the others go on with what is there, also when nothing is answered; the first of all
/// wait for it.
std::shared_ptr<const Province> Backend::GetProvince(Deadline deadline) {
  std::shared_ptr<const Province> known;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto now = steady_clock::now();
    known = impl_->province;
    if (known != nullptr && now - impl_->province_read_at < kProvinceKept) return known;
    if (known != nullptr) impl_->province_read_at = now - kProvinceKept + kCallMax;
  }
  const auto read = std::make_shared<Province>();
  const grpc::Status status = impl_->ReadProvince(deadline, *read);
  if (!status.ok() && known != nullptr) return known;
  Check(status);
  const std::lock_guard lock(impl_->mutex);
  impl_->province = read;
  impl_->province_read_at = steady_clock::now();
  return read;
}

hotline::SubmitReportResponse Backend::SubmitReport(const hotline::SubmitReportRequest& request,
                                                    Deadline deadline) {
  return impl_->Ask(*impl_->citizens, &hotline::CitizenService::Stub::SubmitReport, request,
                    deadline);
}

hotline::FollowedReport Backend::FollowReport(const hotline::FollowReportRequest& request,
                                              Deadline deadline) {
  return impl_->Ask(*impl_->citizens, &hotline::CitizenService::Stub::FollowReport, request,
                    deadline);
}

hotline::FollowedReport Backend::RateReport(const hotline::RateReportRequest& request,
                                            Deadline deadline) {
  return impl_->Ask(*impl_->citizens, &hotline::CitizenService::Stub::RateReport, request,
                    deadline);
}

hotline::FollowedReport Backend::ReopenReport(const hotline::ReopenReportRequest& request,
                                              Deadline deadline) {
  return impl_->Ask(*impl_->citizens, &hotline::CitizenService::Stub::ReopenReport, request,
                    deadline);
}

hotline::FollowedReport Backend::ReplyToQuestion(const hotline::ReplyToQuestionRequest& request,
                                                 Deadline deadline) {
  return impl_->Ask(*impl_->citizens, &hotline::CitizenService::Stub::ReplyToQuestion, request,
                    deadline);
}

hotline::ListPublicTicketsResponse Backend::ListPublicTickets(
    const hotline::ListPublicTicketsRequest& request, Deadline deadline) {
  return impl_->Ask(*impl_->citizens, &hotline::CitizenService::Stub::ListPublicTickets, request,
                    deadline);
}

hotline::PublicTicket Backend::GetPublicTicket(const std::string& ticket_id, Deadline deadline) {
  hotline::GetPublicTicketRequest request;
  request.set_ticket_id(ticket_id);
  return impl_->Ask(*impl_->citizens, &hotline::CitizenService::Stub::GetPublicTicket, request,
                    deadline);
}

std::string Backend::GetPublicPhoto(const std::string& ticket_id, int number, Deadline deadline) {
  hotline::GetPublicPhotoRequest request;
  request.set_ticket_id(ticket_id);
  request.set_number(number);
  return impl_
      ->Ask(*impl_->citizens, &hotline::CitizenService::Stub::GetPublicPhoto, request, deadline)
      .jpeg();
}

hotline::PublicIndicators Backend::GetPublicIndicators(
    const hotline::GetPublicIndicatorsRequest& request, Deadline deadline) {
  return impl_->Ask(*impl_->indicators, &hotline::IndicatorService::Stub::GetPublicIndicators,
                    request, deadline);
}

hotline::ApiKey Backend::CheckApiKey(const std::string& key, Deadline deadline) {
  hotline::CheckApiKeyRequest request;
  request.set_key(key);
  return impl_->Ask(*impl_->api_keys, &hotline::ApiKeyService::Stub::CheckApiKey, request,
                    deadline);
}

files::v1::Upload Backend::CreateUpload(const std::string& request_id, const std::string& name,
                                        std::size_t size_bytes, Deadline deadline) {
  files::v1::CreateUploadRequest request;
  request.set_request_id(request_id);
  request.set_name(name);
  request.set_size_bytes(static_cast<std::int64_t>(size_bytes));
  return impl_->Ask(*impl_->files, &files::v1::FileService::Stub::CreateUpload, request, deadline);
}

void Backend::WriteUpload(const files::v1::Upload& upload, std::string_view bytes,
                          Deadline deadline) {
  // Of a form that was sent before, some or all may be there. Those of one that was cut short may
  // all be there and be no file yet: a message without bytes ends it.
  auto offset = static_cast<std::size_t>(upload.received_bytes());
  if (!upload.sha256().empty()) return;
  grpc::ClientContext context;
  SetDeadline(context, deadline);
  files::v1::Upload written;
  const auto stream = impl_->files->WriteUpload(&context, &written);
  do {
    files::v1::WriteUploadRequest chunk;
    chunk.set_upload_id(upload.id());
    chunk.set_offset_bytes(static_cast<std::int64_t>(offset));
    chunk.set_data(std::string(bytes.substr(std::min(offset, bytes.size()), kChunkBytes)));
    if (!stream->Write(chunk)) break;
    offset += kChunkBytes;
  } while (offset < bytes.size());
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  impl_->Note(status);
  Check(status);
}

void Backend::CancelUpload(const std::string& upload_id) {
  files::v1::CancelUploadRequest request;
  request.set_upload_id(upload_id);
  files::v1::Upload answer;
  const grpc::Status status = Impl::Call(*impl_->files, &files::v1::FileService::Stub::CancelUpload,
                                         request, system_clock::now() + kCallMax, answer);
  if (!status.ok()) {
    base::LogWarning("an upload was not given up", {{"error", status.error_message()}});
  }
}

void Backend::Impl::AskReplica(ReplicaProcess& process, const std::stop_token& stop) {
  grpc::ClientContext context;
  SetDeadline(context, system_clock::now() + kCopiesMax);
  const std::stop_callback cancel(stop, [&] { context.TryCancel(); });
  replica::v1::ListConsistencyResponse answer;
  const bool has_answered = process.stub->ListConsistency(&context, {}, &answer).ok();
  const std::lock_guard lock(mutex);
  for (auto& [unit, copy] : process.copies) {
    copy.equal.reset();
    copy.verified_at.reset();
    if (has_answered) copy.not_known_since = system_clock::now();
  }
  for (const auto& unit : answer.units()) {
    const auto found = process.copies.find(unit.unit_id());
    if (found == process.copies.end()) continue;
    found->second.equal = unit.equal();
    if (!unit.has_verified_at()) continue;
    found->second.verified_at = system_clock::time_point(std::chrono::microseconds(
        google::protobuf::util::TimeUtil::TimestampToMicroseconds(unit.verified_at())));
  }
}

/// Whoever looks: so it is known when a process answered last, and one that hangs holds up nobody.
void Backend::Impl::KeepAsking(ReplicaProcess& process, const std::stop_token& stop) {
  std::mutex never_held;
  std::condition_variable_any never;
  std::unique_lock lock(never_held);
  while (!stop.stop_requested()) {
    AskReplica(process, stop);
    never.wait_for(lock, stop, kCopiesInterval, [] { return false; });
  }
}

std::vector<CopyState> Backend::ListCopies() {
  std::vector<CopyState> copies;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [address, process] : impl_->replicas) {
      for (const auto& [unit, copy] : process.copies) copies.push_back(copy);
    }
  }
  std::ranges::sort(copies, {}, &CopyState::unit_id);
  return copies;
}

bool Backend::IsReady() {
  return impl_->hotline_channel->WaitForConnected(system_clock::now() + kReadyMax);
}

}  // namespace lienthong::portal
