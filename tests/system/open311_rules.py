"""The rules of Open311 GeoReport v2, each with a request and what is expected of its answer.

https://wiki.open311.org/GeoReport_v2, https://wiki.open311.org/Service_Discovery; behind them our
own: pages, `request_id`, photos as `media`, `follow_code`, 405, and what nobody is told.
"""

import dataclasses
import typing
import uuid

from day import doors, hotline_rules

from .case import COMMUNE

DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00"
FOLLOW_CODE = "[0-9A-Z]{4}(-[0-9A-Z]{4}){2}"
GSO_CODE = COMMUNE.rsplit(".", 1)[-1]
PHONE = "0912345678"
LIT, LIST, EMERGENCY, CONDUCT = ("HATANG.CHIEUSANG", "HATANG.NUOC", "KHANCAP.114", "CBCC.CHAMTRE")
PUBLIC_TEXT = "Đèn đường <b>tắt</b> & \"hỏng\""
NOBODY = "0190a5b0-0000-7000-8000-000000000000"
REQUEST_FIELDS = {"service_request_id", "status", "status_notes", "service_name", "service_code",
                  "description", "agency_responsible", "service_notice", "requested_datetime",
                  "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat",
                  "long", "media_url"}


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule of the standard. `{open}` in `at` and `arguments` names what the test has made; bytes
    are a file.
    """

    words: str
    method: str
    at: str
    arguments: typing.Any
    status: int
    root: str
    check: typing.Callable


def get(words, at, root, check, /, **arguments):
    return Rule(words, "GET", at, arguments, 200, root, check)


def refused(words, at, status, description, /, **arguments):
    return Rule(words, "GET", at, arguments, status, "errors", says(status, description))


def made(words, check, *arguments):
    return Rule(words, "POST", "requests", arguments, 200, "service_requests", check)


def not_made(words, status, description, *arguments):
    return Rule(words, "POST", "requests", arguments, status, "errors", says(status, description))


# What is expected of an answer: functions of the test and the value.

def says(status, description):
    def check(case, value):
        case.assertTrue(value)
        for error in value:
            case.assertEqual((set(error), error["code"]), ({"code", "description"}, str(status)))
        case.assertRegex("\n".join(error["description"] for error in value), description)
    return check


def _discovers(case, value):
    case.assertEqual(set(value), {"changeset", "contact", "key_service", "endpoints"})
    endpoint, = value["endpoints"]
    case.assertEqual(set(endpoint), {"specification", "url", "changeset", "type", "formats"})
    case.assertEqual(endpoint["specification"], "http://wiki.open311.org/GeoReport_v2")
    case.assertTrue(endpoint["url"].endswith("/open311/v2"))
    case.assertIn(endpoint["type"], ("production", "test"))
    case.assertEqual(endpoint["formats"], ["text/xml", "application/json"])


def _lists_services(case, value):
    for service in value:
        case.assertEqual(set(service), {"service_code", "service_name", "description", "metadata",
                                        "type", "keywords", "group"})
        case.assertIn(service["metadata"], ("true", "false"))
        case.assertEqual(service["type"], "realtime")
        case.assertTrue(all(service.values()), service)
    found = {service["service_code"]: service["metadata"] for service in value}
    rows = hotline_rules.rows(case.day, "hotline_categories.csv")
    case.assertEqual(set(found), {
        row["code"] for row in rows
        if row["parent_code"] and row["restricted"] == "false" and row["kind"] != "EMERGENCY"})
    asked = {row["category_code"] for row in hotline_rules.rows(case.day, "hotline_questions.csv")}
    case.assertEqual({code for code in found if found[code] == "true"}, asked & set(found))


def _defines(case, value):
    case.assertEqual(value["service_code"], LIST)
    attribute, = value["attributes"]
    case.assertEqual(set(attribute), {"variable", "code", "datatype", "required", "order", "values",
                                      "datatype_description", "description"})
    wanted = {"variable": "true", "code": "loai", "datatype": "multivaluelist", "required": "true",
              "order": "1"}
    case.assertEqual({name: attribute[name] for name in wanted}, wanted)
    case.assertIn({"key": "ngap", "name": "Ngập"}, attribute["values"])


def _is_made(case, value):
    one, = value
    case.assertEqual(set(one), {"service_request_id", "service_notice", "account_id",
                                "follow_code"})
    uuid.UUID(one["service_request_id"])
    case.assertRegex(one["follow_code"], f"^{FOLLOW_CODE}$")
    case.assertIn(one["follow_code"], one["service_notice"])
    case.assertIsNone(one["account_id"])


def _notices(words):
    def check(case, value):
        _is_made(case, value)
        case.assertIn(words, value[0]["service_notice"])
    return check


def _is_public(case, value):
    for one in value:
        case.assertEqual(set(one), REQUEST_FIELDS)
        case.assertIn(one["status"], ("open", "closed"))
        for name in ("requested_datetime", "updated_datetime"):
            case.assertRegex(one[name], f"^{DATE}$")
    times = [one["requested_datetime"] for one in value]
    case.assertEqual(times, sorted(times, reverse=True))


def _holds(*names, without=(), **fields):
    """Requests that the class has made, and fields that all have."""
    def check(case, value):
        _is_public(case, value)
        found = [one["service_request_id"] for one in value]
        case.assertLessEqual({case.made[name] for name in names}, set(found))
        case.assertFalse({case.made[name] for name in without} & set(found))
        for one in value:
            case.assertEqual({name: one[name] for name in fields}, fields)
    return check


def _is_one(name, **fields):
    def check(case, value):
        _holds(name, **fields)(case, value)
        case.assertEqual(len(value), 1)
    return check


def _is_empty(case, value):
    case.assertEqual(value, [])


def _has(count):
    def check(case, value):
        _is_public(case, value)
        case.assertEqual(len(value), count)
    return check


def _is_token(case, value):
    case.assertEqual(value, [{"service_request_id": case.made["open"], "token": case.made["open"]}])


KEY, CODE, PLACE = ("api_key", "{key}"), ("service_code", LIT), ("address_id", GSO_CODE)
SOMEWHERE = (KEY, CODE, PLACE)
LONG = "đ" * 4000
PHOTO, JPEG = ("media", doors.photo(1)), ("media", b"\xff\xd8\xff")    # a picture; how one begins
RULES = (
    # Service discovery, in both formats.
    get("discovery names contact, keys and endpoints", "discovery", "discovery", _discovers),
    # Every call: jurisdiction_id, formats.
    get("jurisdiction_id is optional where there is one", "services", "services", _lists_services),
    get("the jurisdiction may be named", "services", "services", _lists_services,
        jurisdiction_id="{jurisdiction}"),
    get("an empty argument is none", "services", "services", _lists_services, jurisdiction_id=""),
    *(refused(f"404 for another jurisdiction: {at}", at, 404, "jurisdiction_id",
              jurisdiction_id="city.gov")
      for at in ("discovery", "services", f"services/{LIT}", "requests", "requests/{open}",
                 "tokens/{open}")),
    not_made("404 for another jurisdiction: POST", 404, "jurisdiction_id", *SOMEWHERE,
             ("jurisdiction_id", "city.gov")),
    # GET service definition.
    get("a definition has its attributes with their values", f"services/{LIST}",
        "service_definition", _defines),
    get("a service without attributes has an empty list of them", "services/HATANG.CAYXANH",
        "service_definition", lambda case, value: case.assertEqual(
            value, {"service_code": "HATANG.CAYXANH", "attributes": []})),
    *(refused(f"404 for a service_code that is none: {code}", f"services/{code}", 404,
              "service_code")
      for code in ("nothing", "HATANG", EMERGENCY, CONDUCT, "a%2E%2E", "%27%3B--")),
    # POST service request.
    made("made with an address_id; the id comes at once", _is_made, *SOMEWHERE, ("phone", PHONE)),
    made("made with lat and long", _is_made, KEY, CODE, ("lat", "10.98"), ("long", "106.65"),
         ("email", "nguoi.dan@example.vn")),
    made("made with an address_string", _is_made, KEY, CODE, ("address_string", "Số 1, Yersin")),
    made("every optional argument is taken", _is_made, *SOMEWHERE, ("phone", PHONE),
         ("email", "a@example.vn"), ("first_name", "An"), ("last_name", "Nguyễn"),
         ("device_id", "tt222111"), ("account_id", "123456"), ("description", "Đèn\ntắt"),
         ("media_url", "http://farm3.static.flickr.com/1.jpg"), ("lat", "10.98"),
         ("long", "106.65"), ("address_string", "1234 5th street"), ("zipcode", "x"),
         ("jurisdiction_id", "{jurisdiction}")),
    made("4000 characters of description", _is_made, *SOMEWHERE, ("description", LONG)),
    made("several values of one attribute", _is_made, KEY, ("service_code", LIST), PLACE,
         ("attribute[loai][]", "ngap"), ("attribute[loai][]", "vo_ong")),
    made("one value of an attribute", _is_made, KEY, ("service_code", LIST), PLACE,
         ("attribute[loai]", "ngap")),
    made("a datetime of ISO 8601", _is_made, KEY, ("service_code", "HATANG.XEBUYT"), PLACE,
         ("attribute[tuyen]", "1"), ("attribute[thoi_diem]", "2019-07-10T07:30+07:00")),
    made("who gives no contact is told what that means",
         _notices("An anonymous request is not shown"), *SOMEWHERE),
    made("who gives a media_url is told what becomes of it", _notices("media_url"), *SOMEWHERE,
         ("media_url", "https://example.vn/anh.jpg")),
    # Beyond the standard: photos, as many and as large as the page takes.
    made("made with a photo", _is_made, *SOMEWHERE, ("phone", PHONE), PHOTO),
    made("made with five photos, without a contact", _is_made, *SOMEWHERE, *[PHOTO] * 5),
    made("a file of nothing is none", _is_made, *SOMEWHERE, ("media", b"")),
    not_made("400 for six photos", 400, "media: at most 5", *SOMEWHERE, *[PHOTO] * 6),
    not_made("400 for a file that is neither JPEG nor PNG", 400, "media: .*JPEG", *SOMEWHERE, PHOTO,
             ("media", b"GIF89a")),
    not_made("400 for a photo that is too large", 400, "media: .*8 MiB", *SOMEWHERE,
             ("media", JPEG[1] + bytes(8 * 1024 * 1024))),
    not_made("400 for a file under another name", 400, "photos: ", *SOMEWHERE,
             ("photos", JPEG[1])),
    not_made("403 for photos without an api_key", 403, "api_key", CODE, PLACE, PHOTO),
    not_made("403 without an api_key", 403, "api_key", CODE, PLACE),
    not_made("403 with an empty api_key", 403, "api_key", ("api_key", ""), CODE, PLACE),
    not_made("403 with an api_key that is none", 403, "Invalid api_key", ("api_key", "xyz"), CODE,
             PLACE),
    not_made("403 with an api_key that was revoked", 403, "Invalid api_key",
             ("api_key", "{revoked}"), CODE, PLACE),
    not_made("403 before anything else is looked at", 403, "api_key", ("lat", "x")),
    not_made("400 without a service_code", 400, "service_code", KEY, PLACE),
    *(not_made(f"404 for a service_code that is none: {code}", 404, "service_code", KEY, PLACE,
               ("service_code", code)) for code in ("nothing", "HATANG", EMERGENCY, CONDUCT)),
    not_made("400 without a location", 400, "location", KEY, CODE),
    not_made("400 with half a location", 400, "long: ", KEY, CODE, ("lat", "10.98")),
    not_made("400 for a lat that is none", 400, "lat: ", KEY, CODE, ("lat", "91"), ("long", "1")),
    not_made("400 for a long that is none", 400, "long: ", KEY, CODE, ("lat", "1"), ("long", "x")),
    not_made("400 for an address_id that is none", 400, "address_id: ", KEY, CODE,
             ("address_id", "99999")),
    not_made("400 without a required attribute", 400, r"attribute\[loai\]: ", KEY, PLACE,
             ("service_code", LIST)),
    not_made("400 for a value that is not in the list", 400, r"attribute\[loai\]: .*values", KEY,
             PLACE, ("service_code", LIST), ("attribute[loai]", "khac")),
    not_made("400 for an attribute that is not asked for", 400, "attribute: ", *SOMEWHERE,
             ("attribute[khac]", "1")),
    not_made("400 for 4001 characters of description", 400, "description: ", *SOMEWHERE,
             ("description", LONG + "đ")),
    not_made("400 for a phone that is none", 400, "phone: .*PHONE_INVALID", *SOMEWHERE,
             ("phone", "111111111")),
    not_made("400 for an email that is none", 400, "email: ", *SOMEWHERE, ("email", "a@")),
    not_made("400 for a media_url that is none", 400, "media_url: ", *SOMEWHERE,
             ("media_url", "javascript:alert(1)")),
    not_made("400 for a request_id that is none", 400, "request_id: ", *SOMEWHERE,
             ("request_id", "1")),
    *(not_made(f"400 for an argument that comes once and is given twice: {name}", 400,
               f"{name}: is given more than once", *SOMEWHERE, *[(name, value)] * times)
      for name, value, times in ((*KEY, 1), (*CODE, 1), (*PLACE, 1), ("description", "x", 2),
                                 ("jurisdiction_id", "{jurisdiction}", 2))),
    not_made("all that is wrong is told at once", 400, "(?s)service_code.*media_url", KEY,
             ("media_url", "x")),
    # GET service requests.
    get("without arguments those of the last 90 days, newest first", "requests",
        "service_requests", _holds("open", "published", without=("anonymous", "conduct"))),
    get("service_request_id, several with commas", "requests", "service_requests",
        _holds("open", "published"), service_request_id="{published},{open}"),
    get("service_request_id overrides all others", "requests", "service_requests", _is_one("open"),
        service_request_id="{open}", status="closed", service_code=LIST, start_date="x", page="x"),
    get("what is not for everybody is left out of several", "requests", "service_requests",
        _is_one("open"), service_request_id=f"{{open}},{{anonymous}},{{conduct}},{NOBODY},x"),
    *(refused(f"404 when there is none of them: {name}", "requests", 404, "service_request_id",
              service_request_id=name) for name in ("{anonymous}", "{conduct}", NOBODY, "x")),
    refused("400 for more than 50 of them", "requests", 400, "50",
            service_request_id=",".join([NOBODY] * 51)),
    get("status=closed", "requests", "service_requests",
        _holds("published", without=("open",), status="closed"), status="closed"),
    get("status=open", "requests", "service_requests",
        _holds("open", without=("published",), status="open"), status="open"),
    get("status, both", "requests", "service_requests", _holds("open", "published"),
        status="open,closed"),
    refused("400 for another status", "requests", 400, "status: ", status="done"),
    get("service_code", "requests", "service_requests",
        _holds("open", without=("list",), service_code=LIT), service_code=LIT),
    get("service_code, several with commas", "requests", "service_requests", _holds("open", "list"),
        service_code=f"{LIT},{LIST}"),
    get("nothing for a service_code that is none", "requests", "service_requests", _is_empty,
        service_code="nothing"),
    get("start_date and end_date, 90 days apart", "requests", "service_requests",
        _holds("open", "published"), start_date="{before_90}", end_date="{after}"),
    get("nothing where nothing was", "requests", "service_requests", _is_empty,
        start_date="2010-05-24T00:00:00Z", end_date="2010-06-24T00:00:00Z"),
    get("a start_date alone is the 90 days after it", "requests", "service_requests", _is_empty,
        start_date="2010-05-24T00:00:00Z"),
    get("an end_date alone is the 90 days before it", "requests", "service_requests",
        _holds("open"), end_date="{after}"),
    refused("400 for more than 90 days", "requests", 400, "90 days", start_date="{before_91}",
            end_date="{after}"),
    refused("400 for an end before its start", "requests", 400, "end_date: ",
            start_date="2010-06-24T00:00:00Z", end_date="2010-05-24T00:00:00Z"),
    *(refused(f"400 for a date that is none: {date}", "requests", 400, "start_date: ",
              start_date=date) for date in ("2010-05-24", "2010-05-24T00:00:00", "x", "1")),
    get("page_size", "requests", "service_requests", _has(1), page_size="1"),
    get("a page_size that is too big is lowered", "requests", "service_requests", _holds("open"),
        page_size="1000000"),
    get("a page behind the last is empty", "requests", "service_requests", _is_empty, page="20"),
    *(refused(f"400 for a page that is none: {page}", "requests", 400, "page: ", page=page)
      for page in ("0", "-1", "x", "21", "99999999999999999999")),
    refused("400 for a page_size that is none", "requests", 400, "page_size: ", page_size="0"),
    # GET service request.
    get("a request that is not answered yet shows no text", "requests/{open}", "service_requests",
        _is_one("open", status="open", service_code=LIT, description=None, status_notes=None,
                address="Phường Phú Cường, Thành phố Thủ Dầu Một", address_id=GSO_CODE,
                media_url=None)),
    get("a published one shows what was published, whatever its letters", "requests/{published}",
        "service_requests", _is_one("published", status="closed", description=PUBLIC_TEXT,
                                    status_notes="Đã sửa xong.")),
    *(refused(f"404 for a request that is not there for everybody: {name}", f"requests/{name}", 404,
              "service_request_id")
      for name in ("{anonymous}", "{conduct}", NOBODY, "638344", "{OPEN}", "%27")),
    # GET service_request_id from a token.
    get("the id stands for its own token", "tokens/{open}", "service_requests", _is_token),
    *(refused(f"404 for a token that is none: {name}", f"tokens/{name}", 404, "token")
      for name in ("{anonymous}", "{conduct}", NOBODY, "123456")),
    # URLs.
    *(refused(f"404 for a URL that is none: {at}", at, 404, "URL")
      for at in ("nothing", "discovery/x", "tokens", "Services")),
)
