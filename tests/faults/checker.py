"""Were the promises kept? Over the files of a kept run alone: tools/faults --check DIR.

acknowledged = stored = published = applied; versions without gaps; order kept; digests equal;
audiences right; and the run itself was worth something: kills, calls in flight, doubtful answers,
repeats, none of them zero.
"""

import collections
import dataclasses
import json

from . import evidence
from .replay import MODULUS, Replay

EVERYONE = "*"
FEED_ALL = "lienthong.feed.all"
SHOWN_MAX = 5
# Status codes after which a change may have been committed; see tools/day/client.py.
DOUBTFUL = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN"}
BROKEN_OFF = ("INTERNAL", "")
TICKET_TYPES = ("ticket", "assignment")


@dataclasses.dataclass(frozen=True)
class Problem:
    """`kind` is what sabotage.Sabotage.found_by names."""

    kind: str
    text: str


class Run:
    """The files of a kept run, read once."""

    def __init__(self, folder):
        read = lambda name: evidence.lines(folder, f"{name}.jsonl")  # noqa: E731
        self.history, self.faults = read("history"), read("faults")
        self.journal, self.heads, self.copies = read("journal"), read("heads"), read("copies")
        self.domain, self.feeds, self.monitor = read("domain"), read("feeds"), read("monitor")
        self.facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        for row in self.journal:
            row["key"] = f"{row['type']}/{row['record']}"
            for name in ("audience", "audience_before", "hashes"):
                row[name] = json.loads(row[name])
        for head in self.heads:
            head["key"] = f"{head['type']}/{head['record']}"
            head["audience"], head["hashes"] = (json.loads(head[name])
                                                for name in ("audience", "hashes"))


def check(folder):
    """(list of Problem, {name: number} of what the run was made of)."""
    run = Run(folder)
    problems = []
    for part in (acknowledged, versions, published, delivered, applied, audiences, told, worth):
        problems += part(run)
    return problems, counts(run)


def counts(run):
    attempts = [attempt for call in run.history for attempt in call["attempts"]]
    doubtful = [attempt for attempt in attempts if attempt["code"] in DOUBTFUL
                or (attempt["code"], attempt["reason"]) == BROKEN_OFF]
    return {
        "kills": sum(fault["action"] == "kill" for fault in run.faults),
        "pauses": sum(fault["action"] == "pause" for fault in run.faults),
        "calls in flight at kills": sum(fault["in_flight"] for fault in run.faults
                                        if fault["action"] == "kill"),
        "doubtful answers": len(doubtful),
        "repeats": len(attempts) - len(run.history),
        "acknowledged": sum(call["outcome"] == "OK" for call in run.history),
        "changes of agreements": sum(call["operation"].endswith("Agreement")
                                     for call in run.history),
        "changes of tickets": sum(call["outcome"] == "OK" and call["record_type"] in TICKET_TYPES
                                  for call in run.history),
        "messages": len(run.feeds) + len(run.domain)}


def worth(run):
    """A run without kills, calls in flight, doubt or repeats proves nothing."""
    found = counts(run)
    idle = [Problem("worthless", f"no call in flight when {fault['target']} was killed")
            for fault in run.faults if fault["action"] == "kill" and not fault["in_flight"]]
    names = ["kills", "calls in flight at kills", "doubtful answers", "repeats", "acknowledged"]
    if not run.facts["sabotage"]:
        names.append("changes of tickets")
    return idle + [Problem("worthless", f"no {name}") for name in names if not found[name]]


def acknowledged(run):
    """Every acknowledged change is in the journal once; every stored one was asked for once."""
    rows, first_rows = collections.defaultdict(list), collections.Counter()
    for row in run.journal:
        if row["new"]:
            rows[row["request_id"]].append((row["type"], row["record"], row["version"]))
        if row["ordinal"] == 0 and row["request_id"]:  # none: a sweep
            first_rows[row["caller"], row["request_id"]] += 1
    found = []
    for call in run.history:
        name, stored = f"{call['operation']} {call['request_id']}", rows[call["request_id"]]
        answer = (call["record_type"], call["record_id"], call["version"])
        if call["outcome"] == "OK" and answer not in stored:
            found.append(Problem("lost", f"{name}: {answer} was acknowledged"))
        if call["outcome"] == "refused" and stored:
            found.append(Problem("doubled", f"{name}: refused ({call['reason']}), but stored"))
        if len(set(stored)) != len(stored):
            found.append(Problem("doubled", f"{name}: stored twice"))
    found += [Problem("doubled", f"request {request} of {caller}: carried out {count} times")
              for (caller, request), count in first_rows.items() if count > 1]
    return found


def versions(run):
    """From 1 without gaps, in the order of the journal; heads are the newest rows."""
    last, found = collections.Counter(), []
    for row in run.journal:
        if row["new"] and row["version"] != last[row["key"]] + 1:
            found.append(Problem("versions", f"{row['key']}: {row['version']} after "
                                             f"{last[row['key']]}"))
        if row["new"]:
            last[row["key"]] = row["version"]
    found += [Problem("versions", f"head of {head['key']} at {head['version']}, journal at "
                                  f"{last[head['key']]}")
              for head in run.heads if head["version"] != last[head["key"]]]
    return found


