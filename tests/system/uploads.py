"""Files of documents while the service is killed: in mid-upload, and while a record takes them."""

import concurrent.futures
import contextlib
import hashlib
import os
import random
import threading
import time

import grpc
import psycopg2

from stack import postgres, processes, services

from day import documents, protos, waiting
from day.client import CallError

from .case import SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

BYTES, PIECE_BYTES = 6_000_000, 256 * 1024
DRAFTS = 8
# A draft is stored a few milliseconds after the call begins.
KILLED_AFTER_SECONDS_MAX = 0.02

# Where a transaction can be made to wait: before it writes to a table, in the order in which it
# does, and inside its COMMIT.
COMMIT, COMMIT_LOCK = "COMMIT", 20190710
DRAFT_PLACES = ("upload", "file_use", "content", "draft", "journal", COMMIT)
DOCUMENT_PLACES = ("book_number", "document", "file_use", "delivery", "journal", COMMIT)
FAULT_POINT = f"""
CREATE FUNCTION wait_in_commit() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_advisory_xact_lock({COMMIT_LOCK}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER wait_in_commit AFTER INSERT ON file_use DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION wait_in_commit()"""
NO_FAULT_POINT = "DROP FUNCTION wait_in_commit CASCADE"
WAITING = """SELECT count(*) FROM pg_locks WHERE NOT granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (relation = to_regclass(%(place)s) AND mode = 'RowExclusiveLock'
    OR locktype = 'advisory' AND objid = %(lock)s)"""
# Of a draft and the upload that it takes: the draft, its use of the file, its request, its row of
# the journal, the upload.
DRAFT_STORED = """SELECT
  (SELECT count(*) FROM draft d JOIN content c ON c.id = d.id
    WHERE %(sha256)s = ANY (c.attachment_files)),
  (SELECT count(*) FROM file_use WHERE sha256 = %(sha256)s AND record_type = 'draft'),
  (SELECT count(*) FROM request WHERE request_id = %(request)s),
  (SELECT count(*) FROM journal WHERE request_id = %(request)s),
  (SELECT count(*) FROM upload WHERE id = %(upload)s AND sha256 = %(sha256)s)"""
# Of a document: itself, its use of the file, its delivery, its number, its request.
DOCUMENT_STORED = """SELECT
  (SELECT count(*) FROM document d JOIN content c ON c.id = d.content_id WHERE c.id = %(draft)s),
  (SELECT count(*) FROM file_use WHERE sha256 = %(sha256)s AND record_type = 'document'),
  (SELECT count(*) FROM delivery y JOIN document d ON d.id = y.document_id
    WHERE d.content_id = %(draft)s),
  (SELECT count(*) FROM book_number WHERE record_id = %(draft)s::text OR record_id IN
    (SELECT id::text FROM document WHERE content_id = %(draft)s)),
  (SELECT count(*) FROM request WHERE request_id = %(request)s)"""
NONE, ALL = (0, 0, 0, 0, 0), (1, 1, 1, 1, 1)


