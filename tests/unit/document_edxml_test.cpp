// Packets of the exchange: what is read, what is refused, what is written.
#include <catch2/catch.hpp>

#include <functional>
#include <map>

#include "document/edxml.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"

namespace lienthong::document::edxml {
namespace {

/// As official sample packets look: DocumentId last, a signature, a prefix of its own.
std::string Sample(const std::string& attachment = "JVBERi0xLjc=") {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
 <e:edXMLEnvelope xmlns:e="http://www.mic.gov.vn/TBT/QCVN_102_2016"><e:edXMLHeader>
  <e:MessageHeader>
   <e:From><e:OrganId>000.00.00.G22</e:OrganId>
    <e:OrganName>Văn phòng Chính phủ</e:OrganName></e:From>
   <e:To><e:OrganId>H09.13</e:OrganId><e:OrganName>Sở Y tế</e:OrganName></e:To>
   <e:To><e:OrganId>H09.15</e:OrganId></e:To>
   <e:Code><e:CodeNumber>7816</e:CodeNumber>
    <e:CodeNotation>VPCP-TTĐT</e:CodeNotation></e:Code>
   <e:PromulgationInfo><e:Place>Hà Nội</e:Place>
    <e:PromulgationDate>2015/09/30</e:PromulgationDate></e:PromulgationInfo>
   <e:DocumentType><e:Type>1</e:Type><e:TypeName>Công văn</e:TypeName></e:DocumentType>
   <e:Subject>V/v kết nối, liên thông &amp; trao đổi</e:Subject>
   <e:SignerInfo><e:Competence>KT.</e:Competence>
    <e:FullName>Nguyễn Văn An</e:FullName></e:SignerInfo>
   <e:OtherInfo><e:Priority>1</e:Priority></e:OtherInfo>
   <e:DocumentId>000.00.00.G22,2015/09/30,7816/VPCP-TTĐT</e:DocumentId>
  </e:MessageHeader>
  <e:TraceHeaderList id="1" version="1"><e:TraceHeader><e:OrganId>000.00.00.G22</e:OrganId>
   <e:Timestamp>30/09/2015 08:00:00</e:Timestamp></e:TraceHeader>
   <e:Business><e:BusinessDocType>0</e:BusinessDocType><e:Paper>0</e:Paper></e:Business>
  </e:TraceHeaderList>
  <Signature xmlns="http://www.w3.org/2000/09/xmldsig#">
   <SignedInfo><Subject>x</Subject></SignedInfo></Signature>
 </e:edXMLHeader><e:edXMLBody>
  <e:edXMLManifest version="1.0"/></e:edXMLBody></e:edXMLEnvelope>
 <AttachmentEncoded><Attachment><ContentTransferEncoded>)" +
         attachment + R"(</ContentTransferEncoded><AttachmentName>cv.pdf</AttachmentName>
  <ContentId>1</ContentId>
  <ContentType>application/pdf</ContentType></Attachment></AttachmentEncoded>
</edXML>)";
}

struct Parsed {
  Packet packet;
  std::map<std::size_t, std::string> bytes;
};

Parsed Read(const std::string& xml, std::size_t piece = 7) {
  Parsed parsed;
  Reader reader(
      [&](std::size_t attachment, std::string_view bytes) { parsed.bytes[attachment] += bytes; });
  for (std::size_t at = 0; at < xml.size(); at += piece) reader.Feed(xml.substr(at, piece));
  parsed.packet = reader.Finish();
  return parsed;
}

/// "22": the code of the exchange with which it is refused.
std::string Refused(const std::string& xml) {
  try {
    Read(xml, 1000);
  } catch (const base::Error& error) {
    CHECK(error.reason == "PACKET_INVALID");
    return error.metadata.at("exchange_code");
  }
  return "read";
}

