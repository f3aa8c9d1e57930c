"""A step of the day: packets of the national document exchange (edXML), one in and one out, through
the gateway of the province; what becomes of them is told by packets too.
"""

import base64
import hashlib
import xml.etree.ElementTree as ElementTree

from . import copies, protos
from .story import Unexpected

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
GOVERNMENT_OFFICE = "000.00.00.G22"
SENDER_DOCUMENT = f"{GOVERNMENT_OFFICE},2019/07/01,7816/VPCP-TTĐT"
# As a system of the Government Office writes it: other prefix, other order, SOAP's leftovers.
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{namespace}"><e:edXMLEnvelope xmlns:e="{namespace}"><e:edXMLHeader><e:MessageHeader>
<e:From><e:OrganId>{sender}</e:OrganId><e:OrganName>Văn phòng Chính phủ</e:OrganName></e:From>
{receivers}
<e:Code><e:CodeNumber>7816</e:CodeNumber><e:CodeNotation>VPCP-TTĐT</e:CodeNotation></e:Code>
<e:PromulgationInfo><e:Place>Hà Nội</e:Place>
<e:PromulgationDate>2019/07/01</e:PromulgationDate></e:PromulgationInfo>
<e:DocumentType><e:Type>1</e:Type><e:TypeName>Công văn</e:TypeName></e:DocumentType>
<e:Subject>V/v kết nối, liên thông các hệ thống quản lý văn bản</e:Subject>
<e:OtherInfo><e:Priority>1</e:Priority></e:OtherInfo><e:DocumentId>{document}</e:DocumentId>
</e:MessageHeader><e:TraceHeaderList id="1" version="1.0" mustUnderstand="1">
<e:TraceHeader><e:OrganId>{sender}</e:OrganId>
<e:Timestamp>01/07/2019 08:00:00</e:Timestamp></e:TraceHeader>
<e:Business><e:BusinessDocType>0</e:BusinessDocType><e:Paper>0</e:Paper></e:Business>
</e:TraceHeaderList></e:edXMLHeader>
<e:edXMLBody><e:edXMLManifest version="1.0"><e:Reference><e:ContentId>cid:1</e:ContentId>
<e:AttachmentName>7816.pdf</e:AttachmentName></e:Reference></e:edXMLManifest></e:edXMLBody>
</e:edXMLEnvelope><AttachmentEncoded><Attachment><ContentId>1</ContentId>
<AttachmentName>7816.pdf</AttachmentName><ContentType>application/pdf</ContentType>
<ContentTransferEncoded>{content}</ContentTransferEncoded></Attachment></AttachmentEncoded></edXML>"""
STATUS = """<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{namespace}"><edXML:edXMLEnvelope xmlns:edXML="{namespace}"><edXML:edXMLHeader>
<edXML:MessageHeader><edXML:From><edXML:OrganId>{sender}</edXML:OrganId></edXML:From>
<edXML:ResponseFor><edXML:OrganId>{receiver}</edXML:OrganId><edXML:Code>{code}</edXML:Code>
<edXML:DocumentId>{document}</edXML:DocumentId></edXML:ResponseFor>
<edXML:StatusCode>{status}</edXML:StatusCode>
<edXML:Timestamp>2019/07/10 09:00:00</edXML:Timestamp></edXML:MessageHeader></edXML:edXMLHeader>
</edXML:edXMLEnvelope></edXML>"""


class Exchange:
    """The scenes; `documents` are those of the letter, with its cast and its ways of calling."""

    def __init__(self, documents):
        self.documents = documents
        self.day = documents.day
        self.call = documents.call
        unit = self.day.province.unit_with("exchange-gateway")
        self.gateway = self.day.actor(unit, "exchange-gateway")

    def play(self):
        step = self.day.progress.step
        step("packet in", "a packet of the national exchange comes in for two communes", self.come)
        step("packet out", f"{self.documents.department} sends a document out of the province; "
             "its receiver's states come back", self.go)

    def come(self, facts):
        receivers = self.documents.communes[:2]
        content = self.documents.pdf(50_000)
        document = self._import("in", DOCUMENT.format(
            namespace=NAMESPACE, sender=GOVERNMENT_OFFICE, document=SENDER_DOCUMENT,
            receivers="".join(f"<e:To><e:OrganId>{unit}</e:OrganId></e:To>" for unit in receivers),
            content=base64.b64encode(content).decode("ascii"))).document_id
        facts["in the copies after ms"] = copies.arrives(self.day, receivers, "document", document, 1)
        clerk = self.day.actor(receivers[0], "commune-records")
        stored = self.day.client.document("DocumentService", "GetDocument", protos.module(
            "document", "documents").GetDocumentRequest(document_id=document), **clerk.options)
        self._expect(stored.attachments[0].sha256 == hashlib.sha256(content).hexdigest(),
                     "the attachment of the packet")
        self.call(clerk, "packet/enter", "IncomingService", "EnterDelivery",
                  delivery_id=self.documents.delivery(clerk, document))
        states = [self._sent(packet).findtext(f".//{{{NAMESPACE}}}StatusCode")
                  for packet in self._waiting(document)]
        facts["states told to its sender"] = " ".join(sorted(states))
        self._expect(sorted(states) == ["01", "01", "03"], "the states told to the sender")

    def go(self, facts):
        documents, records = self.documents, self.documents.records
        drafts = protos.module("document", "drafts")
        content = documents.pdf(20_000)
        upload = documents.upload(documents.expert, "packet/upload", "Bao cao.pdf", content)
        draft = self.call(
            documents.expert, "packet/draft", "DraftService", "CreateDraft",
            content=drafts.DraftContent(
                type=records.DocumentType(name="Báo cáo", abbreviation="BC"),
                subject="Kết quả kết nối, liên thông các hệ thống quản lý văn bản",
                recipients=[records.Recipient(organ_id=GOVERNMENT_OFFICE,
                                              name="Văn phòng Chính phủ")],
                attachments=[drafts.NewAttachment(upload_id=upload)]))
        document = documents.issue(documents.expert, documents.head, documents.clerk, "packet",
                                   draft)
        packets = self._waiting(document.id)
        self._expect(len(packets) == 1, "one packet that waits for the gateway")
        sent = self._sent(packets[0])
        attached = sent.findtext(f".//{{{NAMESPACE}}}ContentTransferEncoded")
        self._expect(base64.b64decode(attached) == content, "the attachment that goes out")
        for turn, status in enumerate(("01", "03", "06", "03")):  # a late lower one changes nothing
            self._import(f"status/{turn}", STATUS.format(
                namespace=NAMESPACE, sender=GOVERNMENT_OFFICE, receiver=documents.department,
                code=document.code, status=status,
                document=sent.findtext(f".//{{{NAMESPACE}}}DocumentId")))
        state = documents.deliveries(documents.clerk, document.id)[0].state
        facts["code"] = document.code
        facts["state at its receiver"] = records.DeliveryState.Name(state)
        self._expect(state == records.DELIVERY_STATE_COMPLETED, "the state at the receiver")

    def _import(self, name, text):
        upload = self.documents.upload(self.gateway, f"packet/{name}", "goi tin.edxml",
                                       text.encode("utf-8"))
        return self.call(self.gateway, f"packet/{name}/import", "ExchangeService", "ImportPacket",
                         upload_id=upload)

    def _waiting(self, document):
        """Packets about a document that the gateway has not sent yet."""
        request = protos.module("document", "exchange").ListPacketsRequest
        token, found = "", []
        while True:
            page = self.day.client.document("ExchangeService", "ListPackets", request(
                page_size=200, page_token=token), **self.gateway.options)
            found += [packet for packet in page.packets if packet.document_id == document]
            token = page.next_page_token
            if not token:
                return found

    def _sent(self, packet):
        """A packet as it goes out; noted as sent."""
        exchange = protos.module("document", "exchange")
        chunks = self.day.client.document("ExchangeService", "ExportPacket", exchange.
                                          ExportPacketRequest(packet_id=packet.id),
                                          **self.gateway.options)
        tree = ElementTree.fromstring(b"".join(chunk.data for chunk in chunks))
        self.day.client.document("ExchangeService", "SetPacketState", exchange.
                                 SetPacketStateRequest(packet_id=packet.id, exchange_code="0",
                                                       state=exchange.TRANSPORT_STATE_SENT),
                                 **self.gateway.options)
        return tree

    @staticmethod
    def _expect(holds, what):
        if not holds:
            raise Unexpected(f"not as expected: {what}")
