"""Official letters that a client of the traffic writes, sends, enters and takes back."""

import functools

from . import protos
from .client import CallError

RECEIVERS_MAX = 3
LETTERS_MAX = 20            # that a client goes on with


class Letters:
    """Of one traffic.Client: from its district to communes of it."""

    def __init__(self, client):
        self.client, self.day, self.random = client, client.day, client.random
        self.records = protos.module("document", "records")
        self.drafts = protos.module("document", "drafts")
        self.incoming = protos.module("document", "incoming")
        self.sent = []      # [{"id", "to": communes that have not entered it}]

    def send_letter(self):
        """Drafted, submitted, signed and issued; let go where an answer stays out."""
        communes = self.client.territory.communes
        receivers = self.random.sample(communes, self.random.randint(
            1, min(RECEIVERS_MAX, len(communes))))
        draft = self._call(
            self._of_district("registrar"), "DraftService", "CreateDraft", "draft",
            content=self.drafts.DraftContent(
                type=self.records.DocumentType(name="Công văn"), drafting_abbreviation="VP",
                subject=f"Về công tác tháng {self.random.randint(1, 12)}",
                recipients=[self.records.Recipient(unit_id=unit) for unit in receivers]))
        head = self._of_district("head")
        draft = draft and self._call(
            self._of_district("registrar"), "DraftService", "SubmitDraft", "draft",
            draft_id=draft.id, official_id=head.official, expected_version=self._either(draft))
        draft = draft and self._call(
            head, "DraftService", "SignDraft", "draft", draft_id=draft.id,
            expected_version=self._either(draft))
        letter = draft and self._call(
            self._of_district("records"), "DocumentService", "IssueDocument", "document",
            draft_id=draft.id)
        if letter:
            self.sent = [*self.sent, {"id": letter.id, "to": receivers}][-LETTERS_MAX:]

    def handle_letter(self):
        """Entered by one of its receivers, and given to somebody there."""
        waiting = [letter for letter in self.sent if letter["to"]]
        if not waiting:
            self.send_letter()
            return
        letter = self.random.choice(waiting)
        commune = letter["to"].pop(self.random.randrange(len(letter["to"])))
        clerk = self.day.actor(commune, "commune-records")
        delivery = self._delivery(clerk, letter["id"])
        delivery = delivery and self._call(
            clerk, "IncomingService", "EnterDelivery", "delivery", delivery_id=delivery.id,
            expected_version=self._either(delivery))
        if not delivery:
            return
        worker = self.day.actor(commune, "commune-economy")
        self._call(self.day.actor(commune, "commune-head"), "IncomingService", "AssignDelivery",
                   "delivery", delivery_id=delivery.id, opinion="Giao tham mưu",
                   expected_version=self._either(delivery),
                   assignments=[self.incoming.Assignment(
                       official_id=worker.official, role=self.records.TASK_ROLE_LEAD)])

    def recall_letter(self):
        if self.sent:
            letter = self.sent.pop(self.random.randrange(len(self.sent)))
            self._call(self._of_district("records"), "DocumentService", "RecallDocument",
                       "document", document_id=letter["id"], reason="Sai số liệu")

    def _delivery(self, actor, document):
        """The delivery to the actor's unit; None when the answer stays out."""
        request = protos.module("document", "documents").ListDeliveriesRequest
        try:
            answer = self.day.client.document("DocumentService", "ListDeliveries",
                                              request(document_id=document), **actor.options)
        except CallError:
            return None
        return next(iter(answer.deliveries), None)

    def _call(self, actor, service, method, record_type, **fields):
        request = self.day.client.request("document", service, method)(**fields)
        return self.client.call("document", actor, method, request, record_type,
                                functools.partial(self.day.client.document, service))

    def _either(self, record):
        """Half of the changes state the version they were made against."""
        return record.version if self.random.random() < 0.5 else 0

    def _of_district(self, name):
        return self.day.actor(self.client.territory.district, f"district-{name}")
