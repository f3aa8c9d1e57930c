"""What is printed: configuration, machine, table; and the same as JSON."""

import json
import os
import pathlib
import platform


def configuration(place):
    """The postgresql.conf that both sides ran under, without comments."""
    path = place.stack.run / "postgres" / "data" / "postgresql.conf"
    lines = path.read_text(encoding="utf-8").splitlines()
    print("\npostgresql.conf")
    for line in lines:
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
    """One line a row; every run beside its median."""
    line = "{:<20} {:>10} {:>10} {:>6}  {:<9}  {}"
    print("\n" + line.format("name", "ours", "reference", "ratio", "unit", "runs"))
    for row in rows:
        runs = " ".join(map(_number, row.ours_runs))
        if row.reference_runs:
            runs += " | " + " ".join(map(_number, row.reference_runs))
        print(line.format(row.name, _number(row.ours), _number(row.reference),
                          "-" if row.ratio is None else f"{row.ratio:.2f}", row.unit, runs))


def write(rows, file):
    text = json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False)
    pathlib.Path(file).write_text(text + "\n", encoding="utf-8")


def _number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _lines(path):
    return pathlib.Path(path).read_text(encoding="utf-8").splitlines()
