"""AsyncAPI documents of the owners' topics and of the feeds."""

import copy

import yaml

from stack import settings

from .schemas import Schemas, described, short

ASYNCAPI, KAFKA_BINDING = "3.0.0", "0.5.0"
VERSION = "1.0.0"   # of what is on the wire; PROTOCOL, the promise in deploy/integrators/README.md
NOTICE = "# Made by tools/asyncapi from protos and deploy/kafka/topics.yaml; not edited by hand.\n"
DECIMAL = {"type": "string", "pattern": "^[0-9]+$"}
DIGEST = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
TIME = {"type": "string", "format": "date-time"}
HEADERS = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string", "format": "uuid", "description": "Of the event."},
    "ce_source": {"type": "string", "description": "/lienthong/<service>"},
    "ce_type": {"type": "string", "description": "lienthong.<service>.<Event>"},
    "ce_time": TIME | {"description": "Of the commit, UTC with microseconds."},
    "ce_subject": {"type": "string", "description": "<record type>/<record id>"},
    "content-type": {"type": "string", "description": "application/json; absent on a tombstone."},
    "ce_sequence": DECIMAL | {"description": "Row of the owner's journal."},
    "ce_recordversion": DECIMAL | {"description": "Version of the record, 1, 2, 3, ..."},
    "ce_epoch": DECIMAL | {"description": "Raised when the owner was restored from a backup."},
    "traceparent": {"type": "string", "description": "W3C trace of the call."},
}
VIEW = {"ce_view": {"type": "string", "description": "Name of the view; absent on a tombstone."}}
REQUIRED = ["ce_source", "ce_sequence", "ce_epoch"]
SEAL = {
    "type": "object",
    "required": ["service", "epoch", "from", "to", "rows", "hash", "previous"],
    "properties": {"service": {"type": "string"}, "epoch": DECIMAL, "from": DECIMAL, "to": DECIMAL,
                   "rows": DECIMAL, "hash": SHA256, "previous": SHA256},
}
BARRIER = {
    "type": "object",
    "required": ["owner", "epoch", "complete", "sequence", "time", "types"],
    "properties": {
        "owner": {"type": "string"}, "epoch": DECIMAL, "complete": DECIMAL, "sequence": DECIMAL,
        "time": TIME,
        "types": {"type": "object", "additionalProperties": {
            "type": "object", "required": ["count", "digest"],
            "properties": {"count": DECIMAL, "digest": DIGEST}}}},
}


class Plain(yaml.SafeDumper):
    """Without anchors, and texts of several lines as they read."""

    def ignore_aliases(self, data):
        return True


Plain.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def render():
    """{file name: text}; a StackError when protos and catalogue do not fit together."""
    path = settings.DEPLOY / "kafka" / "topics.yaml"
    catalogue = yaml.safe_load(path.read_text(encoding="utf-8"))
    schemas = Schemas()
    records = [record for service in catalogue["services"].values()
               for record in service["records"]]
    for record in records:
        if not record.get("feeds", True):
            schemas.name_by_itself(record["name"])
    published = {record["name"] for record in records}
    for what, names in (("no message for the record type", published - set(schemas.records)),
                        ("in no topic of the catalogue", set(schemas.records) - published)):
        if names:
            raise settings.StackError(f"{what}: {', '.join(sorted(names))}")
    made = {f"{name}.yaml": owner(name, service, catalogue, schemas)
            for name, service in catalogue["services"].items()}
    made["feeds.yaml"] = feeds(catalogue, schemas)
    return {name: NOTICE + yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True,
                                     width=100) for name, document in made.items()}


def document(title, description):
    return {
        "asyncapi": ASYNCAPI,
        "info": {"title": title, "version": VERSION, "description": description,
                 "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {"province": {
            "host": "{bootstrap}", "protocol": "kafka-secure",
            "description": "TLS with a certificate on both sides; its CN is the principal.",
            "variables": {"bootstrap": {
                "description": "Address and port, which the operations team gives with the "
                               "certificate.", "default": "kafka.example.vn:9092"}},
            "security": [{"$ref": "#/components/securitySchemes/certificate"}]}},
        "channels": {}, "operations": {},
        "components": {
            "securitySchemes": {"certificate": {"type": "X509"}},
            "messages": {}, "schemas": {}},
    }


