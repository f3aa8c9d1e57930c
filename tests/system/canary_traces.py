"""Words and numbers of people stand in records, and nowhere else: not in logs, metrics, keys and
headers of messages, Redis, or in what a caller is told when it is refused."""

import concurrent.futures
import dataclasses
import json
import pathlib
import re
import socket
import urllib.request
import uuid

import confluent_kafka
import grpc
import yaml

from stack import kafka, postgres, services, settings

from day import copies, protos

from . import canary_records
from .canary_records import CANARY
from .case import EQUAL_SECONDS_MAX, SECONDS_MAX, Case
from .case import up as setUpModule  # noqa: F401, N813: unittest asks for this name
from .rights_callers import PASSES, Callers, Certificates, Officials
from .rights_matrix import Matrix, message_class

TEXTS = pathlib.Path(__file__).with_name("personal.yaml")
NO_TEXT = re.compile(r"(?:^|_)ids?$|sha256$")
DEPTH_MAX = 4
LONG = 70_000               # of a text, bytes: more than any request may have
AT_ONCE = 16
KINDS = ("who-may", "service", "portal", "operator")    # one of each who may something
STATES = """SELECT record_type, unnest(states) FROM journal WHERE id > %s AND states IS NOT NULL"""
NEWEST = "SELECT coalesce(max(id), 0) FROM journal"
REPORTER = "SELECT EXISTS (SELECT FROM reporter p WHERE p::text ~* %s)"


class Canaries(Case):
    """A canary in every text that tells of people."""

    def setUp(self):
        super().setUp()
        self.texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))

    def test_every_text_of_every_record_is_said_to_be_personal_or_not(self):
        found = {record: set(paths_of(descriptor)) for record, descriptor in record_types()}
        written = {record: {path for paths in lists.values() for path in paths}
                   for record, lists in self.texts.items()}
        self.assertEqual(written, found)

    def test_what_records_tell_of_people_is_in_no_log_metric_key_header_or_error(self):
        before = {owner: postgres.query(self.stack, owner, NEWEST)[0][0]
                  for owner in settings.OWNERS}
        records = canary_records.Records(self.day, self.people)
        self.addCleanup(records.end)
        records.make()
        copies.wait_equal(self.day, EQUAL_SECONDS_MAX)
        self.assert_in_records(before, records)
        seen = Seen(records.numbers)
        for text in records.refused:
            seen.look("what a caller is told", text)
        self.assertTrue(self.look_everywhere(seen), "no message has a canary where it belongs")
        self.assertEqual(seen.places, set())

    def test_no_refusal_repeats_what_was_asked_and_no_log_keeps_it(self):
        matrix, seen = Matrix(), Seen()
        officials = Officials(self.day, matrix.permissions())
        self.addCleanup(officials.end)
        with Certificates(self.stack) as certificates, \
                Callers(self.stack, certificates, officials) as callers:
            asked = [(kind, filled) for rpc in matrix.rpcs() for kind in KINDS
                     if rpc.line.answer(matrix.callers[kind]) == PASSES for filled in filling(rpc)]
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                errors = list(pool.map(lambda one: error_of(callers, *one), asked))
        self.assertGreater(sum(error is not None for error in errors), len(errors) // 2)
        for (kind, rpc), error in zip(asked, errors, strict=True):
            seen.look(f"what {kind} is told by {rpc}", error or "")
        self.look_everywhere(seen)
        self.assertEqual(seen.places, set())

    def assert_in_records(self, before, records):
        """Each personal text of each record type was given a canary, and was kept."""
        wanted = {(record, path) for record, lists in self.texts.items()
                  for path in lists.get("personal", ())}
        held, found = Seen(records.numbers), set()
        for owner, newest in before.items():
            for record, state in postgres.query(self.stack, owner, STATES, (newest,)):
                found |= {(record, path) for path, text in leaves(json.loads(state))
                          if held.is_in(text)}
        self.assertEqual(wanted - found, set())
        for text in (CANARY, records.kept_phone):
            self.assertTrue(postgres.query(self.stack, "hotline", REPORTER, (text,))[0][0], text)

    def look_everywhere(self, seen):
        """Whether some message's value, where it belongs, has a canary."""
        logs = sorted(path for path in self.stack.log.rglob("*") if path.is_file())
        self.assertGreaterEqual(len(logs), len(services.names(self.stack)))
        for path in logs:
            seen.look(f"log {path.name}", path.read_text(encoding="utf-8", errors="replace"))
        for name in services.names(self.stack):
            seen.look(f"metrics of {name}", shown(self.stack, name))
        seen.look("Redis", redis_keys(self.stack))
        return self.read_topics(seen)

    def read_topics(self, seen):
        """Looks through keys and headers of all messages. Has the value of one a canary?"""
        kept = False
        for message in messages(self.stack):
            where = f"key or header in {message.topic()}"
            headers = b" ".join(part for name, text in message.headers() or ()
                                for part in (name.encode(), text or b""))
            seen.look(where, ((message.key() or b"") + b" " + headers).decode("utf-8", "replace"))
            kept = kept or seen.is_in((message.value() or b"").decode("utf-8", "replace"))
        return kept


class Seen:
    """Where a canary was seen that should not be there."""

    def __init__(self, numbers=()):
        self._canary = re.compile("|".join(map(re.escape, (CANARY, *numbers))), re.IGNORECASE)
        self.places = set()

    def is_in(self, text):
        return self._canary.search(text) is not None

    def look(self, place, text):
        found = self._canary.search(text)
        if found:
            around = text[max(0, found.start() - 80):found.end() + 80]
            self.places.add((place, around))


# -- records --------------------------------------------------------------------------------------

def record_types():
    """(name, descriptor) of every record message; `operation` is in no feed and has no option."""
    record = protos.module("access", "access").record
    for path in sorted(protos.PROTO.glob("lienthong/*/v1/*.proto")):
        descriptor = protos.module(path.parent.parent.name, path.stem).DESCRIPTOR
        for message in descriptor.message_types_by_name.values():
            if message.GetOptions().HasExtension(record):
                yield message.GetOptions().Extensions[record].name, message
    yield "operation", protos.module("journal", "operation").Operation.DESCRIPTOR


def paths_of(descriptor, prefix="", depth=0):
    """Of all texts in a message, but for ids and hashes: "address.text"."""
    for field in descriptor.fields:
        if is_ours(field) and depth < DEPTH_MAX:
            yield from paths_of(field.message_type, f"{prefix}{field.name}.", depth + 1)
        elif field.cpp_type == field.CPPTYPE_STRING and not NO_TEXT.search(field.name):
            yield prefix + field.name


def is_ours(field):
    return field.message_type and field.message_type.full_name.startswith("lienthong.")


def leaves(value, path=""):
    """(path as in paths_of(), text) of every text of a state."""
    if isinstance(value, dict):
        for name, one in value.items():
            snake = re.sub(r"([A-Z])", lambda found: f"_{found.group(1).lower()}", name)
            yield from leaves(one, f"{path}.{snake}" if path else snake)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, path)
    elif isinstance(value, str):
        yield path, value


