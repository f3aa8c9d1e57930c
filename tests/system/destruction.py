"""Destruction of working files by a service that is killed while it erases what they held."""

import concurrent.futures
import os
import random
import time

import grpc

from stack import postgres, processes, services

from day import documents, protos

from .case import Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

FILES = 10
# Of each file: its own document, one that a commune has too, one that a kept file holds too, and
# other material; all with a file.
ITEMS = 4
BYTES = 20_000
YEARS_LATER_SECONDS = 3 * 366 * 24 * 3600
ERASED_SECONDS_MAX = 60
KILLED_AFTER_SECONDS_MAX = 0.02
KILLS_MIN = 4       # of so much to erase one life of the service does a part
TOLD, KEPT = "Nội dung phải hủy", "Nội dung còn giữ"
ENDS = ("FileItemErased", "DocumentErased", "DraftErased", "FileDestroyed", "DestructionApproved")
EVENTS = """SELECT record_type, record_id, event FROM journal
  WHERE event = ANY(%s) AND id > %s ORDER BY id"""
# What registers and lists say; a file's own line tells its state too.
LINES = ("SELECT d.id, d.packet_document_id, c.code, c.document_date, c.subject, c.number"
         "  FROM document d JOIN content c ON c.id = d.content_id ORDER BY d.id",
         "SELECT * FROM book_number ORDER BY book_id, number, letter",
         "SELECT id, ordinal, title, date, page_count FROM file_item ORDER BY id",
         "SELECT id, year, notation, title, document_count, page_count FROM working_file ORDER BY id")
ERASED_STATES = """SELECT record_type, record_id FROM journal
  WHERE states IS NULL AND state_row IS NULL GROUP BY 1, 2"""


