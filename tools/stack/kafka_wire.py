"""The few requests of the Kafka protocol that an administrator of the stack needs.

Debian's Python client cannot create ACLs, and Kafka's own tools take seconds of JVM start for each
principal; this sends hundreds in one request. Versions: the lowest that brokers 4.x still take and
that have no tagged fields (https://kafka.apache.org/protocol).
"""

import socket
import ssl
import struct

from . import catalogue, settings

METADATA, CREATE_TOPICS, DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS = 3, 19, 29, 30, 31
VERSIONS = {METADATA: 1, CREATE_TOPICS: 4, DESCRIBE_ACLS: 1, CREATE_ACLS: 1, DELETE_ACLS: 1}
TOPIC_EXISTS = 36
RESOURCES = {2: "topic", 3: "group"}
OPERATIONS = {3: "read", 4: "write", 5: "create", 6: "delete", 7: "alter", 8: "describe"}
RESOURCE_CODES = {name: code for code, name in RESOURCES.items()}
OPERATION_CODES = {name: code for code, name in OPERATIONS.items()}
ANY, LITERAL, ALLOW = 1, 3, 3
SECONDS_MAX = 60


class KafkaError(settings.StackError):
    """The broker refused a request."""


class Admin:
    """One TLS connection to the broker; a context manager, for one thread."""

    def __init__(self, port, ca, certificate, key):
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(certificate, key)
        plain = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        try:
            self._socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        except OSError:
            plain.close()
            raise
        self._correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def brokers(self):
        """Ids of the brokers that are registered and unfenced."""
        answer = self._call(METADATA, struct.pack(">i", 0))
        ids = []
        for _ in range(answer.number("i")):
            ids.append(answer.number("i"))
            answer.text(), answer.number("i"), answer.text()  # host, port, rack
        return ids

    def create_topics(self, topics):
        """Creates catalogue.Topic items; the names of those that were not there before."""
        body = b"".join(
            _text(topic.name) + struct.pack(">ihi", topic.partitions, topic.replication, 0)
            + _array(_text(name) + _text(value) for name, value in topic.configs.items())
            for topic in topics)
        request = struct.pack(">i", len(topics)) + body + struct.pack(">ib", SECONDS_MAX * 1000, 0)
        answer = self._call(CREATE_TOPICS, request)
        answer.number("i")  # throttle time
        created = []
        for _ in range(answer.number("i")):
            name, error, message = answer.text(), answer.number("h"), answer.text()
            if error == 0:
                created.append(name)
            elif error != TOPIC_EXISTS:
                raise KafkaError(f"topic {name}: error {error}: {message}")
        return created

    def acls(self):
        """All literal permissions on topics and groups, as catalogue.Acl."""
        answer = self._call(DESCRIBE_ACLS, _acl_filter())
        answer.number("i")
        answer.check("listing ACLs")
        found = set()
        for _ in range(answer.number("i")):
            resource, name, _pattern = answer.number("b"), answer.text(), answer.number("b")
            for _ in range(answer.number("i")):
                principal, _host = answer.text(), answer.text()
                operation, _permission = answer.number("b"), answer.number("b")
                found.add(catalogue.Acl(principal, RESOURCES.get(resource, resource), name,
                                        OPERATIONS.get(operation, operation)))
        return found

    def create_acls(self, acls):
        answer = self._call(CREATE_ACLS, _array(
            struct.pack(">b", RESOURCE_CODES[acl.resource]) + _text(acl.name)
            + struct.pack(">b", LITERAL) + _text(acl.principal) + _text("*")
            + struct.pack(">bb", OPERATION_CODES[acl.operation], ALLOW) for acl in acls))
        answer.number("i")
        for _ in range(answer.number("i")):
            answer.check("creating ACLs")

    def delete_acls(self, acls):
        answer = self._call(DELETE_ACLS, _array(
            _acl_filter(RESOURCE_CODES.get(acl.resource, acl.resource), acl.name, acl.principal,
                        OPERATION_CODES.get(acl.operation, acl.operation)) for acl in acls))
        answer.number("i")
        if answer.number("i"):
            answer.check("deleting ACLs")

    def _call(self, api, body):
        self._correlation += 1
        header = struct.pack(">hhi", api, VERSIONS[api], self._correlation) + _text("stack")
        message = header + body
        self._socket.sendall(struct.pack(">i", len(message)) + message)
        size, = struct.unpack(">i", self._receive(4))
        answer = _Answer(self._receive(size))
        if answer.number("i") != self._correlation:
            raise KafkaError("the broker answered another request")
        return answer

    def _receive(self, size):
        parts = bytearray()
        while len(parts) < size:
            part = self._socket.recv(size - len(parts))
            if not part:
                raise ConnectionError("the broker closed the connection")
            parts += part
        return bytes(parts)


class _Answer:
    """Reads a response from front to back."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def number(self, kind):
        value, = struct.unpack_from(f">{kind}", self._data, self._at)
        self._at += struct.calcsize(f">{kind}")
        return value

    def text(self):
        size = self.number("h")
        if size < 0:
            return None
        self._at += size
        return self._data[self._at - size:self._at].decode()

    def check(self, doing):
        error, message = self.number("h"), self.text()
        if error:
            raise KafkaError(f"{doing}: error {error}: {message}")


def _text(value):
    if value is None:
        return struct.pack(">h", -1)
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def _array(items):
    items = list(items)
    return struct.pack(">i", len(items)) + b"".join(items)


def _acl_filter(resource=ANY, name=None, principal=None, operation=ANY):
    pattern = LITERAL if name else ANY
    return (struct.pack(">b", resource) + _text(name) + struct.pack(">b", pattern)
            + _text(principal) + _text(None) + struct.pack(">bb", operation, ANY))
