"""Official letters of districts to their communes: written, sent, entered, assigned, searched."""

import dataclasses

from day import protos

from .calls import PAGE, Calls, expect
from .mixture import Kind, Pool

RECEIVERS_MAX = 3
SUBJECT, SEARCHED = "Về công tác tháng", "ve cong tac thang"


@dataclasses.dataclass
class Letter:
    """`id` and `version`: of the draft, later of the document."""

    id: str
    version: int
    territory: object
    receivers: list


class Documents(Calls):
    """A letter goes through the pools in the order in which they are made here."""

    def __init__(self, day, name, territories):
        super().__init__(day, f"{name}/documents")
        self.territories = territories
        self.records = protos.module("document", "records")
        self.drafts = protos.module("document", "drafts")
        self.incoming = protos.module("document", "incoming")
        (self.written, self.submitted, self.signed, self.issued, self.sent, self.arrived,
         self.entered) = (Pool(f"{name}/letters/{step}") for step in range(7))

    def kinds(self):
        return [
            Kind("CreateDraft", 3, self.create_draft),
            Kind("SubmitDraft", 3, self.submit_draft, "CreateDraft"),
            Kind("SignDraft", 3, self.sign_draft, "SubmitDraft"),
            Kind("IssueDocument", 3, self.issue_document, "SignDraft"),
            Kind("GetDocument", 3, self.get_document, "IssueDocument"),
            Kind("ListDeliveries", 5, self.list_deliveries, "IssueDocument"),
            Kind("EnterDelivery", 5, self.enter_delivery, "ListDeliveries"),
            Kind("AssignDelivery", 5, self.assign_delivery, "EnterDelivery"),
            Kind("FindDocuments", 3, self.find_documents),
        ]

    def create_draft(self):
        territory = self.random.choice(self.territories)
        receivers = self.random.sample(territory.communes, self.random.randint(
            1, min(RECEIVERS_MAX, len(territory.communes))))
        content = self.drafts.DraftContent(
            type=self.records.DocumentType(name="Công văn"), drafting_abbreviation="VP",
            subject=f"{SUBJECT} {self.random.randint(1, 12)}",
            recipients=[self.records.Recipient(unit_id=unit) for unit in receivers])

        def run():
            draft = self.document(self._of_district(territory, "registrar"), "DraftService",
                                  "CreateDraft", content=content)
            self.written.put(Letter(draft.id, draft.version, territory, receivers))
        return run

    def submit_draft(self):
        letter = self.written.take()
        if not letter:
            return None
        head = self._of_district(letter.territory, "head")
        return self._draft_step(letter, "registrar", "SubmitDraft", self.submitted,
                                official_id=head.official)

    def sign_draft(self):
        letter = self.submitted.take()
        return letter and self._draft_step(letter, "head", "SignDraft", self.signed)

    def _draft_step(self, letter, position, method, then, **fields):
        version = self.either(letter.version)

        def run():
            letter.version = self.document(
                self._of_district(letter.territory, position), "DraftService", method,
                draft_id=letter.id, expected_version=version, **fields).version
            then.put(letter)
        return run

    def issue_document(self):
        letter = self.signed.take()
        if not letter:
            return None

        def run():
            document = self.document(
                self._of_district(letter.territory, "records"), "DocumentService",
                "IssueDocument", draft_id=letter.id)
            self.issued.put(Letter(document.id, document.version, letter.territory,
                                   letter.receivers))
            for commune in letter.receivers:
                self.sent.put((document.id, commune))
        return run

    def get_document(self):
        letter = self.issued.take()
        if not letter:
            return None

        def run():
            found = self.document(self._of_district(letter.territory, "records"),
                                  "DocumentService", "GetDocument", document_id=letter.id)
            expect(found.id == letter.id and found.code, "another document, or without a number")
            self.issued.put(letter)
        return run

    def list_deliveries(self):
        """As the clerk of a commune that got the letter; there is one for each receiver."""
        thing = self.sent.take()
        if not thing:
            return None
        document, commune = thing
        clerk = self.day.actor(commune, "commune-records")

        def run():
            found = self.document(clerk, "DocumentService", "ListDeliveries",
                                  document_id=document).deliveries
            own = [one for one in found if one.receiver_unit_id == commune]
            expect(len(own) == 1, "other than one delivery to a receiver")
            self.arrived.put((own[0], commune))
        return run

    def enter_delivery(self):
        thing = self.arrived.take()
        if not thing:
            return None
        delivery, commune = thing
        version = self.either(delivery.version)

        def run():
            entered = self.document(
                self.day.actor(commune, "commune-records"), "IncomingService", "EnterDelivery",
                delivery_id=delivery.id, expected_version=version)
            expect(entered.arrival_code, "a delivery without a number of arrival")
            self.entered.put((entered, commune))
        return run

    def assign_delivery(self):
        thing = self.entered.take()
        if not thing:
            return None
        delivery, commune = thing
        worker = self.day.actor(commune, "commune-economy")
        version = self.either(delivery.version)
        assignment = self.incoming.Assignment(official_id=worker.official,
                                              role=self.records.TASK_ROLE_LEAD)
        return lambda: self.document(
            self.day.actor(commune, "commune-head"), "IncomingService", "AssignDelivery",
            delivery_id=delivery.id, opinion="Giao tham mưu", expected_version=version,
            assignments=[assignment])

    def find_documents(self):
        territory = self.random.choice(self.territories)
        clerk = self.day.actor(self.random.choice(territory.communes), "commune-records")
        return lambda: self.document(clerk, "DocumentService", "FindDocuments", text=SEARCHED,
                                     page_size=PAGE)

    def _of_district(self, territory, position):
        return self.day.actor(territory.district, f"district-{position}")
