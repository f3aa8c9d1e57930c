"""What is printed: configuration, machine, table, two results side by side; the rows as JSON."""

import json
import os
import pathlib
import platform


def configuration(place):
    """The postgresql.conf that both sides ran under, without comments; what was altered is last."""
    print("\npostgresql.conf")
    for name in ("postgresql.conf", "postgresql.auto.conf"):
        for line in _lines(place.stack.run / "postgres" / "data" / name):
            if line.strip() and not line.startswith("#"):
                print(f"  {line}")


def machine():
    """Cores, model, memory, kernel; what it did when we began."""
    model = next((line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo")
                  if line.startswith("model name")), "unknown")
    kib = next(int(line.split()[1]) for line in _lines("/proc/meminfo")
               if line.startswith("MemTotal"))
    load = os.getloadavg()[0]
    return (f"{os.cpu_count()} cores {model}, {kib / 1024 / 1024:.1f} GiB, "
            f"{platform.system()} {platform.release()}; load when begun {load:.2f}")


def table(rows):
    """One line a row; every run beside its median. What failed is told below."""
    line = "{:<22} {:>9}  {:<23} {:>6}  {:<30} {:<12} {}"
    print("\n" + line.format("name", "ours", "reference", "ratio", "aim", "unit", "runs"))
    for row in rows:
        runs = " ".join(map(_number, row.ours_runs))
        if row.reference_runs:
            runs += " | " + " ".join(map(_number, row.reference_runs))
        reference = f"{_number(row.reference)} {row.compared_with}".strip()
        print(line.format(row.name, _number(row.ours), reference, _ratio(row.ratio),
                          ", ".join(aim.text(row) for aim in row.aims) or "-", row.unit, runs))
    for row in rows:
        if row.failure:
            print(f"FAILED {row.name}: {row.failure}")


def write(rows, file):
    text = json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False)
    pathlib.Path(file).write_text(text + "\n", encoding="utf-8")


def read(file):
    """The rows of write() as dicts; ValueError when the file holds something else."""
    try:
        rows = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file}: no JSON: {error}") from error
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        raise ValueError(f"{file}: no rows of tools/bench")
    return rows


def _is_row(row):
    return (isinstance(row, dict) and {"name", "ours", "ratio", "unit"} <= row.keys()
            and isinstance(row["name"], str) and isinstance(row["unit"], str)
            and isinstance(row["ours"], (int, float))
            and isinstance(row["ratio"], (int, float, type(None))))


def compare(old, new):
    """Rows of two results side by side; `new/old` is of ours. Only ratios survive a change of
    machine."""
    line = "{:<22} {:>9} {:>9} {:>8}  {:>9} {:>9}  {}"
    print("\n" + line.format("name", "old", "new", "new/old", "old ratio", "new ratio", "unit"))
    before, after = ({row["name"]: row for row in rows} for rows in (old, new))
    for name in [*after, *(name for name in before if name not in after)]:
        was, now = before.get(name, {}), after.get(name, {})
        ours = (was.get("ours"), now.get("ours"))
        change = ours[1] / ours[0] if all(ours) else None
        print(line.format(name, *map(_number, ours), _ratio(change), _ratio(was.get("ratio")),
                          _ratio(now.get("ratio")), (now or was)["unit"]))


def _ratio(value):
    return "-" if value is None else f"{value:.2f}"


def _number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _lines(path):
    return pathlib.Path(path).read_text(encoding="utf-8").splitlines()
