#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "document/content.hpp"
#include "platform/base/error.hpp"

/// Packets of the national document exchange (gói tin edXML, QCVN 102:2016/BTTTT): their content,
/// a reader that takes what senders write, and a writer that keeps to the letter.
namespace lienthong::document::edxml {

inline constexpr const char* kNamespace = "http://www.mic.gov.vn/TBT/QCVN_102_2016";
/// Codes with which the exchange refuses a packet.
inline constexpr const char* kBadBytes = "21";
inline constexpr const char* kAgainstStandard = "22";

inline constexpr std::size_t kOrgansMax = 450;
inline constexpr std::size_t kAttachmentsOfPacketMax = 50;
inline constexpr std::size_t kListMax = 500;  ///< of anything else that repeats
inline constexpr std::size_t kFieldBytesMax = 64 * 1024;
inline constexpr std::size_t kFieldsBytesMax = 4 * 1024 * 1024;  ///< of all of them together
inline constexpr int kAttributesMax = 32;                        ///< of an element
inline constexpr std::size_t kMarkupBytesMax = 128 * 1024;       ///< in which nothing is said
inline constexpr std::size_t kDocumentIdBytesMax = 200;
inline constexpr int kDepthMax = 32;
inline constexpr int kElementsMax = 20'000;  ///< each new name is kept by the parser

struct Organ {
  std::string organ_id;
  std::string in_charge;
  std::string name;
  std::string address;
  std::string email;
  std::string telephone;
  std::string fax;
  std::string website;
  bool operator==(const Organ&) const = default;
};

struct Response {
  std::string organ_id;
  std::string code;
  std::string promulgation_date;
  std::string document_id;
  bool operator==(const Response&) const = default;
};

struct Trace {
  std::string organ_id;
  std::string timestamp;  ///< yyyy/MM/dd HH:mm:ss
  bool operator==(const Trace&) const = default;
};

struct Staff {
  std::string department;
  std::string staff;
  std::string mobile;
  std::string email;
  bool operator==(const Staff&) const = default;
};

struct Replacement {
  std::string document_id;
  std::vector<std::string> organ_ids;
  bool operator==(const Replacement&) const = default;
};

/// A receiver that an update adds or takes away.
struct ReceiverChange {
  std::string organ_id;
  std::string type;  ///< ReceiverType: 0 taken away, 1 added
  bool operator==(const ReceiverChange&) const = default;
};

/// BussinessDocType.
enum class Business { kNew = 0, kRecall = 1, kUpdate = 2, kReplace = 3 };

/// What a packet says of an attachment; its bytes come and go by themselves.
struct PacketAttachment {
  std::string content_id;
  std::string name;
  std::string description;
  std::string media_type;
  bool operator==(const PacketAttachment&) const = default;
};

/// A packet: a document, or the state of one (StatusCode is not empty).
struct Packet {
  Organ from;
  std::vector<Organ> to;
  std::string document_id;  ///< opaque, unique per sender
  std::string code_number;
  std::string code_notation;
  std::string place;
  std::string promulgation_date;  ///< yyyy/MM/dd
  std::string type;               ///< raw
  std::string type_detail;
  std::string type_name;
  std::string subject;
  std::string content;
  std::string competence;  ///< "TM.", "KT.", ...
  std::string position;
  std::string full_name;
  std::string due_date;
  std::vector<std::string> to_places;
  std::string priority;  ///< 0..4
  std::string sphere;
  std::string typer_notation;
  std::string promulgation_amount;
  std::string page_amount;
  std::string direction;
  std::vector<std::string> appendixes;
  std::vector<Response> responses;
  std::string steering_type;
  std::vector<Trace> traces;
  std::string business;  ///< BussinessDocType, 0..3
  std::string business_reason;
  std::string business_document_id;
  std::string paper;
  std::string info_changed;       ///< DocumentInfo: 0 or 1
  std::string receivers_changed;  ///< DocumentReceiver: 0 or 1
  std::vector<ReceiverChange> receiver_changes;
  std::vector<Replacement> replacements;
  Staff staff;
  // Of a status packet.
  std::string status_code;  ///< 01..06, 13, 15, 16
  std::string description;
  std::string timestamp;
  bool has_signature = false;  ///< never verified here
  std::vector<PacketAttachment> attachments;

  bool IsStatus() const { return !status_code.empty(); }
  bool operator==(const Packet&) const = default;
};

/// Bytes of an attachment, decoded, in the order in which they stand in the packet.
using OnBytes = std::function<void(std::size_t attachment, std::string_view bytes)>;

/// Reads a packet in pieces, in flat memory: elements in any order, any prefix of the namespace
/// (and none), both spellings of Bussiness. Throws base::Error kInvalid PACKET_INVALID, with the
/// code of the exchange in its metadata (`exchange_code`: 22 against the standard, 21 the bytes of
/// an attachment): DTDs, entities, elements too deep, lists and fields too long, broken base64.
class Reader {
 public:
  explicit Reader(OnBytes on_bytes);
  ~Reader();

  void Feed(std::string_view bytes);
  /// After the last piece: the packet, with what it must have.
  Packet Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Bytes of an attachment from an offset on; empty at the end.
using ReadBytes = std::function<std::string(std::size_t attachment, std::int64_t offset)>;

/// Writes a packet as the standard has it, in flat memory: explicit prefix inside the envelope,
/// elements in their order, AttachmentEncoded outside it. What is written reads back equal.
class Writer {
 public:
  Writer(Packet packet, ReadBytes read);
  ~Writer();

  /// The next piece of its text; false at the end.
  bool Next(std::string* text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// "2019/07/10". Throws PACKET_INVALID.
Day ToDay(const std::string& text, const char* element);
std::string FromDay(Day day);
/// "2019/07/10 07:30:00", +07:00; also with the day first, as some senders write.
base::Time ToTime(const std::string& text, const char* element);
std::string FromTime(base::Time time);

/// `{OrganId},{yyyy/MM/dd},{số}/{ký hiệu}`, as the exchange names documents.
std::string DocumentIdOf(const std::string& organ_id, const Numbered& numbered);

/// PACKET_INVALID with a code of the exchange.
base::Error Refusal(const char* exchange_code, const std::string& message);

}  // namespace lienthong::document::edxml
