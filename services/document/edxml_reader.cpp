#include <libxml/parser.h>

#include <algorithm>
#include <map>
#include <utility>

#include "document/edxml.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace lienthong::document::edxml {
namespace {

constexpr std::size_t kBytesAtOnce = 64 * 1024;

/// Base64 in pieces (RFC 4648, section 4), white space anywhere.
class Base64 {
 public:
  /// False on anything that is not base64.
  bool Add(std::string_view text, std::string* bytes) {
    for (const char c : text) {
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
      if (c == '=') {
        if (count_ < 2 || ++padding_ + count_ > 4) return false;
        continue;
      }
      const int value = ValueOf(c);
      if (value < 0 || padding_ > 0) return false;
      bits_ = bits_ << 6 | static_cast<unsigned>(value);
      if (++count_ == 4) Flush(3, bytes);
    }
    if (padding_ > 0 && padding_ + count_ == 4) {
      const int missing = padding_;
      bits_ <<= 6 * missing;
      Flush(3 - missing, bytes);
    }
    return true;
  }
  /// All groups are whole.
  bool IsWhole() const { return count_ == 0; }

 private:
  static int ValueOf(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
  }
  void Flush(int bytes_count, std::string* bytes) {
    for (int i = 0; i < bytes_count; ++i) {
      bytes->push_back(static_cast<char>(bits_ >> (16 - 8 * i) & 0xff));
    }
    bits_ = 0;
    count_ = 0;
  }

