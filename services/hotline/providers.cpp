#include "hotline/providers.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "hotline/report.hpp"
#include "platform/base/hash.hpp"

namespace lienthong::hotline {
namespace {

using google::protobuf::Struct;

constexpr std::string_view kStartTls = "starttls://";
constexpr long kConnectMilliseconds = 5'000;
constexpr std::size_t kAnswerBytesMax = 64 * 1024;
/// Of an encoded word: 52 letters, 73 on the line of the subject (RFC 2047, 2: at most 76).
constexpr std::size_t kWordBytesMax = 39;
constexpr std::size_t kLineLettersMax = 76;  ///< of base64 (RFC 2045)

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Lines = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// A transfer with its limits of time, by no proxy, of these protocols alone.
Handle NewTransfer(const std::string& url, const char* protocols, std::chrono::milliseconds limit) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  Handle handle(ready == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (!handle) throw std::runtime_error("libcurl cannot start");
  CURL* const curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMilliseconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  return handle;
}

void Append(Lines& lines, const std::string& line) {
  curl_slist* const longer = curl_slist_append(lines.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)lines.release();
  lines.reset(longer);
}

long ResponseCode(CURL* curl) {
  long code = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
  return code;
}

std::string CurlError(CURLcode code) { return "CURL_" + std::to_string(code); }

/// The end of an answer that goes on for too long is not read.
std::size_t KeepAnswer(char* bytes, std::size_t, std::size_t count, void* kept) {
  std::string& answer = *static_cast<std::string*>(kept);
  answer.append(bytes, std::min(count, kAnswerBytesMax - std::min(answer.size(), kAnswerBytesMax)));
  return count;
}

Struct ReadJson(const std::string& text) {
  Struct read;
  if (!google::protobuf::util::JsonStringToMessage(text, &read).ok()) read.Clear();
  return read;
}

std::string TextOf(const Struct& read, const char* name) {
  const auto field = read.fields().find(name);
  return field == read.fields().end() ? std::string() : field->second.string_value();
}

std::string SmsJson(const Outgoing& message) {
  Struct body;
  auto& fields = *body.mutable_fields();
  fields["id"].set_string_value(message.id.text);
  fields["to"].set_string_value(message.address);
  fields["text"].set_string_value(message.text);
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(body, &json).ok()) {
    throw std::logic_error("a message is no JSON");
  }
  return json;
}

/// What an answer to an SMS means: see deploy/integrators/sms.md.
SendOutcome SmsOutcome(long code, const std::string& body, const Outgoing& message) {
  const std::string error = "HTTP_" + std::to_string(code);
  const Struct answer = ReadJson(body);
  const std::string provider_id = TextOf(answer, "provider_id");
  const bool has_it = code == 409 && TextOf(answer, "id") == message.id.text;
  if (code == 200 || code == 201 || has_it) {
    const std::string proof = ProofOf(provider_id, message.address);
    return {SendResult::kSent, proof.empty() ? "HTTP " + std::to_string(code) : proof, ""};
  }
  switch (code) {
    // Said of us, or of now: not of the message.
    case 401:
    case 403:
    case 404:
    case 408:
    case 429:
    case 503:
      return {SendResult::kNotReached, "", error};
    default:
      break;
  }
  if (code >= 400 && code < 500) return {SendResult::kRefused, "", error};
  if (code >= 300 && code < 400) return {SendResult::kNotReached, "", error};  // a wrong address
  return {SendResult::kDoubtful, "", error};
}

std::string Base64(std::string_view bytes) {
  std::string text = base::ToBase64Url(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return text;
}

/// A header's text as RFC 2047 writes it, in words of whole UTF-8 characters.
std::string EncodedWords(const std::string& text) {
  std::string words, piece;
  const auto end_word = [&] {
    if (piece.empty()) return;
    words += (words.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + Base64(piece) + "?=";
    piece.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
    if (piece.size() + next - i > kWordBytesMax) end_word();
    piece.append(text, i, next - i);
    i = next;
  }
  end_word();
  return words;
}

/// "Wed, 10 Jul 2019 01:00:00 +0000" (RFC 5322, 3.3)
std::string MailDate(base::Time at) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  // The process keeps the C locale, whose names these are.
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text;
}

std::string MailText(const Outgoing& message, const std::string& from) {
  std::string text = "Date: " + MailDate(message.at) + "\r\nFrom: 1022 <" + from + ">\r\nTo: <" +
                     message.address + ">\r\nMessage-ID: <" + message.id.text +
                     from.substr(from.find('@')) +
                     ">\r\nSubject: " + EncodedWords(message.subject) +
                     "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: base64\r\n\r\n";
  const std::string body = Base64(message.text + "\r\n");
  for (std::size_t i = 0; i < body.size(); i += kLineLettersMax) {
    text += body.substr(i, kLineLettersMax) + "\r\n";
  }
  return text;
}

/// One dialogue with a mail server, as libcurl tells of it.
struct Dialogue {
  std::string text;  ///< to be sent
  std::size_t given = 0;
  bool ended = false;      ///< all of the text was given away
  std::string command;     ///< the last verb
  std::string left_after;  ///< the last one before QUIT
  std::string reply;       ///< the last line

  static std::size_t Give(char* room, std::size_t, std::size_t size, void* dialogue) {
    auto& self = *static_cast<Dialogue*>(dialogue);
    const std::size_t count = std::min(size, self.text.size() - self.given);
    self.text.copy(room, count, self.given);
    self.given += count;
    self.ended = count == 0;
    return count;
  }
  static int Note(CURL*, curl_infotype type, char* bytes, std::size_t count, void* dialogue) {
    auto& self = *static_cast<Dialogue*>(dialogue);
    const std::string_view line(bytes, count);
    // What is said for good-bye is no part of it.
    if (self.command == "QUIT") return 0;
    if (type == CURLINFO_HEADER_IN) self.reply = line.substr(0, kAnswerBytesMax);
    if (type != CURLINFO_HEADER_OUT) return 0;
    const std::string_view verb = line.substr(0, line.find_first_of(" \r\n"));
    if (verb == "QUIT") self.left_after = self.command;
    self.command = verb;
    return 0;
  }
};

/// What the end of a dialogue means. Only what a server says of the receiver or of the text is said
/// of the message.
SendOutcome MailOutcome(CURLcode ended, long code, const Dialogue& dialogue,
                        const Outgoing& message) {
  if (ended == CURLE_OK) {
    const std::string proof = ProofOf(dialogue.reply, message.address);
    return {SendResult::kSent, proof.empty() ? "SMTP 250" : proof, ""};
  }
  const bool refused = code >= 500 && code < 600;
  const bool answered = refused || (code >= 400 && code < 500);
  const std::string error = answered ? "SMTP_" + std::to_string(code) : CurlError(ended);
  if (dialogue.ended && !answered) return {SendResult::kDoubtful, "", error};
  const bool of_message =
      dialogue.ended || dialogue.command == "RCPT" || dialogue.left_after == "RCPT";
  return {refused && of_message ? SendResult::kRefused : SendResult::kNotReached, "", error};
}

/// Neither the end of a header nor that of an address.
bool IsAddress(const std::string& text) {
  return std::count(text.begin(), text.end(), '@') == 1 && text.front() != '@' &&
         text.back() != '@' && std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c <= '~' && c != '<' && c != '>';
         });
}