# -- requests -------------------------------------------------------------------------------------

def filling(rpc):
    """An RPC with a canary in every text: in all; with ids that are such; longer than may be. No
    request id is one, so that none of them changes anything."""
    for make in (lambda field: canary_records.word(),
                 lambda field: (str(uuid.uuid4()) if NO_TEXT.search(field.name)
                                and field.name != "request_id" else canary_records.word()),
                 lambda field: canary_records.word() + "x" * LONG):
        message = message_class(rpc.method.input_type)()
        fill(message, make)
        data = message.SerializeToString()
        yield dataclasses.replace(rpc, request=data, messages=(data,))


def fill(message, make, depth=0):
    """Sets every text, in one element of every list; but no feed keys, which would be sent on."""
    for field in message.DESCRIPTOR.fields:
        many = field.label == field.LABEL_REPEATED
        if is_ours(field) and depth < DEPTH_MAX:
            inner = getattr(message, field.name)
            inner = inner.add() if many else inner
            inner.SetInParent()
            fill(inner, make, depth + 1)
        elif field.cpp_type == field.CPPTYPE_STRING and field.name != "keys":
            text = make(field)
            text = text.encode() if field.type == field.TYPE_BYTES else text
            if many:
                getattr(message, field.name).append(text)
            else:
                setattr(message, field.name, text)


def error_of(callers, kind, rpc):
    """All that a caller is told when a call is refused, None when it is not."""
    try:
        callers.ask(kind, rpc)
    except grpc.RpcError as error:
        told = [error.code().name, error.details() or ""]
        for _, value in error.trailing_metadata() or ():
            told.append(value.decode("utf-8", "replace") if isinstance(value, bytes) else value)
        return " ".join(told)
    return None


# -- places ---------------------------------------------------------------------------------------

def shown(stack, name):
    """What a process shows at /metrics, as text."""
    port = stack.metrics_port(services.grpc_port(stack, name))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS_MAX) as answer:
        return answer.read().decode()


def messages(stack):
    """All messages of all topics, as the administrator sees them."""
    consumer = confluent_kafka.Consumer(kafka.client_settings(stack, "admin") | {
        "group.id": "admin", "enable.auto.commit": False, "enable.partition.eof": True})
    try:
        topics = consumer.list_topics(timeout=SECONDS_MAX).topics
        places = [confluent_kafka.TopicPartition(name, partition, confluent_kafka.OFFSET_BEGINNING)
                  for name, topic in topics.items() if name.startswith("lienthong.")
                  for partition in topic.partitions]
        consumer.assign(places)
        ended = set()
        while len(ended) < len(places):
            message = consumer.poll(SECONDS_MAX)
            if message is None:
                raise AssertionError(f"{len(places) - len(ended)} partitions are not at their end")
            error = message.error()
            if error and error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
                ended.add((message.topic(), message.partition()))
            elif error:
                raise confluent_kafka.KafkaException(error)
            else:
                yield message
    finally:
        consumer.close()


def redis_keys(stack):
    """Every key, in Redis's own protocol."""
    address = ("127.0.0.1", stack.port("REDIS"))
    with socket.create_connection(address, timeout=SECONDS_MAX) as session:
        session.sendall(b"KEYS *\r\nQUIT\r\n")
        parts = []
        while part := session.recv(65536):
            parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")
