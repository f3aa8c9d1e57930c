"""Official documents in the whole province: a letter to a hundred units, searches at two sizes, an
attachment of 100 MiB.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import statistics
import subprocess
import time

import grpc

from day import documents, progress, protos
from stack import postgres, processes, services, settings

from . import measure
from . import place as place_module

NAMES = ("send_100", "search_documents", "attachment")
LETTERS = 40
WARM_LETTERS = 3
ISSUED_AT_ONCE = 8
ARRIVAL_SECONDS = 60
SMALL, BIG = 10_000, 1_000_000
SEARCHES = 200      # of each query, in turn
FILE_BYTES = 100 * 1024 * 1024
# Each word of a subject and code is drawn from these by the number of its document.
WORDS = ("kiem tra cong tac van thu luu tru nam ke hoach trien khai chi thi tang cuong ky luat "
         "hanh chinh bao cao ket qua phong chong dich benh an toan giao thong cai cach thu tuc "
         "dat dai moi truong giao duc y te xay dung nong thon moi").split()
QUERIES = {
    "all": "",                       # the newest, without a word
    "common": "kiem tra",
    "rare": "123456",                # a number of one document, or of none
    "beginning": "truong ho",        # the last word may be a beginning
    "marks": "Kế hoạch",
    "everywhere": "công văn",        # in all of them
}
# Of so many documents a query must find some, or it measures nothing.
FOUND = {"all": 1, "common": 1, "rare": 0, "beginning": 1, "marks": 1, "everywhere": 1}
# What the service would store, made by SQL: a document of the department, read by nobody else.
# The heads are those of records that were never published, so that no feed and no scrub sees them.
FILL = """WITH n AS (SELECT n, gen_random_uuid() AS id,
    (%(words)s::text[])[1 + n %% %(count)s] || ' ' || (%(words)s::text[])[1 + n / 7 %% %(count)s]
    || ' ' || (%(words)s::text[])[1 + n / 31 %% %(count)s] || ' '
    || (%(words)s::text[])[1 + n / 113 %% %(count)s] AS words,
    date '2015-01-01' + n %% 1600 AS date FROM generate_series(%(first)s, %(last)s) AS n),
  heads AS (INSERT INTO head SELECT 'document', id::text, 0, 0, '{}', '{}', 0, 0, 0 FROM n),
  parties AS (INSERT INTO document_party SELECT %(unit)s, date, id FROM n),
  contents AS (INSERT INTO content SELECT id, 'Công văn', '', false, 'VP', words, '', 1, 1, NULL,
    '{}', '{}', '{}', '{}', 1, 0, 0, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', NULL, 0,
    false, 1, false, 'o', 'Nguyễn Văn An', 'Giám đốc', NULL, now(), 'b', n, '', n || '/SYT-VP', date
    FROM n)
  INSERT INTO document (id, content_id, sender_unit_id, sender_organ_id, sender_name, issued_at,
    recalled, parties, words, document_date, restricted)
  SELECT id, id, %(unit)s, '', 'Sở Y tế', now(), false, ARRAY[%(unit)s],
    to_tsvector('simple', n || ' syt vp so y te cong van ' || words), date, false FROM n"""


class ProvincePlace(place_module.Place):
    """The whole province: 120 units, each with its copy."""

    units = ()


def rows(place, options):
    """The rows that are wanted, in a fixed order."""
    scenes = documents.Documents(place.day)
    scenes.series({})
    if "send_100" in options.names:
        yield from _send(place, scenes)
    if "attachment" in options.names:
        yield from _attachment(place, scenes)
    if "search_documents" in options.names:
        yield from _search(place, scenes)


def _send(place, scenes):
    receivers = scenes.receivers[-100:]
    letters = iter([signed(scenes, receivers, f"bench/{number}")
                    for number in range(2 * LETTERS + WARM_LETTERS)])
    with _Copies(place, receivers) as all_copies:
        for _ in range(WARM_LETTERS):
            all_copies.wait(issue(scenes, next(letters)))
        milliseconds = []
        for _ in range(LETTERS):
            begin = time.monotonic()
            all_copies.wait(issue(scenes, next(letters)))
            milliseconds.append((time.monotonic() - begin) * 1000)
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(ISSUED_AT_ONCE) as pool:
            list(pool.map(lambda letter: issue(scenes, letter), letters))
        # A feed has the order of the journal: who has the last one has all.
        all_copies.wait(postgres.query(place.stack, "document", "SELECT record_id FROM journal "
                                       "WHERE record_type = 'document' ORDER BY id DESC LIMIT 1"
                                       )[0][0])
        seconds = time.monotonic() - begin
    cuts = statistics.quantiles(milliseconds, n=100)
    yield measure.Row("send_100_p50", "ms", [cuts[49]])
    yield measure.Row("send_100_p99", "ms", [cuts[98]], aims=(measure.at_most(300, "ours"),))
    yield measure.Row("send_100_deliveries", "deliveries/s", [LETTERS * len(receivers) / seconds])


def signed(scenes, receivers, name):
    """The id of a draft that waits to be issued; each name is another one."""
    drafts = protos.module("document", "drafts")
    draft = scenes.call(scenes.expert, name, "DraftService", "CreateDraft", content=drafts.DraftContent(
        type=scenes.records.DocumentType(name="Công văn"), drafting_abbreviation="VP",
        subject=f"Về việc kiểm tra công tác văn thư, {name}",
        recipients=[scenes.records.Recipient(unit_id=unit) for unit in receivers]))
    scenes.call(scenes.expert, f"{name}/submit", "DraftService", "SubmitDraft", draft_id=draft.id,
                official_id=scenes.head.official)
    scenes.call(scenes.head, f"{name}/sign", "DraftService", "SignDraft", draft_id=draft.id)
    return draft.id


def issue(scenes, draft):
    return scenes.call(scenes.clerk, f"bench/{draft}/issue", "DocumentService", "IssueDocument",
                       draft_id=draft).id


class _Copies:
    """Connections to the copies of units, each under its unit's certificate."""

    def __init__(self, place, units):
        pki, stub = place.stack.pki, protos.stubs("replica", "replica").ReplicaServiceStub
        port_of = {unit: services.grpc_port(place.stack, f"replica-{index}")
                   for index, group in enumerate(services.replica_groups(place.stack))
                   for unit in group}
        self._channels = [grpc.secure_channel(
            f"127.0.0.1:{port_of[unit]}", grpc.ssl_channel_credentials(
                (pki / "ca.crt").read_bytes(), (pki / f"unit-{unit}.key").read_bytes(),
                (pki / f"unit-{unit}.crt").read_bytes())) for unit in units]
        self._stubs = [stub(channel) for channel in self._channels]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for channel in self._channels:
            channel.close()

    def wait(self, document):
        """Until every copy has the document; GetRecord waits for the version."""
        request = protos.module("replica", "replica").GetRecordRequest(
            record_type="document", record_id=document, min_version=1, purpose="đo tốc độ")
        calls = [stub.GetRecord.future(request, timeout=ARRIVAL_SECONDS, wait_for_ready=True)
                 for stub in self._stubs]
        for call in calls:
            call.result()


