"""The metrics that are documented (deploy/prometheus/METRICS.md), and those that are exported."""

import dataclasses
import re

from stack import catalogue, settings

PAGE = settings.DEPLOY / "prometheus" / "METRICS.md"
OURS, OTHERS = "## Of ours", "## Of others"
CODES = 17
HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")
# Added by Prometheus to every series, and those of the exporters of others.
ALWAYS = {"job", "instance"}
# Where a source file names a metric: our own by their prefix, the others where they are made.
OWN_NAME = re.compile(r'"(lienthong_[a-z_]+)"')
MADE_NAME = re.compile(r'(?:\.Name\(|\bSingle\()\s*"((?:grpc|process)_[a-z_]+)"')
RPC = re.compile(r"^\s*rpc ", re.MULTILINE)
REASON = re.compile(r"^\s*REASON_(?!UNSPECIFIED)\w+ =", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Metric:
    """A line of the page. `labels` and `bound` are empty for metrics of others."""

    name: str
    kind: str
    unit: str
    labels: tuple
    bound: str
    meaning: str

    @property
    def series(self):
        """Names of its series."""
        if self.kind == "histogram":
            return tuple(self.name + part for part in HISTOGRAM_PARTS)
        return (self.name,)


def documented():
    """({name: Metric} of ours, the same of others)."""
    text = PAGE.read_text(encoding="utf-8")
    ours, others = text.split(f"\n{OURS}\n", 1)[1].split(f"\n{OTHERS}\n", 1)
    return ({cells[0]: Metric(cells[0], cells[1], cells[2],
                              tuple(filter(None, cells[3].split(", "))), cells[4], cells[5])
             for cells in _rows(ours, 6)},
            {cells[0]: Metric(cells[0], "", "", (), "", cells[2]) for cells in _rows(others, 3)})


def _rows(text, columns):
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
            if len(cells) != columns:
                raise ValueError(f"{PAGE.name}: not {columns} columns: {line}")
            yield cells


def exported():
    """{name: the source file that makes it} of all that our processes show."""
    found = {}
    for file in sorted((settings.ROOT / "services").rglob("*.cpp")):
        text = file.read_text(encoding="utf-8")
        for name in [*OWN_NAME.findall(text), *MADE_NAME.findall(text)]:
            found[name] = str(file.relative_to(settings.ROOT))
    return found


def words():
    """{word of a bound: number}, from where the page says that it comes."""
    everything = catalogue.Catalogue(settings.Stack())
    protos = [file.read_text(encoding="utf-8")
              for file in (settings.ROOT / "proto" / "lienthong").rglob("*.proto")]
    reasons = settings.ROOT / "proto" / "lienthong" / "access" / "v1" / "reason.proto"
    return {
        "units": len(everything.units), "copies": settings.UNITS_PER_REPLICA,
        "types": sum(len(service["records"]) for service in everything.services.values()),
        "topics": len(everything.topics()), "rpcs": sum(len(RPC.findall(one)) for one in protos),
        "codes": CODES, "reasons": len(REASON.findall(reasons.read_text(encoding="utf-8")))}


def limit(bound, numbers):
    """The number that a bound comes to: a sum of products of numbers and words."""
    total = 0
    for summand in bound.split("+"):
        product = 1
        for factor in summand.split("*"):
            factor = factor.strip()
            product *= int(factor) if factor.isdecimal() else numbers[factor]
        total += product
    return total
