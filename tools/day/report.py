"""Step 5 of the day: what every copy holds, whether it equals its owners, and what it all took."""

import concurrent.futures
import dataclasses
import json
import subprocess
import sys
import time

from stack import catalogue, postgres, processes, settings

from . import acknowledged, copies, history, hotline_end, progress, storm, waiting, watched

MEMORY_MIB_MAX = 4096
VERIFY = settings.ROOT / "tools" / "verify"
VERIFY_SECONDS_MAX = 300
VERIFY_ATTEMPTS = 3
GIT_SECONDS_MAX = 10
ALTERED = ("unit", "key", "named_after_s", "seen_healed_after_s")
ANSWERS = {True: "yes", False: "NO", None: "-"}
GROUPS = {"replica": "replicas", **{owner: owner for owner in settings.OWNERS},
          settings.PORTAL: settings.PORTAL,
          "kafka": "Kafka", "postgres": "PostgreSQL", "redis": "Redis", "prometheus": "Prometheus",
          "alertmanager": "Prometheus", "node": "Prometheus"}


@dataclasses.dataclass
class Report:
    """The facts of the report; `good` says whether the day kept its promises.

    Times are UTC. `commit`: of the code, None where git does not know. `played_before`: when an
    earlier start played the kills and altered a row, "" if that is not known; None: this start did.
    `seconds`: {step: seconds} of this start, `seconds_before` of earlier ones.
    """

    seed: int
    citizens: int
    started_at: str
    ended_at: str
    commit: str
    played_before: str
    units: list
    owners: dict
    verify: dict
    history: dict
    hotline: dict
    altered: dict
    watched: dict
    memory_mib: dict
    seconds: dict
    seconds_before: dict
    problems: list

    @property
    def good(self):
        return not self.problems


def make(day, started_at):
    """Waits until the copies have everything, lets tools/verify recompute meanwhile, asks all.

    `started_at`: of this start, in seconds since the epoch.
    """
    begin = time.time()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        early = pool.submit(_verify, day.stack)
        try:
            copies.wait_equal(day, verified_since=started_at)   # not what an earlier start left
        except waiting.TooLate as error:
            progress.say(f"           {error}")
        verify = early.result()
    if not verify["equal"]:     # it may have looked before everything had come
        verify = _verify(day.stack)
    states = day.client.consistency()
    units = [_unit(code, states.get(code)) for code in day.province.with_system]
    differing = set(verify["differing"])
    for unit in units:
        unit["recomputed_equal"] = unit["unit"] not in differing if verify["ran"] else None
    calls = history.read(storm.history_path(day.stack))
    found = acknowledged.check(day.stack, calls)
    stale = [unit["unit"] for unit in units if _is_before(unit["verified_at"], started_at)]
    report = Report(
        seed=day.progress.seed, citizens=day.progress.citizens, started_at=_utc(started_at),
        ended_at="", commit=_commit(), played_before=_played(day),
        units=units, owners=_owners(day.stack), verify=verify,
        history={"acknowledged": sum(call["outcome"] == history.OK for call in calls),
                 "calls": len(calls), **history.repeats(calls), **found},
        hotline=hotline_end.make(day),
        altered=storm.altered_row(day), watched=watched.ask(day.stack, begin),
        memory_mib=memory(day.stack),
        seconds=day.progress.seconds(before=False),
        seconds_before=day.progress.seconds(before=True), problems=[])
    report.problems = _problems(report)
    if stale:
        report.problems.append(f"not verified since this start: {', '.join(stale[:10])}")
    report.ended_at = _utc(time.time())
    return report


def _is_before(moment, seconds):
    """Is a time of a unit (None: never) before one in seconds since the epoch?"""
    return not moment or moment < _utc(seconds)