std::string Written(const Packet& packet, const ReadBytes& read) {
  Writer writer(packet, read);
  std::string text, piece;
  while (writer.Next(&piece)) text += piece;
  return text;
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("edxml: a packet is read, whatever the order, the prefix and the spelling") {
  for (const std::size_t piece : {1u, 7u, 100u, 100'000u}) {
    CAPTURE(piece);
    const auto [packet, bytes] = Read(Sample(), piece);
    CHECK(packet.from.organ_id == "000.00.00.G22");
    REQUIRE(packet.to.size() == 2);
    CHECK(packet.to[1].organ_id == "H09.15");
    CHECK(packet.document_id == "000.00.00.G22,2015/09/30,7816/VPCP-TTĐT");
    CHECK(packet.subject == "V/v kết nối, liên thông & trao đổi");
    CHECK(packet.business == "0");
    CHECK(packet.has_signature);
    CHECK(FromTime(ToTime(packet.traces[0].timestamp, "Timestamp")) == "2015/09/30 08:00:00");
    REQUIRE(packet.attachments.size() == 1);
    CHECK(packet.attachments[0].name == "cv.pdf");
    CHECK(bytes.at(0) == "%PDF-1.7");
  }
}

TEST_CASE("edxml: what is written reads back equal") {
  Packet packet = Read(Sample()).packet;
  packet.has_signature = false;
  packet.responses.push_back({"H09", "1/UBND", "2019/07/10", "id"});
  packet.to_places = {"Như trên", "Lưu: VT <1>"};
  packet.appendixes = {"Phụ lục"};
  packet.due_date = "2019/07/20";
  packet.replacements.push_back({"id", {"H09", "H10"}});
  packet.attachments.push_back({"2", "b.txt", "mô tả", "text/plain"});
  for (const std::size_t size : {0u, 1u, 2u, 3u, 100'000u}) {
    const std::vector<std::string> contents{"%PDF-1.7", std::string(size, '\xff')};
    const std::string text = Written(packet, [&](std::size_t attachment, std::int64_t offset) {
      return contents.at(attachment).substr(static_cast<std::size_t>(offset), 1000);
    });
    auto [again, bytes] = Read(text, 4096);
    CHECK(again == packet);
    CHECK(bytes[1] == contents[1]);
    CHECK(text.find("<edXML:Bussiness>") != std::string::npos);
    CHECK(text.find("<AttachmentEncoded>") > text.find("</edXML:edXMLEnvelope>"));
  }
}

TEST_CASE("edxml: a status packet is read and written") {
  Packet packet;
  packet.from.organ_id = "H09.13";
  packet.from.name = "Sở Y tế";
  packet.responses.push_back({"000.00.00.G22", "7816/VPCP-TTĐT", "2015/09/30", "id"});
  packet.status_code = "02";
  packet.description = "Gửi nhầm";
  packet.timestamp = "2019/07/10 07:30:00";
  const std::string text = Written(packet, {});
  CHECK(Read(text).packet == packet);
  CHECK(Refused(Replaced(text, "<edXML:ResponseFor>", "<edXML:Other>")) == "22");
}

TEST_CASE("edxml: hostile and broken packets are refused with the exchange's code") {
  const std::string good = Sample();
  CHECK(Refused(Replaced(good, "<edXML ", "<!DOCTYPE edXML [<!ENTITY a \"b\">]><edXML ")) == "22");
  CHECK(Refused(Replaced(good, "<edXML ",
                         "<!DOCTYPE edXML SYSTEM \"file:///etc/passwd\"><edXML ")) == "22");
  CHECK(Refused(Replaced(good, "Hà Nội", "&unknown;")) == "22");
  CHECK(Refused(Replaced(good, "</e:MessageHeader>", "")) == "22");
  CHECK(Refused("") == "22");
  CHECK(Refused("<other/>") == "22");
  CHECK(Refused(good.substr(0, good.size() / 2)) == "22");
  CHECK(Refused(Replaced(good, "<e:To><e:OrganId>H09.13",
                         "<e:To><e:OrganId>A</e:OrganId><e:OrganId>H09.13")) == "22");
  CHECK(Refused(Sample("JVBERi0xLjc")) == "21");
  CHECK(Refused(Sample("JVBE*i0xLjc=")) == "21");
  CHECK(Refused(Sample("JVBERi0xLjc=JVBE")) == "21");
  std::string deep = "<edXML>";
  for (int i = 0; i < 100; ++i) deep += "<a>";
  CHECK(Refused(deep) == "22");
  CHECK(Refused(Replaced(good, "Hà Nội", std::string(70'000, 'a'))) == "22");
  std::string many;
  for (int i = 0; i < 500; ++i) many += "<e:To><e:OrganId>H09.13</e:OrganId></e:To>";
  CHECK(Refused(Replaced(good, "<e:To>", many + "<e:To>")) == "22");
  CHECK(Refused(Replaced(good, "\xE1\xBA\xBF", "\xff\xfe")) == "22");
}

TEST_CASE("edxml: markup without end and values in values are refused") {
  const std::string sample = Sample();
  const std::string subject = "<e:Subject>";
  const auto with = [&](const std::string& inserted) {
    return Replaced(sample, subject, inserted + subject);
  };
  CHECK(Refused(with("<!--" + std::string(300'000, 'x') + "-->")) == "22");
  CHECK(Refused(with("<e:X a='" + std::string(300'000, 'x') + "'/>")) == "22");
  std::string names;
  for (int i = 0; i < 25'000; ++i)
    names += "<e:N" + std::to_string(i) + ">1</e:N" + std::to_string(i) + ">";
  CHECK(Refused(with(names)) == "22");
  std::string attributes;
  for (int i = 0; i < 40; ++i) attributes += " a" + std::to_string(i) + "='1'";
  CHECK(Refused(with("<e:X" + attributes + "/>")) == "22");
  CHECK(Refused(Replaced(sample, subject, subject + "<e:Y>ẩn</e:Y>")) == "22");
  const std::string encoded = "<ContentTransferEncoded>";
  CHECK(Refused(Replaced(sample, encoded, encoded + "<b/>")) == "22");
  CHECK(Refused(Replaced(sample, encoded,
                         encoded + "JVBERi0xLjc=</ContentTransferEncoded>" + encoded)) == "21");
  // Many fields, none of them too long, are too much together.
  std::string places;
  for (int i = 0; i < 90; ++i) places += "<e:Place>" + std::string(60'000, 'x') + "</e:Place>";
  CHECK(Refused(with("<e:ToPlaces>" + places + "</e:ToPlaces>")) == "22");
  CHECK(Refused(Replaced(sample, "000.00.00.G22</e:OrganId>",
                         std::string(40, 'G') + "</e:OrganId>")) == "22");
}

TEST_CASE("edxml: dates and times are what they say") {
  CHECK(FromDay(ToDay("2019/07/10", "x")) == "2019/07/10");
  for (const char* text : {"2019-07-10", "2019/02/30", "10/07/2019", "", "2019/7/10"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(ToDay(text, "x"), base::Error);
  }
  CHECK(base::FormatTime(ToTime("2019/07/10 07:30:00", "x")) == "2019-07-10T00:30:00.000000Z");
  CHECK(ToTime("10/07/2019 07:30:00", "x") == ToTime("2019/07/10 07:30:00", "x"));
  for (const char* text : {"2019/07/10", "2019/07/10 24:00:00", "2019/07/10 07:30", "x"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(ToTime(text, "x"), base::Error);
  }
}

}  // namespace lienthong::document::edxml
