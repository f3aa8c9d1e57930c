"""Reads everything side by side, compares it, and says what differs."""

import concurrent.futures
import contextlib
import multiprocessing
import time

from . import copies, domain, feeds, owners, seals, topic
from .place import EVERYONE, FEED_ALL

FORK = multiprocessing.get_context("fork")  # nothing of Kafka runs in this process
WORKERS = 3
MEMBERS_A_TASK = 6
ATTEMPTS = 6            # the journals may move while they are read
PAUSE_SECONDS = 4       # until the next barrier of an active feed has come
EXPLAINED_MAX = 3
DOMAIN_PARTITIONS = 6


class Result:
    """What was found. `differing`: units with any difference; `unsettled`: still moving."""

    def __init__(self):
        self.differences, self.differing = [], set()
        self.messages = self.rows = self.seals = self.sealed_rows = self.domain_messages = 0
        self.barriers = self.alarms = 0
        self.records, self.unsettled = {}, ""

    def differs(self, text, unit=None):
        self.differences.append(text)
        if unit:
            self.differing.add(unit)

    @property
    def equal(self):
        return not self.differences and not self.unsettled


def verify(place):
    """Compares until nothing moves meanwhile; the Result of the last time.

    What is behind (rows not published, barriers to come) is waited for; what is different is not.
    """
    _require_broker(place)
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        result = Result()
        ends = {owner: owners.end(place, owner) for owner in place.owners}
        # Ids that were drawn and rolled back: the position may be beyond the newest row.
        behind = [f"the relay of {owner} is at {end['position']} of {end['journal']}"
                  for owner, end in ends.items() if end["position"] < end["journal"]]
        if not behind:
            behind = _compare(place, ends, result)
            behind += [f"{owner} was changed meanwhile" for owner in place.owners
                       if owners.end(place, owner) != ends[owner]]
        if not behind:
            return result
        result.unsettled = behind[0]
    result.differs(f"nothing to compare: {result.unsettled}")
    return result


def _require_broker(place):
    """In a process of its own: forked processes must not inherit a Kafka client."""
    settings = place.consumer(place.principal(place.units[0]))
    with concurrent.futures.ProcessPoolExecutor(1, FORK) as pool:
        pool.submit(topic.require_broker, settings).result()


@contextlib.contextmanager
def _pool():
    """The pool processes; after an error only what has begun goes on, what waits is dropped."""
    pool = concurrent.futures.ProcessPoolExecutor(WORKERS, FORK)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _compare(place, ends, result):
    """Fills `result`; returns texts of what has not arrived yet."""
    members = [*place.members, EVERYONE]
    tasks = [("domain", (owner, kind, DOMAIN_PARTITIONS)) for owner, kind in place.topics]
    tasks += [("seals", owner) for owner in place.owners]
    groups = [members[start:start + MEMBERS_A_TASK]
              for start in range(0, len(members), MEMBERS_A_TASK)]
    tasks += [("feeds", group) for group in groups]
    tasks += [("copies", [member for member in group if member != EVERYONE]) for group in groups]
    wanted, feed_of, copy_of = {}, {}, {}
    with _pool() as pool:
        running = [pool.submit(_owner, place, owner) for owner in place.owners]
        running += [pool.submit(_task, place, kind, what) for kind, what in tasks]
        for done in running:
            kind, found = done.result()
            if kind == "owner":
                _take_owner(place, found, wanted, result)
            elif kind == "feeds":
                feed_of.update(found)
            elif kind == "copies":
                copy_of.update(found)
            elif kind == "seals":
                wrong, result_seals, rows = found
                result.seals += result_seals
                result.sealed_rows += rows
                result.differences += wrong
            else:
                wrong, messages = found
                result.domain_messages += messages
                result.differences += wrong
    return _judge(place, ends, wanted, feed_of, copy_of, result)


def _owner(place, owner):
    sums, wrong, named, _ = owners.read(place, owner)
    return "owner", (owner, sums, wrong, named)