def _utc(seconds):
    """Seconds since the epoch as 2026-11-23T09:15:39Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _played(day):
    """See Report.played_before."""
    ended = day.progress.before("storm")
    if ended is None:
        return None
    return _utc(ended) if ended else ""


def _commit():
    """The commit of the code, `-dirty` with changes; None when git or its history is not there."""
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=40",
                               "--exclude=*"], cwd=settings.ROOT, capture_output=True, text=True,
                              check=False, timeout=GIT_SECONDS_MAX)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _unit(code, state):
    """One line of the report, from a replica.v1.UnitConsistency (None: no answer)."""
    unit = {"unit": code, "equal": False, "own": {}, "all": {}, "lag_messages": None,
            "verified_at": None, "verified": {}, "altered_keys": []}
    if state is None:
        return unit
    for owner in state.owners:
        own = owner.topic == catalogue.feed(code)
        for kind in owner.types:
            unit["own" if own else "all"][kind.record_type] = kind.count
        unit["verified"][f"{owner.owner}{'' if own else ' (all)'}"] = f"{owner.epoch}/{owner.sequence}"
    if state.HasField("verified_at"):
        unit["verified_at"] = state.verified_at.ToJsonString()
    unit.update(equal=state.equal, lag_messages=state.lag_messages, parked=state.parked,
                altered_keys=list(state.altered_keys))
    return unit


def _owners(stack):
    """{owner: {"rows": ..., "records": {type: count}}} from the owners' databases."""
    return {owner: {
        "rows": postgres.query(stack, owner, "SELECT count(*) FROM journal")[0][0],
        "records": dict(postgres.query(
            stack, owner, "SELECT record_type, count(*) FROM head WHERE version > 0 "
            "GROUP BY 1 ORDER BY 1"))} for owner in settings.OWNERS}


def _verify(stack):
    """What tools/verify says, as {"ran", "differing", "text", "seconds"}; asked again while it
    could not read: a broker that has just started may be slow."""
    for _ in range(VERIFY_ATTEMPTS):
        result = _verify_once(stack)
        if result["ran"]:
            break
    return result


