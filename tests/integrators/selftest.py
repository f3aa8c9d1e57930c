"""The samples for integrators follow PROTOCOL: its test vectors in Python, Java and Node; in Python
also every rule of reading a feed, at random."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from verifier import digest

from . import model

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "deploy" / "integrators"
HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(SAMPLES / "python"))

import feed_reader  # noqa: E402
import protocol  # noqa: E402

SECONDS_MAX = 600
BLOCK = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*(?:\n    .*)*)", re.MULTILINE)   # behind a $, with what is indented
NAME = "unit-H09.718.25747--archive"
CERT = f"{NAME}.crt"
CA = ("openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=ca"
      " -keyout ca.key -out ca.crt -addext keyUsage=critical,keyCertSign")
SEEDS, TICKS, QUIET_TICKS = 12, 400, 130
# Key, headers and value that no reader may apply, and a barrier that none may believe.
UNREADABLE = [
    ("citizen", {}, b"{}"), ("Citizen/1", {}, b"{}"), ("citizen/", {}, b"{}"),
    ("citizen/1", {}, b"{}"), ("citizen/1", {"ce_source": "/other/registry"}, b"{}"),
    ("citizen/1", {"ce_epoch": "0"}, b"{}"), ("citizen/1", {"ce_sequence": "one"}, b"{}"),
    ("citizen/1", {"ce_recordversion": "0"}, b"{}"), ("citizen/1", None, b"{"),
    ("citizen/1", None, b"[]"), ("citizen/1", None, b"\xff"), ("citizen/1", None, b""),
    ("barrier/registry", None, None), ("barrier/registry", None, b"{}"),
    ("barrier/registry", None, b'{"owner":"hotline","types":{}}'),
    ("barrier/registry", None, b'{"owner":"registry","epoch":"1","complete":"0","sequence":1,'
                               b'"types":{}}'),
    ("barrier/registry", None, b'{"owner":"registry","epoch":"1","complete":"0","sequence":"1",'
                               b'"types":{"citizen":{"count":"1","digest":"0"}}}')]
GOOD = {"ce_source": "/lienthong/registry", "ce_epoch": "1", "ce_sequence": "1",
        "ce_recordversion": "1", "ce_view": "full"}


def vectors():
    """PROTOCOL's vectors, and a bucket of each key, as programs in any language read them."""
    return [{"messages": [[key, version, value] for key, version, value in messages],
             "digest": expected, "buckets": [digest.bucket(key.encode()) for key, *_ in messages]}
            for messages, expected in digest.VECTORS]


class Vectors(unittest.TestCase):
    """Each language computes the digests and buckets of PROTOCOL's test vectors."""

    def run_program(self, *command):
        done = subprocess.run(command, input=json.dumps(vectors()), text=True, cwd=ROOT,
                              capture_output=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split(), [
            part for vector in vectors()
            for part in (vector["digest"], *map(str, vector["buckets"]))])

    def test_in_python(self):
        for vector in vectors():
            numbers = [protocol.view_hash(key.encode(), version, value.encode())
                       for key, version, value in vector["messages"]]
            self.assertEqual(protocol.digest(numbers), (len(numbers), vector["digest"]))
            self.assertEqual([protocol.bucket(key) for key, *_ in vector["messages"]],
                             vector["buckets"])

    def test_in_node(self):
        self.run_program("node", HERE / "vectors.mjs")

    def test_in_java(self):
        path = ROOT / "build" / "integrators" / "java" / "lib"
        with tempfile.TemporaryDirectory() as classes:
            subprocess.run(["javac", "-d", classes, "-cp", f"{path}/*",
                            SAMPLES / "java" / "Protocol.java", HERE / "Vectors.java"],
                           check=True, timeout=SECONDS_MAX)
            self.run_program("java", "-cp", f"{classes}:{path}/*", "Vectors")