def _attachment(place, scenes):
    """Seconds for 100 MiB, against a copy of the file that is on the disk, and its hash."""
    path = place.stack.run / "attachment.pdf"
    path.write_bytes(b"%PDF-1.7\n" + os.urandom(FILE_BYTES - 9))
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    target = f"127.0.0.1:{place.stack.owner_port('document')}"
    process = processes.pid(place.stack, "document")
    peaks = []

    def ours():
        pathlib.Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")
        done = measure.load_at(place, target, "upload", scenes.expert, 1, 1, 0, path)
        if done["sha256"] != expected:
            raise settings.StackError("the upload has another hash than the file")
        peaks.append(_peak_mb(process))
        return done["seconds"]

    def theirs():
        copy = path.with_suffix(".copy")
        begin = time.monotonic()
        subprocess.run(f"cp '{path}' '{copy}' && sync '{copy}' && sha256sum '{copy}'", shell=True,
                       check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begin
        copy.unlink()
        return seconds

    ours(), theirs()
    peaks.clear()
    yield measure.Row("attachment_100mib", "s", *measure.in_turn(ours, theirs),
                      compared_with="cp, sync, sha256sum")
    yield measure.Row("attachment_peak", "MB", peaks)


def _peak_mb(process):
    """Most memory that the process held at once since its marks were cleared."""
    status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines()
                if line.startswith("VmHWM")) / 1024


def _search(place, scenes):
    """Copies and broker are stopped: the documents that are searched are in no feed."""
    for index in range(len(services.replica_groups(place.stack))):
        services.stop(place.stack, f"replica-{index}")
    small = _filled(place, scenes, 1, SMALL)
    big = _filled(place, scenes, SMALL + 1, BIG)
    for name in QUERIES:
        yield measure.Row(f"search_documents_{name}", "ms p99", big[name], small[name],
                          compared_with="at 10,000", aims=(measure.at_most(50, "ours"),))


def _filled(place, scenes, first, last):
    """{query: [p99 in ms of each run]} once the documents of these numbers are there."""
    with progress.timed(f"documents up to {last}"):
        for begin in range(first, last + 1, 100_000):
            postgres.query(place.stack, "document", f"{FILL} RETURNING 1", {
                "words": WORDS, "count": len(WORDS), "unit": scenes.department, "first": begin,
                "last": min(begin + 99_999, last)}, user=postgres.SUPERUSER)
        postgres.vacuum_analyze(place.stack, ["document"])
    find = protos.module("document", "documents").FindDocumentsRequest
    found = {name: [] for name in QUERIES}
    for run in range(measure.RUNS + 1):
        times = {name: [] for name in QUERIES}
        for _ in range(SEARCHES):
            for name, text in QUERIES.items():
                begin = time.monotonic()
                answer = place.day.client.document("DocumentService", "FindDocuments",
                                                   find(text=text), **scenes.clerk.options)
                times[name].append((time.monotonic() - begin) * 1000)
                if len(answer.documents) < FOUND[name]:
                    raise settings.StackError(f"search {name}: nothing found")
        for name, taken in times.items():
            if run > 0:    # the first one warms the caches
                found[name].append(statistics.quantiles(taken, n=100)[98])
    return found
