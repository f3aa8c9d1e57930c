"""Step 3 of the day: a department's official letter with two attachments goes to every district and
commune at once; they enter, assign, refuse and answer it, and the department takes it back. Packets
of the national exchange: exchange.py.
"""

import collections
import concurrent.futures
import csv
import hashlib

from . import cast as cast_module
from . import copies, exchange, protos
from .client import CallError
from .story import Unexpected

CALLS_AT_ONCE = 8
PIECE_BYTES = 256 * 1024
SUBJECT = "Về việc tăng cường kỷ luật, kỷ cương hành chính"
REASON = "Ban hành lại vì sai số liệu"


def play(day):
    Documents(day).play()


class Documents:
    """The scenes. The department is the one of the story; all others receive."""

    def __init__(self, day):
        self.day = day
        self.department = cast_module.choose(day.province).health
        self.clerk = day.actor(self.department, "department-records")
        self.expert = day.actor(self.department, "department-reader")
        self.head = day.actor(self.department, "department-head")
        self.communes = day.province.units_of_kind("COMMUNE")
        self.receivers = day.province.units_of_kind("DISTRICT") + self.communes
        self.records = protos.module("document", "records")

    def play(self):
        step = self.day.progress.step
        step("series", "every unit has a number book", self.series)
        step("letter", f"{self.department} sends an official letter with two attachments to "
             f"{len(self.receivers)} units at once", self.letter)
        step("letter handled", "they enter and assign it, one refuses, one answers with a document "
             "of its own", self.handle)
        step("letter states", f"{self.department} sees where it is", self.states)
        step("letter recalled", f"{self.department} takes it back: one agrees, one does not",
             self.recall)
        if self.day.province.unit_with("exchange-gateway"):
            exchange.Exchange(self).play()

    def series(self, facts):
        facts["series"] = set_series(self.day)

    def letter(self, facts):
        uploads = [self.upload(self.expert, f"letter/upload/{name}", name, self.pdf(size))
                   for name, size in (("Chi thi.pdf", 300_000), ("Phu luc so lieu.pdf", 900_000))]
        drafts = protos.module("document", "drafts")
        content = drafts.DraftContent(
            type=self.records.DocumentType(name="Công văn"), drafting_abbreviation="VP",
            subject=SUBJECT, summary="Chấn chỉnh giờ giấc, tác phong làm việc", page_count=3,
            recipients=[self.records.Recipient(unit_id=unit) for unit in self.receivers],
            attachments=[drafts.NewAttachment(upload_id=upload) for upload in uploads])
        draft = self.call(self.expert, "letter/draft", "DraftService", "CreateDraft",
                          content=content)
        document = self.issue(self.expert, self.head, self.clerk, "letter", draft)
        facts["code"] = document.code
        facts["deliveries"] = len(self.receivers)
        facts["in all copies after ms"] = copies.arrives(
            self.day, [self.department, *self.receivers], "document", document.id, 1)
        received = self._download(self.communes[0], document)
        facts["attachments read by a commune, bytes"] = received
        facts["_document"] = document.id

    def issue(self, expert, head, clerk, name, draft):
        self.call(expert, f"{name}/submit", "DraftService", "SubmitDraft", draft_id=draft.id,
                  official_id=head.official)
        self.call(head, f"{name}/sign", "DraftService", "SignDraft", draft_id=draft.id)
        return self.call(clerk, f"{name}/issue", "DocumentService", "IssueDocument",
                         draft_id=draft.id)

    def upload(self, actor, scene, name, content):
        """The id of an upload of the actor, whole."""
        upload = self.call(actor, scene, "FileService", "CreateUpload", name=name,
                           size_bytes=len(content))
        message = protos.module("files", "files").WriteUploadRequest

        def pieces():
            there = self.day.client.document("FileService", "GetUpload", protos.module(
                "files", "files").GetUploadRequest(upload_id=upload.id), **actor.options)
            # All there and not finished: an empty message finishes it.
            starts = range(there.received_bytes, len(content), PIECE_BYTES)
            for at in starts or [len(content)]:
                yield message(upload_id=upload.id, offset_bytes=at,
                              data=content[at:at + PIECE_BYTES])

        done = self.day.client.document("FileService", "WriteUpload", pieces, **actor.options)
        _expect(done.sha256 == hashlib.sha256(content).hexdigest(), "the hash of an attachment")
        return upload.id

    def _download(self, unit, document):
        """Bytes of all attachments, read as a commune's clerk; each has its hash."""
        request = protos.module("files", "files").DownloadFileRequest
        total = 0
        for attachment in document.attachments:
            chunks = self.day.client.document(
                "FileService", "DownloadFile", request(
                    record_type="document", record_id=document.id, sha256=attachment.sha256),
                **self.day.actor(unit, "commune-records").options)
            content = b"".join(chunk.data for chunk in chunks)
            _expect(hashlib.sha256(content).hexdigest() == attachment.sha256,
                    "the hash of what came down")
            total += len(content)
        return total

    def handle(self, facts):
        """The first commune refuses, the second answers, the others enter and assign."""
        document = self.day.progress.facts("letter")["_document"]
        done = collections.Counter(_each(
            enumerate(self.communes), lambda item: self._handle(*item, document)))
        facts.update(sorted(done.items()))

    def _handle(self, index, unit, document):
        clerk = self.day.actor(unit, "commune-records")
        delivery = self.delivery(clerk, document)
        if index == 0:
            self.call(clerk, f"letter/{unit}/refuse", "IncomingService", "RefuseDelivery",
                      delivery_id=delivery, reason="Không thuộc phạm vi xử lý")
            return "refused"
        self.call(clerk, f"letter/{unit}/enter", "IncomingService", "EnterDelivery",
                  delivery_id=delivery)
        self._assign(unit, delivery)
        if index > 1:
            return "assigned"
        self._answer(unit, clerk, delivery)
        return "answered"

    def _assign(self, unit, delivery):
        incoming = protos.module("document", "incoming")
        worker = self.day.actor(unit, "commune-economy")
        self.call(self.day.actor(unit, "commune-head"), f"letter/{unit}/assign",
                  "IncomingService", "AssignDelivery", delivery_id=delivery,
                  opinion="Giao tham mưu triển khai", assignments=[incoming.Assignment(
                      official_id=worker.official, role=self.records.TASK_ROLE_LEAD)])

    def _answer(self, unit, clerk, delivery):
        """The commune's own report, sent back, completes what it got."""
        drafts = protos.module("document", "drafts")
        content = drafts.DraftContent(
            type=self.records.DocumentType(name="Báo cáo", abbreviation="BC"),
            subject="Kết quả chấn chỉnh kỷ luật, kỷ cương hành chính",
            recipients=[self.records.Recipient(unit_id=self.department)])
        worker = self.day.actor(unit, "commune-economy")
        draft = self.call(worker, f"letter/{unit}/draft", "DraftService", "CreateDraft",
                          content=content)
        report = self.issue(worker, self.day.actor(unit, "commune-head"), clerk,
                            f"letter/{unit}/report", draft)
        self._work(worker, unit)
        self.call(clerk, f"letter/{unit}/complete", "IncomingService", "CompleteDelivery",
                  delivery_id=delivery, answering_document_id=report.id)

    def _work(self, worker, unit):
        """The task is begun, which is state 05 of the delivery, and done."""
        incoming = protos.module("document", "incoming")
        task, = self.day.client.document(
            "IncomingService", "ListTasks", incoming.ListTasksRequest(mine=True, open=True),
            **worker.options).tasks
        self.call(worker, f"letter/{unit}/start", "IncomingService", "StartTask", task_id=task.id)
        self.call(worker, f"letter/{unit}/done", "IncomingService", "CompleteTask",
                  task_id=task.id, text="Đã báo cáo kết quả")

    def states(self, facts):
        counts = collections.Counter(
            self.records.DeliveryState.Name(delivery.state).removeprefix("DELIVERY_STATE_").lower()
            for delivery in self.deliveries(self.clerk,
                                            self.day.progress.facts("letter")["_document"]))
        facts.update(sorted(counts.items()))
        _expect(counts["completed"] == 1 and counts["refused"] == 1
                and sum(counts.values()) == len(self.receivers), "the table of states")

    def recall(self, facts):
        document = self.day.progress.facts("letter")["_document"]
        self.call(self.clerk, "letter/recall", "DocumentService", "RecallDocument",
                  document_id=document, reason=REASON)
        agrees, keeps = self.communes[2], self.receivers[0]
        for unit, accept in ((agrees, True), (keeps, False)):
            position = "commune-records" if unit in self.communes else "district-records"
            clerk = self.day.actor(unit, position)
            self.call(clerk, f"letter/{unit}/answer", "IncomingService", "AnswerChange",
                      delivery_id=self.delivery(clerk, document), accept=accept,
                      reason="" if accept else "Đã triển khai")
        facts["out of the copy of who agreed after ms"] = copies.leaves(
            self.day, [agrees], "document", document)
        for unit in (keeps, self.communes[1]):
            if copies.record(self.day, unit, "document", document) is None:
                raise Unexpected(f"{unit} has lost a document that it did not give back")

    def delivery(self, actor, document):
        """The delivery of a document to the actor's unit."""
        found = [delivery.id for delivery in self.deliveries(actor, document)
                 if delivery.receiver_unit_id == actor.unit]
        if not found:  # it has been given back: the document is out of sight
            incoming = protos.module("document", "incoming")
            answer = self.day.client.document("IncomingService", "ListIncoming",
                                              incoming.ListIncomingRequest(), **actor.options)
            found = [delivery.id for delivery in answer.deliveries
                     if delivery.document_id == document]
        return found[0]

    def deliveries(self, actor, document):
        request = protos.module("document", "documents").ListDeliveriesRequest
        try:
            return self.day.client.document("DocumentService", "ListDeliveries", request(
                document_id=document, page_size=500), **actor.options).deliveries
        except CallError as error:
            if error.code == "NOT_FOUND":
                return []
            raise

    def call(self, actor, scene, service, method, **fields):
        return call(self.day, actor, scene, service, method, **fields)

    @staticmethod
    def pdf(size):
        """Bytes that begin like a PDF."""
        return (b"%PDF-1.7\n" + b"% noi dung\n" * (size // 11 + 1))[:size]


def set_series(day):
    """Every unit has the number books that the province's data give it; how many."""
    with open(day.province.folder / "series.csv", encoding="utf-8", newline="") as text:
        rules = list(csv.DictReader(text))
    unit_kind = protos.module("directory", "records").UnitKind
    calls = []
    for code, unit in day.province.units.items():
        kind = unit_kind.Name(unit.kind).removeprefix("UNIT_KIND_").lower()
        for rule in rules:
            if rule["unit_code"] == code or (rule["unit_kind"] == kind and not rule["unit_code"]):
                calls.append((code, rule))
    _each(calls, lambda item: _set_series(day, *item))
    return len(calls)


def _set_series(day, unit, rule):
    records = protos.module("document", "records")
    call(day, None, f"series/{unit}/{rule['series']}", "BookService", "SetSeries",
         series=records.Series(
             unit_id=unit, series=rule["series"], title=rule["title"],
             direction=records.BOOK_DIRECTION_OUTGOING,
             agency_abbreviation=rule["agency_abbreviation"],
             type_codes=rule["type_codes"].split()))


def call(day, actor, scene, service, method, **fields):
    """A change whose request id follows from the seed and the scene; without an actor as ops."""
    request = day.client.request("document", service, method)(
        request_id=day.request_id(f"documents/{scene}"), **fields)
    return day.client.document(service, method, request, **(actor.options if actor else {}))


def _each(items, work):
    with concurrent.futures.ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        return list(pool.map(work, items))


def _expect(holds, what):
    if not holds:
        raise Unexpected(f"not as expected: {what}")