  unsigned bits_ = 0;
  int count_ = 0;
  int padding_ = 0;
};

/// Where the text of an element goes, by its path of local names below the root.
using Place = std::string* (*)(Packet&);

const std::map<std::string, Place, std::less<>>& PlacesOfDocument() {
  static const std::map<std::string, Place, std::less<>> places{
      {"From/OrganId", [](Packet& p) { return &p.from.organ_id; }},
      {"From/OrganizationInCharge", [](Packet& p) { return &p.from.in_charge; }},
      {"From/OrganName", [](Packet& p) { return &p.from.name; }},
      {"From/OrganAdd", [](Packet& p) { return &p.from.address; }},
      {"From/Email", [](Packet& p) { return &p.from.email; }},
      {"From/Telephone", [](Packet& p) { return &p.from.telephone; }},
      {"From/Fax", [](Packet& p) { return &p.from.fax; }},
      {"From/Website", [](Packet& p) { return &p.from.website; }},
      {"To/OrganId", [](Packet& p) { return &p.to.back().organ_id; }},
      {"To/OrganizationInCharge", [](Packet& p) { return &p.to.back().in_charge; }},
      {"To/OrganName", [](Packet& p) { return &p.to.back().name; }},
      {"To/OrganAdd", [](Packet& p) { return &p.to.back().address; }},
      {"To/Email", [](Packet& p) { return &p.to.back().email; }},
      {"To/Telephone", [](Packet& p) { return &p.to.back().telephone; }},
      {"To/Fax", [](Packet& p) { return &p.to.back().fax; }},
      {"To/Website", [](Packet& p) { return &p.to.back().website; }},
      {"MessageHeader/DocumentId", [](Packet& p) { return &p.document_id; }},
      {"Code/CodeNumber", [](Packet& p) { return &p.code_number; }},
      {"Code/CodeNotation", [](Packet& p) { return &p.code_notation; }},
      {"PromulgationInfo/Place", [](Packet& p) { return &p.place; }},
      {"PromulgationInfo/PromulgationDate", [](Packet& p) { return &p.promulgation_date; }},
      {"DocumentType/Type", [](Packet& p) { return &p.type; }},
      {"DocumentType/TypeDetail", [](Packet& p) { return &p.type_detail; }},
      {"DocumentType/TypeName", [](Packet& p) { return &p.type_name; }},
      {"MessageHeader/Subject", [](Packet& p) { return &p.subject; }},
      {"MessageHeader/Content", [](Packet& p) { return &p.content; }},
      {"SignerInfo/Competence", [](Packet& p) { return &p.competence; }},
      {"SignerInfo/Position", [](Packet& p) { return &p.position; }},
      {"SignerInfo/FullName", [](Packet& p) { return &p.full_name; }},
      {"MessageHeader/DueDate", [](Packet& p) { return &p.due_date; }},
      {"ToPlaces/Place", [](Packet& p) { return &p.to_places.back(); }},
      {"OtherInfo/Priority", [](Packet& p) { return &p.priority; }},
      {"OtherInfo/SphereOfPromulgation", [](Packet& p) { return &p.sphere; }},
      {"OtherInfo/TyperNotation", [](Packet& p) { return &p.typer_notation; }},
      {"OtherInfo/PromulgationAmount", [](Packet& p) { return &p.promulgation_amount; }},
      {"OtherInfo/PageAmount", [](Packet& p) { return &p.page_amount; }},
      {"OtherInfo/Direction", [](Packet& p) { return &p.direction; }},
      {"Appendixes/Appendix", [](Packet& p) { return &p.appendixes.back(); }},
      {"ResponseFor/OrganId", [](Packet& p) { return &p.responses.back().organ_id; }},
      {"ResponseFor/Code", [](Packet& p) { return &p.responses.back().code; }},
      {"ResponseFor/PromulgationDate",
       [](Packet& p) { return &p.responses.back().promulgation_date; }},
      {"ResponseFor/DocumentId", [](Packet& p) { return &p.responses.back().document_id; }},
      {"MessageHeader/SteeringType", [](Packet& p) { return &p.steering_type; }},
  };
  return places;
}

/// The same of what is told beside the document.
const std::map<std::string, Place, std::less<>>& PlacesBeside() {
  static const std::map<std::string, Place, std::less<>> places{
      {"TraceHeader/OrganId", [](Packet& p) { return &p.traces.back().organ_id; }},
      {"TraceHeader/Timestamp", [](Packet& p) { return &p.traces.back().timestamp; }},
      {"Bussiness/BussinessDocType", [](Packet& p) { return &p.business; }},
      {"Bussiness/BussinessDocReason", [](Packet& p) { return &p.business_reason; }},
      {"Bussiness/DocumentId", [](Packet& p) { return &p.business_document_id; }},
      {"Bussiness/Paper", [](Packet& p) { return &p.paper; }},
      {"BussinessDocumentInfo/DocumentInfo", [](Packet& p) { return &p.info_changed; }},
      {"BussinessDocumentInfo/DocumentReceiver", [](Packet& p) { return &p.receivers_changed; }},
      {"Receiver/OrganId", [](Packet& p) { return &p.receiver_changes.back().organ_id; }},
      {"Receiver/ReceiverType", [](Packet& p) { return &p.receiver_changes.back().type; }},
      {"ReplacementInfo/DocumentId", [](Packet& p) { return &p.replacements.back().document_id; }},
      {"OrganIdList/OrganId", [](Packet& p) { return &p.replacements.back().organ_ids.back(); }},
      {"StaffInfo/Department", [](Packet& p) { return &p.staff.department; }},
      {"StaffInfo/Staff", [](Packet& p) { return &p.staff.staff; }},
      {"StaffInfo/Mobile", [](Packet& p) { return &p.staff.mobile; }},
      {"StaffInfo/Email", [](Packet& p) { return &p.staff.email; }},
      {"MessageHeader/StatusCode", [](Packet& p) { return &p.status_code; }},
      {"MessageHeader/Description", [](Packet& p) { return &p.description; }},
      {"MessageHeader/Timestamp", [](Packet& p) { return &p.timestamp; }},
      {"Attachment/ContentId", [](Packet& p) { return &p.attachments.back().content_id; }},
      {"Attachment/AttachmentName", [](Packet& p) { return &p.attachments.back().name; }},
      {"Attachment/Description", [](Packet& p) { return &p.attachments.back().description; }},
      {"Attachment/ContentType", [](Packet& p) { return &p.attachments.back().media_type; }},
  };
  return places;
}

/// nullptr = an element whose text nobody asks for.
Place PlaceOf(const std::string& path) {
  for (const auto* places : {&PlacesOfDocument(), &PlacesBeside()}) {
    const auto at = places->find(path);
    if (at != places->end()) return at->second;
  }
  return nullptr;
}

/// One vendor writes Business where the standard has Bussiness.
std::string NameOf(const xmlChar* name) {
  std::string text(reinterpret_cast<const char*>(name));
  constexpr std::string_view kOneS = "Business";
  if (text.rfind(kOneS, 0) != 0) return text;
  return std::string("Bussiness").append(text, kOneS.size(), std::string::npos);
}

}  // namespace

