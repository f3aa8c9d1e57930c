"""Whatever a citizen's form meets, what was typed comes back and is one report in the end; and what
a day may cost the province is limited, by address and in all."""

import html
import re
import uuid

from stack import services

from day import protos, waiting

from . import visitor
from .case import SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

CATEGORY = "HATANG.GIAOTHONG"
TEXT = 'Ổ gà "sâu"\n<b>trước</b> cổng trường'
CODE = re.compile(r'<p class="code" id="code"[^>]*>([^<]+)<')
RETRY = re.compile(r"sau \d+ giờ")
PHOTO = ("photos", "a.jpg", "image/jpeg", b"\xff\xd8\xff" + b"x" * 400_000)
MEBIBYTE = 1024 * 1024


class PortalKept(Case):
    """Forms by visitors without scripts, each with an address of its own."""

    def visit(self):
        citizen = visitor.Visitor(self.stack)
        fields = citizen.form(f"/vi/report?category={CATEGORY}")
        return citizen, fields | {"text": TEXT, "commune": "25747", "address": "Số 1 Yersin",
                                  "name": "Trần Thị Bưởi", "phone": visitor.new_phone()}

    def assert_kept(self, answer, fields):
        """The form is there again, filled in, with its id and a summary that has the focus."""
        page = html.unescape(answer.text)
        self.assertIn(f">{TEXT}</textarea>", page)
        self.assertIn('<option lang="vi" value="25747" selected>', page)
        for name in ("category", "request_id", "address", "name", "phone"):
            self.assertRegex(page, f'name="{name}"[^>]* value="{re.escape(fields[name])}"')
        self.assertRegex(page, r'id="errors"[^>]* role="alert" tabindex="-1" autofocus')

    def send(self, citizen, fields, status, files=()):
        answer = citizen.post_parts("/vi/report", fields, files)
        self.assertEqual(answer.status, status, answer.text[:2000])
        return answer

    def code_of(self, answer):
        return CODE.search(answer.text).group(1)

    def restart(self, variables):
        services.stop(self.stack, "portal")
        services.serve(self.stack, "portal", variables)
        services.wait_healthy(self.stack, "portal")

    def limited(self, **limits):
        self.addCleanup(self.restart, {})
        self.restart({f"LIENTHONG_{name}": str(value) for name, value in limits.items()})

    def test_a_form_without_its_cookie_comes_back_and_is_taken_then(self):
        citizen, fields = self.visit()
        citizen.cookie = ""
        refused = self.send(citizen, fields, 403, [PHOTO])
        self.assert_kept(refused, fields)
        self.assertIn("Ảnh không giữ lại được", refused.text)
        hidden, citizen.cookie = visitor.fields_of(refused)
        self.assertNotEqual(hidden["token"], fields["token"])
        self.code_of(self.send(citizen, fields | hidden, 200))

    def test_what_is_sent_while_the_hotline_is_away_is_one_report_after(self):
        citizen, fields = self.visit()
        self.assertEqual(services.stop(self.stack, "hotline"), 0)
        try:
            refused = self.send(citizen, fields, 503)
            self.assertGreater(int(refused.getheader("Retry-After")), 0)
            self.assert_kept(refused, fields)
        finally:
            services.serve(self.stack, "hotline")
            services.wait_healthy(self.stack, "hotline")
        waiting.until("the hotline answers the portal", SECONDS_MAX,
                      lambda: citizen.get("/vi/answers").status == 200)
        codes = {self.code_of(self.send(citizen, fields, 200)) for _ in range(2)}
        self.assertEqual(len(codes), 1)

    def test_a_category_that_is_closed_meanwhile_does_not_cost_the_text(self):
        citizen, fields = self.visit()
        answer = self.send(citizen, fields | {"category": "DA.DONG"}, 422)
        self.assert_kept(answer, fields | {"category": "-"})

    def test_who_sends_too_often_keeps_what_was_typed(self):
        self.limited(FORMS_PER_MINUTE_MAX=1)
        citizen, fields = self.visit()
        self.send(citizen, fields | {"text": ""}, 422)
        refused = self.send(citizen, fields, 429)
        self.assertGreater(int(refused.getheader("Retry-After")), 0)
        self.assert_kept(refused, fields)

    def test_one_address_causes_so_many_messages_a_day_whatever_numbers_it_gives(self):
        self.limited(MESSAGES_PER_DAY_MAX=2)
        citizen, fields = self.visit()
        for _ in range(2):
            self.send(citizen, fields | {"request_id": str(uuid.uuid4()),
                                         "phone": visitor.new_phone()}, 200)
        refused = self.send(citizen, fields, 429)
        self.assert_kept(refused, fields)
        self.assertRegex(refused.text, RETRY)
        self.assertIn('id="phone-error"', refused.text)
        # Who is told nothing costs nothing, and others go on.
        self.send(citizen, fields | {"anonymous": "1"}, 200)
        self.send(*self.visit(), 200)

    def test_a_form_that_is_sent_again_counts_once_for_the_day(self):
        self.limited(MESSAGES_PER_DAY_MAX=2, PHOTO_MIB_PER_DAY_MAX=1)
        citizen, fields = self.visit()
        codes = {self.code_of(self.send(citizen, fields, 200, [PHOTO])) for _ in range(2)}
        self.assertEqual(len(codes), 1)
        second, third = (fields | {"request_id": str(uuid.uuid4())} for _ in range(2))
        code = self.code_of(self.send(citizen, second, 200, [PHOTO]))
        self.assertIn('id="phone-error"', self.send(citizen, third, 429).text)
        # What used the day up is answered again.
        self.assertEqual(self.code_of(self.send(citizen, second, 200, [PHOTO])), code)
        refused = self.send(citizen, third | {"anonymous": "1"}, 429, [PHOTO])
        self.assertIn('id="photos-error"', refused.text)

    def test_photos_of_a_day_are_limited_by_address(self):
        self.limited(PHOTO_MIB_PER_DAY_MAX=1)
        citizen, fields = self.visit()
        self.send(citizen, fields, 200, [PHOTO, PHOTO])
        again = fields | {"request_id": str(uuid.uuid4())}
        refused = self.send(citizen, again, 429, [PHOTO])
        self.assert_kept(refused, again)
        self.assertIn('id="photos-error"', refused.text)
        self.send(citizen, again, 200)
        other, fields = self.visit()
        self.send(other, fields, 200, [PHOTO])

    def test_a_partner_causes_so_many_messages_a_day(self):
        self.limited(MESSAGES_OF_KEY_PER_DAY_MAX=2)
        partner, report = self.partner()
        first, second, third = (report | {"phone": visitor.new_phone(),
                                          "request_id": str(uuid.uuid4())} for _ in range(3))
        # Sent again it is the same report, and counts once.
        sent = [partner.post("/open311/v2/requests.json", fields)
                for fields in (first, first, second, third, second)]
        self.assertEqual([answer.status for answer in sent], [200, 200, 200, 429, 200])
        self.assertGreater(int(sent[3].getheader("Retry-After")), 3600)
        self.assertIn("24 hours", sent[3].text)
        self.assertEqual(partner.post("/open311/v2/requests.json", report).status, 200)

    def test_a_partner_sends_so_many_photos_a_day(self):
        self.limited(PHOTO_MIB_PER_DAY_MAX=1)
        (partner, report), (_, other) = self.partner(), self.partner()
        media = ("media", "anh", "image/jpeg", PHOTO[3])
        first = report | {"request_id": str(uuid.uuid4())}
        sent = [partner.post_parts("/open311/v2/requests.json", fields, [media] * count)
                for fields, count in ((first, 1), (first, 1), (report, 1), (report, 1),
                                      (report, 0), (other, 1))]
        self.assertEqual([answer.status for answer in sent], [200, 200, 200, 429, 200, 200])
        self.assertIn("photos", sent[3].text)

    def partner(self):
        """With a key of its own, and what it reports, without a contact."""
        keys = protos.module("hotline", "api_keys")
        key = self.day.client.hotline("ApiKeyService", "CreateApiKey", keys.CreateApiKeyRequest(
            request_id=str(uuid.uuid4()), name="Giới hạn của một ngày", calls_per_minute=6000)).key
        return visitor.Visitor(self.stack), {
            "api_key": key, "service_code": CATEGORY, "address_id": "25747", "description": "Ổ gà"}