class Certificates(unittest.TestCase):
    """The commands of the pages make a key and a certificate for it, in both languages the same."""

    def test_they_make_a_certificate_of_the_ca_for_thirty_days(self):
        pages = [(SAMPLES / name).read_text(encoding="utf-8") for name in (
            "README.md", "README.vi.md")]
        english, vietnamese = (["\n".join(COMMAND.findall(block))
                                for block in BLOCK.findall(page)] for page in pages)
        self.assertEqual(english, vietnamese)
        with tempfile.TemporaryDirectory() as directory:
            self.run_script(directory, CA)
            for script in (block for block in english if "openssl" in block):
                self.run_script(directory, script)
            said = self.run_script(directory, f"openssl verify -x509_strict -CAfile ca.crt {CERT}"
                                   f" && openssl x509 -in {CERT} -noout -subject -ext"
                                   f" basicConstraints,extendedKeyUsage -checkend {29 * 86400}")
            for part in (": OK", f"CN = {NAME}", "CA:FALSE", "TLS Web Client Authentication",
                         "will not expire"):
                self.assertIn(part, said)
            self.run_script(directory, f"! openssl x509 -in {CERT} -checkend {31 * 86400}")

    def run_script(self, directory, script):
        done = subprocess.run(["bash", "-e", "-c", script], cwd=directory, text=True,
                              capture_output=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Reader:
    """The sample in Python, reading a model.Owner's log."""

    def __init__(self, owner):
        self.owner, self.checks, self.alarms = owner, 0, 0
        self.begin()

    def begin(self):
        self.copy = feed_reader.Copy(":memory:")
        self.repair = feed_reader.Repair(self.copy, {model.OWNER: self.owner})
        self.next = self.copy.next(model.TOPIC)

    def read(self, count, killed_at=None):
        """Applies some messages; killed in the middle, it begins again at its offset."""
        messages = [message for message in self.owner.log
                    if message.number >= (self.next or 0)][:count]
        if not messages:
            return
        for index, message in enumerate(messages):
            message.explodes = index == killed_at
        try:
            compared = self.copy.apply(model.TOPIC, messages)
        except model.Killed:
            compared = []
        for message in messages:
            message.explodes = False
        for found in compared:
            self.checks += 1
            self.alarms += not found.equal
            self.repair.consider(found)
        self.next = self.copy.next(model.TOPIC)

    def live(self):
        return {key: (version, value.encode()) for key, version, value in
                self.copy.db.execute("SELECT key, version, value FROM live")}

    def alter(self, chance):
        """As a person with a database client would."""
        keys = sorted(self.live())
        if not keys:
            return
        statement = chance.choice([
            "UPDATE record SET value = '{}' WHERE key = ?", "DELETE FROM record WHERE key = ?",
            "UPDATE record SET version = version + 1 WHERE key = ?",
            "UPDATE record SET sequence = sequence + 1000 WHERE key = ?",
            "INSERT OR REPLACE INTO record SELECT topic, 'citizen/nobody', owner, epoch, sequence,"
            " version, value, 0 FROM record WHERE key = ?"])
        self.copy.db.execute(statement, (chance.choice(keys),))


class Rules(unittest.TestCase):
    """The copy of the sample in Python is right in the end, whatever happens on the way."""

    def setUp(self):
        clock = mock.Mock()
        clock.time = clock.monotonic = lambda: self.owner.tick * model.TICK_SECONDS
        for target, value in (("time", clock), ("say", lambda *_: None)):
            patch = mock.patch.object(feed_reader, target, value)
            patch.start()
            self.addCleanup(patch.stop)

    def play(self, seed, crashes=False, old_relay=False, restores=False, alterations=False,
             slow=False):
        """(checks, alarms) of a run that ends right."""
        self.owner = model.Owner(seed, crashes, old_relay, restores)
        reader = Reader(self.owner)
        chance = self.owner.chance
        for _ in range(TICKS):
            self.owner.step()
            if crashes and chance.random() < 0.01:
                reader.begin()
            if alterations and chance.random() < 0.02:
                reader.alter(chance)
            if chance.random() < (0.05 if slow else 0.8 if crashes else 1):
                reader.read(chance.randrange(1, 30),
                            chance.randrange(30) if crashes and chance.random() < 0.2 else None)
        self.owner.crashes = self.owner.sleeps = self.owner.restores = False
        for _ in range(QUIET_TICKS):
            self.owner.tick += 1
            self.owner.relay()
            reader.read(30)
        self.assertEqual(reader.live(), self.owner.visible())
        self.owner.tick += model.LAG + model.RETENTION
        self.owner.compact()
        fresh = Reader(self.owner)
        fresh.read(len(self.owner.log))
        self.assertEqual(fresh.live(), self.owner.visible())
        return reader.checks, reader.alarms

    def all(self, **what):
        totals = [0, 0]
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                for index, count in enumerate(self.play(seed, **what)):
                    totals[index] += count
        self.assertGreater(totals[0], 100)
        return totals[1]

    def test_without_faults_there_is_no_alarm(self):
        self.assertEqual(self.all(), 0)

    def test_under_crashes_of_relay_and_reader_there_is_no_alarm(self):
        self.assertEqual(self.all(crashes=True), 0)

    def test_restores_are_followed_without_an_alarm(self):
        self.assertEqual(self.all(crashes=True, restores=True), 0)

    def test_an_old_relay_does_no_harm(self):
        self.assertEqual(self.all(crashes=True, old_relay=True), 0)

    def test_what_is_altered_is_found_and_healed(self):
        self.assertGreater(self.all(alterations=True), 0)

    def test_all_of_it_together_ends_right(self):
        self.all(crashes=True, old_relay=True, restores=True, alterations=True)

    def test_far_behind_there_is_no_alarm_but_for_a_reader_that_believes_old_barriers(self):
        self.assertEqual(self.all(slow=True), 0)
        with mock.patch.object(feed_reader, "COMPACTION_LAG_SECONDS", 1 << 40):
            self.assertGreater(self.all(slow=True), 0)


class Unreadable(unittest.TestCase):
    """What is not as PROTOCOL says waits alone, counts as different, and ends with a newer one."""

    def test_each_is_parked_until_its_record_is_sent_again(self):
        for key, headers, value in UNREADABLE:
            with self.subTest(key=key, headers=headers, value=value), \
                    mock.patch.object(feed_reader, "say", lambda *_: None):
                self.check(key, {} if headers == {} else GOOD | (headers or {}), value)

    def check(self, key, headers, value):
        owner = model.Owner(0, False, False, False)
        reader = Reader(owner)
        owner.append(model.Message(key, headers, value))
        owner.append(model.Message("citizen/2", GOOD, b"{}"))
        reader.read(2)
        self.assertEqual([*reader.live()], ["citizen/2"])
        self.assertEqual(self.parked(reader), [(key.encode(),)])
        if key == "citizen/1":
            owner.append(model.Message(key, GOOD, b"{}"))
            reader.read(1)
            self.assertEqual(self.parked(reader), [])

    def parked(self, reader):
        return reader.copy.db.execute("SELECT key FROM parked").fetchall()


if __name__ == "__main__":
    unittest.main()
