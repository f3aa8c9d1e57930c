"""What nobody but those concerned may know is in no public answer: everything that the portal shows
is looked through for the words of tickets that are not for everybody, and of all that people write
about the others."""

import datetime
import hashlib
import json
import re
import urllib.parse
import uuid

from stack import postgres, services

from day import hotline, protos, waiting

from . import canaries, sms, visitor
from .case import COMMUNE, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

CATEGORY, CONDUCT, LIT = "HATANG.GIAOTHONG", "CBCC.CHAMTRE", "HATANG.CHIEUSANG"
OTHER_COMMUNE = "H09.718.25750"
FEW = 5                     # a public count below that is not told
# Columns in which people's words stand that are not published; others hold codes, or what the
# service makes.
TEXTS = """SELECT table_name, column_name FROM information_schema.columns
  WHERE table_schema = 'public' AND data_type IN ('text', 'ARRAY') AND table_name IN
    ('ticket', 'assignment', 'report', 'reporter', 'reporter_access', 'article', 'answer_template',
     'api_key', 'message', 'message_retry')
  AND column_name !~ '_(id|ids|codes|times|officials|services|taken|photos|sha256)$'
  AND column_name !~ '(deadlines|extension|waits|classification|language)$'
  AND (table_name, column_name) NOT IN (('ticket', 'commune_code'), ('ticket', 'public_text'),
    ('ticket', 'public_answer'), ('reporter_access', 'system'), ('message', 'proof'),
    ('message', 'error'), ('message_retry', 'system'))"""
REFUSED = """SELECT max(id::text) FROM message WHERE ticket_id = %s AND state = 3"""    # FAILED
HELD = "SELECT EXISTS (SELECT FROM {0} WHERE {1}::text ~* %s)"
# What differs between two looks at the same: a form's token and id, and positions in lists; of the
# state of the province, when it was asked for, and what the copies' barriers bring.
VARYING = re.compile(r'name="(?:token|[a-z]+_id)" value="[^"]*"|page_token=[^"]*')
STATE_VARYING = re.compile(r'<td class="(?:equal|differs|unknown)">[^<]*</td>\s*<td>[^<]*</td>|'
                           r'<p class="hint">[^<]*</p>')
PDF, WAV = b"%PDF-1.7\n", b"RIFF\x24\0\0\0WAVE"     # how such files begin
LETTERS = str.maketrans("0123456789", "ghijklmnop")
ROW = re.compile(r'<tr>\s*<th scope="row" lang="vi">([^<]*)</th>'
                 r'\s*<td>([^<]*)</td>\s*<td>([^<]*)</td>\s*<td>([^<]*)</td>\s*<td>([^<]*)</td>')


def new_word(beginning):
    """Of letters alone: many digits look like a telephone number, which is not published."""
    return beginning + uuid.uuid4().hex.translate(LETTERS)