def _task(place, kind, what):
    """One piece of work of a pool process."""
    if kind == "feeds":
        return kind, {member: _feed(place, member) for member in what}
    if kind == "copies":
        return kind, {member: copies.read(place, member)[:3] for member in what}
    if kind == "seals":
        return kind, seals.read(place, what)
    return kind, domain.read(place, *what)


def _feed(place, member):
    """What the comparison needs of a Feed, small enough to be sent between processes."""
    feed = feeds.read(place, member)
    return {"sums": feed.sums, "barriers": feed.barriers, "messages": feed.messages,
            "checked": feed.checked, "alarms": feed.alarms, "suspects": len(feed.suspects),
            "mismatch": {owner: feed.mismatch(owner, barrier)
                         for owner, barrier in feed.barriers.items()}}


def _take_owner(place, found, wanted, result):
    owner, sums, wrong, named = found
    result.differences += wrong
    strangers = sorted(named - set(place.members) - {EVERYONE})
    if strangers:
        result.differs(f"{owner}: audiences name {', '.join(strangers[:5])}, who have no feed")
    for (member, kind), _ in sums.sets.items():
        wanted[member, owner, kind] = sums.get((member, kind))
        result.records[kind] = result.records.get(kind, 0) + sums.get((member, kind))[0]


def _judge(place, ends, wanted, feed_of, copy_of, result):
    """Owner, feed and copy against each other, for each member, owner and record type."""
    behind = []
    nothing = (0, "0" * 32)
    for member in [*place.members, EVERYONE]:
        feed = feed_of[member]
        result.messages += feed["messages"]
        result.barriers += feed["checked"]
        result.alarms += feed["alarms"]
        for owner in place.owners:
            barrier = feed["barriers"].get(owner)
            want_place = (ends[owner]["epoch"], ends[owner]["journal"])
            if barrier is None or barrier["place"] < want_place:
                behind.append(f"no barrier of {owner} at {want_place} in {place.feed(member)}")
            elif feed["mismatch"][owner]:
                result.differs(f"{member}: the last barrier of {owner} and the feed differ in "
                               f"{', '.join(feed['mismatch'][owner])}", member)
        for kind, owner in place.types.items():
            want = wanted.get((member, owner, kind), nothing)
            has = feed["sums"].get((owner, kind))
            if has != want:
                result.differs(f"{member}: {kind}: owner {_show(want)}, feed {_show(has)}", member)
    for member, (sums, wrong, rows) in copy_of.items():
        result.rows += rows
        for text in wrong:
            result.differs(text, member)
        for topic, source in ((place.feed(member), member), (FEED_ALL, EVERYONE)):
            for kind, owner in place.types.items():
                want = wanted.get((source, owner, kind), nothing)
                has = sums.get((topic, owner, kind))
                if has != want:
                    result.differs(f"{member}: {kind} of {topic}: owner {_show(want)}, "
                                   f"copy {_show(has)}", member)
    return behind


def _show(pair):
    return f"{pair[0]} records {pair[1][:8]}"


def explain(place, member):
    """Texts naming up to five keys in which a member's feed or copy differs from the owners'."""
    want, feed = {}, feeds.read(place, member)
    for owner in place.owners:
        want.update(owners.read(place, owner, member)[3])
    sources = {"feed": {key.decode(): (row[3], row[4]) for key, row in feed.rows.items()}}
    if member != EVERYONE:
        sources["copy"] = copies.read(place, member, place.feed(member))[3]
    texts = []
    for name, has in sources.items():
        keys = sorted(key for key in set(want) | set(has) if want.get(key) != has.get(key))
        texts += [f"{member}: {name}: {key}: owner {_version(want, key)}, {name} "
                  f"{_version(has, key)}" for key in keys[:5]]
    return texts


def _version(found, key):
    return f"version {found[key][0]} {found[key][1]:032x}"[:24] if key in found else "nothing"
