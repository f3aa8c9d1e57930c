#include <libxml/xmlwriter.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <new>
#include <utility>

#include "document/edxml.hpp"
#include "platform/base/error.hpp"

namespace lienthong::document::edxml {
namespace {

constexpr int kYearMin = 1900, kYearMax = 2199;
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes whose number is a multiple of three, but for the last ones.
std::string ToBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const bool padding = at + i > bytes.size();
      text += padding ? '=' : kDigits[bits >> (18 - 6 * i) & 63];
    }
  }
  return text;
}

/// One packet being written. libxml2 writes into a buffer, which is emptied again and again.
class Document {
 public:
  Document() {
    if (buffer_ == nullptr || writer_ == nullptr) throw std::bad_alloc();
    xmlTextWriterStartDocument(writer_, nullptr, "UTF-8", nullptr);
  }
  ~Document() {
    xmlFreeTextWriter(writer_);
    xmlBufferFree(buffer_);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  void Open(const char* name) { xmlTextWriterStartElement(writer_, Text(name)); }
  /// Inside the envelope every element has its prefix: some receivers refuse them without.
  void OpenPrefixed(const std::string& name) { Open(("edXML:" + name).c_str()); }
  void Close() { xmlTextWriterEndElement(writer_); }
  void Attribute(const char* name, const char* value) {
    xmlTextWriterWriteAttribute(writer_, Text(name), Text(value));
  }
  void Leaf(const std::string& name, const std::string& text) {
    xmlTextWriterWriteElement(writer_, Text(("edXML:" + name).c_str()), Text(text.c_str()));
  }
  void Optional(const std::string& name, const std::string& text) {
    if (!text.empty()) Leaf(name, text);
  }
  void PlainLeaf(const char* name, const std::string& text) {
    xmlTextWriterWriteElement(writer_, Text(name), Text(text.c_str()));
  }
  void Raw(const std::string& text) {
    xmlTextWriterWriteRawLen(writer_, Text(text.c_str()), static_cast<int>(text.size()));
  }
  /// What was written since the last time.
  std::string Take() {
    xmlTextWriterFlush(writer_);
    std::string text(reinterpret_cast<const char*>(xmlBufferContent(buffer_)),
                     static_cast<std::size_t>(xmlBufferLength(buffer_)));
    xmlBufferEmpty(buffer_);
    return text;
  }
  void End() { xmlTextWriterEndDocument(writer_); }

 private:
  static const xmlChar* Text(const char* text) { return reinterpret_cast<const xmlChar*>(text); }

  xmlBufferPtr buffer_ = xmlBufferCreate();
  xmlTextWriterPtr writer_ = xmlNewTextWriterMemory(buffer_, 0);
};

void WriteOrgan(Document& document, const char* element, const Organ& organ) {
  document.OpenPrefixed(element);
  document.Leaf("OrganId", organ.organ_id);
  document.Optional("OrganizationInCharge", organ.in_charge);
  document.Leaf("OrganName", organ.name);
  document.Optional("OrganAdd", organ.address);
  document.Optional("Email", organ.email);
  document.Optional("Telephone", organ.telephone);
  document.Optional("Fax", organ.fax);
  document.Optional("Website", organ.website);
  document.Close();
}

void WriteResponses(Document& document, const std::vector<Response>& responses) {
  for (const Response& response : responses) {
    document.OpenPrefixed("ResponseFor");
    document.Leaf("OrganId", response.organ_id);
    document.Leaf("Code", response.code);
    document.Optional("PromulgationDate", response.promulgation_date);
    document.Optional("DocumentId", response.document_id);
    document.Close();
  }
}

void WriteStaff(Document& document, const Staff& staff) {
  document.OpenPrefixed("StaffInfo");
  document.Optional("Department", staff.department);
  document.Optional("Staff", staff.staff);
  document.Optional("Mobile", staff.mobile);
  document.Optional("Email", staff.email);
  document.Close();
}

void WriteOther(Document& document, const Packet& packet) {
  document.OpenPrefixed("OtherInfo");
  document.Leaf("Priority", packet.priority.empty() ? "0" : packet.priority);
  document.Optional("SphereOfPromulgation", packet.sphere);
  document.Optional("TyperNotation", packet.typer_notation);
  document.Optional("PromulgationAmount", packet.promulgation_amount);
  document.Optional("PageAmount", packet.page_amount);
  document.Optional("Direction", packet.direction);
  if (!packet.appendixes.empty()) {
    document.OpenPrefixed("Appendixes");
    for (const std::string& appendix : packet.appendixes) document.Leaf("Appendix", appendix);
    document.Close();
  }
  document.Close();
}

void WriteHeader(Document& document, const Packet& packet) {
  document.OpenPrefixed("MessageHeader");
  WriteOrgan(document, "From", packet.from);
  for (const Organ& to : packet.to) WriteOrgan(document, "To", to);
  document.Leaf("DocumentId", packet.document_id);
  document.OpenPrefixed("Code");
  document.Leaf("CodeNumber", packet.code_number);
  document.Leaf("CodeNotation", packet.code_notation);
  document.Close();
  document.OpenPrefixed("PromulgationInfo");
  document.Optional("Place", packet.place);
  document.Leaf("PromulgationDate", packet.promulgation_date);
  document.Close();
  document.OpenPrefixed("DocumentType");
  document.Leaf("Type", packet.type);
  document.Optional("TypeDetail", packet.type_detail);
  document.Leaf("TypeName", packet.type_name);
  document.Close();
  document.Leaf("Subject", packet.subject);
  document.Optional("Content", packet.content);
  document.OpenPrefixed("SignerInfo");
  document.Optional("Competence", packet.competence);
  document.Optional("Position", packet.position);
  document.Leaf("FullName", packet.full_name);
  document.Close();
  document.Optional("DueDate", packet.due_date);
  if (!packet.to_places.empty()) {
    document.OpenPrefixed("ToPlaces");
    for (const std::string& place : packet.to_places) document.Leaf("Place", place);
    document.Close();
  }
  WriteOther(document, packet);
  WriteResponses(document, packet.responses);
  document.Optional("SteeringType", packet.steering_type);
  document.Close();
}

void WriteReceiverChanges(Document& document, const Packet& packet) {
  if (packet.info_changed.empty() && packet.receivers_changed.empty() &&
      packet.receiver_changes.empty()) {
    return;
  }
  document.OpenPrefixed("BussinessDocumentInfo");
  document.Optional("DocumentInfo", packet.info_changed);
  document.Optional("DocumentReceiver", packet.receivers_changed);
  if (!packet.receiver_changes.empty()) {
    document.OpenPrefixed("ReceiverList");
    for (const ReceiverChange& change : packet.receiver_changes) {
      document.OpenPrefixed("Receiver");
      document.Leaf("OrganId", change.organ_id);
      document.Leaf("ReceiverType", change.type);
      document.Close();
    }
    document.Close();
  }
  document.Close();
}

void WriteReplacements(Document& document, const std::vector<Replacement>& replacements) {
  if (replacements.empty()) return;
  document.OpenPrefixed("ReplacementInfoList");
  for (const Replacement& replacement : replacements) {
    document.OpenPrefixed("ReplacementInfo");
    document.Leaf("DocumentId", replacement.document_id);
    document.OpenPrefixed("OrganIdList");
    for (const std::string& organ : replacement.organ_ids) document.Leaf("OrganId", organ);
    document.Close();
    document.Close();
  }
  document.Close();
}

void WriteTraces(Document& document, const Packet& packet) {
  document.OpenPrefixed("TraceHeaderList");
  for (const Trace& trace : packet.traces) {
    document.OpenPrefixed("TraceHeader");
    document.Leaf("OrganId", trace.organ_id);
    document.Leaf("Timestamp", trace.timestamp);
    document.Close();
  }
  document.OpenPrefixed("Bussiness");
  document.Optional("DocumentId", packet.business_document_id);
  document.Leaf("BussinessDocType", packet.business.empty() ? "0" : packet.business);
  document.Optional("BussinessDocReason", packet.business_reason);
  document.Optional("Paper", packet.paper);
  WriteReceiverChanges(document, packet);
  WriteReplacements(document, packet.replacements);
  WriteStaff(document, packet.staff);
  document.Close();
  document.Close();
}

void WriteStatus(Document& document, const Packet& packet) {
  document.OpenPrefixed("MessageHeader");
  WriteOrgan(document, "From", packet.from);
  WriteResponses(document, packet.responses);
  WriteStaff(document, packet.staff);
  document.Leaf("StatusCode", packet.status_code);
  document.Optional("Description", packet.description);
  document.Leaf("Timestamp", packet.timestamp);
  document.Close();
}

void WriteManifest(Document& document, const Packet& packet) {
  document.OpenPrefixed("edXMLBody");
  document.OpenPrefixed("edXMLManifest");
  document.Attribute("version", "1.0");
  for (const PacketAttachment& attachment : packet.attachments) {
    document.OpenPrefixed("Reference");
    document.Leaf("ContentId", "cid:" + attachment.content_id);
    document.Leaf("ContentType", attachment.media_type);
    document.Leaf("AttachmentName", attachment.name);
    document.Optional("Description", attachment.description);
    document.Close();
  }
  document.Close();
  document.Close();
}

int Number(std::string_view text, std::size_t at, std::size_t count) {
  int number = -1;
  if (at + count > text.size()) return number;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + count, number);
  return error == std::errc() && end == text.data() + at + count ? number : -1;
}