class Destructions(Case):
    """All that has to go is gone in the end, each once, and nothing else."""

    def setUp(self):
        super().setUp()
        self.scenes = documents.Documents(self.day)
        self.scenes.series({})
        self.commune = self.scenes.communes[0]
        self.offset = services.business_offset_seconds(self.stack)
        self.session = self.enterContext(postgres.connect(self.stack, "document"))
        self.gone, self.there = {}, {}    # SHA-256 -> (record type, id, actor) that has the file
        self.sole = []

    def tearDown(self):
        if processes.is_running(self.stack, "document"):
            services.stop(self.stack, "document")
        services.serve(self.stack, "document")
        services.wait_healthy(self.stack, "document")
        super().tearDown()

    def test_a_destruction_ends_as_it_should_though_the_service_is_killed_all_the_time(self):
        kept = self._opened("keep", years=70)
        self._material(kept, "keep/material", KEPT, self.there)
        files = [self._filled(f"file/{number}", kept) for number in range(FILES)]
        begin = self._rows("SELECT max(id) FROM journal")[0][0]
        lines = [self._rows(sql) for sql in LINES]
        erased_before = set(self._rows(ERASED_STATES))
        services.stop(self.stack, "document")
        services.serve(self.stack, "document", self._later())
        services.wait_healthy(self.stack, "document")
        destruction = self._work(self.scenes.clerk, "propose", "ProposeDestruction",
                                 file_ids=files, reason="Hết thời hạn bảo quản").id
        kills = self._decide(destruction) + self._erase(begin)
        self.assertGreaterEqual(kills, KILLS_MIN)
        services.serve(self.stack, "document", self._later())   # and nothing comes after
        services.wait_healthy(self.stack, "document")
        self._check_events(begin, files)
        self._check_content(erased_before)
        self.assertEqual([self._rows(sql) for sql in LINES], lines)
        states = dict(self._rows("SELECT id, state FROM working_file"))
        self.assertEqual({states[file] for file in files}, {"DESTROYED"})
        self.assertEqual(states[kept], "OPEN")

    def _decide(self, destruction):
        """Approved by a call that goes on while the service is killed."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            decided = pool.submit(self._work, self.scenes.head, "decide", "DecideDestruction",
                                  destruction_id=destruction, approve=True)
            time.sleep(random.Random(self.id()).uniform(0, KILLED_AFTER_SECONDS_MAX))
            processes.kill(self.stack, "document")
            services.serve(self.stack, "document", self._later())
            decided.result()
        processes.kill(self.stack, "document")
        return 2

    def _erase(self, begin):
        """Until nothing is left of it, killing the service with each step that shows."""
        kills, limit = 0, time.monotonic() + ERASED_SECONDS_MAX
        while (before := self._left(begin)) != (0, 0, 0):
            self.assertGreaterEqual(before[0], 0, "more was told than there is to erase")
            self.assertLess(time.monotonic(), limit, f"{before} are left")
            services.serve(self.stack, "document", self._later())
            while self._left(begin) == before and time.monotonic() < limit:
                time.sleep(0.002)
            processes.kill(self.stack, "document")
            kills += 1
        return kills

    def _left(self, begin):
        """What is still to come: events, files, records whose earlier states are there."""
        events = len(self._rows(EVENTS, (list(ENDS), begin)))
        files = sum(self._path(sha256).exists() for sha256 in self.gone)
        files += self._rows("SELECT count(*) FROM file WHERE sha256 = ANY(%s)",
                            (list(self.gone),))[0][0]
        states = self._rows("SELECT count(*) FROM erasure")[0][0]
        return self._events_in_the_end() - events, files, states

    @staticmethod
    def _events_in_the_end():
        """The decision; of each file itself, its items, its own document, and two drafts: not that
        of the document that the kept file holds too."""
        return 1 + FILES * (1 + ITEMS + 1 + 2)

    def _check_events(self, begin, files):
        events = self._rows(EVENTS, (list(ENDS), begin))
        self.assertEqual(len(events), len(set(events)), "something was erased twice")
        self.assertEqual(len(events), self._events_in_the_end())
        self.assertEqual({key for kind, key, event in events if event == "FileDestroyed"},
                         set(files))
        self.assertEqual({key for kind, key, event in events if event == "DocumentErased"},
                         set(self.sole))
        self.assertEqual({key.rsplit(":", 1)[0] for kind, key, event in events
                          if event == "FileItemErased"}, set(files))

    def _check_content(self, erased_before):
        """By the tables, the journal, and what officials get to see."""
        for sql in ("SELECT count(*) FROM content WHERE summary LIKE %s",
                    "SELECT count(*) FROM draft WHERE draft::text LIKE %s",
                    "SELECT count(*) FROM journal WHERE states::text LIKE %s"):
            self.assertEqual(self._rows(sql, (f"%{TOLD}%",)), [(0,)], sql)
        # Each file's document that the commune has, and the one that the kept file holds.
        self.assertEqual(self._rows("SELECT count(*) FROM content WHERE summary = %s", (KEPT,)),
                         [(2 * FILES,)])
        for sha256, (kind, key, actor) in self.there.items():
            self.assertEqual(len(self._download(kind, key, sha256, actor)), BYTES)
        for sha256, (kind, key, actor) in self.gone.items():
            with self.assertRaises(grpc.RpcError) as refused:
                self._download(kind, key, sha256, actor)
            self.assertEqual(refused.exception.code(), grpc.StatusCode.NOT_FOUND)
        asked = {(kind, key) for kind, key, event in self._rows(EVENTS, (list(ENDS), 0))
                 if event in ("FileItemErased", "DocumentErased", "DraftErased")}
        self.assertLessEqual(set(self._rows(ERASED_STATES)) - erased_before, asked)

    def _filled(self, name, kept):
        """A closed file with all its items."""
        file = self._opened(name, years=1)
        sole = self._document(f"{name}/sole", TOLD, [], self.gone)
        shared = self._document(f"{name}/shared", KEPT, [], self.there)
        sent = self._document(f"{name}/sent", KEPT, [self.commune], self.there,
                              self.day.actor(self.commune, "commune-records"))
        for document in (sole, shared, sent):
            self._work(self.scenes.expert, f"{name}/{document}/add", "AddToFile", file_id=file,
                       document_id=document)
        self._work(self.scenes.expert, f"{name}/keep", "AddToFile", file_id=kept,
                   document_id=shared)
        self._material(file, f"{name}/material", "Tài liệu", self.gone)
        self._work(self.scenes.expert, f"{name}/close", "CloseFile", file_id=file)
        self.sole.append(sole)
        return file

    def _opened(self, name, years):
        messages = protos.module("document", "file_records")
        file = self._work(self.scenes.clerk, f"{name}/plan", "PlanFile", year=2019,
                          notation=name.replace("/", "-"), title="Kiểm tra công tác văn thư",
                          retention=messages.Retention(years=years)).id
        self._work(self.scenes.expert, f"{name}/open", "OpenFile", file_id=file)
        return file

    def _material(self, file, name, title, where):
        material = protos.module("document", "working_files").FileMaterial
        item = self._work(self.scenes.expert, name, "AddToFile", file_id=file, material=material(
            title=title, upload_id=self._upload(name)))
        where[item.attachment.sha256] = ("file-item", item.id, self.scenes.expert)

    def _document(self, name, summary, receivers, where, reader=None):
        scenes, drafts = self.scenes, protos.module("document", "drafts")
        draft = scenes.call(
            scenes.expert, f"destruction/{name}", "DraftService", "CreateDraft",
            content=drafts.DraftContent(
                type=scenes.records.DocumentType(name="Công văn"), drafting_abbreviation="VP",
                subject="Về việc tiêu hủy tài liệu", summary=summary,
                recipients=[scenes.records.Recipient(unit_id=unit) for unit in receivers],
                attachments=[drafts.NewAttachment(upload_id=self._upload(name))]))
        scenes.call(scenes.expert, f"destruction/{name}/opinion", "DraftService", "GiveOpinion",
                    draft_id=draft.id, text=summary)
        document = scenes.issue(scenes.expert, scenes.head, scenes.clerk, f"destruction/{name}",
                                draft)
        where[document.attachments[0].sha256] = ("document", document.id, reader or scenes.expert)
        return document.id

    def _upload(self, name):
        content = b"%PDF-1.7\n" + os.urandom(BYTES - 9)
        return self.scenes.upload(self.scenes.expert, f"destruction/{name}/upload", "a.pdf",
                                  content)

    def _work(self, actor, scene, method, **fields):
        return self.scenes.call(actor, f"destruction/{scene}", "WorkingFileService", method,
                                **fields)

    def _download(self, kind, key, sha256, actor):
        request = protos.module("files", "files").DownloadFileRequest(
            record_type=kind, record_id=key, sha256=sha256)
        chunks = self.day.client.document("FileService", "DownloadFile", request, **actor.options)
        return b"".join(chunk.data for chunk in chunks)

    def _path(self, sha256):
        return self.stack.run / "files" / "document" / "files" / sha256[:2] / sha256

    def _rows(self, sql, values=()):
        return postgres.rows(self.session, sql, values)

    def _later(self):
        return {"LIENTHONG_BUSINESS_OFFSET_SECONDS": str(self.offset + YEARS_LATER_SECONDS)}