class Uploads(Case):
    """Nothing is half there, and nothing that was acknowledged is gone."""

    def setUp(self):
        super().setUp()
        self.scenes = documents.Documents(self.day)
        self.expert = self.scenes.expert
        self.files = protos.module("files", "files")

    def tearDown(self):
        self._restore()
        super().tearDown()

    def test_an_upload_goes_on_where_the_service_was_killed(self):
        content = b"%PDF-1.7\n" + os.urandom(BYTES - 9)
        upload = self.scenes.call(self.expert, "killed/upload", "FileService", "CreateUpload",
                                  name="bao cao.pdf", size_bytes=len(content)).id

        sent, killed = threading.Event(), threading.Event()

        def half():
            for at in range(0, BYTES // 2, PIECE_BYTES):
                yield self._message(upload, content, at)
            sent.set()
            killed.wait()

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            writing = pool.submit(self.day.client.document, "FileService", "WriteUpload", half,
                                  repeat_seconds=0, **self.expert.options)
            self.assertTrue(sent.wait(SECONDS_MAX))
            processes.kill(self.stack, "document")
            killed.set()
            self.assertIsInstance(writing.exception(), CallError)
        self._serve()
        there = self._upload(upload)
        self.assertLess(there.received_bytes, BYTES)
        self.assertEqual(there.sha256, "")
        done = self.day.client.document(
            "FileService", "WriteUpload",
            lambda: (self._message(upload, content, at) for at in range(
                self._upload(upload).received_bytes, BYTES, PIECE_BYTES)), **self.expert.options)
        self.assertEqual(done.sha256, hashlib.sha256(content).hexdigest())

    def test_a_record_has_a_file_whole_or_not_at_all(self):
        chance = random.Random(self.id())
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            for number in range(DRAFTS):
                content = b"%PDF-1.7\n" + os.urandom(100_000)
                name = f"killed/{number}"
                upload = self.scenes.upload(self.expert, f"{name}/upload", "a.pdf", content)
                draft = pool.submit(self._draft, name, upload)
                time.sleep(chance.uniform(0, KILLED_AFTER_SECONDS_MAX))
                processes.kill(self.stack, "document")
                self._serve()
                # The call is repeated until it is answered: once stored, the draft has its file.
                made = draft.result()
                self.assertEqual([one.sha256 for one in made.attachments],
                                 [hashlib.sha256(content).hexdigest()])
                chunks = self.day.client.document(
                    "FileService", "DownloadFile", self.files.DownloadFileRequest(
                        record_type="draft", record_id=made.id,
                        sha256=made.attachments[0].sha256), **self.expert.options)
                self.assertEqual(b"".join(chunk.data for chunk in chunks), content)
                self.assertEqual(self._count("upload WHERE id = %s", upload), 0)
                self.assertEqual(self._count("draft WHERE id = %s", made.id), 1)
        self.assertEqual(self._count("draft d JOIN content c ON c.id = d.id "
                                     "WHERE c.subject = 'Về tệp đính kèm'"), DRAFTS)
        self.assertEqual(self._count("file_use u WHERE NOT EXISTS ("
                                     "SELECT FROM file f WHERE f.sha256 = u.sha256)"), 0)

    def test_an_upload_killed_as_it_becomes_a_file_is_no_file_until_it_is_repeated(self):
        content, sha256 = self._content()
        upload = self.scenes.call(self.expert, "killed/last/upload", "FileService", "CreateUpload",
                                  name="bao cao.pdf", size_bytes=len(content)).id

        def write(at, **options):
            return self.day.client.document(
                "FileService", "WriteUpload", lambda: iter([self._message(upload, content, at)]),
                **options, **self.expert.options)

        self._killed_at("upload", lambda: write(0, repeat_seconds=0))
        # Announced, so that its bytes go when nobody finishes it; they are nothing to anybody.
        self.assertEqual(self._count("file WHERE sha256 = %s", sha256), 1)
        self.assertTrue(self._path(sha256).exists())
        self._serve()
        there = self._upload(upload)
        self.assertEqual((there.received_bytes, there.sha256), (len(content), ""))
        self._check_unreadable(sha256, upload)
        with self.assertRaises(CallError) as refused:
            self._create("killed/last/early", upload)
        self.assertEqual(refused.exception.reason, "UPLOAD_UNFINISHED")
        self.assertEqual(write(len(content)).sha256, sha256)
        self._check_readable("draft", self._create("killed/last", upload), content, self.expert)

    def test_a_kill_between_upload_and_record_leaves_the_upload(self):
        content, sha256 = self._content()
        upload = self.scenes.upload(self.expert, "killed/between/upload", "a.pdf", content)
        processes.kill(self.stack, "document")
        self._serve()
        self.assertEqual(self._upload(upload).sha256, sha256)
        self._check_unreadable(sha256, upload)
        self._check_readable("draft", self._create("killed/between", upload), content, self.expert)

    def test_a_draft_killed_in_its_commit_has_its_file_or_leaves_the_upload(self):
        for place, is_stored in [*((place, False) for place in DRAFT_PLACES), (COMMIT, True)]:
            with self.subTest(place=place, is_stored=is_stored):
                self._restore()
                self._kill_draft(place, is_stored)

    def _kill_draft(self, place, is_stored):
        name, (content, sha256) = f"killed/draft/{place}/{is_stored}", self._content()
        upload = self.scenes.upload(self.expert, f"{name}/upload", "a.pdf", content)
        values = {"sha256": sha256, "upload": upload, "request": self._request_id(name)}

        def stored():
            return self._rows(DRAFT_STORED, values)[0]

        self._killed_at(place, lambda: self._create(name, upload, repeat_seconds=0),
                        (lambda: stored()[0] == 1) if is_stored else None)
        self.assertEqual(stored(), (1, 1, 1, 1, 0) if is_stored else (0, 0, 0, 0, 1))
        self._check_files()
        self._serve()
        if not is_stored:
            self.assertEqual(self._upload(upload).sha256, sha256)
            self._check_unreadable(sha256, upload)
        made = self._create(name, upload)
        self.assertEqual(stored(), (1, 1, 1, 1, 0))
        self._check_readable("draft", made, content, self.expert)

    def test_a_document_killed_in_its_commit_goes_out_with_its_file_or_not_at_all(self):
        self.scenes.series({})
        for place, is_stored in [*((place, False) for place in DOCUMENT_PLACES), (COMMIT, True)]:
            with self.subTest(place=place, is_stored=is_stored):
                self._restore()
                self._kill_document(place, is_stored)

    def _kill_document(self, place, is_stored):
        name, (content, sha256) = f"killed/document/{place}/{is_stored}", self._content()
        upload = self.scenes.upload(self.expert, f"{name}/upload", "a.pdf", content)
        draft = self._create(f"{name}/draft", upload).id
        self.scenes.call(self.expert, f"{name}/submit", "DraftService", "SubmitDraft",
                         draft_id=draft, official_id=self.scenes.head.official)
        self.scenes.call(self.scenes.head, f"{name}/sign", "DraftService", "SignDraft",
                         draft_id=draft)
        values = {"sha256": sha256, "draft": draft, "request": self._request_id(name)}

        def stored():
            return self._rows(DOCUMENT_STORED, values)[0]

        def issue(**options):
            return self._call(self.scenes.clerk, name, "DocumentService", "IssueDocument",
                              {"draft_id": draft}, **options)

        self._killed_at(place, lambda: issue(repeat_seconds=0),
                        (lambda: stored()[0] == 1) if is_stored else None)
        self.assertEqual(stored(), ALL if is_stored else NONE)
        self._check_files()
        self._serve()
        receiver = self.day.actor(self.scenes.communes[0], "commune-records")
        if not is_stored:
            self._check_unreadable(sha256, draft, "document", receiver)
        made = issue()
        self.assertEqual(stored(), ALL)
        self._check_readable("document", made, content, receiver)

    def _killed_at(self, place, call, is_stored=None):
        """Kills the service while the transaction of a call waits at a place, and it ends without
        a commit; or, with `is_stored`, after the commit and before the answer."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as held:
            held.enter_context(self._held(place))
            answer = pool.submit(call)
            waiting.until(f"a transaction waits at {place}", SECONDS_MAX,
                          lambda: self._is_waiting(place))
            if is_stored:
                processes.pause(self.stack, "document")
                held.close()
                waiting.until("it is committed", SECONDS_MAX, is_stored)
            processes.kill(self.stack, "document")
            # PostgreSQL looks for its client while it waits.
            waiting.until("the transaction has ended", SECONDS_MAX,
                          lambda: not self._is_waiting(place))
            self.assertIsInstance(answer.exception(), CallError)

    @contextlib.contextmanager
    def _held(self, place):
        """No transaction gets beyond the place meanwhile."""
        if place == COMMIT:
            with postgres.connect(self.stack, "document") as session:
                postgres.rows(session, FAULT_POINT)
                postgres.rows(session, "SELECT pg_advisory_lock(%s)", (COMMIT_LOCK,))
                try:
                    yield
                finally:
                    postgres.rows(session, "SELECT pg_advisory_unlock(%s)", (COMMIT_LOCK,))
                    postgres.rows(session, NO_FAULT_POINT)
            return
        session = psycopg2.connect(self.stack.conninfo("document"))
        try:
            postgres.rows(session, f"LOCK TABLE {place} IN SHARE MODE")
            yield
        finally:
            session.close()

    def _is_waiting(self, place):
        return self._rows(WAITING, {"place": place, "lock": COMMIT_LOCK})[0][0] > 0

    def _check_files(self):
        """All that records have and all whole uploads are there, byte by byte."""
        self.assertEqual(self._count("file_use u WHERE NOT EXISTS ("
                                     "SELECT FROM file f WHERE f.sha256 = u.sha256)"), 0)
        for sha256, size in self._rows("SELECT sha256, size_bytes FROM file"):
            content = self._path(sha256).read_bytes()
            self.assertEqual((len(content), hashlib.sha256(content).hexdigest()), (size, sha256))

    def _check_readable(self, kind, record, content, actor):
        self.assertEqual(len(record.attachments), 1)
        self.assertEqual(self._download(kind, record.id, record.attachments[0].sha256, actor),
                         content)

    def _check_unreadable(self, sha256, key, kind="draft", actor=None):
        with self.assertRaises(grpc.RpcError) as refused:
            self._download(kind, key, sha256, actor or self.expert)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.NOT_FOUND)

    def _download(self, kind, key, sha256, actor):
        request = self.files.DownloadFileRequest(record_type=kind, record_id=key, sha256=sha256)
        chunks = self.day.client.document("FileService", "DownloadFile", request, **actor.options)
        return b"".join(chunk.data for chunk in chunks)

    def _create(self, name, upload, **options):
        drafts, records = protos.module("document", "drafts"), self.scenes.records
        content = drafts.DraftContent(
            type=records.DocumentType(name="Công văn"), subject="Về tệp và việc ghi dở",
            drafting_abbreviation="VP",
            recipients=[records.Recipient(unit_id=self.scenes.communes[0])],
            attachments=[drafts.NewAttachment(upload_id=upload)])
        return self._call(self.expert, name, "DraftService", "CreateDraft", {"content": content},
                          **options)

    def _call(self, actor, name, service, method, fields, **options):
        """As Documents.call(), with options of Client.call()."""
        request = self.day.client.request("document", service, method)(
            request_id=self._request_id(name), **fields)
        return self.day.client.document(service, method, request, **actor.options, **options)

    def _request_id(self, name):
        return self.day.request_id(f"uploads/{name}")

    @staticmethod
    def _content():
        """The bytes of a new file, and their hash."""
        content = b"%PDF-1.7\n" + os.urandom(100_000)
        return content, hashlib.sha256(content).hexdigest()

    def _path(self, sha256):
        return self.stack.run / "files" / "document" / "files" / sha256[:2] / sha256

    def _rows(self, sql, values=()):
        return postgres.query(self.stack, "document", sql, values)

    def _draft(self, name, upload):
        drafts = protos.module("document", "drafts")
        return self.scenes.call(
            self.expert, name, "DraftService", "CreateDraft", content=drafts.DraftContent(
                type=self.scenes.records.DocumentType(name="Công văn"), subject="Về tệp đính kèm",
                drafting_abbreviation="VP",
                attachments=[drafts.NewAttachment(upload_id=upload)]))

    def _message(self, upload, content, at):
        return self.files.WriteUploadRequest(upload_id=upload, offset_bytes=at,
                                             data=content[at:at + PIECE_BYTES])

    def _upload(self, upload):
        return self.day.client.document("FileService", "GetUpload",
                                        self.files.GetUploadRequest(upload_id=upload),
                                        **self.expert.options)

    def _count(self, what, *values):
        return postgres.query(self.stack, "document", f"SELECT count(*) FROM {what}", values)[0][0]

    def _restore(self):
        """It serves, also after a case that failed."""
        if processes.is_running(self.stack, "document"):
            processes.resume(self.stack, "document")
        else:
            self._serve()

    def _serve(self):
        services.serve(self.stack, "document")
        services.wait_healthy(self.stack, "document")
