"""Records of every service with a canary wherever a person is told of, or writes."""

import datetime
import re
import uuid

from stack import settings

from day import cast, documents, hotline, load, numbers, people, protos
from day.client import CallError

from . import visitor
from .case import COMMUNE, DISTRICT, OTHER, POSITION

CANARY = "canary"
LETTERS = str.maketrans("0123456789", "ghijklmnop")
CATEGORY, LIT = "HATANG.GIAOTHONG", "HATANG.CHIEUSANG"
BIRTH = datetime.date(1985, 4, 3)
TAX_SERIAL = 250_000        # no other maker begins there
TAIL = 999_001      # nor here


def word():
    """One that stands nowhere else; of letters alone, as in a name."""
    return CANARY + uuid.uuid4().hex.translate(LETTERS)


class Records:
    """Made through the APIs, by officials whose own names are canaries. `numbers`: those that a
    person is known by; they are looked for like the words. `refused`: what callers were told.
    `kept_phone`: of a reporter whom the hotline keeps."""

    def __init__(self, day, maker):
        self.day, self.people, self.numbers, self.refused = day, maker, [], []
        self.held, self.kept_phone = [], None
        self.registry = protos.module("registry", "registry")
        self.registrar, self.head, self.clerk, self.economist, self.approver = (
            self.official(unit, position) for unit, position in (
                (COMMUNE, POSITION), (COMMUNE, "commune-head"), (COMMUNE, "commune-records"),
                (COMMUNE, "commune-economy"), (DISTRICT, "district-approver")))
        load.wait_known(day, {})

    def make(self):
        self.of_citizens()
        self.of_enterprises()
        self.of_documents()
        self.of_incoming()
        self.of_tickets()
        self.of_operators()

    def end(self):
        """Those officials hold nothing any more."""
        end = protos.module("directory", "directory").EndAppointmentRequest
        for actor, position in self.held:
            self.day.client.directory("EndAppointment", end(
                request_id=str(uuid.uuid4()), official_id=actor.official, unit_id=actor.unit,
                position_id=position))
        load.wait_known(self.day, {})

    def official(self, unit, position):
        """An actor with a position since now."""
        directory = protos.module("directory", "directory")
        made = self.day.client.directory("CreateOfficial", directory.CreateOfficialRequest(
            request_id=str(uuid.uuid4()),
            official=protos.module("directory", "records").Official(full_name=word())))
        request = directory.AppointOfficialRequest(
            request_id=str(uuid.uuid4()), official_id=made.id)
        request.appointment.unit_id, request.appointment.position_id = unit, position
        request.appointment.starts_at.FromDatetime(self.day.now())
        self.day.client.directory("AppointOfficial", request)
        self.held.append((cast.Actor(unit, made.id), position))
        return self.held[-1][0]

    # The registry.

    def of_citizens(self):
        """Registered, looked up, corrected; one whose number is in use is refused."""
        citizen = self.citizen()
        made = self.ask_registry(self.registrar, "RegisterCitizen", citizen=citizen)
        citizen.full_name, citizen.address.text = word(), word()
        self.is_refused(self.ask_registry, self.registrar, "RegisterCitizen", citizen=citizen)
        for method, fields in (
                ("GetCitizen", {"citizen_id": made.id}),
                ("FindCitizens", {"name": made.full_name, "birth_date": made.birth_date}),
                ("FindCitizens", {"identity_number": made.identity_number})):
            request = getattr(self.registry, f"{method}Request")(purpose=word(), **fields)
            self.day.client.registry(method, request, **self.registrar.options)
        replica = protos.module("replica", "replica").GetRecordRequest(
            record_type="citizen", record_id=made.id, min_version=1, purpose=word())
        self.day.client.replica(COMMUNE, "GetRecord", replica)
        correction = self.ask_registry(
            self.registrar, "RequestCorrection", citizen_id=made.id, full_name=word(),
            reason=word())
        self.day.client.registry("RejectCorrection", self.registry.DecideCorrectionRequest(
            request_id=str(uuid.uuid4()), correction_id=correction.id, reason=word()),
            **self.approver.options)

    def citizen(self):
        """With a number, and one of an older card."""
        citizen = self.people.citizen(self.day.province.commune_of(COMMUNE), birth=BIRTH,
                                      numbered=False)
        citizen.full_name, citizen.address.text = word(), word()
        citizen.identity_number = numbers.identity_number(
            numbers.BINH_DUONG, citizen.sex, BIRTH, TAIL)
        del citizen.old_identity_numbers[:]
        citizen.old_identity_numbers.append(f"281{TAIL}")
        self.numbers += [citizen.identity_number, *citizen.old_identity_numbers]
        return citizen

    def of_enterprises(self):
        tax_number = next(numbers.tax_numbers(TAX_SERIAL))
        for take in (lambda ask, *arguments, **fields: ask(*arguments, **fields), self.is_refused):
            enterprise = self.people.enterprise(
                tax_number, self.day.province.commune_of(COMMUNE))
            enterprise.name, enterprise.representative_name = word(), word()
            enterprise.address.text = word()
            take(self.ask_registry, self.economist, "RegisterEnterprise", enterprise=enterprise)

    def ask_registry(self, actor, method, **fields):
        request = getattr(self.registry, f"{method}Request")(
            request_id=str(uuid.uuid4()), **fields)
        return self.day.client.registry(method, request, **actor.options)

    def is_refused(self, ask, *arguments, **fields):
        """What is told goes to `refused`."""
        try:
            ask(*arguments, **fields)
        except CallError as error:
            self.refused.append(str(error))
        else:
            raise AssertionError(f"{arguments}: not refused")

    # Documents.

    def of_documents(self):
        """Drafted, returned, signed, sent; one receiver refuses, one works on it; taken back."""
        scenes = documents.Documents(self.day)
        scenes.series({})
        name = f"canaries/{uuid.uuid4()}"

        def ask(actor, service, method, **fields):
            return scenes.call(actor, f"{name}/{uuid.uuid4()}", service, method, **fields)

        content = protos.module("document", "drafts").DraftContent(
            type=scenes.records.DocumentType(name="Công văn"), drafting_abbreviation="VP",
            subject=word(), summary=word(), page_count=1,
            recipients=[scenes.records.Recipient(unit_id=unit) for unit in (DISTRICT, OTHER)])
        draft = ask(self.registrar, "DraftService", "CreateDraft", content=content)
        ask(self.head, "DraftService", "GiveOpinion", draft_id=draft.id, text=word())
        ask(self.registrar, "DraftService", "SubmitDraft", draft_id=draft.id,
            official_id=self.head.official)
        ask(self.head, "DraftService", "ReturnDraft", draft_id=draft.id, reason=word())
        document = scenes.issue(self.registrar, self.head, self.clerk, name, draft)
        other = self.day.actor(OTHER, "commune-records")
        ask(other, "IncomingService", "RefuseDelivery", reason=word(),
            delivery_id=scenes.delivery(other, document.id))
        self.at_district(scenes, ask, document.id)
        ask(self.clerk, "DocumentService", "RecallDocument", document_id=document.id,
            reason=word())

    def at_district(self, scenes, ask, document):
        clerk, head, worker = (self.day.actor(DISTRICT, f"district-{position}")
                               for position in ("records", "head", "economy"))
        incoming = protos.module("document", "incoming")
        delivery = scenes.delivery(clerk, document)
        ask(clerk, "IncomingService", "EnterDelivery", delivery_id=delivery)
        ask(head, "IncomingService", "AssignDelivery", delivery_id=delivery, opinion=word(),
            assignments=[incoming.Assignment(official_id=worker.official, instruction=word(),
                                             role=scenes.records.TASK_ROLE_LEAD)])
        task, = self.day.client.document(
            "IncomingService", "ListTasks", incoming.ListTasksRequest(delivery_id=delivery),
            **worker.options).tasks
        ask(worker, "IncomingService", "StartTask", task_id=task.id)
        ask(worker, "IncomingService", "ReportTask", task_id=task.id, text=word())

    def of_incoming(self):
        """A letter of somebody outside."""
        records = protos.module("document", "records")
        documents.call(self.day, self.clerk, f"canaries/{uuid.uuid4()}", "IncomingService",
                       "RegisterIncoming", sender_name=word(), subject=word(), summary=word(),
                       document_date=people.DAY.isoformat(),
                       type=records.DocumentType(name="Công văn"))

    # The hotline.

    def of_tickets(self):
        """Over the telephone, routed and answered; over the page; and by a key that is none."""
        scenes, reporters = hotline.Hotline(self.day), protos.module("hotline", "reporters")
        caller = reporters.Caller(full_name=word(), phone=self.phone(),
                                  email=f"{word()}@example.vn")
        self.kept_phone = caller.phone[1:]
        commune = self.day.province.units[COMMUNE]
        ticket = self.ask_hotline(
            scenes.operator, "TicketService", "OpenTicket", channel=scenes.records.CHANNEL_PHONE,
            caller=caller, text=word(), category_id=CATEGORY, place=scenes.records.Place(
                commune_code=commune.gso_code, address=word())).ticket
        self.ask_hotline(scenes.supervisor, "TicketService", "RouteTicket", ticket_id=ticket.id,
                         routes=[scenes.tickets.Route(unit_id=COMMUNE, instruction=word())])
        asked = protos.module("hotline", "assignments").ListAssignmentsRequest(ticket_id=ticket.id)
        assignment, = self.day.client.hotline("AssignmentService", "ListAssignments", asked,
                                              **scenes.supervisor.options).assignments
        self.ask_hotline(self.head, "AssignmentService", "AnswerAssignment",
                         assignment_id=assignment.id, answer=word())
        self.at_the_page()

    def at_the_page(self):
        """What is asked for stands in addresses too."""
        citizen = visitor.Visitor(self.day.stack)
        fields = citizen.form(f"/vi/report?category={LIT}") | {
            "category": LIT, "text": word(), "q-so_cot": word(), "commune": "25747",
            "address": word(), "name": word(), "phone": self.phone(),
            "email": f"{word()}@example.vn"}
        sent = citizen.post_parts("/vi/report", fields)
        code = re.search(r'id="code"[^>]*>([^<]*)<', sent.text)
        if sent.status != 200 or not code:
            raise AssertionError(f"the page took no report: {sent.status}")
        self.numbers += [code.group(1), code.group(1).replace("-", "")]
        key = word()
        for path in (f"/vi/answers?q={word()}", f"/{word()}?name={word()}",
                     f"/open311/v2/requests/{word()}.json"):
            citizen.get(path)
        citizen.post("/open311/v2/requests.json", {
            "api_key": key, "service_code": LIT, "address_id": "25747", "description": word(),
            "phone": self.phone(), "first_name": word(), "email": f"{word()}@example.vn"})

    def ask_hotline(self, actor, service, method, **fields):
        request = self.day.client.request("hotline", service, method)(
            request_id=str(uuid.uuid4()), **fields)
        return self.day.client.hotline(service, method, request, **actor.options)

    def phone(self):
        """As it is dialled; without its first digit it stands in every form of it."""
        phone = visitor.new_phone()
        self.numbers.append(phone[1:])
        return phone

    # Operators.

    def of_operators(self):
        """What an operator did and why, of every owner."""
        journal = protos.module("journal", "journal")
        operations = protos.module("journal", "operation")
        for owner in settings.OWNERS:
            begin = journal.RecordOperationRequest(
                request_id=str(uuid.uuid4()), kind=operations.OPERATION_KIND_SILENCE_UNIT,
                unit_id=COMMUNE, reason=word(), operator=word())
            begun = self.day.client.journal(owner, "RecordOperation", begin)
            self.day.client.journal(owner, "EndOperation", journal.EndOperationRequest(
                request_id=str(uuid.uuid4()), operation_id=begun.id, note=word(),
                outcome=operations.OPERATION_OUTCOME_SUCCEEDED))
        again = journal.ReplayParkedEventsRequest(
            request_id=str(uuid.uuid4()), reason=word(), operator=word())
        self.day.client.journal("registry", "ReplayParkedEvents", again)