class PortalPrivacy(Case):
    """Canaries: words that stand in one place alone."""

    def setUp(self):
        super().setUp()
        self.scenes = hotline.Hotline(self.day)
        self.canaries, self.hidden = [], {}

    def test_no_public_answer_holds_what_is_not_for_everybody(self):
        shown, words = self.publish_with_photos()
        self.make_hidden()
        waiting_ones = self.make_public_ones_that_wait()
        self.write_elsewhere(shown)
        self.send_again()
        self.assert_in_every_text()

        pages = canaries.crawl(self.stack)
        self.assert_all_was_crawled(pages, [shown, *waiting_ones])
        everything = b"\n".join(pages.values()).decode("utf-8", "replace").lower()
        for word in words:
            self.assertIn(word, everything)
        for canary in self.canaries:
            self.assertNotIn(canary, everything)
        self.assert_photos(pages, shown)
        for name, ticket in self.hidden.items():
            with self.subTest(name):
                self.assertNotIn(ticket, everything)
                for path in (*canaries.public_paths(ticket), f"/vi/answers/{ticket}/photos/1"):
                    self.assert_as_if_there_were_none(path, ticket)

    def test_what_is_not_for_everybody_changes_no_public_answer(self):
        for unit, count in ((COMMUNE, FEW), (OTHER_COMMUNE, FEW - 1)):
            for _ in range(count):
                self.route(self.open(None), unit)
        self.restart_hotline()  # it keeps its figures for some minutes
        before = self.looked()
        for unit in (COMMUNE, OTHER_COMMUNE):
            for fields in ({"category": CONDUCT, "concerned_unit_id": "H09.13"},
                           {"anonymous": True}, {"confidential": True}):
                self.answer_by(unit, self.open(None, **fields))
                self.keep_private(unit, self.open(None, **fields))
            self.keep_private(unit, self.open(None))
        self.restart_hotline()
        after = self.looked()
        self.assertEqual(sorted(before), sorted(after))
        for path, body in before.items():
            self.assertEqual(body, after[path], path)
        few = {name for path, body in after.items() if "/state" in path
               for name, *figures in ROW.findall(body) for figure in figures[:3]
               if figure.isdigit() and int(figure) < FEW}
        self.assertEqual(few, set())
        received = {name: told for name, told, *_ in ROW.findall(after["/vi/state"])}
        self.assertGreaterEqual(int(received[self.day.province.units[COMMUNE].name]), FEW)

    def test_searches_find_nothing_by_words_that_are_not_shown(self):
        self.open("conduct", category=CONDUCT, concerned_unit_id=COMMUNE)
        ticket = self.open(None)
        self.publish(ticket, self.canary("shown"))
        for canary in [*self.canaries, "shown"]:
            with self.subTest(canary):
                text = self.get(f"/vi/answers?q={urllib.parse.quote(canary)}").text
                self.assertEqual(f"/vi/answers/{ticket}" in text, canary == "shown")

    # -- tickets ----------------------------------------------------------------------------------

    def publish_with_photos(self):
        """As citizens and units do it, with a canary wherever anybody writes: the published ticket,
        and what everybody may read of it."""
        citizen = visitor.Visitor(self.stack)
        self.photos = [canaries.photo(self.canary()) for _ in range(2)]
        phone = self.phone()
        fields = citizen.form(f"/vi/report?category={LIT}") | {
            "category": LIT, "text": self.canary(), "q-so_cot": self.canary(), "commune": "25747",
            "address": self.canary(), "latitude": "10.987654", "longitude": "106.654321",
            "name": self.canary(), "phone": phone, "email": f"{self.canary()}@example.vn"}
        self.canaries += ["10.987654", "106.654321"]
        sent = citizen.post_parts("/vi/report", fields, [
            ("photos", f"{self.canary()}.jpg", "image/jpeg", photo) for photo in self.photos])
        self.assertEqual(sent.status, 200)
        code = re.search(r'id="code"[^>]*>([^<]*)<', sent.text).group(1)
        ticket = self.remember(code)
        self.work(COMMUNE, ticket)
        self.step("ReturnAnswer", ticket, reason=self.canary())
        self.answered(ticket)
        words = [self.canary(new_word("shown")) for _ in range(2)]
        # The second photo is not for everybody.
        self.step("PublishTicket", ticket, public_text=words[0], public_answer=words[1],
                  public_photos=[hashlib.sha256(self.photos[0]).hexdigest()])
        typed = {"token": fields["token"], "code": code, "contact": phone}
        rated = citizen.post("/vi/rate", typed | {"satisfaction": "1", "comment": self.canary(),
                                                  "rate_id": str(uuid.uuid4())})
        self.assertEqual(rated.status, 200)
        return ticket, words

    def work(self, unit, ticket):
        """Of a unit: it asks the citizen, takes longer, and answers with a file."""
        registrar, head = self.day.actor(unit, "commune-registrar"), self.day.actor(
            unit, "commune-head")
        assignment = self.route(ticket, unit)
        self.at(registrar, "AcceptAssignment", assignment)
        self.at(registrar, "PauseAssignment", assignment, reason=self.canary())
        self.step("RecordReply", ticket, text=self.canary())
        due = protos.module("hotline", "assignments").ExtendAssignmentRequest().due_at
        due.FromDatetime(self.day.now() + datetime.timedelta(days=60))
        self.at(head, "ExtendAssignment", assignment, reason=self.canary(), due_at=due)
        self.at(registrar, "AnswerAssignment", assignment, answer=self.canary(),
                attachment_upload_ids=[self.upload(registrar, "pdf", PDF)])

    def make_hidden(self):
        """Tickets that are nobody else's business."""
        self.open("conduct", category=CONDUCT, concerned_unit_id=COMMUNE)
        self.open("anonymous", anonymous=True)
        self.open("confidential", confidential=True)
        self.open("unclassified", category="")
        self.step("KeepPrivate", self.answered(self.open("kept private")))
        self.step("RejectTicket", self.open("rejected"), reason=self.canary())
        withdrawn = self.open("withdrawn")
        self.publish(withdrawn, self.canary(), self.canary())
        self.step("WithdrawPublication", withdrawn, reason=self.canary())
        self.call(self.scenes.operator, "JoinTicket", ticket_id=self.open("joined"),
                  into_ticket_id=self.open(None))

    def make_public_ones_that_wait(self):
        """Not hidden, but neither what is said of them nor the citizen is anybody's business."""
        wrong, withdrawn, referred, separate, answered, reopened = (
            self.open(None) for _ in range(6))
        self.at(self.day.actor(OTHER_COMMUNE, "commune-head"), "ReturnAssignment",
                self.route(wrong, OTHER_COMMUNE), reason=self.canary())
        self.call(self.scenes.supervisor, "WithdrawAssignment", reason=self.canary(),
                  assignment_id=self.route(withdrawn, COMMUNE))
        self.route(referred, COMMUNE)
        self.step("ReferTicket", referred, reason=self.canary())
        self.step("JoinTicket", separate, into_ticket_id=self.open(None))
        self.step("SeparateTicket", separate)
        self.step("AnswerTicket", answered, answer=self.canary(), attachment_upload_ids=[
            self.upload(self.scenes.supervisor, "pdf", PDF)])
        self.publish(reopened, "Ổ gà lớn")
        self.step("RateTicket", reopened, satisfaction=1, comment=self.canary())
        self.step("ReopenTicket", reopened, reason=self.canary())
        return wrong, withdrawn, referred, separate, answered, reopened

    def write_elsewhere(self, ticket):
        """Why somebody was looked up, what the centre knows, and whom it lets in."""
        report = self.query("SELECT id::text FROM report WHERE own_ticket_id = %s", ticket)
        asked = protos.module("hotline", "reporters").GetReporterRequest(
            report_id=report, purpose=self.canary())
        self.day.client.hotline("TicketService", "GetReporter", asked,
                                **self.scenes.supervisor.options)
        knowledge = protos.module("hotline", "knowledge")
        for method, fields in (
                ("SaveArticle", {"article": knowledge.Article(
                    category_id=LIT, question=self.canary(), answer=self.canary(),
                    keywords=[self.canary()], legal_basis=self.canary())}),
                ("SaveTemplate", {"answer_template": knowledge.AnswerTemplate(
                    title=self.canary(), text=self.canary())})):
            self.ask("KnowledgeService", self.scenes.supervisor, method, **fields)
        made = self.ask("ApiKeyService", None, "CreateApiKey", name=self.canary())
        self.canaries.append(made.key.lower())
        self.ask("ApiKeyService", self.scenes.supervisor, "RevokeApiKey",
                 api_key_id=made.api_key.id, reason=self.canary())

    def send_again(self):
        """A message that the provider refused, and why it is sent again."""
        with sms.refusing() as url:
            self.restart_hotline({"LIENTHONG_SMS_URL": url})
            ticket = self.open(None)
            message = waiting.until("a refused message", 3 * SECONDS_MAX,
                                    lambda: self.query(REFUSED, ticket))
            retry = protos.module("hotline", "messages").RetryMessageRequest(
                message_id=message, reason=self.canary())
            self.day.client.hotline("MessageService", "RetryMessage", retry,
                                    **self.scenes.supervisor.options)
        self.restart_hotline()

    def open(self, name, category=CATEGORY, anonymous=False, **fields):
        """A ticket with a canary in each of its texts; with a name it is nobody else's business."""
        reporters, phone = protos.module("hotline", "reporters"), self.phone()
        caller = reporters.Caller(anonymous=anonymous)
        if not anonymous:
            caller.full_name = self.canary()
            caller.phone, caller.email = phone, f"{self.canary()}@example.vn"
        call = reporters.CallRecord(number=self.phone())
        for field, minutes in (("started_at", 3), ("ended_at", 1)):
            getattr(call, field).FromDatetime(self.day.now() - datetime.timedelta(minutes=minutes))
        commune = self.day.province.units[COMMUNE]
        opened = self.call(
            self.scenes.operator, "OpenTicket", category_id=category, caller=caller, call=call,
            channel=self.scenes.records.CHANNEL_PHONE, text=self.canary(),
            place=self.scenes.records.Place(commune_code=commune.gso_code, address=self.canary()),
            attachment_upload_ids=[self.upload(self.scenes.operator, "pdf", PDF)],
            recording_upload_ids=[self.upload(self.scenes.operator, "wav", WAV)],
            **fields)
        self.assertEqual(self.remember(opened.code), opened.ticket.id)
        if name:
            self.hidden[name] = opened.ticket.id
        return opened.ticket.id

    def remember(self, code):
        """The ticket of a code, which nobody else may know either."""
        self.canaries += [code.lower(), code.replace("-", "").lower()]
        return self.query("""SELECT own_ticket_id::text FROM report r JOIN reporter p
          ON p.report_id = r.id WHERE p.code = %s""", code.replace("-", ""))

    def canary(self, word=None):
        """A word that is looked for everywhere, unless it is given."""
        if word is None:
            word = new_word("canary")
            self.canaries.append(word)
        return word

    def phone(self):
        phone = visitor.new_phone()
        self.canaries.append(phone[1:])
        return phone

    def upload(self, actor, ending, begins):
        """A file with a canary in its name and in itself."""
        content = begins + self.canary().encode()
        request_type = self.day.client.request("hotline", "FileService", "CreateUpload")
        upload = self.day.client.hotline("FileService", "CreateUpload", request_type(
            request_id=str(uuid.uuid4()), name=f"{self.canary()}.{ending}",
            size_bytes=len(content)), **actor.options)
        write = protos.module("files", "files").WriteUploadRequest
        self.day.client.hotline("FileService", "WriteUpload", lambda: iter([
            write(upload_id=upload.id, data=content)]), **actor.options)
        return upload.id

    def route(self, ticket, unit):
        """To a unit with an instruction; the id of its assignment."""
        keeper = self.keeper(ticket)
        self.call(keeper, "RouteTicket", ticket_id=ticket, routes=[
            self.scenes.tickets.Route(unit_id=unit, instruction=self.canary())])
        asked = protos.module("hotline", "assignments").ListAssignmentsRequest(ticket_id=ticket)
        found = self.day.client.hotline("AssignmentService", "ListAssignments", asked,
                                        **keeper.options).assignments
        return next(one.id for one in found if one.unit_id == unit)

    def answer_by(self, unit, ticket):
        """Answered by a unit and approved."""
        self.at(self.day.actor(unit, "commune-head"), "AnswerAssignment",
                self.route(ticket, unit), answer=self.canary())
        self.step("ApproveTicket", ticket)

    def keep_private(self, unit, ticket):
        """Answered to the citizen alone, who is not content."""
        self.answer_by(unit, ticket)
        self.step("KeepPrivate", ticket)
        self.step("RateTicket", ticket, satisfaction=1, comment=self.canary())

    def answered(self, ticket):
        """Answered at once by the centre and approved."""
        self.step("AnswerTicket", ticket, answer=self.canary())
        self.step("ApproveTicket", ticket)
        return ticket

    def publish(self, ticket, text, answer="Đã xử lý xong."):
        self.answered(ticket)
        self.step("PublishTicket", ticket, public_text=text, public_answer=answer)

    def keeper(self, ticket):
        unit = self.query("SELECT keeper_unit_id FROM ticket WHERE id = %s", ticket)
        return (self.scenes.supervisor if unit == self.scenes.centre
                else self.day.actor(unit, "complaint-officer"))

    def step(self, method, ticket, **fields):
        return self.call(self.keeper(ticket), method, ticket_id=ticket, **fields)

    def at(self, actor, method, assignment, **fields):
        return self.ask("AssignmentService", actor, method, assignment_id=assignment, **fields)

    def call(self, actor, method, **fields):
        return self.ask("TicketService", actor, method, **fields)

    def ask(self, service, actor, method, **fields):
        request = self.day.client.request("hotline", service, method)(
            request_id=str(uuid.uuid4()), **fields)
        return self.day.client.hotline(service, method, request,
                                       **(actor.options if actor else {}))

    def query(self, statement, *values):
        return postgres.query(self.stack, "hotline", statement, values or None)[0][0]

    # -- everything that is shown -----------------------------------------------------------------

    def assert_in_every_text(self):
        """A canary is in each column that holds words of people."""
        wanted = "|".join(map(re.escape, self.canaries))
        for table, column in postgres.query(self.stack, "hotline", TEXTS):
            with self.subTest(table=table, column=column):
                self.assertTrue(self.query(HELD.format(table, column), wanted))

    def assert_all_was_crawled(self, pages, tickets):
        """Both languages alike, and each ticket in each place and form."""
        vietnamese, english = ({path[3:] for path in pages if path.startswith(f"/{language}")}
                               for language in ("vi", "en"))
        self.assertEqual({path for path in vietnamese if "page_token" not in path},
                         {path for path in english if "page_token" not in path})
        listed = json.loads(pages["/open311/v2/services.json"])
        self.assertGreater(len(listed), 0)
        for service in listed:
            self.assertIn(f"/report?category={service['service_code']}", vietnamese)
        for ticket in tickets:
            self.assertLessEqual(set(canaries.public_paths(ticket)), set(pages))
        kinds = {path.rsplit(".", 1)[-1].split("?")[0] for path in pages if "/open311/" in path}
        self.assertEqual(kinds, {"json", "xml"})
        print(f"\n{len(pages)} public answers, {len(self.canaries)} canaries", flush=True)

    def assert_photos(self, pages, ticket):
        for language in ("vi", "en"):
            photo = pages[f"/{language}/answers/{ticket}/photos/1"]
            self.assertEqual(canaries.markers(photo) - canaries.PICTURE, set())
            for number in (0, 2, 3):
                path = f"/{language}/answers/{ticket}/photos/{number}"
                self.assertEqual(self.get(path).status, 404, path)

    def assert_as_if_there_were_none(self, path, ticket):
        answer, missing = self.get(path), self.get(path.replace(ticket, str(uuid.uuid4())))
        self.assertEqual((answer.status, missing.status), (404, 404), path)
        self.assertEqual(answer.text.replace(ticket, ""),
                         re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", missing.text))

    def looked(self):
        """{path: text} of everything, but for what differs each time."""
        pages = canaries.crawl(self.stack)
        found = {VARYING.sub("", path): VARYING.sub("", body.decode("utf-8", "replace"))
                 for path, body in pages.items()}
        return {path: STATE_VARYING.sub("", body) if "/state" in path else body
                for path, body in found.items()}

    def restart_hotline(self, variables=None):
        services.stop(self.stack, "hotline")
        services.serve(self.stack, "hotline", variables)
        services.wait_healthy(self.stack, "hotline")
        waiting.until("the portal has it again", SECONDS_MAX,
                      lambda: self.get("/vi/answers").status == 200)

    def get(self, path):
        return visitor.request(self.stack, "GET", path)