Day CheckedDay(int year, int month, int day, const char* element) {
  const Day checked{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                    std::chrono::day(static_cast<unsigned>(day))};
  if (year < kYearMin || year > kYearMax || month < 1 || day < 1 || !checked.ok()) {
    throw Refusal(kAgainstStandard, std::string(element) + " is not a date");
  }
  return checked;
}

}  // namespace

base::Error Refusal(const char* exchange_code, const std::string& message) {
  return base::Invalid("PACKET_INVALID", "upload_id", message).With("exchange_code", exchange_code);
}

struct Writer::Impl {
  Impl(Packet packet, ReadBytes read) : packet(std::move(packet)), read(std::move(read)) {}

  void Begin() {
    document.Open("edXML");
    document.Attribute("xmlns", kNamespace);
    document.OpenPrefixed("edXMLEnvelope");
    document.Attribute("xmlns:edXML", kNamespace);
    document.OpenPrefixed("edXMLHeader");
    if (packet.IsStatus()) {
      WriteStatus(document, packet);
    } else {
      WriteHeader(document, packet);
      WriteTraces(document, packet);
    }
    document.Close();
    if (!packet.IsStatus()) WriteManifest(document, packet);
    document.Close();
    if (!packet.IsStatus()) document.Open("AttachmentEncoded");
  }