def published(run):
    """Every version is on its domain topic once, in order, repeats after crashes set aside."""
    highest, seen, found = {}, {}, []
    last = collections.Counter()
    for message in run.domain:
        lane = message["topic"], message["partition"]
        place = (message["epoch"], message["sequence"])
        if place <= highest.get(lane, (0, 0)):
            continue
        highest[lane] = place
        kind = message["topic"].split(".")[2]
        key = f"{kind}/{message['key']}"
        if message["version"] != last[key] + 1:
            found.append(Problem("not published", f"{lane[0]}: {key}: version "
                                                  f"{message['version']} after {last[key]}"))
        last[key] = message["version"]
        seen[message["owner"], message["sequence"]] = message["hash"]
    for row in run.journal:
        # On its domain topic a record is in the first of its views.
        if row["new"] and \
                seen.get((row["owner"], row["id"])) != row["hashes"].get(row["views"][0]):
            found.append(Problem("not published", f"{row['key']} version {row['version']} (row "
                                                  f"{row['id']}) on its domain topic"))
    return found


def delivered(run):
    """Every row reached each feed it concerns; on each feed the order is kept, barriers match."""
    replays = replay(run)
    found = []
    for row in run.journal:
        for member in set(row["audience"]) | set(row["audience_before"]):
            before, after = row["audience_before"].get(member), row["audience"].get(member)
            topic = FEED_ALL if member == EVERYONE else f"lienthong.feed.{member}"
            concerned = before != after or (row["new"] and after)
            if concerned and (row["owner"], row["id"], row["key"]) not in replays[topic].sent:
                found.append(Problem("not published", f"row {row['id']} of {row['key']} "
                                                      f"({row['event']}) in {topic}"))
    for topic, state in replays.items():
        found += [Problem("disorder", f"{topic}: {text}") for text in state.disorder]
        found += [Problem("alarm", text) for text in state.alarms]
        found += [Problem("stale message", text) for text in state.stale]
    return found


def replay(run):
    """{topic: Replay} of all feeds."""
    replays = collections.defaultdict(Replay)
    for message in run.feeds:
        replays[message["topic"]].apply(message)
    return replays


def applied(run):
    """Owner, feed and copy hold the same keys, versions and bytes for every member."""
    wanted, held = collections.defaultdict(dict), collections.defaultdict(dict)
    for head in run.heads:
        for member, view in head["audience"].items():
            topic = FEED_ALL if member == EVERYONE else f"lienthong.feed.{member}"
            wanted[topic][head["key"]] = head["hashes"][view]
    for row in run.copies:
        held[row["member"], row["topic"]][f"{row['type']}/{row['record']}"] = row["hash"]
    replays = replay(run)
    found = []
    for member in run.facts["members"]:
        for topic in (f"lienthong.feed.{member}", FEED_ALL):
            in_feed = {key: row["hash"] for key, row in replays[topic].rows.items()}
            for name, holds in (("feed", in_feed), ("copy", held[member, topic])):
                keys = [key for key in set(wanted[topic]) | set(holds)
                        if wanted[topic].get(key) != holds.get(key)]
                if keys:
                    found.append(Problem("digests differ", (
                        f"{member}: {name} {topic}: {len(keys)} records, {sorted(keys)[0]}, "
                        f"owner {_sum(wanted[topic])}, {name} {_sum(holds)}")))
    return found


def _sum(records):
    return f"{sum(int(number, 16) for number in records.values()) % MODULUS:032x}"[:8]


def audiences(run):
    """Citizens and enterprises are seen by their commune, its district and agreements' units;
    tickets by who keeps them, and by the units that have them."""
    sharing, found = run.facts["sharing"], []
    for head in run.heads:
        if head["type"] == "ticket":
            units = json.loads(head["units"] or "[]") + json.loads(head["escalated"] or "[]")
            expected = dict.fromkeys(units, "handling") | {head["keeper"]: "full"}
            if head["audience"] != expected:
                found.append(Problem("audience", f"{head['key']}: {head['audience']}, not "
                                                 f"{expected}"))
        if head["type"] not in ("citizen", "enterprise") or not head["commune"]:
            continue
        commune = sharing["communes"][head["commune"]]
        expected = {commune: "full", sharing["districts"][commune]: "full"}
        for consumer, kind, view in sharing["agreements"]:
            if kind == head["type"] and expected.get(consumer) != "full":
                expected[consumer] = view
        if head["audience"] != expected:
            found.append(Problem("audience", f"{head['key']}: {head['audience']}, not {expected}"))
    return found


def told(run):
    """What the parts said of themselves: seals, copies, processes that ended, tools/verify."""
    facts = run.facts
    found = [Problem("seal", f"{owner}: {defect}") for owner, defects in facts["seals"].items()
             for defect in defects]
    found += [Problem("alarm", f"{state['unit']}: {state['topic']} of {state['owner']} was not "
                               f"equal at {state['epoch']}/{state['sequence']}")
              for state in run.monitor]
    found += [Problem("ended", f"{name} ended by itself") for name in facts["ended"]]
    if not facts["settled"]:
        # A kind that proves no sabotage: a slow machine may be the reason.
        found.append(Problem("not settled", facts["unsettled"]))
    if facts["verify"] and not facts["verify"]["equal"]:
        kinds = facts["verify"]["differences"] or ["not equal"]
        found += [Problem("seal" if "seal" in text or "altered" in text else "digests differ",
                          f"tools/verify: {text}") for text in kinds]
    return found


def show(problems):
    """At most a few lines of each kind."""
    for kind, count in collections.Counter(problem.kind for problem in problems).items():
        print(f"  {kind}: {count}")
        for problem in [item for item in problems if item.kind == kind][:SHOWN_MAX]:
            print(f"    {problem.text}")