struct Reader::Impl {
  explicit Impl(OnBytes on_bytes) : on_bytes(std::move(on_bytes)) {
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = Start;
    handler.endElementNs = End;
    handler.characters = Characters;
    handler.cdataBlock = Characters;
    handler.internalSubset = Doctype;
    handler.getEntity = Entity;
    handler.reference = Reference;
    handler.serror = Ignore;
    parser = xmlCreatePushParserCtxt(&handler, this, nullptr, 0, nullptr);
    if (parser == nullptr) throw std::bad_alloc();
    // No network, no entities. Long texts are attachments, which are taken away piece by piece.
    // What the limits of the library are for is limited here: markup in which nothing is said
    // (Feed), attributes, depth, lists, texts.
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_HUGE);
  }
  ~Impl() { xmlFreeParserCtxt(parser); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  static Impl& Of(void* context) { return *static_cast<Impl*>(context); }
  static void Start(void* context, const xmlChar* name, const xmlChar*, const xmlChar* space,
                    int namespaces, const xmlChar**, int attributes, int, const xmlChar**) {
    if (namespaces + attributes > kAttributesMax) {
      return Of(context).Fail(kAgainstStandard, "an element has too many attributes");
    }
    const bool ours = space == nullptr || std::string_view(reinterpret_cast<const char*>(space)) ==
                                              std::string_view(kNamespace);
    Of(context).Opened(NameOf(name), ours);
  }
  static void End(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
    Of(context).Closed();
  }
  static void Characters(void* context, const xmlChar* text, int size) {
    Of(context).Text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
  }
  static void Doctype(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
    Of(context).Fail(kAgainstStandard, "a document type definition is not accepted");
  }
  static xmlEntityPtr Entity(void* context, const xmlChar* name) {
    xmlEntityPtr const known = xmlGetPredefinedEntity(name);  // &amp; and the like
    if (known == nullptr) Of(context).Fail(kAgainstStandard, "an entity is not accepted");
    return known;
  }
  static void Reference(void* context, const xmlChar*) {
    Of(context).Fail(kAgainstStandard, "an entity is not accepted");
  }
  static void Ignore(void*, xmlErrorPtr) {
  }  // told by the parser's state; its text quotes the packet

  void Fail(const char* code, const char* message) {
    if (failure_code == nullptr) failure_code = code, failure = message;
    xmlStopParser(parser);
  }

  /// A list gets an element more, unless it is full.
  template <class List>
  void Grow(List& list, std::size_t max) {
    if (list.size() >= max) return Fail(kAgainstStandard, "a list is too long");
    list.emplace_back();
  }

  void Opened(const std::string& name, bool ours) {
    heard = true;
    if (place != nullptr || in_bytes) return Fail(kAgainstStandard, "an element inside a value");
    if (++elements > kElementsMax) return Fail(kAgainstStandard, "too many elements");
    if (static_cast<int>(path.size()) >= kDepthMax) {
      return Fail(kAgainstStandard, "elements lie too deep");
    }
    path.push_back(ours && !InForeign() ? name : std::string());
    text.clear();
    place = nullptr;
    if (name == "Signature") packet.has_signature = true;
    if (path.back().empty()) return;
    if (path.size() == 1 && name != "edXML") return Fail(kAgainstStandard, "not an edXML packet");
    const std::string above = path.size() > 1 ? path[path.size() - 2] : std::string();
    GrowLists(name, above);
    if (failure_code != nullptr) return;
    place = PlaceOf(above + "/" + name);
    in_bytes = above == "Attachment" && name == "ContentTransferEncoded";
    if (!in_bytes) return;
    base64 = Base64();
    if (begun == packet.attachments.size()) return Fail(kBadBytes, "an attachment stands twice");
    begun = packet.attachments.size();
  }

  void GrowLists(const std::string& name, const std::string& above) {
    if (name == "To") Grow(packet.to, kOrgansMax);
    if (name == "ResponseFor") Grow(packet.responses, kListMax);
    if (name == "TraceHeader") Grow(packet.traces, kListMax);
    if (name == "ReplacementInfo") Grow(packet.replacements, kListMax);
    if (name == "Receiver") Grow(packet.receiver_changes, kListMax);
    if (name == "Appendix") Grow(packet.appendixes, kListMax);
    if (name == "Place" && above == "ToPlaces") Grow(packet.to_places, kListMax);
    if (name == "Attachment") Grow(packet.attachments, kAttachmentsOfPacketMax);
    if (name == "OrganId" && above == "OrganIdList") {
      if (packet.replacements.empty()) return Fail(kAgainstStandard, "OrganIdList out of place");
      Grow(packet.replacements.back().organ_ids, kListMax);
    }
  }

  bool InForeign() const { return !path.empty() && path.back().empty(); }

  void Text(std::string_view piece) {
    heard = true;
    if (in_bytes) {
      const std::size_t attachment = packet.attachments.size() - 1;
      if (pieces.empty() || pieces.back().first != attachment) pieces.emplace_back(attachment, "");
      if (!base64.Add(piece, &pieces.back().second)) {
        Fail(kBadBytes, "an attachment is not base64");
      }
      return;
    }
    if (place == nullptr) return;
    fields_bytes += piece.size();
    if (text.size() + piece.size() > kFieldBytesMax || fields_bytes > kFieldsBytesMax) {
      return Fail(kAgainstStandard, "a field is too long");
    }
    text += piece;
  }

  void Closed() {
    heard = true;
    if (failure_code != nullptr) return;
    if (in_bytes && !base64.IsWhole()) return Fail(kBadBytes, "an attachment is cut off");
    if (place != nullptr) {
      std::string* const field = place(packet);
      // An element that stands twice would say two things.
      if (!field->empty()) return Fail(kAgainstStandard, "an element stands twice");
      *field = base::ToNfc(Trimmed());
    }
    path.pop_back();
    text.clear();
    place = nullptr;
    in_bytes = false;
  }

  std::string Trimmed() const {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  }

  void RequireGood() const {
    if (failure_code != nullptr) throw Refusal(failure_code, failure);
    if (parser->wellFormed == 0) throw Refusal(kAgainstStandard, "not well-formed XML");
  }

  OnBytes on_bytes;
  xmlSAXHandler handler{};
  xmlParserCtxtPtr parser = nullptr;
  Packet packet;
  std::vector<std::string> path;  ///< local names; empty = of another namespace
  std::string text;
  Place place = nullptr;
  bool in_bytes = false;
  Base64 base64;
  std::size_t begun = 0;  ///< attachments whose bytes have begun
  std::size_t fields_bytes = 0;
  int elements = 0;    ///< begun so far
  bool heard = false;  ///< the parser has told of something in the last piece
  std::size_t unheard_bytes = 0;
  /// Decoded, not yet given away: which attachment, its bytes.
  std::vector<std::pair<std::size_t, std::string>> pieces;
  const char* failure_code = nullptr;
  const char* failure = "";
};

