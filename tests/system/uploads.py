"""Files of documents while the service is killed: in mid-upload, and while a record takes them."""

import concurrent.futures
import hashlib
import os
import random
import threading
import time

from stack import postgres, processes, services

from day import documents, protos
from day.client import CallError

from .case import SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name

BYTES, PIECE_BYTES = 6_000_000, 256 * 1024
DRAFTS = 8
# A draft is stored a few milliseconds after the call begins.
KILLED_AFTER_SECONDS_MAX = 0.02


class Uploads(Case):
    """Nothing is half there, and nothing that was acknowledged is gone."""

    def setUp(self):
        super().setUp()
        self.scenes = documents.Documents(self.day)
        self.expert = self.scenes.expert
        self.files = protos.module("files", "files")

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

    def _serve(self):
        services.serve(self.stack, "document")
        services.wait_healthy(self.stack, "document")
