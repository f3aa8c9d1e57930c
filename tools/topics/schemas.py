"""JSON Schemas of the messages of proto/lienthong as they are on the wire (PROTOCOL, A message)."""

import subprocess
import tempfile

from google.protobuf import descriptor_pb2

from day import protos
from stack import settings

Field = descriptor_pb2.FieldDescriptorProto
INTEGERS_32 = {Field.TYPE_INT32, Field.TYPE_SINT32, Field.TYPE_SFIXED32}
UNSIGNED_32 = {Field.TYPE_UINT32, Field.TYPE_FIXED32}
INTEGERS_64 = {Field.TYPE_INT64, Field.TYPE_SINT64, Field.TYPE_SFIXED64}
UNSIGNED_64 = {Field.TYPE_UINT64, Field.TYPE_FIXED64}
WELL_KNOWN = {
    ".google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    ".google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
}
# Numbers of fields in descriptor.proto, of which the paths of comments are made.
MESSAGE_OF_FILE, ENUM_OF_FILE, FIELD, NESTED, ENUM_OF_MESSAGE, VALUE = 4, 5, 2, 3, 4, 2
LIMIT_SECONDS = 60


class Schemas:
    """`records`: {record type: full name of its message}. `messages`, `enums`: {full name: (proto,
    comment)}; full names begin with a dot."""

    def __init__(self):
        self.records, self.messages, self.enums, self._comments = {}, {}, {}, {}
        self._option = protos.module("access", "access").record
        for file in _descriptors().file:
            comments = {tuple(place.path): place.leading_comments.strip()
                        for place in file.source_code_info.location}
            for index, message in enumerate(file.message_type):
                self._take(message, f".{file.package}", (MESSAGE_OF_FILE, index), comments)
            for index, enum in enumerate(file.enum_type):
                self._take_enum(enum, f".{file.package}", (ENUM_OF_FILE, index), comments)

    def _take(self, message, scope, path, comments):
        name = f"{scope}.{message.name}"
        self.messages[name] = (message, comments.get(path, ""))
        for index, field in enumerate(message.field):
            self._comments[name, field.name] = comments.get((*path, FIELD, index), "")
        if message.options.HasExtension(self._option):
            self.records[message.options.Extensions[self._option].name] = name
        for index, nested in enumerate(message.nested_type):
            self._take(nested, name, (*path, NESTED, index), comments)
        for index, enum in enumerate(message.enum_type):
            self._take_enum(enum, name, (*path, ENUM_OF_MESSAGE, index), comments)

    def _take_enum(self, enum, scope, path, comments):
        name = f"{scope}.{enum.name}"
        self.enums[name] = (enum, comments.get(path, ""))
        for index, value in enumerate(enum.value):
            self._comments[name, value.name] = comments.get((*path, VALUE, index), "")

    def name_by_itself(self, record):
        """A record type that is in no feed has no option: its message bears its name."""
        wanted = "".join(part.capitalize() for part in record.split("-"))
        found = [name for name, (message, _) in self.messages.items() if message.name == wanted
                 and {"id", "version"} <= {field.name for field in message.field}]
        if len(found) == 1:
            self.records[record], = found

    def closure(self, names):
        """Schemas of messages and of all that they consist of: {name in the document: schema}."""
        found, todo = {}, list(names)
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found[name] = self._enum(name) if name in self.enums else self._message(name)
            if name in self.messages:
                todo += [field.type_name for field in self.messages[name][0].field
                         if field.type_name and field.type_name not in WELL_KNOWN]
        return {short(name): found[name] for name in sorted(found, key=short)}

    def _message(self, name):
        message, comment = self.messages[name]
        properties = {field.json_name: self._field(name, field) for field in message.field}
        return described(comment, {"type": "object", "properties": properties})

    def _enum(self, name):
        enum, comment = self.enums[name]
        values = [f"{value.name}: {' '.join(text.split())}" for value in enum.value
                  if (text := self._comments[name, value.name])]
        return described("\n".join([*filter(None, [comment]), *values]),
                         {"type": "string", "enum": [value.name for value in enum.value]})

    def _field(self, message, field):
        comment = self._comments[message, field.name]
        one = self._type(field)
        if field.label == Field.LABEL_REPEATED:
            return described(comment, {"type": "array", "items": one})
        # Beside a $ref nothing else counts in JSON Schema draft 7.
        return described(comment, {"allOf": [one]} if "$ref" in one and comment else one)

    def _type(self, field):
        if field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
            known = WELL_KNOWN.get(field.type_name)
            return dict(known) if known else {
                "$ref": f"#/components/schemas/{short(field.type_name)}"}
        if field.type in INTEGERS_32:
            return {"type": "integer", "format": "int32"}
        if field.type in UNSIGNED_32:
            return {"type": "integer", "minimum": 0}
        if field.type in INTEGERS_64:
            return {"type": "string", "pattern": "^-?[0-9]+$"}
        if field.type in UNSIGNED_64:
            return {"type": "string", "pattern": "^[0-9]+$"}
        return dict({
            Field.TYPE_STRING: {"type": "string"}, Field.TYPE_BOOL: {"type": "boolean"},
            Field.TYPE_DOUBLE: {"type": "number"}, Field.TYPE_FLOAT: {"type": "number"},
            Field.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
        }[field.type])


def short(name):
    """`.lienthong.registry.v1.Citizen` -> `registry.Citizen`: unique, and readable."""
    parts = name.removeprefix(".lienthong.").split(".")
    return ".".join(part for part in parts if part != "v1")


def described(comment, schema):
    text = "\n".join(line.strip() for line in comment.splitlines())
    return {"description": text} | schema if text else schema


def _descriptors():
    names = sorted(path.relative_to(protos.PROTO).as_posix()
                   for path in protos.PROTO.glob("lienthong/*/v1/*.proto"))
    with tempfile.NamedTemporaryFile(suffix=".protoset") as file:
        done = subprocess.run(
            ["protoc", f"-I{protos.PROTO}", f"-I{protos.THIRD_PARTY}", "-I/usr/include",
             "--include_source_info", f"--descriptor_set_out={file.name}", *names],
            capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
        if done.returncode != 0:
            raise settings.StackError(f"protoc: {done.stderr.strip()}")
        return descriptor_pb2.FileDescriptorSet.FromString(file.read())