Reader::Reader(OnBytes on_bytes) : impl_(std::make_unique<Impl>(std::move(on_bytes))) {}
Reader::~Reader() = default;

void Reader::Feed(std::string_view bytes) {
  // Bytes are given away outside the parser, which is C: what takes them may throw.
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kBytesAtOnce);
    bytes.remove_prefix(piece.size());
    impl_->heard = false;
    xmlParseChunk(impl_->parser, piece.data(), static_cast<int>(piece.size()), 0);
    impl_->RequireGood();
    impl_->unheard_bytes = impl_->heard ? 0 : impl_->unheard_bytes + piece.size();
    if (impl_->unheard_bytes > kMarkupBytesMax) {
      throw Refusal(kAgainstStandard, "a tag, a comment or an instruction is too long");
    }
    for (const auto& [attachment, decoded] : impl_->pieces) impl_->on_bytes(attachment, decoded);
    impl_->pieces.clear();
  }
}

Packet Reader::Finish() {
  xmlParseChunk(impl_->parser, nullptr, 0, 1);
  impl_->RequireGood();
  Packet& packet = impl_->packet;
  if (packet.from.organ_id.empty()) throw Refusal(kAgainstStandard, "From/OrganId is missing");
  const auto is_long = [](const Organ& organ) {
    return organ.organ_id.size() > kOrganIdCharactersMax;
  };
  if (is_long(packet.from) || std::any_of(packet.to.begin(), packet.to.end(), is_long)) {
    throw Refusal(kAgainstStandard, "OrganId is too long");
  }
  if (packet.document_id.size() > kDocumentIdBytesMax ||
      packet.business_document_id.size() > kDocumentIdBytesMax) {
    throw Refusal(kAgainstStandard, "DocumentId is too long");
  }
  if (packet.IsStatus()) {
    if (packet.responses.size() != 1) throw Refusal(kAgainstStandard, "ResponseFor is missing");
    return std::move(packet);
  }
  if (packet.to.empty()) throw Refusal(kAgainstStandard, "To is missing");
  if (packet.document_id.empty()) throw Refusal(kAgainstStandard, "DocumentId is missing");
  return std::move(packet);
}

}  // namespace lienthong::document::edxml
