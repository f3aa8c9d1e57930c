"""View hashes and digests (PROTOCOL, Digest), and the test vectors of that page."""

import hashlib

MODULUS = 1 << 128

_ONE, _TWO = (f"citizen/019a2b3c-0000-7000-8000-00000000000{n}" for n in (1, 2))
_NAME = '"id":"019a2b3c-0000-7000-8000-000000000001","fullName":"Nguyễn Thị Đào"'
_A = (_ONE, 1, f"{{{_NAME}}}")
_B = (_TWO, 7, "{}")
_LATER_A = (_ONE, 2, f'{{{_NAME},"communeCode":"25747"}}')
VECTORS = [
    ([_A], "67dd439d4cf919a4821fa283549ac69b"),
    ([_B], "c5e580af8764c4bc584774cff96c0358"),
    ([_A, _B], "2dc2c44cd45dde60da6717534e06c9f3"),
    ([_LATER_A, _B], "ec64f12e7288e7ffcaec3de231ca0b7f"),
    ([], "0" * 32),
]


def view_hash(key, version, value):
    """First 16 bytes of SHA-256(key 00 version 00 value) as a number; all three are bytes."""
    return int.from_bytes(hashlib.sha256(b"%b\0%b\0%b" % (key, version, value)).digest()[:16])


def bucket(key):
    """First byte of SHA-256 of a key."""
    return hashlib.sha256(key).digest()[0]


class Sums:
    """Count and digest of sets of live messages, by any name."""

    def __init__(self):
        self.sets = {}

    def add(self, name, number):
        count, total = self.sets.get(name, (0, 0))
        self.sets[name] = (count + 1, (total + number) % MODULUS)

    def remove(self, name, number):
        count, total = self.sets[name]
        self.sets[name] = (count - 1, (total - number) % MODULUS)

    def get(self, name):
        """(count, digest as 32 hex digits); an unknown set is empty."""
        count, total = self.sets.get(name, (0, 0))
        return count, f"{total:032x}"


def self_test():
    """Texts of what is wrong; empty when every vector comes out as it should."""
    wrong = []
    for messages, expected in VECTORS:
        sums = Sums()
        for key, version, value in messages:
            sums.add("", view_hash(key.encode(), str(version).encode(), value.encode()))
        if sums.get("") != (len(messages), expected):
            wrong.append(f"{len(messages)} messages: {sums.get('')[1]}, not {expected}")
    sums = Sums()
    for number in (MODULUS - 1, 5):
        sums.add("", number)
    sums.remove("", MODULUS - 1)
    if sums.get("") != (1, f"{5:032x}"):
        wrong.append("a digest does not wrap around at 2^128")
    return wrong