def owner(name, service, catalogue, schemas):
    made = document(f"Lienthong: topics of {name}",
                    f"Every change of the records of `{name}`, in order for each record, for "
                    "systems with a province-wide grant, and the seals of its journal, for "
                    "everyone with a certificate. The rules are in ../PROTOCOL.md.")
    made["components"]["schemas"]["Headers"] = headers({})
    names = [record["name"] for record in service["records"]]
    made["components"]["schemas"] |= schemas.closure(schemas.records[one] for one in names)
    for record in service["records"]:
        one = record["name"]
        add_message(made, one, message(one, schemas, "The record's id."))
        add_channel(made, camel(one), f"lienthong.{name}.{one}.v1", record["partitions"],
                    catalogue, "domain", [one], about(schemas, one))
    made["components"]["schemas"]["Seal"] = copy.deepcopy(SEAL)
    add_message(made, "seal", {
        "name": "seal", "title": "A seal over rows of the journal",
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/Seal"},
        "bindings": key("The service.", const=name)})
    add_channel(made, "seals", f"lienthong.{name}.seals.v1", 1, catalogue, "seals", ["seal"],
                "Each seal hashes the rows `from` to `to` and the seal before it; a repeat with "
                "the same hash is the same seal.")
    return made


def feeds(catalogue, schemas):
    made = document("Lienthong: feeds",
                    "The latest state of every record that a unit may see, in the view that it may "
                    "see: `lienthong.feed.<unit code>` for the unit, `lienthong.feed.all` for what "
                    "everyone may see. A null value is a tombstone: the unit may no longer see the "
                    "record, or it is gone. How to read a feed well: ../PROTOCOL.md.")
    made["components"]["schemas"] |= {"Headers": headers(VIEW), "Barrier": copy.deepcopy(BARRIER)}
    add_message(made, "barrier", {
        "name": "barrier", "title": "What the reader must hold at this point",
        "contentType": "application/json", "payload": {"$ref": "#/components/schemas/Barrier"},
        "bindings": key("barrier/<service>", pattern="^barrier/")})
    names = ["barrier"]
    for service, data in catalogue["services"].items():
        for record in data["records"]:
            one = record["name"]
            if not record.get("feeds", True):
                continue
            names.append(one)
            made_message = message(one, schemas, f"{one}/<record id>", pattern=f"^{one}/")
            local = made_message["payload"]["$ref"]
            made_message["payload"] = {"$ref": f"./{service}.yaml{local}"}
            add_message(made, one, made_message)
    add_channel(made, "unit", "lienthong.feed.{unit}", 1, catalogue, "feed", names,
                "The feed of a unit; read by the systems of that unit.")
    made["channels"]["unit"]["parameters"] = {"unit": {
        "description": "Code of the unit.", "examples": [catalogue["units"][0]]}}
    add_channel(made, "all", "lienthong.feed.all", 1, catalogue, "feed", names,
                "Records for everyone; read by every unit beside its own feed.")
    return made


def message(record, schemas, key_text, **key_rules):
    payload = {"$ref": f"#/components/schemas/{short(schemas.records[record])}"}
    return {"name": record, "title": about(schemas, record).splitlines()[0],
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/Headers"}, "payload": payload,
            "bindings": key(key_text, **key_rules)}


def about(schemas, record):
    comment = schemas.messages[schemas.records[record]][1]
    return "\n".join(line.strip() for line in comment.splitlines()) or f"The record `{record}`."


def key(text, **rules):
    return {"kafka": {"key": {"type": "string", "description": text, **rules},
                      "bindingVersion": KAFKA_BINDING}}


def headers(further):
    return described("CloudEvents 1.0, binary mode; all UTF-8.", {
        "type": "object", "required": REQUIRED, "properties": HEADERS | further})


def add_message(made, name, content):
    made["components"]["messages"][camel(name)] = content


def add_channel(made, name, topic, partitions, catalogue, profile, messages, description):
    refs = {camel(one): {"$ref": f"#/components/messages/{camel(one)}"} for one in messages}
    kafka = {"partitions": partitions,
             "topicConfiguration": configuration(catalogue["profiles"][profile]),
             "bindingVersion": KAFKA_BINDING}
    if "{" not in topic:
        kafka = {"topic": topic} | kafka
    made["channels"][name] = {"address": topic, "description": description, "messages": refs,
                              "bindings": {"kafka": kafka}}
    made["operations"][f"send{name[0].upper()}{name[1:]}"] = {
        "action": "send", "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{one}"} for one in refs]}


def configuration(profile):
    """Those settings of the profile that the binding knows, with its types."""
    made = {"cleanup.policy": profile["cleanup.policy"].split(",")}
    for name in ("retention.ms", "delete.retention.ms"):
        if name in profile:
            made[name] = int(profile[name])
    return made


def camel(name):
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)
