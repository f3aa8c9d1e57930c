"""The rights matrix of rights.yaml, and the RPCs that it is about."""

import dataclasses
import functools
import pathlib

import yaml
from google.protobuf import json_format, message_factory

from day import protos

FILE = pathlib.Path(__file__).with_name("rights.yaml")
PACKAGE = "lienthong."
SERVED = "served by"
ASKS = "asks"
# What may stand in a line besides permissions, and what it is in an access option.
SYSTEMS = {"unit": "UNIT", "service": "SERVICE", "portal": "SERVICE", "ops": "OPS"}
LOAD = "load"


@dataclasses.dataclass(frozen=True)
class Line:
    """Who may call an RPC."""

    permission: str = ""
    words: frozenset = frozenset()      # of SYSTEMS and LOAD
    asks: frozenset = frozenset()

    @classmethod
    def parse(cls, text):
        may, _, asks = f" {text} ".partition(f" {ASKS} ")
        words = set(may.split())
        permissions = words - set(SYSTEMS) - {LOAD}
        if not words or len(permissions) > 1 or not all("." in one for one in permissions):
            raise ValueError(f"{FILE.name}: {text!r} does not say who may")
        return cls("".join(permissions), frozenset(words - permissions), frozenset(asks.split()))

    def answer(self, answers):
        """What a kind of caller is answered, by its row of `callers`."""
        for word, answer in answers.items():
            if word in self.words or word == "else" or word == "permission" and self.permission:
                return answer
        raise ValueError(f"{FILE.name}: a row of callers without `else`")

    def as_option(self):
        """The same in the terms of an access option; the portal is a service there."""
        return (self.permission, LOAD in self.words,
                frozenset(SYSTEMS[word] for word in self.words - {LOAD}), self.asks)


@dataclasses.dataclass(frozen=True)
class Rpc:
    """One that a process serves."""

    process: str
    method: object      # its MethodDescriptor
    line: Line
    request: bytes
    messages: tuple = ()    # of a client stream; without any it is closed at once

    @property
    def path(self):
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    def __str__(self):
        return f"{self.process} {self.path}"


class Matrix:
    """What is written."""

    def __init__(self, text=None):
        data = yaml.safe_load(text or FILE.read_text(encoding="utf-8"))
        self.callers, self.requests = data["callers"], data["requests"]
        self.open, self.topics = set(data["open"]), data["topics"]
        self.served, self.lines = {}, {}
        for service, lines in data["services"].items():
            self.served[PACKAGE + service] = set(lines.pop(SERVED))
            for method, line in lines.items():
                self.lines[f"{PACKAGE}{service}.{method}"] = Line.parse(line)

    def differences(self):
        """Where matrix and access options do not say the same, a line of text each."""
        methods, found = described(), []
        for name in sorted(set(methods) | set(self.lines)):
            written = self.lines[name].as_option() if name in self.lines else None
            stated = option_of(methods[name]) if name in methods else None
            if written != stated:
                found.append(f"{name}: {FILE.name} says {written}, the proto {stated}")
        names = {f"{method.containing_service.name}.{method.name}" for method in methods.values()}
        return found + [f"{one}: a request of no RPC" for one in sorted(set(self.requests) - names)]

    def services_of(self, process):
        """Full names of what a process serves."""
        return {service for service, processes in self.served.items() if process in processes}

    def rpcs(self):
        """Every RPC of every process that serves it."""
        for name, method in described().items():
            for process in sorted(self.served[method.containing_service.full_name]):
                yield Rpc(process, method, self.lines[name], self._request(method))

    def permissions(self):
        return sorted({line.permission for line in self.lines.values()} - {""})

    def _request(self, method):
        asked = self.requests.get(f"{method.containing_service.name}.{method.name}", {})
        message = message_class(method.input_type)()
        return json_format.ParseDict(asked, message).SerializeToString()


@functools.lru_cache(maxsize=1)
def described():
    """{full name: MethodDescriptor} of every RPC of every proto."""
    found = {}
    for path in sorted(protos.PROTO.glob("lienthong/*/v1/*.proto")):
        descriptor = protos.module(path.parent.parent.name, path.stem).DESCRIPTOR
        for service in descriptor.services_by_name.values():
            found.update({method.full_name: method for method in service.methods})
    return found


def option_of(method):
    """The access option of an RPC, as Line.as_option() has it."""
    access = protos.module("access", "access")
    rule = method.GetOptions().Extensions[access.access]
    kinds = frozenset(access.SystemKind.Name(kind).removeprefix("SYSTEM_KIND_")
                      for kind in rule.systems)
    return rule.permission, rule.bootstrap, kinds, frozenset(rule.asks_for)


def message_class(descriptor):
    """The class of a message."""
    return message_factory.MessageFactory(descriptor.file.pool).GetPrototype(descriptor)