bool HasPassword(const std::string& url) { return url.find('@') != std::string::npos; }

void Require(const std::string& mistake) {
  if (!mistake.empty()) throw std::invalid_argument("the provider's address " + mistake);
}

}  // namespace

std::string SmsUrlMistake(const std::string& url) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return "must begin with https:// or http://";
  }
  return url.starts_with("http://") && HasPassword(url) ? "takes a password by https:// only" : "";
}

std::string MailUrlMistake(const std::string& url) {
  const bool is_plain = url.starts_with("smtp://");
  if (!is_plain && !url.starts_with("smtps://") && !url.starts_with(kStartTls)) {
    return "must begin with smtps://, starttls:// or smtp://";
  }
  return is_plain && HasPassword(url) ? "takes a password by smtps:// or starttls:// only" : "";
}

std::string MailFromMistake(const std::string& from) {
  return IsAddress(from) ? "" : "must be an e-mail address";
}

SmsProvider::SmsProvider(std::string url, std::chrono::milliseconds limit)
    : url_(std::move(url)), limit_(limit) {
  Require(SmsUrlMistake(url_));
}

SendOutcome SmsProvider::Send(const Outgoing& message) {
  const Handle handle = NewTransfer(url_, "http,https", limit_);
  CURL* const curl = handle.get();
  const std::string body = SmsJson(message);
  Lines headers(nullptr, curl_slist_free_all);
  Append(headers, "Content-Type: application/json");
  Append(headers, "Accept: application/json");
  Append(headers, "Idempotency-Key: " + message.id.text);
  std::string answer;
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, KeepAnswer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  const CURLcode ended = curl_easy_perform(curl);
  // What was lost behind the status changes nothing of what it says.
  const long code = ResponseCode(curl);
  if (code >= 200) return SmsOutcome(code, answer, message);
  long sent_bytes = 0;
  curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent_bytes);
  return {sent_bytes > 0 ? SendResult::kDoubtful : SendResult::kNotReached, "", CurlError(ended)};
}

MailProvider::MailProvider(const std::string& url, std::string from,
                           std::chrono::milliseconds limit, std::string ca)
    : url_(url),
      limit_(limit),
      starts_tls_(url.starts_with(kStartTls)),
      from_(std::move(from)),
      ca_(std::move(ca)) {
  Require(MailUrlMistake(url)), Require(MailFromMistake(from_));
  if (starts_tls_) url_ = "smtp" + url.substr(url.find(':'));
}

SendOutcome MailProvider::Send(const Outgoing& message) {
  // libcurl writes the address as it is into a command.
  if (!IsAddress(message.address)) return {SendResult::kRefused, "", "ADDRESS_INVALID"};
  const Handle handle = NewTransfer(url_, "smtp,smtps", limit_);
  CURL* const curl = handle.get();
  Dialogue dialogue;
  dialogue.text = MailText(message, from_);
  Lines receivers(nullptr, curl_slist_free_all);
  Append(receivers, "<" + message.address + ">");
  const std::string sender = "<" + from_ + ">";
  if (starts_tls_) curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  if (!ca_.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca_.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // where libcurl has the system's
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, receivers.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, Dialogue::Give);
  curl_easy_setopt(curl, CURLOPT_READDATA, &dialogue);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, Dialogue::Note);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &dialogue);
  // The connection is closed while the limits of this transfer hold, those of the good-bye too.
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   std::max(1L, static_cast<long>(limit_ / std::chrono::seconds(1))));
  const CURLcode ended = curl_easy_perform(curl);
  return MailOutcome(ended, ResponseCode(curl), dialogue, message);
}

std::unique_ptr<Provider> SmsAt(const std::string& url) {
  return url.empty() ? nullptr : std::make_unique<SmsProvider>(url);
}

std::unique_ptr<Provider> MailAt(const std::string& url, const std::string& from,
                                 const std::string& ca) {
  if (url.empty()) return nullptr;
  return std::make_unique<MailProvider>(url, from, std::chrono::seconds(30), ca);
}

}  // namespace lienthong::hotline