def _verify_once(stack):
    command = [sys.executable, str(VERIFY), "--run", str(stack.run), "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=VERIFY_SECONDS_MAX)
        result = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        reason = done.stderr.strip() if isinstance(error, json.JSONDecodeError) else "no end"
        return {"ran": False, "differing": [], "differences": [f"not recomputed: {reason}"],
                "equal": False}
    result["ran"] = True
    return result


def memory(stack):
    """{group: MiB of PSS} of the stack's processes and their `total`."""
    sums = {}
    for name, (pss_kib, _) in processes.memory_report(stack).items():
        group = GROUPS.get(name.split("-")[0], name)
        sums[group] = sums.get(group, 0) + pss_kib / 1024
    sums = {group: round(sums[group], 1) for group in sorted(sums)}
    return sums | {"total": round(sum(sums.values()), 1)}


def _problems(report):
    """Why the day did not go as promised, in words; empty = it did."""
    found = []
    unequal = [unit["unit"] for unit in report.units if not unit["equal"]]
    if unequal:
        found.append(f"{len(unequal)} copies differ: {', '.join(unequal[:10])}")
    empty = [unit["unit"] for unit in report.units if not sum(unit["own"].values())]
    if empty:
        found.append(f"nothing in the own feed of {', '.join(empty[:10])}")
    found += report.verify["differences"][:20]
    if not report.verify["equal"] and not report.verify["differences"]:
        found.append("tools/verify does not find everything equal")
    if report.verify.get("alarms"):
        found.append(f"{report.verify['alarms']} barriers on the way differ from their feeds")
    for kind in ("lost", "doubled", "disordered"):
        found += [f"{kind}: {text}" for text in report.history[kind][:10]]
    if None in (report.altered.get(name) for name in ALTERED):
        found.append(f"no row altered by hand that was named and healed: {report.altered}")
    found += [f"hotline: {text}" for text in report.hotline.get("problems", [])]
    found += [f"Prometheus: {text}" for text in report.watched["lacking"]]
    if report.memory_mib["total"] > MEMORY_MIB_MAX:
        found.append(f"{report.memory_mib['total']} MiB of memory, more than {MEMORY_MIB_MAX}")
    return found


def show(report):
    """Prints the report for a person."""
    print("\nConsistency report")
    kinds = sorted({kind for unit in report.units for kind in unit["own"]})
    shared = sorted({kind for unit in report.units for kind in unit["all"]})
    _show_units(report, kinds)
    if report.verify["ran"]:
        equal = sum(unit["equal"] and unit["recomputed_equal"] for unit in report.units)
        how = "asked, and recomputed by tools/verify"
    else:
        equal = sum(unit["equal"] for unit in report.units)
        how = "asked only: tools/verify could not recompute it"
    print(f"\n{equal} of {len(report.units)} units equal ({how})")
    for owner, facts in report.owners.items():
        records = ", ".join(f"{count} {kind}" for kind, count in facts["records"].items())
        print(f"{owner}: {facts['rows']} journal rows; {records}")
    print(f"records in copies, own feeds: "
          + ", ".join(f"{sum(unit['own'].get(kind, 0) for unit in report.units)} {kind}"
                      for kind in kinds) + f"; for everyone: {', '.join(shared)}")
    _show_day(report)
    print(f"tools/verify: {report.verify.get('of', 'nothing')}: "
          f"{report.verify.get('messages', 0)} messages, "
          f"{report.verify.get('rows', 0)} rows of copies, "
          f"{report.verify.get('seals', 0)} seals in {report.verify.get('seconds', 0)} s")
    print(f"Prometheus: {report.watched['targets']} targets up, "
          f"{sum(report.watched['series'].values())} series of "
          f"{len(report.watched['series'])} names")
    print("memory (PSS, MiB): " + ", ".join(f"{name} {mib}" for name, mib in
                                            report.memory_mib.items()))
    for text, spent in (("earlier starts", report.seconds_before), ("this start", report.seconds)):
        if spent:
            print(f"times of {text} (s): "
                  + ", ".join(f"{name} {seconds}" for name, seconds in spent.items()))
    for problem in report.problems:
        print(f"PROBLEM: {problem}")
    print("the day kept its promises" if report.good else "NOT as promised", flush=True)


def _show_units(report, kinds):
    header = "".join(f"{kind:>12}" for kind in kinds) + f"{'for all':>9}{'lag':>5}"
    print(f"{'unit':<14}{header}  {'verified barrier (registry)':<28}{'until':<22}"
          "equal  recomputed")
    for unit in report.units:
        counts = "".join(f"{unit['own'].get(kind, 0):>12}" for kind in kinds)
        everyone = sum(unit["all"].values())
        lag = "?" if unit["lag_messages"] is None else unit["lag_messages"]
        until = _shown(unit["verified_at"], report.ended_at)
        print(f"{unit['unit']:<14}{counts}{everyone:>9}{lag:>5}  "
              f"{unit['verified'].get('registry', '-'):<28}{until:<22}"
              f"{ANSWERS[unit['equal']]:<7}{ANSWERS[unit['recomputed_equal']]}")


def _shown(moment, today):
    """A UTC time of day, with its date only when that is not the one of `today`."""
    if not moment:
        return "-"
    date, time_of_day = moment.removesuffix("Z").split("T")
    return f"{time_of_day}Z" if today.startswith(date) else f"{date} {time_of_day[:8]}Z"


def _show_day(report):
    """What was done to the system: by this start, or the earlier one that played the day."""
    when = ""
    if report.played_before is not None:
        at = f"at {report.played_before}" if report.played_before else "by an earlier start"
        when = f"; of the day played {at}"
    told = report.history
    print(f"under kills: {told['acknowledged']} of {told['calls']} calls acknowledged, "
          f"{told['doubtful']} answers in doubt, calls repeated with their request_id "
          f"{told['repeated']} times; {len(told['lost'])} lost, {len(told['doubled'])} doubled, "
          f"{len(told['disordered'])} out of order{when}")
    row = {name: report.altered.get(name, "?") for name in ALTERED}
    print(f"altered by hand: {row['key']} in the copy of {row['unit']}; "
          f"named after {row['named_after_s']} s, seen healed after {row['seen_healed_after_s']} s "
          "(at most: Kafka and PostgreSQL were killed meanwhile, and healing was looked for after)"
          + when)
    if report.hotline:
        hotline_end.show(report.hotline)


def write(report, path):
    """The report as JSON."""
    data = dataclasses.asdict(report) | {"good": report.good}
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
