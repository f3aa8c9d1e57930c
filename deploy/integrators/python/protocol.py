"""What a message of a feed says, and its hash: proto/PROTOCOL.md as pure functions."""

import hashlib
import json
import re

MODULUS = 1 << 128
NONE = (0, "0" * 32)        # count and digest of the empty set
NAME = re.compile(r"[a-z][a-z0-9-]*")


class Unreadable(Exception):
    """A message that is not as PROTOCOL says; the text says why, without its content."""


def view_hash(key, version, value):
    """The number of one live message; `key` and `value` are bytes."""
    text = key + b"\0" + str(version).encode() + b"\0" + value
    return int.from_bytes(hashlib.sha256(text).digest()[:16], "big")


def digest(numbers):
    """(count, 32 hex digits) of a set of view hashes."""
    return len(numbers), f"{sum(numbers) % MODULUS:032x}"


def bucket(key):
    """0 to 255: the part of a record type in which an owner lists the key."""
    return hashlib.sha256(key.encode()).digest()[0]


def decimal(text, least, what):
    """A number that is written as a string, in headers and in JSON."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,18}", text) or int(text) < least:
        raise Unreadable(f"{what} is missing or wrong")
    return int(text)


def json_object(value):
    try:
        found = json.loads((value or b"").decode())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unreadable("the value is not a JSON object")
    return found


def owner_of(headers):
    """The service that sent a message, "" when it does not say."""
    prefix, _, owner = headers.get("ce_source", "").rpartition("/")
    return owner if prefix == "/lienthong" and NAME.fullmatch(owner) else ""


def parse_record(key, headers, value):
    """(owner, (epoch, sequence), version) of a message that is no barrier."""
    owner = owner_of(headers)
    if not owner:
        raise Unreadable("ce_source is missing or wrong")
    place = (decimal(headers.get("ce_epoch"), 1, "ce_epoch"),
             decimal(headers.get("ce_sequence"), 0, "ce_sequence"))
    if value is None:
        return owner, place, 0
    version = decimal(headers.get("ce_recordversion"), 1, "ce_recordversion")
    json_object(value)
    return owner, place, version


def parse_barrier(key, value):
    """A barrier as a dict: owner, place, complete, types {name: (count, digest)}."""
    found = json_object(value)
    if found.get("owner") != key.partition("/")[2] or not isinstance(found.get("types"), dict):
        raise Unreadable("a barrier without owner or types")
    types = {}
    for name, total in found["types"].items():
        if not isinstance(total, dict) or not re.fullmatch(r"[0-9a-f]{32}",
                                                           str(total.get("digest"))):
            raise Unreadable("a barrier with a wrong digest")
        types[name] = (decimal(total.get("count"), 0, "count"), total["digest"])
    return {"owner": found["owner"], "types": types,
            "place": (decimal(found.get("epoch"), 1, "epoch"),
                      decimal(found.get("sequence"), 0, "sequence")),
            "complete": decimal(found.get("complete"), 0, "complete")}


def parse_key(key):
    """A feed key as text: `<record type>/<id>`, or `barrier/<owner>`."""
    try:
        text = (key or b"").decode()
    except UnicodeDecodeError:
        text = ""
    kind, _, record_id = text.partition("/")
    if not record_id or "\0" in text or not NAME.fullmatch(kind):
        raise Unreadable("the key does not name a record")
    return text