  void OpenAttachment() {
    const PacketAttachment& attachment = packet.attachments.at(next);
    document.Open("Attachment");
    document.PlainLeaf("ContentId", attachment.content_id);
    document.PlainLeaf("AttachmentName", attachment.name);
    document.PlainLeaf("Description", attachment.description);
    document.PlainLeaf("ContentType", attachment.media_type);
    document.Open("ContentTransferEncoded");
    is_open = true;
    offset = 0;
  }

  /// A piece of the bytes of an attachment; at their end it is closed.
  void WriteBytes() {
    const std::string piece = read(next, offset);
    offset += static_cast<std::int64_t>(piece.size());
    rest += piece;
    const std::size_t whole = piece.empty() ? rest.size() : rest.size() / 3 * 3;
    document.Raw(ToBase64(std::string_view(rest).substr(0, whole)));
    rest.erase(0, whole);
    if (!piece.empty()) return;
    document.Close();
    document.Close();
    is_open = false;
    ++next;
  }

  Packet packet;
  ReadBytes read;
  Document document;
  bool begun = false;
  bool ended = false;
  std::size_t next = 0;     ///< attachment
  bool is_open = false;     ///< its bytes are being written
  std::int64_t offset = 0;  ///< in them
  std::string rest;         ///< of a piece, until a multiple of three is there
};

Writer::Writer(Packet packet, ReadBytes read)
    : impl_(std::make_unique<Impl>(std::move(packet), std::move(read))) {}
Writer::~Writer() = default;

bool Writer::Next(std::string* text) {
  if (impl_->ended) return false;
  if (!impl_->begun) {
    impl_->begun = true;
    impl_->Begin();
  } else if (impl_->is_open) {
    impl_->WriteBytes();
  } else if (impl_->next < impl_->packet.attachments.size()) {
    impl_->OpenAttachment();
  } else {
    impl_->ended = true;
    impl_->document.End();  // and what is still open
  }
  *text = impl_->document.Take();
  return true;
}

std::string DocumentIdOf(const std::string& organ_id, const Numbered& numbered) {
  return organ_id + "," + FromDay(numbered.document_date) + "," + numbered.code;
}

Day ToDay(const std::string& text, const char* element) {
  const bool shaped = text.size() == 10 && text[4] == '/' && text[7] == '/';
  if (!shaped) throw Refusal(kAgainstStandard, std::string(element) + " is not yyyy/MM/dd");
  return CheckedDay(Number(text, 0, 4), Number(text, 5, 2), Number(text, 8, 2), element);
}

std::string FromDay(Day day) {
  std::string text = base::FormatDay(day);
  text[4] = text[7] = '/';
  return text;
}

base::Time ToTime(const std::string& text, const char* element) {
  const bool day_first = text.size() == 19 && text[2] == '/';
  const Day day =
      day_first ? CheckedDay(Number(text, 6, 4), Number(text, 3, 2), Number(text, 0, 2), element)
                : ToDay(text.substr(0, 10), element);
  const int hour = Number(text, 11, 2), minute = Number(text, 14, 2), second = Number(text, 17, 2);
  if (text.size() != 19 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    throw Refusal(kAgainstStandard, std::string(element) + " is not a time");
  }
  return base::Time(std::chrono::sys_days(day)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) - base::kVietnamOffset;
}

std::string FromTime(base::Time time) {
  const std::string local = base::FormatTime(time + base::kVietnamOffset);
  return FromDay(base::DayInVietnam(time)) + " " + local.substr(11, 8);
}

}  // namespace lienthong::document::edxml
